using Microsoft.Win32.SafeHandles;

namespace Slipway.Storage;

/// <summary>A stream that is read once from start to end: what blob reads answer.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Some bytes of a file, read straight into the caller's buffer.</summary>
internal sealed class FileRange(SafeFileHandle file, long offset, long length) : ReadOnlyStream
{
    private long at = offset;
    private long left = length;

    public override int Read(Span<byte> buffer) => Advance(RandomAccess.Read(file, buffer[..(int)Math.Min(buffer.Length, left)], at));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Advance(await RandomAccess.ReadAsync(file, buffer[..(int)Math.Min(buffer.Length, left)], at, cancellationToken));

    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        base.Dispose(disposing);
    }

    private int Advance(int read)
    {
        at += read;
        left -= read;
        return read;
    }
}

/// <summary>A stream of a network answer that also disposes the answer it belongs to.</summary>
internal sealed class OwnedStream(Stream inner, IDisposable owner) : ReadOnlyStream
{
    public override int Read(Span<byte> buffer) => inner.Read(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            owner.Dispose();
        }
        base.Dispose(disposing);
    }
}
