using Slipway.Prediction;

namespace Slipway.Tests.Serving;

/// <summary>Segments give back what was put into them, and damaged ones say so instead of answering something else.</summary>
public sealed class PredictionSegmentTests
{
    private static readonly string[] Names = ["age", "plan type", "x", "größe", ""];

    private static (byte[] Bytes, List<LoggedPrediction> Records) Random(int seed, int records)
    {
        var random = new Random(seed);
        var writer = new PredictionSegmentWriter("endpoint-" + seed);
        List<LoggedPrediction> expected = [];
        for (var i = 0; i < records; i++)
        {
            var fields = new LoggedFields
            {
                AtMs = random.NextInt64(0, 4_000_000_000_000),
                Status = random.Next(3) == 0 ? 500 : 200,
                Rows = random.Next(1, 5),
                ParseUs = random.Next(),
                QueueUs = 0,
                RunUs = random.Next(100),
                Cut = random.Next(10) == 0,
                Arm = random.Next(2) == 0 ? "champion" : "canary",
                Model = "m",
                Version = random.Next(3).ToString(),
                Protocol = "oip",
                Id = $"id-{random.Next()}-é",
                Key = random.Next(2) == 0 ? "" : "k" + random.Next(5),
                Trace = "",
                Error = random.Next(4) == 0 ? "boom \"x\"" : "",
            };
            writer.Begin(fields);
            List<LoggedColumn> inputs = [], outputs = [];
            foreach (var name in Names)
                foreach (var output in (bool[])[false, true])
                    if (random.Next(3) > 0 && Column(writer, random, output, name) is { } column) (output ? outputs : inputs).Add(column);
            expected.Add(new LoggedPrediction
            {
                AtMs = fields.AtMs,
                Status = fields.Status,
                Rows = fields.Rows,
                ParseUs = fields.ParseUs,
                QueueUs = 0,
                RunUs = fields.RunUs,
                Cut = fields.Cut,
                Arm = fields.Arm,
                Model = "m",
                Version = fields.Version,
                Protocol = "oip",
                Id = fields.Id.ToString(),
                Key = fields.Key.ToString(),
                TraceId = "",
                Error = fields.Error.ToString(),
                Endpoint = "endpoint-" + seed,
                Inputs = inputs,
                Outputs = outputs,
            });
        }
        return (writer.Finish(new Guid(seed, 0, 0, new byte[8])), expected);
    }

    private static LoggedColumn? Column(PredictionSegmentWriter writer, Random random, bool output, string name)
    {
        var kind = (LoggedKind)random.Next(1, 6);
        long[] shape = random.Next(4) switch { 0 => [], 1 => [random.Next(4)], _ => [random.Next(1, 4), random.Next(1, 4)] };
        var count = (int)shape.Aggregate(1L, static (all, one) => all * one);
        if (writer.Column(output, name, kind, shape) is not { } column) return null;
        switch (kind)
        {
            case LoggedKind.Float: return Add(new float[count], () => random.Next(5) == 0 ? float.NaN : random.NextSingle(), one => column.Content.Add(one));
            case LoggedKind.Double: return Add(new double[count], () => random.Next(5) == 0 ? double.NegativeInfinity : random.NextDouble(), one => column.Content.Add(one));
            case LoggedKind.Long: return Add(new long[count], () => random.NextInt64(long.MinValue, long.MaxValue), one => column.Content.Add(one));
            case LoggedKind.Bool: return Add(new bool[count], () => random.Next(2) == 0, one => column.Content.Add(one ? (byte)1 : (byte)0));
            default: return Add(new string[count], () => new string('ü', random.Next(200)), one => column.Content.AddText(one));
        }

        LoggedColumn Add<T>(T[] values, Func<T> next, Action<T> put)
        {
            for (var i = 0; i < values.Length; i++) put(values[i] = next());
            return new LoggedColumn(name, shape, values);
        }
    }

    private static string Text(LoggedPrediction one) => string.Join('|', one.Id, one.AtMs, one.Endpoint, one.Arm, one.Model, one.Version, one.Protocol, one.Status, one.Error, one.Key, one.TraceId, one.Rows, one.ParseUs, one.QueueUs, one.RunUs, one.Cut,
        string.Join(';', one.Inputs.OrderBy(Key, StringComparer.Ordinal).Select(Text)), string.Join(';', one.Outputs.OrderBy(Key, StringComparer.Ordinal).Select(Text)));

    private static string Key(LoggedColumn column) => column.Name + "/" + column.Type;

    private static string Text(LoggedColumn column) => $"{Key(column)}[{string.Join(',', column.Shape)}]={string.Join(',', column.Values.Cast<object>())}";

