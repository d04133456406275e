namespace Slipway.Storage;

/// <summary>The database itself failed: full disk, lost connection, damaged file. Carries the answer a client should get.</summary>
public sealed class StorageException(Problem problem, Exception? inner = null) : Exception(problem.Message, inner)
{
    /// <summary>What to answer: 503 (try again), 507 (disk full) or 500 (damaged).</summary>
    public Problem Problem { get; } = problem;
}
