using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Storage;

/// <summary>
/// Copies a stream into a file while hashing it, with two buffers: while one is written by a pool thread, it is hashed here and the
/// other fills from the stream. Memory is two buffers whatever the size.
/// </summary>
internal static class BlobWriter
{
    /// <summary>
    /// Bytes per write. Large enough that calls cost nothing beside the bytes, small enough that 100 uploads at once hold 50 MB.
    /// </summary>
    public const int BufferBytes = 256 * 1024;

    /// <summary>How much is gathered before the kernel is asked to begin writing it: a sync of a gigabyte at the end would cost as long again.</summary>
    private const long WritebackBytes = 8 * 1024 * 1024;

    /// <summary>Small artifacts are the many: they get by with buffers of this size.</summary>
    private const int FirstBytes = 16 * 1024;

    public static async Task<Stored> Copy(Stream content, SafeFileHandle file, CancellationToken ct)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pool = ArrayPool<byte>.Shared;
        var filling = pool.Rent(FirstBytes);
        byte[]? other = null;
        var writing = Task.CompletedTask;
        long size = 0, begun = 0;
        try
        {
            while (true)
            {
                var count = await Fill(content, filling, ct);
                await writing;
                if (size - begun >= WritebackBytes)
                {
                    BlobFiles.StartWriting(file, begun, size - begun);
                    begun = size;
                }
                if (count == 0) break;

                writing = RandomAccess.WriteAsync(file, filling.AsMemory(0, count), size, CancellationToken.None).AsTask();
                sha.AppendData(filling, 0, count);
                size += count;
                if (count < filling.Length) break; // the stream ended inside this buffer

                if (other is not { Length: >= BufferBytes })
                {
                    if (other is not null) pool.Return(other);
                    other = pool.Rent(BufferBytes);
                }
                (filling, other) = (other, filling);
            }
            await writing;
            return new Stored(size, Convert.ToHexStringLower(sha.GetHashAndReset()));
        }
        finally
        {
            // A buffer must not go back to the pool under a write that still reads it; its own failure is already on its way up.
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pool.Return(filling);
            if (other is not null) pool.Return(other);
        }
    }

    /// <summary>Reads until the buffer is full or the stream ends.</summary>
    internal static async ValueTask<int> Fill(Stream content, Memory<byte> buffer, CancellationToken ct)
    {
        var count = 0;
        while (count < buffer.Length)
        {
            var read = await content.ReadAsync(buffer[count..], ct);
            if (read == 0) break;
            count += read;
        }
        return count;
    }
}
