using System.Globalization;
using System.Text.Json;
using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>How far a request is. Numbers are stored: they never change; those below 3 are not closed.</summary>
internal enum ApprovalState
{
    Open = 1,
    Approved = 2,
    Done = 3,
    Rejected = 4,
    Expired = 5,
    Withdrawn = 6,
}

/// <summary>What an entry is. Numbers are stored: they never change.</summary>
internal enum EntryKind
{
    Asked = 1,
    Commented = 2,
    Approved = 3,
    Rejected = 4,
    Withdrawn = 5,
    Expired = 6,
    EvidenceChanged = 7,
    Moved = 8,
}

/// <summary>One row of `approval_requests` with its model's name.</summary>
internal sealed record ApprovalRow(long Id, long Workspace, long Model, string ModelName, long Version, (StayKind Kind, string Name) Slot, ApprovalState State, string AskedBy, long? AskedPrincipal,
    long AskedMs, long ExpiresMs, string? Comment, string EvidenceDigest, ApprovalNeed[] Needs, long? ClosedMs, string? ClosedBy)
{
    private const string Columns = """
        SELECT r.id, r.workspace_id, r.model_id, m.name, r.version, r.kind, r.slot, r.state, r.asked_by, r.asked_principal, r.asked_ms, r.expires_ms, r.comment, r.evidence_digest, r.needs, r.closed_ms, r.closed_by
          FROM approval_requests r JOIN registered_models m ON m.id = r.model_id
        """;

    private static readonly string[] States = ["", "open", "approved", "done", "rejected", "expired", "withdrawn"];

    private static readonly string[] Kinds = ["", "asked", "commented", "approved", "rejected", "withdrawn", "expired", "evidence_changed", "moved"];

    /// <summary>True while it can still be approved, rejected and withdrawn.</summary>
    public bool IsOpenAt(long now) => State is ApprovalState.Open or ApprovalState.Approved && ExpiresMs > now;

    /// <summary>How it is called at a time: one whose time is over is expired before anybody closes it.</summary>
    public string StateAt(long now) => State < ApprovalState.Done && ExpiresMs <= now ? States[(int)ApprovalState.Expired] : States[(int)State];

    /// <summary>The state of a name, or null.</summary>
    public static ApprovalState? ParseState(string name) => Array.IndexOf(States, name) is > 0 and var state ? (ApprovalState)state : null;

    /// <summary>For error texts.</summary>
    public static string KnownStates => string.Join(", ", States.Skip(1));

    /// <summary>One by its number.</summary>
    public static ApprovalRow? Find(Session session, long workspace, long id) => session.First(Columns + " WHERE r.id = $1 AND r.workspace_id = $2", Read, id, workspace);

    /// <summary>Those that are not closed of a workspace, the newest first.</summary>
    public static List<ApprovalRow> Open(Session session, long workspace) =>
        session.Query(Columns + " WHERE r.workspace_id = $1 AND r.state < 3 ORDER BY r.id DESC LIMIT $2", Read, workspace, ApprovalRequest.OpenMax);

    /// <summary>Those of a model's version, the newest first.</summary>
    public static List<ApprovalRow> Of(Session session, long model, long version, int most) => session.Query(Columns + " WHERE r.model_id = $1 AND r.version = $2 ORDER BY r.id DESC LIMIT $3", Read, model, version, most);

    /// <summary>Those whose time is over and that nobody closed.</summary>
    public static List<ApprovalRow> Over(Session session, long now, int most) => session.Query(Columns + " WHERE r.state < 3 AND r.expires_ms <= $1 ORDER BY r.expires_ms, r.id LIMIT $2", Read, now, most);

    /// <summary>Rows before a number, the newest first, until <paramref name="visit"/> has enough.</summary>
    public static void Before(Session session, long workspace, long before, Func<ApprovalRow, bool> visit) =>
        session.Each(Columns + " WHERE r.workspace_id = $1 AND r.id < $2 ORDER BY r.id DESC", row => visit(Read(row)), workspace, before);

    /// <summary>What was said and done about it, in order. Approvals count that are for <paramref name="digest"/>; null: while it is closed none does.</summary>
    public List<ApprovalEntry> Entries(Session session, string? digest) =>
        session.Query("SELECT kind, actor, at_ms, text, evidence_digest FROM approval_entries WHERE request_id = $1 ORDER BY id",
            row => new ApprovalEntry(Kinds[row.Int(0)], row.Text(1), row.Long(2), row.TextOrNull(3), (EntryKind)row.Int(0) is EntryKind.Approved && digest is not null && row.TextOrNull(4) == digest), Id);

    /// <summary>For the wire, without checks and entries.</summary>
    public ApprovalRequest Record(long now, string digest, IReadOnlyList<GivenApproval> given) => new()
    {
        Id = Id,
        Model = ModelName,
        Version = RegisteredModels.Text(Version),
        Stage = Slot.Kind is StayKind.Stage ? Slot.Name : null,
        Alias = Slot.Kind is StayKind.Alias ? Slot.Name : null,
        Endpoint = Slot.Kind is StayKind.Endpoint ? Slot.Name : null,
        State = StateAt(now),
        AskedBy = AskedBy,
        AskedMs = AskedMs,
        ExpiresMs = ExpiresMs,
        Comment = Comment,
        ClosedMs = ClosedMs,
        ClosedBy = ClosedBy,
        EvidenceDigest = digest,
        Needs = [.. Needs.Select(need => need with { Given = GateChecks.Given(new OpenRequest(Id, AskedBy, AskedPrincipal, given), need.Role!, digest) })],
    };

    private static ApprovalRow Read(Row row) => new(row.Long(0), row.Long(1), row.Long(2), row.Text(3), row.Long(4), ((StayKind)row.Int(5), row.Text(6)), (ApprovalState)row.Int(7), row.Text(8), row.LongOrNull(9),
        row.Long(10), row.Long(11), row.TextOrNull(12), row.Text(13), JsonSerializer.Deserialize(row.Text(14), GateJson.Default.ApprovalNeedArray)!, row.LongOrNull(15), row.TextOrNull(16));

    /// <summary>As events and webhooks number it.</summary>
    public string Number => Id.ToString(CultureInfo.InvariantCulture);
}
