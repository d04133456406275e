using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Access;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Webhooks;

/// <summary>One row of `webhooks`.</summary>
internal sealed record WebhookRow(string Id, long Workspace, string Name, string? Description, string Url, bool Active, bool Signed, long Dropped, long CreatedMs, long UpdatedMs);

/// <summary>
/// Addresses that are told of changes. They hear of every model of the workspace, so only who may manage all of them may set them up.
/// </summary>
internal sealed partial class Webhooks(Database db, EventLog events, NamedSecrets secrets, WebhookDeliveries deliveries, TimeProvider clock, WebhookCheck check)
{
    private const string Insert = """
        INSERT INTO webhooks (id, workspace_id, name, description, url, active, signed, dropped, created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)
        """;

    private const string Columns = "SELECT id, workspace_id, name, description, url, active, signed, dropped, created_ms, updated_ms FROM webhooks";

    private const string Change = """
        UPDATE webhooks SET name = $2, description = $3, url = $4, active = $5, signed = $6, updated_ms = $7 WHERE id = $1
        """;

    /// <summary>Sets up a webhook.</summary>
    public async Task<Outcome<WebhookAnswer>> Create(Caller caller, CreateWebhook request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (WebhookCheck.Name(request.Name) is { } badName) return badName;
        if (check.Url(request.Url) is { } badUrl) return badUrl;
        if (WebhookCheck.Events(request.Events, out var kinds) is { } badEvents) return badEvents;
        if (WebhookCheck.Status(request.Status, out var active) is { } badStatus) return badStatus;
        if (CheckTexts(request.Description, request.Secret) is { } badText) return badText;
        var id = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        var sealedSecret = string.IsNullOrEmpty(request.Secret) ? (Boxed?)null : secrets.Seal(caller.Workspace, SecretOf(id), request.Secret);
        var now = Now();
        return await db.Write<WebhookAnswer>(session =>
        {
            if (session.Long("SELECT count(*) FROM webhooks WHERE workspace_id = $1", caller.Workspace) >= Webhook.WebhooksMax)
                return Problem.Invalid($"A workspace has at most {Webhook.WebhooksMax} webhooks. Delete one first.");
            session.Execute(Insert, id, caller.Workspace, request.Name, NullIfEmpty(request.Description), request.Url, active ?? true, sealedSecret is not null, now);
            PutEvents(session, id, kinds);
            if (sealedSecret is { } boxed) secrets.Keep(session, caller, SecretOf(id), boxed);
            events.Append(session, caller, "webhook.created", Subject(id), Data(("name", request.Name), ("url", request.Url), ("events", string.Join(' ', kinds))));
            return new WebhookAnswer(Record(session, Find(session, caller, id, "")!));
        }, ct);
    }

    /// <summary>One webhook.</summary>
    public async Task<Outcome<WebhookAnswer>> Get(Caller caller, WebhookRef request, CancellationToken ct) => caller.NeedsEverywhere(Right.ManageModels) is { } denied ? denied
        : await db.Read<Outcome<WebhookAnswer>>(session => Find(session, caller, request.WebhookId, "") is { } row ? new WebhookAnswer(Record(session, row)) : Missing(request.WebhookId), ct);

    /// <summary>One page of webhooks, the newest first.</summary>
    public async Task<Outcome<WebhooksPage>> List(Caller caller, ListWebhooks request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        var size = request.MaxResults is null or 0 ? ListWebhooks.MaxResultsDefault : request.MaxResults.Value;
        if (size is < 1 or > ListWebhooks.MaxResultsMax) return Problem.Invalid($"max_results must be between 1 and {ListWebhooks.MaxResultsMax}.");
        var (afterMs, afterId) = (long.MaxValue, "");
        if (request.PageToken is { Length: > 0 } token && (token.Split('.', 2) is not [var ms, var id] || !long.TryParse(ms, NumberStyles.None, CultureInfo.InvariantCulture, out afterMs) || (afterId = id).Contains('\0', StringComparison.Ordinal)))
            return Problem.Invalid("Invalid page token, could not base64-decode. Send the next_page_token of the last answer unchanged.");
        return await db.Read<Outcome<WebhooksPage>>(session =>
        {
            var rows = session.Query(Columns + " WHERE workspace_id = $1 AND (created_ms < $2 OR created_ms = $2 AND id > $3) ORDER BY created_ms DESC, id LIMIT $4", Read, caller.Workspace, afterMs, afterId, size + 1);
            var page = rows.Take(size).Select(row => Record(session, row)).ToArray();
            return new WebhooksPage(page.Length == 0 ? null : page, rows.Count > size ? $"{rows[size - 1].CreatedMs}.{rows[size - 1].Id}" : null);
        }, ct);
    }

