using System.Text.Json.Serialization;

namespace Slipway.Registry;

/// <summary>What gates keep as JSON in the database: the wire's records in the wire's names.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GateCheckResult[]))]
[JsonSerializable(typeof(GatePolicyUsed[]))]
[JsonSerializable(typeof(ApprovalNeed[]))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class GateJson : JsonSerializerContext;
