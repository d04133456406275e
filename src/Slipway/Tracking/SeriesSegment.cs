using System.Buffers;

namespace Slipway.Tracking;

/// <summary>One block of a segment, as the segment's head describes it.</summary>
/// <param name="Summary">The roll-up of its points.</param>
/// <param name="Offset">Where its bytes begin in the body.</param>
/// <param name="Length">How many bytes they are.</param>
/// <param name="Checksum">CRC-32C of those bytes.</param>
/// <param name="StepsRegular">True when its steps are equally spaced from the first point's to the last one's: they are known without decoding.</param>
internal readonly record struct SeriesBlockEntry(SeriesSummary Summary, int Offset, int Length, uint Checksum, bool StepsRegular);

/// <summary>
/// A segment of one key: a head that lists its blocks with their roll-ups, and a body with the blocks themselves. The head is read for
/// charts, the body only for the blocks that a bucket's edge cuts. Both are checked; what is damaged is named, never guessed.
/// </summary>
/// <param name="Summary">The roll-up of the whole segment.</param>
/// <param name="Head">Version, blocks, checksum.</param>
/// <param name="Body">The blocks.</param>
internal sealed record SeriesSegment(SeriesSummary Summary, byte[] Head, byte[] Body)
{
    /// <summary>The most points of a segment: large enough that heads are few, small enough that a late point rewrites little.</summary>
    public const int PointsMax = 4_096;

    /// <summary>The format this code writes; a reader refuses any other.</summary>
    public const byte Version = 1;

    private const int BlocksMax = PointsMax / SeriesBlock.PointsMax;
    private const int EntryBytesMax = 1 + 2 + 2 + 5 + 4 + 4 * 20 + 6 * 8;
    private const byte LowIsFirst = 1, HighIsLast = 2, StepsRegularFlag = 4;

