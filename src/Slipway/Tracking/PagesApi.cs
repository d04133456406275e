using static Slipway.Right;

namespace Slipway.Tracking;

/// <summary>The routes that fast pages are built on: a table of all runs, its columns and keys. docs/pages-api.md describes every byte.</summary>
internal static class PagesApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, Runs edited, RunTable table, ChartSeries charts, LiveStreams live, Finder finder)
    {
        Wire.Add(PagesJson.Default);
        const string runs = TrackingApi.Own + "/runs";
        routes.AddStream<OrderRuns>("POST", runs + "/order", ReadExperiments, $"Answers the ids of all runs that fit, in order, as bytes: at most {OrderRuns.RunsMax:N0} runs of {OrderRuns.ExperimentsMax} experiments.",
            RunOrderFormat.ContentType, table.Order);
        routes.Add<ReadRunRows, WrittenJson>("POST", runs + "/rows", ReadExperiments, $"Answers columns of runs, an array a column: at most {ReadRunRows.ColumnsMax} columns of {ReadRunRows.RunsMax:N0} runs.", table.Rows,
            looksOut: PagesJson.Default.RunRows);
        routes.Add<ListRunKeys, RunKeys>("POST", runs + "/keys", ReadExperiments, $"Lists the keys of metrics, params or tags that the runs of some experiments have: at most {ListRunKeys.KeysMax:N0} keys of {OrderRuns.ExperimentsMax} experiments.", table.Keys);
        routes.AddStream<ExportRuns>("POST", runs + "/export", ReadExperiments, $"Answers columns of all runs that fit, in order, as CSV: at most {OrderRuns.RunsMax:N0} runs and {ReadRunRows.ColumnsMax} columns.", "text/csv", table.Export);
        routes.Add<FindThings, FoundThings>("GET", TrackingApi.Own + "/find", ReadExperiments, $"Finds experiments, runs, models, prompts and reports by name or id, at most {FindThings.ResultsMax}.", finder.Find);
        routes.Add<EditRuns, RunsEdited>("POST", runs + "/edit", WriteExperiments, $"Sets and deletes tags, deletes or restores: at most {EditRuns.RunsMax:N0} runs of {EditRuns.ExperimentsMax} experiments in one write.", edited.EditMany);
        routes.AddStream<QuerySeries>("POST", TrackingApi.Own + "/metrics/series", ReadExperiments, $"Answers series for charts, as bytes: their points, or at most {QuerySeries.BucketsMax:N0} buckets with exact extremes, of at most {QuerySeries.SeriesMax:N0} series.",
            SeriesFormat.ContentType, charts.Write);
        routes.Raw("GET", TrackingApi.Own + "/stream", ReadExperiments, $"Streams the changes of up to {LiveBundle.RootsMax} experiments and runs as server-sent events, and which runs got points; taken up with Last-Event-ID.", live.OfMany);
    }
}
