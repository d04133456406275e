using System.Net;
using Slipway.Cli.Relay;
using static Slipway.Tests.Cli.Relay.RelayFixture;

namespace Slipway.Tests.Cli.Relay;

/// <summary>What changed at the server while it was away: told, kept, and no obstacle to what follows.</summary>
public sealed class RelayConflictTests : IAsyncLifetime
{
    private readonly RelayFixture world = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => world.DisposeAsync();

    private RelayStatus Status => RelayStatus.Read(world.Data, 0);

    private async Task<string> RunThatIsThere()
    {
        await world.StartServer();
        await world.StartRelay();
        var (run, _) = await world.NewRun();
        await world.StopServer();
        return run;
    }

    // Somebody else's change, beside the relay: which must not speak before it has happened.
    private async Task While(Func<Task> change)
    {
        await world.StopRelay();
        await world.StartServer();
        await change();
        await world.StartRelay();
        await world.Delivered();
    }

    [Fact]
    public async Task A_param_with_another_value_stays_behind_and_takes_nothing_along()
    {
        var run = await RunThatIsThere();
        await world.Post(Api + "runs/log-batch", $$"""
            {"run_id":"{{run}}","metrics":[{"key":"loss","value":1,"timestamp":1,"step":1},{"key":"loss","value":2,"timestamp":2,"step":2}],
             "params":[{"key":"a","value":"1"},{"key":"lr","value":"mine"},{"key":"z","value":"1"}],"tags":[{"key":"t","value":"1"}]}
            """);
        await world.Post(Api + "runs/set-tag", $$"""{"run_id":"{{run}}","key":"after","value":"1"}""");
        await While(() => world.DirectPost(Api + "runs/log-parameter", $$"""{"run_id":"{{run}}","key":"lr","value":"theirs"}"""));

        var there = (await world.Direct($"{Api}runs/get?run_id={run}")).Json;
        Assert.Equal(("1", "theirs", "1"), ((string)Value(there, "params", "a")!, (string)Value(there, "params", "lr")!, (string)Value(there, "params", "z")!));
        Assert.Equal((2.0, "1", "1"), ((double)Value(there, "metrics", "loss")!, (string)Value(there, "tags", "t")!, (string)Value(there, "tags", "after")!));
        var refused = Assert.Single(Status.Refused);
        Assert.Equal((400, run), (refused.Status, refused.Of));
        Assert.Contains("'lr'", refused.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_deleted_is_kept_whole_and_delivered_once_it_is_restored()
    {
        var run = await RunThatIsThere();
        for (var step = 0; step < 3; step++) await world.Post(Api + "runs/log-metric", $$"""{"run_id":"{{run}}","key":"loss","value":{{step}},"timestamp":{{step}},"step":{{step}}}""");
        var (other, _) = await world.NewRun();
        await While(() => world.DirectPost(Api + "runs/delete", $$"""{"run_id":"{{run}}"}"""));
        Assert.Equal("RUNNING", (string)(await world.Direct($"{Api}runs/get?run_id={other}")).Json["run"]!["info"]!["status"]!);
        Assert.Equal((3, 3), (Status.RefusedCount, Status.Refused.Count(one => one.Of == run)));

        await world.DirectPost(Api + "runs/restore", $$"""{"run_id":"{{run}}"}""");
        await world.StopRelay();
        await world.StartRelay(options => options with { Retry = true });
        await world.Delivered();
        Assert.Equal(0, Status.RefusedCount);
        Assert.Equal(2.0, (double)Value((await world.Direct($"{Api}runs/get?run_id={run}")).Json, "metrics", "loss")!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_experiment_whose_name_was_taken_finds_a_place_for_its_runs(bool deleted)
    {
        await world.StartRelay();
        var own = (string)(await world.Post(Api + "experiments/create", """{"name":"flights"}""")).Json["experiment_id"]!;
        var (run, root) = await world.NewRun(own);
        await world.Put("/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..] + "/a.txt", "text"u8.ToArray());
        await world.Post(Api + "runs/log-parameter", $$"""{"run_id":"{{run}}","key":"lr","value":"1"}""");
        string theirs = "";
        await While(async () =>
        {
            theirs = (string)(await world.DirectPost(Api + "experiments/create", """{"name":"flights"}""")).Json["experiment_id"]!;
            if (deleted) await world.DirectPost(Api + "experiments/delete", $$"""{"experiment_id":"{{theirs}}"}""");
        });
        var there = (await world.Direct($"{Api}runs/get?run_id={run}")).Json["run"]!;
        var experiment = (await world.Direct($"{Api}experiments/get?experiment_id={there["info"]!["experiment_id"]}")).Json["experiment"]!;
        Assert.Equal(deleted ? $"flights (relay {own[^8..]})" : "flights", (string)experiment["name"]!);
        Assert.Equal("1", (string)there["data"]!["params"]![0]!["value"]!);
        Assert.Equal("text", (await world.Direct("/api/2.0/mlflow-artifacts/artifacts/" + ((string)there["info"]!["artifact_uri"]!)["mlflow-artifacts:/".Length..] + "/a.txt")).Body);
        Assert.Contains("Nothing is lost", Assert.Single(Status.Refused).Why, StringComparison.Ordinal);
        // Who knows the first id and the first place still finds both through the relay.
        Assert.Equal("text", (await world.Get("/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..] + "/a.txt")).Body);
        Assert.Equal((string)experiment["name"]!, (string)(await world.Get($"{Api}experiments/get?experiment_id={own}")).Json["experiment"]!["name"]!);
        Assert.Equal(HttpStatusCode.OK, (await world.Post(Api + "runs/search", $$"""{"experiment_ids":["{{own}}"]}""")).Status);
    }

    [Fact]
    public async Task What_is_delivered_twice_is_there_once()
    {
        await world.StartRelay();
        var (run, _) = await world.NewRun();
        await world.Post(Api + "runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"loss","value":1,"timestamp":1,"step":1}],"params":[{"key":"lr","value":"1"}]}""");
        await world.Post(Api + "runs/log-model", $$$"""{"run_id":"{{{run}}}","model_json":"{\"run_id\":\"{{{run}}}\",\"artifact_path\":\"model\",\"utc_time_created\":\"2026-01-01\",\"flavors\":{} }"}""");
        await world.Post(Api + "runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"1"}""");
        await world.Post(Api + "runs/delete-tag", $$"""{"run_id":"{{run}}","key":"t"}""");
        await world.StopRelay();
        var lane = Assert.Single(RelayFolder.Lanes(world.Data));
        var saved = Directory.EnumerateFiles(lane, "*.spool").ToDictionary(path => path, File.ReadAllBytes);
        await world.StartServer();
        await world.StartRelay();
        await world.Delivered();
        await world.StopRelay();
        // As after a crash before the cursor was written.
        foreach (var (path, bytes) in saved) await File.WriteAllBytesAsync(path, bytes);
        File.Delete(Path.Combine(lane, "cursor"));
        await world.StartRelay();
        Assert.True(world.Relay.Pending > 0 || Status.Waiting == 0);
        await world.Delivered();

        var there = (await world.Direct($"{Api}runs/get?run_id={run}")).Json;
        Assert.Single((await world.Direct($"{Api}metrics/get-history?run_id={run}&metric_key=loss&max_results=10")).Json["metrics"]!.AsArray());
        Assert.Single(System.Text.Json.Nodes.JsonNode.Parse((string)Value(there, "tags", "mlflow.log-model.history")!)!.AsArray());
        Assert.Equal(0, Status.RefusedCount);
    }
}
