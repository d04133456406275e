using System.Text;
using Slipway.Cli;
using Slipway.Cli.Import;
using Slipway.Cli.Import.Wandb;
using Slipway.Client;
using Slipway.Tests.Cli;

namespace Slipway.Tests.Import;

public sealed class ImportWandbTests
{
    [Fact]
    public void Checksum_is_the_plain_one_of_published_examples()
    {
        Assert.Equal(0xCBF43926, WandbLog.Crc("123456789"u8));
        Assert.Equal(0xBEE1u, WandbLog.Crc("Weights & Biases"u8) & 0xffff);
    }

    [Fact]
    public async Task A_run_arrives_with_numbers_config_summary_and_files()
    {
        await using var to = await ImportServer.Start();
        var log = new WandbFile().Run("abc123xy").History(0, 1001.5, ("loss", "0.5"), ("nested", """{"a": 1, "b": {"c": 2}, "t": "x"}"""), ("ok", "true"), ("photo", """{"_type": "image-file", "path": "p"}"""))
            .History(1, 1002.5, ("loss", "NaN"), ("word", "\"hi\""))
            .Record(r => r.Message(7, stats => stats.Long(1, 0).Message(2, time => time.Long(1, 1003)).Message(3, item => item.Text(1, "cpu").Text(16, "12.5"))))
            .Record(r => r.Message(5, config => config.Message(1, item => item.Text(1, "lr").Text(16, "0.2"))))
            .Record(r => r.Message(3, summary => summary.Message(1, item => item.Text(1, "best").Text(16, "0.9")).Message(1, item => item.Text(1, "loss").Text(16, "0.1")).Message(1, item => item.Text(1, "verdict").Text(16, "\"good\""))))
            .Record(r => r.Message(26, environment => environment.Text(2, "3.11").Text(6, "train.py"))).Record(r => r.Message(8, artifact => artifact.Text(5, "model"))).Exit(0);
        to.Put("wandb/offline-run-1-abc123xy/run-abc123xy.wandb", log.ToArray());
        to.Put("wandb/offline-run-1-abc123xy/files/output.log", "hello"u8.ToArray());
        to.Put("wandb/offline-run-1-abc123xy/files/media/p.png", [1, 2, 3]);
        var report = await to.Import("wandb", Path.Combine(to.Folder, "wandb"));
        var run = await to.Run("flights", "sunny-sky-1");
        Assert.Equal((RunStatus.Finished, 1000_500L, 1010_500L), (run.Status, run.StartedAt.ToUnixTimeMilliseconds(), run.EndedAt!.Value.ToUnixTimeMilliseconds()));
        var loss = await to.Points(run.Id, "loss");
        Assert.Equal([(0L, 1001_500L), (1, 1002_500)], loss.Select(point => (point.Step, point.TimeMs)));
        Assert.Equal((0.5, true), (loss[0].Value, double.IsNaN(loss[1].Value)));
        Assert.Equal((1, 2, 1, 12.5, 0.9), (run.Metrics["nested.a"].Value, run.Metrics["nested.b.c"].Value, run.Metrics["ok"].Value, run.Metrics["system/cpu"].Value, run.Metrics["best"].Value));
        Assert.Equal(("0.2", "3", "mlp", "[1, 2]"), (run.Params["lr"], run.Params["model.depth"], run.Params["model.kind"], run.Params["model.sizes"]));
        Assert.DoesNotContain("_wandb", run.Params.Keys);
        Assert.Equal(("group-a", "train", "x,y", "a note", "abc", "train.py", "good"), (run.Tags["wandb.group"], run.Tags["wandb.job_type"], run.Tags["wandb.tags"], run.Tags["mlflow.note.content"],
            run.Tags["mlflow.source.git.commit"], run.Tags["mlflow.source.name"], run.Tags["wandb.summary.verdict"]));
        Assert.Equal(["wandb", "wandb/media", "wandb/media/p.png", "wandb/output.log"], await to.Files(run.Id));
        Assert.Equal(["W&B artifacts", "media, tables and histograms in the history", "texts and lists in the history"], ImportServer.LeftOut(report).Select(one => one.What));
        var again = await to.Import("wandb", Path.Combine(to.Folder, "wandb"));
        Assert.Equal(1, (int)again["imported"]!["runs that were there already, unchanged"]!);
    }

