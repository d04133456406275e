using System.CommandLine;
using Slipway.Webhooks;

namespace Slipway.Cli.Commands;

/// <summary>`slipway webhooks`: who is told of changes, what was sent, and sending again.</summary>
internal static class WebhookCommands
{
    public static Command Create(Terminal terminal) => new("webhooks", "Show who is told of changes and what was sent; test, and send again.")
    {
        ClientAction.Options(),
        List(terminal),
        Show(terminal),
        Deliveries(terminal),
        Again(terminal),
        Test(terminal),
    };

    private static Argument<string> Id() => new("id") { Description = "The webhook's id." };

    private static Command List(Terminal terminal)
    {
        var (limit, json) = (Listing.Limit(), ClientAction.Json());
        var command = new Command("list", "List the webhooks of the workspace, the newest first.") { limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var all = await Listing.Take(client.Webhooks.ListAsync(ct), parsed.GetValue(limit), terminal, ct);
            if (parsed.GetValue(json)) terminal.Json([.. all], CliJson.Default.WebhookArray);
            else terminal.Table(["ID", "NAME", "STATUS", "URL", "EVENTS"], [.. all.Select(static one => (string[])[one.WebhookId!, one.Name!, one.Status!, one.Url!, Kinds(one)])]);
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (id, json) = (Id(), ClientAction.Json());
        var command = new Command("show", "Show a webhook.") { id, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var one = await client.Webhooks.GetAsync(parsed.GetValue(id)!, ct);
            if (parsed.GetValue(json)) terminal.Json(one, CliJson.Default.Webhook);
            else
            {
                terminal.Line($"{one.Name}: {one.Url}, {one.Status!.ToLowerInvariant()}");
                if (!string.IsNullOrEmpty(one.Description)) terminal.Line(one.Description);
                terminal.Line(Kinds(one));
            }
        });
        return command;
    }

    private static Command Deliveries(Terminal terminal)
    {
        var (id, limit, json) = (Id(), Listing.Limit(), ClientAction.Json());
        var command = new Command("deliveries", "List what was sent to a webhook with the answers, the newest first.") { id, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var all = await Listing.Take(client.Webhooks.DeliveriesAsync(parsed.GetValue(id)!, ct), parsed.GetValue(limit), terminal, ct);
            if (parsed.GetValue(json)) terminal.Json([.. all], CliJson.Default.WebhookDeliveryArray);
            else terminal.Table(["DELIVERY", "EVENT", "STATE", "ATTEMPTS", "ANSWER", "ERROR"], [.. all.Select(static one => (string[])[one.DeliveryId!, one.Event!, one.State!, $"{one.Attempts}", $"{one.ResponseStatus}", (one.ErrorMessage ?? "").ReplaceLineEndings(" ")])]);
        });
        return command;
    }

    private static Command Again(Terminal terminal)
    {
        var id = Id();
        var delivery = new Argument<string>("delivery") { Description = "The delivery's id." };
        var command = new Command("send-again", "Send a delivery again, under an id of its own.") { id, delivery };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            await client.Webhooks.SendAgainAsync(parsed.GetValue(id)!, parsed.GetValue(delivery)!, ct);
            terminal.Note("It is sent again.");
        });
        return command;
    }

    private static Command Test(Terminal terminal)
    {
        var (id, json) = (Id(), ClientAction.Json());
        var kind = new Option<string?>("--event") { Description = "Of this kind, such as MODEL_VERSION.CREATED. Default: the first that it asks for.", HelpName = "KIND" };
        var command = new Command("test", "Send an example now, and say what came of it.") { id, kind, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var asked = parsed.GetValue(kind)?.Split('.', 2);
            if (asked is { Length: not 2 }) throw new CommandFailure(ExitCode.Usage, $"--event: got '{asked[0]}', expected ENTITY.ACTION.");
            var result = await client.Webhooks.TestAsync(parsed.GetValue(id)!, asked is [var entity, var action] ? new WebhookEvent(entity, action) : null, ct);
            if (parsed.GetValue(json)) terminal.Json(result, CliJson.Default.WebhookTestResult);
            if (result.Success is not true) throw new CommandFailure(ExitCode.Failed, $"It answered {result.ResponseStatus?.ToString() ?? "nothing"}: {result.ErrorMessage}");
            terminal.Note($"It answered {result.ResponseStatus}.");
        });
        return command;
    }

    private static string Kinds(Webhook one) => string.Join(' ', (one.Events ?? []).Select(static kind => $"{kind.Entity}.{kind.Action}"));
}
