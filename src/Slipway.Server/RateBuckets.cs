using System.Collections.Concurrent;

namespace Slipway.Server;

/// <summary>
/// Requests a second by key, as buckets that fill at the rate and hold one second's worth. Nothing runs in the background: a bucket is filled
/// when it is asked.
/// </summary>
internal sealed class RateBuckets<TKey>(TimeProvider clock) where TKey : notnull
{
    /// <summary>Keys that are kept; beyond them the full buckets, which say nothing, are forgotten.</summary>
    public const int KeysMax = 50_000;

    private readonly ConcurrentDictionary<TKey, Bucket> buckets = new();
    private long lookedAt = clock.GetTimestamp();

    /// <summary>How many keys are kept.</summary>
    public int Count => buckets.Count;

    private sealed class Bucket(int rate, long at)
    {
        public double Tokens = rate;
        public long At = at;
    }

    /// <summary>Takes one; false when the key has had its share of this second.</summary>
    public bool Take(TKey key, int rate)
    {
        var now = clock.GetTimestamp();
        // Once a second: counting and looking through them must not become the work that a flood of keys makes.
        if (clock.GetElapsedTime(Volatile.Read(ref lookedAt), now) >= TimeSpan.FromSeconds(1)) Forget(now);
        var bucket = buckets.GetOrAdd(key, static (_, start) => new Bucket(start.rate, start.now), (rate, now));
        lock (bucket)
        {
            bucket.Tokens = Math.Min(rate, bucket.Tokens + rate * clock.GetElapsedTime(bucket.At, now).TotalSeconds);
            bucket.At = now;
            if (bucket.Tokens < 1) return false;
            bucket.Tokens--;
            return true;
        }
    }

    // A second without a request fills any bucket: forgetting it changes nothing.
    private void Forget(long now)
    {
        Volatile.Write(ref lookedAt, now);
        if (buckets.Count <= KeysMax) return;
        foreach (var (key, bucket) in buckets)
            if (clock.GetElapsedTime(Volatile.Read(ref bucket.At), now) >= TimeSpan.FromSeconds(1)) buckets.TryRemove(key, out _);
    }
}
