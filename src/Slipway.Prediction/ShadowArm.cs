using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>What a shadow's predictions were beside those that were answered.</summary>
/// <param name="Compared">Requests that both answered.</param>
/// <param name="Rows">Rows of them.</param>
/// <param name="LeftOut">Requests that found no free core, or inputs that the shadow does not take.</param>
/// <param name="Failed">Requests that the shadow failed.</param>
/// <param name="MaxAbs">The largest difference of two numbers.</param>
/// <param name="MeanAbs">The mean difference of all numbers.</param>
/// <param name="LabelFlips">Rows whose integers, booleans or texts differ.</param>
internal readonly record struct ShadowCounts(long Compared, long Rows, long LeftOut, long Failed, double MaxAbs, double MeanAbs, long LabelFlips);

/// <summary>
/// A version that gets copies of requests, answers nobody and delays nothing: it runs on another thread on the request's own tensors, which it holds, when nothing waits for a
/// thread and few other shadows run; else the request is left out.
/// </summary>
internal sealed class ShadowArm(string name, ServedModel model)
{
    private static readonly int RunningMax = Math.Max(1, Environment.ProcessorCount / 2);

    private static int running;

    private readonly Lock gate = new();
    private long compared, rows, leftOut, failed, numbers, flips;
    private double maxAbs, sumAbs;
    private ServedModel? fitting;

    /// <summary>The arm's name.</summary>
    public string Name => name;

    /// <summary>The version.</summary>
    public ServedModel Model => model;

    /// <summary>Why it compares nothing, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>What was found so far.</summary>
    public ShadowCounts Counts
    {
        get
        {
            lock (gate) return new(compared, rows, leftOut, failed, maxAbs, numbers == 0 ? 0 : sumAbs / numbers, flips);
        }
    }

    /// <summary>Offers a request that was answered. Never waits.</summary>
    public void Offer(PredictionCall call)
    {
        if (!Fits(call.Model!) || ThreadPool.PendingWorkItemCount > 0 || !Take())
        {
            Interlocked.Increment(ref leftOut);
            return;
        }
        if (!model.TryLease())
        {
            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref leftOut);
            return;
        }
        ThreadPool.UnsafeQueueUserWorkItem(new Copy(this, call.Inputs.Hold(), call.Outputs.Hold()), preferLocal: false);
    }

    private static bool Take()
    {
        if (Interlocked.Increment(ref running) <= RunningMax) return true;
        Interlocked.Decrement(ref running);
        return false;
    }

    private sealed class Copy(ShadowArm shadow, TensorBatch inputs, TensorBatch answered) : IThreadPoolWorkItem
    {
        public void Execute() => _ = shadow.Run(inputs, answered);
    }

    private async Task Run(TensorBatch inputs, TensorBatch answered)
    {
        var own = TensorBatch.Rent();
        try
        {
            var problem = await model.Runtime.Run(inputs, own, CancellationToken.None);
            if (problem is null) Compare(answered, own);
            else Interlocked.Increment(ref failed);
        }
        catch (Exception failure) when (failure is OnnxException or InvalidOperationException or IOException)
        {
            Interlocked.Increment(ref failed);
        }
        finally
        {
            own.Release();
            inputs.Release();
            answered.Release();
            model.Release();
            Interlocked.Decrement(ref running);
        }
    }

    /// <summary>Compares two answers to the same request, output by output and row by row.</summary>
    public void Compare(TensorBatch answered, TensorBatch own)
    {
        var (largest, sum, count, flipped) = (0.0, 0.0, 0L, 0L);
        var same = Math.Min(answered.Count, own.Count);
        for (var i = 0; i < same; i++)
        {
            ref var one = ref answered[i];
            ref var other = ref own[i];
            if (one.Element != other.Element || one.Count != other.Count) continue;
            var each = one.Rows == 0 ? 0 : one.Count / one.Rows;
            for (var row = 0L; row < one.Rows; row++)
            {
                var differs = false;
                for (var column = 0L; column < each; column++)
                {
                    var at = checked((int)(row * each + column));
                    if (one.Element is OnnxElement.String)
                    {
                        differs |= !one.Text(at).SequenceEqual(other.Text(at));
                        continue;
                    }
                    var (a, b) = (ArmTally.At(ref one, at), ArmTally.At(ref other, at));
                    var difference = a.Equals(b) ? 0 : Math.Abs(a - b);
                    if (double.IsNaN(difference)) difference = double.PositiveInfinity; // one of them is no number
                    if (one.Element is OnnxElement.Float or OnnxElement.Double or OnnxElement.Float16)
                    {
                        largest = Math.Max(largest, difference);
                        sum += difference;
                        count++;
                    }
                    else differs |= difference > 0;
                }
                if (differs) flipped++;
            }
        }
        lock (gate)
        {
            compared++;
            rows += answered.Rows;
            maxAbs = Math.Max(maxAbs, largest);
            sumAbs += sum;
            numbers += count;
            flips += flipped;
        }
    }

    // Tensors are handed over by position: the shadow has to take what the version takes that answers.
    private bool Fits(ServedModel answering)
    {
        if (ReferenceEquals(fitting, answering)) return Problem is null;
        var (mine, theirs) = (model.Runtime.Inputs, answering.Runtime.Inputs);
        var fits = mine.Count == theirs.Count;
        for (var i = 0; fits && i < mine.Count; i++) fits = mine[i].Name == theirs[i].Name && mine[i].Element == theirs[i].Element;
        Problem = fits ? null : $"Version {model.Version} of '{model.Name}' takes other inputs than version {answering.Version} of '{answering.Name}': nothing is compared.";
        fitting = answering;
        return fits;
    }
}
