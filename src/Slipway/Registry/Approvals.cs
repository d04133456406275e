using System.Globalization;
using System.Text.Json;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>
/// Requests for approval. People approve what they saw: an approval is for the evidence's digest and counts while it is the same. Everything about one model
/// holds its row, so that of two who act at once one comes second and sees what the first did.
/// </summary>
internal sealed partial class Approvals(Database db, RegistryNews events, TimeProvider clock, Policies policies, Gates gates)
{
    private const string Insert = """
        INSERT INTO approval_requests (workspace_id, model_id, version, kind, slot, state, asked_by, asked_principal, asked_ms, expires_ms, comment, evidence_digest, needs)
        VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11, $12) RETURNING id
        """;

    private const string InsertEntry = "INSERT INTO approval_entries (request_id, kind, actor, principal, at_ms, text, evidence_digest, roles) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    private const string Close = "UPDATE approval_requests SET state = $2, closed_ms = $3, closed_by = $4 WHERE id = $1";

    /// <summary>The most requests of a version that its gates show.</summary>
    private const int ShownMax = 20;

    /// <summary>Asks that a version may go somewhere.</summary>
    public async Task<Outcome<ApprovalRequest>> Ask(Caller caller, AskApproval request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var number = RegistryCheck.Version(request.Version);
        if (number.Problem is { } badVersion) return badVersion;
        if (WireCheck.Text(request.Comment, "comment", ApprovalRequest.CommentCharsMax) is { } badText) return badText;
        await gates.Settle(ct);
        var now = Now();
        var asked = await db.Write<ApprovalRequest>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, number.Value, session.Dialect.ForUpdate(), out var version) is { } refused) return refused;
            var wanted = Gates.Slot(session, version, request.Stage, request.Alias, request.Endpoint);
            if (wanted.Problem is { } badSlot) return badSlot;
            if (wanted.Value is not { } slot) return Problem.Invalid("Expected a stage, an alias or an endpoint: where is it to go?");
            var inForce = policies.InForce(session, caller.Workspace, version, slot);
            var needs = Needs(inForce);
            if (needs.Length == 0) return Problem.Invalid($"No policy asks for approvals there, so there is nothing to ask for. `slipway gates check {GateChecks.Quoted(version.Name)} {version.Version}` says what is missing.");
            foreach (var over in ApprovalRow.Of(session, version.ModelId, version.Version, ShownMax).Where(row => row.Slot == slot && row.State < ApprovalState.Done))
                if (over.IsOpenAt(now)) return Problem.Exists($"Approval of version {version.Version} of '{version.Name}' is asked for there already, in request {over.Id}, by {over.AskedBy}.");
                else Expire(session, over, now);
            if (session.Long("SELECT count(*) FROM approval_requests WHERE workspace_id = $1 AND state < 3", caller.Workspace) >= ApprovalRequest.OpenMax) return Problem.Invalid($"A workspace has at most {ApprovalRequest.OpenMax:N0} open requests. Withdraw some first.");
            var findings = gates.Evaluate(session, caller, version, slot);
            var days = inForce.Where(static policy => policy.Policy.Checks.Any(static check => check is ApprovalsPolicyCheck)).Min(static policy => policy.Policy.ExpireDays);
            var expires = now + (long)TimeSpan.FromDays(days).TotalMilliseconds;
            var comment = string.IsNullOrWhiteSpace(request.Comment) ? null : request.Comment;
            var id = session.Long(Insert, caller.Workspace, version.ModelId, version.Version, (int)slot.Kind, slot.Name, caller.Actor, caller.Principal, now, expires, comment, findings.EvidenceDigest,
                JsonSerializer.Serialize(needs, GateJson.Default.ApprovalNeedArray))!.Value;
            var row = ApprovalRow.Find(session, caller.Workspace, id)!;
            Note(session, row, EntryKind.Asked, caller.Actor, caller.Principal, now, comment);
            GateLog.Add(session, version.ModelId, version.Version, slot, GateLog.Make(version, slot, GatePurpose.Approval, findings, caller, now));
            Say(session, caller, row, "approval.asked", WebhookKind.ApprovalAsked, comment);
            return Whole(session, caller, row, now);
        }, ct);
        events.Hint();
        return asked;
    }

    /// <summary>One request as it is now.</summary>
    public async Task<Outcome<ApprovalRequest>> Get(Caller caller, ApprovalRef request, CancellationToken ct)
    {
        if (request.Id is not { } id) return Problem.Missing("id");
        await gates.Settle(ct);
        return await db.Read<Outcome<ApprovalRequest>>(session => Find(session, caller, id, out var row) is { } refused ? refused : Whole(session, caller, row, Now()), ct);
    }

    /// <summary>One page of requests, and how many wait for the caller.</summary>
    public async Task<Outcome<ApprovalsPage>> List(Caller caller, ListApprovals request, CancellationToken ct)
    {
        var size = request.MaxResults ?? 50;
        if (SearchPage.CheckSize(size, ListApprovals.MaxResultsMax) is { } badSize) return badSize;
        if (!string.IsNullOrEmpty(request.State) && ApprovalRow.ParseState(request.State) is null) return Problem.Invalid($"state: expected one of {ApprovalRow.KnownStates}, got '{SearchText.Cut(request.State)}'.");
        var before = long.MaxValue;
        if (!string.IsNullOrEmpty(request.PageToken) && !long.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            return Problem.Invalid("Invalid page token, could not base64-decode. Send the next_page_token of the last answer unchanged.");
        var now = Now();
        return await db.Read(session =>
        {
            var voter = Voter.Of(session, caller);
            var open = ApprovalRow.Open(session, caller.Workspace).FindAll(row => caller.Sees(RootKind.RegisteredModel, row.Model));
            var given = Given(session, [.. open.Select(static row => row.Id)]);
            var waiting = open.Where(row => row.IsOpenAt(now) && WaitsFor(caller, voter, row, given[row.Id])).Select(static row => row.Id).ToHashSet();
            var page = new List<ApprovalRow>();
            ApprovalRow.Before(session, caller.Workspace, before, row =>
            {
                if (caller.Sees(RootKind.RegisteredModel, row.Model) && (string.IsNullOrEmpty(request.Model) || row.ModelName == request.Model) && (string.IsNullOrEmpty(request.State) || row.StateAt(now) == request.State)
                    && (request.Waiting is not true || waiting.Contains(row.Id))) page.Add(row);
                return page.Count <= size;
            });
            return (Outcome<ApprovalsPage>)new ApprovalsPage(RegisteredModels.Some(Records(session, caller, voter, [.. page.Take(size)], now)), waiting.Count, page.Count > size ? page[size - 1].Number : null);
        }, ct);
    }

    /// <summary>The requests of a version, for its gates.</summary>
    public IEnumerable<ApprovalRequest> Of(Session session, Caller caller, ModelVersionRow version) =>
        Records(session, caller, Voter.Of(session, caller), ApprovalRow.Of(session, version.ModelId, version.Version, ShownMax), Now());

    /// <summary>A move through gates that was made closes the request for it.</summary>
    public static void Entered(Session session, Caller caller, ModelVersionRow version, (StayKind Kind, string Name) slot, long now)
    {
        if (OpenRequest.Find(session, version.ModelId, version.Version, slot, now) is not { } open) return;
        session.Execute(Close, open.Id, (int)ApprovalState.Done, now, caller.Actor);
        session.Execute(InsertEntry, open.Id, (int)EntryKind.Moved, caller.Actor, caller.Principal, now, (string?)null, (string?)null, (string?)null);
    }

    /// <summary>A version that goes for good takes its requests along.</summary>
    public void Left(Session session, Caller caller, ModelVersionRow version, long now)
    {
        foreach (var row in ApprovalRow.Of(session, version.ModelId, version.Version, ApprovalRequest.OpenMax).Where(static row => row.State < ApprovalState.Done))
            End(session, caller, row, ApprovalState.Withdrawn, EntryKind.Withdrawn, "approval.withdrawn", WebhookKind.ApprovalWithdrawn, "The version was deleted.", now);
    }

    private static ApprovalRequest[] Records(Session session, Caller caller, Voter voter, List<ApprovalRow> rows, long now)
    {
        var given = Given(session, [.. rows.Select(static row => row.Id)]);
        return [.. rows.Select(row => row.Record(now, row.EvidenceDigest, given[row.Id]) with { MayApprove = row.IsOpenAt(now) && voter.MayNot(row, given[row.Id], row.EvidenceDigest) is null })];
    }

    private ApprovalRequest Whole(Session session, Caller caller, ApprovalRow row, long now)
    {
        var given = OpenRequest.Given(session, row.Id);
        var isOpen = row.IsOpenAt(now);
        var findings = isOpen && ModelVersions.Row(session, row.Model, row.Version) is { } version ? gates.Evaluate(session, caller, version, row.Slot) : null;
        var digest = findings?.EvidenceDigest ?? row.EvidenceDigest;
        var shown = findings is null ? row : row with { Needs = Needs(findings.Policies) };
        var why = isOpen ? Voter.Of(session, caller).MayNot(shown, given, digest) : $"The request is {row.StateAt(now)}.";
        return shown.Record(now, digest, given) with { Checks = findings?.Results, Entries = [.. row.Entries(session, isOpen ? digest : null)], MayApprove = why is null, MayNotBecause = why };
    }

    private static ApprovalNeed[] Needs(IEnumerable<PolicyInForce> inForce) =>
        [.. inForce.SelectMany(static policy => policy.Policy.Checks.OfType<ApprovalsPolicyCheck>().Select(check => new ApprovalNeed(policy.Name, check.Id, check.Role, check.Count)))];

    // What is approved waits for who asked: the move is still to be made.
    private static bool WaitsFor(Caller caller, Voter voter, ApprovalRow row, List<GivenApproval> given) =>
        row.State is ApprovalState.Approved ? row.AskedPrincipal is { } asked && asked == caller.Principal : voter.MayNot(row, given, row.EvidenceDigest) is null;

    private static Dictionary<long, List<GivenApproval>> Given(Session session, IReadOnlyList<long> ids)
    {
        var found = ids.ToDictionary(static id => id, static _ => new List<GivenApproval>());
        if (ids.Count > 0)
            session.Each($"SELECT actor, principal, evidence_digest, roles, request_id FROM approval_entries WHERE request_id {session.Dialect.InLongs("$1")} AND kind = 3 AND principal IS NOT NULL ORDER BY id", row =>
            {
                found[row.Long(4)].Add(OpenRequest.Read(row));
                return true;
            }, Arg.Longs(ids));
        return found;
    }

    private static Problem? Find(Session session, Caller caller, long id, out ApprovalRow row)
    {
        row = ApprovalRow.Find(session, caller.Workspace, id)!;
        var missing = Problem.NotFound($"There is no request for approval {id}. `slipway approvals list` says which there are.");
        return row is null ? missing : caller.Refused(RootKind.RegisteredModel, row.Model, missing);
    }

    private static void Note(Session session, ApprovalRow row, EntryKind kind, string actor, long? principal, long now, string? text, string? digest = null, string? roles = null) =>
        session.Execute(InsertEntry, row.Id, (int)kind, actor, principal, now, text, digest, roles);

    private void End(Session session, Caller caller, ApprovalRow row, ApprovalState state, EntryKind entry, string kind, string webhook, string? text, long now)
    {
        session.Execute(Close, row.Id, (int)state, now, caller.Actor);
        Note(session, row, entry, caller.Actor, caller.Principal, now, text);
        Say(session, caller, row, kind, webhook, text);
    }

    private void Say(Session session, Caller caller, ApprovalRow row, string kind, string? webhook, string? comment)
    {
        var (stage, alias, endpoint) = Gates.Words(row.Slot);
        events.Append(session, caller, kind, ModelVersions.Subject(row.Model, row.Version), EventData.Of(("name", row.ModelName), ("version", RegisteredModels.Text(row.Version)), ("stage", stage), ("alias", alias), ("endpoint", endpoint), ("request", row.Number), ("comment", comment)));
        if (webhook is not null)
            events.Tell(session, caller, webhook, ("name", row.ModelName), ("version", RegisteredModels.Text(row.Version)), ("stage", stage), ("alias", alias), ("request_id", row.Number), ("by", caller.Actor), ("comment", comment));
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
