namespace Slipway.Tracking;

/// <summary>
/// Timestamps and steps of a block: regular ones cost their first value and one delta, others their deltas above the least one, or the
/// deltas of deltas, whichever is smaller. All arithmetic wraps, so every Int64 comes back exactly.
/// </summary>
internal static class SeriesLongs
{
    private const byte Regular = 0, Deltas = 1, DeltasOfDeltas = 2;

    /// <summary>Head, first value, delta, and a packed column of full width.</summary>
    public const int BytesMax = 1 + 10 + 10 + 2 + SeriesBlock.PointsMax * 8;

    /// <param name="writer">Has <see cref="BytesMax"/> left.</param>
    /// <param name="values">1 to 256 of them.</param>
    /// <param name="origin">A value near the first one that the reader knows too.</param>
    public static void Write(ref SeriesWriter writer, scoped ReadOnlySpan<long> values, long origin)
    {
        unchecked
        {
            writer.Zigzag(values[0] - origin);
            if (values.Length == 1) return;
            var first = values[1] - values[0];
            var (least, regular) = (first, true);
            for (var i = 2; i < values.Length; i++)
            {
                var delta = values[i] - values[i - 1];
                if (delta < least) least = delta;
                regular &= delta == first;
            }
            if (regular)
            {
                writer.Byte(Regular);
                writer.Zigzag(first);
                return;
            }
            Span<ulong> deltas = stackalloc ulong[values.Length - 1];
            Span<ulong> second = stackalloc ulong[values.Length - 2];
            for (var i = 1; i < values.Length; i++) deltas[i - 1] = (ulong)(values[i] - values[i - 1] - least);
            for (var i = 1; i < deltas.Length; i++) second[i - 1] = SeriesWriter.ToZigzag((long)(deltas[i] - deltas[i - 1]));
            var (deltaPlan, secondPlan) = (SeriesBits.Plan(deltas), SeriesBits.Plan(second));
            if (secondPlan.Bytes < deltaPlan.Bytes)
            {
                writer.Byte(DeltasOfDeltas);
                writer.Zigzag(first);
                SeriesBits.Write(ref writer, second, secondPlan.Width);
            }
            else
            {
                writer.Byte(Deltas);
                writer.Zigzag(least);
                SeriesBits.Write(ref writer, deltas, deltaPlan.Width);
            }
        }
    }

    public static void Read(ref SeriesReader reader, scoped Span<long> values, long origin)
    {
        unchecked
        {
            var value = values[0] = origin + reader.Zigzag();
            if (values.Length == 1) return;
            var head = reader.Byte();
            var delta = reader.Zigzag();
            switch (head)
            {
                case Regular:
                    for (var i = 1; i < values.Length; i++) values[i] = value += delta;
                    return;
                case Deltas:
                    Span<ulong> deltas = stackalloc ulong[values.Length - 1];
                    SeriesBits.Read(ref reader, deltas);
                    for (var i = 0; i < deltas.Length; i++) values[i + 1] = value += delta + (long)deltas[i];
                    return;
                case DeltasOfDeltas:
                    Span<ulong> second = stackalloc ulong[values.Length - 2];
                    SeriesBits.Read(ref reader, second);
                    values[1] = value += delta;
                    for (var i = 0; i < second.Length; i++) values[i + 2] = value += delta += SeriesReader.Unzigzag(second[i]);
                    return;
                default:
                    reader.Fail();
                    values.Fill(value);
                    return;
            }
        }
    }
}
