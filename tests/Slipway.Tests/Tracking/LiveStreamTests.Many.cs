using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>One stream over many roots.</summary>
public abstract partial class LiveStreamTests
{
    [Fact]
    public async Task One_stream_tells_of_many_roots_and_names_them()
    {
        var (experiment, run, other) = await World();
        var elsewhere = (string)(await Ok("/experiments/create", """{"name":"elsewhere"}"""))["experiment_id"]!;
        async Task<string> Elsewhere() => (string)(await Ok("/runs/create", $$"""{"experiment_id":"{{elsewhere}}"}"""))["run"]!["info"]!["run_id"]!;
        var (followed, ignored) = (await Elsewhere(), await Elsewhere());
        await AllSealed();
        using var stream = await Open($"/api/slipway/v1/stream?experiments={experiment},424242&runs={followed}&runs=0198aaaabbbbccccddddeeeeffff0000");
        Assert.Equal("""["experiment/424242","run/0198aaaabbbbccccddddeeeeffff0000"]""", (await stream.Next("hello"))["missing"]!.ToJsonString());
        await Ok("/runs/set-tag", $$"""{"run_id":"{{ignored}}","key":"t","value":"not followed"}""");
        await Ok("/runs/set-tag", $$"""{"run_id":"{{other}}","key":"t","value":"1"}""");
        var change = await stream.Next("change");
        Assert.Equal((experiment, other, "run.logged"), ((string)change["experiment_id"]!, (string)change["run_id"]!, (string)change["kind"]!));
        await Ok("/runs/update", $$"""{"run_id":"{{followed}}","status":"FINISHED"}""");
        change = await stream.Next("change");
        Assert.Equal((elsewhere, followed, "FINISHED"), ((string)change["experiment_id"]!, (string)change["run_id"]!, (string)change["data"]!["status"]!));
        await Ok("/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"loss","value":1,"timestamp":1},{"key":"acc","value":1,"timestamp":1}]}""");
        var hint = await stream.Next("metrics");
        Assert.Equal((run, experiment, "acc,loss"), ((string)hint["run_id"]!, (string)hint["experiment_id"]!, string.Join(',', hint["keys"]!.AsArray().Select(static key => (string)key!).Order())));
        await server.Post("/api/slipway/v1/runs/edit", $$"""{"run_ids":["{{followed}}","{{ignored}}"],"set_tags":[{"key":"t","value":"all"}]}""");
        change = await stream.Next("change");
        Assert.Equal(("run.edited", elsewhere, 2), ((string)change["kind"]!, (string)change["experiment_id"]!, (int)change["data"]!["runs"]!));
        await Upload($"{elsewhere}/{followed}/artifacts/model.bin");
        change = await stream.Next("change");
        Assert.Equal(("artifact.logged", followed), ((string)change["kind"]!, (string)change["run_id"]!));
    }

    [Fact]
    public async Task An_installation_tells_of_experiments_that_come_and_go()
    {
        var (experiment, run, _) = await World();
        string position;
        using (var stream = await Open("/api/slipway/v1/stream?installation=true"))
        {
            position = (await stream.Next()).Id;
            await Ok("/runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"not followed"}""");
            var made = (string)(await Ok("/experiments/create", """{"name":"made"}"""))["experiment_id"]!;
            var change = await stream.Next("change");
            Assert.Equal(("experiment.created", made), ((string)change["kind"]!, (string)change["experiment_id"]!));
        }
        await Ok("/experiments/update", $$"""{"experiment_id":"{{experiment}}","new_name":"renamed"}""");
        await Ok("/experiments/delete", $$"""{"experiment_id":"{{experiment}}"}""");
        using var again = await Open("/api/slipway/v1/stream?installation=true", position);
        Assert.Equal("experiment.created", (string)(await again.Next("change"))["kind"]!);
        Assert.Equal("experiment.renamed", (string)(await again.Next("change"))["kind"]!);
        Assert.Equal("experiment.deleted", (string)(await again.Next("change"))["kind"]!);
    }

