using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Slipway.Prediction.Protocols;

/// <summary>gRPC over HTTP/2: messages with five bytes before each, and the status behind the last one.</summary>
/// <remarks>https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md</remarks>
internal static class Grpc
{
    /// <summary>The content type.</summary>
    public const string Type = "application/grpc";

    private const int PrefixBytes = 5;

    /// <summary>Whether a request is one; answers what it should have been when not.</summary>
    public static bool Begin(HttpContext http, bool streams)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol) || http.Request.ContentType?.StartsWith(Type, StringComparison.OrdinalIgnoreCase) is not true)
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        // A stream may be silent for long.
        if (streams && http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        http.Response.ContentType = Type;
        return true;
    }

    /// <summary>The next message.</summary>
    /// <returns>Its bytes; whether the stream has ended before one; or what is wrong with it.</returns>
    public static async ValueTask<(RequestBytes Message, bool Ended, Problem? Problem)> Read(HttpContext http, long bytesMax)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            var buffer = read.Buffer;
            if (buffer.Length >= PrefixBytes)
            {
                var (compressed, length) = Prefix(buffer);
                if (compressed) return (default, false, new Problem(ErrorCode.NOT_IMPLEMENTED, "The message is compressed; send it without compression.", 501));
                if (length > bytesMax)
                {
                    reader.AdvanceTo(buffer.End);
                    return (default, false, Problem.TooLarge($"A message has at most {bytesMax:N0} bytes, got {length:N0}."));
                }
                if (buffer.Length >= PrefixBytes + length)
                {
                    var message = RequestBytes.Of(buffer.Slice(PrefixBytes, length));
                    reader.AdvanceTo(buffer.GetPosition(PrefixBytes + length));
                    return (message, false, null);
                }
            }
            if (read.IsCompleted)
            {
                reader.AdvanceTo(buffer.End);
                return buffer.IsEmpty ? (default, true, null) : (default, true, Problem.Invalid("The message ends before its length says."));
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Sends a message; the caller ends the call.</summary>
    public static Task Send(HttpContext http, AnswerBuffer answer)
    {
        Before(http, answer.Length);
        return answer.WriteTo(http.Response);
    }

    /// <summary>Sends a small message.</summary>
    public static void Send(HttpContext http, ReadOnlySpan<byte> message)
    {
        Before(http, message.Length);
        http.Response.BodyWriter.Write(message);
    }

    /// <summary>Ends the call well, or with a problem.</summary>
    public static void End(HttpContext http, Problem? problem)
    {
        http.Response.AppendTrailer("grpc-status", Status(problem).ToString(CultureInfo.InvariantCulture));
        if (problem is not null) http.Response.AppendTrailer("grpc-message", Encoded(problem.Message));
    }

    /// <summary>The status of a problem.</summary>
    public static int Status(Problem? problem) => problem?.Status switch
    {
        null => 0,
        499 => 1,
        504 => 4,
        404 => 5,
        409 => 10,
        403 => 7,
        413 or 429 or 507 => 8,
        501 => 12,
        503 => 14,
        401 => 16,
        < 500 => 3,
        _ => 13,
    };

    // Percent-encoding of all but printable ASCII, and of the percent sign.
    private static string Encoded(string text)
    {
        var encoded = new StringBuilder();
        foreach (var letter in Encoding.UTF8.GetBytes(text.Length > 4_000 ? text[..4_000] : text))
            if (letter is >= 0x20 and <= 0x7E and not (byte)'%') encoded.Append((char)letter);
            else encoded.Append('%').Append(letter.ToString("X2", CultureInfo.InvariantCulture));
        return encoded.ToString();
    }

    private static void Before(HttpContext http, long length)
    {
        var prefix = http.Response.BodyWriter.GetSpan(PrefixBytes);
        prefix[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], checked((uint)length));
        http.Response.BodyWriter.Advance(PrefixBytes);
    }

    private static (bool Compressed, long Length) Prefix(ReadOnlySequence<byte> buffer)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        return (prefix[0] != 0, BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]));
    }
}
