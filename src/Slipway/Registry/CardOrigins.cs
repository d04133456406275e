using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>Where a promoted version came from and what spoke for it there, for its card and its evidence.</summary>
internal static class CardOrigins
{
    /// <summary>Adds to a card what its origin showed.</summary>
    public static ModelCard AddTo(Session session, Caller caller, ModelVersionRow row, ModelCard card)
    {
        if (Origins.Shown(session, caller, row.No) is not { } origin) return card;
        var metrics = (origin.Evaluations ?? []).SelectMany(static one => (one.Metrics ?? []).Select(metric => new CardMetric(metric.Metric, metric.Value, 0, one.ComputedMs ?? 0, CardMetric.Computed, one.Dataset, one.DatasetDigest)))
            .DistinctBy(static one => (one.Key, one.DatasetName, one.DatasetDigest)).OrderBy(static one => one.Key, StringComparer.Ordinal).Take(ModelCard.MetricsMax);
        var checks = (origin.Gates ?? []).SelectMany(CardGates.Checks).Take(CardGates.EntriesMax);
        var approvals = (origin.Approvals ?? []).Select(static one => new CardApproval(one.By, one.Kind, one.Text, one.AtMs));
        return card with
        {
            Origin = new CardOrigin(origin.Workspace, origin.Name, origin.Version, origin.PromotedBy, origin.PromotedMs, origin.Reason, origin.EvidenceSha256,
                RegisteredModels.Some(metrics), RegisteredModels.Some(checks), RegisteredModels.Some(approvals)),
        };
    }

    /// <summary>All of it.</summary>
    public static IEnumerable<(string Path, byte[] Json)> Evidence(Session session, Caller caller, ModelVersionRow row)
    {
        if (Origins.Shown(session, caller, row.No) is { } origin) yield return ("origin.json", EvidenceZip.Json(origin, EvidenceJson.Default.ModelOrigin));
    }
}
