using System.Runtime.CompilerServices;
using Slipway.Webhooks;

namespace Slipway.Client;

/// <summary>Webhooks of the workspace and what was sent to them. Needs the right to manage every model.</summary>
public sealed class WebhooksClient
{
    private const string Mlflow = "api/2.0/mlflow/webhooks";
    private const string Own = "api/slipway/v1/webhooks";

    private readonly Transport transport;

    internal WebhooksClient(Transport transport) => this.transport = transport;

    /// <summary>Webhooks, the newest first, page after page as they are read.</summary>
    public async IAsyncEnumerable<Webhook> ListAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<WebhooksPage>($"{Mlflow}?page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var one in page.Webhooks ?? []) yield return one;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>One webhook.</summary>
    public async Task<Webhook> GetAsync(string id, CancellationToken ct = default) => (await transport.Get<WebhookAnswer>($"{Mlflow}/{Checked(id)}", ct).ConfigureAwait(false)).Webhook!;

    /// <summary>Sends an example now, and says what came of it.</summary>
    /// <param name="id">The webhook.</param>
    /// <param name="kind">Of this kind of change; null for the first that it asks for.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<WebhookTestResult> TestAsync(string id, WebhookEvent? kind = null, CancellationToken ct = default) =>
        (await transport.Post<TestWebhook, WebhookTested>($"{Mlflow}/{Checked(id)}/test", new TestWebhook(id, kind), ct, idempotent: false).ConfigureAwait(false)).Result!;

    /// <summary>What was sent to a webhook, the newest first, page after page as they are read.</summary>
    public async IAsyncEnumerable<WebhookDelivery> DeliveriesAsync(string id, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<WebhookDeliveriesPage>($"{Own}/{Checked(id)}/deliveries?page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var one in page.Deliveries ?? []) yield return one;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>Sends a delivery again, under an id of its own.</summary>
    public Task SendAgainAsync(string id, string delivery, CancellationToken ct = default) => transport.Post<SendAgain, Done>($"{Own}/{Checked(id)}/deliveries/{Checked(delivery)}/send-again", new SendAgain(id, delivery), ct, idempotent: false);

    private static string Checked(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return Uri.EscapeDataString(id);
    }
}
