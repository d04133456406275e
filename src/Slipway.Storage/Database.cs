namespace Slipway.Storage;

/// <summary>
/// The one store of state. Writes are queued, many commit in one durable transaction, and only then are all acknowledged
/// (group commit). Reads run on a consistent snapshot and never wait for writers.
/// </summary>
/// <remarks>
/// The contract of <see cref="Write{T}"/>: the delegate is synchronous, does no I/O but the session's, does not parse and does not wait;
/// it runs in a savepoint of its own, so that a problem or an exception undoes only that write; it may run twice (after a
/// serialisation failure or a deadlock on PostgreSQL), so it has no side effects but the session's. A failed commit fails the whole group.
/// Cancelling after the write was queued does not undo it.
/// </remarks>
public abstract class Database : IAsyncDisposable
{
    private protected readonly WriteQueue Queue = new();

    /// <summary>Which database this is.</summary>
    public abstract Dialect Dialect { get; }

    /// <summary>The library or server behind it, for people: "SQLite 3.40.1 (libsqlite3.so.0)", "PostgreSQL 15.18".</summary>
    public abstract string Engine { get; }

    /// <summary>Queues a write; the task ends when it is durable, undone or refused.</summary>
    /// <param name="work">What to do; see the contract above.</param>
    /// <param name="ct">Cancels only before the write is queued.</param>
    /// <param name="bytes">About how many bytes the write carries, for the bound of the queue.</param>
    /// <param name="alone">True for a write that changes pages all over the database: a savepoint would keep a copy of each in memory.</param>
    /// <param name="order">What it locks first and alone, such as a run's id: on PostgreSQL a group runs in this order, so that two groups do not wait for each other.</param>
    public Task<Outcome<T>> Write<T>(Func<Session, Outcome<T>> work, CancellationToken ct, long bytes = 0, bool alone = false, string? order = null)
    {
        if (ct.IsCancellationRequested) return Task.FromCanceled<Outcome<T>>(ct);
        var write = new PendingWrite<T>(work, bytes, alone, order);
        return Queue.Enqueue(write) is { } full ? Task.FromResult<Outcome<T>>(full) : write.Task;
    }

    /// <summary>Runs queries on one consistent read-only snapshot. Do not hold it while writing to a network.</summary>
    public abstract Task<T> Read<T>(Func<Session, T> work, CancellationToken ct);

    /// <summary>Gives freed pages back to the file system in a small step; PostgreSQL's vacuum needs no help. Answers whether pages remain.</summary>
    public virtual Task<bool> ReturnFreePages(int pagesMax, CancellationToken ct) => Task.FromResult(false);

    /// <summary>How many bytes the database takes on disk.</summary>
    public abstract Task<long> BytesOnDisk(CancellationToken ct);

    /// <summary>Finishes the queued writes and closes.</summary>
    public abstract ValueTask DisposeAsync();
}
