using System.Buffers;

namespace Slipway.Tracking;

/// <summary>
/// The bytes of one batch in the log: for every key its points with timestamps and steps as differences to the point before and values as
/// they are, 10 to 11 bytes a point. Cheap to write and read; the compactor packs them better soon after. The ids of the keys are a
/// column of their own, since they are known only inside the transaction.
/// </summary>
internal static class MetricsPayload
{
    private const byte Version = 1;

    /// <summary>The column of key ids, in the order of the batch's keys.</summary>
    public static byte[] EncodeKeys(ReadOnlySpan<long> ids)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(4 + ids.Length * 10);
        var writer = new SeriesWriter(scratch);
        foreach (var id in ids) writer.Varint((ulong)id);
        writer.UInt32(Crc32C.Of(writer.Written));
        var bytes = writer.Written.ToArray();
        ArrayPool<byte>.Shared.Return(scratch);
        return bytes;
    }

    /// <summary>Reads the column of key ids, or says what is wrong with it.</summary>
    public static string? DecodeKeys(ReadOnlySpan<byte> bytes, List<long> ids)
    {
        ids.Clear();
        if (bytes.Length < 4 || Crc32C.Of(bytes[..^4]) != new SeriesReader(bytes[^4..]).UInt32()) return "the checksum of its keys is wrong";
        var reader = new SeriesReader(bytes[..^4]);
        while (reader.Remaining > 0 && !reader.Failed) ids.Add((long)reader.Varint());
        return reader.Failed ? "its keys are malformed" : null;
    }

    /// <summary>
    /// Reads a batch: <paramref name="columnOf"/> answers where a key's points go, by the key's place, or null to pass over them.
    /// <paramref name="done"/> is told when a key's points are all there. Answers what is wrong, after which the columns may hold a part.
    /// </summary>
    public static string? Decode(ReadOnlySpan<byte> payload, int keys, Func<int, SeriesColumns?> columnOf, Action<int, SeriesColumns>? done = null)
    {
        if (payload.Length < 6 || Crc32C.Of(payload[..^4]) != new SeriesReader(payload[^4..]).UInt32()) return "the checksum of its points is wrong";
        var reader = new SeriesReader(payload[..^4]);
        if (reader.Byte() is var version && version != Version) return $"its points have format version {version}, this binary reads {Version}";
        if (reader.Count(MetricBatch.PointsMax) != keys) return "it has more or fewer keys than points say";
        var (time, step) = (0L, 0L);
        for (var key = 0; key < keys && !reader.Failed; key++)
        {
            var column = columnOf(key);
            for (var left = reader.Count(MetricBatch.PointsMax); left > 0 && !reader.Failed; left--)
            {
                time = unchecked(time + reader.Zigzag());
                step = unchecked(step + reader.Zigzag());
                var value = reader.Double();
                if (!reader.Failed) column?.Add(time, step, value);
            }
            if (column is not null && !reader.Failed) done?.Invoke(key, column);
        }
        return reader.Failed || reader.Remaining > 0 ? "its points are malformed" : null;
    }

    /// <summary>Writes a batch key by key, in the order of its keys.</summary>
    internal sealed class Encoder : IDisposable
    {
        private readonly byte[] bytes;
        private int length;
        private long time, step;

        public Encoder(int keys, int points)
        {
            bytes = ArrayPool<byte>.Shared.Rent(16 + keys * 5 + points * 28);
            var writer = new SeriesWriter(bytes);
            writer.Byte(Version);
            writer.Varint((ulong)keys);
            length = writer.Position;
        }

        /// <summary>The next key's points, in history's order.</summary>
        public void Add(ReadOnlySpan<long> times, ReadOnlySpan<long> steps, ReadOnlySpan<double> values)
        {
            var writer = new SeriesWriter(bytes.AsSpan(length));
            writer.Varint((ulong)times.Length);
            for (var i = 0; i < times.Length; i++)
            {
                writer.Zigzag(unchecked(times[i] - time));
                writer.Zigzag(unchecked(steps[i] - step));
                writer.Double(values[i]);
                (time, step) = (times[i], steps[i]);
            }
            length += writer.Position;
        }

        public byte[] Build()
        {
            var writer = new SeriesWriter(bytes.AsSpan(length));
            writer.UInt32(Crc32C.Of(bytes.AsSpan(0, length)));
            length += writer.Position;
            return bytes.AsSpan(0, length).ToArray();
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(bytes);
    }
}
