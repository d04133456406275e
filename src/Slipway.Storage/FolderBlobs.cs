using System.Runtime.CompilerServices;

namespace Slipway.Storage;

/// <summary>
/// Blobs as files: `ROOT/ab/ab34...` where the two digits are the first of the id, so that 256 folders share the load. A blob is
/// written beside its place as `ab34....part`, synced, renamed, and the folder synced: whoever sees the name sees all of it, also
/// after a power failure.
/// </summary>
public sealed class FolderBlobs : IBlobs
{
    /// <summary>The ending of a file that is still being written; a kill leaves it to <see cref="RemoveUnfinished"/>.</summary>
    public const string PartEnding = ".part";

    private const int ShardDigits = 2;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string root;
    private readonly bool[] shards = new bool[256];
    private readonly Lock making = new();

    /// <summary>Opens the folder, making it if there is none.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public FolderBlobs(string root)
    {
        this.root = Path.GetFullPath(root);
        DurableFolder.Create(this.root);
    }

    /// <inheritdoc/>
    public async Task<Outcome<Stored>> Put(BlobId id, Stream content, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(content);
        var path = PathOf(id);
        var part = path + PartEnding;
        var published = false;
        try
        {
            MakeShard(path);
            Stored stored;
            // CreateNew: an id is never written twice. The options skip FileStream altogether: BlobWriter has its own two buffers.
            using (var file = File.OpenHandle(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous))
            {
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, OwnerOnly);
                stored = await BlobWriter.Copy(content, file, ct);
                RandomAccess.FlushToDisk(file);
            }
            File.Move(part, path, overwrite: true);
            published = true;
            FailPoint.Hit(FailPoint.BlobRenamedNotSynced);
            BlobFiles.SyncFolder(Path.GetDirectoryName(path)!);
            return stored;
        }
        catch (IOException e) when (BlobFiles.IsFull(e))
        {
            return Problem.DiskFull($"The blob folder {root} is full: nothing of this upload was kept. Free space there, or move the folder, and send it again.");
        }
        finally
        {
            if (!published) BlobFiles.TryDelete(part);
        }
    }

    /// <inheritdoc/>
    public Task<Outcome<Stream>> Open(BlobId id, long offset, long? length, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (length is { } asked) ArgumentOutOfRangeException.ThrowIfNegative(asked, nameof(length));
        Outcome<Stream> outcome;
        try
        {
            var file = File.OpenHandle(PathOf(id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous);
            var size = RandomAccess.GetLength(file);
            if (offset > size)
            {
                file.Dispose();
                outcome = BlobProblems.BeyondEnd(id, offset, size);
            }
            else
            {
                outcome = new FileRange(file, offset, Math.Min(length ?? long.MaxValue, size - offset));
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            outcome = BlobProblems.Absent(id);
        }
        return Task.FromResult(outcome);
    }

    /// <inheritdoc/>
    public string PathOf(BlobId id)
    {
        var name = id.ToString();
        return Path.Join(root, name.AsSpan(0, ShardDigits), name);
    }

    string? IBlobs.PathOf(BlobId id) => PathOf(id);

    /// <inheritdoc/>
    public Task Remove(BlobId id, CancellationToken ct)
    {
        // No sync: a removal that a power failure undoes is an orphan, which the next sweep removes again.
        try
        {
            File.Delete(PathOf(id));
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing of this shard was ever written.
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> List(BlobId? after, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var file in Files(after))
        {
            ct.ThrowIfCancellationRequested();
            if (!BlobId.TryParse(file.Name, out var id)) continue;
            if (after is { } last && id <= last) continue;
            if (Entry(id, file) is { } entry) yield return entry;
        }
        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<int> RemoveUnfinished(DateTimeOffset before, CancellationToken ct)
    {
        var removed = 0;
        foreach (var file in Files(null))
        {
            ct.ThrowIfCancellationRequested();
            // The time of the last write, not of the start: a slow upload that still grows is not unfinished business.
            if (!file.Name.EndsWith(PartEnding, StringComparison.Ordinal) || file.LastWriteTimeUtc >= before) continue;
            if (BlobFiles.TryDelete(file.FullName)) removed++;
        }
        return Task.FromResult(removed);
    }

    /// <summary>Folder by folder, each sorted, so that memory holds the names of one folder.</summary>
    private IEnumerable<FileInfo> Files(BlobId? after)
    {
        var first = after is { } id ? Convert.ToInt32(id.ToString()[..ShardDigits], 16) : 0;
        for (var shard = first; shard < shards.Length; shard++)
        {
            var folder = new DirectoryInfo(Path.Join(root, shard.ToString("x2")));
            if (!folder.Exists) continue;
            var files = folder.GetFiles();
            Array.Sort(files, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            foreach (var file in files) yield return file;
        }
    }

    private static BlobEntry? Entry(BlobId id, FileInfo file)
    {
        try
        {
            return new BlobEntry(id, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
        }
        catch (FileNotFoundException)
        {
            return null; // removed between the listing and here
        }
    }

    private void MakeShard(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var shard = Convert.ToInt32(Path.GetFileName(folder), 16);
        if (Volatile.Read(ref shards[shard])) return;
        lock (making)
        {
            Directory.CreateDirectory(folder);
            BlobFiles.SyncFolder(root);
            Volatile.Write(ref shards[shard], true);
        }
    }
}
