namespace Slipway.Server;

/// <summary>
/// Lets the thread pool grow at once while a server starts. Reads block a thread each, and every loop begins with one: a pool that adds a thread
/// a second would make a start on PostgreSQL take several. Afterwards the pool's own rule serves requests best.
/// </summary>
internal sealed class StartThreads : IDisposable
{
    /// <summary>About as many as there are loops.</summary>
    public const int Min = 16;

    private readonly int workers;
    private readonly int completions;

    public StartThreads()
    {
        ThreadPool.GetMinThreads(out workers, out completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Min), completions);
    }

    /// <inheritdoc/>
    public void Dispose() => ThreadPool.SetMinThreads(workers, completions);
}
