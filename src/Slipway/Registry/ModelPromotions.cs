using System.Globalization;
using Slipway.Access;
using Slipway.Artifacts;
using Slipway.Jobs;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>One row of `model_promotions`.</summary>
internal sealed record PromotionRow(long Id, long VersionNo, long Workspace, string Name, long Version, long ToWorkspace, string ToName, long? ToVersion, string Reason, string Folder, WorkStatus Status, string? Problem,
    long Files, long Bytes, long CopiedBytes, string CreatedBy, long? Principal, long CreatedMs, long? EndedMs);

/// <summary>
/// Versions on their way to other workspaces: asked for here, by who may read there and write here; a job copies. Content is never shared between workspaces, so that deleting, encrypting and counting stay a matter of one.
/// </summary>
internal sealed class ModelPromotions(Database db, RegistryNews events, JobQueue jobs, TimeProvider clock)
{
    /// <summary>The kind of the jobs; their names are the promotions' numbers.</summary>
    public const string JobKind = "models.promote";

    /// <summary>The most promotions of a workspace that wait or run.</summary>
    public const int OpenMax = 1_000;

    /// <summary>How many of a version are listed.</summary>
    private const int ListedMax = 100;

    private const string Columns = """
        SELECT id, version_no, workspace_id, name, version, to_workspace_id, to_name, to_version, reason, folder, status, problem, files, bytes, copied_bytes, created_by, principal, created_ms, ended_ms FROM model_promotions
        """;

    private const string Insert = """
        INSERT INTO model_promotions (version_no, workspace_id, name, version, to_workspace_id, to_name, reason, folder, status, files, bytes, copied_bytes, created_by, principal, created_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, 0, $11, $12, $13) RETURNING id
        """;

