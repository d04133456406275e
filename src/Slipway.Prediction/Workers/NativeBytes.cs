using System.Buffers;

namespace Slipway.Prediction.Workers;

/// <summary>Native memory of a batch as streams take it. Whoever uses it holds the batch.</summary>
internal sealed unsafe class NativeBytes(nint start, int length) : MemoryManager<byte>
{
    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new((void*)start, length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)start + elementIndex);

    /// <inheritdoc/>
    public override void Unpin() { }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }
}
