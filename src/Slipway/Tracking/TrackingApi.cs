using static Slipway.Right;

namespace Slipway.Tracking;

/// <summary>The routes of tracking: MLflow's, under its prefixes for clients and for pages, and ours.</summary>
internal static class TrackingApi
{
    /// <summary>Where our own routes lie.</summary>
    public const string Own = "/api/slipway/v1";

    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, Experiments experiments, Runs runs, LoggedModels models, History history, Ingest ingest, Garbage garbage, LiveStreams live)
    {
        Wire.Add(TrackingJson.Default);
        Wire.Add(TrackingTexts.Default);
        var api = routes.Under("/api/2.0/mlflow", "/ajax-api/2.0/mlflow");
        MapExperiments(api, experiments, runs);
        MapRuns(api, runs);
        MapModels(api, models);
        MapMetrics(api, history);

        routes.AddBytes("POST", IngestFormat.Path, WriteExperiments, "Takes in records of a client's log, each once: points, params, tags, beginnings and states of many runs, in the SDK's binary format.",
            IngestFormat.ContentType, ingest.Take, IngestFormat.BytesMax);
        routes.Add<DeleteRun, Done>("DELETE", Own + "/runs/{run_id}", WriteExperiments, "Deletes a run; with hard=true for good, with everything logged to it.", runs.Remove);
        routes.Add<RunRef, Done>("POST", Own + "/runs/{run_id}/heartbeat", WriteExperiments, "Notes that the run's process lives; from the first one on, a long silence fails the run.", runs.Heartbeat);
        MapGarbage(routes, garbage);
        routes.Raw("GET", Own + "/runs/{run_id}/stream", ReadExperiments, "Streams a run's changes and metrics as server-sent events, taken up with Last-Event-ID.", live.OfRun);
        routes.Raw("GET", Own + "/experiments/{experiment_id}/stream", ReadExperiments, "Streams the changes of an experiment and its runs as server-sent events, taken up with Last-Event-ID.", live.OfExperiment);
        routes.Add<SendHeartbeats, HeartbeatsNoted>("POST", Own + "/runs/heartbeats", WriteExperiments, "Notes that the process of several runs lives.", runs.Heartbeats);
        routes.Add<RunRef, RunLiveness>("GET", Own + "/runs/{run_id}/liveness", ReadExperiments, "Answers whether a run's process shows signs of life: alive, silent, lost or ended.", runs.Liveness);
        routes.Add<GetSeries, SeriesAnswer>("GET", Own + "/runs/{run_id}/metrics/series", ReadExperiments, "Answers a metric in buckets, with the exact range of each.", history.GetSeries);
    }

    private static void MapGarbage(Routes routes, Garbage garbage)
    {
        routes.Add<ListGarbage, GarbagePage>("GET", Own + "/gc", Administer, "Lists what a collection would delete for good: runs with bytes and references, experiments whose names become free.", garbage.List);
        routes.Add<CollectGarbage, GarbageCollected>("POST", Own + "/gc", Administer, "Deletes for good what was deleted softly long enough ago.", garbage.Collect);
    }

    private static void MapExperiments(RouteGroup api, Experiments experiments, Runs runs)
    {
        api.Post<CreateExperiment, ExperimentCreated>("/experiments/create", CreateExperiments, "Creates an experiment.", experiments.Create);
        api.Get<ExperimentRef, ExperimentAnswer>("/experiments/get", ReadExperiments, "Answers an experiment, also a deleted one.", experiments.Get);
        api.Get<GetExperimentByName, ExperimentAnswer>("/experiments/get-by-name", ReadExperiments, "Answers an experiment by its name, also a deleted one.", experiments.GetByName);
        foreach (var method in (ReadOnlySpan<string>)["POST", "GET"])
            api.Add<SearchExperiments, ExperimentsPage>(method, "/experiments/search", ReadExperiments, "Finds experiments by filter, a page at a time.", experiments.Search);
        api.Post<UpdateExperiment, Done>("/experiments/update", WriteExperiments, "Renames an active experiment.", experiments.Update);
        api.Post<ExperimentRef, Done>("/experiments/delete", WriteExperiments, "Deletes an experiment softly, and its active runs.", experiments.Delete);
        api.Post<ExperimentRef, Done>("/experiments/restore", WriteExperiments, "Restores a deleted experiment and its runs.", experiments.Restore);
        api.Post<SetExperimentTag, Done>("/experiments/set-experiment-tag", WriteExperiments, "Sets a tag of an experiment.", experiments.SetTag);
        api.Post<DeleteExperimentTag, Done>("/experiments/delete-experiment-tag", WriteExperiments, "Deletes a tag of an experiment.", experiments.DeleteTag);
        api.Post<SearchDatasets, SearchDatasetsAnswer>("/experiments/search-datasets", ReadExperiments, "Lists the data sets that the runs of some experiments used.", runs.SearchDatasets);
    }

    private static void MapRuns(RouteGroup api, Runs runs)
    {
        api.Post<CreateRun, RunAnswer>("/runs/create", WriteExperiments, "Creates a run.", runs.Create);
        api.Add<RunRef, WrittenJson>("GET", "/runs/get", ReadExperiments, "Answers a run with everything logged to it, also a deleted one.", runs.Get,
            looksOut: TrackingJson.Default.RunAnswer);
        api.Add<SearchRuns, WrittenJson>("POST", "/runs/search", ReadExperiments, "Finds runs by filter in any order, a page at a time.", runs.Search,
            looksOut: TrackingJson.Default.RunsPage);
        api.Post<UpdateRun, RunUpdated>("/runs/update", WriteExperiments, "Changes status, end time or name of a run.", runs.Update);
        api.Post<RunRef, Done>("/runs/delete", WriteExperiments, "Deletes a run softly.", runs.Delete);
        api.Post<RunRef, Done>("/runs/restore", WriteExperiments, "Restores a deleted run.", runs.Restore);
        api.Add<LoggedBatch, Done>("POST", "/runs/log-batch", WriteExperiments, "Logs metrics, params and tags: all of them or none.", runs.Log,
            LogBatch.BytesMax, looksIn: TrackingJson.Default.LogBatch);
        api.Post<LogMetric, Done>("/runs/log-metric", WriteExperiments, "Logs one point of a metric.", runs.LogMetric);
        api.Post<LogParam, Done>("/runs/log-parameter", WriteExperiments, "Logs a param, which never changes afterwards.", runs.LogParam);
        api.Post<SetTag, Done>("/runs/set-tag", WriteExperiments, "Sets a tag of a run.", runs.SetTag);
        api.Post<DeleteTag, Done>("/runs/delete-tag", WriteExperiments, "Deletes a tag of a run.", runs.DeleteTag);
        api.Post<LogModel, Done>("/runs/log-model", WriteExperiments, "Notes a model in the run's tags, the older way.", runs.LogModel);
        api.Post<LogInputs, Done>("/runs/log-inputs", WriteExperiments, "Notes the data sets and models that a run read.", runs.LogInputs);
        api.Post<LogOutputs, Done>("/runs/outputs", WriteExperiments, "Notes the models that a run wrote.", runs.LogOutputs);
    }

    private static void MapMetrics(RouteGroup api, History history)
    {
        api.Add<GetHistory, WrittenJson>("GET", "/metrics/get-history", ReadExperiments, "Answers a page of a metric's points.", history.Get,
            looksOut: TrackingJson.Default.HistoryPage);
        api.Add<GetHistoryBulk, WrittenJson>("GET", "/metrics/get-history-bulk", ReadExperiments, "Answers one metric's points of several runs.", history.GetBulk,
            looksOut: TrackingJson.Default.HistoryPage);
        api.Add<GetHistoryInterval, WrittenJson>("GET", "/metrics/get-history-bulk-interval", ReadExperiments, "Answers one metric of several runs at evenly spaced steps.",
            history.GetInterval, looksOut: TrackingJson.Default.HistoryPage);
    }

    private static void MapModels(RouteGroup api, LoggedModels models)
    {
        api.Post<CreateLoggedModel, LoggedModelAnswer>("/logged-models", WriteExperiments, "Creates a logged model, pending until it is finalised.", models.Create);
        api.Post<SearchLoggedModels, LoggedModelsPage>("/logged-models/search", ReadExperiments, "Finds logged models by filter, a page at a time.", models.Search);
        api.Get<LoggedModelRef, LoggedModelAnswer>("/logged-models/{model_id}", ReadExperiments, "Answers a logged model.", models.Get);
        api.Patch<FinalizeLoggedModel, LoggedModelAnswer>("/logged-models/{model_id}", WriteExperiments, "Says whether a logged model's files are up.", models.Finalise);
        api.Delete<LoggedModelRef, Done>("/logged-models/{model_id}", WriteExperiments, "Deletes a logged model softly.", models.Delete);
        api.Patch<SetLoggedModelTags, LoggedModelAnswer>("/logged-models/{model_id}/tags", WriteExperiments, "Sets tags of a logged model.", models.SetTags);
        api.Delete<DeleteLoggedModelTag, LoggedModelAnswer>("/logged-models/{model_id}/tags/{tag_key}", WriteExperiments, "Deletes a tag of a logged model.", models.DeleteTag);
        api.Post<LogLoggedModelParams, Done>("/logged-models/{model_id}/params", WriteExperiments, "Adds params to a logged model.", models.LogParams);
    }
}
