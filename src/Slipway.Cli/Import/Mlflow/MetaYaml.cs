using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Cli.Import.Mlflow;

/// <summary>
/// A meta.yaml: one mapping of names to texts, or to mappings of texts. Read event by event, so that a file that refers to itself a million
/// times is as short as it looks.
/// </summary>
internal sealed class MetaYaml
{
    /// <summary>The largest file, in bytes: a data set's profile may have 16 million characters.</summary>
    public const int BytesMax = 40 << 20;

    private readonly Dictionary<string, string?> texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<KeyValuePair<string, string>>> mappings = new(StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is too large or is not of this form.</exception>
    public static MetaYaml Read(string path)
    {
        if (!RegularFile.Is(path)) throw new InvalidDataException("a pipe or device, no file");
        var length = new FileInfo(path).Length;
        if (length > BytesMax) throw new InvalidDataException($"the file has {length:N0} bytes, at most {BytesMax:N0} are expected");
        using var text = new StreamReader(path);
        return Parse(text);
    }

    public static MetaYaml Parse(TextReader text)
    {
        var meta = new MetaYaml();
        try
        {
            var parser = new Parser(text);
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _)) return meta;
            parser.Consume<DocumentStart>();
            parser.Consume<MappingStart>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = parser.Consume<Scalar>().Value;
                if (parser.TryConsume<Scalar>(out var value)) meta.texts[key] = value.Style is ScalarStyle.Plain && value.Value is "null" or "~" or "" ? null : value.Value;
                else if (parser.TryConsume<MappingStart>(out _)) meta.mappings[key] = Pairs(parser);
                else Skip(parser);
            }
            return meta;
        }
        catch (Exception fault) when (fault is YamlException or InvalidOperationException or ArgumentException)
        {
            // The latter two are what the library's scanner says of some broken texts.
            throw new InvalidDataException($"not the YAML that MLflow writes: {fault.Message}", fault);
        }
    }

    public string? Text(string name) => texts.GetValueOrDefault(name);

    public long? Long(string name) => long.TryParse(Text(name), out var number) ? number : null;

    public IReadOnlyList<KeyValuePair<string, string>> Mapping(string name) => mappings.TryGetValue(name, out var pairs) ? pairs : [];

    private static List<KeyValuePair<string, string>> Pairs(Parser parser)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>().Value;
            if (parser.TryConsume<Scalar>(out var value)) pairs.Add(KeyValuePair.Create(key, value.Value));
            else Skip(parser);
        }
        return pairs;
    }

    private static void Skip(Parser parser)
    {
        for (var depth = 0; ;)
        {
            var step = parser.Consume<ParsingEvent>();
            depth += step.NestingIncrease;
            if (depth <= 0) return;
        }
    }
}
