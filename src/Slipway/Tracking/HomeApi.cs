using static Slipway.Right;

namespace Slipway.Tracking;

/// <summary>The routes of pages that sum up: home, lists of experiments, what a metric depends on.</summary>
internal static class HomeApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, NeedsAttention attention, Experiments experiments, ParamImportance importance)
    {
        var api = routes.Under(TrackingApi.Own);
        api.Get<GetAttention, Attention>("/attention", ReadExperiments, $"Answers what needs attention: stuck runs, failures, newest results, active experiments, at most {Attention.RunsMax} of each.", attention.Look);
        api.Post<OverviewExperiments, ExperimentOverviews>("/experiments/overview", ReadExperiments, $"Answers runs by status, last activity and bytes of at most {OverviewExperiments.ExperimentsMax} experiments.", experiments.Overview);
        api.Post<AskImportance, Importance>("/runs/importance", ReadExperiments, $"Weighs how much a metric depends on each param, over at most {AskImportance.RunsMax:N0} runs and {AskImportance.ParamsMax} params.", importance.Ask);
    }
}
