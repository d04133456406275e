using System.Collections.Concurrent;
using System.Security.Cryptography;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>
/// The keys that workspaces' artifacts are encrypted with, one each, made when the first is needed. The database holds them sealed: without the
/// installation's key neither it nor the blobs nor a backup says anything.
/// </summary>
internal sealed class DataKeys(Database db, SecretBox box, TimeProvider clock)
{
    /// <summary>A workspace's key.</summary>
    internal sealed record DataKey(string Id, byte[] Bytes);

    private const string Insert = """
        INSERT INTO data_keys (id, workspace_id, key_id, value, created_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id) DO NOTHING
        """;

    private const string OfWorkspace = "SELECT id, workspace_id, key_id, value FROM data_keys WHERE workspace_id = $1";

    private const string ById = "SELECT id, workspace_id, key_id, value FROM data_keys WHERE id = $1";

    // Keys never change: what was opened once stays good.
    private readonly ConcurrentDictionary<long, DataKey> byWorkspace = new();
    private readonly ConcurrentDictionary<string, DataKey> byId = new(StringComparer.Ordinal);

    private sealed record Sealed(string Id, long Workspace, Boxed Boxed);

    /// <summary>The key of a workspace, made if it has none.</summary>
    public async ValueTask<Outcome<DataKey>> Of(long workspace, CancellationToken ct)
    {
        if (byWorkspace.TryGetValue(workspace, out var known)) return known;
        var found = await db.Read(session => session.First(OfWorkspace, Read, workspace), ct);
        if (found is null)
        {
            var (id, bytes) = (Guid.NewGuid().ToString("N"), RandomNumberGenerator.GetBytes(SealedFrames.KeyBytes));
            var boxed = box.Seal(Purpose(workspace), bytes);
            var made = await db.Write<Sealed>(session =>
            {
                // Two may make one at once: the row that is there counts.
                session.Execute(Insert, id, workspace, boxed.KeyId, boxed.Value, clock.GetUtcNow().ToUnixTimeMilliseconds());
                return session.First(OfWorkspace, Read, workspace)!;
            }, ct);
            if (made.Problem is { } problem) return problem;
            found = made.Value;
        }
        var opened = Open(found);
        if (opened.Succeeded) byWorkspace[workspace] = opened.Value;
        return opened;
    }

    /// <summary>The key that a blob names.</summary>
    public async ValueTask<Outcome<DataKey>> Find(string id, CancellationToken ct)
    {
        if (byId.TryGetValue(id, out var known)) return known;
        var found = await db.Read(session => session.First(ById, Read, id), ct);
        return found is null ? Problem.Damaged($"A blob is encrypted with the key {id}, which the database does not have. Restore a backup.") : Open(found);
    }

    /// <summary>What a workspace's key is sealed for.</summary>
    public static string Purpose(long workspace) => $"data-key/{workspace}";

    private Outcome<DataKey> Open(Sealed found)
    {
        var opened = box.Open(Purpose(found.Workspace), found.Boxed);
        return opened.Problem is { } problem ? problem : byId[found.Id] = new DataKey(found.Id, opened.Value);
    }

    private static Sealed Read(Row row) => new(row.Text(0), row.Long(1), new Boxed(row.Text(2), row.Bytes(3)));
}
