using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>What speaks for a version at one moment, for whoever gets it: measured values, what gates said last for each place, who approved, what was waived.</summary>
internal sealed record OriginEvidence(ModelEvaluation[]? Evaluations, GateEvaluation[]? Gates, EvidenceApproval[]? Approvals, GateWaiver[]? Waivers)
{
    /// <summary>The most evaluations, decisions and waivers that go along.</summary>
    public const int EntriesMax = 100;

    /// <summary>The most places of which goes along what gates said.</summary>
    public const int GatesMax = 20;

    private const int Approved = (int)EntryKind.Approved, Rejected = (int)EntryKind.Rejected;

    /// <summary>A move that was made says more than a later look at the same place.</summary>
    private const string Newest = """
        SELECT coalesce(max(CASE WHEN purpose = 2 THEN id END), max(id)) FROM gate_evaluations WHERE model_id = $1 AND version = $2 GROUP BY kind, slot ORDER BY max(id) DESC LIMIT $3
        """;

    private const string Decisions = """
        SELECT r.id, r.kind, r.slot, e.kind, e.actor, e.at_ms, e.text, e.evidence_digest FROM approval_requests r JOIN approval_entries e ON e.request_id = r.id
         WHERE r.model_id = $1 AND r.version = $2 AND e.kind IN ($3, $4) ORDER BY e.id DESC LIMIT $5
        """;

    /// <summary>Reads it.</summary>
    public static OriginEvidence Read(Session session, ModelVersionRow version)
    {
        var model = new RegisteredModelRow(version.ModelId, version.Name, null, version.IsPrompt, "", 0, 0);
        var gates = session.Query(Newest, static row => row.Long(0), version.ModelId, version.Version, GatesMax).Select(id => GateLog.Find(session, model, id)).OfType<GateEvaluation>();
        var decisions = session.Query(Decisions, static row => new EvidenceApproval(row.Long(0), row.Int(1) == (int)StayKind.Stage ? row.Text(2) : null, row.Int(1) == (int)StayKind.Alias ? row.Text(2) : null,
            row.Int(3) == Approved ? "approved" : "rejected", row.Text(4), row.Long(5), row.TextOrNull(6), row.TextOrNull(7)), version.ModelId, version.Version, Approved, Rejected, EntriesMax);
        return new OriginEvidence(RegisteredModels.Some(ModelEvaluations.Done(session, version, EntriesMax)), RegisteredModels.Some(gates), RegisteredModels.Some(decisions),
            RegisteredModels.Some(GateWaivers.Of(session, version.ModelId, version.Version).Take(EntriesMax)));
    }
}
