using System.CommandLine;
using Slipway.Client;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway approvals`: what waits for people, and what they say.</summary>
internal static class ApprovalCommands
{
    public static Command Create(Terminal terminal) => new("approvals", "Ask that a version may go somewhere; list, discuss, approve, reject and withdraw requests.")
    {
        ClientAction.Options(),
        Ask(terminal),
        List(terminal),
        Show(terminal),
        Approve(terminal),
        Word(terminal, "reject", "Reject a request, which closes it.", required: true, static (client, id, text, ct) => client.Approvals.RejectAsync(id, text!, ct)),
        Word(terminal, "withdraw", "Take a request back.", required: false, static (client, id, text, ct) => client.Approvals.WithdrawAsync(id, text, ct)),
        Word(terminal, "comment", "Say something about a request.", required: true, static (client, id, text, ct) => client.Approvals.CommentAsync(id, text!, ct)),
    };

    private static Argument<long> Id() => new("id") { Description = "The request's number." };

    private static Option<string?> Comment(bool required = false) => new("--comment") { Description = "What to say.", HelpName = "TEXT", Required = required };

    private static Command Ask(Terminal terminal)
    {
        var (name, version, stage, alias, comment, json) = (GateCommands.Name(), GateCommands.Version(), GateCommands.Stage(), GateCommands.Alias(), Comment(), ClientAction.Json());
        var command = new Command("ask", "Ask that a version may go into a stage or behind an alias.") { name, version, stage, alias, comment, json };
        command.SetClientAction(async (parsed, client, ct) =>
            Print(terminal, await client.Approvals.AskAsync(parsed.GetValue(name)!, parsed.GetValue(version)!, parsed.GetValue(stage), parsed.GetValue(alias), parsed.GetValue(comment), ct), parsed.GetValue(json)));
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var (limit, json) = (Listing.Limit(), ClientAction.Json());
        var waiting = new Option<bool>("--waiting") { Description = "Only those that wait for me." };
        var state = new Option<string?>("--state") { Description = "Only these: open, approved, done, rejected, expired or withdrawn.", HelpName = "STATE" };
        var model = new Option<string?>("--model") { Description = "Only of this model.", HelpName = "MODEL" };
        var command = new Command("list", "List requests for approval, the newest first.") { waiting, state, model, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await Listing.Take(client.Approvals.ListAsync(parsed.GetValue(state), parsed.GetValue(waiting), parsed.GetValue(model), ct), parsed.GetValue(limit), terminal, ct);
            if (parsed.GetValue(json)) terminal.Json(new ApprovalsPage([.. found]), GatesJson.Default.ApprovalsPage);
            else
                terminal.Table(["ID", "STATE", "MODEL", "VERSION", "WHERE", "ASKED BY", "ASKED", "ENDS", "APPROVALS"], [.. found.Select(static one => (string[])[$"{one.Id}", one.State!, one.Model!, one.Version!,
                    GateCommands.Place(one.Stage, one.Alias)!, one.AskedBy!, GateCommands.Time(one.AskedMs), GateCommands.Time(one.ExpiresMs), Given(one)])]);
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (id, json) = (Id(), ClientAction.Json());
        var command = new Command("show", "Show a request with its checks and what was said.") { id, json };
        command.SetClientAction(async (parsed, client, ct) => Print(terminal, await client.Approvals.GetAsync(parsed.GetValue(id), ct), parsed.GetValue(json)));
        return command;
    }

    private static Command Approve(Terminal terminal)
    {
        var (id, comment, json) = (Id(), Comment(), ClientAction.Json());
        var evidence = new Option<string?>("--evidence") { Description = "The evidence's digest as `show` prints it; if it is another one by now, nothing is approved.", HelpName = "DIGEST" };
        var command = new Command("approve", "Approve a request, for the evidence that is there.") { id, comment, evidence, json };
        command.SetClientAction(async (parsed, client, ct) => Print(terminal, await client.Approvals.ApproveAsync(parsed.GetValue(id), parsed.GetValue(comment), parsed.GetValue(evidence), ct), parsed.GetValue(json), brief: true));
        return command;
    }

    private static Command Word(Terminal terminal, string word, string description, bool required, Func<SlipwayClient, long, string?, CancellationToken, Task<ApprovalRequest>> say)
    {
        var (id, comment, json) = (Id(), Comment(required), ClientAction.Json());
        var command = new Command(word, description) { id, comment, json };
        command.SetClientAction(async (parsed, client, ct) => Print(terminal, await say(client, parsed.GetValue(id), parsed.GetValue(comment), ct), parsed.GetValue(json), brief: true));
        return command;
    }

    private static void Print(Terminal terminal, ApprovalRequest request, bool json, bool brief = false)
    {
        if (json)
        {
            terminal.Json(request, GatesJson.Default.ApprovalRequest);
            return;
        }
        var said = $"Request {request.Id} for version {request.Version} of '{request.Model}' at {GateCommands.Place(request.Stage, request.Alias)} is {request.State}. Approvals: {Given(request)}.";
        if (brief)
        {
            terminal.Note(said);
            return;
        }
        terminal.Line(said);
        terminal.Line($"Asked by {request.AskedBy} at {GateCommands.Time(request.AskedMs)}, until {GateCommands.Time(request.ExpiresMs)}. Evidence: {request.EvidenceDigest}");
        if (request.Checks is { Length: > 0 } checks) GateCommands.Print(terminal, checks);
        terminal.Table(["WHEN", "WHO", "WHAT", "SAID"], [.. (request.Entries ?? []).Select(static entry => (string[])[GateCommands.Time(entry.AtMs), entry.By!, entry.Kind + (entry.Kind is "approved" && !entry.Counts ? ", does not count" : ""), entry.Text ?? ""])]);
    }

    private static string Given(ApprovalRequest request) => string.Join(", ", (request.Needs ?? []).Select(static need => $"{need.Given} of {need.Count} ({need.Role})"));
}
