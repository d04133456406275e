using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Access;
using Slipway.Artifacts;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Registry;
using Slipway.Tracking;

namespace Slipway.Server;

/// <summary>An installation whose server does not run, opened by a command that holds its data folder meanwhile.</summary>
public sealed class Installation : IAsyncDisposable
{
    private readonly Parts parts;
    private readonly Anchor anchor;

    private Installation(Parts parts)
    {
        this.parts = parts;
        anchor = parts.Own(Anchor.Open(parts.Data));
    }

    /// <summary>Holds the data folder and opens what is in it; the schema is brought up to date.</summary>
    /// <returns>The installation, or why it cannot be opened: another process holds it, the database is damaged.</returns>
    public static async Task<Outcome<Installation>> Open(ServerOptions options, CancellationToken ct)
    {
        if (!Directory.Exists(options.Data)) return Problem.NotFound($"There is no data folder {Path.GetFullPath(options.Data)}.");
        try
        {
            return new Installation(await Parts.Open(options, TimeProvider.System, NullLoggerFactory.Instance, ct));
        }
        catch (ServerStartException failure)
        {
            return Problem.Conflict(failure.Message);
        }
    }

    /// <summary>Restores a backup into an empty data folder (and an empty database, if it lies elsewhere).</summary>
    public static async Task<Outcome<BackupSize>> Restore(ServerOptions options, string path, IProgress<BackupSize>? progress, CancellationToken ct)
    {
        // Before anything is created: a damaged backup changes nothing.
        if (Storage.Restore.Check(path).Problem is { } damaged) return damaged;
        var held = DataFolder.Hold(options.Data);
        if (held.Problem is { } taken) return taken;
        using var folder = held.Value;
        try
        {
            await using var database = Databases.Open(options.Database ?? "sqlite:" + folder.DatabasePath);
            var blobs = Parts.OpenBlobs(options, folder);
            using var connection = blobs as IDisposable;
            var restored = await new Restore(database, blobs, Schemas.InLayerOrder()).Read(path, progress, ct);
            if (restored.Succeeded) await AnchorAnew(database, folder.Path, path, ct);
            return restored;
        }
        catch (Exception failure) when (failure is StorageException or FormatException or NotSupportedException or ServerStartException)
        {
            return (failure as StorageException)?.Problem ?? Problem.Invalid(failure.Message);
        }
    }

    /// <summary>Writes a backup.</summary>
    public Task<Outcome<BackupSize>> Backup(string path, IProgress<BackupSize>? progress, CancellationToken ct) => Backup(parts, path, progress, ct);

    /// <summary>Checks the event log, also against heads that were kept elsewhere.</summary>
    public Task<AuditReport> VerifyAudit(IReadOnlyList<AnchoredHead>? copies, CancellationToken ct) => new AuditVerification(parts.Database, anchor).Verify(copies, ct);

    /// <summary>Seals every secret anew with a new key.</summary>
    public async Task<Outcome<SecretsRotated>> RotateSecrets(CancellationToken ct)
    {
        var keys = SecretKeys.Open(parts.Data, parts.Options.Secrets.KeyFile, parts.Options.Secrets.Keys);
        if (keys.Problem is { } problem) return problem;
        return await new SecretRotation(parts.Database, parts.Events, new SecretBox(keys.Value)).Rotate(Caller.System("secrets"), new RotateSecrets(), ct);
    }

    /// <summary>What a collection would delete for good; a page at a time.</summary>
    public async Task<Outcome<GarbagePage>> ListGarbage(ListGarbage request, CancellationToken ct)
    {
        using var metrics = new Metrics(parts.Database, NullLogger<Metrics>.Instance);
        return await Garbage(metrics).List(Caller.System("gc"), request, ct);
    }

    /// <summary>Deletes for good what was deleted softly long enough ago. The next start frees the space.</summary>
    public async Task<Outcome<GarbageCollected>> CollectGarbage(CollectGarbage request, CancellationToken ct)
    {
        using var metrics = new Metrics(parts.Database, NullLogger<Metrics>.Instance);
        var garbage = Garbage(metrics);
        for (var total = new GarbageCollected(); ;)
        {
            var some = await garbage.Collect(Caller.System("gc"), request, ct);
            if (some.Problem is { } problem) return problem;
            total = some.Value.And(total);
            if (!total.More) return total;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => parts.DisposeAsync();

    internal static Task<Outcome<BackupSize>> Backup(Parts parts, string path, IProgress<BackupSize>? progress, CancellationToken ct) =>
        new Backup(parts.Database, parts.Blobs, Schemas.InLayerOrder(), ArtifactTree.BlobsInUse).Write(path, parts.Clock, progress, ct);

    private Garbage Garbage(Metrics metrics)
    {
        var rules = new TrackingRules { KeepDeleted = parts.Options.Tracking.KeepDeleted };
        var names = new RunNames(new Random());
        var artifacts = new ArtifactTree(parts.Database, ArtifactVault.Plain(parts.Blobs), parts.Events, parts.Clock, TrackedArtifacts.Gate);
        var runs = new Runs(parts.Database, parts.Events, parts.Clock, rules, names, new RunAnswers(metrics), metrics, artifacts);
        runs.Holding.Add(ModelVersions.Holding);
        runs.Holding.Add(static (session, held, _) => EvalDatasets.Holding(session, held));
        return new Garbage(parts.Database, runs, new Experiments(parts.Database, parts.Events, parts.Clock, rules, new Standings(parts.Database, parts.Clock)), artifacts, parts.Events, parts.Clock, rules);
    }

    /// <summary>The heads of another installation say nothing about this one: they are set aside, and the restored chain is anchored with what happened.</summary>
    private static async Task AnchorAnew(Database database, string folder, string path, CancellationToken ct)
    {
        var heads = Anchor.HeadsPath(folder);
        if (File.Exists(heads)) File.Move(heads, $"{heads}.{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}");
        using var anchor = Anchor.Open(folder);
        var events = new EventLog(database, TimeProvider.System);
        await database.Write<Done>(session =>
        {
            events.Append(session, Caller.System("restore"), "installation.restored", "installation/" + session.Text("SELECT value FROM installation WHERE name = $1", Migrations.Incarnation),
                new System.Text.Json.Nodes.JsonObject { ["file"] = Path.GetFileName(path) }.ToJsonString());
            return new Done();
        }, ct);
        await new EventSealer(database, events, anchor, TimeProvider.System).SealAll(null, ct);
    }
}
