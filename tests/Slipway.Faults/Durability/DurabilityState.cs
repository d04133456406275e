using System.Security.Cryptography;
using System.Text;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tests;

namespace Slipway.Faults.Durability;

/// <summary>What the load keeps on its disk, shared by the process that writes it and the test that looks for it on the disks crashes leave.</summary>
internal sealed class DurabilityState : IAsyncDisposable
{
    private const string Tables = """
        -- step 1: what the load writes
        CREATE TABLE twins (id BIGINT NOT NULL, side BIGINT NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (id, side));
        CREATE TABLE counters (name {key} NOT NULL PRIMARY KEY, n BIGINT NOT NULL);
        CREATE TABLE held (id {key} NOT NULL PRIMARY KEY, sha256 {key} NOT NULL);
        CREATE TABLE scratch (id {identity}, filling TEXT NOT NULL);
        INSERT INTO counters (name, n) VALUES ('writes', 0);
        """;

    private readonly DataFolder folder;

    private DurabilityState(DataFolder folder, Database database)
    {
        (this.folder, Database) = (folder, database);
        Blobs = new FolderBlobs(folder.BlobsPath);
        Anchor = Anchor.Open(folder.Path);
        Events = new EventLog(database, TimeProvider.System);
        Sealer = new EventSealer(database, Events, Anchor, TimeProvider.System);
    }

    public Database Database { get; }

    public FolderBlobs Blobs { get; }

    public Anchor Anchor { get; }

    public EventLog Events { get; }

    public EventSealer Sealer { get; }

    /// <summary>Opens as a server does: holds the folder, opens the database, brings its schema up to date.</summary>
    public static async Task<DurabilityState> Open(string path)
    {
        var folder = DataFolder.Hold(path).Value;
        Database? database = null;
        try
        {
            database = Databases.Open("sqlite:" + folder.DatabasePath);
            var migrated = await Migrations.Apply(database, [ProductSchema.Of("Jobs"), ProductSchema.Of("Events"), new Schema("Faults", Tables)], default);
            if (migrated.Problem is { } problem) throw new StorageException(problem);
            return new DurabilityState(folder, database);
        }
        catch
        {
            if (database is not null) await database.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The text that belongs to an id: from a line to several pages, so that writes of all sizes meet.</summary>
    public static string Payload(long id)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("payload " + id)));
        var times = (id % 17) switch { 0 => 600, 1 or 2 => 60, _ => 2 };
        return new StringBuilder().Insert(0, digest, times).ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Anchor.Dispose();
        folder.Dispose();
    }
}
