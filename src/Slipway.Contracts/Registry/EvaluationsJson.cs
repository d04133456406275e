using System.Text.Json.Serialization;

namespace Slipway.Registry;

/// <summary>How the records of evaluations and promotions are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(AddEvalDataset))]
[JsonSerializable(typeof(EvalDatasetRef))]
[JsonSerializable(typeof(EvalDatasetAnswer))]
[JsonSerializable(typeof(ListEvalDatasets))]
[JsonSerializable(typeof(EvalDatasetsPage))]
[JsonSerializable(typeof(EvalDatasetUploaded))]
[JsonSerializable(typeof(EvaluateModelVersion))]
[JsonSerializable(typeof(ListModelEvaluations))]
[JsonSerializable(typeof(ModelEvaluationRef))]
[JsonSerializable(typeof(ModelEvaluationAnswer))]
[JsonSerializable(typeof(ModelEvaluationsPage))]
[JsonSerializable(typeof(PromoteModelVersion))]
[JsonSerializable(typeof(ListModelPromotions))]
[JsonSerializable(typeof(ModelPromotionAnswer))]
[JsonSerializable(typeof(ModelPromotionsAnswer))]
[JsonSerializable(typeof(ModelOrigin))]
public sealed partial class EvaluationsJson : JsonSerializerContext;
