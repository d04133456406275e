using System.Text.Json.Serialization;

namespace Slipway.Tracking;

/// <summary>JSON of tracking's own forms: quoted values in messages, batches read into columns, answers written straight from rows.</summary>
[JsonSourceGenerationOptions]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(WrittenJson))]
[JsonSerializable(typeof(LoggedBatch))]
internal sealed partial class TrackingTexts : JsonSerializerContext;
