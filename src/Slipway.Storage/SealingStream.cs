using System.Security.Cryptography;

namespace Slipway.Storage;

/// <summary>Seals a stream while it is read; at the end it knows the size and digest of what came in, which are those of the artifact.</summary>
public sealed class SealingStream : Stream
{
    private readonly Stream content;
    private readonly AesGcm cipher;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] frame = new byte[SealedFrames.FrameBytes];

    // One byte more than a frame is read ahead: only then is it known whether the frame is the last.
    private readonly byte[] plain = new byte[SealedFrames.PlainBytes + 1];
    private int plainBytes;
    private int frameBytes;
    private int given;
    private long number;
    private long size;
    private bool ended;

    /// <summary>Reads <paramref name="content"/>, which stays the caller's to close.</summary>
    public SealingStream(Stream content, ReadOnlySpan<byte> key, BlobId id) => (this.content, cipher) = (content, SealedFrames.Cipher(key, id));

    /// <summary>What was read, once it was read to the end.</summary>
    public Stored Plain => field.Sha256 is not null ? field : field = ended && given == frameBytes
        ? new Stored(size, Convert.ToHexStringLower(hash.GetCurrentHash()))
        : throw new InvalidOperationException("The stream was not read to its end.");

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        if (given == frameBytes)
        {
            if (ended) return 0;
            plainBytes += await content.ReadAtLeastAsync(plain.AsMemory(plainBytes), plain.Length - plainBytes, throwOnEndOfStream: false, cancellationToken);
            Seal();
        }
        var count = Math.Min(buffer.Length, frameBytes - given);
        frame.AsMemory(given, count).CopyTo(buffer);
        given += count;
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            cipher.Dispose();
            hash.Dispose();
            CryptographicOperations.ZeroMemory(plain);
        }
        base.Dispose(disposing);
    }

    private void Seal()
    {
        ended = plainBytes <= SealedFrames.PlainBytes;
        var now = plain.AsSpan(0, Math.Min(plainBytes, SealedFrames.PlainBytes));
        hash.AppendData(now);
        SealedFrames.Seal(cipher, number++, ended, now, frame);
        size += now.Length;
        (frameBytes, given) = (now.Length + SealedFrames.TagBytes, 0);
        plainBytes -= now.Length;
        if (plainBytes > 0) plain[0] = plain[^1];
    }
}
