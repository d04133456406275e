using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway whoami`</summary>
internal static class WhoAmICommand
{
    public static Command Create(Terminal terminal)
    {
        var json = ClientAction.Json();
        var command = new Command("whoami", "Show who the server takes you for, and what you may do.") { ClientAction.Options(), json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var me = await client.Access.WhoAmIAsync(ct);
            if (parsed.GetValue(json)) terminal.Json(me, CliJson.Default.WhoAmI);
            else terminal.Table(["FIELD", "VALUE"],
            [
                ["name", me.Name],
                ["server", client.Url.AbsoluteUri],
                ["workspace", me.Workspace],
                ["administrator", me.Administrator ? "yes" : "no"],
                ["may", string.Join(", ", me.Rights)],
                .. me.SingleUser ? (string[][])[["mode", "single user: nobody is asked for a password"]] : [],
            ]);
        });
        return command;
    }
}
