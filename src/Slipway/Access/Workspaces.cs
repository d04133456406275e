using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>
/// Workspaces isolate everything, names included. A deleted one is out of everybody's reach, and nothing in it is lost.
/// </summary>
internal sealed class Workspaces(Database db, EventLog events, TimeProvider clock, Standings standings, WorkspaceUsage usage)
{
    /// <summary>The name of workspace 0.</summary>
    public const string DefaultName = "default";

    private const string Columns = "SELECT id, name, description, deleted_ms, quota_bytes, quota_runs, quota_requests_per_second, encrypt_artifacts, mask, mask_salt FROM workspaces";

    private const string ByName = Columns + " WHERE name = $1";

    private const string ById = Columns + " WHERE id = $1";

    private const string All = Columns + " ORDER BY name";

    private const string NextId = "SELECT coalesce(max(id), 0) + 1 FROM workspaces";

    private const string Count = "SELECT count(*) FROM workspaces";

    private const string Insert = "INSERT INTO workspaces (id, name, description, created_ms) VALUES ($1, $2, $3, $4)";

    private const string Describe = "UPDATE workspaces SET description = $2 WHERE id = $1";

    private const string Limit = "UPDATE workspaces SET quota_bytes = $2, quota_runs = $3, quota_requests_per_second = $4 WHERE id = $1";

    private const string Encrypt = "UPDATE workspaces SET encrypt_artifacts = $2 WHERE id = $1";

    private const string Hide = "UPDATE workspaces SET mask = $2, mask_salt = COALESCE(mask_salt, $3) WHERE id = $1";

    private const string Mark = "UPDATE workspaces SET deleted_ms = $2 WHERE id = $1";

    /// <summary>What capabilities above make in a new workspace, in its transaction.</summary>
    public List<Action<Session, long>> Making { get; } = [];

    /// <summary>A workspace by its name, deleted ones too, or null.</summary>
    public static WorkspaceRow? Find(Session session, string name) => session.First(ByName, Read, name);

    /// <summary>The workspace of a request under way.</summary>
    public static WorkspaceRow Find(Session session, long id) => FindOrNull(session, id) ?? throw new InvalidOperationException($"A request is in workspace {id}, which is not there.");

    /// <summary>A workspace by its key, deleted ones too, or null.</summary>
    public static WorkspaceRow? FindOrNull(Session session, long id) => session.First(ById, Read, id);

    /// <summary>404 for a workspace that does not exist, or is none of the caller's business.</summary>
    public static Problem Missing(string name) => Problem.NotFound($"Workspace '{(name.Length > 63 ? name[..63] : name)}' not found");

