namespace Slipway.Webhooks;

/// <summary>An address that is told of changes in the registry.</summary>
/// <param name="WebhookId">A UUID with dashes.</param>
/// <param name="Name">At most <see cref="NameCharsMax"/> letters, digits, `.`, `_` and `-`.</param>
/// <param name="Description">Free text.</param>
/// <param name="Url">Where it is told.</param>
/// <param name="Events">Of what.</param>
/// <param name="Status">ACTIVE or DISABLED.</param>
/// <param name="CreationTimestamp">Unix milliseconds.</param>
/// <param name="LastUpdatedTimestamp">Unix milliseconds.</param>
public sealed record Webhook(string? WebhookId = null, string? Name = null, string? Description = null, string? Url = null, WebhookEvent[]? Events = null, string? Status = null,
    long? CreationTimestamp = null, long? LastUpdatedTimestamp = null)
{
    /// <summary>The longest name, in characters.</summary>
    public const int NameCharsMax = 63;

    /// <summary>The longest address, in characters.</summary>
    public const int UrlCharsMax = 500;

    /// <summary>The longest description, in characters.</summary>
    public const int DescriptionCharsMax = 1_000;

    /// <summary>The longest secret, in characters.</summary>
    public const int SecretCharsMax = 1_000;

    /// <summary>The most webhooks of a workspace.</summary>
    public const int WebhooksMax = 100;
}

/// <summary>A kind of change.</summary>
/// <param name="Entity">REGISTERED_MODEL, MODEL_VERSION, MODEL_VERSION_TAG, MODEL_VERSION_ALIAS, PROMPT, PROMPT_VERSION, PROMPT_TAG, PROMPT_VERSION_TAG or PROMPT_ALIAS.</param>
/// <param name="Action">CREATED, UPDATED, DELETED or SET, as fits the entity.</param>
public sealed record WebhookEvent(string? Entity = null, string? Action = null);

/// <summary>POST webhooks.</summary>
/// <param name="Name">Required.</param>
/// <param name="Description">Free text.</param>
/// <param name="Url">Required: https, and not a private address unless the operator allows that.</param>
/// <param name="Events">Required: at least one.</param>
/// <param name="Secret">Signs what is sent; never shown.</param>
/// <param name="Status">ACTIVE if null.</param>
public sealed record CreateWebhook(string? Name = null, string? Description = null, string? Url = null, WebhookEvent[]? Events = null, string? Secret = null, string? Status = null);

/// <summary>PATCH webhooks/{webhook_id}: what is absent or empty stays.</summary>
/// <param name="WebhookId">Required; part of the path.</param>
/// <param name="Name">The new name.</param>
/// <param name="Description">The new description.</param>
/// <param name="Url">The new address.</param>
/// <param name="Events">The new kinds of change.</param>
/// <param name="Secret">The new secret.</param>
/// <param name="Status">ACTIVE or DISABLED.</param>
public sealed record UpdateWebhook(string? WebhookId = null, string? Name = null, string? Description = null, string? Url = null, WebhookEvent[]? Events = null, string? Secret = null, string? Status = null);

/// <summary>Names one webhook: GET and DELETE webhooks/{webhook_id}.</summary>
/// <param name="WebhookId">Required; part of the path.</param>
public sealed record WebhookRef(string? WebhookId = null);

/// <summary>The answer of most webhook routes.</summary>
/// <param name="Webhook">The webhook as it is now.</param>
public sealed record WebhookAnswer(Webhook? Webhook = null);

/// <summary>GET webhooks.</summary>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, <see cref="MaxResultsDefault"/> if null or 0.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListWebhooks(int? MaxResults = null, string? PageToken = null)
{
    /// <summary>The page if none is asked for.</summary>
    public const int MaxResultsDefault = 100;

    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 1_000;
}

/// <summary>One page of webhooks.</summary>
/// <param name="Webhooks">The newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record WebhooksPage(Webhook[]? Webhooks = null, string? NextPageToken = null);

/// <summary>POST webhooks/{webhook_id}/test.</summary>
/// <param name="WebhookId">Required; part of the path.</param>
/// <param name="Event">Which example is sent; the first of the webhook's events if null.</param>
public sealed record TestWebhook(string? WebhookId = null, WebhookEvent? Event = null);

/// <summary>The answer of a test.</summary>
/// <param name="Result">What came of it.</param>
public sealed record WebhookTested(WebhookTestResult? Result = null);

/// <summary>What came of a test.</summary>
/// <param name="Success">True for answers below 400.</param>
/// <param name="ResponseStatus">The HTTP status.</param>
/// <param name="ResponseBody">The beginning of the answer.</param>
/// <param name="ErrorMessage">Why there was none.</param>
public sealed record WebhookTestResult(bool? Success = null, int? ResponseStatus = null, string? ResponseBody = null, string? ErrorMessage = null);

/// <summary>GET webhooks/{webhook_id}/deliveries, the newest first.</summary>
/// <param name="WebhookId">Required; part of the path.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListWebhookDeliveries(string? WebhookId = null, string? PageToken = null);

/// <summary>One page of a webhook's deliveries.</summary>
/// <param name="Deliveries">The newest first; the newest 1,000 are kept.</param>
/// <param name="Dropped">How many were never tried because too many waited before them.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record WebhookDeliveriesPage(WebhookDelivery[]? Deliveries = null, long Dropped = 0, string? NextPageToken = null);

/// <summary>One thing that was told, or tried to be.</summary>
/// <param name="DeliveryId">Also in the header X-MLflow-Delivery-Id of each attempt.</param>
/// <param name="Event">ENTITY.ACTION in lower case.</param>
/// <param name="State">WAITING, DELIVERED or GIVEN_UP.</param>
/// <param name="Attempts">How many there were.</param>
/// <param name="ResponseStatus">The last answer's HTTP status.</param>
/// <param name="ResponseBody">The beginning of the last answer.</param>
/// <param name="ErrorMessage">Why the last attempt failed.</param>
/// <param name="CreationTimestamp">Unix milliseconds.</param>
/// <param name="AttemptTimestamp">Of the last attempt, Unix milliseconds.</param>
/// <param name="Body">What is sent.</param>
public sealed record WebhookDelivery(string? DeliveryId = null, string? Event = null, string? State = null, long? Attempts = null, long? ResponseStatus = null, string? ResponseBody = null,
    string? ErrorMessage = null, long? CreationTimestamp = null, long? AttemptTimestamp = null, string? Body = null);

/// <summary>POST webhooks/{webhook_id}/deliveries/{delivery_id}/send-again.</summary>
/// <param name="WebhookId">Required; part of the path.</param>
/// <param name="DeliveryId">Required; part of the path.</param>
public sealed record SendAgain(string? WebhookId = null, string? DeliveryId = null);
