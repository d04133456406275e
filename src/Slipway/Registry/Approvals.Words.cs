using System.Text.Json;
using Slipway.Access;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>What people say about a request: yes, no, something, never mind.</summary>
internal sealed partial class Approvals
{
    /// <summary>Moves a version on behalf of whoever asked, in the write of the last approval; set by the composition.</summary>
    public Func<Session, Caller, ModelVersionRow, (StayKind Kind, string Name), string, long, Problem?> Moving { get; set; } = static (_, _, _, _, _, _) => null;

    /// <summary>Approves a request for the evidence that is there now.</summary>
    public Task<Outcome<ApprovalRequest>> Approve(Caller caller, ApprovalWord request, CancellationToken ct) => On(caller, request, commentRequired: false, (session, row, now) =>
    {
        var version = ModelVersions.Row(session, row.Model, row.Version)!;
        var findings = gates.Evaluate(session, caller, version, row.Slot);
        var digest = findings.EvidenceDigest;
        var current = Refreshed(session, row, findings, now);
        if (!string.IsNullOrEmpty(request.EvidenceDigest) && request.EvidenceDigest != digest)
            return Problem.Conflict($"The evidence of request {row.Id} changed since you looked at it. Look at it again: slipway approvals show {row.Id}");
        var voter = Voter.Of(session, caller);
        var given = OpenRequest.Given(session, row.Id);
        if (voter.MayNotSay(current) is { } unfit) return Problem.Denied(unfit);
        if (voter.MayNot(current, given, digest) is { } already) return Problem.Conflict(already);
        Note(session, row, EntryKind.Approved, caller.Actor, caller.Principal, now, Said(request), digest, JsonSerializer.Serialize([.. voter.Roles.Order(StringComparer.Ordinal)], GateJson.Default.StringArray));
        given = OpenRequest.Given(session, row.Id);
        var enough = current.Needs.All(need => GateChecks.Given(new OpenRequest(row.Id, row.AskedBy, row.AskedPrincipal, given), need.Role!, digest) >= need.Count);
        Say(session, caller, row, "approval.given", enough ? WebhookKind.ApprovalGiven : null, Said(request));
        if (!enough) return null;
        session.Execute("UPDATE approval_requests SET state = 2 WHERE id = $1", row.Id);
        if (findings.Policies.Any(static policy => policy.Policy.Auto)) MoveFor(session, row, version, now);
        return null;
    }, ct);

    /// <summary>Rejects a request, which closes it.</summary>
    public Task<Outcome<ApprovalRequest>> Reject(Caller caller, ApprovalWord request, CancellationToken ct) => On(caller, request, commentRequired: true, (session, row, now) =>
    {
        if (Voter.Of(session, caller).MayNotSay(row) is { } unfit) return Problem.Denied(unfit);
        End(session, caller, row, ApprovalState.Rejected, EntryKind.Rejected, "approval.rejected", WebhookKind.ApprovalRejected, Said(request), now);
        return null;
    }, ct);

    /// <summary>Takes a request back.</summary>
    public Task<Outcome<ApprovalRequest>> Withdraw(Caller caller, ApprovalWord request, CancellationToken ct) => On(caller, request, commentRequired: false, (session, row, now) =>
    {
        var isOwn = row.AskedPrincipal == caller.Principal && row.AskedBy == caller.Actor;
        if (!isOwn && (caller.On(RootKind.RegisteredModel, row.Model) & Right.ManageModels) == 0) return Problem.Denied($"Request {row.Id} is withdrawn by {row.AskedBy}, who asked, or by who may manage the model.");
        End(session, caller, row, ApprovalState.Withdrawn, EntryKind.Withdrawn, "approval.withdrawn", WebhookKind.ApprovalWithdrawn, Said(request), now);
        return null;
    }, ct);

    /// <summary>Says something about a request, closed or not.</summary>
    public Task<Outcome<ApprovalRequest>> Comment(Caller caller, ApprovalWord request, CancellationToken ct) => On(caller, request, commentRequired: true, (session, row, now) =>
    {
        Note(session, row, EntryKind.Commented, caller.Actor, caller.Principal, now, Said(request));
        Say(session, caller, row, "approval.commented", null, Said(request));
        return null;
    }, ct, closedToo: true);

