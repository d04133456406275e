using System.CommandLine;
using System.Globalization;
using Slipway.Client;
using Slipway.Serving;

namespace Slipway.Cli.Commands;

/// <summary>`slipway endpoints`: what answers, how it is, and the way back.</summary>
internal static class EndpointCommands
{
    public static Command Create(Terminal terminal) => new("endpoints", "List endpoints, route them, go back, steer canaries, make keys.")
    {
        ClientAction.Options(),
        List(terminal),
        Get(terminal),
        Route(terminal),
        Rollback(terminal),
        Canary(terminal),
        Pause(terminal, "pause", "Answer nobody until it is resumed.", static (client, name, reason, ct) => client.Endpoints.PauseAsync(name, reason, ct)),
        Pause(terminal, "resume", "Answer again.", static (client, name, reason, ct) => client.Endpoints.ResumeAsync(name, reason, ct)),
        Delete(terminal),
        Keys(terminal),
        ManifestsCommand.Create(terminal),
    };

    /// <summary>An endpoint, as people read it.</summary>
    internal static void Print(Terminal terminal, Endpoint endpoint)
    {
        terminal.Line($"{endpoint.Name}: {endpoint.State}, revision {endpoint.Revision}");
        terminal.Table(["ARM", "MODEL", "VERSION", "FOLLOWS", "SHARE", "STATE"], [.. (endpoint.Arms ?? []).Select(static arm => (string[])
            [arm.Name!, arm.Model!, arm.Version!, arm.Alias is { } alias ? "@" + alias : arm.Stage ?? "", arm.Shadow ? "shadow" : Percent(arm.Share), arm.State + (arm.ServingVersion is { } other && other != arm.Version ? $", version {other} answers" : "")])]);
        foreach (var arm in endpoint.Arms ?? [])
        {
            if (arm.Problem is { } problem) terminal.Line($"{arm.Name}: {problem}");
            if (arm.Held is { } held) terminal.Line($"{arm.Name}: version {held.Version} is kept out. {held.Reason}");
        }
        if (endpoint.Canary is { } canary)
        {
            terminal.Line($"canary {canary.Version}: {canary.State}{(canary.State is "running" or "held" ? $", {Percent(canary.Share)}, {canary.StepRequests:N0} of {canary.Requests:N0} requests on this step" : "")}{(canary.Reason is { } why ? ". " + why : "")}");
            foreach (var test in canary.Tests ?? []) terminal.Line(string.Create(CultureInfo.InvariantCulture, $"  {test.Guard}: {test.Message} Evidence {test.Evidence:G3} of {test.Limit:G3}."));
        }
        foreach (var shadow in endpoint.Shadows ?? [])
            terminal.Line(shadow.Problem ?? string.Create(CultureInfo.InvariantCulture, $"shadow {shadow.Arm}: {shadow.Compared:N0} compared, {shadow.LabelFlips:N0} labels differ, at most {shadow.MaxAbs:G3} apart, {shadow.MeanAbs:G3} on average; {shadow.LeftOut:N0} left out, {shadow.Failed:N0} failed"));
    }

    private static Argument<string> One() => new("name") { Description = "The endpoint's name." };

    private static Option<string?> Reason() => new("--reason") { Description = "Why; it is kept in the history and in the event log.", HelpName = "TEXT" };

