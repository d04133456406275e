using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>One input or output of a model.</summary>
/// <param name="Name">Its name in the graph, or the column's.</param>
/// <param name="Element">What it holds.</param>
/// <param name="Shape">Its dimensions; -1 where any size will do. The first one counts rows.</param>
internal sealed record TensorSpec(string Name, OnnxElement Element, long[] Shape)
{
    /// <summary>The name as it stands on the wire.</summary>
    public byte[] Utf8Name { get; } = System.Text.Encoding.UTF8.GetBytes(Name);
}

/// <summary>The dimensions of a tensor, without an object.</summary>
[InlineArray(RankMax)]
internal struct TensorShape
{
    /// <summary>The most dimensions.</summary>
    public const int RankMax = 8;

    private long first;
}

/// <summary>
/// A tensor in a <see cref="TensorBatch"/>: row-major, little-endian, 64-byte aligned native memory of the batch. Texts are their UTF-8 bytes one after the other in
/// <see cref="Data"/>, and where each begins in <see cref="Offsets"/>, with the end of the last one: one number more than there are texts.
/// </summary>
internal unsafe struct Tensor
{
    /// <summary>Its position among the model's inputs or outputs; -1 until somebody has looked.</summary>
    public int Port;

    /// <summary>What it holds.</summary>
    public OnnxElement Element;

    /// <summary>How many of <see cref="Dimensions"/> count.</summary>
    public int Rank;

    /// <summary>The dimensions.</summary>
    public TensorShape Dimensions;

    /// <summary>Where the elements, or the texts' bytes, begin.</summary>
    public byte* Data;

    /// <summary>How many bytes they have.</summary>
    public long Bytes;

    /// <summary>Of texts: where each begins in <see cref="Data"/>, and where the last one ends.</summary>
    public int* Offsets;

    /// <summary>The dimensions that count.</summary>
    [UnscopedRef]
    public Span<long> Shape => ((Span<long>)Dimensions)[..Rank];

    /// <summary>How many elements there are.</summary>
    public readonly long Count
    {
        get
        {
            var count = 1L;
            for (var i = 0; i < Rank; i++) count *= Dimensions[i];
            return count;
        }
    }

    /// <summary>How many rows there are; 1 for a scalar.</summary>
    public readonly long Rows => Rank == 0 ? 1 : Dimensions[0];

    /// <summary>The elements in place.</summary>
    public readonly Span<T> Values<T>() where T : unmanaged => new(Data, checked((int)(Bytes / sizeof(T))));

    /// <summary>A text's bytes.</summary>
    public readonly ReadOnlySpan<byte> Text(int index) => new(Data + Offsets[index], Offsets[index + 1] - Offsets[index]);
}