    [Theory]
    [InlineData("", "Nothing to follow")]
    [InlineData("?experiments=,", "Nothing to follow")]
    [InlineData("?experiments=x!", "Invalid experiment ID")]
    [InlineData("?runs=../x", "Invalid run ID")]
    [InlineData("?installation=perhaps", "must be true or false")]
    [InlineData("?installation=true&last_event_id=never", "Last-Event-ID")]
    public async Task A_wrong_request_for_many_roots_is_400(string query, string says)
    {
        var answer = await server.Get("/api/slipway/v1/stream" + query);
        Assert.Equal(400, (int)answer.Status);
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_roots_than_the_limit_are_refused()
    {
        var answer = await server.Get("/api/slipway/v1/stream?experiments=" + string.Join(',', Enumerable.Range(1, 201)));
        Assert.Equal(400, (int)answer.Status);
        Assert.Contains("A stream follows at most 200 runs and experiments, got 201.", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hints_about_a_run_come_at_most_twice_a_second_and_hold_all_keys_since()
    {
        var (experiment, run, _) = await World();
        var clock = new ManualClock();
        using var metrics = new Metrics(parts.Database, NullLogger<Metrics>.Instance);
        using var feed = new LiveFeed(parts.Database, metrics, clock, NullLogger<LiveFeed>.Instance);
        var bundle = new LiveBundle(Caller.Local(), [long.Parse(experiment)], [], false, []);
        await feed.Add(bundle, default);
        async Task<List<string>> Look(TimeSpan later, params string[] keys)
        {
            clock.Advance(later);
            foreach (var key in keys) await Ok("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"{{key}}","value":1,"timestamp":{{clock.GetUtcNow().ToUnixTimeMilliseconds()}}}""");
            await feed.Look(default);
            var told = new List<string>();
            while (bundle.Items.TryRead(out var item))
                if (item.Name == "metrics") told.Add(string.Join(',', JsonNode.Parse(item.Data)!["keys"]!.AsArray().Select(static key => (string)key!).Order()));
            return told;
        }
        Assert.Equal(["a"], await Look(TimeSpan.Zero, "a", "a"));
        Assert.Empty(await Look(TimeSpan.FromMilliseconds(250), "b"));
        Assert.Empty(await Look(TimeSpan.FromMilliseconds(200), "c", "b"));
        Assert.Equal(["b,c"], await Look(TimeSpan.FromMilliseconds(250)));
        Assert.Empty(await Look(TimeSpan.FromSeconds(1)));
        Assert.Equal([string.Join(',', Enumerable.Range(10, 90))], await Look(TimeSpan.FromSeconds(1), [.. Enumerable.Range(10, 90).Select(static n => $"{n}")]));
    }

    [Fact]
    public async Task A_run_that_moved_on_between_two_looks_is_told_of_all_the_same()
    {
        var (_, run, _) = await World();
        using var metrics = new Metrics(parts.Database, NullLogger<Metrics>.Instance);
        var clock = new ManualClock();
        var hints = new LiveHints(metrics, clock);
        var known = await parts.Database.Read(session => Runs.Places(session, Caller.Local(), [run]), default);
        LiveBundle[] bundles = [new LiveBundle(Caller.Local(), [], known, false, [])];
        async Task<int> Marked(params string[] keys)
        {
            foreach (var key in keys) await Ok("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"{{key}}","value":1,"timestamp":1}""");
            await server.Get("/api/2.0/mlflow/runs/get?run_id=" + run); // which settles what search reads
            clock.Advance(TimeSpan.FromSeconds(2));
            await parts.Database.Read(session =>
            {
                hints.NoteMarks(session, bundles);
                return 0;
            }, default);
            hints.Tell(bundles);
            var told = 0;
            for (; bundles[0].Items.TryRead(out var item); told++) Assert.True((bool)JsonNode.Parse(item.Data)!["all"]!);
            return told;
        }
        Assert.Equal(0, await Marked("a"));
        Assert.Equal(1, await Marked("b"));
        Assert.Equal(0, await Marked());
    }
}
