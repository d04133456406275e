using System.Net;
using System.Text;
using Slipway.Cli.Relay;
using static Slipway.Tests.Cli.Relay.RelayFixture;

namespace Slipway.Tests.Cli.Relay;

/// <summary>The relay between an MLflow client and a real server that comes and goes.</summary>
public sealed class RelayTests : IAsyncLifetime
{
    private readonly RelayFixture world = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task With_the_server_there_everything_is_the_servers_answer()
    {
        await world.StartServer();
        await world.StartRelay();
        var experiment = (string)(await world.Post(Api + "experiments/create", """{"name":"flights"}""")).Json["experiment_id"]!;
        var (run, _) = await world.NewRun(experiment);
        Assert.Equal(HttpStatusCode.OK, (await world.Post(Api + "runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"loss","value":0.5,"timestamp":1,"step":0}],"params":[{"key":"lr","value":"1"}]}""")).Status);

        var direct = await world.Direct($"{Api}runs/get?run_id={run}");
        Assert.Equal(direct.Body, (await world.Get($"{Api}runs/get?run_id={run}")).Body);
        Assert.Equal("1", (string)Value(direct.Json, "params", "lr")!);
        Assert.Equal(HttpStatusCode.BadRequest, (await world.Post(Api + "runs/log-parameter", $$"""{"run_id":"{{run}}","key":"lr","value":"2"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.Post(Api + "runs/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"params.lr = '1'"}""")).Status);
        Assert.Equal(0, world.Relay.Pending);
    }

