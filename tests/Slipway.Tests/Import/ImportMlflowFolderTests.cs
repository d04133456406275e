using System.Text;
using Slipway.Cli.Import.Mlflow;
using Slipway.Client;

namespace Slipway.Tests.Import;

/// <summary>`slipway import mlflow` from a folder of MLflow's file store.</summary>
public sealed class ImportMlflowFolderTests
{
    private const string Id = "302d6590d1a14b1e984a619c059c247c", Other = "2bb23c09ac3d4d1bb93f8c0b79719334", Gone = "25760b8f854f4b9ca42e5ec059a65203", Model = "m-8060d493442e452f82661913abbf481e";

    [Fact]
    public async Task Everything_in_it_arrives()
    {
        await using var to = await ImportServer.Start();
        Write(to);
        var report = await to.Import("mlflow", to.Folder);
        var run = await to.Client.Runs.GetAsync(Id);
        Assert.Equal(("first", RunStatus.Finished, 1000L, 2000L), (run.Name, run.Status, run.StartedAt.ToUnixTimeMilliseconds(), run.EndedAt!.Value.ToUnixTimeMilliseconds()));
        Assert.Equal([(0L, 1.0, 1001L), (1, 0.5, 1002), (2, double.PositiveInfinity > 0 ? 1.7976931348623157e308 : 0, 1003)], await to.Points(Id, "loss"));
        Assert.True(double.IsNaN(run.Metrics["val/acc top"].Value));
        Assert.Equal(("x y\nz", "v", "ada"), (run.Params["b/c"], run.Tags["k"], run.Tags["mlflow.user"]));
        Assert.Equal(("flights-3m", "training"), (run.Datasets.Single().Dataset.Name, run.Datasets.Single().Context));
        Assert.Equal(["plots", "plots/a.txt"], await to.Files(Id));
        var odd = await to.Run("flights", "odd");
        Assert.Equal((RunStatus.Killed, Id, "not-an-id"), (odd.Status, odd.Tags["mlflow.parentRunId"], odd.Tags["slipway.import.id"]));
        Assert.True((await to.Client.Runs.GetAsync(Gone)).IsDeleted);
        Assert.True((await to.Client.Experiments.FindAsync("gone"))!.IsDeleted);
        Assert.Equal("LOGGED_MODEL_READY", (string)(await to.Server.Get($"/api/2.0/mlflow/logged-models/{Model}")).Json["model"]!["info"]!["status"]!);
        Assert.Equal(0.7, (double)(await to.Server.Get($"/api/2.0/mlflow/logged-models/{Model}")).Json["model"]!["data"]!["metrics"]![0]!["value"]!);
        Assert.Equal("ops", (await to.Client.Experiments.FindAsync("flights"))!.Tags["team"]);
        Assert.Contains(ImportServer.LeftOut(report), one => one is ("registered models", 1, _));
        var again = await to.Import("mlflow", Path.Combine(to.Folder, "mlruns"));
        Assert.Equal(4, (int)again["imported"]!["runs that were there already, unchanged"]!);
    }

