using System.Collections.Concurrent;
using System.Diagnostics;

namespace Slipway.Prediction.Protocols;

/// <summary>What one version of one endpoint has done, as Triton's statistics have it. Times in nanoseconds.</summary>
internal sealed class ServedCount
{
    private long requests, failed, inferences, last, queueNs, inputNs, runNs, outputNs, failedNs;

    /// <summary>Requests that were answered, and that failed; rows; when the last one was, as milliseconds since 1970.</summary>
    public (long Succeeded, long Failed, long Inferences, long LastMs) Totals => (Volatile.Read(ref requests), Volatile.Read(ref failed), Volatile.Read(ref inferences), Volatile.Read(ref last));

    /// <summary>Time in the queue, reading, running and writing.</summary>
    public (long Queue, long Input, long Run, long Output, long Failed) Nanoseconds =>
        (Volatile.Read(ref queueNs), Volatile.Read(ref inputNs), Volatile.Read(ref runNs), Volatile.Read(ref outputNs), Volatile.Read(ref failedNs));

    /// <summary>Counts one call.</summary>
    public void Add(PredictionCall call, Problem? problem)
    {
        ref var times = ref call.Times;
        Volatile.Write(ref last, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        if (problem is not null)
        {
            Interlocked.Increment(ref failed);
            Interlocked.Add(ref failedNs, Between(times.Began, Stopwatch.GetTimestamp()));
            return;
        }
        Interlocked.Increment(ref requests);
        Interlocked.Add(ref inferences, call.Inputs.Rows);
        Interlocked.Add(ref inputNs, Between(times.Began, times.Parsed));
        Interlocked.Add(ref queueNs, Between(times.Parsed, times.Started));
        Interlocked.Add(ref runNs, Between(times.Started, times.Ran));
    }

    /// <summary>Counts the time that writing took.</summary>
    public void Encoded(in PredictionTimes times) => Interlocked.Add(ref outputNs, Between(times.Ran, times.Encoded));

    private static long Between(long from, long to) => from == 0 || to <= from ? 0 : (long)((to - from) * (1e9 / Stopwatch.Frequency));
}

/// <summary>The counts of all versions that answered since the start.</summary>
internal sealed class ServedCounts
{
    /// <summary>The most that are kept; later ones are not counted.</summary>
    public const int CountsMax = 10_000;

    private readonly ConcurrentDictionary<(long Workspace, string Endpoint, string Version), ServedCount> all = new();

    private ServedCounts() { }

    /// <summary>Counts everything that a predictor is told of.</summary>
    public static ServedCounts Listen(Predictor predictor)
    {
        var counts = new ServedCounts();
        predictor.Told.Add((endpoint, arm, call, problem) => counts.Of(endpoint, arm.Model.Version)?.Add(call, problem));
        return counts;
    }

    /// <summary>The count of a version; null beyond the limit.</summary>
    public ServedCount? Of(ServedEndpoint endpoint, string version)
    {
        var key = (endpoint.Workspace, endpoint.Name, version);
        return all.TryGetValue(key, out var count) ? count : all.Count >= CountsMax ? null : all.GetOrAdd(key, static _ => new ServedCount());
    }
}