    [Fact]
    public async Task A_whole_run_without_a_server_arrives_with_the_ids_that_were_answered()
    {
        await world.StartRelay();
        Assert.Equal(HttpStatusCode.NotFound, (await world.Get(Api + "experiments/get-by-name?experiment_name=flights")).Status);
        var experiment = (string)(await world.Post(Api + "experiments/create", """{"name":"flights"}""")).Json["experiment_id"]!;
        Assert.Equal("flights", (string)(await world.Get($"{Api}experiments/get?experiment_id={experiment}")).Json["experiment"]!["name"]!);
        Assert.Equal(experiment, (string)(await world.Get(Api + "experiments/get-by-name?experiment_name=flights")).Json["experiment"]!["experiment_id"]!);
        var (run, root) = await world.NewRun(experiment);
        await world.Post(Api + "runs/log-parameter", $$"""{"run_id":"{{run}}","key":"lr","value":"0.1"}""");
        for (var step = 0; step < 5; step++) await world.Post(Api + "runs/log-metric", $$"""{"run_id":"{{run}}","key":"loss","value":{{5 - step}},"timestamp":{{step}},"step":{{step}}}""");
        await world.Post(Api + "runs/log-metric", $$"""{"run_id":"{{run}}","key":"odd","value":"NaN","timestamp":1}""");
        await world.Post(Api + "runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"dataset":{"name":"d","digest":"1","source_type":"local","source":"x"},"tags":[{"key":"mlflow.data.context","value":"train"}]}]}""");
        var model = (string)(await world.Post(Api + "logged-models", $$"""{"experiment_id":"{{experiment}}","name":"m","source_run_id":"{{run}}"}""")).Json["model"]!["info"]!["model_id"]!;
        var modelRoot = (string)(await world.Get(Api + "logged-models/" + model)).Json["model"]!["info"]!["artifact_uri"]!;
        Assert.Equal(HttpStatusCode.OK, (await world.Put("/api/2.0/mlflow-artifacts/artifacts/" + modelRoot["mlflow-artifacts:/".Length..] + "/MLmodel", "flavor"u8.ToArray())).Status);
        await world.Patch(Api + "logged-models/" + model, $$"""{"model_id":"{{model}}","status":"LOGGED_MODEL_READY"}""");
        await world.Post(Api + "runs/outputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"{{model}}","step":0}]}""");
        var weights = new byte[300_000];
        new Random(3).NextBytes(weights);
        await world.Put("/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..] + "/deep/w%C3%A4.bin", weights);
        var listed = await world.Get($"{Api}artifacts/list?run_id={run}&path=deep");
        Assert.Equal(("deep/wä.bin", 300_000), ((string)listed.Json["files"]![0]!["path"]!, (int)listed.Json["files"]![0]!["file_size"]!));
        await world.Post(Api + "runs/update", $$"""{"run_id":"{{run}}","status":"FINISHED","end_time":2000}""");
        var offline = (await world.Get($"{Api}runs/get?run_id={run}")).Json;
        Assert.Equal(("FINISHED", "0.1", 1.0), ((string)offline["run"]!["info"]!["status"]!, (string)Value(offline, "params", "lr")!, (double)Value(offline, "metrics", "loss")!));

        await world.StartServer();
        await world.Delivered();

        var there = (await world.Direct($"{Api}runs/get?run_id={run}")).Json;
        Assert.Equal(("FINISHED", "r", root), ((string)there["run"]!["info"]!["status"]!, (string)there["run"]!["info"]!["run_name"]!, (string)there["run"]!["info"]!["artifact_uri"]!));
        Assert.Equal(("0.1", 1.0, "NaN"), ((string)Value(there, "params", "lr")!, (double)Value(there, "metrics", "loss")!, (string)Value(there, "metrics", "odd")!));
        Assert.Equal("d", (string)there["run"]!["inputs"]!["dataset_inputs"]![0]!["dataset"]!["name"]!);
        Assert.Equal(model, (string)there["run"]!["outputs"]!["model_outputs"]![0]!["model_id"]!);
        Assert.Equal(5, (await world.Direct($"{Api}metrics/get-history?run_id={run}&metric_key=loss&max_results=100")).Json["metrics"]!.AsArray().Count);
        Assert.Equal("LOGGED_MODEL_READY", (string)(await world.Direct(Api + "logged-models/" + model)).Json["model"]!["info"]!["status"]!);
        Assert.Equal("flavor", (await world.Direct("/api/2.0/mlflow-artifacts/artifacts/" + modelRoot["mlflow-artifacts:/".Length..] + "/MLmodel")).Body);
        Assert.Equal(Encoding.Latin1.GetString(weights).Length, (await world.Direct("/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..] + "/deep/w%C3%A4.bin")).Response.Content.Headers.ContentLength);
        // The client goes on with the id that it knows.
        var (second, _) = await world.NewRun(experiment);
        Assert.Equal((string)there["run"]!["info"]!["experiment_id"]!, (string)(await world.Direct($"{Api}runs/get?run_id={second}")).Json["run"]!["info"]!["experiment_id"]!);
        Assert.Empty(RelayStatus.Read(world.Data, 0).Refused);
    }

    [Fact]
    public async Task A_server_that_goes_in_the_middle_of_a_run_is_not_missed()
    {
        await world.StartServer();
        await world.StartRelay();
        var (run, _) = await world.NewRun();
        await world.Post(Api + "runs/set-tag", $$"""{"run_id":"{{run}}","key":"a","value":"before"}""");
        await world.StopServer();
        await world.Post(Api + "runs/set-tag", $$"""{"run_id":"{{run}}","key":"a","value":"between"}""");
        await world.Post(Api + "runs/set-tag", $$"""{"run_id":"{{run}}","key":"b","value":"2"}""");
        await world.Post(Api + "runs/delete-tag", $$"""{"run_id":"{{run}}","key":"b"}""");
        var offline = (await world.Get($"{Api}runs/get?run_id={run}")).Json;
        Assert.Equal(("between", null), ((string)Value(offline, "tags", "a")!, Value(offline, "tags", "b")));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Post(Api + "runs/search", """{"experiment_ids":["0"]}""")).Status);

        // A relay that is started anew knows what waits.
        await world.StopRelay();
        await world.StartRelay();
        Assert.Equal(3, world.Relay.Pending);
        await world.Post(Api + "runs/set-tag", $$"""{"run_id":"{{run}}","key":"a","value":"after"}""");
        await world.StartServer();
        await world.Delivered();
        var there = (await world.Direct($"{Api}runs/get?run_id={run}")).Json;
        Assert.Equal(("after", null), ((string)Value(there, "tags", "a")!, Value(there, "tags", "b")));
        Assert.Equal(HttpStatusCode.OK, (await world.Post(Api + "runs/search", """{"experiment_ids":["0"]}""")).Status);
    }
}
