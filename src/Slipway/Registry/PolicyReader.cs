using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Registry;

/// <summary>
/// Reads policies: a YAML text becomes a <see cref="Policy"/>, or a list of what is wrong with it, each with its line and column. Pure: what only the
/// database knows (roles, other policies) is asked for by whoever saves it.
/// </summary>
internal sealed class PolicyReader
{
    /// <summary>The most errors that are said at once.</summary>
    public const int ErrorsMax = 20;

    private static readonly string[] TopFields = ["description", "checks", "rollback", "auto", "expire_days", "waivers"];

    private readonly YamlText.Marks marks = new();
    private readonly List<GatePolicyError> errors = [];

    private PolicyReader()
    {
    }

    /// <summary>Where each of the policy's values stands.</summary>
    public YamlText.Marks Marks => marks;

    /// <summary>Reads a text. The policy is null when there are errors.</summary>
    public static (Policy? Policy, List<GatePolicyError> Errors, YamlText.Marks Marks) Read(string yaml)
    {
        var reader = new PolicyReader();
        var policy = reader.Top(yaml);
        return (reader.errors.Count == 0 ? policy : null, reader.errors, reader.marks);
    }

    private Policy? Top(string yaml)
    {
        if (yaml.Length > GatePolicy.YamlCharsMax)
        {
            errors.Add(new GatePolicyError(1, 1, $"A policy has at most {GatePolicy.YamlCharsMax:N0} characters, got {yaml.Length:N0}."));
            return null;
        }
        if (yaml.Contains('\0', StringComparison.Ordinal))
        {
            errors.Add(new GatePolicyError(1, 1, "A policy holds no NUL character."));
            return null;
        }
        var read = YamlText.Parse(yaml, marks);
        if (read.Problem is { } malformed)
        {
            errors.Add(new GatePolicyError(marks.Fault.Line, marks.Fault.Column, malformed.Message));
            return null;
        }
        if (read.Value is not JsonObject top)
        {
            errors.Add(new GatePolicyError(1, 1, "Expected a mapping with 'checks', a list of what has to be met."));
            return null;
        }
        Unknown(top, "", "a policy", TopFields);
        var description = Text(top, "", "description", RegisteredModel.DescriptionCharsMax);
        var gated = Word(top, "", "rollback", ["free", "gated"]) == "gated";
        var auto = Flag(top, "", "auto", false);
        var days = Whole(top, "", "expire_days", 1, 365) ?? Policy.ExpireDaysDefault;
        var waivers = Text(top, "", "waivers", MlflowRoleChars) ?? Policy.WaiversDefault;
        var checks = new List<PolicyCheck>();
        if (top["checks"] is not JsonArray { Count: > 0 } list) Wrong("/checks", "Expected 'checks', a list of at least one check.");
        else if (list.Count > GatePolicy.ChecksMax) Wrong("/checks", $"A policy has at most {GatePolicy.ChecksMax} checks, got {list.Count}.");
        else
            for (var i = 0; i < list.Count && errors.Count < ErrorsMax; i++)
                if (Check(list[i], $"/checks/{i}") is { } check) checks.Add(check);
        return new Policy(description, gated, auto, days, waivers, Named(checks));
    }

    private const int MlflowRoleChars = 256;

