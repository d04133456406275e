using System.Buffers.Binary;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>The binary ingest format: what is written reads back, and whatever else arrives is a problem, never an exception.</summary>
public sealed class IngestFormatTests
{
    private static readonly IngestHeader Header = new(Guid.Parse("0198aaaa-0000-7000-8000-000000000001"), 100, 110);

    [Fact]
    public void What_is_written_reads_back()
    {
        var random = new Random(7);
        var writer = new IngestWriter();
        for (var round = 0; round < 200; round++)
        {
            var expected = new List<string>();
            writer.Begin(Header with { Begins = round % 2 == 0 });
            for (var section = random.Next(12); section >= 0; section--) Write(writer, random, expected);
            var request = writer.End();
            Assert.Null(IngestReader.Open(request.Span, out var reader));
            Assert.Equal(Header with { Begins = round % 2 == 0 }, reader.Header);
            var found = new List<string>();
            while (reader.Read()) found.Add(Say(ref reader));
            Assert.Null(reader.Problem);
            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public void Steady_steps_and_timestamps_take_eight_bytes_a_point()
    {
        var writer = new IngestWriter();
        writer.Begin(Header);
        writer.Run("r");
        var empty = writer.Length;
        long[] rising = [.. Enumerable.Range(0, 10_000).Select(static n => 1_700_000_000_000L + n * 10)];
        writer.AddPoints("loss", rising, rising, new double[10_000]);
        Assert.InRange(writer.Length - empty, 80_000, 80_060);
    }

    [Fact]
    public void Writing_again_and_again_allocates_nothing()
    {
        var writer = new IngestWriter();
        long[] times = [3, 1, 2, 2];
        double[] values = [1, 2, 3, 4];
        void Once()
        {
            writer.Begin(Header);
            writer.Run("run");
            for (var n = 0; n < 50; n++) writer.AddPoints("loss", times, times, values);
            writer.AddParam(100, "p", "1");
            writer.End(105);
        }
        for (var n = 0; n < 50; n++) Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 0; n < 100; n++) Once();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Any_damaged_byte_is_noticed()
    {
        var request = Sample();
        for (var at = 0; at < request.Length; at++)
            foreach (var bit in (byte[])[1, 128])
            {
                var damaged = (byte[])request.Clone();
                damaged[at] ^= bit;
                Assert.NotNull(IngestReader.Open(damaged, out _));
            }
        for (var length = 0; length < request.Length; length++) Assert.NotNull(IngestReader.Open(request.AsSpan(0, length), out _));
    }

    [Fact]
    public void Nonsense_with_a_right_checksum_is_a_problem_and_never_an_exception()
    {
        var random = new Random(11);
        var sample = Sample();
        var problems = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = (byte[])sample.Clone();
            for (var changes = 1 + random.Next(4); changes > 0; changes--) bytes[IngestFormat.HeaderBytes + random.Next(bytes.Length - IngestFormat.HeaderBytes - 4)] = (byte)random.Next(256);
            var length = random.Next(3) == 0 ? IngestFormat.HeaderBytes + 4 + random.Next(bytes.Length - IngestFormat.HeaderBytes - 3) : bytes.Length;
            if (IngestRequest.Parse(Sealed(bytes.AsSpan(0, length))).Problem is { } problem)
            {
                Assert.Equal(400, problem.Status);
                problems++;
            }
        }
        Assert.InRange(problems, 1_000, 20_000);
    }

    [Fact]
    public void Counts_that_cannot_be_true_reserve_no_memory()
    {
        byte[] body = [.. new byte[IngestFormat.HeaderBytes], 1, 1, (byte)'r', 2, 0, 3, 0, 0xD0, 0x86, 0x03, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Contains("do not fit", IngestRequest.Parse(Sealed(Headed(body))).Problem!.Message);
    }

    [Fact]
    public void Limits_are_said()
    {
        var writer = new IngestWriter();
        writer.Begin(Header);
        writer.Run("r");
        for (var n = 0; n <= IngestFormat.ItemsMax; n++) writer.AddParam(100, "p", "");
        Assert.Contains($"more than {IngestFormat.ItemsMax} params", IngestRequest.Parse(writer.End().Span).Problem!.Message);
        writer.Begin(Header);
        for (var n = 0; n <= IngestFormat.RunsMax; n++) writer.Run("r" + n);
        Assert.Contains($"at most {IngestFormat.RunsMax} runs", IngestRequest.Parse(writer.End().Span).Problem!.Message);
        writer.Begin(Header);
        writer.Run("r");
        var columns = new long[IngestFormat.SectionPointsMax];
        for (var n = 0; n <= IngestFormat.PointsMax / columns.Length; n++) writer.AddPoints("m" + n, columns, columns, new double[columns.Length]);
        Assert.Contains($"more than {IngestFormat.PointsMax} points", IngestRequest.Parse(writer.End().Span).Problem!.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.AddTag(99, "t", ""));
    }

    [Fact]
    public void Long_texts_are_cut_between_characters_and_refused_by_name()
    {
        var writer = new IngestWriter();
        writer.Begin(Header);
        writer.Run("r");
        writer.AddPoints(string.Concat(Enumerable.Repeat("😀", 400)), [1], [1], [1]);
        writer.AddTag(100, "t", string.Concat(Enumerable.Repeat("😀", 40_000)));
        writer.AddTag(101, "half\ud800", "\udc00");
        var parsed = IngestRequest.Parse(writer.End().Span);
        Assert.True(parsed.Succeeded, parsed.Problem?.Message);
        Assert.Contains("maximum length of 250", parsed.Value.Rejected.Listed![0].Message);
        Assert.Equal("half\ufffd", parsed.Value.Runs[0].Tags[1].Key);
    }

    private static byte[] Sample()
    {
        var writer = new IngestWriter();
        writer.Begin(Header);
        writer.Run("0198aaaa00007000800000000000000a");
        writer.AddBegin(100, 5, null, "experiment", "name", "user");
        writer.AddPoints("loss", [1, 2, 4], [1, 2, 3], [1, double.NaN, double.PositiveInfinity]);
        writer.AddParam(101, "p", "value");
        writer.AddTag(102, "t", "ключ");
        writer.AddState(103, 3, 77);
        return writer.End().ToArray();
    }

    private static void Write(IngestWriter writer, Random random, List<string> expected)
    {
        var run = "run" + random.Next(3);
        var before = writer.Length;
        writer.Run(run);
        if (writer.Length != before) expected.Add("run " + run);
        var (key, record) = ("key" + random.Next(5), 100L + random.Next(10));
        switch (random.Next(5))
        {
            case 0:
                var count = 1 + random.Next(6);
                long[] Column() => random.Next(3) switch
                {
                    0 => [.. Enumerable.Range(0, count).Select(n => 1_000L + n * 7)],
                    1 => [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(100))],
                    _ => [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(long.MinValue, long.MaxValue))],
                };
                var (times, steps, values) = (Column(), Column(), Enumerable.Range(0, count).Select(_ => random.NextDouble() * 1e300).ToArray());
                writer.AddPoints(key, times, steps, values);
                expected.Add($"points {key} {string.Join(",", times)} {string.Join(",", steps)} {string.Join(",", values)}");
                break;
            case 1:
                writer.AddParam(record, key, "v" + key);
                expected.Add($"Param {record} {key} v{key}");
                break;
            case 2:
                writer.AddTag(record, key, "");
                expected.Add($"Tag {record} {key} ");
                break;
            case 3:
                writer.AddBegin(record, -5, "1", null, "n", "ü");
                expected.Add($"begin {record} -5 (1, , n, ü)");
                break;
            default:
                writer.AddState(record, 3, record % 2 == 0 ? null : record);
                expected.Add($"state {record} 3 {(record % 2 == 0 ? null : record)}");
                break;
        }
    }

    private static string Say(ref IngestReader reader)
    {
        switch (reader.Kind)
        {
            case IngestKind.Run: return "run " + reader.Name;
            case IngestKind.Points:
                var (times, steps, values) = (new long[reader.Count], new long[reader.Count], new double[reader.Count]);
                Assert.True(reader.ReadPoints(times, steps, values));
                return $"points {reader.Name} {string.Join(",", times)} {string.Join(",", steps)} {string.Join(",", values)}";
            case IngestKind.Begin: return $"begin {reader.Record} {reader.TimeMs} {reader.Beginning}";
            case IngestKind.State: return $"state {reader.Record} {reader.Status} {reader.TimeMs}";
            default: return $"{reader.Kind} {reader.Record} {reader.Name} {reader.Value}";
        }
    }

    private static byte[] Headed(byte[] body)
    {
        "SLWI"u8.CopyTo(body);
        body[4] = 1;
        body[8] = 1;
        body[32] = 10;
        return [.. body, 0, 0, 0, 0];
    }

    private static byte[] Sealed(ReadOnlySpan<byte> request)
    {
        var bytes = request.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), Crc32C.Of(bytes.AsSpan(0, bytes.Length - 4)));
        return bytes;
    }
}
