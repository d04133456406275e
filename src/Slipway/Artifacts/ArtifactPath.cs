using System.Text;

namespace Slipway.Artifacts;

/// <summary>
/// The one parser of artifact names. What it accepts is a relative path in exactly one spelling: segments joined by single slashes, none of
/// which is empty, `.` or `..`, also not after further decoding. Names never become file names (blobs have random keys), so this guards the
/// tree of names, and every client that downloads it into folders of its own.
/// </summary>
internal readonly record struct ArtifactPath
{
    /// <summary>The longest name of one file or directory in UTF-8 bytes, as file systems have it.</summary>
    public const int SegmentBytesMax = 255;

    /// <summary>The longest whole path in UTF-8 bytes.</summary>
    public const int BytesMax = 1_024;

    /// <summary>The most segments of a path.</summary>
    public const int SegmentsMax = 64;

    /// <summary>How many layers of percent-encoding are looked through for something hidden; more are refused.</summary>
    private const int LayersMax = 8;

    // MLflow's clients name the images of a run KEY%step%12%timestamp%1763...: the percent signs stand before decimal numbers, which spell these
    // control characters when they are decoded once too often. They are none of the characters that end a line, a text or a segment.
    private const char SpeltByDigitsFirst = '\u0010', SpeltByDigitsLast = '\u0019';

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string? text;

    private ArtifactPath(string text) => this.text = text;

    /// <summary>The top of the tree: a directory to list, never a file.</summary>
    public static ArtifactPath Root => new("");

    /// <summary>True at the top of the tree.</summary>
    public bool IsRoot => Text.Length == 0;

    /// <summary>The whole path.</summary>
    public string Text => text ?? "";

    /// <summary>What comes before the last slash, or the empty text.</summary>
    public string Folder => Text.LastIndexOf('/') is var slash and >= 0 ? Text[..slash] : "";

    /// <summary>What comes after the last slash.</summary>
    public string Name => Text[(Text.LastIndexOf('/') + 1)..];

    /// <summary>The directories that hold it, topmost first.</summary>
    public IEnumerable<ArtifactPath> Folders()
    {
        for (var slash = Text.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = Text.IndexOf('/', slash + 1)) yield return new ArtifactPath(Text[..slash]);
    }

    /// <summary>Reads a path that was decoded once: from a query or a JSON body.</summary>
    public static Outcome<ArtifactPath> Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return Refused(text, "it is empty, expected the name of a file or directory");
        if (Fault(text) is { } fault) return Refused(text, fault);
        return Hidden(text) is { } hidden ? Refused(text, hidden) : new ArtifactPath(text);
    }

    /// <summary>Reads a directory to list: absent or empty is the top, and one slash at the end is no matter.</summary>
    public static Outcome<ArtifactPath> ParseFolder(string? text) =>
        string.IsNullOrEmpty(text) ? Root : Parse(text is [_, .., '/'] ? text[..^1] : text);

    /// <summary>
    /// Reads the path out of a request line as it was sent, because a decoded one no longer tells what was encoded. The path begins after so many
    /// segments of the route.
    /// </summary>
    public static Outcome<ArtifactPath> FromTarget(string rawTarget, int routeSegments)
    {
        var target = rawTarget.AsSpan();
        if (target.IndexOf('?') is var query and >= 0) target = target[..query];
        if (target.IndexOf("://") is var scheme and > 0 && target[..scheme].IndexOf('/') < 0)
        {
            target = target[(scheme + 3)..];
            target = target.IndexOf('/') is var path and >= 0 ? target[path..] : "/";
        }
        for (var segment = 0; segment <= routeSegments; segment++)
        {
            if (target.IndexOf('/') is var slash and >= 0) target = target[(slash + 1)..];
            else return Refused(rawTarget, "it is empty, expected the name of a file or directory");
        }
        return Decode(target) is { } decoded ? Parse(decoded) : Refused(target.ToString(), "its percent-encoding is not UTF-8");
    }

    /// <summary>Reads `mlflow-artifacts:/PATH` (or `mlflow-artifacts://HOST/PATH`), which is how the server names its own store.</summary>
    public static Outcome<ArtifactPath> OfUri(string uri)
    {
        const string scheme = "mlflow-artifacts:";
        if (!uri.StartsWith(scheme, StringComparison.Ordinal))
            return Problem.Invalid($"The artifacts lie at '{uri}', which this server does not hold: it serves {scheme}/ only. Read them with a client that has access there.");
        var path = uri[scheme.Length..];
        if (path.StartsWith("//", StringComparison.Ordinal)) path = path.IndexOf('/', 2) is var slash and >= 0 ? path[slash..] : "/";
        return ParseFolder(path.TrimStart('/'));
    }

    /// <summary>A path below this one.</summary>
    public Outcome<ArtifactPath> Join(ArtifactPath below) => below.IsRoot ? this : IsRoot ? below : Parse($"{Text}/{below.Text}");

    /// <summary>The whole path.</summary>
    public override string ToString() => Text;

    private static string? Fault(string text, bool decoded = false)
    {
        if (Encoding.UTF8.GetByteCount(text) > BytesMax) return $"it is longer than {BytesMax} bytes";
        var segments = 0;
        foreach (var range in text.AsSpan().Split('/'))
        {
            if (++segments > SegmentsMax) return $"it has more than {SegmentsMax} segments";
            var segment = text.AsSpan(range);
            if (segment.IsEmpty) return "it has an empty segment: no slash may stand at an end or beside another";
            if (segment is "." or "..") return "it holds '.' or '..' segments";
            if (Encoding.UTF8.GetByteCount(segment) > SegmentBytesMax) return $"a segment is longer than {SegmentBytesMax} bytes";
            if (segment.Length > 1 && char.IsAsciiLetter(segment[0]) && segment[1] == ':') return "a segment begins like a drive letter";
        }
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') return "it holds a backslash: segments are joined by '/'";
            if (char.IsControl(text[i]) && !(decoded && text[i] is >= SpeltByDigitsFirst and <= SpeltByDigitsLast)) return "it holds a control character";
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || ++i == text.Length || !char.IsLowSurrogate(text[i])) return "it is not valid Unicode";
        }
        return null;
    }

    /// <summary>
    /// Whether a reader that decodes once more than it should would see another path. A name may hold a percent sign; what it spells must still
    /// be harmless and must not split into other segments.
    /// </summary>
    private static string? Hidden(string text)
    {
        var layer = text;
        for (var depth = 0; layer.Contains('%', StringComparison.Ordinal); depth++)
        {
            var next = Uri.UnescapeDataString(layer);
            if (next == layer) return HasEscape(layer) ? "its percent-encoding is not UTF-8" : null;
            if (depth == LayersMax) return $"it is percent-encoded more than {LayersMax} times";
            if (next.AsSpan().Count('/') != text.AsSpan().Count('/')) return "it hides a slash in percent-encoding";
            if (Fault(next, decoded: true) is { } fault) return $"decoded once more, {fault}";
            layer = next;
        }
        return null;
    }

    // %80 to %99 by themselves are stray bytes: no reader makes a letter of them, unless a lead byte stands before, whose escape has a letter.
    private static bool HasEscape(string text)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0 && i + 2 < text.Length; i = text.IndexOf('%', i + 1))
            if (char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]) && !(text[i + 1] is '8' or '9' && char.IsAsciiDigit(text[i + 2]))) return true;
        return false;
    }

    private static string? Decode(ReadOnlySpan<char> escaped)
    {
        var bytes = new byte[escaped.Length];
        var count = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] > 0x7F) return null;
            if (escaped[i] != '%')
            {
                bytes[count++] = (byte)escaped[i];
                continue;
            }
            if (i + 2 >= escaped.Length || !char.IsAsciiHexDigit(escaped[i + 1]) || !char.IsAsciiHexDigit(escaped[i + 2])) return null;
            bytes[count++] = Convert.FromHexString(escaped.Slice(i + 1, 2))[0];
            i += 2;
        }
        try
        {
            return Strict.GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static Problem Refused(string? text, string why) => Problem.Invalid($"Invalid path '{Shown(text)}': {why}.");

    /// <summary>A refused path goes into an error text and a log: cut, and without what could forge lines.</summary>
    private static string Shown(string? text)
    {
        if (text is null) return "";
        var shown = text.Length > 100 ? text[..100] + "..." : text;
        return string.Create(shown.Length, shown, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(from[i]) || char.IsSurrogate(from[i]) ? '\uFFFD' : from[i];
        });
    }
}
