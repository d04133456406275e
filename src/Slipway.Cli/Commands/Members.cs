using System.CommandLine;
using Slipway.Access;

namespace Slipway.Cli.Commands;

/// <summary>`slipway members`: people, service accounts and groups.</summary>
internal static class Members
{
    public static Command Create(Terminal terminal) => new("members", "List, make, change and remove people, service accounts and groups.")
    {
        ClientAction.Options(),
        List(terminal),
        Show(terminal),
        MembersCreate.Create(terminal),
        Update(terminal),
        Disabled(terminal, "disable", "Refuse every attempt to sign in, tokens included; enable takes it back.", true),
        Disabled(terminal, "enable", "Let a disabled member sign in again.", false),
        Remove(terminal),
        MembersPassword.Create(terminal),
    };

    public static Argument<string> One() => new("name") { Description = "The member's name." };

    public static void Print(Terminal terminal, List<Member> members, bool json)
    {
        if (json) terminal.Json([.. members.Select(MemberView.Of)], CliJson.Default.ListMemberView);
        else terminal.Table(["NAME", "KIND", "DISPLAY NAME", "SIGNS IN BY", "STATE"],
            [.. members.Select(one => (string[])[one.Name, one.Kind, one.DisplayName, string.Join(", ", one.SignsInBy), State(one)])]);
    }

    public static void PrintOne(Terminal terminal, Member member, bool json)
    {
        if (json) terminal.Json(MemberView.Of(member), CliJson.Default.MemberView);
        else terminal.Table(["FIELD", "VALUE"],
        [
            ["name", member.Name],
            ["kind", member.Kind],
            ["display name", member.DisplayName],
            ["email", member.Email ?? ""],
            ["state", State(member)],
            ["signs in by", string.Join(", ", member.SignsInBy)],
            ["created", Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(member.CreatedMs))],
            ["groups", string.Join(", ", member.Groups ?? [])],
            .. (member.Roles ?? []).Select(role => (string[])["role in " + role.Workspace, role.Role]),
        ]);
    }

    private static string State(Member member) => (member.Administrator, member.Disabled) switch
    {
        (_, true) => "disabled",
        (true, _) => "administrator",
        _ => "active",
    };

    private static Command List(Terminal terminal)
    {
        var kind = new Option<string?>("--kind") { Description = "Only of this kind: person, service or group.", HelpName = "KIND" };
        kind.AcceptOnlyFromAmong("person", "service", "group");
        var (limit, json) = (Listing.Limit(), ClientAction.Json());
        var command = new Command("list", "List members by name.") { kind, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
            Print(terminal, await Listing.Take(client.Access.MembersAsync(parsed.GetValue(kind), ct), parsed.GetValue(limit), terminal, ct), parsed.GetValue(json)));
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (name, json) = (One(), ClientAction.Json());
        var command = new Command("show", "Show a member with groups and roles.") { name, json };
        command.SetClientAction(async (parsed, client, ct) => PrintOne(terminal, await client.Access.MemberAsync(parsed.GetValue(name)!, ct), parsed.GetValue(json)));
        return command;
    }

    private static Command Update(Terminal terminal)
    {
        var name = One();
        var display = new Option<string?>("--display-name") { Description = "For people to read.", HelpName = "TEXT" };
        var email = new Option<string?>("--email") { Description = "Where mail goes.", HelpName = "ADDRESS" };
        var administrator = new Option<bool?>("--administrator") { Description = "true: may do everything in the installation; false: no longer. The last one stays.", HelpName = "true|false", Arity = ArgumentArity.ExactlyOne };
        var json = ClientAction.Json();
        var command = new Command("update", "Change a member's names, or whether an administrator of the installation.") { name, display, email, administrator, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var change = new UpdateMember(parsed.GetValue(name), parsed.GetValue(display), parsed.GetValue(email), parsed.GetValue(administrator), null);
            if (change is { DisplayName: null, Email: null, Administrator: null }) throw new CommandFailure(ExitCode.Usage, "Nothing to change.", "Give --display-name, --email or --administrator.");
            PrintOne(terminal, await client.Access.UpdateMemberAsync(change, ct), parsed.GetValue(json));
        });
        return command;
    }

    private static Command Disabled(Terminal terminal, string verb, string description, bool disabled)
    {
        var name = One();
        var command = new Command(verb, description) { name };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var changed = await client.Access.UpdateMemberAsync(new UpdateMember(parsed.GetValue(name), null, null, null, disabled), ct);
            terminal.Note(changed.Disabled ? $"'{changed.Name}' is refused from now on. Take it back with: slipway members enable {changed.Name}" : $"'{changed.Name}' may sign in.");
        });
        return command;
    }

    private static Command Remove(Terminal terminal)
    {
        var name = One();
        var command = new Command("remove", "Remove a member with all credentials, roles and grants. There is no way back; disable is milder.") { name };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            await client.Access.RemoveMemberAsync(parsed.GetValue(name)!, ct);
            terminal.Note($"Removed '{parsed.GetValue(name)}'. The event log still says who did what.");
        });
        return command;
    }
}
