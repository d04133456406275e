using System.CommandLine;
using System.Globalization;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway models evaluate` and `evaluations`: scores that the server computes itself.</summary>
internal static class ModelEvaluationCommands
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    public static Command Evaluate(Terminal terminal)
    {
        var (name, version, json) = (Name(), Version(), ClientAction.Json());
        var dataset = new Option<string>("--dataset") { Description = "The evaluation dataset.", HelpName = "NAME", Required = true };
        var digest = new Option<string?>("--digest") { Description = "Which version of it, by its SHA-256. Default: the newest.", HelpName = "SHA256" };
        var metric = new Option<string[]>("--metric") { Description = "A metric such as roc_auc; repeat for more. Default: all that fit.", HelpName = "METRIC", DefaultValueFactory = static _ => [] };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait for the result." };
        var command = new Command("evaluate", "Let the server score a version on an evaluation dataset.") { name, version, dataset, digest, metric, noWait, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var asked = await client.Evaluations.EvaluateAsync(new EvaluateModelVersion(parsed.GetValue(name), parsed.GetValue(version), parsed.GetValue(dataset), parsed.GetValue(digest), parsed.GetValue(metric)), ct);
            while (!parsed.GetValue(noWait) && asked.Status is "WAITING" or "RUNNING")
            {
                await Task.Delay(LookEvery, ct);
                asked = await client.Evaluations.GetAsync(asked.Name, asked.Version, asked.Id, ct);
            }
            if (parsed.GetValue(json)) terminal.Json(asked, CliJson.Default.ModelEvaluation);
            else if (asked.Metrics is { } metrics)
                terminal.Table(["METRIC", "VALUE", "95 % FROM", "TO"], [.. metrics.Select(static one => (string[])[one.Metric, Number(one.Value), Number(one.Low), Number(one.High)])], 1..4);
            if (asked.Status == "FAILED") throw new CommandFailure(ExitCode.Failed, $"Evaluation {asked.Id} failed: {asked.Problem}");
            terminal.Note($"Evaluation {asked.Id} of version {asked.Version} of '{asked.Name}' on '{asked.Dataset}' is {asked.Status.ToLowerInvariant()}.");
        });
        return command;
    }

    public static Command List(Terminal terminal)
    {
        var (name, version, limit, json) = (Name(), Version(), Listing.Limit(), ClientAction.Json());
        var dataset = new Option<string?>("--dataset") { Description = "On this evaluation dataset only.", HelpName = "NAME" };
        var command = new Command("evaluations", "List what the server measured of a version, the newest first.") { name, version, dataset, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var most = parsed.GetValue(limit);
            var all = await Listing.Take(client.Evaluations.ListAsync(parsed.GetValue(name)!, parsed.GetValue(version)!, parsed.GetValue(dataset), Listing.PageSize(most), ct), most, terminal, ct);
            if (parsed.GetValue(json)) terminal.Json([.. all], CliJson.Default.ModelEvaluationArray);
            else
                terminal.Table(["ID", "DATASET", "DIGEST", "STATUS", "ROWS", "METRICS"], [.. all.Select(static one => (string[])[one.Id, one.Dataset, one.DatasetDigest[..12], one.Status, $"{one.Rows}",
                    one.Problem ?? string.Join(' ', one.Metrics?.Select(static metric => $"{metric.Metric}={Number(metric.Value)}") ?? [])])]);
        });
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "The model's name." };

    private static Argument<string> Version() => new("version") { Description = "The version's number." };

    private static string Number(double? value) => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "";
}
