using System.Text.Json.Serialization;

namespace Slipway.Tracking;

/// <summary>How the records of what fast pages ask for are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(OrderRuns))]
[JsonSerializable(typeof(ReadRunRows))]
[JsonSerializable(typeof(RunRows))]
[JsonSerializable(typeof(ListRunKeys))]
[JsonSerializable(typeof(RunKeys))]
[JsonSerializable(typeof(ExportRuns))]
[JsonSerializable(typeof(FindThings))]
[JsonSerializable(typeof(FoundThings))]
[JsonSerializable(typeof(QuerySeries))]
[JsonSerializable(typeof(EditRuns))]
[JsonSerializable(typeof(RunsEdited))]
public sealed partial class PagesJson : JsonSerializerContext;
