using Slipway.Storage;

namespace Slipway.Artifacts;

/// <summary>The parts of an upload one after the other, each opened when the one before has ended.</summary>
internal sealed class PartsStream(ArtifactVault vault, IReadOnlyList<Uploads.Part> parts) : Stream
{
    private int next;
    private Stream? current;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (current is null)
            {
                if (next == parts.Count) return 0;
                var part = parts[next];
                var opened = await vault.Open(part.Blob, part.Form, part.Size, 0, null, cancellationToken);
                if (opened.Problem is { } problem) throw new StorageException(problem);
                current = opened.Value;
            }
            var read = await current.ReadAsync(buffer, cancellationToken);
            if (read > 0 || buffer.IsEmpty) return read;
            await current.DisposeAsync();
            current = null;
            next++;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (current is not null) await current.DisposeAsync();
        await base.DisposeAsync();
    }
}
