using Slipway.Client;
using Slipway.Client.Logs;

namespace Slipway.Tests.Client.Logs;

public sealed class LogWriterTests : IDisposable
{
    private readonly LogBench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_logged_is_read_back_in_order_across_segments(bool mapped)
    {
        var folder = bench.Folder(mapped);
        var expected = new List<string>();
        var random = new Random(3);
        using (var writer = bench.Writer(folder))
        {
            for (var i = 0; i < 120_000; i++)
            {
                var key = $"metric/{i % 37}";
                var (value, step, time) = (random.NextDouble(), random.NextInt64(), i % 5 == 0 ? random.NextInt64() : 1_000 + i);
                writer.Point(key, value, step, time);
                expected.Add(LogBench.Point(key, value, step, time));
            }
            Assert.True(writer.Pair(LogKind.Param, "größe", "ä=\"1\""));
            Assert.True(writer.Pair(LogKind.Tag, "empty", ""));
            writer.End(RunStatus.Killed, 99);
            Assert.Equal(120_004, writer.Ordinal);
        }
        expected.AddRange(["Param größe=ä=\"1\"", "Tag empty=", "end Killed 99"]);

        var (records, damage) = LogBench.Read(folder);
        Assert.Empty(damage);
        Assert.Empty(bench.Warnings);
        Assert.True(folder.Segments().Count > 2);
        Assert.Equal(expected, records);
    }

    [Fact]
    public void Values_and_steps_and_times_of_every_size_survive()
    {
        var folder = bench.Folder();
        double[] values = [0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue];
        long[] steps = [0, -1, long.MinValue, long.MaxValue, 1];
        var expected = new List<string>();
        using (var writer = bench.Writer(folder))
            foreach (var value in values)
                foreach (var step in steps)
                {
                    writer.Point("x", value, step, step);
                    expected.Add(LogBench.Point("x", value, step, step));
                }
        Assert.Equal(expected, LogBench.Read(folder).Records);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_is_complete_while_its_writer_lives_and_after_it_died(bool mapped)
    {
        var folder = bench.Folder(mapped);
        var writer = bench.Writer(folder);
        for (var i = 0; i < 100; i++)
        {
            writer.Point("loss", i, i, 1_000);
            // Nobody closed anything: this is what a killed process leaves.
            var (records, damage) = LogBench.Read(folder);
            Assert.Equal(i + 1, records.Count);
            Assert.Empty(damage);
        }
        writer.Dispose();
        Assert.InRange(new FileInfo(folder.SegmentPath(1)).Length, 100, 4_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Eight_threads_lose_nothing_and_double_nothing(bool mapped)
    {
        var folder = bench.Folder(mapped);
        using (var writer = bench.Writer(folder))
            Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
            {
                for (var i = 0; i < 20_000; i++) writer.Point($"t{thread}", i, i, 1_000);
            });
        var (records, damage) = LogBench.Read(folder);
        Assert.Empty(damage);
        Assert.Equal(160_000, records.Count);
        Assert.Equal(160_000, records.Distinct().Count());
        foreach (var thread in records.GroupBy(line => line.Split(' ')[0]))
            Assert.Equal(thread.Select(line => long.Parse(line.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture)), Enumerable.Range(0, 20_000).Select(i => (long)i));
    }

    [Fact]
    public void More_keys_than_are_remembered_are_all_right()
    {
        var folder = bench.Folder();
        var expected = new List<string>();
        using (var writer = bench.Writer(folder))
            for (var i = 0; i < LogWriter.KeysMax + 5_000; i++)
            {
                foreach (var key in (string[])[$"k{i}", "again"])
                {
                    writer.Point(key, i, i, 5);
                    expected.Add(LogBench.Point(key, i, i, 5));
                }
            }
        Assert.Equal(expected, LogBench.Read(folder).Records);
    }

    [Fact]
    public void Texts_are_cut_at_the_stated_length_and_a_key_may_be_the_longest()
    {
        var folder = bench.Folder();
        var key = new string('日', ActiveRun.KeyCharsMax);
        using (var writer = bench.Writer(folder))
        {
            writer.Point(key, 1, 2, 3);
            writer.Pair(LogKind.Tag, key, new string('本', 100_000));
        }
        var (records, damage) = LogBench.Read(folder);
        Assert.Empty(damage);
        Assert.Equal([LogBench.Point(key, 1, 2, 3), $"Tag {key}={new string('本', LogWriter.TextCharsMax)}"], records);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Logging_a_known_key_allocates_nothing(bool mapped)
    {
        var folder = bench.Folder(mapped);
        using var writer = bench.Writer(folder);
        for (var i = 0; i < 100; i++) writer.Point("loss", i, i, i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 5_000; i++) writer.Point("loss", i, i, i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Without_a_disk_memory_takes_over_counts_what_it_drops_and_warns_once()
    {
        using var writer = bench.Writer(bench.Folder(), memoryMax: 2 << 20);
        Directory.Delete(bench.Root, recursive: true); // From now on no file can be made.
        Directory.CreateDirectory(bench.Root);
        const int Count = 1_000_000;
        for (var i = 0; i < Count; i++) writer.Point("loss", i, i, 1_000 + i);

        Assert.Single(bench.Warnings);
        Assert.InRange(writer.Dropped, 1, Count - 1);
        Assert.Equal(Count - writer.Dropped, writer.Ordinal - 1);
        // What memory holds can be sent.
        var last = Enumerable.Range(1, 100).Select(number => writer.Segment(number)).Last(segment => segment is not null)!;
        Assert.True(last.IsInMemoryAlone);
        var reader = new LogReader(last.Read, () => last.IsSealed, new byte[LogReader.BufferBytes]);
        Assert.Equal(LogStep.Record, reader.Next(out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_memory_took_is_written_when_the_disk_takes_it_again(bool mapped)
    {
        var folder = bench.Folder(mapped);
        using var writer = bench.Writer(folder);
        Directory.Move(bench.Root, bench.Root + "-away");
        for (var i = 0; i < 50_000; i++) writer.Point("loss", i, i, 1_000);
        Assert.True(writer.HasMemoryAlone);
        Directory.Move(bench.Root + "-away", bench.Root);
        writer.Close();

        var (records, damage) = LogBench.Read(folder);
        Assert.Empty(damage);
        Assert.Equal(50_000, records.Count);
        Assert.False(writer.HasMemoryAlone);
    }

    [Fact]
    public void Nothing_is_left_behind_by_what_was_made_ready_and_not_used()
    {
        var folder = bench.Folder();
        using (var writer = bench.Writer(folder))
            for (var i = 0; i < 12_000; i++) writer.Point("loss", i, i, 1_000); // More than half of the first segment.
        Assert.Empty(Directory.GetFiles(folder.Path, "spare*"));
        Assert.Equal([1], folder.Segments());
    }

    [Fact]
    public void A_folder_belongs_to_one_at_a_time()
    {
        var folder = bench.Folder();
        var other = LogFolder.Open(folder.Path, out var damage)!;
        Assert.Null(damage);
        Assert.Equal(folder.Sheet, other.Sheet);
        Assert.False(other.TryHold());
        folder.Release();
        Assert.True(other.TryHold());
    }
}
