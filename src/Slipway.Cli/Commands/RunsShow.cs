using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway runs show RUN`</summary>
internal static class RunsShow
{
    public static Command Create(Terminal terminal)
    {
        var which = new Argument<string>("run") { Description = "The run's id." };
        var json = ClientAction.Json();
        var command = new Command("show", "Show one run: its metrics, params, tags and data.") { which, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var run = await client.Runs.GetAsync(parsed.GetValue(which)!, ct);
            if (parsed.GetValue(json)) terminal.Json(run, CliJson.Default.Run);
            else Print(terminal, run);
        });
        return command;
    }

    private static void Print(Terminal terminal, Run run)
    {
        List<string[]> rows =
        [
            ["run", run.Id],
            ["name", run.Name],
            ["experiment", run.ExperimentId],
            ["status", run.IsDeleted ? $"{Runs.Status(run)} (deleted)" : Runs.Status(run)],
            ["started", Listing.Time(run.StartedAt)],
        ];
        if (run.EndedAt is { } end) rows.Add(["took", Listing.Duration(end - run.StartedAt)]);
        rows.Add(["artifacts", run.ArtifactUri]);
        rows.AddRange(Sorted(run.Metrics).Select(pair => (string[])[$"metrics.{pair.Key}", $"{Listing.Number(pair.Value.Value)} (step {pair.Value.Step})"]));
        rows.AddRange(Sorted(run.Params).Select(pair => (string[])[$"params.{pair.Key}", pair.Value]));
        rows.AddRange(Sorted(run.Tags).Select(pair => (string[])[$"tags.{pair.Key}", pair.Value.Length <= 200 ? pair.Value : pair.Value[..200] + "..."]));
        rows.AddRange(run.Datasets.Select(used => (string[])["data", $"{used.Dataset.Name} {used.Dataset.Digest}{(used.Context is null ? "" : $" ({used.Context})")}"]));
        terminal.Table(["FIELD", "VALUE"], rows);
    }

    private static IEnumerable<KeyValuePair<string, T>> Sorted<T>(IReadOnlyDictionary<string, T> pairs) => pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal);
}
