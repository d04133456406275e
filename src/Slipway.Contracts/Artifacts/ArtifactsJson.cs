using System.Text.Json.Serialization;

namespace Slipway.Artifacts;

/// <summary>How the artifact API's records are read and written: the server, the SDK and the OpenAPI document share it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(ListArtifacts))]
[JsonSerializable(typeof(ListModelArtifacts))]
[JsonSerializable(typeof(ListedArtifacts))]
[JsonSerializable(typeof(ListStoredArtifacts))]
[JsonSerializable(typeof(StoredArtifacts))]
[JsonSerializable(typeof(CreateMultipartUpload))]
[JsonSerializable(typeof(MultipartUpload))]
[JsonSerializable(typeof(CompleteMultipartUpload))]
[JsonSerializable(typeof(AbortMultipartUpload))]
[JsonSerializable(typeof(CreateUpload))]
[JsonSerializable(typeof(Upload))]
[JsonSerializable(typeof(CompleteUpload))]
[JsonSerializable(typeof(StoredArtifact))]
public sealed partial class ArtifactsJson : JsonSerializerContext;
