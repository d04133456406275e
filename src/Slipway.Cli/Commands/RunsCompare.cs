using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway runs compare RUN RUN...`: what differs, side by side.</summary>
internal static class RunsCompare
{
    /// <summary>The most runs beside each other.</summary>
    private const int RunsMax = 20;

    /// <summary>A cell of a table says this much of a text.</summary>
    private const int CellCharsMax = 60;

    public static Command Create(Terminal terminal)
    {
        var which = new Argument<string[]>("run") { Description = "The runs' ids; the first is what the others are compared with.", Arity = new ArgumentArity(2, RunsMax) };
        var all = new Option<bool>("--all") { Description = "Also what is equal." };
        var tags = new Option<bool>("--tags") { Description = "Also tags." };
        var json = ClientAction.Json();
        var command = new Command("compare", "Show runs side by side: metrics, and the params that differ.") { which, all, tags, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var runs = new List<Run>();
            foreach (var id in parsed.GetValue(which)!) runs.Add(await client.Runs.GetAsync(id, ct));
            var rows = Rows(runs, parsed.GetValue(all), parsed.GetValue(tags)).ToList();
            if (parsed.GetValue(json))
            {
                terminal.Json(new Comparison([.. runs.Select(run => run.Id)], [.. rows]), CliJson.Default.Comparison);
                return;
            }
            var pair = runs.Count == 2;
            string[] headings = ["", .. runs.Select(run => run.Id), .. pair ? ["CHANGE"] : Array.Empty<string>()];
            terminal.Table(headings, [.. rows.Select(row => (string[])[row.Field, .. row.Values.Select(Short), .. pair ? [row.Change ?? ""] : Array.Empty<string>()])]);
        });
        return command;
    }

    /// <summary>The rows of a comparison: what the runs are, metrics, params, data, tags.</summary>
    internal static IEnumerable<Compared> Rows(IReadOnlyList<Run> runs, bool all, bool tags)
    {
        yield return Row("name", runs, run => run.Name);
        yield return Row("experiment", runs, run => run.ExperimentId);
        yield return Row("status", runs, run => run.IsDeleted ? $"{Runs.Status(run)} (deleted)" : Runs.Status(run));
        yield return Row("started", runs, run => Listing.Time(run.StartedAt));
        yield return Row("took", runs, run => run.EndedAt is { } end ? Listing.Duration(end - run.StartedAt) : null);
        foreach (var key in Keys(runs.Select(run => run.Metrics.Keys)).Where(key => all || !key.StartsWith("system/", StringComparison.Ordinal)))
            yield return Row("metrics." + key, runs, run => run.Metrics.TryGetValue(key, out var point) ? Listing.Number(point.Value) : null) with
            {
                Change = runs.Count == 2 && runs[0].Metrics.TryGetValue(key, out var before) && runs[1].Metrics.TryGetValue(key, out var after) ? Change(before.Value, after.Value) : null,
            };
        var rest = Keys(runs.Select(run => run.Params.Keys)).Select(key => Row("params." + key, runs, run => run.Params.GetValueOrDefault(key)))
            .Append(Row("data", runs, run => run.Datasets.Count == 0 ? null : string.Join(", ", run.Datasets.Select(used => $"{used.Dataset.Name} {used.Dataset.Digest}").Order(StringComparer.Ordinal))));
        if (tags) rest = rest.Concat(Keys(runs.Select(run => run.Tags.Keys)).Where(key => key is not "mlflow.runName").Select(key => Row("tags." + key, runs, run => run.Tags.GetValueOrDefault(key))));
        foreach (var row in rest.Where(row => all ? row.Values.Any(value => value is not null) : row.Values.Distinct().Count() > 1)) yield return row;
    }

    private static Compared Row(string field, IReadOnlyList<Run> runs, Func<Run, string?> value) => new(field, [.. runs.Select(value)]);

    private static IEnumerable<string> Keys(IEnumerable<IEnumerable<string>> keys) => keys.SelectMany(one => one).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static string Change(double before, double after)
    {
        var change = after - before;
        var sign = change > 0 ? "+" : "";
        return change == 0 || !double.IsFinite(change) ? "" : before == 0 ? $"{sign}{Listing.Number(change)}" : $"{sign}{Listing.Number(change)} ({sign}{100 * change / Math.Abs(before):0.##} %)";
    }

    private static string Short(string? value) => value is null ? "" : value.ReplaceLineEndings(" ") is var line && line.Length <= CellCharsMax ? line : line[..CellCharsMax] + "...";
}

/// <summary>What `runs compare --json` prints.</summary>
internal sealed record Comparison(string[] Runs, Compared[] Rows);

/// <summary>One field of the compared runs, in their order; null where a run has none. The change is from the first of two runs to the second.</summary>
internal sealed record Compared(string Field, string?[] Values, string? Change = null);
