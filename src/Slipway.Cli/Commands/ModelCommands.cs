using System.CommandLine;
using System.Globalization;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway models`: what is registered, what stands where since when, and the way back.</summary>
internal static class ModelCommands
{
    public static Command Create(Terminal terminal) => new("models", "List registered models, show what stands where, move versions and go back.")
    {
        ClientAction.Options(),
        List(terminal),
        Show(terminal),
        History(terminal),
        Move(terminal),
        Rollback(terminal),
        ModelEvaluationCommands.Evaluate(terminal),
        ModelEvaluationCommands.List(terminal),
        PromoteCommand.Create(terminal),
        ModelFileCommands.Inspect(terminal),
        ModelFileCommands.Sign(terminal),
        ModelFileCommands.Verify(terminal),
        ModelFileCommands.Keys(terminal),
        ModelCodeCommand.Create(terminal),
        ModelCardCommands.Describe(terminal),
        ModelCardCommands.Card(terminal),
        EvidenceCommands.Bom(terminal),
        EvidenceCommands.Evidence(terminal),
    };

    private static Argument<string> One() => new("name") { Description = "The model's name." };

    private static Option<string?> Alias() => new("--alias") { Description = "An alias, such as champion.", HelpName = "ALIAS" };

    private static Option<string?> Stage() => new("--stage") { Description = "A stage: None, Staging, Production or Archived.", HelpName = "STAGE" };

    private static Option<string?> Reason() => new("--reason") { Description = "Why; it is kept in the history and in the event log.", HelpName = "TEXT" };

    private static Command List(Terminal terminal)
    {
        var (filter, limit, json) = (new Option<string?>("--filter") { Description = "A filter such as \"name LIKE 'f%' AND tags.team = 'red'\".", HelpName = "FILTER" }, Listing.Limit(), ClientAction.Json());
        var command = new Command("list", "List registered models by name.") { filter, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var most = parsed.GetValue(limit);
            var models = await Listing.Take(client.Models.SearchAsync(parsed.GetValue(filter), pageSize: Listing.PageSize(most), ct: ct), most, terminal, ct);
            var known = (await client.Models.OverviewAsync(models.Select(static model => model.Name!), ct)).ToDictionary(static one => one.Name!);
            if (parsed.GetValue(json)) terminal.Json([.. models.Select(model => ModelView.Of(model) with { Owner = known.GetValueOrDefault(model.Name!)?.Owner, Scan = known.GetValueOrDefault(model.Name!)?.Scan })], CliJson.Default.ListModelView);
            else
                terminal.Table(["NAME", "OWNER", "NEWEST", "PRODUCTION", "ALIASES", "SCAN", "UPDATED"], [.. models.Select(model => (string[])[model.Name!, known.GetValueOrDefault(model.Name!)?.Owner ?? "", Newest(model), InStage(model, "Production"), Aliases(model),
                    known.GetValueOrDefault(model.Name!)?.Scan ?? "", Time(model.LastUpdatedTimestamp)])]);
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (name, limit, json) = (One(), Listing.Limit(), ClientAction.Json());
        var command = new Command("show", "Show a model and its versions, the newest first.") { name, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var model = await client.Models.GetAsync(parsed.GetValue(name)!, ct);
            var most = parsed.GetValue(limit);
            var filter = $"name = '{model.Name!.Replace("'", "''", StringComparison.Ordinal)}'";
            // A prompt's versions are found only when prompts are asked for.
            if (model.Tags?.Any(static tag => tag.Key == "mlflow.prompt.is_prompt") is true) filter += " AND tags.`mlflow.prompt.is_prompt` = 'true'";
            var versions = await Listing.Take(client.Models.VersionsAsync(filter, Listing.PageSize(most), ct), most, terminal, ct);
            if (parsed.GetValue(json))
            {
                terminal.Json(ModelView.Of(model) with { Versions = [.. versions.Select(ModelVersionView.Of)] }, CliJson.Default.ModelView);
                return;
            }
            if (!string.IsNullOrEmpty(model.Description)) terminal.Line(model.Description);
            var scans = await ModelFileCommands.Scans(client, model.Name!, versions.Select(static version => version.Version!), ct);
            terminal.Table(["VERSION", "STAGE", "SCAN", "ALIASES", "RUN", "SOURCE", "MADE", "BY"], [.. versions.Select(version => (string[])
                [version.Version!, version.CurrentStage!, scans.GetValueOrDefault(version.Version!) ?? "", string.Join(' ', version.Aliases ?? []), version.RunId ?? "", version.Source ?? "", Time(version.CreationTimestamp), version.UserId ?? ""])]);
        });
        return command;
    }

    private static Command History(Terminal terminal)
    {
        var (name, alias, stage, limit, json) = (One(), Alias(), Stage(), Listing.Limit(), ClientAction.Json());
        var at = new Option<DateTimeOffset?>("--at") { Description = "Only what stood there at this time, such as 2026-03-01T12:00Z.", HelpName = "TIME" };
        var command = new Command("history", "Say which version stood in which stage or behind which alias, from when until when, by whom and why.") { name, alias, stage, at, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var stays = await Listing.Take(client.Models.HistoryAsync(parsed.GetValue(name)!, parsed.GetValue(stage), parsed.GetValue(alias), parsed.GetValue(at), ct), parsed.GetValue(limit), terminal, ct);
            if (parsed.GetValue(json)) terminal.Json([.. stays.Select(ModelStayView.Of)], CliJson.Default.ListModelStayView);
            else
                terminal.Table(["WHERE", "VERSION", "FROM", "BY", "UNTIL", "WHY"], [.. stays.Select(static stay => (string[])[stay.Alias is { } own ? "@" + own : stay.Stage!, stay.Version!, Time(stay.FromMs), stay.FromActor ?? "",
                    stay.UntilMs is { } until ? Time(until) + (stay.RolledBack ? " rolled back" : "") : "now", stay.UntilReason ?? stay.FromReason ?? ""])]);
        });
        return command;
    }

    private static Command Move(Terminal terminal)
    {
        var (name, alias, stage, reason) = (One(), Alias(), Stage(), Reason());
        var version = new Argument<string>("version") { Description = "The version's number." };
        var command = new Command("move", "Put a version into a stage, behind an alias, or both at once.") { name, version, alias, stage, reason };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            List<ModelMove> moves = [];
            if (parsed.GetValue(alias) is { } one) moves.Add(new ModelMove(parsed.GetValue(version), Alias: one));
            if (parsed.GetValue(stage) is { } other) moves.Add(new ModelMove(parsed.GetValue(version), Stage: other));
            if (moves.Count == 0) throw new CommandFailure(ExitCode.Usage, "Where to? Say --alias, --stage or both.");
            await client.Models.MoveAsync(parsed.GetValue(name)!, moves, parsed.GetValue(reason), ct);
            terminal.Note($"Version {parsed.GetValue(version)} of '{parsed.GetValue(name)}' stands {string.Join(" and ", moves.Select(static move => move.Alias is { } said ? "behind @" + said : "in " + move.Stage))}.");
        });
        return command;
    }

    private static Command Rollback(Terminal terminal)
    {
        var (name, alias, stage, reason, json) = (One(), Alias(), Stage(), Reason(), ClientAction.Json());
        var from = new Option<string?>("--from") { Description = "The version that you believe to be there; if another one is, nothing changes.", HelpName = "VERSION" };
        var command = new Command("rollback", "Go back to the last good version of an alias or stage: champion if it is set, else Production. Asks for the reason.") { name, alias, stage, reason, from, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var why = parsed.GetValue(reason) ?? Ask(terminal);
            var done = await client.Models.RollbackAsync(parsed.GetValue(name)!, why, parsed.GetValue(alias), parsed.GetValue(stage), parsed.GetValue(from), ct);
            if (parsed.GetValue(json)) terminal.Json(done, CliJson.Default.ModelRolledBack);
            else terminal.Line($"{(done.Alias is { } own ? "@" + own : done.Stage)} of '{parsed.GetValue(name)}': version {done.From} left, version {done.To} is back.");
        });
        return command;
    }

    private static string Ask(Terminal terminal)
    {
        if (terminal.Interactive) terminal.Error.Write("Reason: ");
        return terminal.Input.ReadLine()?.Trim() is { Length: > 0 } typed ? typed : throw new CommandFailure(ExitCode.Usage, "A rollback needs a reason: say it with --reason, or on standard input.");
    }

    private static string Newest(RegisteredModel model) => model.LatestVersions?.Select(static version => long.Parse(version.Version!, CultureInfo.InvariantCulture)).Max().ToString(CultureInfo.InvariantCulture) ?? "";

    private static string InStage(RegisteredModel model, string stage) => model.LatestVersions?.FirstOrDefault(version => version.CurrentStage == stage)?.Version ?? "";

    private static string Aliases(RegisteredModel model) => string.Join(' ', model.Aliases?.Select(static alias => $"{alias.Alias}={alias.Version}") ?? []);

    private static string Time(long? ms) => ms is { } known ? Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(known)) : "";
}
