using System.Diagnostics;

namespace Slipway.Prediction;

/// <summary>
/// What a run costs by its rows, `a + b * rows` microseconds: least squares over the version's own runs, old ones fading. A run that was interrupted looks hundreds of times too long, so a sample counts at
/// most as four times what the line says.
/// </summary>
internal sealed class CostLine
{
    /// <summary>Runs before the line is believed.</summary>
    public const int RunsNeeded = 6;

    private const int FirstRunsIgnored = 2;                 // memory and threads are made in them
    private const double Fade = 1 - 1.0 / 256, OutlierTimes = 4;
    private static readonly double UsPerTick = 1e6 / Stopwatch.Frequency;

    private readonly Lock gate = new();
    private double weight, sumN, sumT, sumNN, sumNT;
    private long samples;
    private volatile Line? line;

    /// <summary>The line, or null while there were too few runs.</summary>
    public Line? Now => line;

    /// <summary>Takes a run in. Of two threads at once one is passed over: the line needs some runs, not all.</summary>
    public void Learn(long rows, long ticks) => LearnUs(rows, ticks * UsPerTick);

    /// <summary>Takes a run of so many microseconds in.</summary>
    public void LearnUs(long rows, double us)
    {
        if (!gate.TryEnter()) return;
        try
        {
            if (++samples <= FirstRunsIgnored) return;
            if (line is { } now) us = Math.Min(us, OutlierTimes * Math.Max(1, now.Us(rows)));
            weight = weight * Fade + 1;
            sumN = sumN * Fade + rows;
            sumT = sumT * Fade + us;
            sumNN = sumNN * Fade + (double)rows * rows;
            sumNT = sumNT * Fade + rows * us;
            // The line hardly moves from run to run later on: not each run makes a new one.
            if (samples < RunsNeeded || (samples > 256 && samples % 16 != 0)) return;
            line = Fit();
        }
        finally
        {
            gate.Exit();
        }
    }

    private Line Fit()
    {
        var (n, t) = (sumN / weight, sumT / weight);
        var spread = sumNN / weight - n * n;
        // Runs of one size say nothing of the slope: then all of it counts as the rows', which overestimates larger ones.
        if (spread < 1e-3 * Math.Max(1, n * n)) return n > 0 ? new(0, t / n, false) : new(t, 0, false);
        var slope = Math.Max(0, (sumNT / weight - n * t) / spread);
        var start = t - slope * n;
        return start >= 0 ? new(start, slope, true) : new(0, t / n, true);
    }

    /// <summary>The line.</summary>
    /// <param name="FixedUs">What any run costs.</param>
    /// <param name="RowUs">What a row adds.</param>
    /// <param name="Sloped">False when all runs had about as many rows, so that the two are not told apart.</param>
    internal sealed record Line(double FixedUs, double RowUs, bool Sloped)
    {
        /// <summary>What a run of so many rows costs.</summary>
        public double Us(long rows) => FixedUs + RowUs * rows;
    }
}
