using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Registry;

/// <summary>The kinds of checks that a policy can have: which fields each has, and what they mean.</summary>
internal static class PolicyFields
{
    private delegate PolicyCheck? Reading(PolicyReader reader, JsonObject map, string path);

    private static readonly Dictionary<string, (string[] Fields, Reading Read)> All = new(StringComparer.Ordinal)
    {
        ["metric"] = (["metric", "dataset", "min", "max", "against", "tolerance", "tolerance_percent", "better", "claimed"], Metric),
        ["signature"] = (["compatible_with"], static (reader, map, path) =>
        {
            var with = reader.Slot(map, path, "compatible_with");
            return new SignaturePolicyCheck(with) { Title = with is { } slot ? $"Signature compatible with that of {Who(slot)}" : "Has a signature" };
        }
        ),
        ["tags"] = (["required"], Tags),
        ["fields"] = (["required"], Fields),
        ["scan"] = (["allow"], static (reader, map, path) =>
        {
            var loose = reader.Word(map, path, "allow", ["clean", "suspicious"]) == "suspicious";
            return new ScanPolicyCheck(loose) { Title = loose ? "Scanned, and not unsafe" : "Scanned, and clean" };
        }
        ),
        ["signed"] = ([], static (_, _, _) => new SignedPolicyCheck { Title = "Signed with a trusted key" }),
        ["dataset"] = (["context"], static (reader, map, path) =>
        {
            var context = reader.Text(map, path, "context", 250);
            return new DatasetPolicyCheck(context) { Title = context is null ? "Its run noted its data" : $"Its run noted its data for {context}" };
        }
        ),
        ["run"] = (["finished", "clean_commit"], static (reader, map, path) =>
        {
            var (finished, clean) = (reader.Flag(map, path, "finished", true), reader.Flag(map, path, "clean_commit", true));
            if (!finished && !clean) reader.Wrong(path, "This check asks for nothing: leave finished or clean_commit true.");
            return new RunPolicyCheck(finished, clean) { Title = "Its run " + (finished && clean ? "finished, and came from a clean commit" : finished ? "finished" : "came from a clean commit") };
        }
        ),
        ["command"] = (["run", "timeout_seconds", "network"], static (reader, map, path) =>
        {
            var words = reader.Texts(map, path, "run", CommandPolicyCheck.WordsMax, CommandPolicyCheck.WordCharsMax);
            var seconds = reader.Whole(map, path, "timeout_seconds", 1, CommandPolicyCheck.TimeoutSecondsMax) ?? 60;
            return new CommandPolicyCheck(words, seconds, reader.Flag(map, path, "network", false)) { Title = words.Count == 0 ? "" : $"{PolicyReader.Cut(string.Join(' ', words))} ends well" };
        }
        ),
        ["approvals"] = (["count", "role"], static (reader, map, path) =>
        {
            if (!map.ContainsKey("count")) reader.Wrong(path, "Expected 'count', how many approvals are needed.");
            var count = reader.Whole(map, path, "count", 1, ApprovalsPolicyCheck.CountMax) ?? 1;
            var role = reader.Text(map, path, "role", 256) ?? "approver";
            return new ApprovalsPolicyCheck(count, role) { Title = count == 1 ? $"1 approval by the role {role}" : $"{count} approvals by the role {role}" };
        }
        ),
        ["policy"] = (["policy"], static (reader, map, path) =>
        {
            if (reader.Text(map, path, "policy", GatePolicy.NameCharsMax) is { Length: > 0 } name) return new IncludePolicyCheck(name) { Title = $"All that '{name}' asks for", Waivable = false };
            reader.Wrong(path, "Expected 'policy', the name of another policy.");
            return null;
        }
        ),
    };

    /// <summary>Metrics that Slipway computes and what is known of them: whether more is better, and their range.</summary>
    private static readonly Dictionary<string, (bool Higher, double Least, double Most)> Known = new(StringComparer.Ordinal)
    {
        ["accuracy"] = (true, 0, 1),
        ["balanced_accuracy"] = (true, 0, 1),
        ["precision"] = (true, 0, 1),
        ["recall"] = (true, 0, 1),
        ["f1"] = (true, 0, 1),
        ["precision_macro"] = (true, 0, 1),
        ["recall_macro"] = (true, 0, 1),
        ["f1_macro"] = (true, 0, 1),
        ["roc_auc"] = (true, 0, 1),
        ["pr_auc"] = (true, 0, 1),
        ["r2"] = (true, double.NegativeInfinity, 1),
        ["log_loss"] = (false, 0, double.PositiveInfinity),
        ["brier"] = (false, 0, 2),
        ["ece"] = (false, 0, 1),
        ["mae"] = (false, 0, double.PositiveInfinity),
        ["mse"] = (false, 0, double.PositiveInfinity),
        ["rmse"] = (false, 0, double.PositiveInfinity),
        ["mape"] = (false, 0, double.PositiveInfinity),
    };

    /// <summary>Fields that every check may have.</summary>
    public static string[] Common { get; } = ["check", "id", "title", "waivable"];

    /// <summary>For error texts.</summary>
    public static string Kinds => string.Join(", ", All.Keys);

    /// <summary>The fields of a kind beside the common ones; null when there is no such kind.</summary>
    public static string[]? Of(string kind) => All.TryGetValue(kind, out var known) ? known.Fields : null;

