using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>What Slipway measured on a version's files itself, for its card and its evidence.</summary>
internal static class CardEvaluations
{
    private const int RowsMax = 2_000;

    // Evaluations that are done; what was asked again counts by its newest.
    private const string Values = """
        SELECT m.metric, m.value, e.dataset_name, e.dataset_digest, e.computed_ms, e.id FROM model_evaluations e JOIN model_evaluation_metrics m ON m.evaluation_id = e.id
         WHERE e.version_no = $1 AND e.status = 3 ORDER BY e.id DESC, m.metric LIMIT $2
        """;

    private const string Runs = """
        SELECT id, dataset_name, dataset_digest, model_digest, rows, engines, created_by, computed_ms FROM model_evaluations WHERE version_no = $1 AND status = 3 ORDER BY id DESC LIMIT $2
        """;

    /// <summary>Puts the newest computed value of each metric and data before what clients claimed.</summary>
    public static ModelCard AddTo(Session session, Caller caller, ModelVersionRow row, ModelCard card)
    {
        var computed = Read(session, row).Select(static one => one.Metric).DistinctBy(static one => (one.Key, one.DatasetName, one.DatasetDigest)).OrderBy(static one => one.Key, StringComparer.Ordinal).ToList();
        if (computed.Count == 0) return card;
        return card with { Metrics = RegisteredModels.Some(computed.Concat(card.Metrics ?? []).Take(ModelCard.MetricsMax)), MetricsTotal = card.MetricsTotal + computed.Count };
    }

    /// <summary>The newest evaluations with the digests of what they rest on.</summary>
    public static IEnumerable<(string Path, byte[] Json)> Evidence(Session session, Caller caller, ModelVersionRow row)
    {
        var values = Read(session, row).ToLookup(static one => one.Evaluation, static one => one.Metric);
        var evaluations = session.Query(Runs, one => new EvidenceEvaluation(one.Long(0), one.Text(1), one.Text(2), one.Text(3), one.LongOrNull(4), one.TextOrNull(5), one.Text(6), one.LongOrNull(7) ?? 0, [.. values[one.Long(0)]]), row.No, 200);
        yield return ("evaluations.json", EvidenceZip.Json([.. evaluations], EvidenceJson.Default.EvidenceEvaluationArray));
    }

    private static List<(long Evaluation, CardMetric Metric)> Read(Session session, ModelVersionRow row) => session.Query(Values,
        static one => (one.Long(5), new CardMetric(one.Text(0), one.Double(1), 0, one.LongOrNull(4) ?? 0, CardMetric.Computed, one.Text(2), one.Text(3))), row.No, RowsMax);
}
