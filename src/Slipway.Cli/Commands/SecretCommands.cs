using System.CommandLine;
using Slipway.Access;
using Slipway.Server;

namespace Slipway.Cli.Commands;

/// <summary>`slipway secrets`: what the server keeps sealed for a workspace, and the key that seals it.</summary>
internal static class SecretCommands
{
    public static Command Create(Terminal terminal) => new("secrets", "List, set and delete a workspace's secrets; seal all of them anew.")
    {
        ClientAction.Options(),
        List(terminal),
        Set(terminal),
        Delete(terminal),
        Rotate(terminal),
    };

    private static Argument<string> One() => new("name") { Description = "The secret's name: 1 to 63 letters, digits, '-', '_' or '.'." };

    private static Command List(Terminal terminal)
    {
        var json = ClientAction.Json();
        var command = new Command("list", "List secrets by name. What they say is never shown.") { json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var secrets = await client.Secrets.ListAsync(ct);
            if (parsed.GetValue(json)) terminal.Json([.. secrets.Select(SecretView.Of)], CliJson.Default.ListSecretView);
            else terminal.Table(["NAME", "SET", "BY"], [.. secrets.Select(one => (string[])[one.Name, Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(one.SetMs)), one.SetBy])]);
        });
        return command;
    }

    private static Command Set(Terminal terminal)
    {
        var name = One();
        var stdin = new Option<bool>("--value-stdin") { Description = "Read the secret from the first line of standard input." };
        var command = new Command("set", "Set or replace a secret, which is asked for without echo.") { name, stdin };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var value = SecretInput.Present(terminal, parsed.GetValue(stdin), $"The secret '{parsed.GetValue(name)}'");
            await client.Secrets.SetAsync(parsed.GetValue(name)!, value, ct);
            terminal.Note($"The secret '{parsed.GetValue(name)}' is set.");
        });
        return command;
    }

    private static Command Delete(Terminal terminal)
    {
        var name = One();
        var command = new Command("delete", "Delete a secret. There is no way back.") { name };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            await client.Secrets.DeleteAsync(parsed.GetValue(name)!, ct);
            terminal.Note($"Deleted the secret '{parsed.GetValue(name)}'.");
        });
        return command;
    }

    private static Command Rotate(Terminal terminal)
    {
        var (json, config) = (ClientAction.Json(), ServerFlags.Config());
        var command = new Command("rotate", "Make a new key and seal everything anew with it: secrets, and the keys of encrypted artifacts. With --data the folder is opened, else the server at --url is asked.") { json, config };
        var flags = ServerFlags.AddTo(command, OptionKeys.All.Where(key => key.Key is "secrets.keyFile").Concat(ServerFlags.OfStores));
        command.SetAction(async (parsed, ct) =>
        {
            var done = Offline.Wanted(parsed, flags, config)
                ? await FromFolder(ServerFlags.Read(parsed, flags, parsed.GetValue(config)), ct)
                : await ClientAction.Call(parsed, client => client.Secrets.RotateAsync(ct));
            if (parsed.GetValue(json)) terminal.Json(done, CliJson.Default.SecretsRotated);
            else terminal.Line($"The key {done.KeyId} seals from now on: {done.Secrets:N0} secrets and {done.DataKeys:N0} workspaces' keys were sealed anew.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<SecretsRotated> FromFolder(ServerOptions options, CancellationToken ct)
    {
        await using var installation = Offline.Value(await Installation.Open(options, ct));
        return Offline.Value(await installation.RotateSecrets(ct));
    }
}
