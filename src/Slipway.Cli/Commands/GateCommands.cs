using System.CommandLine;
using Slipway.Client;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway gates`: what a version needs to get somewhere, and who says so.</summary>
internal static class GateCommands
{
    public static Command Create(Terminal terminal) => new("gates", "Check what a version needs for a stage or alias; policies, waivers, protected places, stages of a model's own.")
    {
        ClientAction.Options(),
        Check(terminal),
        Waive(terminal),
        PolicyCommands.Create(terminal),
        Attach(terminal),
        Detach(terminal),
        Attachments(terminal),
        Protect(terminal),
        Unprotect(terminal),
        Protections(terminal),
        Stages(terminal),
    };

    internal static Argument<string> Name() => new("name") { Description = "The model's name." };

    internal static Argument<string> Version() => new("version") { Description = "The version's number." };

    internal static Option<string?> Alias() => new("--alias") { Description = "An alias, such as champion.", HelpName = "ALIAS" };

    internal static Option<string?> Endpoint() => new("--endpoint") { Description = "An endpoint, or one of the uses :score, :export, :serve.", HelpName = "ENDPOINT" };

    internal static Option<string?> Stage() => new("--stage") { Description = "A stage of the model.", HelpName = "STAGE" };

    /// <summary>The checks of something, as a table.</summary>
    internal static void Print(Terminal terminal, GateCheckResult[]? checks) => terminal.Table(["STATUS", "CHECK", "WHAT", "WHY", "WHAT TO DO"], [.. (checks ?? []).Select(static check => (string[])
        [check.Status + (check.Claimed ? ", claimed" : ""), $"{check.Policy}/{check.Id}", check.Title ?? "", check.Waiver is { } waiver ? $"waived by {waiver.By}: {waiver.Reason}" : check.Message ?? "", check.Remedy ?? ""])]);

    private static Option<string?> Model() => new("--model") { Description = "For this model; without it for every model of the workspace.", HelpName = "MODEL" };

    private static Command Check(Terminal terminal)
    {
        var (name, version, stage, alias, endpoint, json) = (Name(), Version(), Stage(), Alias(), Endpoint(), ClientAction.Json());
        var command = new Command("check", "Evaluate the gates of a stage, alias or endpoint for a version, and record it; nothing is moved. Ends with 4 when something is missing.") { name, version, stage, alias, endpoint, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var said = await client.Gates.CheckAsync(parsed.GetValue(name)!, parsed.GetValue(version)!, parsed.GetValue(stage), parsed.GetValue(alias), parsed.GetValue(endpoint), ct);
            if (parsed.GetValue(json)) terminal.Json(said, GatesJson.Default.GateEvaluation);
            else if (said.Checks is { Length: > 0 }) Print(terminal, said.Checks);
            if (!said.Passed) throw new CommandFailure(ExitCode.Refused, $"{said.Checks!.Count(static check => check.Status is not ("passed" or "waived"))} of {said.Checks!.Length} checks do not pass.");
            terminal.Note(said.Checks is { Length: > 0 } ? "All of it passes." : "No policy counts there: any version may come.");
        });
        return command;
    }

    private static Command Waive(Terminal terminal)
    {
        var (name, version, json) = (Name(), Version(), ClientAction.Json());
        var policy = new Option<string?>("--policy") { Description = "The policy.", HelpName = "POLICY" };
        var check = new Option<string?>("--check") { Description = "The check of it, by its id.", HelpName = "ID" };
        var reason = new Option<string>("--reason") { Description = "Why; it stays visible for ever.", HelpName = "TEXT", Required = true };
        var revoke = new Option<long?>("--revoke") { Description = "Take this waiver back instead.", HelpName = "WAIVER" };
        var command = new Command("waive", "Let a check of one version pass, or take that back; for the role that the policy names.") { name, version, policy, check, reason, revoke, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (model, number, why) = (parsed.GetValue(name)!, parsed.GetValue(version)!, parsed.GetValue(reason)!);
            if (parsed.GetValue(revoke) is null && (parsed.GetValue(policy) is null || parsed.GetValue(check) is null)) throw new CommandFailure(ExitCode.Usage, "Which one? Say --policy and --check, or --revoke.");
            var waiver = parsed.GetValue(revoke) is { } id ? await client.Gates.RevokeAsync(model, number, id, why, ct)
                : await client.Gates.WaiveAsync(model, number, parsed.GetValue(policy)!, parsed.GetValue(check)!, why, ct);
            if (parsed.GetValue(json)) terminal.Json(waiver, GatesJson.Default.GateWaiver);
            else terminal.Note($"Waiver {waiver.Id} of {waiver.Policy}/{waiver.Check} for version {number} of '{model}' {(waiver.RevokedMs is null ? "holds" : "is taken back")}.");
        });
        return command;
    }

    private static Command Attach(Terminal terminal) => Attachment("attach", "Let a policy count for a model or every one, for a stage, an alias, an endpoint, or all.", async (client, place, ct) =>
    {
        await client.Gates.AttachAsync(place, ct);
        terminal.Note($"'{place.Policy}' counts for {Said(place.Model, place.Stage, place.Alias, place.Endpoint)}.");
    });

    private static Command Detach(Terminal terminal) => Attachment("detach", "Let a policy count there no more.", async (client, place, ct) =>
    {
        await client.Gates.DetachAsync(place, ct);
        terminal.Note($"'{place.Policy}' no longer counts for {Said(place.Model, place.Stage, place.Alias, place.Endpoint)}.");
    });

    private static Command Attachment(string word, string description, Func<SlipwayClient, GateAttachment, CancellationToken, Task> work)
    {
        var policy = new Argument<string>("policy") { Description = "The policy's name." };
        var (model, stage, alias, endpoint) = (Model(), Stage(), Alias(), Endpoint());
        var command = new Command(word, description) { policy, model, stage, alias, endpoint };
        command.SetClientAction((parsed, client, ct) => work(client, new GateAttachment(parsed.GetValue(policy), parsed.GetValue(model), parsed.GetValue(stage), parsed.GetValue(alias), Endpoint: parsed.GetValue(endpoint)), ct));
        return command;
    }

    private static Command Attachments(Terminal terminal)
    {
        var (model, json) = (Model(), ClientAction.Json());
        var command = new Command("attachments", "List where policies count.") { model, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await client.Gates.AttachmentsAsync(parsed.GetValue(model), ct);
            if (parsed.GetValue(json)) terminal.Json(new GateAttachments([.. found]), GatesJson.Default.GateAttachments);
            else terminal.Table(["POLICY", "MODEL", "WHERE", "BY", "SINCE"], [.. found.Select(static one => (string[])[one.Policy!, one.Model ?? "every one", Place(one.Stage, one.Alias, one.Endpoint) ?? "everywhere", one.MadeBy ?? "", Time(one.MadeMs)])]);
        });
        return command;
    }

    private static Command Protect(Terminal terminal)
    {
        var role = new Option<string?>("--role") { Description = "The role that alone may move it; without it who may manage the model.", HelpName = "ROLE" };
        return Protection("protect", "Let only a role move a stage or alias.", role, async (client, place, ct) =>
        {
            await client.Gates.ProtectAsync(place, ct);
            terminal.Note($"{Place(place.Stage, place.Alias)} of {place.Model ?? "every model"} is moved by {(place.Role is { } name ? "the role " + name : "who may manage the model")} alone.");
        });
    }

    private static Command Unprotect(Terminal terminal) => Protection("unprotect", "Lift the protection of a stage or alias.", null, async (client, place, ct) =>
    {
        await client.Gates.UnprotectAsync(place, ct);
        terminal.Note($"{Place(place.Stage, place.Alias)} of {place.Model ?? "every model"} is no longer protected.");
    });

    private static Command Protection(string word, string description, Option<string?>? role, Func<SlipwayClient, SlotProtection, CancellationToken, Task> work)
    {
        var (model, stage, alias) = (Model(), Stage(), Alias());
        var command = new Command(word, description) { model, stage, alias };
        if (role is not null) command.Options.Add(role);
        command.SetClientAction((parsed, client, ct) => work(client, new SlotProtection(parsed.GetValue(model), parsed.GetValue(stage), parsed.GetValue(alias), role is null ? null : parsed.GetValue(role)), ct));
        return command;
    }

    private static Command Protections(Terminal terminal)
    {
        var (model, json) = (Model(), ClientAction.Json());
        var command = new Command("protections", "List the stages and aliases that only a role may move.") { model, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await client.Gates.ProtectionsAsync(parsed.GetValue(model), ct);
            if (parsed.GetValue(json)) terminal.Json(new SlotProtections([.. found]), GatesJson.Default.SlotProtections);
            else terminal.Table(["WHERE", "MODEL", "ROLE", "BY", "SINCE"], [.. found.Select(static one => (string[])[Place(one.Stage, one.Alias)!, one.Model ?? "every one", one.Role ?? "who may manage it", one.MadeBy ?? "", Time(one.MadeMs)])]);
        });
        return command;
    }

    private static Command Stages(Terminal terminal)
    {
        var (name, json) = (Name(), ClientAction.Json());
        var set = new Option<string?>("--set") { Description = "The model's stages with what MLflow's clients see for each, such as canary=Production,live=Production; empty for MLflow's four.", HelpName = "STAGE=SHOWS,..." };
        var command = new Command("stages", "Show the stages of a model and who is in them, or give it stages of its own.") { name, set, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var stages = parsed.GetValue(set) is { } text
                ? await client.Gates.SetStagesAsync(parsed.GetValue(name)!, text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static pair => pair.Split('=', 2) is [var stage, var shows]
                    ? new ModelStageOf(stage, shows) : throw new CommandFailure(ExitCode.Usage, $"--set: got '{pair}', expected STAGE=SHOWS.")), ct)
                : await client.Gates.StagesAsync(parsed.GetValue(name)!, ct);
            if (parsed.GetValue(json)) terminal.Json(stages, GatesJson.Default.ModelStages);
            else terminal.Table(["STAGE", "SHOWS AS", "VERSIONS"], [.. (stages.Stages ?? []).Select(static stage => (string[])[stage.Stage!, stage.Shows!, string.Join(' ', stage.Versions ?? [])])]);
        });
        return command;
    }

    private static string Said(string? model, string? stage, string? alias, string? endpoint) => $"{(model is null ? "every model" : $"'{model}'")}, {Place(stage, alias, endpoint) ?? "everywhere"}";

    internal static string? Place(string? stage, string? alias, string? endpoint = null) => endpoint is not null ? "endpoint " + endpoint : alias is not null ? "@" + alias : stage;

    internal static string Time(long ms) => Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(ms));
}
