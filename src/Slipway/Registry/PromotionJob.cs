using System.Globalization;
using Slipway.Access;
using Slipway.Artifacts;
using Slipway.Jobs;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// Copies a version's files into another workspace, each compared with its recorded digest, then makes the version with its origin in the write that ends the job. Killed half-way it goes on with the file it was at, and
/// there is no version before the end.
/// </summary>
internal sealed class PromotionJob(Database db, ArtifactTree tree, RegisteredModels models, ModelVersions versions, RegistryNews events, TimeProvider clock)
{
    private sealed record Work(PromotionRow Row, ModelVersionRow Version, ArtifactPath Root, List<ModelFile> Files, Caller Here, Caller There);

    /// <summary>One at a time: copying is limited by the disk.</summary>
    public JobHandler Handler => new(ModelPromotions.JobKind, Run) { AtOnce = 1 };

    private async Task Run(Lease lease, CancellationToken ct)
    {
        var id = long.Parse(lease.Name, CultureInfo.InvariantCulture);
        var begun = await db.Write<Work?>(session => JobQueue.CheckLease(session, lease) is { } stale ? stale : Prepare(session, id), ct);
        if (begun.Problem is { Status: 409 }) return;
        if (begun.Problem is { Status: >= 500 } away) throw new StorageException(away);
        if (begun.Problem is { } unfit)
        {
            await Fail(lease, id, unfit);
            return;
        }
        if (begun.Value is not { } work) return;
        var to = ArtifactPath.Parse($"{TrackedArtifacts.RegistryFolder}/promoted/{work.Row.Folder}").Value;
        var copied = 0L;
        foreach (var file in work.Files)
        {
            if (await Copy(work, file, to, ct) is { } problem)
            {
                if (problem.Status >= 500) throw new IOException(problem.Message);
                await Fail(lease, id, problem);
                return;
            }
            copied += file.Size;
            await db.Write<Done>(session => JobQueue.CheckLease(session, lease) is { } stale ? stale
                : session.Execute("UPDATE model_promotions SET copied_bytes = $2 WHERE id = $1", id, copied) == 1 ? default(Done) : default(Outcome<Done>), ct);
            FailPoint.Hit(FailPoint.PromotionFileCopied);
        }
        FailPoint.Hit(FailPoint.PromotionAllCopied);
        var said = await versions.Describe(work.There, to, ct);
        var made = await db.Write<Done>(session => Publish(session, lease, work, to, said), CancellationToken.None);
        FailPoint.Hit(FailPoint.PromotionPublished);
        events.Hint();
        if (made.Problem is { Status: >= 500 } later) throw new StorageException(later);
        if (made.Problem is { Status: not 409 } refused) await Fail(lease, id, refused);
        else if (made.Succeeded) models.Forget();
    }

    private static Outcome<Work?> Prepare(Session session, long id)
    {
        if (session.Execute("UPDATE model_promotions SET status = 2, problem = NULL WHERE id = $1 AND status <> 3", id) == 0 || ModelPromotions.Find(session, id) is not { } row || ModelVersions.OfNo(session, row.VersionNo) is not { } version) return (Work?)null;
        if (Workspaces.FindOrNull(session, row.ToWorkspace) is not { DeletedMs: null } workspace) return Problem.Invalid("The workspace that it was to go to was deleted meanwhile.");
        var here = Caller.System("promotions") with { Workspace = row.Workspace };
        var uri = ModelSource.Files(session, here, version.DownloadUri);
        if (uri.Problem is { } gone) return gone;
        var root = ArtifactPath.OfUri(uri.Value);
        if (root.Problem is { } elsewhere) return elsewhere;
        // Whoever asked makes the version there; that they may was decided when they asked.
        var there = new Caller(row.ToWorkspace, row.CreatedBy, Right.All) { Principal = row.Principal, Quota = workspace.Quota, Masking = workspace.Masking };
        return new Work(row, version, root.Value, Packages.Recorded(session, version.No), here, there);
    }

