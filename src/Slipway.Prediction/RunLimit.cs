using System.Numerics;

namespace Slipway.Prediction;

/// <summary>
/// How many runs at once something elsewhere (a worker, another server) takes well, found from its latency: while runs take about as long as the fastest of their size, one more is tried;
/// when they take longer, fewer. A failure to answer costs a tenth.
/// </summary>
/// <remarks>A gradient limit as in Netflix's concurrency-limits: https://github.com/Netflix/concurrency-limits. For one thread at a time.</remarks>
internal sealed class RunLimit(int first, int most)
{
    private const double Tolerance = 2, Smoothing = 0.2, FailureFactor = 0.9;

    // By the power of two of the rows: runs of other sizes take other times.
    private readonly double[] fastestUs = new double[24];
    private double limit = first;

    /// <summary>How many at once.</summary>
    public int Now => (int)limit;

    /// <summary>A run ended.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="us">How long it took.</param>
    /// <param name="running">How many were under way when it began, itself included.</param>
    public void Ended(long rows, double us, int running)
    {
        ref var fastest = ref fastestUs[Math.Min(fastestUs.Length - 1, BitOperations.Log2((ulong)Math.Max(1, rows)))];
        // A run that was alone says what is normal now: a model that became slower for good comes down to one at a time, and is believed there.
        fastest = fastest == 0 || us < fastest ? us : running <= 1 ? fastest + (us - fastest) / 8 : fastest;
        var gradient = Math.Clamp(Tolerance * fastest / Math.Max(1, us), 0.5, 1);
        // What was never full says nothing of how much more would go.
        if (gradient >= 1 && running * 2 < limit) return;
        limit = Math.Clamp(limit * (1 - Smoothing) + (limit * gradient + Math.Sqrt(limit)) * Smoothing, 1, most);
    }

    /// <summary>A run was not answered: the other side refused or is gone.</summary>
    public void Failed() => limit = Math.Max(1, limit * FailureFactor);
}
