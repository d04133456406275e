using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway roles`: who is what in a workspace.</summary>
internal static class RoleCommands
{
    private static readonly string[] Names = [.. Enum.GetValues<Role>().Select(Roles.Name)];

    public static Command Create(Terminal terminal) => new("roles", "List, assign and take roles in a workspace.")
    {
        ClientAction.Options(),
        List(terminal),
        Change(terminal, "assign", "Give a member or group a role.", "is now", static (client, name, role, ct) => client.AssignRoleAsync(name, role, ct)),
        Change(terminal, "unassign", "Take a role from a member or group.", "is no longer", static (client, name, role, ct) => client.UnassignRoleAsync(name, role, ct)),
    };

    private static Command List(Terminal terminal)
    {
        var json = ClientAction.Json();
        var command = new Command("list", "List who has which role.") { json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var roles = await client.Access.RolesAsync(ct);
            if (parsed.GetValue(json)) terminal.Json([.. roles], CliJson.Default.ListHeldRole);
            else terminal.Table(["NAME", "KIND", "ROLE"], [.. roles.Select(one => (string[])[one.Name, one.Kind, one.Role])]);
        });
        return command;
    }

    private static Command Change(Terminal terminal, string verb, string description, string result, Func<Client.AccessClient, string, string, CancellationToken, Task> change)
    {
        var name = new Argument<string>("name") { Description = "A person, service account or group." };
        var role = new Argument<string>("role") { Description = string.Join(", ", Names[..^1]) + " or " + Names[^1] + "." };
        role.AcceptOnlyFromAmong(Names);
        var command = new Command(verb, description) { name, role };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            await change(client.Access, parsed.GetValue(name)!, parsed.GetValue(role)!, ct);
            terminal.Note($"'{parsed.GetValue(name)}' {result} {parsed.GetValue(role)}.");
        });
        return command;
    }
}
