namespace Slipway.Tests.Tracking;

public sealed class RunInputsOnSqlite(TrackingOnSqlite server) : RunInputsTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class RunInputsOnPostgres(TrackingOnPostgres server) : RunInputsTests(server), IClassFixture<TrackingOnPostgres>;

public abstract class RunInputsTests(TrackingServer server)
{
    private static string Dataset(string name, string digest, string more = "") => $$"""{"name":"{{name}}","digest":"{{digest}}","source_type":"local","source":"file"{{more}}}""";

    [Theory]
    [InlineData("{}", "datasets[0].dataset")]
    [InlineData("null", "datasets[0].dataset")]
    [InlineData("""{"dataset":{"digest":"d","source_type":"s","source":"s"}}""", "datasets[0].dataset.name")]
    [InlineData("""{"dataset":{"name":"n","digest":"0123456789012345678901234567890123456","source_type":"s","source":"s"}}""", "exceeds the maximum length of 36")]
    [InlineData("""{"dataset":{"name":"n","digest":"d","source_type":"s","source":"s"},"tags":[{"key":"k"}]}""", "datasets[0].tags[0].value")]
    public async Task Wrong_input_is_named(string input, string says) => await server.Invalid("/runs/log-inputs", $$"""{"run_id":"{{await server.Run()}}","datasets":[{{input}}]}""", says);

    [Fact]
    public async Task Data_sets_of_a_run_come_back_with_the_tags_of_their_use()
    {
        var run = await server.Run();
        for (var again = 0; again < 2; again++)
            await server.Ok("/runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"train"}],"dataset":{{Dataset("flights", "abc", ",\"schema\":\"{}\",\"profile\":\"{\\\"rows\\\":3}\"")}}},{"dataset":{{Dataset("flights", "def")}}}]}""");
        Assert.Equal("""
            {"dataset_inputs":[{"tags":[{"key":"mlflow.data.context","value":"train"}],"dataset":{"name":"flights","digest":"abc","source_type":"local","source":"file","schema":"{}","profile":"{\u0022rows\u0022:3}"}},{"dataset":{"name":"flights","digest":"def","source_type":"local","source":"file"}}]}
            """, (await server.TheRun(run))["inputs"]!.ToJsonString());
        await server.Ok("/runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"eval"}],"dataset":{{Dataset("flights", "abc")}}}]}""");
        Assert.Equal("eval", (string)(await server.TheRun(run))["inputs"]!["dataset_inputs"]![0]!["tags"]![0]!["value"]!);
    }

    [Fact]
    public async Task Data_sets_of_a_run_stand_in_the_order_in_which_they_were_logged()
    {
        var run = await server.Run();
        foreach (var digests in (string[][])[["train", "eval", "dev"], ["extra", "eval", "a"]])
            await server.Ok("/runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{{string.Join(',', digests.Select(digest => $$"""{"dataset":{{Dataset("flights", digest)}}}"""))}}]}""");
        Assert.Equal(["train", "eval", "dev", "extra", "a"], (await server.TheRun(run))["inputs"]!["dataset_inputs"]!.AsArray().Select(input => (string)input!["dataset"]!["digest"]!));
    }

    [Fact]
    public async Task Summaries_are_distinct_and_say_the_context()
    {
        var experiment = await server.Experiment();
        foreach (var context in (string[])["train", "train", "eval"])
            await server.Ok("/runs/log-inputs", $$"""{"run_id":"{{await server.Run(experiment)}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"{{context}}"}],"dataset":{{Dataset("d", "1")}}}]}""");
        Assert.Equal($$"""
            {"dataset_summaries":[{"experiment_id":"{{experiment}}","name":"d","digest":"1","context":"eval"},{"experiment_id":"{{experiment}}","name":"d","digest":"1","context":"train"}]}
            """, (await server.Ok("/experiments/search-datasets", $$"""{"experiment_ids":["{{experiment}}","424242"]}""")).ToJsonString());
        Assert.Equal("{}", (await server.Ok("/experiments/search-datasets", $$"""{"experiment_ids":["{{await server.Experiment()}}"]}""")).ToJsonString());
        await server.Invalid("/experiments/search-datasets", "{}", "SearchDatasets request must specify at least one experiment_id.");
        await server.Invalid("/experiments/search-datasets", $$"""{"experiment_ids":[{{string.Join(',', Enumerable.Repeat("\"1\"", 21))}}]}""", "SearchDatasets request cannot specify more than 20 experiment_ids. Received 21 experiment_ids.");
    }

    [Fact]
    public async Task Many_runs_that_log_the_same_data_at_once_share_it()
    {
        var experiment = await server.Experiment();
        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.Run(experiment)));
        var answers = await Task.WhenAll(runs.Select((run, n) => server.Post("/runs/log-inputs",
            $$"""{"run_id":"{{run}}","datasets":[{{string.Join(',', (n % 2 == 0 ? Enumerable.Range(0, 20) : Enumerable.Range(0, 20).Reverse()).Select(d => $$"""{"dataset":{{Dataset("d" + d, "1")}}}"""))}}]}""")));
        Assert.All(answers, answer => Assert.Equal(200, (int)answer.Status));
        Assert.Equal(20, (await server.Ok("/experiments/search-datasets", $$"""{"experiment_ids":["{{experiment}}"]}"""))["dataset_summaries"]!.AsArray().Count);
    }
}
