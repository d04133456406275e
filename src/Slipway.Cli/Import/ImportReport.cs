namespace Slipway.Cli.Import;

/// <summary>What an import moved and, as much to the point, what it left out and why. Filled by several workers at once; its size is bounded.</summary>
internal sealed class ImportReport
{
    /// <summary>The most reasons that are told apart; what comes after counts under <see cref="Rest"/>.</summary>
    public const int ReasonsMax = 200;

    /// <summary>The most examples of one reason.</summary>
    public const int ExamplesMax = 5;

    /// <summary>The longest example or reason, in characters.</summary>
    public const int TextCharsMax = 300;

    public const string Rest = "for other reasons";

    private readonly Lock gate = new();
    private readonly Dictionary<(string What, string Why), (long Count, List<string> Examples)> leftOut = [];
    private readonly SortedDictionary<string, long> moved = new(StringComparer.Ordinal);

    /// <summary>Counts what arrived: "runs", "points", "artifacts"...</summary>
    public void Moved(string what, long count = 1)
    {
        lock (gate) moved[what] = moved.GetValueOrDefault(what) + count;
    }

    /// <summary>Counts what did not.</summary>
    /// <param name="what">The kind of thing, in plural: "metric points", "artifacts".</param>
    /// <param name="why">The reason, the same text for the same reason.</param>
    /// <param name="example">Which one: a run and a key, a file and an offset.</param>
    /// <param name="count">How many.</param>
    public void LeftOut(string what, string why, string? example = null, long count = 1)
    {
        if (count == 0) return;
        lock (gate)
        {
            var key = (what, Cut(why));
            if (!leftOut.ContainsKey(key) && leftOut.Count >= ReasonsMax) key = (what, Rest);
            var (before, examples) = leftOut.TryGetValue(key, out var known) ? known : (0, []);
            if (example is not null && examples.Count < ExamplesMax && !examples.Contains(Cut(example))) examples.Add(Cut(example));
            leftOut[key] = (before + count, examples);
        }
    }

    /// <summary>How many of a kind arrived.</summary>
    public long Count(string what)
    {
        lock (gate) return moved.GetValueOrDefault(what);
    }

    /// <summary>The whole, for people or as JSON.</summary>
    public ImportSummary Summary(string source, TimeSpan took)
    {
        lock (gate)
            return new ImportSummary(Cut(source), Math.Round(took.TotalSeconds, 3), new SortedDictionary<string, long>(moved, StringComparer.Ordinal),
                [.. leftOut.OrderBy(one => one.Key.What, StringComparer.Ordinal).ThenByDescending(one => one.Value.Count).ThenBy(one => one.Key.Why, StringComparer.Ordinal)
                    .Select(one => new LeftOut(one.Key.What, one.Value.Count, one.Key.Why, [.. one.Value.Examples]))]);
    }

    /// <summary>A text of a source as a person may see it: short, and without what speaks to the terminal.</summary>
    public static string Cut(string text)
    {
        // A hostile file's names must not speak to the terminal.
        if (text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
            text = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length <= TextCharsMax ? text : text[..TextCharsMax] + "...";
    }
}

/// <summary>The report of one import.</summary>
/// <param name="Source">What was read.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Imported">Counts by kind.</param>
/// <param name="LeftOut">What was not imported, by kind and reason.</param>
internal sealed record ImportSummary(string Source, double Seconds, SortedDictionary<string, long> Imported, LeftOut[] LeftOut)
{
    public void Print(Terminal terminal)
    {
        terminal.Line($"Imported from {Source} in {Listing.Duration(TimeSpan.FromSeconds(Seconds))}:");
        if (Imported.Count == 0) terminal.Line("  nothing");
        foreach (var (what, count) in Imported) terminal.Line($"  {count,14:N0}  {what}");
        if (LeftOut.Length == 0)
        {
            terminal.Line("Nothing was left out.");
            return;
        }
        terminal.Line("Left out:");
        foreach (var one in LeftOut)
            terminal.Line($"  {one.Count,14:N0}  {one.What}: {one.Why}{(one.Examples.Length == 0 ? "" : $" ({string.Join("; ", one.Examples)}{(one.Count > one.Examples.Length ? "; ..." : "")})")}");
    }
}

/// <summary>A kind of thing that was not imported, for one reason.</summary>
internal sealed record LeftOut(string What, long Count, string Why, string[] Examples);