    /// <summary>Changes what is given; the rest stays.</summary>
    public async Task<Outcome<WebhookAnswer>> Update(Caller caller, UpdateWebhook request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (!string.IsNullOrEmpty(request.Name) && WebhookCheck.Name(request.Name) is { } badName) return badName;
        if (!string.IsNullOrEmpty(request.Url) && check.Url(request.Url) is { } badUrl) return badUrl;
        List<string>? kinds = null;
        if (request.Events is { Length: > 0 } && WebhookCheck.Events(request.Events, out kinds) is { } badEvents) return badEvents;
        if (WebhookCheck.Status(request.Status, out var active) is { } badStatus) return badStatus;
        if (CheckTexts(request.Description, request.Secret) is { } badText) return badText;
        var sealedSecret = string.IsNullOrEmpty(request.Secret) || request.WebhookId is null ? (Boxed?)null : secrets.Seal(caller.Workspace, SecretOf(request.WebhookId), request.Secret);
        var now = Now();
        return await db.Write<WebhookAnswer>(session =>
        {
            if (Find(session, caller, request.WebhookId, session.Dialect.ForUpdate()) is not { } row) return Missing(request.WebhookId);
            var after = row with
            {
                Name = NullIfEmpty(request.Name) ?? row.Name,
                Description = NullIfEmpty(request.Description) ?? row.Description,
                Url = NullIfEmpty(request.Url) ?? row.Url,
                Active = active ?? row.Active,
                Signed = row.Signed || sealedSecret is not null,
            };
            session.Execute(Change, row.Id, after.Name, after.Description, after.Url, after.Active, after.Signed, now);
            if (kinds is not null) PutEvents(session, row.Id, kinds);
            if (sealedSecret is { } boxed) secrets.Keep(session, caller, SecretOf(row.Id), boxed);
            events.Append(session, caller, "webhook.updated", Subject(row.Id), Data(("name", after.Name), ("url_before", row.Url == after.Url ? null : row.Url), ("url", after.Url),
                ("events", kinds is null ? null : string.Join(' ', kinds)), ("active", after.Active ? "true" : "false"), ("secret", sealedSecret is null ? null : "replaced")));
            return new WebhookAnswer(Record(session, Find(session, caller, row.Id, "")!));
        }, ct);
    }

    /// <summary>Deletes a webhook with what was sent to it; what still waits is sent no more.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, WebhookRef request, CancellationToken ct) => caller.NeedsEverywhere(Right.ManageModels) is { } denied ? denied : await db.Write<Done>(session =>
    {
        if (Find(session, caller, request.WebhookId, session.Dialect.ForUpdate()) is not { } row) return Missing(request.WebhookId);
        session.Execute("DELETE FROM webhook_events WHERE webhook_id = $1", row.Id);
        session.Execute("DELETE FROM webhook_deliveries WHERE webhook_id = $1", row.Id);
        session.Execute("DELETE FROM webhooks WHERE id = $1", row.Id);
        NamedSecrets.Drop(session, caller, SecretOf(row.Id));
        events.Append(session, caller, "webhook.deleted", Subject(row.Id), Data(("name", row.Name), ("url", row.Url)));
        return default(Done);
    }, ct);

    /// <summary>Sends an example now, and says what came of it.</summary>
    public async Task<Outcome<WebhookTested>> Test(Caller caller, TestWebhook request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (request.Event is not null && WebhookKind.Of(request.Event) is null) return WebhookCheck.Events([request.Event], out _)!;
        var (row, first) = await db.Read(session => Find(session, caller, request.WebhookId, "") is { } found
            ? (found, session.Text("SELECT min(event) FROM webhook_events WHERE webhook_id = $1", found.Id)) : default, ct);
        if (row is null) return Missing(request.WebhookId);
        var kind = request.Event is null ? first! : WebhookKind.Of(request.Event)!;
        return new WebhookTested(await deliveries.Try(row, kind, WebhookKind.Example(kind), ct));
    }

    /// <summary>The webhook of an id, wherever it is.</summary>
    public static WebhookRow? Find(Session session, string id) => session.First(Columns + " WHERE id = $1", Read, id);

    /// <summary>The webhook of an id in the caller's workspace.</summary>
    public static WebhookRow? Find(Session session, Caller caller, string? id, string hold) =>
        string.IsNullOrEmpty(id) || id.Length > 64 || id.Contains('\0', StringComparison.Ordinal) ? null : session.First(Columns + " WHERE id = $1 AND workspace_id = $2" + hold, Read, id, caller.Workspace);

    /// <summary>404 in the reference's words.</summary>
    public static Problem Missing(string? id) => Problem.NotFound($"Webhook with ID {(id?.Length > 64 ? id[..64] : id)} not found.");

    /// <summary>Under which name its secret is kept.</summary>
    public static string SecretOf(string id) => "webhook/" + id;

    private static void PutEvents(Session session, string id, List<string> kinds)
    {
        session.Execute("DELETE FROM webhook_events WHERE webhook_id = $1", id);
        session.ExecuteMany("INSERT INTO webhook_events (webhook_id, event) VALUES ($1, $2)", kinds, (row, kind) => row.Add(id).Add(kind));
    }

    private static Webhook Record(Session session, WebhookRow row) => new(row.Id, row.Name, row.Description, row.Url,
        [.. session.Query("SELECT event FROM webhook_events WHERE webhook_id = $1 ORDER BY event", static one => WebhookKind.Record(one.Text(0)), row.Id)], row.Active ? "ACTIVE" : "DISABLED", row.CreatedMs, row.UpdatedMs);

    private static WebhookRow Read(Row row) => new(row.Text(0), row.Long(1), row.Text(2), row.TextOrNull(3), row.Text(4), row.Bool(5), row.Bool(6), row.Long(7), row.Long(8), row.Long(9));

    private static Problem? CheckTexts(string? description, string? secret) =>
        WebhookCheck.Text(description, "description", Webhook.DescriptionCharsMax) ?? WebhookCheck.Text(secret, "secret", Webhook.SecretCharsMax);

    private static string Subject(string id) => "webhook/" + id;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string Data(params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        var data = new JsonObject();
        foreach (var (name, value) in fields)
            if (value is not null) data[name] = value;
        return data.ToJsonString();
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
