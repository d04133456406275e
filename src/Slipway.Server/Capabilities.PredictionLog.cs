using Microsoft.Extensions.Logging;
using Slipway.Artifacts;
using Slipway.Prediction;
using Slipway.Serving;

namespace Slipway.Server;

internal static partial class Capabilities
{
    /// <summary>The prediction log: it listens to every prediction of this server.</summary>
    private static void ComposePredictionLog(Parts parts, ArtifactVault vault)
    {
        var segments = new PredictionSegments(parts.Database, vault, parts.Clock);
        var log = new PredictionLog(parts.Clock, async (batch, ct) => (await segments.Add(batch.Target.Workspace, batch.Id, batch.Target.Endpoint, batch.Bytes, batch.FromMs, batch.ToMs, batch.Hashes, ct)).Problem);
        var metrics = new PredictionMetrics(parts.Clock);
        // Predictions of programs have names that are no endpoint's: they are for who may see all.
        EndpointSight sight = static (session, caller, name) => Endpoints.Find(session, caller, name, "", out _) is { } refused && !(refused.Status == 404 && caller.MayEverywhere(caller.Acting)) ? refused : null;
        var rules = new PredictionRules(parts.Database, parts.Events, log, sight, url => new Webhooks.WebhookCheck(parts.Options.OutboundAllowPrivate).Url(url));
        log.FirstRule = rules.RuleOf;
        var sink = new CloudEventSink(parts.Own(Outbound.Client(parts.Options.OutboundAllowPrivate)), rules.CloudEventsOf);
        rules.Sent = sink.Counts;
        log.Kept = sink.Take;
        parts.Loop("predictions.events", sink.Run);
        var outcomes = new Outcomes(parts.Database, segments, log, sight, parts.Clock) { Learning = OutcomeRewards.Learn };
        var search = new PredictionSearch(parts.Database, segments, log, sight) { Adding = PredictionOrigins.AddTo };
        var explanations = new PredictionExplanations(parts.Database, segments, search, parts.Serving.Table.Find);
        parts.Predictions.Explain = explanations.Explain;
        parts.Preparations.Add(async ct =>
        {
            await rules.Look(ct);
            return default(Done);
        });
        parts.AtClose(log.DisposeAsync);
        parts.Loop("predictions.log", log.Run);
        parts.Loop("predictions.rules", stop => rules.Follow(parts.Clock, stop));
        parts.JobHandlers.Add(new PredictionKeeper(parts.Database, segments, outcomes, parts.Clock, parts.Logs.CreateLogger<PredictionKeeper>()).Handler);
        parts.MetricTexts.Add(text => PredictionMetricsText.Write(text, metrics, log, parts.Options.TritonMetrics));
        parts.Serving.Predictor.Told.Add(metrics.Tell);
        parts.Serving.Predictor.Told.Add(log.Tell);
        parts.Serving.Predictor.Answered.Add(metrics.Encoded);
        PredictionLogApi.Map(parts.Routes, search, rules, outcomes, new LiveEndpoints(parts.Database, metrics, sight, parts.Clock), new ForeignSegments(parts.Database, segments, sight, parts.Clock),
            new AbAnalyses(parts.Database, search, log, sight, parts.Serving.Table.Find, parts.Clock),
            explanations);
    }
}
