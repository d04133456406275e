using System.Diagnostics;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>By what a canary's answers are sorted, read off the control's own before they are counted.</summary>
/// <param name="SlowUs">A request that took longer, in microseconds from read to run, is slow.</param>
/// <param name="Edges">Rising; a prediction's bin is how many of them it reaches. At most <see cref="EdgesMax"/>.</param>
internal sealed record TallyBins(double SlowUs, double[] Edges)
{
    /// <summary>The most edges: 16 bins, and one for what is no number.</summary>
    public const int EdgesMax = 15;

    /// <summary>The bin of a prediction, 0 to <see cref="EdgesMax"/>; one more for NaN.</summary>
    public int Of(double prediction)
    {
        if (double.IsNaN(prediction)) return EdgesMax + 1;
        var bin = 0;
        while (bin < Edges.Length && prediction >= Edges[bin]) bin++;
        return bin;
    }
}

/// <summary>What one arm did in one period of a canary, counted without locks. Without bins it gathers values to make bins of.</summary>
internal sealed class ArmTally(TallyBins? bins)
{
    /// <summary>How many values are gathered, at most.</summary>
    public const int ValuesMax = 512;

    // A time that is NaN was claimed and not written yet.
    private readonly double[]? values = bins is null ? new double[ValuesMax] : null, times = bins is null ? Filled() : null;
    private readonly long[] binned = new long[TallyBins.EdgesMax + 2];
    private long requests, errors, slow, answered;
    private int gathered;

    /// <summary>True when it sorts into bins; else it gathers.</summary>
    public bool IsBinned => bins is not null;

    /// <summary>All requests.</summary>
    public long Requests => Volatile.Read(ref requests);

    /// <summary>Those that the server failed: 500 and above.</summary>
    public long Errors => Volatile.Read(ref errors);

    /// <summary>Those that were answered.</summary>
    public long Answered => Volatile.Read(ref answered);

    /// <summary>Those that were slow, of the answered ones.</summary>
    public long Slow => Volatile.Read(ref slow);

    /// <summary>Answers by bin.</summary>
    public long[] Binned => [.. binned];

    /// <summary>What was gathered: predictions and microseconds, as long as there are no bins.</summary>
    public (double[] Predictions, double[] Microseconds) Gathered()
    {
        var (predictions, microseconds) = (new List<double>(), new List<double>());
        for (var i = 0; i < ValuesMax && values is not null; i++)
            if (Volatile.Read(ref times![i]) is var time && !double.IsNaN(time))
            {
                predictions.Add(values[i]);
                microseconds.Add(time);
            }
        return ([.. predictions], [.. microseconds]);
    }

    /// <summary>Counts a request.</summary>
    public void Add(PredictionCall call, Problem? problem)
    {
        if (problem is { Status: < 500 }) return; // the client's fault says nothing of the version
        Interlocked.Increment(ref requests);
        if (problem is not null)
        {
            Interlocked.Increment(ref errors);
            return;
        }
        var from = call.Times.Parsed != 0 ? call.Times.Parsed : call.Times.Started;
        Add(Prediction(call.Outputs), Stopwatch.GetElapsedTime(from, call.Times.Ran).TotalMicroseconds);
    }

    /// <summary>Counts an answer by its first prediction and its time.</summary>
    public void Add(double prediction, double microseconds)
    {
        Interlocked.Increment(ref answered);
        if (bins is not null)
        {
            Interlocked.Increment(ref binned[bins.Of(prediction)]);
            if (microseconds > bins.SlowUs) Interlocked.Increment(ref slow);
            return;
        }
        var at = Interlocked.Increment(ref gathered) - 1;
        if (at >= ValuesMax) return;
        values![at] = prediction;
        Volatile.Write(ref times![at], microseconds);
    }

    /// <summary>One number for an answer: of the first output of floating point, else of the first, the last value of the first row. A text is its hash; nothing is NaN.</summary>
    public static double Prediction(TensorBatch outputs)
    {
        var chosen = -1;
        for (var i = 0; i < outputs.Count && chosen < 0; i++)
            if (outputs[i].Element is OnnxElement.Float or OnnxElement.Double) chosen = i;
        if (chosen < 0 && outputs.Count > 0) chosen = 0;
        if (chosen < 0) return double.NaN;
        ref var tensor = ref outputs[chosen];
        var (count, rows) = (tensor.Count, tensor.Rows);
        if (count == 0 || rows == 0) return double.NaN;
        return At(ref tensor, (int)Math.Min(int.MaxValue, count / rows) - 1);
    }

    /// <summary>An element as a number; NaN where the type has none.</summary>
    public static double At(ref Tensor tensor, int index) => tensor.Element switch
    {
        OnnxElement.Float => tensor.Values<float>()[index],
        OnnxElement.Double => tensor.Values<double>()[index],
        OnnxElement.Int64 => tensor.Values<long>()[index],
        OnnxElement.Int32 => tensor.Values<int>()[index],
        OnnxElement.Int16 => tensor.Values<short>()[index],
        OnnxElement.Int8 => tensor.Values<sbyte>()[index],
        OnnxElement.UInt64 => tensor.Values<ulong>()[index],
        OnnxElement.UInt32 => tensor.Values<uint>()[index],
        OnnxElement.UInt16 => tensor.Values<ushort>()[index],
        OnnxElement.UInt8 or OnnxElement.Bool => tensor.Values<byte>()[index],
        OnnxElement.Float16 => (double)tensor.Values<Half>()[index],
        OnnxElement.String => TextNumber(tensor.Text(index)),
        _ => double.NaN,
    };

    private static double[] Filled()
    {
        var times = new double[ValuesMax];
        Array.Fill(times, double.NaN);
        return times;
    }

    // FNV-1a, 32 bits of it: equal texts are equal numbers.
    private static double TextNumber(ReadOnlySpan<byte> text)
    {
        var hash = 2166136261u;
        foreach (var one in text) hash = (hash ^ one) * 16777619u;
        return hash;
    }
}
