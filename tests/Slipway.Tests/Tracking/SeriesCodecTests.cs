using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class SeriesCodecTests
{
    [Fact]
    public void Ordinals_keep_the_order_of_values_and_come_back()
    {
        double[] ordered = [double.NegativeInfinity, double.MinValue, -1, -double.Epsilon, 0, double.NaN, double.Epsilon, 1e-310, 1, double.MaxValue, double.PositiveInfinity];
        var ordinals = ordered.Select(SeriesPoint.Ordinal).ToArray();
        Assert.Equal(ordinals.Order(), ordinals);
        Assert.Equal(ordered.Length, ordinals.Distinct().Count());
        Assert.Equal(ordered, ordinals.Select(SeriesPoint.FromOrdinal));
        Assert.Equal(SeriesPoint.Ordinal(0.0), SeriesPoint.Ordinal(-0.0));
    }

    [Fact]
    public void Sorting_makes_a_set_in_history_order() => SeriesGen.ForAll(SeriesGen.Points, points =>
    {
        using var columns = SeriesGen.Columns([.. points, .. points.Take(points.Length / 3)]);
        columns.SortDistinct();
        Assert.Equal(SeriesGen.SetOf(points), SeriesGen.PointsOf(columns));
    });

    [Fact]
    public void A_union_holds_each_point_once() => SeriesGen.ForAll(SeriesGen.Points, points =>
    {
        using var a = SeriesGen.Columns(points.Where((_, i) => i % 3 != 0));
        using var b = SeriesGen.Columns(points.Where((_, i) => i % 3 != 1));
        using var union = new SeriesColumns();
        a.SortDistinct();
        b.SortDistinct();
        SeriesMerge.Union(a, b, union);
        Assert.Equal(SeriesGen.SetOf(points), SeriesGen.PointsOf(union));
    });

    [Fact]
    public void A_segment_comes_back_bit_for_bit_with_exact_roll_ups() => SeriesGen.ForAll(SeriesGen.Points, points =>
    {
        using var columns = SeriesGen.Columns(points);
        columns.SortDistinct();
        var segment = SeriesSegment.Encode(columns.Times, columns.Steps, columns.Values);
        Assert.Equal(SummaryOf(SeriesGen.PointsOf(columns)), segment.Summary);

        var entries = new List<SeriesBlockEntry>();
        Assert.Null(SeriesSegment.ReadHead(segment.Head, entries));
        using var read = new SeriesColumns();
        foreach (var entry in entries)
        {
            var start = read.Count;
            Assert.Null(SeriesSegment.ReadBlock(segment.Body, entry, read));
            var block = SeriesGen.PointsOf(read)[start..];
            Assert.Equal(SummaryOf(block), entry.Summary);
            if (entry.StepsRegular)
                for (var i = 1; i < block.Length; i++)
                    Assert.Equal(block[0].Step + (block[1].Step - block[0].Step) * i, block[i].Step);
        }
        Assert.Equal(SeriesGen.PointsOf(columns), SeriesGen.PointsOf(read));
    });

    [Fact]
    public void Summaries_of_parts_add_up_in_any_order() => SeriesGen.ForAll(SeriesGen.Points, points =>
    {
        var parts = SeriesGen.SetOf(points).Chunk(7).Select(SummaryOf).ToArray();
        new Random(points.Length).Shuffle(parts);
        var sum = default(SeriesSummary);
        foreach (var part in parts) sum.Add(part);
        Assert.Equal(SummaryOf([.. SeriesGen.SetOf(points)]), sum);
    });

    [Fact]
    public void A_pack_comes_back_key_by_key() => SeriesGen.ForAll(SeriesGen.Points, points =>
    {
        using var builder = new SeriesPack.Builder();
        var series = points.Chunk(61).Select((chunk, i) => (Key: 3L + i * 5, Columns: SeriesGen.Columns(chunk))).ToList();
        foreach (var (key, columns) in series)
        {
            columns.SortDistinct();
            builder.Add(key, columns.Times, columns.Steps, columns.Values);
        }
        var pack = builder.Build();
        var entries = new List<SeriesPackEntry>();
        Assert.Null(SeriesPack.Check(pack.Head, pack.Body, entries, out var origin));
        Assert.Equal(series.Select(one => one.Key), entries.Select(entry => entry.Key));
        foreach (var (entry, (_, columns)) in entries.Zip(series))
        {
            using var read = new SeriesColumns();
            Assert.True(SeriesPack.Read(pack.Body, entry, origin, read));
            Assert.Equal(SeriesGen.PointsOf(columns), SeriesGen.PointsOf(read));
            columns.Dispose();
        }
    });

    [Fact]
    public void Extremes_of_two_parts_are_those_of_the_whole() => SeriesGen.ForAll(SeriesGen.Points, points =>
    {
        if (points.Length < 2) return;
        var parts = (SeriesExtremes.Of(SummaryOf(points[..(points.Length / 2)])), SeriesExtremes.Of(SummaryOf(points[(points.Length / 2)..])));
        Assert.Equal(SeriesExtremes.Of(SummaryOf(points)), parts.Item1.With(parts.Item2));
        Assert.Equal(SeriesExtremes.Of(SummaryOf(points)), parts.Item2.With(parts.Item1));
    });

    [Fact]
    public void A_batch_comes_back_from_its_payload() => SeriesGen.ForAll(SeriesGen.Points, points =>
    {
        using var builder = new MetricBatch.Builder();
        for (var i = 0; i < points.Length; i++) builder.Add(builder.KeyOf("key/" + i % 11), points[i].TimeMs, points[i].Step, points[i].Value);
        var batch = builder.Build();
        var columns = batch.Keys.Select(_ => new SeriesColumns()).ToArray();
        Assert.Null(MetricsPayload.Decode(batch.Payload, columns.Length, key => columns[key]));
        for (var key = 0; key < columns.Length; key++)
        {
            var expected = SeriesGen.SetOf(points.Where((_, i) => "key/" + i % 11 == batch.Keys[key]));
            Assert.Equal(expected, SeriesGen.PointsOf(columns[key]));
            Assert.Equal(SeriesExtremes.Of(SummaryOf([.. expected])), batch.Summaries[key]);
            columns[key].Dispose();
        }
        Assert.Equal(0, builder.Points);
    });

    [Fact]
    public void Damage_anywhere_is_noticed_and_never_a_crash() => SeriesGen.ForAll(SeriesGen.Points, points =>
    {
        using var columns = SeriesGen.Columns(points);
        columns.SortDistinct();
        var segment = SeriesSegment.Encode(columns.Times, columns.Steps, columns.Values);
        using var builder = new SeriesPack.Builder();
        builder.Add(1, columns.Times, columns.Steps, columns.Values);
        var pack = builder.Build();
        var batch = MetricBatch.Of("k", points[0].TimeMs, points[0].Step, points[0].Value);
        var random = new Random(points.Length);
        for (var round = 0; round < 20; round++)
        {
            Assert.NotNull(ReadSegment(Damage(segment.Head, random), segment.Body));
            Assert.NotNull(ReadSegment(segment.Head, Damage(segment.Body, random)));
            Assert.NotNull(SeriesPack.Check(Damage(pack.Head, random), pack.Body, [], out _));
            Assert.NotNull(SeriesPack.Check(pack.Head, Damage(pack.Body, random), [], out _));
            Assert.NotNull(MetricsPayload.Decode(Damage(batch.Payload, random), 1, _ => null));
        }
    }, 60);

    /// <summary>Behind the checksum: bytes that no encoder wrote must not throw, hang or read outside.</summary>
    [Fact]
    public void Any_bytes_decode_to_something_or_fail()
    {
        var random = new Random(11);
        var bytes = new byte[600];
        for (var round = 0; round < 40_000; round++)
        {
            random.NextBytes(bytes);
            // Small heads reach deeper: most random bytes fail at the first one.
            for (var i = 0; i < bytes.Length && round % 2 == 0; i++) bytes[i] &= 0x07;
            var reader = new SeriesReader(bytes.AsSpan(0, random.Next(bytes.Length)));
            var count = random.Next(1, SeriesBlock.PointsMax + 1);
            SeriesBlock.Read(ref reader, new long[count], new long[count], new double[count], round);
        }
    }

    [Fact]
    public void Random_values_at_regular_steps_take_under_nine_bytes_a_point()
    {
        var random = new Random(5);
        using var columns = new SeriesColumns();
        for (var i = 0; i < SeriesSegment.PointsMax; i++) columns.Add(1_760_000_000_000 + i * 137, i, random.NextDouble());
        var segment = SeriesSegment.Encode(columns.Times, columns.Steps, columns.Values);
        Assert.InRange((segment.Head.Length + segment.Body.Length) / (double)columns.Count, 6, 8.5);
    }

    [Theory]
    [InlineData("decimal", 2.0)]
    [InlineData("single", 4.5)]
    [InlineData("constant", 0.4)]
    [InlineData("whole", 1.5)]
    public void Values_as_training_loops_log_them_take_far_less(string kind, double bytesMax)
    {
        var random = new Random(5);
        using var columns = new SeriesColumns();
        for (var i = 0; i < SeriesSegment.PointsMax; i++)
            columns.Add(1_760_000_000_000 + i * 100L, i, kind switch
            {
                "decimal" => Math.Round(random.NextDouble(), 4),
                "single" => (float)(0.5 + random.NextDouble() / 4),
                "whole" => random.Next(0, 200),
                _ => 0.001,
            });
        var segment = SeriesSegment.Encode(columns.Times, columns.Steps, columns.Values);
        Assert.InRange((segment.Head.Length + segment.Body.Length) / (double)columns.Count, 0, bytesMax + 0.3);
    }

    [Fact]
    public void One_pause_does_not_widen_a_block()
    {
        using var columns = new SeriesColumns();
        var random = new Random(1);
        var time = 1_760_000_000_000L;
        for (var i = 0; i < SeriesBlock.PointsMax; i++) columns.Add(time += i == 100 ? 3_600_000 : random.Next(95, 105), i, 1);
        Assert.InRange(SeriesSegment.Encode(columns.Times, columns.Steps, columns.Values).Body.Length, 100, 200);
    }

    [Fact]
    public void A_batch_of_wide_keys_takes_about_eleven_bytes_a_point()
    {
        using var builder = new MetricBatch.Builder();
        for (var i = 0; i < 1_000; i++) builder.Add(builder.KeyOf("key " + i), 1_760_000_000_000, 7, i / 3.0);
        Assert.InRange(builder.Build().Payload.Length / 1_000.0, 8, 11.1);
    }

    private static string? ReadSegment(byte[] head, byte[] body)
    {
        var entries = new List<SeriesBlockEntry>();
        if (SeriesSegment.ReadHead(head, entries) is { } damage) return damage;
        using var columns = new SeriesColumns();
        foreach (var entry in entries)
            if (SeriesSegment.ReadBlock(body, entry, columns) is { } found) return found;
        return null;
    }

    private static byte[] Damage(byte[] bytes, Random random)
    {
        if (random.Next(3) == 0) return bytes[..random.Next(bytes.Length)];
        var damaged = (byte[])bytes.Clone();
        damaged[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return damaged;
    }

    private static SeriesSummary SummaryOf(SeriesPoint[] points)
    {
        var plain = points.Select(point => point.Value).Where(value => !double.IsNaN(value)).ToArray();
        return new SeriesSummary
        {
            Count = points.Length,
            Nans = points.Length - plain.Length,
            Min = plain.Length == 0 ? double.NaN : plain.Min(),
            Max = plain.Length == 0 ? double.NaN : plain.Max(),
            First = points.Min(),
            Last = points.Max(),
            Low = points.Order(Comparer<SeriesPoint>.Create((a, b) => a.CompareByStep(b))).First(),
            High = points.Order(Comparer<SeriesPoint>.Create((a, b) => a.CompareByStep(b))).Last(),
        };
    }
}
