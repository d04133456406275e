using System.Text.Json.Serialization;

namespace Slipway.Tracking;

/// <summary>How the tracking API's records are read and written: the server, the SDK and the OpenAPI document share it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(CreateExperiment))]
[JsonSerializable(typeof(ExperimentCreated))]
[JsonSerializable(typeof(ExperimentRef))]
[JsonSerializable(typeof(GetExperimentByName))]
[JsonSerializable(typeof(ExperimentAnswer))]
[JsonSerializable(typeof(UpdateExperiment))]
[JsonSerializable(typeof(SetExperimentTag))]
[JsonSerializable(typeof(DeleteExperimentTag))]
[JsonSerializable(typeof(SearchExperiments))]
[JsonSerializable(typeof(ExperimentsPage))]
[JsonSerializable(typeof(CreateRun))]
[JsonSerializable(typeof(RunAnswer))]
[JsonSerializable(typeof(UpdateRun))]
[JsonSerializable(typeof(RunUpdated))]
[JsonSerializable(typeof(RunRef))]
[JsonSerializable(typeof(DeleteRun))]
[JsonSerializable(typeof(SearchRuns))]
[JsonSerializable(typeof(RunsPage))]
[JsonSerializable(typeof(LogBatch))]
[JsonSerializable(typeof(IngestAnswer))]
[JsonSerializable(typeof(SendHeartbeats))]
[JsonSerializable(typeof(HeartbeatsNoted))]
[JsonSerializable(typeof(RunLiveness))]
[JsonSerializable(typeof(LogMetric))]
[JsonSerializable(typeof(LogParam))]
[JsonSerializable(typeof(SetTag))]
[JsonSerializable(typeof(DeleteTag))]
[JsonSerializable(typeof(LogModel))]
[JsonSerializable(typeof(LogInputs))]
[JsonSerializable(typeof(LogOutputs))]
[JsonSerializable(typeof(GetHistory))]
[JsonSerializable(typeof(HistoryPage))]
[JsonSerializable(typeof(GetHistoryBulk))]
[JsonSerializable(typeof(GetHistoryInterval))]
[JsonSerializable(typeof(GetSeries))]
[JsonSerializable(typeof(SeriesAnswer))]
[JsonSerializable(typeof(SearchDatasets))]
[JsonSerializable(typeof(SearchDatasetsAnswer))]
[JsonSerializable(typeof(CreateLoggedModel))]
[JsonSerializable(typeof(LoggedModelAnswer))]
[JsonSerializable(typeof(FinalizeLoggedModel))]
[JsonSerializable(typeof(LoggedModelRef))]
[JsonSerializable(typeof(SetLoggedModelTags))]
[JsonSerializable(typeof(DeleteLoggedModelTag))]
[JsonSerializable(typeof(LogLoggedModelParams))]
[JsonSerializable(typeof(SearchLoggedModels))]
[JsonSerializable(typeof(LoggedModelsPage))]
public sealed partial class TrackingJson : JsonSerializerContext;
