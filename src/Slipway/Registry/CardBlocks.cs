using System.Globalization;

namespace Slipway.Registry;

/// <summary>A piece of a card as it reads: a heading with fields, a table, or an author's Markdown below it.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Fields">Names and values, or null.</param>
/// <param name="Columns">A table's columns, or null.</param>
/// <param name="Rows">A table's rows.</param>
/// <param name="Remark">A sentence of ours below it.</param>
/// <param name="Markdown">What an author wrote, or null.</param>
internal sealed record CardBlock(string Title, List<(string Name, string Value)>? Fields = null, string[]? Columns = null, List<string[]>? Rows = null, string? Remark = null, string? Markdown = null);

/// <summary>A card as blocks, so that Markdown and HTML say the same in the same order.</summary>
internal static class CardBlocks
{
    /// <summary>The blocks of a card that have something to say.</summary>
    public static IEnumerable<CardBlock> Of(ModelCard card)
    {
        var profile = card.Profile ?? new ModelProfile();
        yield return new CardBlock("Overview", Fields(("Version", card.Version), ("Stage", card.Stage), ("Aliases", string.Join(", ", card.Aliases ?? [])), ("Owner", profile.Owner), ("Team", profile.Team),
            ("Contact", profile.Contact), ("License", profile.License), ("Review date", profile.ReviewDate), ("Retirement date", profile.RetirementDate), ("Registered", Time(card.RegisteredMs)), ("Registered by", card.RegisteredBy)));
        foreach (var (title, text) in ((string, string?)[])[("Description", Join(card.ModelDescription, card.Description)), ("Purpose", profile.Purpose), ("Intended use", profile.IntendedUse), ("Limitations", profile.Limitations)])
            if (!string.IsNullOrWhiteSpace(text)) yield return new CardBlock(title, Markdown: text);
        if (card.Metrics is { } metrics)
            yield return new CardBlock("Metrics", Columns: ["Metric", "Value", "Data", "Origin"], Rows: [.. metrics.Select(static one => (string[])[one.Key, Number(one.Value), Named(one.DatasetName, one.DatasetDigest), one.Origin])],
                Remark: Join(More(metrics.Length, card.MetricsTotal), metrics.Any(static one => one.Origin == CardMetric.Claimed) ? "What is claimed was logged by a client; what is computed was measured by Slipway on the files of this version." : null));
        if (card.Checks is { } checks)
            yield return new CardBlock("Gates", Columns: ["Check", "Outcome", "Why", "Policy", "When"], Rows: [.. checks.Select(Row)]);
        if (card.Approvals is { } approvals)
            yield return new CardBlock("Approvals", Columns: ["Who", "Decision", "Why", "When"], Rows: [.. approvals.Select(Row)]);
        foreach (var block in Of(card.Origin)) yield return block;
        if (card.Datasets is { } data)
            yield return new CardBlock("Data", Columns: ["Name", "Digest", "Used for", "Source"], Rows: [.. data.Select(static one => (string[])[one.Name, one.Digest, one.Context ?? "", one.SourceType ?? ""])], Remark: More(data.Length, card.DatasetsTotal));
        foreach (var (title, columns) in ((string, ModelColumnInfo[]?)[])[("Inputs", card.Package?.Inputs), ("Outputs", card.Package?.Outputs)])
            if (columns is { Length: > 0 })
                yield return new CardBlock(title, Columns: ["Name", "Type", "Shape", "Required"], Rows: [.. columns.Select(static one => (string[])[one.Name ?? "", one.Type ?? "", one.Shape ?? "", one.Required switch { true => "yes", false => "no", null => "" }])]);
        if (card.Run is { } run)
            yield return new CardBlock("Training", Fields(("Run", run.Name), ("Run id", run.RunId), ("Experiment", run.ExperimentName), ("Status", run.Status), ("By", run.UserId), ("Started", Time(run.StartMs)), ("Ended", Time(run.EndMs)),
                ("Program", run.Program), ("Commit", run.Commit is null ? null : run.Commit + (run.Dirty is true ? " (with changes that were not committed)" : "")), ("Branch", run.Branch), ("Repository", run.Repository)));
        if (card.Params is { } parameters)
            yield return new CardBlock("Params", Columns: ["Param", "Value"], Rows: [.. parameters.Select(static one => (string[])[one.Key!, one.Value ?? ""])], Remark: More(parameters.Length, card.ParamsTotal));
        if (card.Package is { } package)
            yield return new CardBlock("Package", Fields(("Flavors", string.Join(", ", package.Flavors ?? [])), ("Files", package.Files == 0 ? null : package.Files.ToString(CultureInfo.InvariantCulture)),
                ("Bytes", package.Bytes?.ToString("N0", CultureInfo.InvariantCulture)), ("SHA-256", package.Digest), ("Python", package.PythonVersion), ("MLflow", package.MlflowVersion), ("Source", card.Source)), Remark: package.Remark);
        foreach (var section in card.Sections ?? []) yield return new CardBlock(section.Title!, Markdown: section.Text);
        if (card.Hidden is { } hidden) yield return new CardBlock("Not shown", Remark: $"Whoever asked for this card may not see, or nothing is left of: {string.Join(", ", hidden.Select(static one => one.Replace('_', ' ')))}.");
    }

    private static IEnumerable<CardBlock> Of(CardOrigin? origin)
    {
        if (origin is null) yield break;
        yield return new CardBlock("Origin", Fields(("Promoted from", $"{(origin.Workspace is null ? "" : origin.Workspace + ", ")}{origin.Name} {origin.Version}"), ("By", origin.PromotedBy), ("When", Time(origin.PromotedMs)), ("Why", origin.Reason),
            ("Evidence (SHA-256)", origin.EvidenceSha256)), Remark: "What follows was said there, before this version was made of the same files.");
        if (origin.Metrics is { } metrics) yield return new CardBlock("Metrics of the origin", Columns: ["Metric", "Value", "Data"], Rows: [.. metrics.Select(static one => (string[])[one.Key, Number(one.Value), Named(one.DatasetName, one.DatasetDigest)])]);
        if (origin.Checks is { } checks) yield return new CardBlock("Gates of the origin", Columns: ["Check", "Outcome", "Why", "Policy", "When"], Rows: [.. checks.Select(Row)]);
        if (origin.Approvals is { } approvals) yield return new CardBlock("Approvals of the origin", Columns: ["Who", "Decision", "Why", "When"], Rows: [.. approvals.Select(Row)]);
    }

    private static string[] Row(CardCheck one) => [one.Name, one.Outcome, one.Detail ?? "", one.Policy ?? "", Time(one.AtMs)];

    private static string[] Row(CardApproval one) => [one.Actor ?? "", one.Decision, one.Comment ?? "", Time(one.AtMs)];

    /// <summary>A number as people read it.</summary>
    public static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static List<(string, string)> Fields(params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        var said = new List<(string, string)>();
        foreach (var (name, value) in fields)
            if (!string.IsNullOrEmpty(value)) said.Add((name, value));
        return said;
    }

    private static string? More(int shown, int total) => total > shown ? $"{shown:N0} of {total:N0} are shown." : null;

    private static string Named(string? name, string? digest) => name is null ? "" : digest is null ? name : $"{name} ({digest})";

    private static string? Join(string? first, string? second) => string.IsNullOrEmpty(first) ? second : string.IsNullOrEmpty(second) ? first : $"{first}\n\n{second}";

    private static string Time(long? ms) => ms is > 0 and <= 253_402_300_799_999 ? DateTimeOffset.FromUnixTimeMilliseconds(ms.Value).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) : "";
}
