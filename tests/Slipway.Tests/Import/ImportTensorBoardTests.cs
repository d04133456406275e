using System.Buffers.Binary;
using Slipway.Cli;
using Slipway.Cli.Import;
using Slipway.Cli.Import.TensorBoard;
using Slipway.Client;

namespace Slipway.Tests.Import;

public sealed class ImportTensorBoardTests
{
    [Fact]
    public void Checksum_is_the_masked_one_of_published_examples()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0x5794D08Au, EventRecords.Masked([0x1A, 0x11, .. "CRC test, one two"u8]));
    }

    [Fact]
    public async Task Numbers_of_every_writer_arrive_with_step_and_time()
    {
        await using var to = await ImportServer.Start();
        to.Put("logs/train/events.out.tfevents.1.host", EventFile.Version(1000.5), EventFile.Simple(1001, 1, "loss", 0.5f), EventFile.Simple(1002.25, 2, "loss", 0.25f), EventFile.Image(1002, 2, "picture"),
            EventFile.Params(1003, ("lr", 0.1), ("name", "adam"), ("fast", true)));
        to.Put("logs/train/events.out.tfevents.2.host", EventFile.Version(1010), EventFile.Tensor(1011, 3, "acc (top 1)", 0.75f, first: true), EventFile.Tensor(1012, 4, "acc (top 1)", float.NaN), EventFile.Tensor(1013, 5, "acc (top 1)", 1f, inContent: false));
        to.Put("logs/validation/x.tfevents", EventFile.Version(2000), EventFile.Simple(2001, -1, "loss", 4));
        var report = await to.Import("tensorboard", Path.Combine(to.Folder, "logs"));
        var train = await to.Run("logs", "train");
        Assert.Equal((RunStatus.Finished, 1000_500L, 1013_000L), (train.Status, train.StartedAt.ToUnixTimeMilliseconds(), train.EndedAt!.Value.ToUnixTimeMilliseconds()));
        Assert.Equal([(1L, 0.5, 1001_000L), (2, 0.25, 1002_250)], await to.Points(train.Id, "loss"));
        Assert.Equal([3L, 4, 5], (await to.Points(train.Id, "acc _top 1_")).Select(point => point.Step));
        Assert.True(double.IsNaN((await to.Points(train.Id, "acc _top 1_"))[1].Value));
        Assert.Equal(("0.1", "adam", "True"), (train.Params["lr"], train.Params["name"], train.Params["fast"]));
        Assert.Equal(4, (await to.Points((await to.Run("logs", "validation")).Id, "loss")).Single().Value);
        Assert.Equal((2, 6), ((int)report["imported"]!["runs"]!, (int)report["imported"]!["metric points"]!));
        Assert.Contains(ImportServer.LeftOut(report), one => one is ("images", 1, _));
        Assert.Contains(ImportServer.LeftOut(report), one => one.What == "spellings of names");
    }

    [Fact]
    public async Task A_second_import_makes_nothing_twice_even_when_the_folder_moved()
    {
        await using var to = await ImportServer.Start();
        to.Put("logs/a/x.tfevents", EventFile.Version(1000), EventFile.Simple(1001, 1, "loss", 0.5f));
        await to.Import("tensorboard", Path.Combine(to.Folder, "logs"), "--with-files");
        Directory.Move(Path.Combine(to.Folder, "logs"), Path.Combine(to.Folder, "moved"));
        var again = await to.Import("tensorboard", Path.Combine(to.Folder, "moved"), "--experiment", "logs", "--with-files");
        Assert.Equal(1, (int)again["imported"]!["runs that were there already, unchanged"]!);
        await using (var file = new FileStream(Path.Combine(to.Folder, "moved", "a", "x.tfevents"), FileMode.Append)) file.Write(EventFile.Simple(1002, 2, "loss", 0.25f));
        var grown = await to.Import("tensorboard", Path.Combine(to.Folder, "moved"), "--experiment", "logs");
        Assert.Equal(1, (int)grown["imported"]!["runs that were there already, brought up to date"]!);
        var run = await to.Run("logs", "a");
        Assert.Equal([(1L, 0.5, 1001_000L), (2, 0.25, 1002_000)], await to.Points(run.Id, "loss"));
        Assert.Equal(["tensorboard", "tensorboard/x.tfevents"], await to.Files(run.Id));
    }

    [Fact]
    public async Task A_follower_sends_what_is_written_while_it_looks()
    {
        await using var to = await ImportServer.Start();
        var next = EventFile.Simple(1002, 2, "loss", 0.25f);
        var file = to.Put("a.tfevents", EventFile.Version(1000), EventFile.Simple(1001, 1, "loss", 0.5f), next[..5]);
        var import = new TensorBoardImport(to.Folder, "live", to.Target, withFiles: false, live: true);
        await import.Pass(default);
        var run = await to.Run("live", Path.GetFileName(to.Folder));
        Assert.Equal((RunStatus.Running, 1), (run.Status, (await to.Points(run.Id, "loss")).Count));
        await using (var more = new FileStream(file, FileMode.Append)) more.Write(next.AsSpan(5));
        to.Put("b/new.tfevents", EventFile.Version(3000), EventFile.Simple(3001, 1, "x", 1));
        await import.Pass(default);
        Assert.Equal(2, (await to.Points(run.Id, "loss")).Count);
        import.Forget(); // as after an outage: everything is read again
        await import.Pass(default);
        await import.End(default);
        Assert.Equal(2, (await to.Points(run.Id, "loss")).Count);
        Assert.Equal((RunStatus.Finished, 1002_000L), ((await to.Client.Runs.GetAsync(run.Id)).Status, (await to.Client.Runs.GetAsync(run.Id)).EndedAt!.Value.ToUnixTimeMilliseconds()));
        Assert.Equal(1, (await to.Points((await to.Run("live", "b")).Id, "x")).Single().Value);
    }

    [Fact]
    public async Task Following_from_the_command_line_ends_well_when_it_is_asked_to()
    {
        await using var to = await ImportServer.Start();
        to.Put("logs/a/x.tfevents", EventFile.Version(1000), EventFile.Simple(1001, 1, "loss", 0.5f));
        using var stop = new CancellationTokenSource();
        var output = new StringWriter();
        var command = CommandLine.Run(["import", "tensorboard", Path.Combine(to.Folder, "logs"), "--follow", "--url", to.Server.Http.BaseAddress!.AbsoluteUri], new Terminal(output, TextWriter.Null), stop.Token);
        var id = ImportId.Of("tensorboard", "logs", "a", "1000000");
        while (await to.Target.Find(id, default) is not { Metrics.Count: > 0 }) await Task.Yield();
        Assert.Equal(RunStatus.Running, (await to.Client.Runs.GetAsync(id)).Status);
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Ok, await command);
        Assert.Equal(RunStatus.Finished, (await to.Client.Runs.GetAsync(id)).Status);
        Assert.Contains("metric points", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_costs_what_it_touches_and_is_reported()
    {
        await using var to = await ImportServer.Start();
        var damaged = EventFile.Simple(1002, 2, "loss", 9);
        damaged[20] ^= 1;
        var lost = EventFile.Simple(1004, 4, "loss", 9);
        lost[3] ^= 1;
        to.Put("logs/a/x.tfevents", EventFile.Version(1000), EventFile.Simple(1001, 1, "loss", 0.5f), damaged, EventFile.Simple(1003, 3, "loss", 0.25f), lost, EventFile.Simple(1005, 5, "loss", 1));
        to.Put("logs/b/x.tfevents", Enumerable.Repeat((byte)7, 1000).ToArray());
        to.Put("logs/c/x.tfevents", []);
        var report = await to.Import("tensorboard", Path.Combine(to.Folder, "logs"));
        Assert.Equal([1L, 3], (await to.Points((await to.Run("logs", "a")).Id, "loss")).Select(point => point.Step));
        Assert.Contains(ImportServer.LeftOut(report), one => one is ("events", 1, "the content does not match its checksum"));
        Assert.Contains(ImportServer.LeftOut(report), one => one.What == "ends of event files");
        Assert.Contains(ImportServer.LeftOut(report), one => one is ("runs", 2, _));
    }

    [Fact]
    public void A_file_cut_at_any_byte_gives_the_events_before_the_cut_and_goes_on_from_there()
    {
        byte[][] records = [EventFile.Version(1000), EventFile.Simple(1001, 1, "loss", 0.5f), EventFile.Tensor(1002, 2, "acc", 0.25f, first: true), EventFile.Simple(1003, 3, "loss", 0.125f)];
        var whole = records.SelectMany(record => record).ToArray();
        var path = Path.GetTempFileName();
        try
        {
            for (var cut = 0; cut < whole.Length; cut++)
            {
                File.WriteAllBytes(path, whole[..cut]);
                var (reader, file, items) = (new EventReader(new ImportReport(), "x"), new EventRecords(path), new List<EventItem>());
                Assert.Equal(RecordsEnd.Here, file.Read(record => reader.Read(record, items), 100, out _));
                var ends = records.Select((_, i) => records[..(i + 1)].Sum(record => record.Length)).ToArray();
                Assert.Equal(Math.Max(0, ends.Count(end => end <= cut) - 1), items.Count);
                File.WriteAllBytes(path, whole);
                Assert.Equal(RecordsEnd.Here, file.Read(record => reader.Read(record, items), 100, out _));
                Assert.Equal([("loss", 1L, 0.5), ("acc", 2, 0.25), ("loss", 3, 0.125)], items.Select(item => (item.Tag, item.Step, item.Value)));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_length_of_exabytes_reserves_no_memory()
    {
        var head = new byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(head, 1UL << 60);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(8), EventRecords.Masked(head.AsSpan(0, 8)));
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, [.. head, .. new byte[100]]);
            Assert.Equal(RecordsEnd.TooLarge, new EventRecords(path).Read(_ => Assert.Fail("nothing is whole"), 10, out _));
            BinaryPrimitives.WriteUInt64LittleEndian(head, 200 << 20);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(8), EventRecords.Masked(head.AsSpan(0, 8)));
            File.WriteAllBytes(path, [.. head, .. new byte[100]]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(RecordsEnd.Here, new EventRecords(path).Read(_ => Assert.Fail("nothing is whole"), 10, out _));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_content_whatever_breaks_the_reader(int seed)
    {
        var random = new Random(seed);
        byte[][] valid = [EventFile.Simple(1001, 1, "loss", 0.5f)[12..^4], EventFile.Tensor(1002, 2, "acc", 0.25f, first: true)[12..^4], EventFile.Params(1003, ("lr", 0.1), ("s", "t"))[12..^4], EventFile.Image(1, 2, "i")[12..^4]];
        var (reader, report, items) = (default(EventReader), new ImportReport(), new List<EventItem>());
        for (var n = 0; n < 20_000; n++)
        {
            reader = n % 100 == 0 || reader is null ? new EventReader(report, "fuzz") : reader;
            var content = Mutation.Of(valid[random.Next(valid.Length)], random);
            items.Clear();
            reader.Read(content, items);
            Assert.InRange(items.Count, 0, content.Length);
            Assert.All(items, item => Assert.InRange(item.TimeMs, 0, 253_402_300_800_000));
        }
        Assert.InRange(report.Summary("", default).LeftOut.Length, 1, ImportReport.ReasonsMax + 10);
    }
}
