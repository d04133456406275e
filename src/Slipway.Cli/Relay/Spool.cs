using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Slipway.Storage;

namespace Slipway.Cli.Relay;

/// <summary>
/// Requests that wait for the server, in the order in which they were taken in: files `000001.spool` that are only appended to, and a cursor. What
/// <see cref="Durable"/> returned for is on the disk. A cursor that is lost or old makes requests go out twice, which changes nothing at the server.
/// </summary>
internal sealed class Spool : IDisposable
{
    /// <summary>A file is left for the next one above this.</summary>
    public const long FileBytesMax = 16 << 20;

    /// <summary>A file that is delivered to its end is kept up to this size: a new one costs two syncs.</summary>
    private const long KeptBytesMax = 256 * 1024;

    private const int CursorBytes = 24;

    private readonly string folder;
    private readonly SpoolBudget budget;
    private readonly Lock appends = new();
    private readonly SemaphoreSlim syncs = new(1);
    private readonly SafeFileHandle cursor;
    private readonly SortedSet<int> files = [];
    private SafeFileHandle writing;
    private int writingNo;
    private long writingAt, lastOrdinal, syncedOrdinal, pending;
    private SafeFileHandle? reading;
    private int readingNo;
    private long readingAt, readingNext;

    private Spool(string folder, SpoolBudget budget)
    {
        (this.folder, this.budget) = (folder, budget);
        writing = null!;
        cursor = File.OpenHandle(Path.Combine(folder, "cursor"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
    }

    /// <summary>Requests that are not delivered.</summary>
    public long Pending => Volatile.Read(ref pending);

    /// <summary>The last one taken in.</summary>
    public long LastOrdinal => Volatile.Read(ref lastOrdinal);

    /// <summary>Opens the folder's spool and hands over every request that waits; the budget has counted its files already.</summary>
    /// <param name="folder">Exists.</param>
    /// <param name="budget">What it may take.</param>
    /// <param name="waits">Called for each request that is not delivered, in order.</param>
    /// <param name="damaged">Called for bytes that are no request: file, offset, bytes.</param>
    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    public static Spool Open(string folder, SpoolBudget budget, Action<SpoolEntry> waits, Action<string, long, long> damaged)
    {
        var spool = new Spool(folder, budget);
        try
        {
            spool.Recover(waits, damaged);
            return spool;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>What waits in a folder that another process may be using.</summary>
    public static IEnumerable<SpoolHead> Waiting(string folder)
    {
        var path = Path.Combine(folder, "cursor");
        if (!File.Exists(path)) yield break;
        using var cursor = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var delivered = ReadCursor(cursor);
        foreach (var name in Directory.EnumerateFiles(folder, "0*.spool").Order(StringComparer.Ordinal))
        {
            SafeFileHandle file;
            try
            {
                file = File.OpenHandle(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (FileNotFoundException)
            {
                continue; // delivered just now
            }
            using (file)
                for (long offset = 0; SpoolFormat.Read(file, ref offset, out var entry) is SpoolMark.Entry;)
                    if (entry!.Head.Ordinal > delivered) yield return entry.Head;
        }
    }

    /// <summary>Takes a request in; null when there is no room. The caller waits for <see cref="Durable"/> before it tells anybody.</summary>
    /// <exception cref="IOException">The disk did not take it, and nothing was taken in.</exception>
    public SpoolEntry? Append(Func<long, SpoolHead> head, byte[] body)
    {
        lock (appends)
        {
            var entry = new SpoolEntry(head(lastOrdinal + 1), body);
            var frame = SpoolFormat.Write(entry);
            if (!budget.TryTake(frame.Length)) return null;
            try
            {
                if (writingAt > FileBytesMax) Roll();
                RandomAccess.Write(writing, frame, writingAt);
            }
            catch
            {
                budget.Give(frame.Length);
                Cut();
                throw;
            }
            writingAt += frame.Length;
            Volatile.Write(ref lastOrdinal, lastOrdinal + 1);
            Interlocked.Increment(ref pending);
            return entry;
        }
    }

    /// <summary>Ends when the request is on the disk; many wait for one sync.</summary>
    /// <exception cref="IOException">The disk did not confirm it.</exception>
    public async Task Durable(long ordinal)
    {
        if (Volatile.Read(ref syncedOrdinal) >= ordinal) return;
        await syncs.WaitAsync();
        try
        {
            if (Volatile.Read(ref syncedOrdinal) >= ordinal) return;
            SafeFileHandle file;
            long upTo;
            lock (appends) (file, upTo) = (writing, lastOrdinal);
            await Task.Run(() =>
            {
                try
                {
                    RandomAccess.FlushToDisk(file);
                }
                catch (ObjectDisposedException)
                {
                    // The next file was begun meanwhile, which syncs this one first.
                }
            });
            Volatile.Write(ref syncedOrdinal, upTo);
        }
        finally
        {
            syncs.Release();
        }
    }

    /// <summary>The request that is the next to be delivered, or null. One thread delivers.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public SpoolEntry? Peek()
    {
        while (true)
        {
            long end;
            bool last;
            lock (appends)
            {
                last = readingNo == writingNo;
                end = last ? writingAt : long.MaxValue;
            }
            if (last && readingAt >= end) return null;
            reading ??= File.OpenHandle(PathOf(readingNo), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var offset = readingAt;
            if (SpoolFormat.Read(reading, ref offset, out var entry) is SpoolMark.Entry)
            {
                readingNext = offset;
                return entry;
            }
            if (last) throw new IOException($"{PathOf(readingNo)} cannot be read at byte {readingAt}.");
            NextFile(); // Its end, or damage that was told when the spool was opened.
        }
    }

    /// <summary>The request of <see cref="Peek"/> is delivered, or kept elsewhere.</summary>
    public void Done(SpoolEntry entry)
    {
        readingAt = readingNext;
        lock (appends)
        {
            // All is delivered: the space comes back at once, and the file is never long.
            if (readingNo == writingNo && readingAt == writingAt && writingAt > KeptBytesMax)
            {
                try
                {
                    Roll();
                }
                catch (IOException)
                {
                    // No room for a new file: the old one goes on.
                }
            }
        }
        WriteCursor(entry.Head.Ordinal);
        bool left;
        lock (appends) left = readingNo != writingNo && readingAt >= RandomAccess.GetLength(reading!);
        if (left) NextFile();
        Interlocked.Decrement(ref pending);
    }

    public void Dispose()
    {
        reading?.Dispose();
        writing?.Dispose();
        cursor.Dispose();
        syncs.Dispose();
    }

    private void Recover(Action<SpoolEntry> waits, Action<string, long, long> damaged)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*.spool"))
            if (int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) files.Add(number);
        lastOrdinal = ReadCursor(cursor);
        var delivered = lastOrdinal;
        foreach (var number in files)
        {
            using var file = File.OpenHandle(PathOf(number), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            long offset = 0;
            SpoolMark mark;
            while (true)
            {
                var at = offset;
                mark = SpoolFormat.Read(file, ref offset, out var entry);
                if (mark is not SpoolMark.Entry) break;
                lastOrdinal = Math.Max(lastOrdinal, entry!.Head.Ordinal);
                if (entry.Head.Ordinal <= delivered) continue;
                if (pending++ == 0) (readingNo, readingAt) = (number, at);
                waits(entry);
            }
            if (mark is SpoolMark.Damage) damaged(PathOf(number), offset, RandomAccess.GetLength(file) - offset);
        }
        syncedOrdinal = lastOrdinal;
        // Nothing is appended to an old file: what was cut off or damaged stays behind the last whole request.
        writingNo = files.Count == 0 ? 1 : files.Max + 1;
        writing = Begin(writingNo);
        if (pending == 0) (readingNo, readingAt) = (writingNo, 0);
        foreach (var old in files.Where(number => number < readingNo).ToList()) Remove(old);
    }

    private void Roll()
    {
        RandomAccess.FlushToDisk(writing);
        var next = Begin(writingNo + 1);
        writing.Dispose();
        (writing, writingAt) = (next, 0);
        writingNo++;
    }

    private SafeFileHandle Begin(int number)
    {
        var file = File.OpenHandle(PathOf(number), FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
        try
        {
            BlobFiles.SyncFolder(folder);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        files.Add(number);
        return file;
    }

    private void NextFile()
    {
        reading?.Dispose();
        reading = null;
        lock (appends)
        {
            Remove(readingNo);
            (readingNo, readingAt) = (files.Min, 0);
        }
    }

    private void Remove(int number)
    {
        var path = PathOf(number);
        var bytes = new FileInfo(path) is { Exists: true } file ? file.Length : 0;
        if (BlobFiles.TryDelete(path)) budget.Give(bytes);
        files.Remove(number);
    }

    // What a full disk took of a request goes away again: the next one must follow the last whole one.
    private void Cut()
    {
        try
        {
            RandomAccess.SetLength(writing, writingAt);
        }
        catch (IOException)
        {
            // Its beginning is overwritten by the next one.
        }
    }

    private static long ReadCursor(SafeFileHandle cursor)
    {
        Span<byte> bytes = stackalloc byte[CursorBytes];
        return RandomAccess.Read(cursor, bytes, 0) == CursorBytes && Crc32C.Of(bytes[..16]) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..])
            ? BinaryPrimitives.ReadInt64LittleEndian(bytes)
            : 0;
    }

    private void WriteCursor(long ordinal)
    {
        Span<byte> bytes = stackalloc byte[CursorBytes];
        bytes.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, ordinal);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Crc32C.Of(bytes[..16]));
        RandomAccess.Write(cursor, bytes, 0);
    }

    private string PathOf(int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number:000000}.spool"));
}
