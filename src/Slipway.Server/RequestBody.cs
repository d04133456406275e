using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Server;

/// <summary>A whole request body in pooled memory; dispose to give the memory back.</summary>
internal readonly struct RequestBody : IDisposable
{
    /// <summary>How much of a too large body is read and thrown away, so that its sender gets the answer instead of a broken connection.</summary>
    public const long DrainBytesMax = 16 * 1024 * 1024;

    private const int FirstBytes = 16 * 1024;
    private readonly byte[] rented;
    private readonly int length;

    private RequestBody(byte[] rented, int length) => (this.rented, this.length) = (rented, length);

    /// <summary>The bytes, valid until disposal.</summary>
    public ReadOnlySpan<byte> Bytes => rented.AsSpan(0, length);

    /// <summary>The bytes, valid until disposal.</summary>
    public ReadOnlyMemory<byte> Memory => rented.AsMemory(0, length);

    /// <summary>Reads to the end, or answers the problem of a body over <paramref name="bytesMax"/>.</summary>
    public static async ValueTask<(RequestBody Body, Problem? Problem)> Read(HttpContext context, long bytesMax)
    {
        // Our own limit is said in words; Kestrel's would cut the connection under a sender that is still writing.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } kestrel) kestrel.MaxRequestBodySize = null;
        if (context.Request.ContentLength > bytesMax)
        {
            await Drain(context.Request.BodyReader, context.RequestAborted);
            return (default, TooLarge(context, bytesMax));
        }
        // Memory follows what has arrived, not what a header promises.
        var rented = ArrayPool<byte>.Shared.Rent((int)Math.Min(context.Request.ContentLength ?? FirstBytes, 64 * FirstBytes));
        var length = 0;
        try
        {
            var reader = context.Request.BodyReader;
            while (true)
            {
                var read = await reader.ReadAsync(context.RequestAborted);
                var size = read.Buffer.Length;
                if (length + size > bytesMax)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    if (!read.IsCompleted) await Drain(reader, context.RequestAborted);
                    ArrayPool<byte>.Shared.Return(rented);
                    return (default, TooLarge(context, bytesMax));
                }
                if (length + size > rented.Length) Grow(ref rented, length, length + size);
                read.Buffer.CopyTo(rented.AsSpan(length));
                length += (int)size;
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return (new RequestBody(rented, length), null);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>The sentence of a 413.</summary>
    public static Problem TooLarge(HttpContext context, long bytesMax) => Problem.TooLarge(
        $"The body of {context.Request.Method} {context.Request.Path} holds at most {bytesMax} bytes"
        + (context.Request.ContentLength is { } got ? $", got {got}" : "") + ". Send it in smaller requests.");

    private static void Grow(ref byte[] rented, int length, long needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(needed, Math.Min(2L * rented.Length, Array.MaxLength)));
        rented.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(rented);
        rented = larger;
    }

    private static async Task Drain(PipeReader reader, CancellationToken ct)
    {
        for (long drained = 0; drained < DrainBytesMax;)
        {
            var read = await reader.ReadAsync(ct);
            drained += read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }
}