    private async Task<Problem?> Copy(Work work, ModelFile file, ArtifactPath to, CancellationToken ct)
    {
        var relative = ArtifactPath.Parse(file.Path);
        if (relative.Problem is { } odd) return odd;
        var (from, target) = (work.Root.Join(relative.Value), to.Join(relative.Value));
        if ((from.Problem ?? target.Problem) is { } tooLong) return tooLong;
        // An attempt before this one may have got so far.
        if (await tree.Find(work.There, target.Value, ct) is { Problem: null, Value: var there } && there.Sha256 == file.Sha256) return null;
        var found = await tree.Find(work.Here, from.Value, ct);
        if (found.Problem is { Status: 404 }) return Problem.Invalid($"'{file.Path}' is not there any more.");
        if (found.Problem is { } away) return away;
        if (found.Value.Sha256 != file.Sha256) return Changed(file, found.Value.Sha256);
        var opened = await tree.Open(found.Value, 0, null, ct);
        if (opened.Problem is { } lost) return lost;
        await using var content = opened.Value;
        var stored = await tree.Put(work.There, target.Value, content, ct);
        return stored.Problem ?? (stored.Value.Sha256 == file.Sha256 ? null : Changed(file, stored.Value.Sha256));
    }

    private Outcome<Done> Publish(Session session, Lease lease, Work work, ArtifactPath to, Packages.Description said)
    {
        if (JobQueue.Finish(session, lease) is { } stale) return stale;
        if (ModelVersions.OfNo(session, work.Version.No) is null) return Problem.Invalid("The version was deleted while it was promoted.");
        // Of a model that is made for them they are the maker, unless they may manage all there anyway.
        var maker = work.Row.Principal is { } principal && Workspaces.FindOrNull(session, work.Row.ToWorkspace) is { } target && Standings.Read(session, principal, target) is { } standing ? work.There with { Rights = standing.Rights } : work.There;
        var model = models.FindOrMake(session, maker, work.Row.ToName);
        if (model.Problem is { } taken) return taken;
        var made = versions.Receive(session, work.There, model.Value, to, said, work.Version.Description, ModelVersions.Tags(session, work.Version.No));
        if (made.Problem is { } unfit) return unfit;
        var (no, version) = made.Value;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var origin = Origins.Keep(session, no, work.Version, new ModelOrigin
        {
            Workspace = Workspaces.FindOrNull(session, work.Row.Workspace)?.Name,
            Name = work.Version.Name,
            Version = RegisteredModels.Text(work.Version.Version),
            RunId = work.Version.RunId,
            Source = work.Version.Source,
            Digest = session.Text("SELECT digest FROM model_packages WHERE version_no = $1", work.Version.No),
            PromotedBy = work.Row.CreatedBy,
            PromotedMs = now,
            Reason = work.Row.Reason,
        });
        session.Execute("UPDATE model_promotions SET status = 3, to_version = $2, ended_ms = $3, problem = NULL WHERE id = $1", work.Row.Id, version, now);
        events.Append(session, work.There, "model_version.promoted_from", ModelVersions.Subject(model.Value.Id, version), EventData.Of(("name", work.Row.ToName), ("version", RegisteredModels.Text(version)), ("from_name", origin.Name),
            ("from_version", origin.Version), ("digest", origin.Digest), ("evidence_sha256", origin.EvidenceSha256), ("promotion", RegisteredModels.Text(work.Row.Id)), ("reason", work.Row.Reason)));
        events.Append(session, work.Here with { Actor = work.Row.CreatedBy }, "model_version.promoted", work.Version.Subject, EventData.Of(("name", work.Version.Name), ("version", origin.Version), ("to_name", work.Row.ToName), ("to_version", RegisteredModels.Text(version)), ("reason", work.Row.Reason)));
        return default(Done);
    }

    private async Task Fail(Lease lease, long id, Problem why)
    {
        var ended = await db.Write<Done>(session =>
        {
            if (JobQueue.Finish(session, lease) is { } stale) return stale;
            session.Execute("UPDATE model_promotions SET status = 4, problem = $2, ended_ms = $3 WHERE id = $1", id, why.Message, clock.GetUtcNow().ToUnixTimeMilliseconds());
            return default(Done);
        }, CancellationToken.None);
        if (ended.Problem is { Status: not 409 } away) throw new StorageException(away);
    }

    private static Problem Changed(ModelFile file, string got) =>
        Problem.Invalid($"'{file.Path}' is not what it was when it was registered: expected SHA-256 {file.Sha256}, got {got}. Nothing was promoted. Register the changed file as a version of its own.");
}
