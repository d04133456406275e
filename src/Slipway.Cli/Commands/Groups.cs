using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway groups`: who is in which group. A group is made and removed as any member: `members create NAME --kind group`.</summary>
internal static class Groups
{
    public static Command Create(Terminal terminal) => new("groups", "List groups and their members, put members in and take them out.")
    {
        ClientAction.Options(),
        List(terminal),
        Change(terminal, "add", "Put people and service accounts into a group.", "in", static (client, group, name, ct) => client.AddToGroupAsync(group, name, ct)),
        Change(terminal, "remove", "Take people and service accounts out of a group.", "not in", static (client, group, name, ct) => client.RemoveFromGroupAsync(group, name, ct)),
    };

    private static Command List(Terminal terminal)
    {
        var group = new Argument<string?>("group") { Description = "Whose members to list; all groups when left out.", Arity = ArgumentArity.ZeroOrOne };
        var (limit, json) = (Listing.Limit(), ClientAction.Json());
        var command = new Command("list", "List groups, or the members of one.") { group, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var source = parsed.GetValue(group) is { } name ? client.Access.MembersOfAsync(name, ct) : client.Access.MembersAsync("group", ct);
            Members.Print(terminal, await Listing.Take(source, parsed.GetValue(limit), terminal, ct), parsed.GetValue(json));
        });
        return command;
    }

    private static Command Change(Terminal terminal, string verb, string description, string result, Func<Client.AccessClient, string, string, CancellationToken, Task> change)
    {
        var group = new Argument<string>("group") { Description = "The group's name." };
        var names = new Argument<string[]>("name") { Description = "People or service accounts.", Arity = ArgumentArity.OneOrMore };
        var command = new Command(verb, description) { group, names };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            foreach (var name in parsed.GetValue(names)!)
            {
                await change(client.Access, parsed.GetValue(group)!, name, ct);
                terminal.Note($"'{name}' is {result} the group '{parsed.GetValue(group)}'.");
            }
        });
        return command;
    }
}
