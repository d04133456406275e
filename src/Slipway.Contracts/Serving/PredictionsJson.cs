using System.Text.Json.Serialization;

namespace Slipway.Serving;

/// <summary>How the records of the prediction log are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(ListPredictions))]
[JsonSerializable(typeof(PredictionsPage))]
[JsonSerializable(typeof(PredictionRecord))]
[JsonSerializable(typeof(PredictionRef))]
[JsonSerializable(typeof(PredictionDetail))]
[JsonSerializable(typeof(PostFeedback))]
[JsonSerializable(typeof(FeedbackAnswer))]
[JsonSerializable(typeof(LoggedEndpointRef))]
[JsonSerializable(typeof(SetPredictionLog))]
[JsonSerializable(typeof(PredictionLogSettings))]
[JsonSerializable(typeof(SegmentTaken))]
[JsonSerializable(typeof(LiveEndpoint))]
[JsonSerializable(typeof(AnalyseAb))]
[JsonSerializable(typeof(AbAnalysis))]
[JsonSerializable(typeof(ExplainPrediction))]
[JsonSerializable(typeof(Explanation))]
public sealed partial class PredictionsJson : JsonSerializerContext;