    private static Command List(Terminal terminal)
    {
        var (limit, json) = (Listing.Limit(), ClientAction.Json());
        var model = new Option<string?>("--model") { Description = "Only those that route to this model.", HelpName = "MODEL" };
        var command = new Command("list", "List endpoints by name.") { model, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await Listing.Take(client.Endpoints.ListAsync(parsed.GetValue(model), ct), parsed.GetValue(limit), terminal, ct);
            if (parsed.GetValue(json)) terminal.Json(new EndpointsPage([.. found]), EndpointsJson.Default.EndpointsPage);
            else terminal.Table(["NAME", "STATE", "ROUTES TO", "CANARY", "CHANGED", "BY"], [.. found.Select(static one => (string[])
                [one.Name!, one.State!, string.Join(", ", (one.Arms ?? []).Select(static arm => $"{arm.Model}/{arm.Version} {(arm.Shadow ? "shadow" : Percent(arm.Share))}")), one.Canary is { State: "running" or "held" } canary ? $"{canary.Version} {canary.State}" : "",
                    Time(one.UpdatedMs), one.UpdatedBy ?? ""])]);
        });
        return command;
    }

    private static Command Get(Terminal terminal)
    {
        var (name, json) = (One(), ClientAction.Json());
        var history = new Option<bool>("--history") { Description = "What it routed to, since when, by whom and why." };
        var command = new Command("get", "Show what an endpoint routes to, its canary and shadows.") { name, history, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            if (parsed.GetValue(history))
            {
                var revisions = await Listing.Take(client.Endpoints.HistoryAsync(parsed.GetValue(name)!, ct), Listing.LimitDefault, terminal, ct);
                if (parsed.GetValue(json)) terminal.Json(new RevisionsPage([.. revisions]), EndpointsJson.Default.RevisionsPage);
                else terminal.Table(["REVISION", "WHAT", "SINCE", "BY", "ROUTES TO", "WHY"], [.. revisions.Select(static one => (string[])
                    [one.Revision.ToString(CultureInfo.InvariantCulture), one.Kind!, Time(one.AtMs), one.By ?? "", string.Join(", ", (one.Arms ?? []).Select(static arm => $"{arm.Name}={arm.Model}/{arm.Version}{(arm.Shadow is true ? " shadow" : $" {arm.Weight:0.##}")}")), one.Reason ?? ""])]);
                return;
            }
            Show(terminal, await client.Endpoints.GetAsync(parsed.GetValue(name)!, ct), parsed.GetValue(json));
        });
        return command;
    }

    private static Command Route(Terminal terminal)
    {
        var (name, reason, json) = (One(), Reason(), ClientAction.Json());
        var weights = new Argument<string[]>("weights") { Description = "ARM=WEIGHT; arms that are not named keep theirs.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("route", "Give arms that are there other weights.") { name, weights, reason, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var endpoint = await client.Endpoints.GetAsync(parsed.GetValue(name)!, ct);
            var arms = (endpoint.Arms ?? []).Select(static arm => new EndpointArmRoute(arm.Name, arm.Model, arm.Alias is null && arm.Stage is null ? arm.Version : null, arm.Alias, arm.Stage, arm.Weight, arm.Shadow)).ToArray();
            foreach (var said in parsed.GetValue(weights)!)
            {
                if (said.Split('=') is not [var arm, var number] || !double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight)) throw new CommandFailure(ExitCode.Usage, $"Expected ARM=WEIGHT, got '{said}'.");
                var at = Array.FindIndex(arms, one => one.Name == arm);
                if (at < 0) throw new CommandFailure(ExitCode.NotFound, $"'{endpoint.Name}' has no arm '{arm}'; it has {string.Join(", ", arms.Select(static one => one.Name))}.");
                arms[at] = arms[at] with { Weight = weight };
            }
            Show(terminal, await client.Endpoints.RouteAsync(endpoint.Name!, arms, parsed.GetValue(reason), endpoint.Revision, ct), parsed.GetValue(json));
        });
        return command;
    }

    private static Command Rollback(Terminal terminal)
    {
        var (name, json) = (One(), ClientAction.Json());
        var reason = new Option<string>("--reason") { Description = "Why; it is kept in the history and in the event log.", HelpName = "TEXT", Required = true };
        var revision = new Option<long?>("--revision") { Description = "To what it routed then; without it to what it routed before its versions changed last.", HelpName = "N" };
        var command = new Command("rollback", "Go back to what was routed before.") { name, reason, revision, json };
        command.SetClientAction(async (parsed, client, ct) => Show(terminal, await client.Endpoints.RollbackAsync(parsed.GetValue(name)!, parsed.GetValue(reason)!, parsed.GetValue(revision), ct), parsed.GetValue(json)));
        return command;
    }

    private static Command Canary(Terminal terminal)
    {
        var (name, reason, json) = (One(), Reason(), ClientAction.Json());
        var action = new Argument<string>("action") { Description = "promote (it takes over), abort (it goes), hold (it stays where it is) or go (it goes on)." };
        action.AcceptOnlyFromAmong("promote", "abort", "hold", "go");
        var command = new Command("canary", "Steer a canary.") { name, action, reason, json };
        command.SetClientAction(async (parsed, client, ct) => Show(terminal, await client.Endpoints.CanaryAsync(parsed.GetValue(name)!, parsed.GetValue(action)!, parsed.GetValue(reason), ct), parsed.GetValue(json)));
        return command;
    }

    private static Command Pause(Terminal terminal, string word, string description, Func<SlipwayClient, string, string?, CancellationToken, Task<Endpoint>> work)
    {
        var (name, reason) = (One(), Reason());
        var command = new Command(word, description) { name, reason };
        command.SetClientAction(async (parsed, client, ct) => terminal.Note($"'{parsed.GetValue(name)}' is {(await work(client, parsed.GetValue(name)!, parsed.GetValue(reason), ct)).State}."));
        return command;
    }

    private static Command Delete(Terminal terminal)
    {
        var name = One();
        var command = new Command("delete", "Delete an endpoint with its history and keys.") { name };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            await client.Endpoints.DeleteAsync(parsed.GetValue(name)!, ct);
            terminal.Note($"'{parsed.GetValue(name)}' is deleted.");
        });
        return command;
    }

    private static Command Keys(Terminal terminal)
    {
        var (name, json) = (One(), ClientAction.Json());
        var create = new Option<string?>("--create") { Description = "Make a key of this name; its secret is printed once.", HelpName = "KEY" };
        var owner = new Option<string?>("--owner") { Description = "Make it for this service account.", HelpName = "ACCOUNT" };
        var days = new Option<int?>("--days") { Description = "How long it lives; a year if nothing is said.", HelpName = "N" };
        var revoke = new Option<string?>("--revoke") { Description = "Revoke this key.", HelpName = "ID" };
        var command = new Command("keys", "List the keys of an endpoint, make one or revoke one.") { name, create, owner, days, revoke, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var endpoint = parsed.GetValue(name)!;
            if (parsed.GetValue(create) is { } key)
            {
                var made = await client.Endpoints.CreateKeyAsync(endpoint, key, parsed.GetValue(owner), parsed.GetValue(days), ct);
                if (parsed.GetValue(json)) terminal.Json(made, EndpointsJson.Default.EndpointKeyMade);
                else terminal.Line(made.Token!);
                return;
            }
            if (parsed.GetValue(revoke) is { } id)
            {
                await client.Endpoints.RevokeKeyAsync(endpoint, id, ct);
                terminal.Note($"The key {id} is revoked.");
                return;
            }
            var keys = await client.Endpoints.KeysAsync(endpoint, ct);
            if (parsed.GetValue(json)) terminal.Json(new EndpointKeys([.. keys]), EndpointsJson.Default.EndpointKeys);
            else terminal.Table(["ID", "NAME", "OWNER", "MADE", "EXPIRES", "USED"], [.. keys.Select(static one => (string[])[one.Id!, one.Name!, one.Owner ?? "", Time(one.CreatedMs), one.ExpiresMs is { } end ? Time(end) : "", one.UsedMs is { } used ? Time(used) : "never"])]);
        });
        return command;
    }

    private static void Show(Terminal terminal, Endpoint endpoint, bool json)
    {
        if (json) terminal.Json(endpoint, EndpointsJson.Default.Endpoint);
        else Print(terminal, endpoint);
    }

    private static string Percent(double share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    private static string Time(long ms) => Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(ms));
}
