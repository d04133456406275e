using System.Collections.Concurrent;

namespace Slipway.Tracking;

/// <summary>
/// What recent batches of this process say of their keys, so that settling need not read them back. Only a cache: a batch that is not
/// here is read from the log. A batch whose write was rolled back leaves an entry that its id's next owner replaces.
/// </summary>
internal sealed class MetricsOverlay
{
    /// <summary>The most summaries held, about 5 MB.</summary>
    public const int SummariesMax = 100_000;

    private readonly ConcurrentDictionary<long, (long[] Keys, SeriesExtremes[] Summaries)> batches = new();
    private int summaries;

    public void Put(long logId, long[] keys, SeriesExtremes[] each)
    {
        // An id can come twice on SQLite, after a rollback: the older entry must not stay, full or not.
        Remove(logId);
        if (Interlocked.Add(ref summaries, keys.Length) > SummariesMax) Interlocked.Add(ref summaries, -keys.Length);
        else batches[logId] = (keys, each);
    }

    public bool TryGet(long logId, out (long[] Keys, SeriesExtremes[] Summaries) batch) => batches.TryGetValue(logId, out batch);

    /// <summary>Forgets settled batches and older ones, which were settled elsewhere or rolled back.</summary>
    public void ForgetUpTo(long logId)
    {
        foreach (var id in batches.Keys)
            if (id <= logId) Remove(id);
    }

    private void Remove(long logId)
    {
        if (batches.TryRemove(logId, out var batch)) Interlocked.Add(ref summaries, -batch.Keys.Length);
    }
}
