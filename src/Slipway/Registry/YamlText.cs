using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Registry;

/// <summary>
/// YAML as JSON, read event by event: a text that refers to itself a million times is as short as it looks, because every repetition counts towards
/// the limit. Plain scalars mean what YAML 1.1's readers for Python make of the usual ones: null, true, false, numbers; all others are texts.
/// </summary>
internal static class YamlText
{
    /// <summary>Where the values of a text stand: by path, such as `/checks/0/min`, line and column from 1; of what is in a mapping, where its key stands.</summary>
    public sealed class Marks
    {
        private readonly Dictionary<string, (long Line, long Column)> places = new(StringComparer.Ordinal);

        /// <summary>Where the text is no YAML.</summary>
        public (long Line, long Column) Fault { get; internal set; } = (1, 1);

        /// <summary>Where a value stands; of an absent one where what should hold it does.</summary>
        public (long Line, long Column) this[string path]
        {
            get
            {
                for (; path.Length > 0; path = path[..path.LastIndexOf('/')])
                    if (places.TryGetValue(path, out var place)) return place;
                return (1, 1);
            }
        }

        internal void Set(string path, Mark at) => places[path] = (at.Line, at.Column);
    }

    /// <summary>The deepest nesting.</summary>
    public const int DepthMax = 32;

    /// <summary>The most scalars, sequences and mappings, repetitions included.</summary>
    public const int NodesMax = 100_000;

    /// <summary>The one document of a text, or what is wrong with it. An empty text is null. <paramref name="marks"/> learns where its values stand.</summary>
    public static Outcome<JsonNode?> Parse(string text, Marks? marks = null)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _)) return new Outcome<JsonNode?>();
            parser.Consume<DocumentStart>();
            var reader = new Reader(parser, marks);
            var root = reader.Node(0, "");
            parser.Consume<DocumentEnd>();
            return parser.TryConsume<StreamEnd>(out _) ? root : Problem.Invalid("It holds more than one document.");
        }
        catch (Exception fault) when (fault is YamlException or InvalidOperationException or ArgumentException or FormatException)
        {
            // The latter three are what the library's scanner says of some broken texts.
            var at = fault is YamlException { Start: var mark } ? $" at line {mark.Line}" : "";
            if (marks is not null) marks.Fault = fault is YamlException { Start: var start } ? (start.Line, start.Column) : parser.Current is { Start: var near } ? (near.Line, near.Column) : (1, 1);
            return Problem.Invalid($"It is no YAML{at}: {fault.Message}");
        }
    }

    private sealed class Reader(Parser parser, Marks? marks)
    {
        private readonly Dictionary<AnchorName, (JsonNode? Node, int Nodes)> anchors = [];
        private int nodes;

        public JsonNode? Node(int depth, string path)
        {
            if (depth > DepthMax) throw new FormatException($"it is nested more than {DepthMax} deep.");
            Count(1);
            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                if (!anchors.TryGetValue(alias.Value, out var known)) throw new FormatException($"nothing is called '{alias.Value}'.");
                Count(known.Nodes);
                return known.Node?.DeepClone();
            }
            var (before, anchor) = (nodes, AnchorName.Empty);
            JsonNode? node;
            if (parser.TryConsume<Scalar>(out var scalar)) (node, anchor) = (Value(scalar), scalar.Anchor);
            else if (parser.TryConsume<SequenceStart>(out var sequence))
            {
                anchor = sequence.Anchor;
                var array = new JsonArray();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    var item = marks is null ? path : $"{path}/{array.Count}";
                    if (parser.Current is { Start: var at }) marks?.Set(item, at);
                    array.Add(Node(depth + 1, item));
                }
                node = array;
            }
            else
            {
                anchor = parser.Consume<MappingStart>().Anchor;
                var map = new JsonObject();
                while (!parser.TryConsume<MappingEnd>(out _))
                {
                    var name = parser.Consume<Scalar>();
                    var key = name.Value;
                    if (map.ContainsKey(key)) throw new FormatException($"'{(key.Length > 60 ? key[..60] : key)}' stands there twice.");
                    var entry = marks is null ? path : $"{path}/{key}";
                    marks?.Set(entry, name.Start);
                    map[key] = Node(depth + 1, entry);
                }
                node = map;
            }
            if (!anchor.IsEmpty) anchors[anchor] = (node, nodes - before + 1);
            return node;
        }

        private void Count(int more)
        {
            if ((nodes += more) > NodesMax) throw new FormatException($"it holds more than {NodesMax:N0} values.");
        }

        private static JsonNode? Value(Scalar scalar)
        {
            var text = scalar.Value;
            if (scalar.Style is not ScalarStyle.Plain || scalar.Tag is { IsEmpty: false, IsNonSpecific: false }) return text;
            return text switch
            {
                "" or "~" or "null" or "Null" or "NULL" => null,
                "true" or "True" or "TRUE" => true,
                "false" or "False" or "FALSE" => false,
                _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && (text.Length == 1 || text[0] is not ('0' or '+')) => whole,
                // 3.10.12 and 2026_01 are texts; so is 1e999, which no double holds.
                _ when (char.IsAsciiDigit(text[0]) || text[0] is '-' or '.') && text.Contains('.', StringComparison.Ordinal)
                    && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
                _ => text,
            };
        }
    }
}
