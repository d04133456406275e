using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway runs export EXPERIMENT`: a row for each run, or with --points for each point; streamed, however many there are.</summary>
internal static class RunsExport
{
    /// <summary>The most metrics, params and tags that become columns of a CSV.</summary>
    private const int ColumnsMax = 10_000;

    private static readonly string[] Fields = ["run_id", "experiment_id", "name", "status", "started_at", "ended_at", "is_deleted"];

    public static Command Create(Terminal terminal)
    {
        var which = Experiments.One();
        var filter = new Option<string?>("--filter") { Description = "Only runs that match, as for search.", HelpName = "FILTER" };
        var points = new Option<bool>("--points") { Description = "Every point of the runs' metrics, instead of a row for each run." };
        var metric = new Option<string[]>("--metric") { Description = "With --points: only this metric; repeat for more.", HelpName = "KEY", DefaultValueFactory = _ => [] };
        var (order, view, format, output) = (Listing.OrderBy("metrics.auc DESC"), Listing.View(), ExportOutput.Format(), ExportOutput.File());
        var command = new Command("export", "Write the runs of an experiment, or their points, as CSV or JSON.") { which, filter, points, metric, order, view, format, output };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var query = new RunQuery
            {
                ExperimentIds = [(await Experiments.Resolve(client, parsed.GetValue(which)!, ct)).Id],
                Filter = parsed.GetValue(filter),
                OrderBy = parsed.GetValue(order) ?? [],
                View = Listing.ViewOf(parsed.GetValue(view)),
            };
            var (all, keys) = (parsed.GetValue(points), parsed.GetValue(metric) ?? []);
            await ExportOutput.Write(terminal, parsed.GetValue(output), all ? "points" : "runs", async text =>
            {
                var rows = new RowWriter(text, parsed.GetValue(format)!);
                if (all) await Points(client, query, keys, rows, ct);
                else await Runs(client, query, rows, terminal, ct);
                rows.End();
                return rows.Rows;
            });
        });
        return command;
    }

    private static async Task Runs(SlipwayClient client, RunQuery query, RowWriter rows, Terminal terminal, CancellationToken ct)
    {
        if (!rows.IsCsv)
        {
            rows.Begin([]);
            await foreach (var run in client.Runs.SearchAsync(query, ct)) rows.Row(run, CliJson.Default.Run);
            return;
        }
        // A CSV says its columns first: one reading for the keys, one for the rows.
        var columns = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var run in client.Runs.SearchAsync(query, ct))
            foreach (var key in Keys(run))
                if (columns.Count < ColumnsMax) columns.Add(key);
                else if (!columns.Contains(key)) throw new CommandFailure(ExitCode.Refused, $"The runs have more than {ColumnsMax:N0} metrics, params and tags.", "Use --format jsonl, where each row has its own.");
        rows.Begin([.. Fields, .. columns]);
        var unknown = false;
        await foreach (var run in client.Runs.SearchAsync(query, ct))
        {
            rows.Row([run.Id, run.ExperimentId, run.Name, Commands.Runs.Status(run), run.StartedAt.ToString("O"), run.EndedAt?.ToString("O"), run.IsDeleted ? "true" : "false", .. columns.Select(column => Cell(run, column))]);
            unknown |= Keys(run).Any(key => !columns.Contains(key));
        }
        if (unknown) terminal.Note("Runs were logged to while they were exported: keys that were new are not in the file.");
    }

    private static async Task Points(SlipwayClient client, RunQuery query, string[] keys, RowWriter rows, CancellationToken ct)
    {
        rows.Begin(["run_id", "metric", "step", "at", "value"]);
        await foreach (var run in client.Runs.SearchAsync(query, ct))
            foreach (var key in run.Metrics.Keys.Where(key => keys.Length == 0 || keys.Contains(key)).Order(StringComparer.Ordinal))
                await foreach (var point in client.Runs.HistoryAsync(run.Id, key, ct))
                    if (rows.IsCsv) rows.Row([run.Id, key, point.Step.ToString(), point.At.ToString("O"), RowWriter.Number(point.Value)]);
                    else rows.Row(new ExportedPoint(run.Id, key, point.Step, point.At, point.Value), CliJson.Default.ExportedPoint);
    }

    private static IEnumerable<string> Keys(Run run) => run.Metrics.Keys.Select(key => "metrics." + key).Concat(run.Params.Keys.Select(key => "params." + key)).Concat(run.Tags.Keys.Select(key => "tags." + key));

    private static string? Cell(Run run, string column) => column[0] switch
    {
        'm' => run.Metrics.TryGetValue(column["metrics.".Length..], out var point) ? RowWriter.Number(point.Value) : null,
        'p' => run.Params.GetValueOrDefault(column["params.".Length..]),
        _ => run.Tags.GetValueOrDefault(column["tags.".Length..]),
    };
}

/// <summary>A point as `runs export --points` writes it.</summary>
internal sealed record ExportedPoint(string RunId, string Metric, long Step, DateTimeOffset At, double Value);
