using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway runs`: the group, and what its commands share.</summary>
internal static class Runs
{
    /// <summary>How many metrics a table shows unless columns are named.</summary>
    private const int MetricColumns = 3;

    public static Command Create(Terminal terminal) => new("runs", "List, show, search, compare, export, create, delete and restore runs.")
    {
        ClientAction.Options(),
        RunsList.Create(terminal),
        RunsShow.Create(terminal),
        RunsSearch.Create(terminal),
        RunsCompare.Create(terminal),
        RunsExport.Create(terminal),
        RunsCreate.Create(terminal),
        RunsDelete.Create(terminal),
        RunsRestore.Create(terminal),
    };

    public static Argument<string[]> Several() => new("run") { Description = "Run ids.", Arity = ArgumentArity.OneOrMore };

    public static Option<string[]> Columns() => new("--columns")
    {
        Description = $"What to show of each run: metrics.KEY, params.KEY, tags.KEY, separated by commas. Default: the first {MetricColumns} metrics.",
        HelpName = "KEYS",
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = false,
    };

    public static void Print(Terminal terminal, List<Run> runs, string[]? columns, bool json)
    {
        if (json)
        {
            terminal.Json(runs, CliJson.Default.ListRun);
            return;
        }
        var extra = (columns ?? []).SelectMany(one => one.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray();
        if (extra.Length == 0)
            extra = [.. runs.SelectMany(run => run.Metrics.Keys).Where(key => !key.StartsWith("system/", StringComparison.Ordinal))
                .GroupBy(key => key).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Take(MetricColumns).Select(group => "metrics." + group.Key)];
        terminal.Table(["RUN", "NAME", "STATUS", "STARTED", "TOOK", .. extra.Select(column => column.ToUpperInvariant())],
            [.. runs.Select(run => (string[])
            [
                run.Id, run.Name, run.IsDeleted ? "deleted" : Status(run), Listing.Time(run.StartedAt),
                run.EndedAt is { } end ? Listing.Duration(end - run.StartedAt) : "", .. extra.Select(column => Cell(run, column)),
            ])]);
    }

    public static string Status(Run run) => run.Status.ToString().ToUpperInvariant();

    private static string Cell(Run run, string column)
    {
        var dot = column.IndexOf('.');
        var (kind, key) = dot < 0 ? (column, "") : (column[..dot], column[(dot + 1)..]);
        return kind switch
        {
            "metric" or "metrics" => run.Metrics.TryGetValue(key, out var point) ? Listing.Number(point.Value) : "",
            "param" or "params" => run.Params.GetValueOrDefault(key, ""),
            "tag" or "tags" => run.Tags.GetValueOrDefault(key, ""),
            _ => throw new CommandFailure(ExitCode.Usage, $"--columns: got '{column}', expected metrics.KEY, params.KEY or tags.KEY."),
        };
    }
}