    [Fact]
    public async Task A_run_without_an_end_is_at_work_while_its_log_is_young_and_failed_when_it_is_old()
    {
        await using var to = await ImportServer.Start();
        var file = to.Put("run-a.wandb", new WandbFile().Run("a").History(3, 1005, ("loss", "1")).ToArray());
        await to.Import("wandb", file);
        Assert.Equal(RunStatus.Running, (await to.Run("flights", "sunny-sky-1")).Status);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-1));
        await to.Import("wandb", file);
        var run = await to.Run("flights", "sunny-sky-1");
        Assert.Equal((RunStatus.Failed, 1005_000L), (run.Status, run.EndedAt!.Value.ToUnixTimeMilliseconds()));
        File.WriteAllBytes(file, new WandbFile().Run("a").History(3, 1005, ("loss", "1")).Exit(1, 6).ToArray());
        await to.Import("wandb", file, "--experiment", "flights");
        Assert.Equal(RunStatus.Failed, (await to.Run("flights", "sunny-sky-1")).Status);
    }

    [Fact]
    public async Task What_is_no_log_is_reported_and_the_others_are_imported()
    {
        await using var to = await ImportServer.Start();
        to.Put("w/a.wandb", "no log"u8.ToArray());
        to.Put("w/b.wandb", []);
        to.Put("w/c.wandb", new WandbFile().Record(r => r.Long(1, 1)).ToArray());
        to.Put("w/d.wandb", new WandbFile().Run("d").Exit(0).ToArray());
        var report = await to.Import("wandb", Path.Combine(to.Folder, "w"));
        Assert.Equal(1, (int)report["imported"]!["runs"]!);
        Assert.Equal(3, ImportServer.LeftOut(report).Where(one => one.What == "logs").Sum(one => one.Count));
        Assert.Equal(ExitCode.NotFound, (await Shell.Run("import", "wandb", Path.Combine(to.Folder, "none"), "--url", to.Server.Http.BaseAddress!.AbsoluteUri)).Code);
    }

    [Fact]
    public void Records_longer_than_blocks_are_put_together_and_a_damaged_block_costs_itself()
    {
        var big = new string('x', 100_000);
        var file = new WandbFile().Record(r => r.Text(1, "first")).Record(r => r.Text(1, big)).Record(r => r.Text(1, "third"));
        for (var i = 0; i < 2_000; i++) file.Record(r => r.Text(1, "small " + i));
        var bytes = file.ToArray();
        Assert.Equal(2_003, Read(bytes, out var damaged).Count);
        Assert.Equal(0, damaged);
        bytes[40_000] ^= 1; // in the middle of the long record
        var rest = Read(bytes, out damaged);
        Assert.Equal((2_002, 1L), (rest.Count, damaged));
        Assert.DoesNotContain(rest, record => record.Length > 1_000);
    }

    [Fact]
    public void A_log_cut_at_any_byte_gives_the_records_before_the_cut()
    {
        var (file, ends) = (new WandbFile(), new List<int>());
        for (var i = 0; i < 20; i++)
        {
            file.Record(r => r.Text(1, new string((char)('a' + i), i == 10 ? 40_000 : 20)));
            ends.Add(file.ToArray().Length);
        }
        var whole = file.ToArray();
        for (var cut = WandbLog.HeaderBytes; cut < whole.Length; cut += cut is > 400 and < 40_000 ? 997 : 1)
        {
            Assert.Equal(ends.Count(end => end <= cut), Read(whole[..cut], out var damaged).Count);
            Assert.Equal(0, damaged);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_damage_breaks_the_reader(int seed)
    {
        var random = new Random(seed);
        var valid = new WandbFile().Run("a").History(0, 1, ("loss", "1"), ("n", """{"a":{"b":[1,{"c":2}]}}""")).History(1, 2, ("loss", "2")).Record(r => r.Message(7, s => s.Message(3, i => i.Text(1, "cpu").Text(16, "1")))).Exit(0).ToArray();
        var records = Read(valid, out _);
        var report = new ImportReport();
        for (var n = 0; n < 5_000; n++)
        {
            // Of the file, which checksums protect; and of records, as if somebody had made the checksums fit.
            if (n % 50 == 0)
                try
                {
                    Read(Mutation.Of(valid, random), out _);
                }
                catch (InvalidDataException)
                {
                    // The header: no such file.
                }
            var (run, points) = (new WandbRun(report, "fuzz"), new WandbPoints(report, "fuzz", 0));
            foreach (var record in records)
            {
                var damaged = Mutation.Of(record, random);
                run.Read(damaged);
                points.Read(damaged);
            }
            Assert.InRange(points.Ready.Count, 0, 1_000);
        }
    }

    [Theory]
    [InlineData("1.5", true)]
    [InlineData("-0", true)]
    [InlineData("1e400", true)]
    [InlineData("NaN", true)]
    [InlineData("-Infinity", true)]
    [InlineData("false", true)]
    [InlineData("\"1\"", false)]
    [InlineData("", false)]
    [InlineData("-", false)]
    [InlineData("[1]", false)]
    public void A_number_is_what_Python_takes_for_one(string json, bool isNumber) => Assert.Equal(isNumber, WandbJson.TryNumber(Encoding.UTF8.GetBytes(json), out _));

    private static List<byte[]> Read(byte[] bytes, out long damaged)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, bytes);
            var (log, records) = (new WandbLog(path), new List<byte[]>());
            while (log.Next(record => records.Add(record.ToArray()))) { }
            damaged = log.Damaged;
            return records;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
