using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Prediction.Protocols;

/// <summary>A whole body in pooled memory with 16 zeros behind it, so that readers need not ask at each byte whether it is the last.</summary>
internal struct RequestBytes
{
    /// <summary>The largest body, in bytes, unless a host says otherwise.</summary>
    public const long BytesMax = 64 << 20;

    private const int Padding = 16, FirstBytes = 4 * 1024;
    private byte[]? rented;

    /// <summary>Its bytes.</summary>
    public readonly ReadOnlySpan<byte> Bytes => rented.AsSpan(0, Length);

    /// <summary>Its bytes.</summary>
    public readonly ReadOnlyMemory<byte> Memory => rented.AsMemory(0, Length);

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>A copy of bytes, for tests and for bodies that came another way.</summary>
    public static RequestBytes Of(ReadOnlySpan<byte> bytes)
    {
        var body = new RequestBytes { rented = ArrayPool<byte>.Shared.Rent(bytes.Length + Padding) };
        bytes.CopyTo(body.rented);
        body.Length = bytes.Length;
        body.Close();
        return body;
    }

    /// <summary>A copy of a part of a stream.</summary>
    public static RequestBytes Of(ReadOnlySequence<byte> bytes)
    {
        var length = checked((int)bytes.Length);
        var body = new RequestBytes { rented = ArrayPool<byte>.Shared.Rent(length + Padding) };
        bytes.CopyTo(body.rented);
        body.Length = length;
        body.Close();
        return body;
    }

    /// <summary>Reads a request's body to its end.</summary>
    /// <returns>The body, or 413.</returns>
    public static async ValueTask<(RequestBytes Body, Problem? Problem)> Read(HttpContext context, long bytesMax)
    {
        // Our own limit is said in words; the server's would cut the connection under a sender that is still writing.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (context.Request.ContentLength > bytesMax) return (default, await TooLarge(context, bytesMax));
        var body = default(RequestBytes);
        try
        {
            // Memory follows what has arrived, not what a header promises.
            body.rented = ArrayPool<byte>.Shared.Rent((int)Math.Min((context.Request.ContentLength ?? FirstBytes) + Padding, 1 << 20));
            var reader = context.Request.BodyReader;
            while (true)
            {
                var read = await reader.ReadAsync(context.RequestAborted);
                var bytes = read.Buffer.Length;
                if (body.Length + bytes > bytesMax)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    body.Return();
                    return (default, await TooLarge(context, bytesMax));
                }
                if (body.Length + bytes + Padding > body.rented!.Length) body.Grow(body.Length + bytes + Padding);
                read.Buffer.CopyTo(body.rented.AsSpan(body.Length));
                body.Length += (int)bytes;
                reader.AdvanceTo(read.Buffer.End);
                if (!read.IsCompleted) continue;
                body.Close();
                return (body, null);
            }
        }
        catch
        {
            body.Return();
            throw;
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Return()
    {
        if (rented is { } array) ArrayPool<byte>.Shared.Return(array);
        rented = null;
        Length = 0;
    }

    private readonly void Close() => rented.AsSpan(Length, Padding).Clear();

    private void Grow(long needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(needed, Math.Min(2L * rented!.Length, Array.MaxLength)));
        rented.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(rented);
        rented = larger;
    }

    // What a too large body still sends is read and thrown away up to 16 MB, so that its sender gets the answer instead of a broken connection.
    private static async Task<Problem> TooLarge(HttpContext context, long bytesMax)
    {
        for (long drained = 0; drained < 16 << 20;)
        {
            var read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
            drained += read.Buffer.Length;
            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        return Problem.TooLarge($"The body of {context.Request.Method} {context.Request.Path} holds at most {bytesMax:N0} bytes{(context.Request.ContentLength is { } got ? $", got {got:N0}" : "")}. Send fewer rows at a time, or as NDJSON to /endpoints/NAME/invocations.");
    }
}
