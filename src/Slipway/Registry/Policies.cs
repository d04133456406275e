using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>One row of `gate_policies` that is not deleted.</summary>
internal sealed record PolicyRow(long Id, string Name, long Version);

/// <summary>
/// Policies: YAML texts with versions. What is saved can be met: an error of any kind is refused with its line and column, since a policy that nothing can
/// meet shuts a model for everybody, and one that is read wrongly opens it. Only who manages every model of the workspace changes them.
/// </summary>
internal sealed partial class Policies(Database db, EventLog events, TimeProvider clock, bool peopleSignIn)
{
    /// <summary>The most checks of a policy and all that it includes.</summary>
    public const int ChecksTogetherMax = 100;

    /// <summary>The most policies one inside the other.</summary>
    public const int DepthMax = 5;

    /// <summary>The most versions that an answer lists.</summary>
    private const int ListedMax = 100;

    private const string ByName = "SELECT id, name, version FROM gate_policies WHERE workspace_id = $1 AND name = $2 AND deleted_ms IS NULL";

    // A deleted one comes back, and goes on with its numbers.
    private const string Put = """
        INSERT INTO gate_policies (workspace_id, name, version, deleted_ms) VALUES ($1, $2, 0, $3) ON CONFLICT (workspace_id, name) DO NOTHING
        """;

    private const string Hold = "SELECT id, name, version, deleted_ms FROM gate_policies WHERE workspace_id = $1 ORDER BY id";