    /// <summary>Makes a workspace.</summary>
    public async Task<Outcome<WorkspaceAnswer>> Create(Caller caller, PutWorkspace request, CancellationToken ct)
    {
        if (Check(request) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await standings.Change<WorkspaceAnswer>(session =>
        {
            if (Find(session, request.Name!) is { } taken)
                return Problem.Exists($"Workspace '{taken.Name}' already exists{(taken.DeletedMs is null ? "" : " in deleted state; restore it, or choose another name")}.");
            if (session.Long(Count) >= PutWorkspace.WorkspacesMax) return Problem.Invalid($"An installation holds at most {PutWorkspace.WorkspacesMax} workspaces.");
            var id = session.Long(NextId)!.Value;
            session.Execute(Insert, id, request.Name, request.Description ?? "", now);
            Settle(session, id, request);
            foreach (var make in Making) make(session, id);
            events.Append(session, caller, "workspace.created", Subject(request.Name!), Details(request));
            return new WorkspaceAnswer(Record(session, Find(session, request.Name!)!));
        }, ct);
    }

    /// <summary>Changes description and limits.</summary>
    public async Task<Outcome<WorkspaceAnswer>> Update(Caller caller, PutWorkspace request, CancellationToken ct)
    {
        if (Check(request) is { } bad) return bad;
        return await standings.Change<WorkspaceAnswer>(session =>
        {
            if (Find(session, request.Name!) is not { DeletedMs: null } row) return Missing(request.Name!);
            if (request.Description is { } text) session.Execute(Describe, row.Id, text);
            Settle(session, row.Id, request);
            events.Append(session, caller, "workspace.changed", Subject(row.Name), Details(request, row));
            return new WorkspaceAnswer(Record(session, Find(session, row.Name)!));
        }, ct);
    }

    /// <summary>Puts a workspace out of reach.</summary>
    public Task<Outcome<Done>> Delete(Caller caller, WorkspaceRef request, CancellationToken ct) => SetDeleted(caller, request, true, ct);

    /// <summary>Brings a deleted workspace back.</summary>
    public Task<Outcome<Done>> Restore(Caller caller, WorkspaceRef request, CancellationToken ct) => SetDeleted(caller, request, false, ct);

    /// <summary>One workspace that the caller reaches.</summary>
    public async Task<Outcome<WorkspaceAnswer>> Get(Caller caller, WorkspaceRef request, CancellationToken ct)
    {
        var (found, record) = await db.Read(session => request.Name is not null && Find(session, request.Name) is { } row ? (row, Record(session, row)) : ((WorkspaceRow?)null, null!), ct);
        return found is null || !await Reaches(caller, found, ct) ? Missing(request.Name ?? "") : new WorkspaceAnswer(record);
    }

    /// <summary>The workspaces that the caller reaches.</summary>
    public async Task<Outcome<WorkspacesPage>> List(Caller caller, ListWorkspaces request, CancellationToken ct)
    {
        var reached = new List<Workspace>();
        var (rows, used) = await db.Read(static session => (session.Query(All, Read), WorkspaceUsage.Of(session, null)), ct);
        foreach (var row in rows)
            if (await Reaches(caller, row, ct)) reached.Add(Record(row, used));
        return new WorkspacesPage(reached);
    }

    private async ValueTask<bool> Reaches(Caller caller, WorkspaceRow row, CancellationToken ct) =>
        (caller.Rights & Right.Administer) != 0
        || row.DeletedMs is null && caller.Principal is { } principal && (await standings.Of(principal, row, ct))?.Reached is true;

    private async Task<Outcome<Done>> SetDeleted(Caller caller, WorkspaceRef request, bool deleted, CancellationToken ct)
    {
        if (request.Name == DefaultName) return Problem.Invalid("The default workspace cannot be deleted.");
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await standings.Change<Done>(session =>
        {
            if (request.Name is null || Find(session, request.Name) is not { } row || row.DeletedMs is not null == deleted) return Missing(request.Name ?? "");
            session.Execute(Mark, row.Id, deleted ? now : (long?)null);
            events.Append(session, caller, deleted ? "workspace.deleted" : "workspace.restored", Subject(row.Name));
            return default(Done);
        }, ct);
    }

    private void Settle(Session session, long id, PutWorkspace request)
    {
        if (request.Quota is { } quota)
        {
            session.Execute(Limit, id, quota.Bytes, quota.Runs, (long?)quota.RequestsPerSecond);
            usage.Set(session, id, quota.Bytes, quota.Runs);
        }
        if (request.EncryptArtifacts is { } encrypts) session.Execute(Encrypt, id, encrypts);
        // The salt stays for good: the same value hashes to the same text whenever it comes.
        if (request.Mask is { } mask) session.Execute(Hide, id, mask.Length == 0 ? null : JsonSerializer.Serialize(mask, AccessJson.Default.MaskRuleArray), RandomNumberGenerator.GetBytes(32));
    }

    private static Problem? Check(PutWorkspace request)
    {
        if (string.IsNullOrEmpty(request.Name)) return Problem.Missing("name");
        if (request.Name.Length is < 2 or > 63 || !char.IsAsciiLetterLower(request.Name[0]) || request.Name[^1] == '-' || request.Name.Any(static c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
            return Problem.Invalid("name: expected 2 to 63 lower-case letters, digits or '-', beginning with a letter and not ending with '-'.");
        if (request.Description is { } text && (text.Length > PutWorkspace.DescriptionCharsMax || text.Contains('\0', StringComparison.Ordinal)))
            return Problem.Invalid($"description: expected at most {PutWorkspace.DescriptionCharsMax} characters without NUL.");
        if (request.Mask is { Length: > Masking.RulesMax }) return Problem.Invalid($"mask: expected at most {Masking.RulesMax} rules, got {request.Mask.Length}.");
        foreach (var rule in request.Mask ?? [])
            if (rule?.Keys is not { Length: > 0 and <= MaskRule.KeysCharsMax } || rule.How is not (MaskRule.Mask or MaskRule.Hash) || rule.Keys.Contains('\0', StringComparison.Ordinal))
                return Problem.Invalid($"mask: expected rules such as {{\"keys\":\"*password*\",\"how\":\"mask\"}}, keys of up to {MaskRule.KeysCharsMax} characters and how one of mask, hash.");
        return request.Quota is { } quota && (quota.Bytes < 0 || quota.Runs < 0 || quota.RequestsPerSecond is < 1 or > 1_000_000)
            ? Problem.Invalid("quota: expected bytes and runs of 0 or more, and requests_per_second of 1 to 1000000.")
            : null;
    }

    private static string Subject(string name) => "workspace/" + name;

    // What was before stands beside what is now, and only where something was.
    private static string? Details(PutWorkspace request, WorkspaceRow? before = null) => AccessEvents.Data(("description", request.Description), ("description_before", request.Description is null ? null : before?.Description),
        ("quota_bytes_before", request.Quota is null ? null : before?.Quota?.Bytes?.ToString()), ("quota_runs_before", request.Quota is null ? null : before?.Quota?.Runs?.ToString()),
        ("quota_requests_per_second_before", request.Quota is null ? null : before?.Quota?.RequestsPerSecond?.ToString()),
        ("encrypt_artifacts_before", request.EncryptArtifacts is null ? null : before?.EncryptArtifacts.ToString().ToLowerInvariant()),
        ("mask_before", request.Mask is null || before is null || before.Mask.Length == 0 ? null : JsonSerializer.Serialize(before.Mask, AccessJson.Default.MaskRuleArray)),
        ("quota_bytes", request.Quota?.Bytes?.ToString()), ("quota_runs", request.Quota?.Runs?.ToString()),
        ("quota_requests_per_second", request.Quota?.RequestsPerSecond?.ToString()), ("encrypt_artifacts", request.EncryptArtifacts?.ToString().ToLowerInvariant()),
        ("mask", request.Mask is { } mask ? JsonSerializer.Serialize(mask, AccessJson.Default.MaskRuleArray) : null));

    private static Workspace Record(Session session, WorkspaceRow row) => Record(row, WorkspaceUsage.Of(session, row.Id));

    private static Workspace Record(WorkspaceRow row, Dictionary<(long, Used), long> used) => new(row.Name, row.Description, row.DeletedMs is null ? null : true,
        row.Quota is { } quota ? new WorkspaceQuota(quota.Bytes, quota.Runs, quota.RequestsPerSecond) : null)
    {
        EncryptArtifacts = row.EncryptArtifacts ? true : null,
        Mask = row.Mask.Length == 0 ? null : row.Mask,
        Used = row.Quota is { Bytes: not null } or { Runs: not null } ? new WorkspaceUse(Amount(used, row.Id, Used.Bytes), Amount(used, row.Id, Used.Runs)) : null,
    };

    private static long? Amount(Dictionary<(long, Used), long> used, long workspace, Used what) => used.TryGetValue((workspace, what), out var amount) ? amount : null;

    private static WorkspaceRow Read(Row row)
    {
        var mask = row.TextOrNull(8) is { } rules ? JsonSerializer.Deserialize(rules, AccessJson.Default.MaskRuleArray)! : [];
        return new WorkspaceRow(row.Long(0), row.Text(1), row.Text(2), row.LongOrNull(3),
            row.IsNull(4) && row.IsNull(5) && row.IsNull(6) ? null : new Quota(row.LongOrNull(4), row.LongOrNull(5), (int?)row.LongOrNull(6)))
        {
            EncryptArtifacts = row.Bool(7),
            Mask = mask,
            Masking = mask.Length == 0 ? null : new Masking(mask, row.Bytes(9)),
        };
    }
}
