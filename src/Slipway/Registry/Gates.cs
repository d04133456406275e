using System.Globalization;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// The gates themselves: no version comes into a stage or behind an alias but through <see cref="Enter"/>, in the write that moves it. What they said is
/// written down with the evidence, also when they say no.
/// </summary>
internal sealed class Gates(Database db, RegistryNews events, TimeProvider clock, Policies policies, GateSources sources)
{
    /// <summary>The most checks that the message of a refusal names.</summary>
    private const int NamedMax = 10;

    /// <summary>Told, in the write, of a move through gates that was made: requests for approval are closed by it.</summary>
    public List<Action<Session, Caller, ModelVersionRow, (StayKind Kind, string Name), long>> Entered { get; } = [];

    /// <summary>Told, in the write of a check, what it found: starts what has no result yet.</summary>
    public List<Action<Session, Caller, ModelVersionRow, GateFindings>> Starting { get; } = [];

    /// <summary>Called after such a write.</summary>
    public List<Action> Started { get; } = [];

    /// <summary>The requests for approval of a version; whoever keeps them says so.</summary>
    public Func<Session, Caller, ModelVersionRow, IEnumerable<ApprovalRequest>> Requests { get; set; } = static (_, _, _) => [];

    /// <summary>What is read before a move's write begins: values that clients logged a moment ago count.</summary>
    public Task Settle(CancellationToken ct) => sources.Settle(ct);

    /// <summary>
    /// Null when a version may come into a slot, else why not; to be called before the move, while the model's row is held. A rollback needs no gates unless a
    /// policy says so; it needs the right to move a protected slot all the same.
    /// </summary>
    public Problem? Enter(Session session, Caller caller, ModelVersionRow version, (StayKind Kind, string Name) slot, long now, bool rollback = false)
    {
        if (Protections.Refuse(session, caller, version.ModelId, version.Name, slot) is { } closed) return closed;
        if (slot is not (StayKind.Stage, ModelStage.None or ModelStage.Archived) && sources.Blocked(session, version) is { } blocked) return blocked;
        if (slot is (StayKind.Stage, _) && StageSets.Current(session, version) is var left && left != slot.Name && left != ModelStage.None
            && Protections.Refuse(session, caller, version.ModelId, version.Name, (StayKind.Stage, left)) is { } held) return held;
        var inForce = policies.InForce(session, caller.Workspace, version, slot);
        if (inForce.Count == 0) return null;
        if (rollback && !inForce.Exists(static policy => policy.Policy.RollbackGated))
        {
            var free = new GateFindings(inForce, [], "", Stays.Current(session, version.ModelId, slot.Kind, slot.Name), null);
            GateLog.Add(session, version.ModelId, version.Version, slot, GateLog.Make(version, slot, GatePurpose.Rollback, free, caller, now));
            return null;
        }
        var findings = Evaluate(session, caller, version, slot, inForce);
        var evaluation = GateLog.Make(version, slot, findings.Passed ? GatePurpose.Transition : GatePurpose.Blocked, findings, caller, now);
        if (!findings.Passed) return Refusal(version, slot, findings, evaluation);
        GateLog.Add(session, version.ModelId, version.Version, slot, evaluation);
        foreach (var tell in Entered) tell(session, caller, version, slot, now);
        return null;
    }

    /// <summary>Null when a slot may be emptied by a caller.</summary>
    public static Problem? Leave(Session session, Caller caller, RegisteredModelRow model, (StayKind Kind, string Name) slot) => Protections.Refuse(session, caller, model.Id, model.Name, slot);

    /// <summary>All checks of a slot for a version as things are.</summary>
    public GateFindings Evaluate(Session session, Caller caller, ModelVersionRow version, (StayKind Kind, string Name) slot) =>
        Evaluate(session, caller, version, slot, policies.InForce(session, caller.Workspace, version, slot));

