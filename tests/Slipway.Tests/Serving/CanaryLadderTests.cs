using Slipway.Serving;

namespace Slipway.Tests.Serving;

public sealed class CanaryLadderOnSqlite(ServingOnSqlite server) : CanaryLadderTests(server), IClassFixture<ServingOnSqlite>;

public sealed class CanaryLadderOnPostgres(ServingOnPostgres server) : CanaryLadderTests(server), IClassFixture<ServingOnPostgres>;

/// <summary>Canaries judged by what servers wrote: up, and back with a reason, once however many judge.</summary>
public abstract class CanaryLadderTests(ServingServer server)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Endpoints Store => server.Server.Parts.Serving.Endpoints;

    private async Task<(string Name, long Id, CanaryRow Canary)> Started(string plan)
    {
        var model = await server.Served(2);
        var name = server.Name("ladder");
        await server.Endpoint("POST", "", $$"""{"name":"{{name}}","arms":[{"model":"{{model}}","version":"1"}]}""");
        await server.Endpoint("POST", $"/{name}/deploy", $$"""{"model":"{{model}}","version":"2","canary":{{plan}}}""");
        await server.Ready(name);
        var id = server.Server.Parts.Serving.Table.Find(0, name)!.Id;
        return (name, id, (await Store.OpenCanaries(Ct)).Single(canary => canary.Endpoint == id));
    }

    private Task Count(CanaryRow canary, string who, double share, ArmCounts own, ArmCounts control) => Store.WriteTallies(who, [new CanaryTallies.Counted(canary.Id, canary.Period, canary.Step, share, own, control)], Ct);

    private async Task<CanaryRow> Now(long id) => (await Store.OpenCanaries(Ct)).Single(canary => canary.Endpoint == id);

    [Fact]
    public async Task Errors_of_several_servers_together_roll_it_back_once_with_the_reason_everywhere()
    {
        var (name, id, canary) = await Started("""{"steps":[10,100],"guards":{"latency":false,"predictions":false}}""");
        // No server alone has seen enough.
        await Count(canary, "a", 0.1, new ArmCounts(500, 3), new ArmCounts(4_500, 9));
        Assert.False(await Store.Judge(id, Ct));
        var test = (await server.Endpoint("GET", "/" + name))["canary"]!["tests"]![0]!;
        Assert.Equal(("errors", 0.006), ((string)test["guard"]!, Math.Round((double)test["canary"]!, 9)));
        Assert.InRange((double)test["evidence"]!, 1, 49);
        await Count(canary, "b", 0.1, new ArmCounts(500, 12), new ArmCounts(4_500, 11));
        var judged = await Task.WhenAll(Store.Judge(id, Ct), Store.Judge(id, Ct), Store.Judge(id, Ct));
        Assert.Single(judged, static changed => changed);
        var endpoint = await server.Endpoint("GET", "/" + name);
        Assert.Equal(["v1=1 100"], ServingServer.Arms(endpoint));
        Assert.Equal("rolled_back", (string)endpoint["canary"]!["state"]!);
        Assert.Contains("of the canary's 1,000 requests failed", (string)endpoint["canary"]!["reason"]!, StringComparison.Ordinal);
        var history = (await server.Endpoint("GET", $"/{name}/history"))["revisions"]!.AsArray();
        Assert.Equal(["canary_rolled_back", "canary_started", "created"], history.Select(static one => (string)one!["kind"]!));
        Assert.Equal("system:rollouts", (string)history[0]!["by"]!);
        // The table is swapped, and what is written afterwards counts for nothing.
        await server.When(name, _ => server.Server.Parts.Serving.Table.Find(0, name)!.Arms.Count == 1);
        await Count(canary, "a", 0.1, new ArmCounts(1, 1), new ArmCounts(1, 0));
        Assert.False(await Store.Judge(id, Ct));
    }

    [Fact]
    public async Task It_goes_up_when_it_answered_enough_and_takes_over_at_the_end()
    {
        var (name, id, canary) = await Started("""{"steps":[10,50,100],"requests":100,"hold_seconds":0,"guards":{"latency":false,"predictions":false}}""");
        await Count(canary, "a", 0.1, new ArmCounts(99, 1), new ArmCounts(900, 9));
        Assert.False(await Store.Judge(id, Ct));
        // The same server again: its row is replaced, nothing is counted twice.
        await Count(canary, "a", 0.1, new ArmCounts(100, 1), new ArmCounts(905, 9));
        Assert.True(await Store.Judge(id, Ct));
        var half = await server.Endpoint("GET", "/" + name);
        Assert.Equal(["v1=1 50", "canary=2 50"], ServingServer.Arms(half));
        Assert.Equal((1L, 0L, 0.5), ((long)half["canary"]!["step"]!, (long)half["canary"]!["step_requests"]!, (double)half["canary"]!["share"]!));
        var second = await Now(id);
        Assert.NotEqual(canary.Period, second.Period);
        Assert.False(await Store.Judge(id, Ct)); // nothing was counted on this step yet
        await Count(second, "a", 0.5, new ArmCounts(100, 1), new ArmCounts(100, 1));
        Assert.True(await Store.Judge(id, Ct));
        var done = await server.Endpoint("GET", "/" + name);
        Assert.Equal(["v2=2 100"], ServingServer.Arms(done));
        Assert.Equal("promoted", (string)done["canary"]!["state"]!);
        Assert.Equal(["canary_promoted", "canary_step", "canary_started", "created"], (await server.Endpoint("GET", $"/{name}/history"))["revisions"]!.AsArray().Select(static one => (string)one!["kind"]!));
    }

    [Fact]
    public async Task Bins_are_made_of_the_control_and_a_held_canary_is_watched_on()
    {
        var (name, id, canary) = await Started("""{"steps":[50,100],"requests":1,"hold_seconds":0}""");
        var values = Enumerable.Range(0, 256).Select(static i => (double)i).ToArray();
        await Count(canary, "a", 0.5, new ArmCounts(300), new ArmCounts(300) { Predictions = values, Microseconds = values });
        Assert.True(await Store.Judge(id, Ct));
        var binned = await Now(id);
        Assert.Equal((15, 1L, 0), (binned.Bins!.Edges.Length, binned.Period, binned.Step));
        await server.Endpoint("POST", $"/{name}/canary", """{"action":"hold"}""");
        // It predicts one thing only: that is another distribution.
        await Count(binned, "a", 0.5, new ArmCounts(200, 0, 200, 10, [200, .. new long[16]]), new ArmCounts(200, 0, 200, 10, [.. Enumerable.Repeat(12L, 16), 8]));
        Assert.True(await Store.Judge(id, Ct));
        var back = (await server.Endpoint("GET", "/" + name))["canary"]!;
        Assert.Equal("rolled_back", (string)back["state"]!);
        Assert.StartsWith("predictions:", (string)back["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_that_are_answered_are_counted_and_written()
    {
        var (name, id, canary) = await Started("""{"steps":[50,100],"requests":100000}""");
        var serving = server.Server.Parts.Serving;
        await server.When(name, _ => serving.Table.Find(0, name)!.Arms.All(static arm => arm.Tally is not null));
        for (var i = 0; i < 40; i++) await Asked.Once(serving, name, 1);
        await server.When(name, static one => (long)one["canary"]!["step_requests"]! > 0);
        Assert.InRange((await Now(id)).Period, canary.Period, canary.Period + 1);
    }
}