    [Fact]
    public async Task What_is_broken_in_it_is_reported_and_the_rest_arrives()
    {
        await using var to = await ImportServer.Start();
        Write(to);
        Text(to, $"1/{Id}/metrics/loss", "1001 1.0 0\nrubbish\n1002 0.5 1 \n\n99 x 1\n1003 inf 2\n" + new string('9', 20_000) + "\n-5 1 1\n1004 0.25 3\n1005 0.125");
        Text(to, "1/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/meta.yaml", "run_id: [unclosed\n");
        Text(to, "1/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/params/a", "no meta");
        Text(to, "1/cccccccccccccccccccccccccccccccc/meta.yaml", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nrun_id: cccccccccccccccccccccccccccccccc\nrun_name: bomb\n");
        Text(to, $"1/{Id}/params/long", new string('x', 200_000));
        to.Put($"mlruns/1/{Id}/tags/binary", [0xff, 0xfe, 0, 0x80]);
        File.CreateSymbolicLink(Path.Combine(to.Folder, "mlruns", "1", Id, "params", "passwd"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(to.Folder, "mlruns", "1", "loop"), to.Folder);
        using (var pipes = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(to.Folder, "mlruns", "1", Id, "artifacts", "pipe"), Path.Combine(to.Folder, "mlruns", "1", Id, "metrics", "pipe")])) await pipes.WaitForExitAsync();
        var report = await to.Import("mlflow", to.Folder);
        Assert.Equal(["plots", "plots/a.txt"], await to.Files(Id));
        Assert.Equal([0L, 1, 2, 3], (await to.Points(Id, "loss")).Select(point => point.Step));
        var run = await to.Client.Runs.GetAsync(Id);
        Assert.Equal(6_000, run.Params["long"].Length);
        Assert.DoesNotContain("passwd", run.Params.Keys);
        Assert.Equal("bomb", (await to.Client.Runs.GetAsync("cccccccccccccccccccccccccccccccc")).Name);
        var left = ImportServer.LeftOut(report);
        Assert.Contains(left, one => one.What == "metric points" && one.Why.Contains("not finished or not of the form", StringComparison.Ordinal) && one.Count == 4);
        Assert.Contains(left, one => one.What == "metric points" && one.Why.Contains("1970", StringComparison.Ordinal) && one.Count == 1);
        Assert.Contains(left, one => one.What == "runs" && one.Why.Contains("no meta.yaml", StringComparison.Ordinal));
        Assert.Contains(left, one => one.What == "runs" && one.Why.Contains("YAML", StringComparison.Ordinal));
        Assert.Contains(left, one => one.What == "ends of long values");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_meta_file_is_read_or_refused_whatever_is_in_it(int seed)
    {
        var (random, refused) = (new Random(seed), 0);
        var valid = Encoding.UTF8.GetBytes("name: flights\ntags:\n  a: 'b'\nprofile: '{\"x\": 1,\n  \"y\": 2}'\nend_time: null\nlist: [1, {a: b}]\n");
        for (var n = 0; n < 2_000; n++)
            try
            {
                _ = MetaYaml.Parse(new StreamReader(new MemoryStream(Mutation.Of(valid, random)))).Text("name");
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        Assert.InRange(refused, 1, 1_999);
    }

    [Theory]
    [InlineData("1 0.5 3", true, 0.5, 3)]
    [InlineData("1 -inf", true, double.NegativeInfinity, 0)]
    [InlineData("1 nan 2 data digest", true, double.NaN, 2)]
    [InlineData("1 1e-05 -7", true, 1e-5, -7)]
    [InlineData("1", false, 0, 0)]
    [InlineData("x 1 1", false, 0, 0)]
    [InlineData("1 1 x", false, 0, 0)]
    public void A_line_of_a_metric_is_read(string line, bool read, double value, long step)
    {
        Assert.Equal(read, MetricLine.TryParse(line, out var point));
        Assert.Equal((value, step), (point.Value, point.Step));
    }

    private static void Write(ImportServer to)
    {
        string Meta(string id, string name, int status, string stage = "active", string experiment = "1") =>
            $"artifact_uri: file:///nowhere/{experiment}/{id}/artifacts\nend_time: {(status == 1 ? "null" : "2000")}\nentry_point_name: ''\nexperiment_id: '{experiment}'\nlifecycle_stage: {stage}\nrun_id: {id}\nrun_name: {name}\nsource_name: ''\nsource_type: 4\nsource_version: ''\nstart_time: 1000\nstatus: {status}\ntags: []\nuser_id: ada\n";
        Text(to, "0/meta.yaml", "artifact_location: file:///x/0\nexperiment_id: '0'\nlifecycle_stage: active\nname: Default\n");
        Text(to, "1/meta.yaml", "artifact_location: file:///x/1\nexperiment_id: '1'\nlifecycle_stage: active\nname: flights\nlast_update_time: 5\n");
        Text(to, "1/tags/team", "ops");
        Text(to, $"1/{Id}/meta.yaml", Meta(Id, "first", 3));
        Text(to, $"1/{Id}/metrics/loss", "1001 1.0 0\n1002 0.5 1\n1003 inf 2\n");
        Text(to, $"1/{Id}/metrics/val/acc top", "1001 nan 0\n");
        Text(to, $"1/{Id}/params/b/c", "x y\nz");
        Text(to, $"1/{Id}/tags/k", "v");
        Text(to, $"1/{Id}/artifacts/plots/a.txt", "hello");
        Text(to, $"1/{Id}/inputs/f2c207889f17d578cf6129ede7cebf89/meta.yaml", "destination_id: x\ndestination_type: RUN\nsource_id: 594cc2eea4b9f460ed1132b3d702f8bc\nsource_type: DATASET\ntags:\n  mlflow.data.context: training\n");
        Text(to, "1/datasets/594cc2eea4b9f460ed1132b3d702f8bc/meta.yaml", "digest: 300830b9\nname: flights-3m\nprofile: '{\"num_rows\": 2,\n  \"num_elements\": 2}'\nsource: '{}'\nsource_type: local\n");
        Text(to, $"1/{Id}/outputs/{Model}/meta.yaml", $"destination_id: {Model}\ndestination_type: MODEL_OUTPUT\nsource_id: x\nsource_type: RUN_OUTPUT\nstep: 3\ntags: {{}}\n");
        Text(to, $"1/models/{Model}/meta.yaml", $"artifact_location: file:///x\nexperiment_id: '1'\nmodel_id: {Model}\nmodel_type: null\nname: net\nsource_run_id: {Id}\nstatus: 2\nlast_updated_timestamp: 9\n");
        Text(to, $"1/models/{Model}/metrics/auc", $"1004 0.7 3 {Id}\n");
        Text(to, $"1/models/{Model}/artifacts/MLmodel", "flavors: {}\n");
        Text(to, $"1/{Other}/meta.yaml", Meta(Other, "running", 3));
        Text(to, "1/not-an-id/meta.yaml", Meta("not-an-id", "odd", 5));
        Text(to, "1/not-an-id/tags/mlflow.parentRunId", Id);
        Text(to, ".trash/2/meta.yaml", "experiment_id: '2'\nlifecycle_stage: deleted\nname: gone\nlast_update_time: 3000\n");
        Text(to, $".trash/2/{Gone}/meta.yaml", Meta(Gone, "left", 3, "deleted", "2"));
        Text(to, "models/reg/meta.yaml", "name: reg\n");
    }

    private static void Text(ImportServer to, string path, string text) => to.Put("mlruns/" + path, Encoding.UTF8.GetBytes(text));
}