    /// <summary>After a write: what gates refused is written down too, in a write of its own since the refused one left nothing, and the refusal says where.</summary>
    public async Task<Outcome<T>> Noted<T>(Caller caller, Outcome<T> outcome, CancellationToken ct)
    {
        if (outcome.Problem is not { Gates: { } blocked } problem) return outcome;
        var version = long.Parse(blocked.Version!, CultureInfo.InvariantCulture);
        var missing = blocked.Checks!.Where(static check => check.Status is not (GateFinding.Passed or GateFinding.Waived)).ToArray();
        var noted = await db.Write<long>(session =>
        {
            if (RegisteredModels.Find(session, caller with { Acting = Right.None }, blocked.Model!, session.Dialect.ForShare(), out var model) is { } gone) return gone;
            events.Append(session, caller, "gate.blocked", ModelVersions.Subject(model.Id, version), EventData.Of(("name", model.Name), ("version", blocked.Version), ("stage", blocked.Stage), ("alias", blocked.Alias), ("endpoint", blocked.Endpoint),
                ("missing", string.Join(' ', missing.Take(50).Select(static check => $"{check.Policy}/{check.Id}")))));
            return GateLog.Add(session, model.Id, version, SlotOf(blocked.Stage, blocked.Alias, blocked.Endpoint), blocked);
        }, ct);
        return problem with { Gates = blocked with { Id = noted.Succeeded ? noted.Value : null, Checks = missing } };
    }

