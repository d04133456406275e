using System.CommandLine;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway models promote`: a version goes to another workspace.</summary>
internal static class PromoteCommand
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The model's name." };
        var version = new Argument<string>("version") { Description = "The version's number." };
        var to = new Option<string>("--to-workspace") { Description = "The workspace that it goes to.", HelpName = "NAME", Required = true };
        var model = new Option<string?>("--as") { Description = "The model's name there. Default: the same.", HelpName = "MODEL" };
        var reason = new Option<string>("--reason") { Description = "Why; it is kept with the version.", HelpName = "TEXT", Required = true };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait for the end." };
        var json = ClientAction.Json();
        var command = new Command("promote", "Make a version of the same files in another workspace, with the evidence for it.") { name, version, to, model, reason, noWait, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var asked = await client.Evaluations.PromoteAsync(new PromoteModelVersion(parsed.GetValue(name), parsed.GetValue(version), parsed.GetValue(to), parsed.GetValue(model), parsed.GetValue(reason)), ct);
            while (!parsed.GetValue(noWait) && asked.Status is "WAITING" or "RUNNING")
            {
                await Task.Delay(LookEvery, ct);
                asked = (await client.Evaluations.PromotionsAsync(asked.Name, asked.Version, ct)).FirstOrDefault(one => one.Id == asked.Id) ?? asked with { Status = "FAILED", Problem = "The version was deleted." };
            }
            if (parsed.GetValue(json)) terminal.Json(asked, CliJson.Default.ModelPromotion);
            if (asked.Status == "FAILED") throw new CommandFailure(ExitCode.Failed, $"Promotion {asked.Id} failed: {asked.Problem}");
            terminal.Note(asked.ToVersion is { } made ? $"It is version {made} of '{asked.ToName}' in '{asked.Workspace}'." : $"Promotion {asked.Id} is {asked.Status.ToLowerInvariant()}.");
        });
        return command;
    }
}