    private const string PutVersion = """
        INSERT INTO gate_policy_versions (policy_id, version, yaml, sha256, checks, note, made_ms, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    /// <summary>Makes a policy, or a new version of one. The same text again changes nothing.</summary>
    public async Task<Outcome<GatePolicy>> Save(Caller caller, SaveGatePolicy request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (CheckName(request.Name) is { } badName) return badName;
        if (WireCheck.Required(request.Yaml, "yaml", GatePolicy.YamlCharsMax) is { } badText) return badText;
        if (WireCheck.Text(request.Note, "note", GatePolicy.NoteCharsMax) is { } badNote) return badNote;
        var (policy, errors, marks) = PolicyReader.Read(request.Yaml!);
        if (policy is null) return Refusal(errors);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.Yaml!)));
        var now = Now();
        return await db.Write<GatePolicy>(session =>
        {
            session.Execute(Put, caller.Workspace, request.Name, now);
            var all = session.Query(Hold + session.Dialect.ForUpdate(), static row => (Row: new PolicyRow(row.Long(0), row.Text(1), row.Long(2)), Deleted: !row.IsNull(3)), caller.Workspace);
            var (row, wasDeleted) = all.Find(one => one.Row.Name == request.Name);
            var newest = wasDeleted ? 0 : row.Version;
            if (request.FromVersion is { } from && from != newest)
                return Problem.Conflict($"'{row.Name}' is at version {newest} by now, not {from}: somebody saved it meanwhile. Look at it, and save again.");
            if (wasDeleted && all.Count(static one => !one.Deleted) >= GatePolicy.PoliciesMax) return Problem.Invalid($"A workspace has at most {GatePolicy.PoliciesMax} policies. Delete one first.");
            if (row.Version >= GatePolicy.VersionsMax) return Problem.Invalid($"A policy has at most {GatePolicy.VersionsMax:N0} versions. Save it under another name.");
            var living = all.Where(static one => !one.Deleted).Select(static one => one.Row).ToList();
            if (AgainstTheRest(session, caller.Workspace, row, policy, marks, living) is { Count: > 0 } wrong) return Refusal(wrong);
            if (!wasDeleted && session.Text("SELECT sha256 FROM gate_policy_versions WHERE policy_id = $1 AND version = $2", row.Id, row.Version) == sha256) return Record(session, caller, row, null, whole: true);
            var version = row.Version + 1;
            session.Execute(PutVersion, row.Id, version, request.Yaml, sha256, policy.Checks.Count(static check => check is not IncludePolicyCheck), NullIfEmpty(request.Note), now, caller.Actor);
            session.Execute("UPDATE gate_policies SET version = $2, deleted_ms = NULL WHERE id = $1", row.Id, version);
            session.Execute("DELETE FROM gate_policy_includes WHERE policy_id = $1", row.Id);
            session.ExecuteMany("INSERT INTO gate_policy_includes (policy_id, included_id) VALUES ($1, $2)", Included(policy, living), (args, id) => args.Add(row.Id).Add(id));
            events.Append(session, caller, "gate_policy.saved", Subject(row.Id), EventData.Of(("name", row.Name), ("version", Text(version)), ("sha256", sha256), ("note", NullIfEmpty(request.Note))));
            return Record(session, caller, row with { Version = version }, null, whole: true);
        }, ct);
    }

    /// <summary>Says what is wrong with a text, and saves nothing.</summary>
    public async Task<Outcome<GatePolicyChecked>> Check(Caller caller, CheckGatePolicy request, CancellationToken ct)
    {
        if (request.Yaml is null) return Problem.Missing("yaml");
        var (policy, errors, marks) = PolicyReader.Read(request.Yaml);
        if (policy is not null) errors = await db.Read(session => Draft(session, caller.Workspace, request.Name, policy, marks).Errors, ct);
        return new GatePolicyChecked(errors.Count == 0, errors.Count == 0 ? null : [.. errors], errors.Count == 0 ? [.. policy!.Checks.Select(static check => check.Wire)] : null);
    }

    /// <summary>A policy, or an old version of it.</summary>
    public async Task<Outcome<GatePolicy>> Get(Caller caller, GatePolicyRef request, CancellationToken ct)
    {
        if (CheckName(request.Name) is { } badName) return badName;
        return await db.Read<Outcome<GatePolicy>>(session =>
            Find(session, caller.Workspace, request.Name!) is not { } row ? Missing(request.Name!)
            : request.Version is { } version && (version < 1 || version > row.Version) ? Problem.NotFound($"Policy '{row.Name}' has no version {version}; its newest is {row.Version}.")
            : Record(session, caller, row, request.Version, whole: true), ct);
    }

    /// <summary>All policies of the workspace.</summary>
    public async Task<Outcome<GatePolicies>> List(Caller caller, ListGatePolicies request, CancellationToken ct) => await db.Read<Outcome<GatePolicies>>(session =>
    {
        var policies = Living(session, caller.Workspace).OrderBy(static row => row.Name, StringComparer.Ordinal).Select(row => Record(session, caller, row, null, whole: false)).ToArray();
        return new GatePolicies(policies);
    }, ct);

    /// <summary>Deletes a policy that counts nowhere. Its versions stay readable in what names them.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, GatePolicyRef request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (CheckName(request.Name) is { } badName) return badName;
        var now = Now();
        return await db.Write<Done>(session =>
        {
            if (session.First(ByName + session.Dialect.ForUpdate(), Read, caller.Workspace, request.Name) is not { } row) return Missing(request.Name!);
            if (session.Long("SELECT count(*) FROM gate_attachments WHERE policy_id = $1", row.Id) is > 0 and var places) return Problem.Conflict($"'{row.Name}' is attached in {places} places. Detach it first.");
            if (session.Text("SELECT p.name FROM gate_policy_includes i JOIN gate_policies p ON p.id = i.policy_id WHERE i.included_id = $1 AND p.deleted_ms IS NULL ORDER BY p.name", row.Id) is { } by)
                return Problem.Conflict($"'{row.Name}' is included by '{by}'. Change that one first.");
            session.Execute("UPDATE gate_policies SET deleted_ms = $2 WHERE id = $1", row.Id, now);
            session.Execute("DELETE FROM gate_policy_includes WHERE policy_id = $1", row.Id);
            events.Append(session, caller, "gate_policy.deleted", Subject(row.Id), EventData.Of(("name", row.Name), ("version", Text(row.Version))));
            return default(Done);
        }, ct);
    }

    /// <summary>A policy by name.</summary>
    public static PolicyRow? Find(Session session, long workspace, string name) => session.First(ByName, Read, workspace, name);

    /// <summary>404.</summary>
    public static Problem Missing(string name) => Problem.NotFound($"No policy is called '{SearchText.Cut(name)}'. `slipway gates policies list` says which there are.");

    /// <summary>How events name a policy.</summary>
    public static string Subject(long id) => "gate_policy/" + Text(id);

    /// <summary>The name of a policy: a part of paths, so nothing in it may read as another.</summary>
    public static Problem? CheckName(string? name) =>
        string.IsNullOrEmpty(name) ? Problem.Missing("name")
        : name.Length > GatePolicy.NameCharsMax || !char.IsAsciiLetterOrDigit(name[0]) || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? Problem.Invalid($"name: expected 1 to {GatePolicy.NameCharsMax} letters, digits, '_', '-' and '.', beginning with a letter or digit, got '{SearchText.Cut(name)}'.")
        : null;

    private static List<PolicyRow> Living(Session session, long workspace) =>
        session.Query("SELECT id, name, version FROM gate_policies WHERE workspace_id = $1 AND deleted_ms IS NULL ORDER BY id", Read, workspace);

    private static Problem Refusal(List<GatePolicyError> errors) =>
        Problem.Invalid("The policy is not saved. " + string.Join(" ", errors.Select(static error => $"Line {error.Line}, column {error.Column}: {error.Message}")));

    private static GatePolicy Record(Session session, Caller caller, PolicyRow row, long? version, bool whole)
    {
        var shown = version ?? row.Version;
        var versions = session.Query($"SELECT version, made_ms, made_by, note, sha256, yaml FROM gate_policy_versions WHERE policy_id = $1 AND ($2 = 1 OR version = $3) ORDER BY version DESC LIMIT {ListedMax + 1}",
            row => (Version: new GatePolicyVersion(row.Long(0), row.Long(1), row.Text(2), row.TextOrNull(3), row.Text(4)), Yaml: row.Long(0) == shown ? row.Text(5) : null), row.Id, whole && version is null, shown);
        var own = versions.Find(one => one.Version.Version == shown);
        // An old version may ask for what is no longer known: its text is shown all the same.
        var policy = PolicyReader.Read(own.Yaml!).Policy;
        return new GatePolicy
        {
            Name = row.Name,
            Version = shown,
            NewestVersion = row.Version,
            Description = policy?.Description,
            Yaml = whole ? own.Yaml : null,
            Note = own.Version.Note,
            MadeMs = own.Version.MadeMs,
            MadeBy = own.Version.MadeBy,
            Rollback = policy?.RollbackGated is true ? "gated" : "free",
            Auto = policy?.Auto is true,
            ExpireDays = policy?.ExpireDays ?? Policy.ExpireDaysDefault,
            Waivers = policy?.Waivers,
            Checks = whole && policy is not null ? [.. policy.Checks.Select(static check => check.Wire)] : null,
            Attachments = RegisteredModels.Some(Attachments.Of(session, caller, row.Id)),
            Versions = whole ? [.. versions.Select(static one => one.Version).Take(ListedMax)] : null,
        };
    }

    private static PolicyRow Read(Row row) => new(row.Long(0), row.Text(1), row.Long(2));

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
