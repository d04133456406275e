using System.Text.Json.Serialization;

namespace Slipway.Registry;

/// <summary>How the registry API's records are read and written: the server, the SDK and the OpenAPI document share it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(CreateRegisteredModel))]
[JsonSerializable(typeof(RegisteredModelAnswer))]
[JsonSerializable(typeof(RegisteredModelRef))]
[JsonSerializable(typeof(RenameRegisteredModel))]
[JsonSerializable(typeof(UpdateRegisteredModel))]
[JsonSerializable(typeof(SearchRegisteredModels))]
[JsonSerializable(typeof(RegisteredModelsPage))]
[JsonSerializable(typeof(SetRegisteredModelTag))]
[JsonSerializable(typeof(DeleteRegisteredModelTag))]
[JsonSerializable(typeof(SetRegisteredModelAlias))]
[JsonSerializable(typeof(RegisteredModelAliasRef))]
[JsonSerializable(typeof(GetLatestVersions))]
[JsonSerializable(typeof(LatestVersions))]
[JsonSerializable(typeof(CreateModelVersion))]
[JsonSerializable(typeof(ModelVersionAnswer))]
[JsonSerializable(typeof(ModelVersionRef))]
[JsonSerializable(typeof(UpdateModelVersion))]
[JsonSerializable(typeof(TransitionModelVersion))]
[JsonSerializable(typeof(SearchModelVersions))]
[JsonSerializable(typeof(ModelVersionsPage))]
[JsonSerializable(typeof(ModelVersionDownloadUri))]
[JsonSerializable(typeof(SetModelVersionTag))]
[JsonSerializable(typeof(DeleteModelVersionTag))]
[JsonSerializable(typeof(GetModelHistory))]
[JsonSerializable(typeof(ModelHistoryPage))]
[JsonSerializable(typeof(RollbackModel))]
[JsonSerializable(typeof(ModelRolledBack))]
[JsonSerializable(typeof(MoveModelVersions))]
[JsonSerializable(typeof(ModelPackage))]
[JsonSerializable(typeof(ModelPackageCheck))]
[JsonSerializable(typeof(ModelScan))]
[JsonSerializable(typeof(ScannedFile))]
[JsonSerializable(typeof(SignModelVersion))]
[JsonSerializable(typeof(ModelSignature))]
[JsonSerializable(typeof(ModelSignatureList))]
[JsonSerializable(typeof(AddModelKey))]
[JsonSerializable(typeof(ModelKeyRef))]
[JsonSerializable(typeof(ListModelKeys))]
[JsonSerializable(typeof(ModelKey))]
[JsonSerializable(typeof(ModelKeyList))]
[JsonSerializable(typeof(AskModelOverviews))]
[JsonSerializable(typeof(ModelOverviews))]
[JsonSerializable(typeof(OnnxSummary))]
[JsonSerializable(typeof(OnnxSummary[]))]
public sealed partial class RegistryJson : JsonSerializerContext;
