using System.Text.Json.Serialization;

namespace Slipway.Jobs;

/// <summary>How the records of jobs are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(ListJobQueues))]
[JsonSerializable(typeof(JobQueuesAnswer))]
[JsonSerializable(typeof(ListJobs))]
[JsonSerializable(typeof(JobsPage))]
[JsonSerializable(typeof(JobRef))]
[JsonSerializable(typeof(JobAnswer))]
[JsonSerializable(typeof(ListJobFailures))]
[JsonSerializable(typeof(JobFailuresPage))]
[JsonSerializable(typeof(ListJobSchedules))]
[JsonSerializable(typeof(JobSchedulesAnswer))]
[JsonSerializable(typeof(JobScheduleRef))]
public sealed partial class JobsJson : JsonSerializerContext;
