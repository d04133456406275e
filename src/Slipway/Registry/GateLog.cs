using System.Globalization;
using System.Text.Json;
using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>Why an evaluation was made. Numbers are stored: they never change.</summary>
internal enum GatePurpose
{
    /// <summary>Somebody asked.</summary>
    Check = 1,
    /// <summary>A move was made.</summary>
    Transition = 2,
    /// <summary>A move was refused.</summary>
    Blocked = 3,
    /// <summary>A rollback, which needs none.</summary>
    Rollback = 4,
    /// <summary>Somebody asked for approval, or gave it.</summary>
    Approval = 5,
}

/// <summary>What gates said, as it was then. Those of moves that were made stay; of the others each version keeps the newest.</summary>
internal static class GateLog
{
    private const string Insert = """
        INSERT INTO gate_evaluations (model_id, version, kind, slot, purpose, passed, at_ms, actor, stood_there, evidence_digest, policies, results)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id
        """;

    private const string Columns = "SELECT id, version, kind, slot, purpose, passed, at_ms, actor, stood_there, evidence_digest, policies, results FROM gate_evaluations";

    private const string Trim = """
        DELETE FROM gate_evaluations WHERE model_id = $1 AND version = $2 AND purpose NOT IN (2, 4)
          AND id <= (SELECT e.id FROM gate_evaluations e WHERE e.model_id = $1 AND e.version = $2 AND e.purpose NOT IN (2, 4) ORDER BY e.id DESC LIMIT 1 OFFSET $3)
        """;

    private static readonly string[] Names = ["", "check", "transition", "blocked", "rollback", "approval"];

    /// <summary>Writes one down; answers its id.</summary>
    public static long Add(Session session, long model, long version, (StayKind Kind, string Name) slot, GateEvaluation evaluation)
    {
        var purpose = (GatePurpose)Array.IndexOf(Names, evaluation.Purpose);
        var id = session.Long(Insert, model, version, (int)slot.Kind, slot.Name, (int)purpose, evaluation.Passed, evaluation.AtMs, evaluation.By,
            evaluation.StoodThere is { } there ? long.Parse(there, CultureInfo.InvariantCulture) : (long?)null, evaluation.EvidenceDigest ?? "",
            JsonSerializer.Serialize(evaluation.Policies ?? [], GateJson.Default.GatePolicyUsedArray), JsonSerializer.Serialize(evaluation.Checks ?? [], GateJson.Default.GateCheckResultArray))!.Value;
        if (purpose is not (GatePurpose.Transition or GatePurpose.Rollback)) session.Execute(Trim, model, version, GateEvaluation.KeptMax);
        return id;
    }

    /// <summary>An evaluation that is not written down yet.</summary>
    public static GateEvaluation Make(ModelVersionRow version, (StayKind Kind, string Name) slot, GatePurpose purpose, GateFindings findings, Caller caller, long now) => new()
    {
        Model = version.Name,
        Version = RegisteredModels.Text(version.Version),
        Stage = slot.Kind is StayKind.Stage ? slot.Name : null,
        Alias = slot.Kind is StayKind.Alias ? slot.Name : null,
        Endpoint = slot.Kind is StayKind.Endpoint ? slot.Name : null,
        Purpose = Names[(int)purpose],
        Passed = findings.Passed,
        AtMs = now,
        By = caller.Actor,
        StoodThere = findings.StandsThere is { } there ? RegisteredModels.Text(there) : null,
        EvidenceDigest = findings.EvidenceDigest,
        Policies = findings.Used,
        Checks = findings.Results,
    };

    /// <summary>One page of a version's, the newest first.</summary>
    public static Outcome<GateEvaluationsPage> Page(Session session, ModelVersionRow version, int size, string? token)
    {
        var before = long.MaxValue;
        if (!string.IsNullOrEmpty(token) && !long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            return Problem.Invalid("Invalid page token, could not base64-decode. Send the next_page_token of the last answer unchanged.");
        var rows = session.Query(Columns + " WHERE model_id = $1 AND version = $2 AND id < $3 ORDER BY id DESC LIMIT $4", row => Read(row, version.Name), version.ModelId, version.Version, before, size + 1);
        return new GateEvaluationsPage(RegisteredModels.Some(rows.Take(size)), rows.Count > size ? RegisteredModels.Text(rows[size - 1].Id!.Value) : null);
    }

    /// <summary>One of a model's.</summary>
    public static GateEvaluation? Find(Session session, RegisteredModelRow model, long id) => session.First(Columns + " WHERE id = $1 AND model_id = $2", row => Read(row, model.Name), id, model.Id);

    private static GateEvaluation Read(Row row, string model) => new()
    {
        Id = row.Long(0),
        Model = model,
        Version = RegisteredModels.Text(row.Long(1)),
        Stage = (StayKind)row.Int(2) is StayKind.Stage ? row.Text(3) : null,
        Alias = (StayKind)row.Int(2) is StayKind.Alias ? row.Text(3) : null,
        Endpoint = (StayKind)row.Int(2) is StayKind.Endpoint ? row.Text(3) : null,
        Purpose = Names[row.Int(4)],
        Passed = row.Bool(5),
        AtMs = row.Long(6),
        By = row.Text(7),
        StoodThere = row.LongOrNull(8) is { } there ? RegisteredModels.Text(there) : null,
        EvidenceDigest = row.Text(9),
        Policies = JsonSerializer.Deserialize(row.Text(10), GateJson.Default.GatePolicyUsedArray),
        Checks = JsonSerializer.Deserialize(row.Text(11), GateJson.Default.GateCheckResultArray),
    };
}
