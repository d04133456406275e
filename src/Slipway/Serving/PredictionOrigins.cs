using System.Globalization;
using Slipway.Prediction;
using Slipway.Registry;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Serving;

/// <summary>From a prediction to what made it: version, run, data and decisions, as far as the caller may see them.</summary>
internal static class PredictionOrigins
{
    /// <summary>Adds what is known of the version.</summary>
    public static PredictionDetail AddTo(Session session, Caller caller, LoggedPrediction logged, PredictionDetail detail)
    {
        if (!long.TryParse(logged.Version, NumberStyles.None, CultureInfo.InvariantCulture, out var version)) return detail;
        var reader = caller with { Acting = Right.ReadModels };
        if (ModelVersions.Find(session, reader, logged.Model, version, "", out var row) is not null) return detail;
        PredictionDataset[]? datasets = null;
        if (row.RunId is { } run && caller.MayEverywhere(Right.ReadExperiments) && RunEvidence.Of(session, caller.Workspace, run) is { } evidence)
            datasets = [.. evidence.Datasets.Select(static one => new PredictionDataset(one.Name, one.Digest, one.Context))];
        return detail with
        {
            Model = new PredictionModel(row.Name, logged.Version, row.RunId, row.Source, datasets),
            Approvals = [.. CardGates.Approvals(session, row).Select(static one => new PredictionApproval(one.Actor ?? "", one.Decision, one.AtMs, one.Comment))],
            Lineage = $"model_version/{row.Name}/{logged.Version}",
        };
    }
}
