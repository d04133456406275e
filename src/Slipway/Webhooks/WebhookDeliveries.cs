using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Access;
using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Webhooks;

/// <summary>
/// What is told, as rows: written in the transaction of the change itself, so that nothing committed stays untold and nothing rolled back is told,
/// and sent by jobs, which try again. Receivers may hear a thing twice; its delivery id tells.
/// </summary>
internal sealed partial class WebhookDeliveries(Database db, JobQueue jobs, NamedSecrets secrets, HttpClient http, TimeProvider clock, WebhookCheck check)
{
    /// <summary>The kind of the jobs.</summary>
    public const string JobKind = "webhooks.deliver";

    /// <summary>How often a delivery is tried, over about four minutes.</summary>
    public const int AttemptsMax = 8;

    /// <summary>The largest body in characters; of a larger change only the names are told.</summary>
    public const int BodyCharsMax = 262_144;

    /// <summary>The most deliveries of a webhook that wait; further ones are dropped and counted.</summary>
    public const int WaitingMax = 10_000;

    /// <summary>The most deliveries of a webhook that are kept in its log.</summary>
    public const int KeptMax = 1_000;

    /// <summary>How much of an answer is kept, in characters.</summary>
    public const int AnswerCharsMax = 1_000;

    private const string Subscribed = """
        SELECT w.id FROM webhook_events e JOIN webhooks w ON w.id = e.webhook_id WHERE e.event = $1 AND w.workspace_id = $2 AND w.active = 1 ORDER BY w.id
        """;

    private const string Insert = """
        INSERT INTO webhook_deliveries (id, webhook_id, event, body, state, attempts, created_ms) VALUES ($1, $2, $3, $4, 1, 0, $5)
        """;

    private const string Note = """
        UPDATE webhook_deliveries SET state = $2, attempts = attempts + 1, status = $3, answer = $4, error = $5, attempt_ms = $6 WHERE id = $1
        """;

    private const string Forget = """
        DELETE FROM webhook_deliveries WHERE webhook_id = $1 AND state <> 1
           AND no < (SELECT d.no FROM webhook_deliveries d WHERE d.webhook_id = $1 ORDER BY d.no DESC LIMIT 1 OFFSET $2)
        """;

    private volatile bool added;

    private enum State { Waiting = 1, Delivered = 2, GivenUp = 3 }

    /// <summary>Tells a change to whoever asked for its kind, in the change's own write; <see cref="Hint"/> after the commit.</summary>
    public void Tell(Session session, Caller caller, string kind, Func<JsonObject> data)
    {
        var webhooks = session.Query(Subscribed, static row => row.Text(0), kind, caller.Workspace);
        if (webhooks.Count == 0) return;
        var now = clock.GetUtcNow();
        var body = Body(kind, data(), now);
        foreach (var webhook in webhooks)
        {
            if (session.Long("SELECT count(*) FROM webhook_deliveries WHERE webhook_id = $1 AND state = 1", webhook) >= WaitingMax) session.Execute("UPDATE webhooks SET dropped = dropped + 1 WHERE id = $1", webhook);
            else Add(session, webhook, kind, body, now);
        }
        added = true;
    }

    /// <summary>After a write that may have told something: it need not wait for the next look at the jobs.</summary>
    public void Hint()
    {
        if (!added) return;
        added = false;
        jobs.Hint();
    }

    /// <summary>Sends what was told.</summary>
    public JobHandler Handler => new(JobKind, Run);

    /// <summary>Its job is gone: it waits for nothing any more.</summary>
    public static void Abandon(Session session, string id, string why) => session.Execute("UPDATE webhook_deliveries SET state = 3, error = $2 WHERE id = $1 AND state = 1", id, why);

    /// <summary>Sends something now, as a test.</summary>
    public async Task<WebhookTestResult> Try(WebhookRow webhook, string kind, JsonObject data, CancellationToken ct)
    {
        var sent = await Send(webhook, Guid.NewGuid().ToString(), Body(kind, data, clock.GetUtcNow()), ct);
        return new WebhookTestResult(sent.Status is > 0 and < 400, sent.Status, sent.Answer, sent.Error);
    }