    [Fact]
    public void What_was_written_is_read_again_whatever_the_columns_are()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var (bytes, records) = Random(seed, seed);
            var opened = PredictionSegment.Open(bytes);
            Assert.Null(opened.Problem);
            var segment = opened.Value;
            Assert.Equal((seed, new Guid(seed, 0, 0, new byte[8]), "endpoint-" + seed), (segment.Records, segment.Id, segment.Endpoint));
            Assert.Null(segment.Check());
            for (var i = 0; i < records.Count; i++) Assert.Equal(Text(records[i]), Text(segment.Read(i, payload: true)));
        }
    }

    [Fact]
    public void A_copy_holds_the_same_records()
    {
        var (bytes, records) = Random(7, 50);
        var (more, others) = Random(8, 30);
        var writer = new PredictionSegmentWriter("all");
        foreach (var from in (byte[][])[bytes, more]) SegmentCopy.Copy(PredictionSegment.Open(from).Value, writer);
        var copy = PredictionSegment.Open(writer.Finish(Guid.NewGuid())).Value;
        Assert.Equal(records.Concat(others).Select(static one => Text(one with { Endpoint = "all" })), Enumerable.Range(0, copy.Records).Select(i => Text(copy.Read(i, payload: true))));
    }

    [Fact]
    public void A_changed_byte_anywhere_is_noticed()
    {
        var (bytes, _) = Random(3, 12);
        for (var at = 0; at < bytes.Length; at++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= 0x41;
            Assert.NotNull(PredictionSegment.Open(damaged).Problem);
        }
    }

    [Fact]
    public void A_cut_segment_is_noticed_and_random_bytes_break_nothing()
    {
        var (bytes, _) = Random(4, 12);
        for (var length = 0; length < bytes.Length; length += 7) Assert.NotNull(PredictionSegment.Open(bytes.AsMemory(0, length)).Problem);
        var random = new Random(1);
        for (var i = 0; i < 2_000; i++)
        {
            var noise = new byte[random.Next(400)];
            random.NextBytes(noise);
            if (noise.Length > 12) "SLIPPRED\x01\0\0\0"u8.CopyTo(noise);
            Assert.NotNull(PredictionSegment.Open(noise).Problem);
        }
    }

    [Fact]
    public void A_segment_with_right_checksums_and_wrong_contents_is_refused_by_its_check()
    {
        // Every checksum is made anew after the change: only looking at the contents can find it.
        var found = 0;
        for (var seed = 0; seed < 400; seed++)
        {
            var (bytes, _) = Random(5, 6);
            var random = new Random(seed);
            var start = Body(bytes);
            bytes[start + random.Next(bytes.Length - start)] ^= (byte)(1 << random.Next(8));
            Mend(bytes);
            var opened = PredictionSegment.Open(bytes);
            if (opened.Problem is not null || opened.Value.Check() is not null) found++;
        }
        // Values may be anything; lengths, shapes and word numbers may not.
        Assert.InRange(found, 20, 400);
    }

    [Fact]
    public void The_error_of_a_newer_version_says_which_one_is_read()
    {
        var (bytes, _) = Random(1, 1);
        bytes[8] = 9;
        Assert.Contains("version 1, got version 9", PredictionSegment.Open(bytes).Problem!.Message, StringComparison.Ordinal);
    }

    private static int Body(byte[] bytes) => Walk(bytes, null);

    private static void Mend(byte[] bytes) => Walk(bytes, static (all, crcAt, at, length) => BitConverter.TryWriteBytes(all.AsSpan(crcAt), Crc32C.Of(all.AsSpan(at, length))));

    private static int Walk(byte[] bytes, Action<byte[], int, int, int>? mend)
    {
        var head = new SmallReader(bytes);
        head.Bytes(8 + 4 + 16 + 4);
        var columns = head.Number<uint>();
        head.Text();
        head.Bytes(16);
        List<(int Crc, int Stored)> all = [];
        for (var i = 0; i < columns; i++)
        {
            head.Text();
            head.Bytes(2 + 4);
            var stored = (int)head.Number<uint>();
            all.Add((head.At, stored));
            head.Bytes(4);
        }
        var end = head.At;
        var at = end + 4;
        foreach (var (crc, stored) in all)
        {
            mend?.Invoke(bytes, crc, at, stored);
            at += stored;
        }
        mend?.Invoke(bytes, end, 0, end);
        return end + 4;
    }

    [Fact]
    public void Names_and_texts_of_any_characters_come_back_as_utf8()
    {
        var writer = new PredictionSegmentWriter("ü");
        writer.Begin(new LoggedFields { Arm = "a", Model = "m", Version = "1", Protocol = "p", Id = "\ud800 half", Key = "\0", Trace = "", Error = "" });
        var read = PredictionSegment.Open(writer.Finish(Guid.NewGuid())).Value.Read(0, payload: true);
        Assert.Equal(("� half", "\0"), (read.Id, read.Key));
    }
}
