using System.CommandLine;
using Slipway.Access;

namespace Slipway.Cli.Commands;

/// <summary>`slipway tokens`: what programs sign in with.</summary>
internal static class TokenCommands
{
    public static Command Create(Terminal terminal) => new("tokens", "List, make and revoke API tokens.")
    {
        ClientAction.Options(),
        List(terminal),
        Make(terminal),
        Revoke(terminal),
    };

    private static Option<string?> Owner() => new("--owner") { Description = "A service account, for administrators; yourself when left out.", HelpName = "ACCOUNT" };

    private static Command List(Terminal terminal)
    {
        var (owner, json) = (Owner(), ClientAction.Json());
        var command = new Command("list", "List tokens, oldest first. Their secrets are stored nowhere.") { owner, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var tokens = await client.Access.TokensAsync(parsed.GetValue(owner), ct);
            if (parsed.GetValue(json)) terminal.Json([.. tokens.Select(one => TokenView.Of(one))], CliJson.Default.ListTokenView);
            else terminal.Table(["ID", "NAME", "OWNER", "WORKSPACE", "SCOPES", "EXPIRES", "LAST USED"], [.. tokens.Select(one => (string[])
                [one.Id, one.Name, one.Owner, one.Workspace ?? "any", string.Join(", ", one.Scopes), Time(one.ExpiresMs), Time(one.UsedMs)])]);
        });
        return command;
    }

    private static Command Make(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "What it is for." };
        var owner = Owner();
        var scope = new Option<string[]>("--scope")
        {
            Description = "The most that it may: read, write, manage, approve, audit or administer; repeat for more. Default: all that its owner may.",
            HelpName = "SCOPE",
            DefaultValueFactory = _ => [],
        };
        scope.AcceptOnlyFromAmong("read", "write", "manage", "approve", "audit", "administer");
        var only = new Option<string?>("--only-workspace") { Description = "Good in this workspace alone.", HelpName = "NAME" };
        var days = new Option<int?>("--expires-in-days") { Description = "1 to 3650. Default: 365.", HelpName = "N" };
        var quiet = new Option<bool>("--quiet") { Description = "Print the secret alone." };
        var json = ClientAction.Json();
        var command = new Command("create", "Make a token and print its secret, this once.") { name, owner, scope, only, days, quiet, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var made = await client.Access.CreateTokenAsync(
                new CreateToken(parsed.GetValue(name), parsed.GetValue(owner), parsed.GetValue(only), parsed.GetValue(scope) is { Length: > 0 } scopes ? scopes : null, parsed.GetValue(days)), ct);
            if (parsed.GetValue(json)) terminal.Json(TokenView.Of(made.Info, made.Token), CliJson.Default.TokenView);
            else if (parsed.GetValue(quiet)) terminal.Line(made.Token);
            else
            {
                terminal.Table(["FIELD", "VALUE"], [["id", made.Info.Id], ["owner", made.Info.Owner], ["workspace", made.Info.Workspace ?? "any"], ["scopes", string.Join(", ", made.Info.Scopes)], ["expires", Time(made.Info.ExpiresMs)], ["token", made.Token]]);
                terminal.Note("The token is shown this once. Use it as SLIPWAY_TOKEN or MLFLOW_TRACKING_TOKEN, or store it in a file for --token-file.");
            }
        });
        return command;
    }

    private static Command Revoke(Terminal terminal)
    {
        var ids = new Argument<string[]>("id") { Description = "Ids of tokens, as list shows them.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("revoke", "Revoke tokens: whoever uses one is refused from now on.") { ids };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            foreach (var id in parsed.GetValue(ids)!)
            {
                await client.Access.RevokeTokenAsync(id, ct);
                terminal.Note($"Revoked token {id}.");
            }
        });
        return command;
    }

    private static string Time(long? ms) => ms is { } at ? Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(at)) : "never";
}
