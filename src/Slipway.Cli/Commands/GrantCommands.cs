using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway grants`: what is said about single experiments, beside the roles.</summary>
internal static class GrantCommands
{
    private static readonly string[] Levels = [.. Enum.GetValues<AccessLevel>().Select(static level => level.ToString().ToLowerInvariant())];

    public static Command Create(Terminal terminal) => new("grants", "List, make and take back grants and denials about single experiments.")
    {
        ClientAction.Options(),
        List(terminal),
        Set(terminal),
        Unset(terminal),
    };

    private static Command List(Terminal terminal)
    {
        var experiment = new Option<string?>("--experiment") { Description = "Only about this one: its id or its name.", HelpName = "EXPERIMENT" };
        var member = new Option<string?>("--member") { Description = "Only of this member or group.", HelpName = "NAME" };
        var (limit, json) = (Listing.Limit(), ClientAction.Json());
        var command = new Command("list", "List grants and denials.") { experiment, member, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var id = parsed.GetValue(experiment) is { } which ? (await Experiments.Resolve(client, which, ct)).Id : null;
            var grants = await Listing.Take(client.Access.GrantsAsync(id, parsed.GetValue(member), ct), parsed.GetValue(limit), terminal, ct);
            if (parsed.GetValue(json)) terminal.Json(grants, CliJson.Default.ListGrantEntry);
            else terminal.Table(["NAME", "KIND", "ROOT", "LEVEL"], [.. grants.Select(one => (string[])[one.Name, one.Kind, one.Root, one.Level])]);
        });
        return command;
    }

    private static Command Set(Terminal terminal)
    {
        var (name, experiment) = (Who(), About());
        var level = new Argument<string>("level") { Description = "denied (nothing, whatever a role says), read, use, edit or manage." };
        level.AcceptOnlyFromAmong(Levels);
        var command = new Command("set", "Grant or deny a member or group something with one experiment.") { name, level, experiment };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await Experiments.Resolve(client, parsed.GetValue(experiment)!, ct);
            await client.Access.SetGrantAsync(parsed.GetValue(name)!, found.Id, parsed.GetValue(level), ct);
            terminal.Note($"'{parsed.GetValue(name)}' has {parsed.GetValue(level)} on the experiment '{found.Name}' ({found.Id}).");
        });
        return command;
    }

    private static Command Unset(Terminal terminal)
    {
        var (name, experiment) = (Who(), About());
        var command = new Command("unset", "Take a grant or denial back: the roles alone count again.") { name, experiment };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await Experiments.Resolve(client, parsed.GetValue(experiment)!, ct);
            await client.Access.SetGrantAsync(parsed.GetValue(name)!, found.Id, null, ct);
            terminal.Note($"Nothing is said about '{parsed.GetValue(name)}' and the experiment '{found.Name}' ({found.Id}) any more.");
        });
        return command;
    }

    private static Argument<string> Who() => new("name") { Description = "A person, service account or group." };

    private static Option<string> About() => new("--experiment") { Description = "The experiment: its id or its name.", HelpName = "EXPERIMENT", Required = true };
}
