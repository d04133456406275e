using System.Collections;
using System.Text;

namespace Slipway.Cli.Import.Mlflow;

/// <summary>
/// The lines of a file, however large it is and whatever is in it. A line longer than <see cref="CharsMax"/> has no text, nor has a last one without
/// its line feed: it is not written to its end, and half a number is another number.
/// </summary>
internal sealed class Lines(string path) : IEnumerable<(long Number, string? Text)>
{
    /// <summary>The longest line, in characters.</summary>
    public const int CharsMax = 8_192;

    public IEnumerator<(long Number, string? Text)> GetEnumerator()
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.SequentialScan), Encoding.UTF8, false, 64 * 1024);
        var buffer = new char[64 * 1024];
        var line = new StringBuilder();
        var (number, tooLong) = (1L, false);
        while (file.ReadBlock(buffer) is var count and > 0)
            for (var at = 0; at < count;)
            {
                var end = buffer.AsSpan(at, count - at).IndexOf('\n');
                var piece = buffer.AsMemory(at, end < 0 ? count - at : end);
                if (line.Length + piece.Length > CharsMax) tooLong = true;
                else line.Append(piece.Span);
                at += piece.Length;
                if (end < 0) break;
                at++;
                yield return (number++, tooLong ? null : line.ToString().TrimEnd('\r'));
                line.Clear();
                tooLong = false;
            }
        if (line.Length > 0 || tooLong) yield return (number, null);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
