using Slipway.Client.Logs;

namespace Slipway.Tests.Client.Logs;

/// <summary>A whole log, from segment to segment, and what its folder may have suffered.</summary>
public sealed class LogStreamTests : IDisposable
{
    private const int Points = 200_000;
    private readonly LogBench bench = new();
    private readonly LogFolder folder;

    public LogStreamTests()
    {
        folder = bench.Folder();
        using var writer = bench.Writer(folder);
        for (var i = 0; i < Points; i++) writer.Point("loss", i, i, 1_000 + i);
        writer.Close();
        Assert.True(folder.Segments().Count >= 3);
    }

    public void Dispose() => bench.Dispose();

    private static List<long> Steps(LogStream stream)
    {
        var steps = new List<long>();
        while (stream.Next(out var record) is LogStep.Record) steps.Add(record.Step);
        stream.Leave();
        return steps;
    }

    [Fact]
    public void It_is_read_whole() => Assert.Equal(Enumerable.Range(0, Points).Select(i => (long)i), Steps(LogStream.Of(folder)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20_000)]
    [InlineData(150_000)]
    [InlineData(Points)]
    [InlineData(Points + 50_000)]
    public void It_goes_to_the_segment_of_a_record(long ordinal)
    {
        var stream = LogStream.Of(folder);
        stream.Seek(ordinal);
        var steps = Steps(stream);
        if (ordinal <= Points) Assert.True(steps[0] <= Math.Max(0, ordinal - 1), $"begins at {steps[0]}");
        Assert.Equal(Points - 1, steps[^1]);
        if (ordinal > 150_000) Assert.True(steps.Count < 150_000, "It read from the beginning.");
    }

    [Fact]
    public void A_segment_that_was_removed_is_passed_over()
    {
        File.Delete(folder.SegmentPath(2));
        var stream = LogStream.Of(folder);
        var steps = Steps(stream);
        Assert.Equal(0, steps[0]);
        Assert.Equal(Points - 1, steps[^1]);
        Assert.InRange(steps.Count, 10_000, Points - 10_000);
    }

    [Fact]
    public void A_segment_that_was_cut_between_records_is_damaged_though_every_record_in_it_is_whole()
    {
        var bytes = File.ReadAllBytes(folder.SegmentPath(1));
        var reader = LogBench.Reader(bytes);
        for (var i = 0; i < 500; i++) reader.Next(out _);
        File.WriteAllBytes(folder.SegmentPath(1), bytes[..(int)reader.Offset]);
        var stream = LogStream.Of(folder);
        var steps = Steps(stream);
        Assert.Equal(499, steps[499]);
        Assert.Equal(Points - 1, steps[^1]);
        Assert.Contains($"{folder.SegmentPath(1)}: it ends without its seal", Assert.Single(stream.Damage), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_segment_or_of_no_length_harms_no_other()
    {
        File.WriteAllText(folder.SegmentPath(2), "this is no segment, though it is longer than a header of sixty-four bytes would be");
        File.WriteAllBytes(folder.SegmentPath(folder.Segments()[^1] + 1), []);
        File.WriteAllText(Path.Combine(folder.Path, "notes.log"), "not a number");
        var stream = LogStream.Of(folder);
        var steps = Steps(stream);
        Assert.Equal(Points - 1, steps[^1]);
        Assert.Contains("does not begin as a log does", Assert.Single(stream.Damage), StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_that_lives_is_followed_as_it_writes()
    {
        var other = LogFolder.Create(Path.Combine(bench.Root, "other"), folder.Sheet);
        using var writer = bench.Writer(other);
        var stream = LogStream.Of(writer, other);
        Assert.Equal(LogStep.Waiting, stream.Next(out _));
        var next = 0L;
        for (var i = 0; i < 60_000; i++)
        {
            writer.Point("loss", i, i, 1_000);
            if (i % 7_000 != 0) continue;
            while (stream.Next(out var record) is LogStep.Record) Assert.Equal(next++, record.Step);
            for (var done = 1; done < stream.Segment; done++) writer.Release(done);
            Assert.Equal(i + 1, next);
        }
        writer.Close();
        LogStep step;
        while ((step = stream.Next(out _)) is LogStep.Record) next++;
        Assert.Equal((LogStep.End, 60_000L), (step, next));
        stream.Seek(0); // The server was put back: what was let go of is read from its files.
        Assert.Equal(60_000, Steps(stream).Count);
    }
}
