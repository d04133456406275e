using System.Security.Cryptography;

namespace Slipway.Cli.Reproduce;

/// <summary>Which files a difference changes, and to what: each with a digest of its part of the text.</summary>
internal static class DiffFiles
{
    private static ReadOnlySpan<byte> Start => "diff --git "u8;

    /// <summary>Digests by file, as git names it. What stands before the first file is passed over.</summary>
    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> diff)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = Next(diff, 0); at < diff.Length;)
        {
            var end = Next(diff, at + Start.Length);
            var part = diff[at..end];
            files[Name(part)] = Convert.ToHexStringLower(SHA256.HashData(part));
            at = end;
        }
        return files;
    }

    /// <summary>Where the next line begins that starts a file; the end when none does.</summary>
    private static int Next(ReadOnlySpan<byte> diff, int from)
    {
        while (from < diff.Length)
        {
            var found = diff[from..].IndexOf(Start);
            if (found < 0) return diff.Length;
            // Lines of content begin with a blank, a sign or a letter of base 85 and its count, never with this whole word at a line's start.
            if (from + found == 0 || diff[from + found - 1] == '\n') return from + found;
            from += found + 1;
        }
        return diff.Length;
    }

    /// <summary>`a/NAME b/NAME`: both are the same length unless a file was renamed, and then the new name is at the end.</summary>
    private static string Name(ReadOnlySpan<byte> part)
    {
        var line = part[Start.Length..];
        if (line.IndexOf((byte)'\n') is >= 0 and var end) line = line[..end];
        var text = System.Text.Encoding.UTF8.GetString(line);
        var middle = (text.Length - 1) / 2;
        var at = text.Length > 5 && string.CompareOrdinal(text, middle, " b/", 0, 3) == 0 ? middle : text.LastIndexOf(" b/", StringComparison.Ordinal);
        return at >= 0 ? text[(at + 3)..] : text;
    }
}