    /// <summary>Closes requests whose time is over; answers how many.</summary>
    public async Task<int> ExpireAll(CancellationToken ct)
    {
        const int BatchMax = 200;
        var now = Now();
        for (var total = 0; ;)
        {
            var outcome = await db.Write<int>(session =>
            {
                var over = ApprovalRow.Over(session, now, BatchMax);
                foreach (var row in over)
                {
                    // Held as everything about a model: somebody may be approving it at this moment.
                    session.Long("SELECT id FROM registered_models WHERE id = $1" + session.Dialect.ForUpdate(), row.Model);
                    if (ApprovalRow.Find(session, row.Workspace, row.Id) is { State: < ApprovalState.Done } still) Expire(session, still, now);
                }
                return over.Count;
            }, ct);
            if (outcome.Problem is { } problem) throw new StorageException(problem);
            total += outcome.Value;
            if (outcome.Value > 0) events.Hint();
            if (outcome.Value < BatchMax) return total;
        }
    }

    private void Expire(Session session, ApprovalRow row, long now) =>
        End(session, Caller.System("approvals") with { Workspace = row.Workspace }, row, ApprovalState.Expired, EntryKind.Expired, "approval.expired", WebhookKind.ApprovalExpired, null, now);

    // Notes that what was approved is no longer what is there; approvals for it count no more by themselves.
    private static ApprovalRow Refreshed(Session session, ApprovalRow row, GateFindings findings, long now)
    {
        var current = row with { EvidenceDigest = findings.EvidenceDigest, Needs = Needs(findings.Policies) };
        if (current.EvidenceDigest == row.EvidenceDigest) return current;
        Note(session, row, EntryKind.EvidenceChanged, Caller.System("gates").Actor, null, now, null, current.EvidenceDigest);
        session.Execute("UPDATE approval_requests SET evidence_digest = $2, needs = $3, state = 1 WHERE id = $1", row.Id, current.EvidenceDigest, JsonSerializer.Serialize(current.Needs, GateJson.Default.ApprovalNeedArray));
        return current;
    }

    // With the rights that who asked has now: one who lost them meanwhile moves nothing, and the request stays approved.
    private void MoveFor(Session session, ApprovalRow row, ModelVersionRow version, long now)
    {
        // An endpoint is routed by who asked: with which weight, nobody said.
        if (row.Slot.Kind is StayKind.Endpoint) return;
        if (row.AskedPrincipal is not { } asked || Workspaces.FindOrNull(session, row.Workspace) is not { } workspace || Standings.Read(session, asked, workspace) is not { } standing) return;
        var caller = standing.Caller(Right.All, null) with { Acting = Right.WriteModels };
        if (caller.Refused(RootKind.RegisteredModel, row.Model, Problem.Denied("")) is not null) return;
        if (Moving(session, caller, version, row.Slot, $"Approved in request {row.Id}.", now) is { } stuck) Note(session, row, EntryKind.Commented, Caller.System("gates").Actor, null, now, "Not moved: " + (stuck.Message.Length > 2_000 ? stuck.Message[..2_000] : stuck.Message));
    }

    private async Task<Outcome<ApprovalRequest>> On(Caller caller, ApprovalWord request, bool commentRequired, Func<Session, ApprovalRow, long, Problem?> work, CancellationToken ct, bool closedToo = false)
    {
        if (request.Id is not { } id) return Problem.Missing("id");
        if (commentRequired && string.IsNullOrWhiteSpace(request.Comment)) return Problem.Missing("comment");
        if (WireCheck.Text(request.Comment, "comment", ApprovalRequest.CommentCharsMax) is { } badText) return badText;
        await gates.Settle(ct);
        var now = Now();
        var done = await db.Write<ApprovalRequest>(session =>
        {
            if (Find(session, caller, id, out var seen) is { } refused) return refused;
            session.Long("SELECT id FROM registered_models WHERE id = $1" + session.Dialect.ForUpdate(), seen.Model);
            if (ApprovalRow.Find(session, caller.Workspace, id) is not { } row) return Problem.NotFound($"There is no request for approval {id}.");
            if (!closedToo && !row.IsOpenAt(now)) return Problem.Conflict($"Request {id} is {row.StateAt(now)}{(row.ClosedBy is { } by ? $" by {by}" : "")}: nothing is left to decide. Ask anew if it is still wanted.");
            if (session.Long("SELECT count(*) FROM approval_entries WHERE request_id = $1", id) >= ApprovalRequest.EntriesMax) return Problem.Invalid($"A request has at most {ApprovalRequest.EntriesMax:N0} entries. Withdraw it and ask anew.");
            return work(session, row, now) is { } problem ? problem : Whole(session, caller, ApprovalRow.Find(session, caller.Workspace, id)!, now);
        }, ct);
        events.Hint();
        return done;
    }

    private static string? Said(ApprovalWord request) => string.IsNullOrWhiteSpace(request.Comment) ? null : request.Comment;
}