    private void Add(Session session, string webhook, string kind, string body, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now).ToString();
        session.Execute(Insert, id, webhook, kind, body, now.ToUnixTimeMilliseconds());
        jobs.Add(session, JobKind, id, "{}", now, AttemptsMax);
    }

    private async Task Run(Lease lease, CancellationToken ct)
    {
        var (delivery, webhook) = await db.Read(session => session.First("SELECT webhook_id, body, state FROM webhook_deliveries WHERE id = $1",
            static row => (Webhook: row.Text(0), Body: row.Text(1), State: (State)row.Int(2)), lease.Name) is { Webhook: not null } found ? (found, Webhooks.Find(session, found.Webhook)) : default, ct);
        if (webhook is null || delivery.State is not State.Waiting) return; // deleted meanwhile, or noted by an owner that died before the job was gone
        var sent = webhook.Active ? await Send(webhook, lease.Name, delivery.Body, ct) : new Sent(null, null, "The webhook was disabled.", false);
        var delivered = sent.Status is >= 200 and < 300;
        var again = !delivered && sent.MayPass && lease.Attempts < AttemptsMax;
        var noted = await db.Write<Done>(session =>
        {
            if (JobQueue.CheckLease(session, lease) is { } stale) return stale;
            session.Execute(Note, lease.Name, (int)(delivered ? State.Delivered : again ? State.Waiting : State.GivenUp), (long?)sent.Status, sent.Answer, sent.Error, clock.GetUtcNow().ToUnixTimeMilliseconds());
            session.Execute(Forget, webhook.Id, KeptMax);
            return default(Done);
        }, ct);
        if (noted.Problem is { Status: not 409 } problem) throw new StorageException(problem);
        if (again) throw new HttpRequestException($"The webhook '{webhook.Name}' answered {(sent.Status is { } status ? status.ToString(CultureInfo.InvariantCulture) : "nothing")}: {sent.Error}");
    }

    private sealed record Sent(int? Status, string? Answer, string? Error, bool MayPass);

    private async Task<Sent> Send(WebhookRow webhook, string id, string body, CancellationToken ct)
    {
        // It was allowed when it was saved; since then the rules may have become stricter.
        if (check.Url(webhook.Url) is { } refused) return new Sent(null, null, refused.Message, false);
        var seconds = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-MLflow-Delivery-Id", id);
        request.Headers.Add("X-MLflow-Timestamp", seconds);
        if (webhook.Signed)
        {
            var secret = await secrets.Read(webhook.Workspace, Webhooks.SecretOf(webhook.Id), ct);
            // Unsigned it would be refused, or worse: believed. It waits for the key.
            if (secret.Problem is { } lost) return new Sent(null, null, "It cannot be signed: " + lost.Message, true);
            request.Headers.Add("X-MLflow-Signature", Sign(secret.Value, id, seconds, body));
        }
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            var (status, answer) = ((int)response.StatusCode, await Beginning(response, ct));
            // A redirect is not followed: whoever moved should say so to who set the webhook up.
            return new Sent(status, answer, status < 300 ? null : status < 400 ? "It answered a redirect, which is not followed." : $"It answered {status}.", status is 408 or 425 or 429 or >= 500);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return new Sent(null, null, Cut(failure is TaskCanceledException ? $"No answer within {Outbound.Timeout.TotalSeconds:0} seconds." : failure.InnerException?.Message is { } inner && failure.Message != inner ? $"{failure.Message} {inner}" : failure.Message), true);
        }
    }

    /// <summary>The signature of the reference: base64 of HMAC-SHA256 over `id.seconds.body`.</summary>
    public static string Sign(string secret, string id, string seconds, string body) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{id}.{seconds}.{body}")));

    private static async Task<string> Beginning(HttpResponseMessage response, CancellationToken ct)
    {
        var bytes = new byte[AnswerCharsMax];
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        return Encoding.UTF8.GetString(bytes, 0, read).Replace('\0', ' ');
    }

    private static string Body(string kind, JsonObject data, DateTimeOffset now)
    {
        string Whole(JsonObject said) => new JsonObject { ["entity"] = kind[..kind.IndexOf('.', StringComparison.Ordinal)], ["action"] = kind[(kind.IndexOf('.', StringComparison.Ordinal) + 1)..], ["timestamp"] = now.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff+00:00", CultureInfo.InvariantCulture), ["data"] = said }.ToJsonString();
        var body = Whole(data);
        if (body.Length <= BodyCharsMax) return body;
        var small = new JsonObject { ["truncated"] = true };
        foreach (var name in (ReadOnlySpan<string>)["name", "version", "alias", "key"])
            if ((string?)data[name] is { } value) small[name] = value;
        return Whole(small);
    }

    private static string Cut(string text) => text.Length > AnswerCharsMax ? text[..AnswerCharsMax] : text;
}
