using System.Text.Json.Serialization;

namespace Slipway.Serving;

/// <summary>How the records of endpoints are read and written: the server, the SDK and the OpenAPI document share it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(Endpoint))]
[JsonSerializable(typeof(ListEndpoints))]
[JsonSerializable(typeof(EndpointsPage))]
[JsonSerializable(typeof(EndpointRef))]
[JsonSerializable(typeof(SaveEndpoint))]
[JsonSerializable(typeof(RouteEndpoint))]
[JsonSerializable(typeof(DeployVersion))]
[JsonSerializable(typeof(RollbackEndpoint))]
[JsonSerializable(typeof(PauseEndpoint))]
[JsonSerializable(typeof(SteerCanary))]
[JsonSerializable(typeof(ListRevisions))]
[JsonSerializable(typeof(RevisionsPage))]
[JsonSerializable(typeof(SendRewards))]
[JsonSerializable(typeof(RewardsTaken))]
[JsonSerializable(typeof(MakeEndpointKey))]
[JsonSerializable(typeof(EndpointKeyRef))]
[JsonSerializable(typeof(EndpointKeys))]
[JsonSerializable(typeof(EndpointKeyMade))]
[JsonSerializable(typeof(ExportEndpoint))]
[JsonSerializable(typeof(Done))]
public sealed partial class EndpointsJson : JsonSerializerContext;