    /// <summary>Reads a check of a known kind.</summary>
    public static PolicyCheck? Read(PolicyReader reader, string kind, JsonObject map, string path) => All[kind].Read(reader, map, path);

    private static MetricPolicyCheck? Metric(PolicyReader reader, JsonObject map, string path)
    {
        var (metric, dataset) = (reader.Text(map, path, "metric", 250), reader.Text(map, path, "dataset", 500));
        var (min, max, against) = (reader.Number(map, path, "min"), reader.Number(map, path, "max"), reader.Slot(map, path, "against"));
        var (tolerance, percent) = (reader.Number(map, path, "tolerance"), reader.Number(map, path, "tolerance_percent"));
        var better = map.ContainsKey("better") ? reader.Word(map, path, "better", ["higher", "lower"]) : null;
        var claimed = map.ContainsKey("claimed") && reader.Word(map, path, "claimed", ["refuse", "accept"]) == "accept";
        if (string.IsNullOrEmpty(metric))
        {
            reader.Wrong(path, "Expected 'metric', a metric's name.");
            return null;
        }
        var known = Known.TryGetValue(metric, out var range);
        if (string.IsNullOrEmpty(dataset) && !claimed) reader.Wrong(path, "Expected 'dataset', the evaluation dataset that the metric is computed on; or 'claimed: accept', for what the run itself logged.");
        if (against is null && min is null && max is null && !map.ContainsKey("against") && !map.ContainsKey("min") && !map.ContainsKey("max")) reader.Wrong(path, "Expected a bound: 'min', 'max', or 'against'.");
        if (against is not null && (min is not null || max is not null)) reader.Wrong(path + "/against", "'against' has bounds of its own: put 'min' and 'max' into another check.");
        if (against is null && (map.ContainsKey("tolerance") || map.ContainsKey("tolerance_percent") || better is not null) && !map.ContainsKey("against")) reader.Wrong(path, "'tolerance' and 'better' go with 'against'.");
        if (tolerance is not null && percent is not null) reader.Wrong(path + "/tolerance_percent", "Expected 'tolerance' or 'tolerance_percent', not both.");
        if (tolerance is < 0) reader.Wrong(path + "/tolerance", "'tolerance': expected 0 or more.");
        if (percent is < 0 or > 100) reader.Wrong(path + "/tolerance_percent", "'tolerance_percent': expected 0 to 100.");
        if (min > max) reader.Wrong(path + "/min", "Nothing is at least 'min' and at most 'max': 'min' is the larger one.");
        if (known && min > range.Most) reader.Wrong(path + "/min", $"Nothing meets this: {metric} is at most {Text(range.Most)}.");
        if (known && max < range.Least) reader.Wrong(path + "/max", $"Nothing meets this: {metric} is at least {Text(range.Least)}.");
        if (against is not null && better is null && !known) reader.Wrong(path, $"Expected 'better: higher' or 'better: lower': '{PolicyReader.Cut(metric)}' is no metric that Slipway computes, so it cannot tell.");
        var higher = better is null ? !known || range.Higher : better == "higher";
        var on = string.IsNullOrEmpty(dataset) ? "" : $" on {dataset}";
        var loose = tolerance is > 0 ? $", give or take {Text(tolerance.Value)}" : percent is > 0 ? $", give or take {Text(percent.Value)} %" : "";
        var title = metric + on + (against is { } slot ? $" not worse than that of {Who(slot)}{loose}" : (min is { } least ? $" at least {Text(least)}" : "") + (min is not null && max is not null ? " and" : "") + (max is { } most ? $" at most {Text(most)}" : ""));
        return new MetricPolicyCheck(metric, string.IsNullOrEmpty(dataset) ? null : dataset, min, max, against, tolerance ?? 0, percent ?? 0, higher, claimed) { Title = title };
    }

    private static TagsPolicyCheck Tags(PolicyReader reader, JsonObject map, string path)
    {
        var required = new List<KeyValuePair<string, string?>>();
        if (map["required"] is JsonObject { Count: > 0 and <= 100 } pairs)
        {
            foreach (var (key, value) in pairs)
                if (value is not null && PolicyReader.Scalar(value) is { Length: <= 5_000 } text) required.Add(new(key, text));
                else reader.Wrong($"{path}/required/{key}", "Expected the text that the tag must have, of at most 5,000 characters.");
        }
        else required.AddRange(reader.Texts(map, path, "required", 100, RegisteredModelTag.KeyCharsMax).Select(static key => new KeyValuePair<string, string?>(key, null)));
        return new TagsPolicyCheck(required) { Title = "Tagged " + string.Join(", ", required.Select(static tag => tag.Value is null ? tag.Key : $"{tag.Key}={PolicyReader.Cut(tag.Value)}")) };
    }

    private static FieldsPolicyCheck Fields(PolicyReader reader, JsonObject map, string path)
    {
        var required = reader.Texts(map, path, "required", 100, 100);
        for (var i = 0; i < required.Count; i++)
            if (!FieldsPolicyCheck.Known.Contains(required[i])) reader.Wrong($"{path}/required/{i}", $"'{PolicyReader.Cut(required[i])}' is no field of a model. Expected some of {string.Join(", ", FieldsPolicyCheck.Known)}.");
        return new FieldsPolicyCheck(required) { Title = "Says " + string.Join(", ", required) };
    }

    private static string Who(SlotRef slot) => slot is { Alias: null, Stage: null } ? "whoever stands there" : slot.Alias is not null ? "@" + slot.Alias : slot.Stage!;

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
