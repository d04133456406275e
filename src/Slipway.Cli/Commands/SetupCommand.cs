using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway setup --code CODE --name NAME`: what the printed link does, without a browser.</summary>
internal static class SetupCommand
{
    public static Command Create(Terminal terminal)
    {
        var code = new Option<string?>("--code") { Description = "The code at the end of the link that the server's start printed: good once, for a day. Asked for when left out, so that nobody else on this machine sees it.", HelpName = "CODE" };
        var name = new Option<string>("--name") { Description = "The administrator's name.", HelpName = "NAME", Required = true };
        var stdin = SecretInput.FromStdin("the code (unless --code gives it), then the password,");
        var command = new Command("setup", "Become the first administrator of a server that was just started with access.mode people.") { ClientAction.Options(), code, name, stdin };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var secret = parsed.GetValue(code) ?? SecretInput.Present(terminal, parsed.GetValue(stdin), "Code");
            var password = SecretInput.New(terminal, parsed.GetValue(stdin), "Password (12 characters or more)");
            var made = await client.Access.SetUpAsync(secret, parsed.GetValue(name)!, password, ct);
            terminal.Note($"'{made.Name}' is the administrator of {client.Url}. Next: export MLFLOW_TRACKING_USERNAME={made.Name} and MLFLOW_TRACKING_PASSWORD, then slipway tokens create NAME.");
        });
        return command;
    }
}