    /// <summary>Evaluates a slot for a version and writes it down; moves nothing.</summary>
    public async Task<Outcome<GateEvaluation>> Check(Caller caller, GateQuestion request, CancellationToken ct)
    {
        if (Named(request, out var version) is { } bad) return bad;
        await sources.Settle(ct);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var done = await db.Write<GateEvaluation>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            var slot = Slot(session, row, request.Stage, request.Alias, request.Endpoint);
            if (slot.Problem is { } badSlot) return badSlot;
            if (slot.Value is not { } wanted) return Problem.Invalid("Expected a stage, an alias or an endpoint: gates are those of a place.");
            var findings = Evaluate(session, caller, row, wanted);
            foreach (var start in Starting) start(session, caller, row, findings);
            var evaluation = GateLog.Make(row, wanted, GatePurpose.Check, findings, caller, now);
            return evaluation with { Id = GateLog.Add(session, row.ModelId, row.Version, wanted, evaluation) };
        }, ct);
        if (done.Succeeded)
            foreach (var hint in Started) hint();
        return done;
    }

    /// <summary>The gates of a version as they are now; writes nothing.</summary>
    public async Task<Outcome<VersionGates>> Get(Caller caller, GateQuestion request, CancellationToken ct)
    {
        if (Named(request, out var version) is { } bad) return bad;
        await sources.Settle(ct);
        return await db.Read<Outcome<VersionGates>>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version, "", out var row) is { } refused) return refused;
            var asked = Slot(session, row, request.Stage, request.Alias, request.Endpoint);
            if (asked.Problem is { } badSlot) return badSlot;
            var slots = asked.Value is { } one ? [one] : Policies.NamedSlots(session, caller.Workspace, row.ModelId, VersionGates.SlotsMax);
            return new VersionGates
            {
                Checklists = [.. slots.Select(slot => Checklist(session, caller, row, slot))],
                Waivers = RegisteredModels.Some(GateWaivers.Of(session, row.ModelId, row.Version)),
                Requests = RegisteredModels.Some(Requests(session, caller, row)),
                Evaluations = GateLog.Page(session, row, 10, null).Value.Evaluations,
            };
        }, ct);
    }

    /// <summary>What a draft of a policy says of a version, as if it were saved and the only policy there. Reads alone: nothing is written down, no command started.</summary>
    public async Task<Outcome<GatePolicyTried>> Try(Caller caller, TryGatePolicy request, CancellationToken ct)
    {
        if (WireCheck.Required(request.Yaml, "yaml", GatePolicy.YamlCharsMax) is { } badText) return badText;
        if (!string.IsNullOrEmpty(request.Name) && Policies.CheckName(request.Name) is { } badPolicy) return badPolicy;
        if (string.IsNullOrEmpty(request.Model)) return Problem.Missing("model");
        if (Named(new GateQuestion(request.Model, request.Version), out var version) is { } bad) return bad;
        var (policy, errors, marks) = PolicyReader.Read(request.Yaml!);
        await sources.Settle(ct);
        return await db.Read<Outcome<GatePolicyTried>>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Model, version, "", out var row) is { } refused) return refused;
            var asked = Slot(session, row, request.Stage, request.Alias);
            if (asked.Problem is { } badSlot) return badSlot;
            if (policy is null) return new GatePolicyTried { Errors = [.. errors] };
            var (inForce, wrong) = policies.Draft(session, caller.Workspace, request.Name, policy, marks);
            if (wrong.Count > 0) return new GatePolicyTried { Errors = [.. wrong] };
            var slot = asked.Value ?? ModelVersions.InProduction(session, row.ModelId);
            var findings = Evaluate(session, caller, row, slot, inForce);
            return new GatePolicyTried
            {
                Valid = true,
                Passed = findings.Passed,
                Stage = slot.Kind is StayKind.Stage ? slot.Name : null,
                Alias = slot.Kind is StayKind.Alias ? slot.Name : null,
                StandsThere = findings.StandsThere is { } there ? RegisteredModels.Text(there) : null,
                EvidenceDigest = findings.EvidenceDigest,
                Checks = findings.Results,
            };
        }, ct);
    }

    /// <summary>One page of what gates said of a version.</summary>
    public async Task<Outcome<GateEvaluationsPage>> List(Caller caller, ListGateEvaluations request, CancellationToken ct)
    {
        if (Named(new GateQuestion(request.Name, request.Version), out var version) is { } bad) return bad;
        var size = request.MaxResults ?? 20;
        if (SearchPage.CheckSize(size, ListGateEvaluations.MaxResultsMax) is { } badSize) return badSize;
        return await db.Read(session => ModelVersions.Find(session, caller, request.Name!, version, "", out var row) is { } refused ? refused : GateLog.Page(session, row, size, request.PageToken), ct);
    }

    /// <summary>One evaluation of a model's.</summary>
    public async Task<Outcome<GateEvaluation>> One(Caller caller, GateEvaluationRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } bad) return bad;
        if (request.Id is not { } id) return Problem.Missing("id");
        return await db.Read<Outcome<GateEvaluation>>(session => RegisteredModels.Find(session, caller, request.Name!, "", out var model) is { } refused ? refused
            : GateLog.Find(session, model, id) is { } found ? found : Problem.NotFound($"'{model.Name}' has no evaluation {id}. Of those that moved nothing a version keeps the newest {GateEvaluation.KeptMax}."), ct);
    }

    /// <summary>The slot of a request for a version: a stage by its model's own name, an alias, or an endpoint; null when none is named.</summary>
    public static Outcome<(StayKind Kind, string Name)?> Slot(Session session, ModelVersionRow row, string? stage, string? alias, string? endpoint = null)
    {
        if (!string.IsNullOrEmpty(endpoint))
            return !string.IsNullOrEmpty(stage) || !string.IsNullOrEmpty(alias) ? Problem.Invalid("Expected one of a stage, an alias and an endpoint.")
                : RegistryCheck.Endpoint(endpoint) is { } badName ? badName : ((StayKind, string)?)(StayKind.Endpoint, endpoint);
        if (!string.IsNullOrEmpty(stage) && !string.IsNullOrEmpty(alias)) return Problem.Invalid("Expected a stage or an alias, not both.");
        if (!string.IsNullOrEmpty(alias)) return RegistryCheck.NewAlias(alias) is { } bad ? bad : ((StayKind, string)?)(StayKind.Alias, alias);
        if (string.IsNullOrEmpty(stage)) return ((StayKind, string)?)null;
        var known = StageSets.Resolve(session, row.ModelId, stage);
        return known.Problem is { } unknown ? unknown : ((StayKind, string)?)(StayKind.Stage, known.Value.Name);
    }

    internal static (StayKind Kind, string Name) SlotOf(string? stage, string? alias, string? endpoint) =>
        endpoint is not null ? (StayKind.Endpoint, endpoint) : alias is not null ? (StayKind.Alias, alias) : (StayKind.Stage, stage!);

    /// <summary>A slot in the wire's three words, of which one is said.</summary>
    internal static (string? Stage, string? Alias, string? Endpoint) Words((StayKind Kind, string Name) slot) => slot.Kind switch
    {
        StayKind.Alias => (null, slot.Name, null),
        StayKind.Endpoint => (null, null, slot.Name),
        _ => (slot.Name, null, null),
    };

    /// <summary>A slot as an option of the command line.</summary>
    internal static string Option((StayKind Kind, string Name) slot) =>
        $"{(slot.Kind switch { StayKind.Alias => "--alias", StayKind.Endpoint => "--endpoint", _ => "--stage" })} {GateChecks.Quoted(slot.Name)}";

    private GateFindings Evaluate(Session session, Caller caller, ModelVersionRow version, (StayKind Kind, string Name) slot, List<PolicyInForce> inForce) =>
        GateChecks.All(inForce, GateFacts.Read(session, caller.Workspace, version, slot, inForce, sources, clock.GetUtcNow().ToUnixTimeMilliseconds()));

    private GateChecklist Checklist(Session session, Caller caller, ModelVersionRow row, (StayKind Kind, string Name) slot)
    {
        var findings = Evaluate(session, caller, row, slot);
        return new GateChecklist
        {
            Stage = slot.Kind is StayKind.Stage ? slot.Name : null,
            Alias = slot.Kind is StayKind.Alias ? slot.Name : null,
            Endpoint = slot.Kind is StayKind.Endpoint ? slot.Name : null,
            Passed = findings.Passed,
            StandsThere = findings.StandsThere is { } there ? RegisteredModels.Text(there) : null,
            ProtectedBy = Protections.Of(session, caller.Workspace, row.ModelId, slot),
            EvidenceDigest = findings.EvidenceDigest,
            Policies = findings.Used,
            Checks = findings.Results,
        };
    }

    private static Problem Refusal(ModelVersionRow version, (StayKind Kind, string Name) slot, GateFindings findings, GateEvaluation evaluation)
    {
        var missing = findings.Missing.ToList();
        var said = missing.Take(NamedMax).Select(static check => $" [{check.Policy}/{check.Id}] {check.Title}: {check.Message}{(check.Remedy is { } remedy ? $" ({remedy})" : "")}");
        var place = slot.Kind switch { StayKind.Alias => $"behind the alias '{slot.Name}'", StayKind.Endpoint => slot.Name[0] == ':' ? $"to the use {slot.Name}" : $"to the endpoint '{slot.Name}'", _ => $"in the stage {slot.Name}" };
        return Problem.Conflict($"Version {version.Version} of '{version.Name}' does not come {place}: {missing.Count} of {findings.Results.Length} checks do not pass.{string.Concat(said)}{(missing.Count > NamedMax ? $" And {missing.Count - NamedMax} more." : "")}"
            + $" All of it: slipway gates check {GateChecks.Quoted(version.Name)} {version.Version} {Option(slot)}") with
        { Gates = evaluation };
    }

    private static Problem? Named(GateQuestion request, out long version)
    {
        version = 0;
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var number = RegistryCheck.Version(request.Version);
        version = number.Succeeded ? number.Value : 0;
        return number.Problem;
    }
}
