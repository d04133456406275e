using System.CommandLine;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway eval-datasets`: data that models are scored on.</summary>
internal static class EvalDatasetCommands
{
    public static Command Create(Terminal terminal) => new("eval-datasets", "Pin the data that models are scored on.")
    {
        ClientAction.Options(),
        Add(terminal),
        List(terminal),
        Show(terminal),
    };

    private static Argument<string> Name() => new("name") { Description = "The evaluation dataset's name." };

    private static Command Add(Terminal terminal)
    {
        var (name, json) = (Name(), ClientAction.Json());
        var source = new Argument<string>("source") { Description = "A file of this machine (.csv, .parquet, .jsonl), or runs:/RUN/PATH." };
        var target = new Option<string>("--target") { Description = "The column that predictions are compared with.", HelpName = "COLUMN", Required = true };
        var id = new Option<string?>("--id") { Description = "A column that names rows; no input of the model.", HelpName = "COLUMN" };
        var weight = new Option<string?>("--weight") { Description = "A column that says how much rows count; no input of the model.", HelpName = "COLUMN" };
        var description = new Option<string?>("--description") { Description = "What the data is.", HelpName = "TEXT" };
        var command = new Command("add", "Pin a file as the next version of an evaluation dataset.") { name, source, target, id, weight, description, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (called, from) = (parsed.GetValue(name)!, parsed.GetValue(source)!);
            if (!from.StartsWith("runs:/", StringComparison.Ordinal) && !from.StartsWith("mlflow-artifacts:/", StringComparison.Ordinal))
            {
                if (!File.Exists(from)) throw new CommandFailure(ExitCode.NotFound, $"There is no file '{from}'.", "Give a file of this machine, or runs:/RUN/PATH.");
                from = (await client.Evaluations.UploadAsync(called, from, ct)).Source!;
            }
            var added = await client.Evaluations.AddAsync(new AddEvalDataset(called, from, parsed.GetValue(target), parsed.GetValue(id), parsed.GetValue(weight), parsed.GetValue(description)), ct);
            if (parsed.GetValue(json)) terminal.Json(added, CliJson.Default.EvalDatasetVersion);
            else terminal.Line($"'{called}' version {added.Version}: {added.Digest}, {Listing.Bytes(added.Size)}");
        });
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var (limit, json) = (Listing.Limit(), ClientAction.Json());
        var command = new Command("list", "List evaluation datasets by name.") { limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var datasets = await Listing.Take(client.Evaluations.DatasetsAsync(ct), parsed.GetValue(limit), terminal, ct);
            if (parsed.GetValue(json)) terminal.Json([.. datasets], CliJson.Default.EvalDatasetArray);
            else terminal.Table(["NAME", "VERSION", "DIGEST", "SIZE", "TARGET", "ADDED"], [.. datasets.Select(static one => (string[])[one.Name!, .. Cells(one.Versions![0])])]);
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (name, json) = (Name(), ClientAction.Json());
        var command = new Command("show", "Show an evaluation dataset with its versions.") { name, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var dataset = await client.Evaluations.DatasetAsync(parsed.GetValue(name)!, ct);
            if (parsed.GetValue(json)) terminal.Json(dataset, CliJson.Default.EvalDataset);
            else terminal.Table(["VERSION", "DIGEST", "SIZE", "TARGET", "ADDED", "SOURCE", "DESCRIPTION"], [.. dataset.Versions!.Select(static version => (string[])[.. Cells(version), version.Source, version.Description ?? ""])]);
        });
        return command;
    }

    private static string[] Cells(EvalDatasetVersion version) => [$"{version.Version}", version.Digest[..12], Listing.Bytes(version.Size), version.Target, Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(version.CreatedMs))];
}
