using System.CommandLine;
using Slipway.Access;

namespace Slipway.Cli.Commands;

/// <summary>`slipway members create NAME`</summary>
internal static class MembersCreate
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "What one signs in with: 1 to 64 letters, digits, '.', '_', '-', '@', '+'." };
        var kind = new Option<string>("--kind") { Description = "person, service (a program, with tokens) or group.", HelpName = "KIND", DefaultValueFactory = _ => "person" };
        kind.AcceptOnlyFromAmong("person", "service", "group");
        var display = new Option<string?>("--display-name") { Description = "For people to read.", HelpName = "TEXT" };
        var email = new Option<string?>("--email") { Description = "Where mail goes.", HelpName = "ADDRESS" };
        var administrator = new Option<bool>("--administrator") { Description = "May do everything in the installation." };
        var without = new Option<bool>("--no-password") { Description = "A person without a password, who signs in by OpenID Connect." };
        var (stdin, json) = (SecretInput.FromStdin(), ClientAction.Json());
        var command = new Command("create", "Make a person (a password is asked for), a service account or a group. It has no role yet: see slipway roles assign.") { name, kind, display, email, administrator, without, stdin, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var person = parsed.GetValue(kind) is "person";
            if (parsed.GetValue(stdin) && (!person || parsed.GetValue(without)))
                throw new CommandFailure(ExitCode.Usage, "--password-stdin: only a person with a password has one.", "A service account has tokens: slipway tokens create NAME --owner ACCOUNT.");
            var password = person && !parsed.GetValue(without) ? SecretInput.New(terminal, parsed.GetValue(stdin), $"Password of '{parsed.GetValue(name)}' (12 characters or more)") : null;
            var made = await client.Access.CreateMemberAsync(
                new CreateMember(parsed.GetValue(name), parsed.GetValue(kind), parsed.GetValue(display), parsed.GetValue(email), password, parsed.GetValue(administrator) ? true : null), ct);
            Members.PrintOne(terminal, made, parsed.GetValue(json));
        });
        return command;
    }
}
