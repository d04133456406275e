using System.Buffers;

namespace Slipway.Tracking;

/// <summary>One key's place in a pack.</summary>
/// <param name="Key">The key's id.</param>
/// <param name="Points">How many points it has here.</param>
/// <param name="Offset">Where its blocks begin in the body.</param>
/// <param name="Length">How many bytes they are.</param>
internal readonly record struct SeriesPackEntry(long Key, int Points, int Offset, int Length);

/// <summary>
/// A segment that many small keys of one run share: 50 keys of three points cost one row, not fifty. Its directory has no roll-ups,
/// as a key has at most 4,096 points here, which decode in less time than a roll-up would take to fetch.
/// </summary>
internal sealed record SeriesPack(int Points, byte[] Head, byte[] Body)
{
    /// <summary>The most points of a pack. Small enough that its bytes, at about nine a point, stay off the large object heap.</summary>
    public const int PointsMax = 8_192;

    private const byte Version = 1;
    private const int EntryBytesMax = 10 + 3 + 5;

    /// <summary>Reads a directory, or says what is wrong with it.</summary>
    public static string? ReadHead(ReadOnlySpan<byte> head, List<SeriesPackEntry> entries) => ReadHead(head, entries, out _, out _);

    /// <summary>Checks the body against the head and opens it for <see cref="Read"/>, or says what is wrong.</summary>
    public static string? Check(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, List<SeriesPackEntry> entries, out long originMs)
    {
        if (ReadHead(head, entries, out originMs, out var checksum) is { } damage) return damage;
        return Crc32C.Of(body) != checksum ? "the checksum of its body is wrong" : null;
    }

    /// <summary>Decodes one key's points to the end of <paramref name="into"/>; false, and nothing added, when they are malformed.</summary>
    public static bool Read(ReadOnlySpan<byte> body, SeriesPackEntry entry, long originMs, SeriesColumns into)
    {
        if (entry.Offset + entry.Length > body.Length) return false;
        var start = into.Count;
        var reader = new SeriesReader(body.Slice(entry.Offset, entry.Length));
        for (var left = entry.Points; left > 0 && !reader.Failed; left -= SeriesBlock.PointsMax)
        {
            var (times, steps, values) = into.Append(Math.Min(left, SeriesBlock.PointsMax));
            SeriesBlock.Read(ref reader, times, steps, values, originMs);
        }
        if (!reader.Failed && reader.Remaining == 0) return true;
        into.Truncate(start);
        return false;
    }

    private static string? ReadHead(ReadOnlySpan<byte> head, List<SeriesPackEntry> entries, out long originMs, out uint bodyChecksum)
    {
        entries.Clear();
        (originMs, bodyChecksum) = (0, 0);
        if (head.Length < 10) return $"its head has {head.Length} bytes";
        var content = head[..^4];
        if (Crc32C.Of(content) != new SeriesReader(head[^4..]).UInt32()) return "the checksum of its head is wrong";
        var reader = new SeriesReader(content);
        if (reader.Byte() is var version && version != Version) return $"its head has format version {version}, this binary reads {Version}";
        bodyChecksum = reader.UInt32();
        originMs = reader.Zigzag();
        var count = reader.Count(PointsMax);
        var (key, offset) = (0L, 0);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            key += reader.Count(int.MaxValue);
            var (points, length) = (reader.Count(SeriesSegment.PointsMax), reader.Count(int.MaxValue));
            entries.Add(new(key, points, offset, length));
            if (offset > int.MaxValue - length) reader.Fail();
            else offset += length;
        }
        return reader.Failed || reader.Remaining > 0 ? "its head is malformed" : null;
    }

    /// <summary>Collects keys in ascending order of their ids until the pack is full.</summary>
    internal sealed class Builder : IDisposable
    {
        private readonly List<(long Key, int Points, int Length)> directory = [];
        private byte[] body = ArrayPool<byte>.Shared.Rent(64 * 1024);
        private int length;
        private long originMs;

        public int Points { get; private set; }

        public int Keys => directory.Count;

        /// <summary>True when a series of so many points still goes in.</summary>
        public bool Takes(int points) => Points == 0 || Points + points <= PointsMax;

        /// <summary>Adds one key's points, 1 to 4,096 in history's order.</summary>
        public void Add(long key, ReadOnlySpan<long> times, ReadOnlySpan<long> steps, ReadOnlySpan<double> values)
        {
            if (directory.Count == 0) originMs = times[0];
            var started = length;
            for (var start = 0; start < times.Length; start += SeriesBlock.PointsMax)
            {
                var count = Math.Min(SeriesBlock.PointsMax, times.Length - start);
                Reserve(SeriesBlock.BytesMax);
                var writer = new SeriesWriter(body.AsSpan(length));
                SeriesBlock.Write(ref writer, times.Slice(start, count), steps.Slice(start, count), values.Slice(start, count), originMs);
                length += writer.Position;
            }
            Points += times.Length;
            directory.Add((key, times.Length, length - started));
        }

        /// <summary>The pack; the builder is empty again.</summary>
        public SeriesPack Build()
        {
            var bytes = ArrayPool<byte>.Shared.Rent(32 + directory.Count * EntryBytesMax);
            var head = new SeriesWriter(bytes);
            head.Byte(Version);
            head.UInt32(Crc32C.Of(body.AsSpan(0, length)));
            head.Zigzag(originMs);
            head.Varint((ulong)directory.Count);
            var before = 0L;
            foreach (var (key, points, size) in directory)
            {
                head.Varint((ulong)(key - before));
                head.Varint((ulong)points);
                head.Varint((ulong)size);
                before = key;
            }
            head.UInt32(Crc32C.Of(head.Written));
            var pack = new SeriesPack(Points, head.Written.ToArray(), body.AsSpan(0, length).ToArray());
            ArrayPool<byte>.Shared.Return(bytes);
            directory.Clear();
            (length, Points) = (0, 0);
            return pack;
        }

        public void Dispose()
        {
            ArrayPool<byte>.Shared.Return(body);
            body = [];
        }

        private void Reserve(int more)
        {
            if (length + more <= body.Length) return;
            var grown = ArrayPool<byte>.Shared.Rent(Math.Max(length + more, body.Length * 2));
            body.AsSpan(0, length).CopyTo(grown);
            ArrayPool<byte>.Shared.Return(body);
            body = grown;
        }
    }
}
