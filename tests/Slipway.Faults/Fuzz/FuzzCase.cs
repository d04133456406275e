using System.Text;

namespace Slipway.Faults.Fuzz;

/// <summary>Builds requests byte by byte: the framing is right, everything in it may be odd.</summary>
internal static class FuzzCase
{
    /// <summary>A request with any target and body.</summary>
    public static byte[] Request(string method, string target, byte[]? body = null, string contentType = "application/json")
    {
        var head = new StringBuilder().Append(method).Append(' ').Append(target).Append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        if (body is not null) head.Append("Content-Type: ").Append(contentType).Append("\r\nContent-Length: ").Append(body.Length).Append("\r\n");
        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body ?? []];
    }

    /// <summary>For messages: what can be read as it is, the rest as escapes.</summary>
    public static string Show(byte[] request)
    {
        var text = new StringBuilder();
        foreach (var b in request.Take(1_500)) text.Append(b is >= 0x20 and < 0x7f or (byte)'\n' ? ((char)b).ToString() : b == '\r' ? "" : $"\\x{b:x2}");
        return request.Length > 1_500 ? $"{text}... ({request.Length} bytes)" : text.ToString();
    }
}
