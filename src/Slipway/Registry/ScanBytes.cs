using System.Buffers.Binary;
using System.Text;

namespace Slipway.Registry;

/// <summary>Reads a stream forwards, in pieces that the reader bounds: a length that a file claims is never believed before its bytes are there.</summary>
internal sealed class ScanBytes(Stream stream)
{
    /// <summary>The longest line, in bytes.</summary>
    public const int LineBytesMax = 1 << 20;

    private readonly byte[] buffer = new byte[64 << 10];
    private int at, filled;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>The next byte; -1 at the end.</summary>
    public int Byte()
    {
        if (at == filled && !Fill()) return -1;
        Position++;
        return buffer[at++];
    }

    /// <summary>The next byte, which stays the next; -1 at the end.</summary>
    public int Peek() => at == filled && !Fill() ? -1 : buffer[at];

    /// <summary>Fills all of it; false when the stream ends before.</summary>
    public bool Exact(Span<byte> into)
    {
        while (into.Length > 0)
        {
            if (at == filled && !Fill()) return false;
            var piece = Math.Min(into.Length, filled - at);
            buffer.AsSpan(at, piece).CopyTo(into);
            (at, Position) = (at + piece, Position + piece);
            into = into[piece..];
        }
        return true;
    }

    /// <summary>Passes over so many bytes; false when the stream ends before.</summary>
    public bool Skip(long count)
    {
        if (count < 0) return false;
        while (count > 0)
        {
            if (at == filled && !Fill()) return false;
            var piece = (int)Math.Min(count, filled - at);
            (at, Position, count) = (at + piece, Position + piece, count - piece);
        }
        return true;
    }

    /// <summary>A little-endian number of 1, 2, 4 or 8 bytes without sign; null at the end, or when it is beyond <see cref="long"/>.</summary>
    public long? Number(int bytes)
    {
        Span<byte> digits = stackalloc byte[8];
        digits.Clear();
        if (!Exact(digits[..bytes])) return null;
        var number = BinaryPrimitives.ReadInt64LittleEndian(digits);
        return number < 0 ? null : number;
    }

    /// <summary>Up to the next line feed, without it; null where there is none within <see cref="LineBytesMax"/>.</summary>
    public byte[]? Line()
    {
        var line = new List<byte>();
        while (line.Count <= LineBytesMax)
        {
            var one = Byte();
            if (one < 0) return null;
            if (one == '\n') return [.. line];
            line.Add((byte)one);
        }
        return null;
    }

    /// <summary>A text of so many bytes: the text if it is short, "" with <paramref name="kept"/> false if it is long; null at the end.</summary>
    public string? Text(long bytes, int keptMax, out bool kept)
    {
        kept = bytes <= keptMax;
        if (!kept) return Skip(bytes) ? "" : null;
        var read = new byte[bytes];
        return Exact(read) ? Encoding.UTF8.GetString(read) : null;
    }

    private bool Fill()
    {
        (at, filled) = (0, stream.Read(buffer, 0, buffer.Length));
        return filled > 0;
    }
}
