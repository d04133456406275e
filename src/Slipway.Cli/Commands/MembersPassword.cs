using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway members password [NAME]`: one's own with the present one, anybody's for an administrator.</summary>
internal static class MembersPassword
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string?>("name") { Description = "Whose; your own when left out.", Arity = ArgumentArity.ZeroOrOne };
        var stdin = SecretInput.FromStdin("your present password (only for your own), then the new one,");
        var command = new Command("password", "Set a password. Browsers that are signed in must sign in again; tokens stay.") { name, stdin };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var me = await client.Access.WhoAmIAsync(ct);
            var whose = parsed.GetValue(name) ?? me.Name;
            var present = whose == me.Name ? SecretInput.Present(terminal, parsed.GetValue(stdin), "Present password") : null;
            var next = SecretInput.New(terminal, parsed.GetValue(stdin), $"New password of '{whose}' (12 characters or more)");
            await client.Access.SetPasswordAsync(next, present, present is null ? whose : null, ct);
            terminal.Note($"The password of '{whose}' is set.");
        });
        return command;
    }
}
