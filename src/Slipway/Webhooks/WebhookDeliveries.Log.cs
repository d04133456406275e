using System.Globalization;
using Slipway.Storage;

namespace Slipway.Webhooks;

/// <summary>The log of what was sent, and sending again.</summary>
internal sealed partial class WebhookDeliveries
{
    private const int PageMax = 50;

    /// <summary>One page of a webhook's deliveries, the newest first.</summary>
    public async Task<Outcome<WebhookDeliveriesPage>> List(Caller caller, ListWebhookDeliveries request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        var before = long.MaxValue;
        if (request.PageToken is { Length: > 0 } token && !long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            return Problem.Invalid("Invalid page token, could not base64-decode. Send the next_page_token of the last answer unchanged.");
        return await db.Read<Outcome<WebhookDeliveriesPage>>(session =>
        {
            if (Webhooks.Find(session, caller, request.WebhookId, "") is not { } webhook) return Webhooks.Missing(request.WebhookId);
            var rows = session.Query("""
                SELECT no, id, event, state, attempts, status, answer, error, created_ms, attempt_ms, body FROM webhook_deliveries WHERE webhook_id = $1 AND no < $2 ORDER BY no DESC LIMIT $3
                """, static row => (No: row.Long(0), Delivery: Record(row)), webhook.Id, before, PageMax + 1);
            return new WebhookDeliveriesPage(rows.Count == 0 ? null : [.. rows.Take(PageMax).Select(static row => row.Delivery)], webhook.Dropped,
                rows.Count > PageMax ? rows[PageMax - 1].No.ToString(CultureInfo.InvariantCulture) : null);
        }, ct);
    }

    /// <summary>Sends a delivery again, under an id of its own.</summary>
    public async Task<Outcome<Done>> SendAgain(Caller caller, SendAgain request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (string.IsNullOrEmpty(request.DeliveryId)) return Problem.Missing("delivery_id");
        var now = clock.GetUtcNow();
        var sent = await db.Write<Done>(session =>
        {
            if (Webhooks.Find(session, caller, request.WebhookId, session.Dialect.ForShare()) is not { } webhook) return Webhooks.Missing(request.WebhookId);
            var (kind, body) = session.First("SELECT event, body FROM webhook_deliveries WHERE id = $1 AND webhook_id = $2", static row => (row.Text(0), row.Text(1)), request.DeliveryId, webhook.Id);
            if (kind is null) return Problem.NotFound("This webhook has no such delivery, or it is among those that were forgotten.");
            Add(session, webhook.Id, kind, body, now);
            return default(Done);
        }, ct);
        if (sent.Succeeded) jobs.Hint();
        return sent;
    }

    private static WebhookDelivery Record(Row row) => new(row.Text(1), row.Text(2), (State)row.Int(3) switch { State.Waiting => "WAITING", State.Delivered => "DELIVERED", _ => "GIVEN_UP" }, row.Long(4), row.LongOrNull(5),
        row.TextOrNull(6), row.TextOrNull(7), row.Long(8), row.LongOrNull(9), row.Text(10));
}
