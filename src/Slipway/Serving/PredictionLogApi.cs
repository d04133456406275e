using static Slipway.Right;

namespace Slipway.Serving;

/// <summary>The routes of the prediction log, of feedback and of live numbers.</summary>
internal static class PredictionLogApi
{
    /// <summary>What segments are sent as.</summary>
    public const string SegmentType = "application/vnd.slipway.predictions";

    /// <summary>The largest segment that other machines may send.</summary>
    public const long SegmentBytesMax = 8 * 1024 * 1024;

    private const string Endpoint = "/api/slipway/v1/endpoints/{name}";

    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, PredictionSearch search, PredictionRules rules, Outcomes outcomes, LiveEndpoints live, ForeignSegments foreign, AbAnalyses ab, PredictionExplanations explanations)
    {
        Wire.Add(PredictionsJson.Default);
        routes.Add<ListPredictions, PredictionsPage>("GET", Endpoint + "/predictions", ReadEndpoints, "Lists an endpoint's logged predictions, the newest first.", search.List);
        routes.AddStream<ListPredictions>("GET", Endpoint + "/predictions/export", ReadEndpoints, "Streams an endpoint's logged predictions as JSON lines or CSV.", "application/x-ndjson", (context, caller, request) => search.Export(context, caller, request));
        routes.Add<PredictionRef, PredictionDetail>("GET", "/api/slipway/v1/predictions/{id}", ReadEndpoints, "Answers a prediction with its outcomes, its version and what was decided about that.", search.Get);
        routes.Add<LoggedEndpointRef, PredictionLogSettings>("GET", Endpoint + "/prediction-log", ReadEndpoints, "Says what is logged of an endpoint, and what became of its records.", rules.Get);
        routes.Add<SetPredictionLog, PredictionLogSettings>("PUT", Endpoint + "/prediction-log", WriteEndpoints, "Says what is logged of an endpoint from now on.", rules.Set);
        routes.Add<LoggedEndpointRef, LiveEndpoint>("GET", Endpoint + "/live", ReadEndpoints, "Answers rates, errors and latencies of the last minutes on this server.", live.Get);
        routes.Add<ExplainPrediction, Explanation>("GET", "/api/slipway/v1/predictions/{id}/explanation", ReadEndpoints, "Explains a logged prediction by the version that made it.", explanations.Explain);
        routes.Add<AnalyseAb, AbAnalysis>("GET", Endpoint + "/ab", ReadEndpoints, "Compares an endpoint's arms by what came of their predictions.", ab.Analyse);
        routes.Add<PostFeedback, FeedbackAnswer>("POST", "/api/feedback", InvokeEndpoints, "Takes in what came of predictions.", outcomes.Post);
        routes.AddBytes<SegmentTaken>("POST", "/api/slipway/v1/prediction-log", InvokeEndpoints, "Takes in predictions that were made elsewhere: in a program or at the edge.", SegmentType, foreign.Take, SegmentBytesMax);
    }
}