    /// <summary>Asks for a promotion; one of the same version to the same place that is under way is answered instead.</summary>
    public async Task<Outcome<ModelPromotionAnswer>> Promote(Caller caller, PromoteModelVersion request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        if (string.IsNullOrEmpty(request.Workspace)) return Problem.Missing("workspace");
        if (WireCheck.Text(request.Workspace, "workspace", 200) is { } badWorkspace) return badWorkspace;
        var name = string.IsNullOrEmpty(request.Model) ? request.Name! : request.Model;
        if (RegistryCheck.NewName(name, "model") is { } badModel) return badModel;
        if (WireCheck.Required(request.Reason, "reason", TransitionModelVersion.ReasonCharsMax) is { } badReason) return badReason;
        var now = clock.GetUtcNow();
        var asked = await db.Write<ModelPromotionAnswer>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version.Value, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            if (row.IsPrompt) return Problem.Invalid($"'{row.Name}' is a prompt, which has no files to promote. Register its text there.");
            if (Standings.Elsewhere(session, caller, request.Workspace) is not { } there) return Workspaces.Missing(request.Workspace);
            if (there.Workspace == caller.Workspace) return Problem.Invalid($"'{request.Workspace}' is the workspace that the version is in already. Use models:/{row.Name}/{row.Version} as the source of a new version.");
            if (RefuseWrite(session, there, name) is { } denied) return denied;
            if (RefuseFiles(session, caller, row) is { } unread) return unread;
            if (session.First(Columns + " WHERE version_no = $1 AND to_workspace_id = $2 AND to_name = $3 AND status < 3", Read, row.No, there.Workspace, name) is { } open) return new ModelPromotionAnswer(Record(session, open));
            if (session.Long("SELECT count(*) FROM model_promotions WHERE workspace_id = $1 AND status < 3", caller.Workspace) >= OpenMax) return Problem.Busy($"{OpenMax:N0} promotions out of this workspace wait already. Ask again when some are done.", TimeSpan.FromMinutes(1));
            var files = Packages.Recorded(session, row.No);
            var id = session.Long(Insert, row.No, caller.Workspace, row.Name, row.Version, there.Workspace, name, request.Reason, Guid.CreateVersion7(now).ToString("N"), files.Count, files.Sum(static file => file.Size), caller.Actor, there.Principal, now.ToUnixTimeMilliseconds())!.Value;
            jobs.Add(session, JobKind, Text(id), "{}", now, attemptsMax: 5, JobPriority.High);
            events.Append(session, caller, "model_version.promotion_asked", row.Subject, EventData.Of(("name", row.Name), ("version", Text(row.Version)), ("workspace", request.Workspace), ("to_name", name), ("reason", request.Reason)));
            return new ModelPromotionAnswer(Record(session, Find(session, id)!));
        }, ct);
        if (asked.Succeeded) jobs.Hint();
        return asked;
    }

    /// <summary>Where a version went, the newest first.</summary>
    public async Task<Outcome<ModelPromotionsAnswer>> List(Caller caller, ListModelPromotions request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        return await db.Read<Outcome<ModelPromotionsAnswer>>(session => ModelVersions.Find(session, caller, request.Name!, version.Value, "", out var row) is { } refused ? refused
            : new ModelPromotionsAnswer([.. session.Query(Columns + " WHERE version_no = $1 ORDER BY id DESC LIMIT $2", Read, row.No, ListedMax).Select(one => Record(session, one))]), ct);
    }

    /// <summary>Where a promoted version came from.</summary>
    public async Task<Outcome<ModelOrigin>> Origin(Caller caller, ModelVersionRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        return await db.Read<Outcome<ModelOrigin>>(session => ModelVersions.Find(session, caller, request.Name!, version.Value, "", out var row) is { } refused ? refused
            : Origins.Shown(session, caller, row.No) is { } origin ? origin
            : Problem.NotFound($"Version {row.Version} of '{row.Name}' was registered here: it came from no other workspace."), ct);
    }

    /// <summary>The row of a promotion.</summary>
    public static PromotionRow? Find(Session session, long id) => session.First(Columns + " WHERE id = $1", Read, id);

    /// <summary>Its job ended undone.</summary>
    public void Abandon(Session session, string id, string why) =>
        session.Execute("UPDATE model_promotions SET status = 4, problem = $2, ended_ms = $3 WHERE id = $1 AND status < 3", long.Parse(id, CultureInfo.InvariantCulture), why, clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Null when the caller may put a version there.</summary>
    private static Problem? RefuseWrite(Session session, Caller there, string name)
    {
        var writing = there with { Acting = Right.WriteModels };
        var refused = RegisteredModels.Find(session, writing, name, "", out _);
        return refused is { Status: 404 } ? there.NeedsEverywhere(Right.CreateModels) : refused;
    }

    /// <summary>Null when the files lie on this server, were recorded, and the caller may read them.</summary>
    private static Problem? RefuseFiles(Session session, Caller caller, ModelVersionRow row)
    {
        if ((session.Long("SELECT files FROM model_packages WHERE version_no = $1", row.No) ?? 0) == 0) return Problem.Invalid($"No files were recorded of version {row.Version} of '{row.Name}': only files on this server can be promoted. Register it from files here.");
        var reading = caller with { Acting = Right.None };
        var uri = ModelSource.Files(session, reading, row.DownloadUri);
        if (uri.Problem is { } gone) return gone;
        var root = ArtifactPath.OfUri(uri.Value);
        return root.Problem ?? TrackedArtifacts.Gate(session, reading, root.Value, write: false);
    }

    private static ModelPromotion Record(Session session, PromotionRow row) => new(Text(row.Id), ModelEvaluations.Word(row.Status), row.Name, Text(row.Version), Workspaces.FindOrNull(session, row.ToWorkspace)?.Name ?? "", row.ToName,
        row.ToVersion is { } version ? Text(version) : null, row.Reason, row.Files, row.Bytes, row.CopiedBytes, row.Problem, row.CreatedBy, row.CreatedMs, row.EndedMs);

    private static PromotionRow Read(Row row) => new(row.Long(0), row.Long(1), row.Long(2), row.Text(3), row.Long(4), row.Long(5), row.Text(6), row.LongOrNull(7), row.Text(8), row.Text(9), (WorkStatus)row.Int(10), row.TextOrNull(11),
        row.Long(12), row.Long(13), row.Long(14), row.Text(15), row.LongOrNull(16), row.Long(17), row.LongOrNull(18));

    private static string Text(long number) => RegisteredModels.Text(number);
}
