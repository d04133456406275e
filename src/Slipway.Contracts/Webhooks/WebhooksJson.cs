using System.Text.Json.Serialization;

namespace Slipway.Webhooks;

/// <summary>How the records of webhooks are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(CreateWebhook))]
[JsonSerializable(typeof(UpdateWebhook))]
[JsonSerializable(typeof(WebhookRef))]
[JsonSerializable(typeof(WebhookAnswer))]
[JsonSerializable(typeof(ListWebhooks))]
[JsonSerializable(typeof(WebhooksPage))]
[JsonSerializable(typeof(TestWebhook))]
[JsonSerializable(typeof(WebhookTested))]
[JsonSerializable(typeof(ListWebhookDeliveries))]
[JsonSerializable(typeof(WebhookDeliveriesPage))]
[JsonSerializable(typeof(SendAgain))]
public sealed partial class WebhooksJson : JsonSerializerContext;
