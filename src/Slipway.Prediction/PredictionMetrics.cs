using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics;

namespace Slipway.Prediction;

/// <summary>A part of a request's time.</summary>
internal enum PredictionPhase
{
    /// <summary>Reading the body into tensors.</summary>
    Parse,
    /// <summary>Waiting for its turn.</summary>
    Queue,
    /// <summary>The model.</summary>
    Run,
    /// <summary>Writing the answer.</summary>
    Encode,
    /// <summary>From the first byte to the model's end.</summary>
    Total,
}

/// <summary>
/// Counts and times of every arm, for Prometheus and for live pages. A request adds to counters that exist: it allocates nothing and takes no lock.
/// </summary>
internal sealed class PredictionMetrics(TimeProvider clock)
{
    /// <summary>The most versions that are told apart; later ones share one line, `(other)`.</summary>
    public const int ArmsMax = 2_000;

    private readonly ConcurrentDictionary<(long Workspace, string Endpoint, string Arm, string Version), ArmMetrics> arms = new();

    /// <summary>All arms that answered since the start.</summary>
    public ICollection<ArmMetrics> Arms => arms.Values;

    /// <summary>An arm's numbers.</summary>
    public ArmMetrics Of(ServedEndpoint endpoint, EndpointArm arm)
    {
        var model = arm.Model;
        if (arms.TryGetValue((endpoint.Workspace, endpoint.Name, arm.Name, model.Version), out var known)) return known;
        return arms.Count < ArmsMax
            ? arms.GetOrAdd((endpoint.Workspace, endpoint.Name, arm.Name, model.Version), static (key, model) => new ArmMetrics(key.Workspace, key.Endpoint, key.Arm, model, key.Version), model.Name)
            : arms.GetOrAdd((endpoint.Workspace, "(other)", "", ""), static key => new ArmMetrics(key.Workspace, key.Endpoint, key.Arm, "", key.Version));
    }

    /// <summary>Takes a call's numbers; <see cref="Predictor.Told"/> calls it.</summary>
    public void Tell(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call, Problem? problem)
    {
        var numbers = Of(endpoint, arm);
        var times = call.Times;
        numbers.Count(problem?.Status ?? 200, call.Inputs.Rows);
        numbers.Add(PredictionPhase.Parse, times.Began, times.Parsed);
        numbers.Add(PredictionPhase.Queue, times.Parsed, times.Started);
        numbers.Add(PredictionPhase.Run, times.Started, times.Ran);
        var end = times.Ran == 0 ? Stopwatch.GetTimestamp() : times.Ran;
        numbers.Add(PredictionPhase.Total, times.Began, end);
        numbers.Live.Add(clock.GetUtcNow().ToUnixTimeSeconds(), problem is not null, Ticks.Nanoseconds(times.Began, end), Ticks.Nanoseconds(times.Started, times.Ran));
    }

    /// <summary>The answer of a call was written: how long that took.</summary>
    public void Encoded(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call) => Of(endpoint, arm).Add(PredictionPhase.Encode, call.Times.Ran, call.Times.Encoded);
}

/// <summary>Stopwatch times as nanoseconds.</summary>
internal static class Ticks
{
    private static readonly double PerTick = 1_000_000_000.0 / Stopwatch.Frequency;

    /// <summary>Nanoseconds between two times; 0 where one did not happen.</summary>
    public static long Nanoseconds(long from, long to) => from == 0 || to <= from ? 0 : (long)((to - from) * PerTick);
}

/// <summary>What one version of an endpoint did.</summary>
internal sealed class ArmMetrics(long workspace, string endpoint, string arm, string model, string version)
{
    private const int StatusesMax = 600;

    private readonly long[] statuses = new long[StatusesMax];
    private readonly TimeBuckets[] phases = [new(), new(), new(), new(), new()];
    private long rows;

    /// <summary>The workspace.</summary>
    public long Workspace => workspace;

    /// <summary>The endpoint.</summary>
    public string Endpoint => endpoint;

    /// <summary>The arm.</summary>
    public string Arm => arm;

    /// <summary>The registered model.</summary>
    public string Model => model;

    /// <summary>Its version.</summary>
    public string Version => version;

    /// <summary>Rows of all requests.</summary>
    public long Rows => Volatile.Read(ref rows);

    /// <summary>The last minutes.</summary>
    public LiveWindow Live { get; } = new();

    /// <summary>Requests by the status that they were answered with.</summary>
    public IEnumerable<(int Status, long Count)> Statuses()
    {
        for (var status = 0; status < StatusesMax; status++)
            if (Volatile.Read(ref statuses[status]) is > 0 and var count) yield return (status, count);
    }

    /// <summary>The times of a phase.</summary>
    public TimeBuckets Of(PredictionPhase phase) => phases[(int)phase];

    /// <summary>One more request.</summary>
    public void Count(int status, long rowsOfIt)
    {
        Interlocked.Increment(ref statuses[(uint)status < StatusesMax ? status : 0]);
        Interlocked.Add(ref rows, rowsOfIt);
    }

    /// <summary>A phase that went from one stopwatch time to another; nothing when it did not happen.</summary>
    public void Add(PredictionPhase phase, long from, long to)
    {
        if (from != 0 && to >= from) phases[(int)phase].Add(Ticks.Nanoseconds(from, to));
    }
}

