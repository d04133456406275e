using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>Requests that run as one: rows put together, and the answer's rows taken apart again.</summary>
internal static unsafe class MergedCalls
{
    /// <summary>The most bytes that are put together.</summary>
    public const long BytesMax = 64L << 20;

    /// <summary>Whether a model's inputs and outputs all begin with a free dimension, without which rows cannot be told apart.</summary>
    public static bool Possible(ModelRuntime runtime)
    {
        foreach (var spec in runtime.Inputs)
            if (spec.Shape is not [-1, ..]) return false;
        foreach (var spec in runtime.Outputs)
            if (spec.Shape is not [-1, ..]) return false;
        return runtime.Inputs.Count > 0;
    }

    /// <summary>Whether every tensor has the same number of rows, at least one.</summary>
    public static bool Even(TensorBatch inputs)
    {
        var rows = inputs.Rows;
        if (rows < 1) return false;
        for (var i = 0; i < inputs.Count; i++)
            if (inputs[i].Rank == 0 || inputs[i].Dimensions[0] != rows) return false;
        return true;
    }

    /// <summary>Whether two requests differ in nothing but rows and values: the same inputs in the same order, types, other dimensions, and wanted outputs.</summary>
    public static bool Alike(WaitingCall one, WaitingCall other)
    {
        if (one.Inputs.Count != other.Inputs.Count || !Even(other.Inputs)) return false;
        for (var i = 0; i < one.Inputs.Count; i++)
        {
            ref var a = ref one.Inputs[i];
            ref var b = ref other.Inputs[i];
            if (a.Port != b.Port || a.Element != b.Element || a.Rank != b.Rank || !a.Shape[1..].SequenceEqual(b.Shape[1..])) return false;
        }
        return one.Wanted is null ? other.Wanted is null : other.Wanted is not null && one.Wanted.AsSpan().SequenceEqual(other.Wanted);
    }

    /// <summary>Puts the rows of all into one batch, in their order.</summary>
    public static void Join(List<WaitingCall> calls, long rows, TensorBatch into)
    {
        var first = calls[0].Inputs;
        Span<long> shape = stackalloc long[TensorShape.RankMax];
        for (var i = 0; i < first.Count; i++)
        {
            ref var like = ref first[i];
            like.Shape.CopyTo(shape);
            shape[0] = rows;
            if (like.Element == OnnxElement.String) JoinTexts(calls, i, into, shape[..like.Rank]);
            else
            {
                ref var all = ref into.AddNumbers(like.Element, shape[..like.Rank], like.Port);
                var at = all.Data;
                foreach (var call in calls)
                {
                    ref var part = ref call.Inputs[i];
                    var bytes = part.Count * part.Element.Bytes();
                    Buffer.MemoryCopy(part.Data, at, bytes, bytes);
                    at += bytes;
                }
            }
        }
    }

    /// <summary>Whether each output has as many rows as went in.</summary>
    public static bool Splits(TensorBatch outputs, long rows)
    {
        for (var i = 0; i < outputs.Count; i++)
            if (outputs[i].Rank == 0 || outputs[i].Dimensions[0] != rows) return false;
        return true;
    }

    /// <summary>Copies some rows of every output.</summary>
    public static void Split(TensorBatch outputs, long from, long rows, TensorBatch into)
    {
        Span<long> shape = stackalloc long[TensorShape.RankMax];
        for (var i = 0; i < outputs.Count; i++)
        {
            ref var all = ref outputs[i];
            var row = all.Dimensions[0] == 0 ? 0 : all.Count / all.Dimensions[0];
            all.Shape.CopyTo(shape);
            shape[0] = rows;
            if (all.Element == OnnxElement.String) Texts(ref all, from * row, rows * row, into, shape[..all.Rank]);
            else
            {
                ref var part = ref into.AddNumbers(all.Element, shape[..all.Rank], all.Port);
                Buffer.MemoryCopy(all.Data + from * row * all.Element.Bytes(), part.Data, part.Bytes, part.Bytes);
            }
        }
    }

    private static void JoinTexts(List<WaitingCall> calls, int tensor, TensorBatch into, ReadOnlySpan<long> shape)
    {
        ref var all = ref into.Add(OnnxElement.String, shape, calls[0].Inputs[tensor].Port);
        foreach (var call in calls)
        {
            ref var part = ref call.Inputs[tensor];
            all.Bytes += part.Offsets[part.Count] - part.Offsets[0];
        }
        all.Data = into.Take(Math.Max(1, all.Bytes));
        all.Offsets = (int*)into.Take((all.Count + 1) * sizeof(int));
        var (text, at) = (0L, 0);
        foreach (var call in calls)
        {
            ref var part = ref call.Inputs[tensor];
            var (count, start) = (part.Count, part.Offsets[0]);
            for (var i = 0L; i < count; i++) all.Offsets[text++] = at + part.Offsets[i] - start;
            var bytes = part.Offsets[count] - start;
            Buffer.MemoryCopy(part.Data + start, all.Data + at, bytes, bytes);
            at += bytes;
        }
        all.Offsets[text] = at;
    }

    private static void Texts(ref Tensor all, long from, long count, TensorBatch into, ReadOnlySpan<long> shape)
    {
        ref var part = ref into.Add(OnnxElement.String, shape, all.Port);
        var start = all.Offsets[from];
        part.Bytes = all.Offsets[from + count] - start;
        part.Data = into.Take(Math.Max(1, part.Bytes));
        Buffer.MemoryCopy(all.Data + start, part.Data, part.Bytes, part.Bytes);
        part.Offsets = (int*)into.Take((count + 1) * sizeof(int));
        for (var i = 0L; i <= count; i++) part.Offsets[i] = all.Offsets[from + i] - start;
    }
}
