using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Registry;

/// <summary>A version as a CycloneDX 1.6 bill of materials: the model with its card, its files with digests, its data sets, its Python packages.</summary>
internal static class ModelBom
{
    private static readonly SearchValues<char> NameChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    private static readonly SearchValues<char> VersionChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+!-");

    /// <summary>The most files that are listed; a version has no more.</summary>
    public const int FilesMax = ModelPackage.FilesMax;

    /// <summary>The largest `requirements.txt` that is read, in bytes.</summary>
    public const int RequirementsBytesMax = 256 * 1024;

    /// <summary>The most packages of it.</summary>
    public const int PackagesMax = 2_000;

    /// <summary>The document. Asked for twice, it has the same serial number, since it is about the same files.</summary>
    /// <param name="card">The card.</param>
    /// <param name="files">The version's files.</param>
    /// <param name="requirements">What its requirements.txt says, or null.</param>
    /// <param name="at">Now.</param>
    public static byte[] Write(ModelCard card, IReadOnlyList<ModelFile> files, string? requirements, DateTimeOffset at)
    {
        var packages = Packages(requirements);
        var components = new JsonArray();
        foreach (var (i, data) in (card.Datasets ?? []).Index())
            components.Add(new JsonObject { ["type"] = "data", ["bom-ref"] = $"data-{i + 1}", ["name"] = data.Name, ["version"] = data.Digest, ["data"] = new JsonArray(new JsonObject { ["type"] = "dataset", ["name"] = data.Name }), ["properties"] = Properties(("slipway:context", data.Context), ("slipway:source_type", data.SourceType)) });
        foreach (var file in files.Take(FilesMax))
            components.Add(new JsonObject { ["type"] = "file", ["bom-ref"] = "file:" + file.Path, ["name"] = file.Path, ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-256", ["content"] = file.Sha256 }), ["properties"] = Properties(("slipway:bytes", file.Size.ToString(CultureInfo.InvariantCulture))) });
        foreach (var (name, version) in packages)
        {
            var package = new JsonObject { ["type"] = "library", ["bom-ref"] = Purl(name, version), ["name"] = name };
            if (version is not null) package["version"] = version;
            package["purl"] = Purl(name, version);
            components.Add(package);
        }
        var root = new JsonObject
        {
            ["$schema"] = "http://cyclonedx.org/schema/bom-1.6.schema.json",
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["serialNumber"] = "urn:uuid:" + Serial(card),
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["timestamp"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ["tools"] = new JsonObject { ["components"] = new JsonArray(new JsonObject { ["type"] = "application", ["name"] = "slipway", ["version"] = typeof(ModelBom).Assembly.GetName().Version?.ToString(3) ?? "0" }) },
                ["component"] = Model(card),
            },
            ["components"] = components,
            ["dependencies"] = new JsonArray(new JsonObject { ["ref"] = "model", ["dependsOn"] = new JsonArray([.. components.Select(static one => (JsonNode)(string)one!["bom-ref"]!)]) }),
        };
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true })) root.WriteTo(json);
        return buffer.ToArray();
    }

    /// <summary>Names and pinned versions of a requirements.txt; what is no plain requirement (options, addresses, paths) is passed over.</summary>
    public static List<(string Name, string? Version)> Packages(string? requirements)
    {
        var found = new List<(string Name, string? Version)>();
        foreach (var line in (requirements ?? "").AsSpan().EnumerateLines())
        {
            if (found.Count >= PackagesMax) break;
            var text = line[..(line.IndexOf('#') is >= 0 and var comment ? comment : line.Length)];
            text = text[..(text.IndexOf(';') is >= 0 and var marker ? marker : text.Length)].Trim();
            var end = text.IndexOfAnyExcept(NameChars);
            var name = end < 0 ? text : text[..end];
            if (name.Length is 0 or > 200 || !char.IsAsciiLetterOrDigit(name[0])) continue;
            var rest = end < 0 ? default : text[end..].Trim();
            if (rest.StartsWith("[") && rest.IndexOf(']') is > 0 and var extras) rest = rest[(extras + 1)..].Trim();
            if (rest.StartsWith("@") || rest.StartsWith(":") || rest.StartsWith("/")) continue;
            var version = rest.StartsWith("==") && !rest.StartsWith("===") ? rest[2..].Trim() : default;
            var pinned = version.Length is > 0 and <= 100 && version.IndexOfAnyExcept(VersionChars) < 0;
            var entry = (name.ToString(), pinned ? version.ToString() : null);
            if (!found.Exists(one => Normal(one.Name) == Normal(entry.Item1))) found.Add(entry);
        }
        return found;
    }

    private static JsonObject Model(ModelCard card)
    {
        var profile = card.Profile ?? new ModelProfile();
        var model = new JsonObject { ["type"] = "machine-learning-model", ["bom-ref"] = "model", ["name"] = card.Name, ["version"] = card.Version };
        if ((card.Description ?? card.ModelDescription) is { } description) model["description"] = description;
        if (profile.Owner is { } owner) model["authors"] = new JsonArray(new JsonObject { ["name"] = owner });
        if (profile.Team is { } team) model["supplier"] = new JsonObject { ["name"] = team };
        if (profile.License is { } license) model["licenses"] = new JsonArray(new JsonObject { ["license"] = new JsonObject { ["name"] = license } });
        var parameters = new JsonObject();
        if (card.Tags?.FirstOrDefault(static tag => tag.Key == "task")?.Value is { Length: > 0 } task) parameters["task"] = task;
        if (card.Package?.Flavors?.FirstOrDefault(static flavor => flavor != "python_function") is { } flavor) parameters["architectureFamily"] = flavor;
        if (card.Datasets is { } data) parameters["datasets"] = new JsonArray([.. data.Select(static (_, i) => (JsonNode)new JsonObject { ["ref"] = $"data-{i + 1}" })]);
        if (card.Package?.Inputs is { } inputs) parameters["inputs"] = Formats(inputs);
        if (card.Package?.Outputs is { } outputs) parameters["outputs"] = Formats(outputs);
        var sheet = new JsonObject { ["modelParameters"] = parameters };
        if (card.Metrics is { } metrics)
            sheet["quantitativeAnalysis"] = new JsonObject
            {
                ["performanceMetrics"] = new JsonArray([.. metrics.Select(static one =>
            {
                var metric = new JsonObject { ["type"] = one.Key, ["value"] = one.Value.ToString("R", CultureInfo.InvariantCulture) };
                metric["slice"] = one.DatasetName is { } name ? $"{name} ({one.Origin})" : one.Origin;
                return (JsonNode)metric;
            })])
            };
        var considerations = new JsonObject();
        if (profile.IntendedUse is { } use) considerations["useCases"] = new JsonArray(use);
        if (profile.Limitations is { } limits) considerations["technicalLimitations"] = new JsonArray(limits);
        if (considerations.Count > 0) sheet["considerations"] = considerations;
        model["modelCard"] = sheet;
        model["properties"] = Properties(("slipway:stage", card.Stage), ("slipway:aliases", card.Aliases is { } aliases ? string.Join(",", aliases) : null), ("slipway:package_digest", card.Package?.Digest), ("slipway:run_id", card.Run?.RunId),
            ("slipway:commit", card.Run?.Commit), ("slipway:purpose", profile.Purpose), ("slipway:contact", profile.Contact), ("slipway:review_date", profile.ReviewDate), ("slipway:retirement_date", profile.RetirementDate), ("slipway:source", card.Source));
        return model;
    }

    private static JsonArray Formats(ModelColumnInfo[] columns) => new([.. columns.Select(static column => (JsonNode)new JsonObject { ["format"] = string.Join(' ', new[] { column.Name, column.Type, column.Shape }.Where(static part => !string.IsNullOrEmpty(part))) })]);

    private static JsonArray Properties(params ReadOnlySpan<(string Name, string? Value)> properties)
    {
        var array = new JsonArray();
        foreach (var (name, value) in properties)
            if (!string.IsNullOrEmpty(value)) array.Add(new JsonObject { ["name"] = name, ["value"] = value });
        return array;
    }

    // The purl specification: lower case, and one hyphen for every run of - _ and dot.
    private static string Purl(string name, string? version) => $"pkg:pypi/{Normal(name)}" + (version is null ? "" : "@" + Uri.EscapeDataString(version));

    private static string Normal(string name)
    {
        var normal = new StringBuilder(name.Length);
        foreach (var c in name.ToLowerInvariant())
            if (c is not ('-' or '_' or '.')) normal.Append(c);
            else if (normal.Length > 0 && normal[^1] != '-') normal.Append('-');
        return normal.ToString();
    }

    private static Guid Serial(ModelCard card)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"slipway-bom\0{card.Name}\0{card.Version}\0{card.RegisteredMs}\0{card.Package?.Digest}")).AsSpan(0, 16);
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x80);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
