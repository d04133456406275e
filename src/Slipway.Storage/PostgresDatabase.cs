using System.Diagnostics;
using Npgsql;

namespace Slipway.Storage;

/// <summary>
/// PostgreSQL 14 or newer. A few writer threads, each with its own connection, take groups from the one queue; other servers may
/// write the same database, so every write states its locks. Reads are REPEATABLE READ snapshots from a bounded pool.
/// </summary>
internal sealed class PostgresDatabase : Database
{
    private const int TriesMax = 6;

    /// <summary>More writers hide a slow network; more than cores only wait for each other's rows.</summary>
    private static readonly int Writers = Math.Clamp(Environment.ProcessorCount, 2, 4);

    private readonly NpgsqlDataSource source;
    private readonly SemaphoreSlim readerSlots;
    private readonly Thread[] loops;
    private readonly CountdownEvent running = new(Writers);
    private readonly TaskCompletionSource loopsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool closed;

    public PostgresDatabase(string connectionString)
    {
        var readers = Math.Max(8, 4 * Environment.ProcessorCount);
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "slipway",
            MaxAutoPrepare = 300,
            AutoPrepareMinUsages = 2,
            MaxPoolSize = readers + Writers + 2,
            MinPoolSize = 0,
            NoResetOnClose = true,
            Timeout = 10,
            CommandTimeout = 120,
        };
        settings.GssEncryptionMode = GssEncryptionMode.Disable;
        source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
        readerSlots = new SemaphoreSlim(readers);
        Engine = Describe();
        loops = [.. Enumerable.Range(0, Writers).Select(n => new Thread(WriteLoop) { IsBackground = true, Name = "postgres-writer-" + n })];
        foreach (var loop in loops) loop.Start();
    }

    public override Dialect Dialect => Dialect.Postgres;

    public override string Engine { get; }

    public override async Task<T> Read<T>(Func<Session, T> work, CancellationToken ct)
    {
        await readerSlots.WaitAsync(ct);
        try
        {
            using var connection = Open();
            var session = new PostgresSession(connection);
            session.Before("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            var began = false;
            try
            {
                var result = work(session);
                began = !session.Forget();
                if (began) session.Execute("COMMIT");
                return result;
            }
            catch
            {
                // A connection that goes back to the pool must not hold a transaction open.
                if (!session.Forget() && connection.State is System.Data.ConnectionState.Open) TryRollback(session);
                throw;
            }
        }
        finally
        {
            readerSlots.Release();
        }
    }

    public override Task<long> BytesOnDisk(CancellationToken ct) => Read(session => session.Long("SELECT pg_database_size(current_database())") ?? 0, ct);

    public override async ValueTask DisposeAsync()
    {
        if (closed) return;
        closed = true;
        Queue.Close();
        await loopsEnded.Task;
        await source.DisposeAsync();
    }

    private NpgsqlConnection Open()
    {
        try
        {
            return source.OpenConnection();
        }
        catch (Exception failure) when (Postgres.Understood(failure) is { } understood)
        {
            throw understood;
        }
    }

    private string Describe()
    {
        using var connection = Open();
        if (connection.PostgreSqlVersion.Major < 14)
            throw new NotSupportedException($"PostgreSQL {connection.PostgreSqlVersion} is too old: 14 or newer is needed.");
        using var command = new NpgsqlCommand("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()", connection);
        var encoding = (string?)command.ExecuteScalar();
        return encoding == "UTF8"
            ? $"PostgreSQL {connection.PostgreSqlVersion}"
            : throw new NotSupportedException($"The PostgreSQL database has encoding {encoding}; create it with ENCODING 'UTF8'.");
    }

    private void WriteLoop()
    {
        var group = new List<PendingWrite>();
        NpgsqlConnection? connection = null;
        while (Queue.WaitSync())
        {
            Queue.Take(group);
            if (group.Count == 0) continue;
            try
            {
                if (connection?.State is not System.Data.ConnectionState.Open)
                {
                    connection?.Dispose();
                    connection = null;
                    connection = Open();
                }
                CommitGroup(connection, group);
            }
            catch (Exception failure)
            {
                var problem = (failure as StorageException ?? Postgres.Understood(failure) as StorageException)?.Problem
                    ?? Problem.Internal($"The database could not commit: {failure.Message}");
                foreach (var write in group) write.Fail(problem);
                connection?.Dispose();
                connection = null;
            }
        }
        connection?.Dispose();
        if (running.Signal()) loopsEnded.SetResult();
    }

    private void CommitGroup(NpgsqlConnection connection, List<PendingWrite> group)
    {
        var started = Stopwatch.GetTimestamp();
        group.Sort(static (a, b) => string.CompareOrdinal(a.Order, b.Order));
        if (!TryCommit(connection, group, Stage.Together) && (group.Count == 1 || !TryCommit(connection, group, Stage.Apart)))
        {
            // A deadlock or serialisation failure inside a group would meet the group's own locks again: each for itself now.
            foreach (var write in group) CommitAlone(connection, write);
        }
        Queue.Measured(group.Count, started);
    }

    private static void CommitAlone(NpgsqlConnection connection, PendingWrite write)
    {
        for (var n = 1; n <= TriesMax; n++)
            if (TryCommit(connection, [write], Stage.Alone)) return;
        write.Fail(Problem.Busy($"The write met conflicting writes {TriesMax} times. Nothing was changed; send the request again."));
    }

    /// <summary>Runs the writes in one transaction and commits. False, with nothing changed, when the next stage has to.</summary>
    private static bool TryCommit(NpgsqlConnection connection, List<PendingWrite> group, Stage stage)
    {
        var session = new PostgresSession(connection);
        session.Before("BEGIN");
        foreach (var write in group)
            if (!TryRun(session, write, stage))
            {
                session.Forget();
                session.Execute("ROLLBACK");
                return false;
            }
        try
        {
            FailPoint.Hit(FailPoint.BeforeCommit);
            session.Commit();
            FailPoint.Hit(FailPoint.CommittedNotAcknowledged);
        }
        catch (Exception failure) when (Postgres.MayRetry(failure) || session.Carried && connection.State is System.Data.ConnectionState.Open)
        {
            // A statement that waited for the commit may be what failed: each write will learn whether it was its own.
            session.Execute("ROLLBACK");
            return false;
        }
        foreach (var write in group) write.Complete();
        return true;
    }

    /// <summary>False when the transaction has to be undone and the writes run again.</summary>
    private static bool TryRun(PostgresSession session, PendingWrite write, Stage stage)
    {
        session.Begin(stage is Stage.Together ? null : "SAVEPOINT one");
        try
        {
            var kept = write.Run(session);
            if (stage is Stage.Together) return kept || !session.Wrote;
            if (session.Silent || !kept && !session.Sent)
            {
                session.ForgetOwn(); // the savepoint still waits and need never be made
                return true;
            }
            if (!kept) session.Before("ROLLBACK TO SAVEPOINT one");
            else if (stage is Stage.Alone) session.Flush(); // so that a failure is its own
            session.Before("RELEASE SAVEPOINT one");
            return true;
        }
        catch (Exception failure) when (failure is not StorageException { Problem.Status: 503 } && (stage is Stage.Together || session.Carried || Postgres.MayRetry(failure)))
        {
            return false;
        }
        catch (Exception failure) when (failure is not StorageException { Problem.Status: 503 })
        {
            if (!session.Sent)
            {
                session.ForgetOwn();
            }
            else
            {
                session.Forget();
                session.Execute("ROLLBACK TO SAVEPOINT one");
                session.Before("RELEASE SAVEPOINT one");
            }
            if (failure is StorageException storage) write.Fail(storage.Problem);
            else write.Throw(failure);
            return true;
        }
    }

    /// <summary>How a group is tried: nearly every write succeeds, so the first try does without savepoints.</summary>
    private enum Stage
    {
        /// <summary>One transaction; a write that fails after it changed something undoes them all.</summary>
        Together,
        /// <summary>One transaction, each write in its savepoint.</summary>
        Apart,
        /// <summary>A transaction for one write.</summary>
        Alone,
    }

    private static void TryRollback(PostgresSession session)
    {
        try
        {
            session.Execute("ROLLBACK");
        }
        catch (Exception failure) when (failure is StorageException or PostgresException or InvalidOperationException)
        {
            // The connection is gone; the pool throws it away, the first failure is the one to report.
            Debug.WriteLine(failure);
        }
    }
}
