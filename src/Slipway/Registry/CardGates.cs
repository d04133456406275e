using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>What gates said of a version and who approved it, for its card and its evidence.</summary>
internal static class CardGates
{
    /// <summary>The most checks, and the most approvals, of a card.</summary>
    public const int EntriesMax = 100;

    private static readonly string[] Kinds = ["", "asked", "commented", "approved", "rejected", "withdrawn", "expired", "evidence_changed", "moved"];

    private const string Newest = """
        SELECT max(id) FROM gate_evaluations WHERE model_id = $1 AND version = $2 GROUP BY kind, slot ORDER BY max(id) DESC LIMIT 20
        """;

    // Two numbers of this file's own: kinds of entries are stored and never change.
    private const string Decisions = """
        SELECT e.actor, e.kind, e.text, e.at_ms FROM approval_requests r JOIN approval_entries e ON e.request_id = r.id
         WHERE r.model_id = $1 AND r.version = $2 AND e.kind IN (3, 4) ORDER BY e.id DESC LIMIT $3
        """;

    private const string Entries = """
        SELECT r.id, r.kind, r.slot, e.kind, e.actor, e.at_ms, e.text, e.evidence_digest FROM approval_requests r JOIN approval_entries e ON e.request_id = r.id
         WHERE r.model_id = $1 AND r.version = $2 ORDER BY e.id DESC LIMIT $3
        """;

    /// <summary>Adds to a card what the gates of each slot said last, and who approved or rejected.</summary>
    public static ModelCard AddTo(Session session, Caller caller, ModelVersionRow row, ModelCard card)
    {
        var model = new RegisteredModelRow(row.ModelId, row.Name, null, row.IsPrompt, "", 0, 0);
        var checks = new List<CardCheck>();
        foreach (var id in session.Query(Newest, static one => one.Long(0), row.ModelId, row.Version))
            if (GateLog.Find(session, model, id) is { } said)
                checks.AddRange(Checks(said));
        return card with { Checks = RegisteredModels.Some(checks.Take(EntriesMax)), Approvals = RegisteredModels.Some(Approvals(session, row)) };
    }

    /// <summary>Who approved or rejected a version, the newest first.</summary>
    public static List<CardApproval> Approvals(Session session, ModelVersionRow row) =>
        session.Query(Decisions, static one => new CardApproval(one.Text(0), Kinds[one.Int(1)], one.TextOrNull(2), one.Long(3)), row.ModelId, row.Version, EntriesMax);

    /// <summary>The newest evaluations with all that they looked at, the waivers, and every word of the approvals.</summary>
    public static IEnumerable<(string Path, byte[] Json)> Evidence(Session session, Caller caller, ModelVersionRow row)
    {
        yield return ("gates.json", EvidenceZip.Json(GateLog.Page(session, row, GateEvaluation.KeptMax, null).Value, GatesJson.Default.GateEvaluationsPage));
        yield return ("waivers.json", EvidenceZip.Json([.. GateWaivers.Of(session, row.ModelId, row.Version)], EvidenceJson.Default.GateWaiverArray));
        var words = session.Query(Entries, static one => new EvidenceApproval(one.Long(0), one.Int(1) == (int)StayKind.Stage ? one.Text(2) : null, one.Int(1) == (int)StayKind.Alias ? one.Text(2) : null,
            Kinds[one.Int(3)], one.Text(4), one.Long(5), one.TextOrNull(6), one.TextOrNull(7)), row.ModelId, row.Version, EvidenceManifest.EventsMax);
        yield return ("approvals.json", EvidenceZip.Json([.. words], EvidenceJson.Default.EvidenceApprovalArray));
    }

    /// <summary>What gates said once, as cards show it.</summary>
    public static IEnumerable<CardCheck> Checks(GateEvaluation said) => (said.Checks ?? []).Select(check => new CardCheck(check.Title ?? check.Id ?? "", check.Check, check.Status + (check.Claimed ? " on a claimed value" : ""), Why(check),
        $"{check.Policy} v{check.PolicyVersion} ({(said.Alias is { } alias ? "@" + alias : said.Endpoint is { } endpoint ? "endpoint " + endpoint : said.Stage)})", said.AtMs));

    private static string? Why(GateCheckResult check) => check.Waiver is { } waiver ? $"{check.Message} Waived by {waiver.By}: {waiver.Reason}" : check.Message;
}
