using System.Text;
using Microsoft.Net.Http.Headers;

namespace Slipway.Prediction.Protocols;

/// <summary>The field of a form that holds the input: `data`, or `body`.</summary>
/// <remarks>RFC 7578. The body is in memory already, so parts are ranges of it.</remarks>
internal static class MultipartBody
{
    private const int PartsMax = 100, BoundaryCharsMax = 70;

    /// <summary>Finds it; null when there is none, or the form does not hold together.</summary>
    public static (Range Range, string Type)? Part(string contentType, ReadOnlySpan<byte> body)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var media) || HeaderUtilities.RemoveQuotes(media.Boundary).ToString() is not { Length: > 0 and <= BoundaryCharsMax } boundary) return null;
        var mark = Encoding.ASCII.GetBytes("--" + boundary);
        var at = body.IndexOf(mark);
        for (var part = 0; at >= 0 && part < PartsMax; part++)
        {
            var start = at + mark.Length;
            if (body[start..].StartsWith("--"u8)) return null;
            var head = body[start..].IndexOf("\r\n\r\n"u8);
            if (head < 0) return null;
            var content = start + head + 4;
            var next = body[content..].IndexOf(mark);
            if (next < 2) return null;
            var headers = Encoding.UTF8.GetString(body.Slice(start, head));
            if (Field(headers, "content-disposition") is { } disposition && ContentDispositionHeaderValue.TryParse(disposition, out var described) && HeaderUtilities.RemoveQuotes(described.Name).ToString() is "data" or "body")
                return (content..(content + next - 2), MediaTypeHeaderValue.TryParse(Field(headers, "content-type") ?? "", out var type) ? type.MediaType.ToString().ToLowerInvariant() : "");
            at = content + next;
        }
        return null;
    }

    private static string? Field(string headers, string name)
    {
        foreach (var line in headers.Split("\r\n"))
            if (line.IndexOf(':') is > 0 and var colon && line.AsSpan(0, colon).Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) return line[(colon + 1)..].Trim();
        return null;
    }
}