    /// <summary>Encodes 1 to 4,096 points that are a set in history's order.</summary>
    public static SeriesSegment Encode(ReadOnlySpan<long> times, ReadOnlySpan<long> steps, ReadOnlySpan<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(times.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(times.Length, PointsMax);
        var blocks = (times.Length + SeriesBlock.PointsMax - 1) / SeriesBlock.PointsMax;
        var scratch = ArrayPool<byte>.Shared.Rent(blocks * SeriesBlock.BytesMax);
        try
        {
            Span<byte> headBytes = stackalloc byte[3 + blocks * EntryBytesMax + 4];
            var head = new SeriesWriter(headBytes);
            var body = new SeriesWriter(scratch);
            var whole = default(SeriesSummary);
            head.Byte(Version);
            head.Varint((ulong)blocks);
            var before = default(SeriesPoint);
            for (var start = 0; start < times.Length; start += SeriesBlock.PointsMax)
            {
                var count = Math.Min(SeriesBlock.PointsMax, times.Length - start);
                var t = times.Slice(start, count);
                var s = steps.Slice(start, count);
                var v = values.Slice(start, count);
                var offset = body.Position;
                SeriesBlock.Write(ref body, t, s, v, 0);
                var bytes = body.Written[offset..];
                var summary = SeriesSummary.Of(t, s, v);
                WriteEntry(ref head, new(summary, offset, bytes.Length, Crc32C.Of(bytes), Regular(s)), before);
                before = summary.Last;
                whole.Add(summary);
            }
            head.UInt32(Crc32C.Of(head.Written));
            return new(whole, head.Written.ToArray(), body.Written.ToArray());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>Reads a head's entries, or says what is wrong with it.</summary>
    public static string? ReadHead(ReadOnlySpan<byte> head, List<SeriesBlockEntry> entries)
    {
        entries.Clear();
        if (head.Length < 6) return $"its head has {head.Length} bytes";
        var content = head[..^4];
        if (Crc32C.Of(content) != new SeriesReader(head[^4..]).UInt32()) return "the checksum of its head is wrong";
        var reader = new SeriesReader(content);
        if (reader.Byte() is var version && version != Version) return $"its head has format version {version}, this binary reads {Version}";
        var blocks = reader.Count(BlocksMax);
        var (before, offset) = (default(SeriesPoint), 0);
        for (var i = 0; i < blocks; i++)
        {
            var entry = ReadEntry(ref reader, before, offset);
            if (reader.Failed) break;
            entries.Add(entry);
            (before, offset) = (entry.Summary.Last, offset + entry.Length);
        }
        return reader.Failed || blocks == 0 || reader.Remaining > 0 ? "its head is malformed" : null;
    }

    /// <summary>Decodes one block to the end of <paramref name="into"/>, or says what is wrong with it and adds nothing.</summary>
    public static string? ReadBlock(ReadOnlySpan<byte> body, in SeriesBlockEntry entry, SeriesColumns into)
    {
        if (entry.Offset + entry.Length > body.Length) return $"its body has {body.Length} bytes, a block ends at {entry.Offset + entry.Length}";
        var bytes = body.Slice(entry.Offset, entry.Length);
        if (Crc32C.Of(bytes) != entry.Checksum) return "the checksum of a block is wrong";
        var start = into.Count;
        var reader = new SeriesReader(bytes);
        var (times, steps, values) = into.Append(entry.Summary.Count);
        SeriesBlock.Read(ref reader, times, steps, values, 0);
        if (!reader.Failed && reader.Remaining == 0) return null;
        into.Truncate(start);
        return "a block is malformed";
    }

    private static bool Regular(ReadOnlySpan<long> steps)
    {
        if (steps[^1] < steps[0]) return false;
        var stride = steps.Length > 1 ? unchecked(steps[1] - steps[0]) : 0;
        if (stride < 0) return false;
        for (var i = 1; i < steps.Length; i++)
            if (steps[i] < steps[i - 1] || unchecked(steps[i] - steps[i - 1]) != stride) return false;
        return true;
    }

    private static void WriteEntry(ref SeriesWriter head, in SeriesBlockEntry entry, SeriesPoint before)
    {
        var summary = entry.Summary;
        var (low, high) = (summary.Low == summary.First, summary.High == summary.Last);
        head.Byte((byte)((low ? LowIsFirst : 0) | (high ? HighIsLast : 0) | (entry.StepsRegular ? StepsRegularFlag : 0)));
        head.Byte((byte)(summary.Count - 1));
        head.Varint((ulong)summary.Nans);
        head.Varint((ulong)entry.Length);
        head.UInt32(entry.Checksum);
        WritePoint(ref head, summary.First, before);
        WritePoint(ref head, summary.Last, summary.First);
        if (!low) WritePoint(ref head, summary.Low, summary.First);
        if (!high) WritePoint(ref head, summary.High, summary.Last);
        head.Double(summary.Min);
        head.Double(summary.Max);
    }

    private static SeriesBlockEntry ReadEntry(ref SeriesReader reader, SeriesPoint before, int offset)
    {
        var flags = reader.Byte();
        var summary = new SeriesSummary { Count = reader.Byte() + 1, Nans = reader.Count(SeriesBlock.PointsMax) };
        var length = reader.Count(SeriesBlock.BytesMax);
        var checksum = reader.UInt32();
        summary.First = ReadPoint(ref reader, before);
        summary.Last = ReadPoint(ref reader, summary.First);
        summary.Low = (flags & LowIsFirst) != 0 ? summary.First : ReadPoint(ref reader, summary.First);
        summary.High = (flags & HighIsLast) != 0 ? summary.Last : ReadPoint(ref reader, summary.Last);
        summary.Min = reader.Double();
        summary.Max = reader.Double();
        return new(summary, offset, length, checksum, (flags & StepsRegularFlag) != 0);
    }

    private static void WritePoint(ref SeriesWriter writer, SeriesPoint point, SeriesPoint near)
    {
        writer.Zigzag(unchecked(point.TimeMs - near.TimeMs));
        writer.Zigzag(unchecked(point.Step - near.Step));
        writer.Double(point.Value);
    }

    private static SeriesPoint ReadPoint(ref SeriesReader reader, SeriesPoint near) =>
        new(unchecked(near.TimeMs + reader.Zigzag()), unchecked(near.Step + reader.Zigzag()), reader.Double());
}
