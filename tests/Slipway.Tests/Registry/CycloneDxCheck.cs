using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Tests.Registry;

/// <summary>
/// The structure of CycloneDX 1.6 as far as a bill of a model goes: which fields each object may have and must have, of which kind, which words, and that
/// references lead somewhere. Written down from the specification's own words; fields that we do not write are refused like unknown ones.
/// </summary>
internal sealed partial class CycloneDxCheck
{
    private delegate void Rule(JsonNode? node, string at);

    private readonly List<string> wrong = [];
    private readonly HashSet<string> refs = new(StringComparer.Ordinal);
    private readonly List<(string Ref, string At)> uses = [];

    /// <summary>What is wrong in a document; empty: nothing.</summary>
    public static List<string> Of(byte[] document)
    {
        var check = new CycloneDxCheck();
        check.Bom(JsonNode.Parse(document), "$");
        foreach (var (used, at) in check.uses)
            if (!check.refs.Contains(used)) check.wrong.Add($"{at}: '{used}' is the bom-ref of nothing.");
        return check.wrong;
    }

    [GeneratedRegex("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    private static partial Regex Serial();

    [GeneratedRegex("^([a-fA-F0-9]{32}|[a-fA-F0-9]{40}|[a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})$")]
    private static partial Regex Digest();

    [GeneratedRegex("^pkg:[a-z][a-z0-9.+-]*/[^ @?#]+(@[^ @?#]+)?$")]
    private static partial Regex PackageUrl();

    private void Bom(JsonNode? node, string at) => Object(node, at, ["bomFormat", "specVersion"], new()
    {
        ["$schema"] = OneOf("http://cyclonedx.org/schema/bom-1.6.schema.json"),
        ["bomFormat"] = OneOf("CycloneDX"),
        ["specVersion"] = OneOf("1.6"),
        ["serialNumber"] = Like(Serial()),
        ["version"] = (one, place) => Expect(one is JsonValue value && value.TryGetValue<int>(out var number) && number >= 1, place, "a whole number from 1"),
        ["metadata"] = Metadata,
        ["components"] = Each(Component),
        ["dependencies"] = Each(Dependency),
        ["properties"] = Each(Property),
    });

    private void Metadata(JsonNode? node, string at) => Object(node, at, [], new()
    {
        ["timestamp"] = (one, place) => Expect(DateTimeOffset.TryParse((string?)one, CultureInfo.InvariantCulture, out _) && ((string)one!).Contains('T', StringComparison.Ordinal), place, "a date and time"),
        ["tools"] = (tools, place) => Object(tools, place, [], new() { ["components"] = Each(Component) }),
        ["component"] = Component,
        ["properties"] = Each(Property),
    });

    private void Component(JsonNode? node, string at) => Object(node, at, ["type", "name"], new()
    {
        ["type"] = OneOf("application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver", "firmware", "file", "machine-learning-model", "data", "cryptographic-asset"),
        ["bom-ref"] = Named,
        ["supplier"] = (one, place) => Object(one, place, [], new() { ["name"] = Text, ["url"] = Each(Text) }),
        ["authors"] = Each((one, place) => Object(one, place, [], new() { ["name"] = Text, ["email"] = Text, ["phone"] = Text })),
        ["name"] = Text,
        ["version"] = Text,
        ["description"] = Text,
        ["hashes"] = Each((one, place) => Object(one, place, ["alg", "content"], new() { ["alg"] = OneOf("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512", "BLAKE2b-256", "BLAKE2b-384", "BLAKE2b-512", "BLAKE3"), ["content"] = Like(Digest()) })),
        ["licenses"] = Each((one, place) => Object(one, place, ["license"], new() { ["license"] = (license, inner) => Object(license, inner, ["name"], new() { ["name"] = Text, ["url"] = Text }) })),
        ["purl"] = Like(PackageUrl()),
        ["modelCard"] = ModelCard,
        ["data"] = Each(Data),
        ["properties"] = Each(Property),
    });

    private void Data(JsonNode? node, string at) => Object(node, at, ["type"], new() { ["bom-ref"] = Named, ["type"] = OneOf("source-code", "configuration", "dataset", "definition", "other"), ["name"] = Text, ["description"] = Text });

    private void ModelCard(JsonNode? node, string at) => Object(node, at, [], new()
    {
        ["bom-ref"] = Named,
        ["modelParameters"] = (parameters, place) => Object(parameters, place, [], new()
        {
            ["approach"] = (one, inner) => Object(one, inner, [], new() { ["type"] = OneOf("supervised", "unsupervised", "reinforcement-learning", "semi-supervised", "self-supervised") }),
            ["task"] = Text,
            ["architectureFamily"] = Text,
            ["modelArchitecture"] = Text,
            // A reference, or the data itself.
            ["datasets"] = Each((one, inner) =>
            {
                if (one is JsonObject own && own.ContainsKey("ref")) Object(one, inner, ["ref"], new() { ["ref"] = Used });
                else Data(one, inner);
            }),
            ["inputs"] = Each((one, inner) => Object(one, inner, [], new() { ["format"] = Text })),
            ["outputs"] = Each((one, inner) => Object(one, inner, [], new() { ["format"] = Text })),
        }),
        ["quantitativeAnalysis"] = (analysis, place) => Object(analysis, place, [], new()
        {
            ["performanceMetrics"] = Each((one, inner) => Object(one, inner, [], new()
            {
                ["type"] = Text,
                ["value"] = Text,
                ["slice"] = Text,
                ["confidenceInterval"] = (interval, deep) => Object(interval, deep, [], new() { ["lowerBound"] = Text, ["upperBound"] = Text }),
            })),
        }),
        ["considerations"] = (considerations, place) => Object(considerations, place, [], new()
        {
            ["users"] = Each(Text),
            ["useCases"] = Each(Text),
            ["technicalLimitations"] = Each(Text),
            ["performanceTradeoffs"] = Each(Text),
            ["ethicalConsiderations"] = Each((one, inner) => Object(one, inner, [], new() { ["name"] = Text, ["mitigationStrategy"] = Text })),
        }),
        ["properties"] = Each(Property),
    });

    private void Dependency(JsonNode? node, string at) => Object(node, at, ["ref"], new()
    {
        ["ref"] = Used,
        ["dependsOn"] = (list, place) =>
        {
            Each(Used)(list, place);
            var all = (list as JsonArray ?? []).Select(static one => (string?)one).ToList();
            Expect(all.Distinct().Count() == all.Count, place, "each once");
        },
    });

    private void Property(JsonNode? node, string at) => Object(node, at, [], new() { ["name"] = Text, ["value"] = Text });

    private void Object(JsonNode? node, string at, string[] required, Dictionary<string, Rule> fields)
    {
        if (node is not JsonObject own)
        {
            wrong.Add($"{at}: expected an object.");
            return;
        }
        foreach (var name in required)
            if (!own.ContainsKey(name)) wrong.Add($"{at}: '{name}' is missing.");
        foreach (var (name, value) in own)
            if (fields.TryGetValue(name, out var rule)) rule(value, $"{at}.{name}");
            else wrong.Add($"{at}: no field is called '{name}'.");
    }

    private Rule Each(Rule rule) => (node, at) =>
    {
        if (node is not JsonArray list) wrong.Add($"{at}: expected a list.");
        else
            foreach (var (i, one) in list.Index()) rule(one, $"{at}[{i}]");
    };

    private void Text(JsonNode? node, string at) => Expect(node?.GetValueKind() is JsonValueKind.String, at, "a text");

    private void Named(JsonNode? node, string at)
    {
        Expect(node?.GetValueKind() is JsonValueKind.String && ((string)node!).Length > 0, at, "a text that is not empty");
        if ((string?)node is { } name) Expect(refs.Add(name), at, "a bom-ref that nothing else has");
    }

    private void Used(JsonNode? node, string at)
    {
        Expect(node?.GetValueKind() is JsonValueKind.String && ((string)node!).Length > 0, at, "a text that is not empty");
        if ((string?)node is { } name) uses.Add((name, at));
    }

    private Rule OneOf(params string[] words) => (node, at) => Expect(node?.GetValueKind() is JsonValueKind.String && words.Contains((string)node!), at, "one of " + string.Join(", ", words));

    private Rule Like(Regex pattern) => (node, at) => Expect(node?.GetValueKind() is JsonValueKind.String && pattern.IsMatch((string)node!), at, pattern.ToString());

    private void Expect(bool holds, string at, string what)
    {
        if (!holds) wrong.Add($"{at}: expected {what}.");
    }
}
