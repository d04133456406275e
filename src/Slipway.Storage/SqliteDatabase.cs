using System.Collections.Concurrent;
using System.Diagnostics;

namespace Slipway.Storage;

/// <summary>
/// SQLite in WAL mode with synchronous=FULL. One thread owns the one connection that writes and checkpoints; readers are a bounded
/// pool of read-only connections. (Library versions before 3.51.3 can reset the WAL wrongly when two connections write or checkpoint at
/// the same instant: with one such connection they cannot.)
/// </summary>
internal sealed class SqliteDatabase : Database
{
    private const int WriterCacheKb = 32 * 1024;
    private const int ReaderCacheKb = 6 * 1024;

    private readonly string path;
    private readonly SqliteConnection writer;
    private readonly Thread loop;
    private readonly SemaphoreSlim readerSlots;
    private readonly ConcurrentBag<SqliteConnection> readers = [];
    private readonly TaskCompletionSource loopEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool closed;

    public SqliteDatabase(string path)
    {
        this.path = path;
        // page_size and auto_vacuum only take effect before the first table exists.
        writer = new SqliteConnection(path, readOnly: false,
            "PRAGMA page_size=4096", "PRAGMA auto_vacuum=INCREMENTAL", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA temp_store=MEMORY",
            $"PRAGMA cache_size=-{WriterCacheKb}", "PRAGMA wal_autocheckpoint=4000", "PRAGMA journal_size_limit=67108864");
        readerSlots = new SemaphoreSlim(Math.Max(4, 2 * Environment.ProcessorCount));
        loop = new Thread(WriteLoop) { IsBackground = true, Name = "sqlite-writer" };
        loop.Start();
    }

    public override Dialect Dialect => Dialect.Sqlite;

    public override string Engine => SqliteLibrary.Engine;

    public override async Task<T> Read<T>(Func<Session, T> work, CancellationToken ct)
    {
        await readerSlots.WaitAsync(ct);
        SqliteConnection? connection = null;
        var clean = false;
        try
        {
            ObjectDisposedException.ThrowIf(closed, this);
            if (!readers.TryTake(out connection))
                connection = new SqliteConnection(path, readOnly: true, "PRAGMA query_only=1", $"PRAGMA cache_size=-{ReaderCacheKb}", "PRAGMA temp_store=MEMORY");
            var session = new SqliteSession(connection);
            connection.Script("BEGIN");
            var result = work(session);
            connection.Script("COMMIT");
            clean = true;
            return result;
        }
        finally
        {
            if (clean || connection is { } used && TryRollback(used)) readers.Add(connection!);
            else connection?.Dispose();
            readerSlots.Release();
        }
    }

    public override async Task<bool> ReturnFreePages(int pagesMax, CancellationToken ct)
    {
        var left = await Write<long>(session =>
        {
            session.Script($"PRAGMA incremental_vacuum({pagesMax})");
            return session.Long("PRAGMA freelist_count") ?? 0;
        }, ct);
        return left.Succeeded && left.Value > 0;
    }

    public override Task<long> BytesOnDisk(CancellationToken ct) =>
        Task.FromResult(new[] { path, path + "-wal" }.Select(file => new FileInfo(file)).Where(file => file.Exists).Sum(file => file.Length));

    public override async ValueTask DisposeAsync()
    {
        if (closed) return;
        Queue.Close();
        await loopEnded.Task;
        closed = true;
        while (readers.TryTake(out var reader)) reader.Dispose();
        // Last, so that its closing checkpoint finds no reader and the WAL file goes away.
        writer.Dispose();
    }

    private void WriteLoop()
    {
        var (group, alone) = (new List<PendingWrite>(), new List<PendingWrite>());
        var session = new SqliteSession(writer);
        while (Queue.WaitSync())
        {
            Queue.Take(group);
            foreach (var write in group)
                if (write.Alone) alone.Add(write);
            if (alone.Count > 0) group.RemoveAll(static write => write.Alone);
            if (group.Count == 1) CommitOne(session, group[0]);
            else if (group.Count > 1) CommitGroup(session, group);
            foreach (var write in alone) CommitOne(session, write);
            alone.Clear();
        }
        loopEnded.SetResult();
    }

    private void CommitGroup(SqliteSession session, List<PendingWrite> group)
    {
        var started = Stopwatch.GetTimestamp();
        var count = group.Count;
        try
        {
            session.Execute("BEGIN IMMEDIATE");
            foreach (var write in group) RunOne(session, write);
            FailPoint.Hit(FailPoint.BeforeCommit);
            session.Execute("COMMIT");
            FailPoint.Hit(FailPoint.CommittedNotAcknowledged);
            Queue.Measured(count, started);
        }
        catch (Exception failure)
        {
            if (writer.InTransaction) writer.Script("ROLLBACK");
            var problem = (failure as StorageException)?.Problem ?? Problem.Internal($"The database could not commit: {failure.Message}");
            foreach (var write in group) write.Fail(problem);
            return;
        }
        foreach (var write in group) write.Complete();
    }

    /// <summary>A single write needs no savepoint, which would keep the former content of every page that it changes: its transaction is its own.</summary>
    private void CommitOne(SqliteSession session, PendingWrite write)
    {
        var started = Stopwatch.GetTimestamp();
        var ran = false;
        try
        {
            session.Execute("BEGIN IMMEDIATE");
            session.Restart();
            var kept = write.Run(session);
            ran = true;
            FailPoint.Hit(FailPoint.BeforeCommit);
            session.Execute(kept ? "COMMIT" : "ROLLBACK");
            FailPoint.Hit(FailPoint.CommittedNotAcknowledged);
            Queue.Measured(1, started);
        }
        catch (Exception failure)
        {
            if (writer.InTransaction) writer.Script("ROLLBACK");
            if (failure is StorageException storage) write.Fail(storage.Problem);
            else if (ran) write.Fail(Problem.Internal($"The database could not commit: {failure.Message}"));
            else write.Throw(failure);
            return;
        }
        write.Complete();
    }

    /// <summary>Runs one write in its savepoint; one that throws is told so at once. Rethrows when the whole transaction is gone.</summary>
    private void RunOne(SqliteSession session, PendingWrite write)
    {
        session.Execute("SAVEPOINT one");
        session.Restart();
        try
        {
            if (!write.Run(session)) session.Execute("ROLLBACK TO one");
            session.Execute("RELEASE one");
        }
        catch (Exception failure)
        {
            // A full disk or an I/O error may have rolled back everything: then the whole group failed.
            if (!writer.InTransaction) throw;
            session.Execute("ROLLBACK TO one");
            session.Execute("RELEASE one");
            if (failure is StorageException storage) write.Fail(storage.Problem);
            else write.Throw(failure);
        }
    }

    private static bool TryRollback(SqliteConnection connection)
    {
        try
        {
            if (connection.InTransaction) connection.Script("ROLLBACK");
            return true;
        }
        catch (StorageException)
        {
            return false;
        }
    }
}
