using Slipway.Client;
using Slipway.Tests.Server;

namespace Slipway.Tests.Client;

public sealed class EnclosingRunTests : IAsyncLifetime
{
    private readonly string logs = Directory.CreateTempSubdirectory("slipway-enclosing-").FullName;
    private TestServer server = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(logs, recursive: true);
    }

    [Fact]
    public async Task The_first_run_of_a_program_is_the_one_that_was_made_of_it_and_others_are_its_children()
    {
        using var outer = Client(null);
        await using var whole = await outer.StartRunAsync("flights");
        using var client = Client(EnclosingRun.From(Environment(whole.Id, "flights")));
        await using (var first = await client.StartRunAsync("flights", new RunOptions { Tags = new Dictionary<string, string> { ["team"] = "ops" } }))
        {
            Assert.Equal(whole.Id, first.Id);
            first.LogMetric("loss", 0.5);
            await first.FinishAsync(RunStatus.Failed);
        }
        await using (var second = await client.StartRunAsync("flights"))
        {
            Assert.NotEqual(whole.Id, second.Id);
            await second.FinishAsync();
            Assert.Equal(whole.Id, (await client.Runs.GetAsync(second.Id)).Tags["mlflow.parentRunId"]);
        }
        var run = await outer.Runs.GetAsync(whole.Id);
        Assert.Equal((RunStatus.Running, 0.5, "ops"), (run.Status, run.Metrics["loss"].Value, run.Tags["team"]));
    }

    [Fact]
    public async Task A_run_in_another_experiment_or_of_a_run_that_the_server_does_not_know_yet_is_a_child()
    {
        var unknown = Guid.CreateVersion7().ToString("N");
        using var client = Client(EnclosingRun.From(Environment(unknown, "flights")));
        foreach (var experiment in (string[])["another", "flights"])
        {
            await using var run = await client.StartRunAsync(experiment);
            await run.FinishAsync();
            Assert.NotEqual(unknown, run.Id);
            Assert.Equal(unknown, (await client.Runs.GetAsync(run.Id)).Tags["mlflow.parentRunId"]);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not-an-id")]
    public void Nothing_encloses_a_process_without_the_variable(string? id) => Assert.Null(EnclosingRun.From(Environment(id, "flights")));

    private static Func<string, string?> Environment(string? run, string experiment) => name => name switch
    {
        "SLIPWAY_RUN_ID" => run,
        "MLFLOW_EXPERIMENT_NAME" => experiment,
        _ => null,
    };

    private SlipwayClient Client(EnclosingRun? enclosing) =>
        new(new SlipwayClientOptions { Url = server.Http.BaseAddress!, LogFolder = logs, Enclosing = enclosing, Capture = Captures.None });
}
