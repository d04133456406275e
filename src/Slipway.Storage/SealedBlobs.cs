using System.Security.Cryptography;

namespace Slipway.Storage;

/// <summary>Puts and opens sealed blobs in any blob store.</summary>
public static class SealedBlobs
{
    /// <summary>Seals the content into a blob.</summary>
    /// <returns>The size and digest of the content itself.</returns>
    public static async Task<Outcome<Stored>> PutSealed(this IBlobs blobs, BlobId id, Stream content, ReadOnlyMemory<byte> key, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        await using var sealing = new SealingStream(content, key.Span, id);
        var stored = await blobs.Put(id, sealing, ct);
        return stored.Problem is { } problem ? problem : sealing.Plain;
    }

    /// <summary>Opens a range of a sealed blob's content; <paramref name="size"/> is that of the whole content, as its row says.</summary>
    /// <returns>A stream that throws <see cref="StorageException"/> on the first frame that is not what was sealed there.</returns>
    public static async Task<Outcome<Stream>> OpenSealed(this IBlobs blobs, BlobId id, long size, ReadOnlyMemory<byte> key, long offset, long? length, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        if (offset > size) return BlobProblems.BeyondEnd(id, offset, size);
        var end = length is { } asked && asked < size - offset ? offset + asked : size;
        // At a frame's border nothing is asked of the next frame, and of the last one no byte is behind it.
        var first = Math.Min(offset / SealedFrames.PlainBytes, SealedFrames.Frames(size) - 1);
        var last = end == offset ? first : (end - 1) / SealedFrames.PlainBytes;
        var from = first * SealedFrames.FrameBytes;
        var until = Math.Min((last + 1) * SealedFrames.FrameBytes, SealedFrames.SealedSize(size));
        var opened = await blobs.Open(id, from, until - from, ct);
        if (opened.Problem is { } problem) return problem is { Status: 400 } ? Damaged(id) : problem;
        return new OpeningStream(opened.Value, SealedFrames.Cipher(key.Span, id), id, first, SealedFrames.Frames(size) - 1, (int)(offset - first * SealedFrames.PlainBytes), end - offset, size);
    }

    internal static Problem Damaged(BlobId id) =>
        Problem.Damaged($"The content of blob {id} is not what was sealed there: it was damaged, cut off or exchanged. Restore it from a backup, or log the artifact again.");
}

/// <summary>The plain bytes of consecutive frames, each checked before a byte of it is given out.</summary>
internal sealed class OpeningStream(Stream frames, AesGcm cipher, BlobId id, long number, long lastNumber, int skip, long length, long size) : ReadOnlyStream
{
    private readonly byte[] frame = new byte[SealedFrames.FrameBytes];
    private readonly byte[] plain = new byte[SealedFrames.PlainBytes];
    private int begin;
    private int end;
    private bool begun;

    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        // A range of nothing still checks its frame: an empty file must not open when something else lies there.
        while (begin == end && (length > 0 || !begun)) await Next(cancellationToken);
        var count = (int)Math.Min(Math.Min(buffer.Length, end - begin), length);
        if (count == 0) return 0;
        plain.AsMemory(begin, count).CopyTo(buffer);
        begin += count;
        length -= count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            frames.Dispose();
            cipher.Dispose();
            CryptographicOperations.ZeroMemory(plain);
        }
        base.Dispose(disposing);
    }

    private async ValueTask Next(CancellationToken ct)
    {
        var isLast = number == lastNumber;
        var bytes = (int)(isLast ? size - number * SealedFrames.PlainBytes : SealedFrames.PlainBytes);
        var read = number > lastNumber ? 0 : await frames.ReadAtLeastAsync(frame.AsMemory(0, bytes + SealedFrames.TagBytes), bytes + SealedFrames.TagBytes, throwOnEndOfStream: false, ct);
        if (read < bytes + SealedFrames.TagBytes || !SealedFrames.TryOpen(cipher, number, isLast, frame.AsSpan(0, read), plain)) throw new StorageException(SealedBlobs.Damaged(id));
        (begin, end) = (begun ? 0 : Math.Min(skip, bytes), bytes);
        begun = true;
        number++;
    }
}
