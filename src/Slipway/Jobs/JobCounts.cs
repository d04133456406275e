using System.Collections.Concurrent;

namespace Slipway.Jobs;

/// <summary>What this server did of each kind since it began: for whoever looks, not for anything that must be right.</summary>
internal sealed class JobCounts
{
    private readonly ConcurrentDictionary<string, (long Done, long Failed)> byKind = new();

    /// <summary>Counts jobs that were done and attempts that failed.</summary>
    public void Add(string kind, int done, int failed)
    {
        if (done + failed > 0) byKind.AddOrUpdate(kind, (done, failed), (_, before) => (before.Done + done, before.Failed + failed));
    }

    /// <summary>Jobs done and attempts failed of a kind.</summary>
    public (long Done, long Failed) Of(string kind) => byKind.GetValueOrDefault(kind);
}