    private PolicyCheck? Check(JsonNode? node, string path)
    {
        if (node is not JsonObject map)
        {
            Wrong(path, "Expected a mapping with 'check', its kind.");
            return null;
        }
        var kind = Text(map, path, "check", 40);
        if (kind is null)
        {
            if (!map.ContainsKey("check")) Wrong(path, $"Expected 'check', one of {PolicyFields.Kinds}.");
            return null;
        }
        if (PolicyFields.Of(kind) is not { } fields)
        {
            Wrong(path + "/check", $"'{Cut(kind)}' is no check. Expected one of {PolicyFields.Kinds}.");
            return null;
        }
        Unknown(map, path, $"the check {kind}", [.. PolicyFields.Common, .. fields]);
        var check = PolicyFields.Read(this, kind, map, path);
        if (check is null) return null;
        var id = Text(map, path, "id", 60);
        if (id is not null && (id.Length == 0 || !id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))) Wrong(path + "/id", "Expected letters, digits, '_' and '-'.");
        return check with { Id = id ?? "", Title = Text(map, path, "title", 200) is { Length: > 0 } title ? title : check.Title, Waivable = Flag(map, path, "waivable", check is not (ApprovalsPolicyCheck or IncludePolicyCheck)) };
    }

    // A check without a name goes by its kind and number; names are what waivers hang on, so none may mean two.
    private List<PolicyCheck> Named(List<PolicyCheck> checks)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var named = checks.ConvertAll(check =>
        {
            var number = counts[check.Kind] = counts.GetValueOrDefault(check.Kind) + 1;
            return check.Id.Length > 0 ? check : check with { Id = $"{check.Kind}-{number.ToString(CultureInfo.InvariantCulture)}" };
        });
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < named.Count; i++)
            if (!seen.Add(named[i].Id)) Wrong($"/checks/{i}/id", $"Two checks are called '{named[i].Id}'. Give one of them another id.");
        return named;
    }

    /// <summary>Says what is wrong with what stands at a path.</summary>
    public void Wrong(string path, string message)
    {
        if (errors.Count >= ErrorsMax) return;
        var (line, column) = marks[path];
        errors.Add(new GatePolicyError(line, column, message));
    }

    /// <summary>A text, or null when absent or wrong.</summary>
    public string? Text(JsonObject map, string path, string field, int charsMax)
    {
        if (!map.TryGetPropertyValue(field, out var node) || node is null) return null;
        var text = Scalar(node);
        if (text is null) Wrong($"{path}/{field}", $"'{field}': expected a text.");
        else if (text.Length > charsMax) Wrong($"{path}/{field}", $"'{field}' has at most {charsMax:N0} characters, got {text.Length:N0}.");
        else return text;
        return null;
    }

    /// <summary>One of some words, the first when absent.</summary>
    public string Word(JsonObject map, string path, string field, string[] words)
    {
        if (Text(map, path, field, 100) is not { } word) return words[0];
        if (Array.IndexOf(words, word) >= 0) return word;
        Wrong($"{path}/{field}", $"'{field}': expected {string.Join(" or ", words)}, got '{Cut(word)}'.");
        return words[0];
    }

    /// <summary>true or false.</summary>
    public bool Flag(JsonObject map, string path, string field, bool absent)
    {
        if (!map.TryGetPropertyValue(field, out var node) || node is null) return absent;
        if (node is JsonValue value && value.GetValueKind() is JsonValueKind.True or JsonValueKind.False) return (bool)node;
        Wrong($"{path}/{field}", $"'{field}': expected true or false.");
        return absent;
    }

    /// <summary>A whole number within bounds.</summary>
    public int? Whole(JsonObject map, string path, string field, int least, int most)
    {
        if (!map.TryGetPropertyValue(field, out var node)) return null;
        if (node is not null && long.TryParse(Scalar(node), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return (int)number;
        Wrong($"{path}/{field}", $"'{field}': expected a whole number from {least} to {most}, got '{Cut(node is null ? "nothing" : Scalar(node) ?? "something else")}'.");
        return null;
    }

    /// <summary>A finite number.</summary>
    public double? Number(JsonObject map, string path, string field)
    {
        if (!map.TryGetPropertyValue(field, out var node)) return null;
        if (node is not null && double.TryParse(Scalar(node), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) return number;
        Wrong($"{path}/{field}", $"'{field}': expected a finite number, got '{Cut(node is null ? "nothing" : Scalar(node) ?? "something else")}'.");
        return null;
    }

    /// <summary>A list of texts that are not empty.</summary>
    public List<string> Texts(JsonObject map, string path, string field, int most, int charsMax)
    {
        var texts = new List<string>();
        if (map[field] is not JsonArray { Count: > 0 } list)
        {
            Wrong($"{path}/{field}", $"'{field}': expected a list of at least one text.");
            return texts;
        }
        if (list.Count > most) Wrong($"{path}/{field}", $"'{field}' has at most {most} entries, got {list.Count}.");
        else
            for (var i = 0; i < list.Count; i++)
                if (list[i] is { } item && Scalar(item) is { Length: > 0 } text && text.Length <= charsMax) texts.Add(text);
                else Wrong($"{path}/{field}/{i}", $"'{field}': expected texts of 1 to {charsMax:N0} characters.");
        return texts;
    }

    /// <summary>Whoever stands somewhere.</summary>
    public SlotRef? Slot(JsonObject map, string path, string field)
    {
        if (Text(map, path, field, 300) is not { } text) return null;
        if (SlotRef.Parse(text) is { } slot) return slot;
        Wrong($"{path}/{field}", $"'{field}': expected slot, @ALIAS or a stage, got '{Cut(text)}'.");
        return null;
    }

    /// <summary>What a scalar says; null for anything else.</summary>
    public static string? Scalar(JsonNode node) => node is JsonValue value ? value.GetValueKind() is JsonValueKind.String ? (string?)value : value.ToJsonString() : null;

    /// <summary>As much of a text as an error repeats.</summary>
    public static string Cut(string text) => text.Length > 60 ? text[..60] : text;

    private void Unknown(JsonObject map, string path, string of, string[] known)
    {
        foreach (var (name, _) in map)
            if (Array.IndexOf(known, name) < 0) Wrong($"{path}/{name}", $"'{Cut(name)}' is no field of {of}. Expected some of {string.Join(", ", known)}.");
    }
}
