using System.Text.Json.Serialization;

namespace Slipway.Registry;

/// <summary>How the records of gates, approvals and stages are read and written: the server, the SDK and the OpenAPI document share it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(GatePolicy))]
[JsonSerializable(typeof(ListGatePolicies))]
[JsonSerializable(typeof(GatePolicies))]
[JsonSerializable(typeof(GatePolicyRef))]
[JsonSerializable(typeof(SaveGatePolicy))]
[JsonSerializable(typeof(CheckGatePolicy))]
[JsonSerializable(typeof(GatePolicyChecked))]
[JsonSerializable(typeof(TryGatePolicy))]
[JsonSerializable(typeof(GatePolicyTried))]
[JsonSerializable(typeof(GateAttachment))]
[JsonSerializable(typeof(GateAttachments))]
[JsonSerializable(typeof(ListGateRules))]
[JsonSerializable(typeof(SlotProtection))]
[JsonSerializable(typeof(SlotProtections))]
[JsonSerializable(typeof(GateQuestion))]
[JsonSerializable(typeof(VersionGates))]
[JsonSerializable(typeof(GateEvaluation))]
[JsonSerializable(typeof(ListGateEvaluations))]
[JsonSerializable(typeof(GateEvaluationsPage))]
[JsonSerializable(typeof(GateEvaluationRef))]
[JsonSerializable(typeof(WaiveGateCheck))]
[JsonSerializable(typeof(RevokeGateWaiver))]
[JsonSerializable(typeof(GateWaiver))]
[JsonSerializable(typeof(AskApproval))]
[JsonSerializable(typeof(ListApprovals))]
[JsonSerializable(typeof(ApprovalsPage))]
[JsonSerializable(typeof(ApprovalRef))]
[JsonSerializable(typeof(ApprovalWord))]
[JsonSerializable(typeof(ApprovalRequest))]
[JsonSerializable(typeof(ModelStages))]
[JsonSerializable(typeof(RegisteredModelRef))]
public sealed partial class GatesJson : JsonSerializerContext;
