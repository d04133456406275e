using System.Text.Json;
using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>An approval that was given.</summary>
internal sealed record GivenApproval(string Actor, long Principal, string EvidenceDigest, IReadOnlyList<string> Roles);

/// <summary>A request for approval that is not closed, with the approvals it has.</summary>
internal sealed record OpenRequest(long Id, string AskedBy, long? AskedPrincipal, IReadOnlyList<GivenApproval> Approvals)
{
    /// <summary>That of a version and slot, or null; one whose time is over is none.</summary>
    public static OpenRequest? Find(Session session, long model, long version, (StayKind Kind, string Name) slot, long now)
    {
        var found = session.First("SELECT id, asked_by, asked_principal FROM approval_requests WHERE model_id = $1 AND version = $2 AND kind = $3 AND slot = $4 AND state < 3 AND expires_ms > $5",
            static row => (Id: row.Long(0), By: row.Text(1), Principal: row.LongOrNull(2)), model, version, (int)slot.Kind, slot.Name, now);
        return found.By is null ? null : new OpenRequest(found.Id, found.By, found.Principal, Given(session, found.Id));
    }

    /// <summary>The approvals of a request.</summary>
    public static List<GivenApproval> Given(Session session, long request) =>
        session.Query("SELECT actor, principal, evidence_digest, roles FROM approval_entries WHERE request_id = $1 AND kind = 3 AND principal IS NOT NULL ORDER BY id",
            Read, request);

    /// <summary>Reads actor, principal, digest and roles.</summary>
    public static GivenApproval Read(Row row) => new(row.Text(0), row.Long(1), row.Text(2), JsonSerializer.Deserialize(row.Text(3), GateJson.Default.StringArray)!);
}