/// <summary>
/// Times in exponential buckets: eight to each doubling, so that a quantile is off by at most 12.5 %, from a nanosecond to a minute and a half. Adding is two interlocked additions.
/// </summary>
internal sealed class TimeBuckets
{
    /// <summary>How many buckets.</summary>
    public const int Buckets = 272;

    private readonly long[] counts = new long[Buckets];
    private long sum;

    /// <summary>Nanoseconds in all.</summary>
    public long Sum => Volatile.Read(ref sum);

    /// <summary>One time.</summary>
    public void Add(long nanoseconds)
    {
        Interlocked.Increment(ref counts[IndexOf(nanoseconds)]);
        Interlocked.Add(ref sum, nanoseconds);
    }

    /// <summary>The counts, one for each bucket.</summary>
    public long[] Counts()
    {
        var copy = new long[Buckets];
        for (var i = 0; i < Buckets; i++) copy[i] = Volatile.Read(ref counts[i]);
        return copy;
    }

    /// <summary>The bucket of a time: by its highest bit and the three below it.</summary>
    public static int IndexOf(long nanoseconds)
    {
        if (nanoseconds < 8) return (int)Math.Max(0, nanoseconds);
        var log = BitOperations.Log2((ulong)nanoseconds);
        return Math.Min(Buckets - 1, ((log - 2) << 3) + (int)((nanoseconds >> (log - 3)) & 7));
    }

    /// <summary>Where a bucket begins.</summary>
    public static long From(int bucket) => bucket < 8 ? bucket : (8L + (bucket & 7)) << ((bucket >> 3) - 1);

    /// <summary>The time that a share of all stays below, in nanoseconds: the middle of its bucket; null when there are none.</summary>
    public static double? Quantile(ReadOnlySpan<long> counts, double share)
    {
        var all = 0L;
        foreach (var count in counts) all += count;
        if (all == 0) return null;
        var left = Math.Max(1, (long)Math.Ceiling(all * share));
        for (var i = 0; i < counts.Length; i++)
            if ((left -= counts[i]) <= 0) return (From(i) + From(i + 1)) / 2.0;
        return From(counts.Length);
    }
}

/// <summary>The last five minutes, second by second, and the times of the last minute in slots of ten seconds. Old seconds are overwritten when their place is needed.</summary>
internal sealed class LiveWindow
{
    /// <summary>How many seconds are kept.</summary>
    public const int Seconds = 300;

    /// <summary>Over how many seconds rates and quantiles go.</summary>
    public const int RecentSeconds = 60;

    private const int SlotSeconds = 10, Slots = RecentSeconds / SlotSeconds + 1;

    private readonly Second[] seconds = new Second[Seconds + 1];
    private readonly Slot?[] slots = new Slot?[Slots];
    private readonly Lock turning = new();

    /// <summary>One request.</summary>
    public void Add(long second, bool failed, long totalNs, long runNs)
    {
        ref var place = ref seconds[second % seconds.Length];
        if (Volatile.Read(ref place.At) != second) Turn(ref place, second);
        Interlocked.Increment(ref place.Requests);
        if (failed) Interlocked.Increment(ref place.Errors);
        var slot = SlotOf(second / SlotSeconds);
        Interlocked.Increment(ref slot.Total[TimeBuckets.IndexOf(totalNs)]);
        if (runNs > 0) Interlocked.Increment(ref slot.Run[TimeBuckets.IndexOf(runNs)]);
    }

    /// <summary>Requests and errors of the seconds before now, oldest first.</summary>
    public (int[] Requests, int[] Errors) Rates(long now)
    {
        var (requests, errors) = (new int[Seconds], new int[Seconds]);
        for (var i = 0; i < Seconds; i++)
        {
            var second = now - Seconds + i;
            ref var place = ref seconds[second % seconds.Length];
            if (Volatile.Read(ref place.At) == second) (requests[i], errors[i]) = (place.Requests, place.Errors);
        }
        return (requests, errors);
    }

    /// <summary>The times of the last minute.</summary>
    public (long[] Total, long[] Run) Times(long now)
    {
        var (total, run) = (new long[TimeBuckets.Buckets], new long[TimeBuckets.Buckets]);
        foreach (var slot in slots)
        {
            if (slot is null || slot.At < now / SlotSeconds - RecentSeconds / SlotSeconds) continue;
            for (var i = 0; i < total.Length; i++) (total[i], run[i]) = (total[i] + slot.Total[i], run[i] + slot.Run[i]);
        }
        return (total, run);
    }

    private void Turn(ref Second place, long second)
    {
        lock (turning)
        {
            if (place.At >= second) return;
            (place.Requests, place.Errors) = (0, 0);
            Volatile.Write(ref place.At, second);
        }
    }

    private Slot SlotOf(long at)
    {
        ref var place = ref slots[at % Slots];
        if (Volatile.Read(ref place) is { } slot && slot.At >= at) return slot;
        lock (turning)
        {
            if (place is { } other && other.At >= at) return other;
            var fresh = new Slot(at);
            Volatile.Write(ref place, fresh);
            return fresh;
        }
    }

    private struct Second
    {
        public long At;
        public int Requests, Errors;
    }

    private sealed class Slot(long at)
    {
        public long At => at;

        public int[] Total { get; } = new int[TimeBuckets.Buckets];

        public int[] Run { get; } = new int[TimeBuckets.Buckets];
    }
}
