using System.Text.Json.Nodes;

namespace Slipway.Tests.Tracking;

public sealed class SearchWireOnSqlite(TrackingOnSqlite server) : SearchWireTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class SearchWireOnPostgres(TrackingOnPostgres server) : SearchWireTests(server), IClassFixture<TrackingOnPostgres>;

/// <summary>Searches as clients send them; what filters and orders mean is tested beside the searches themselves.</summary>
public abstract class SearchWireTests(TrackingServer server)
{
    [Fact]
    public async Task Runs_are_found_by_metric_in_order_with_everything_they_hold()
    {
        var experiment = await server.Experiment();
        var runs = new List<string>();
        for (var n = 0; n < 4; n++)
        {
            runs.Add(await server.Run(experiment));
            await server.Ok("/runs/log-batch", $$"""{"run_id":"{{runs[n]}}","metrics":[{"key":"acc","value":0.{{n}},"timestamp":1},{"key":"loss","value":{{10 - n}},"timestamp":1}],"params":[{"key":"lr","value":"{{n}}"}]}""");
        }
        var page = await server.Ok("/runs/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.acc > 0.05","order_by":["metrics.loss ASC"],"max_results":2}""");
        Assert.Equal([runs[3], runs[2]], Ids(page));
        Assert.Equal((await server.TheRun(runs[3])).ToJsonString(), page["runs"]![0]!.ToJsonString());
        var next = await server.Ok("/runs/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.acc > 0.05","order_by":["metrics.loss ASC"],"max_results":2,"page_token":"{{(string)page["next_page_token"]!}}"}""");
        Assert.Equal([runs[1]], Ids(next));
        Assert.Null(next["next_page_token"]);
    }

    [Theory]
    [InlineData("""{"experiment_ids":["0"],"max_results":0}""", "Invalid value 0 for parameter 'max_results' supplied. It must be at least 1.")]
    [InlineData("""{"experiment_ids":["0"],"max_results":50001}""", "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000.")]
    [InlineData("""{"experiment_ids":["0"],"filter":"metrics.a >"}""", "Expected numeric value type for metric")]
    [InlineData("""{"experiment_ids":["0"],"filter":"metrics.a > 1 OR OR"}""", "\n  metrics.a > 1 OR OR\n                   ^")]
    [InlineData("""{"experiment_ids":["0"],"order_by":["median(metrics.a)"]}""", "Unknown function 'median' at character 1")]
    [InlineData("""{"experiment_ids":["0"],"run_view_type":"SOME"}""", "ACTIVE_ONLY, DELETED_ONLY, ALL")]
    [InlineData("""{"experiment_ids":["0"],"page_token":"%%%"}""", "page token")]
    [InlineData("""{"experiment_ids":["0"],"order_by":[null]}""", "order_by")]
    public async Task Wrong_search_of_runs_is_400(string body, string says) => await server.Invalid("/runs/search", body, says);

    [Fact]
    public async Task Runs_are_found_by_the_shape_of_their_curves()
    {
        var experiment = await server.Experiment();
        async Task<string> Run(params double[] losses)
        {
            var run = await server.Run(experiment);
            var points = losses.Select((loss, step) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $$"""{"key":"loss","value":{{loss}},"timestamp":{{step}},"step":{{step * 100}}}"""));
            await server.Ok("/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{string.Join(',', points)}}],"params":[{"key":"net","value":"resnet-{{losses.Length}}"}],"tags":[{"key":"mlflow.source.git.branch","value":"main"}]}""");
            return run;
        }
        var (fast, slow, never) = (await Run(1, 0.5, 0.05, 0.3), await Run(1, 0.9, 0.8, 0.7, 0.09), await Run(1, 0.9));
        async Task Finds(string filter, params string[] expected) =>
            Assert.Equal(expected, Ids(await server.Ok("/runs/search", new JsonObject { ["experiment_ids"] = new JsonArray(experiment), ["filter"] = filter, ["order_by"] = new JsonArray("min(metrics.loss)") }.ToJsonString())));
        await Finds("first_step(metrics.loss < 0.1) < 300", fast);
        await Finds("first_step(metrics.loss < 0.1) >= 300", slow);
        await Finds("NOT first_step(metrics.loss < 0.1) < 300", slow, never);
        await Finds("first_step(metrics.loss < 0.1) IS NULL OR metrics.loss > 0.2", fast, never);
        await Finds("at(metrics.loss, 100) = 0.9 AND params.net =~ '^resnet-[0-4]$' AND git.branch = 'main'", never);
        await Finds("min(metrics.loss) < 0.1 AND last(metrics.loss) < 0.1", slow);
        await Finds("count(metrics.loss < 0.6) = 1", slow);
    }

    [Fact]
    public async Task View_type_chooses_between_active_and_deleted()
    {
        var experiment = await server.Experiment();
        var (active, deleted) = (await server.Run(experiment), await server.Run(experiment));
        await server.Ok("/runs/delete", $$"""{"run_id":"{{deleted}}"}""");
        async Task<IEnumerable<string>> Find(string view) => Ids(await server.Ok("/runs/search", $$"""{"experiment_ids":["{{experiment}}",null,"x"]{{view}}}"""));
        Assert.Equal([active], await Find(""));
        Assert.Equal([deleted], await Find(",\"run_view_type\":\"DELETED_ONLY\""));
        Assert.Equal(2, (await Find(",\"run_view_type\":\"ALL\"")).Count());
        Assert.Equal("{}", (await server.Ok("/runs/search", "{}")).ToJsonString());
    }

    [Fact]
    public async Task Experiments_are_searched_by_both_methods()
    {
        var name = server.Name("find me");
        var id = (string)(await server.Ok("/experiments/create", $$"""{"name":"{{name}}","tags":[{"key":"team","value":"x"}]}"""))["experiment_id"]!;
        var posted = await server.Ok("/experiments/search", $$"""{"max_results":10,"filter":"name = '{{name}}'"}""");
        Assert.Equal((await server.Ok("/experiments/get?experiment_id=" + id))["experiment"]!.ToJsonString(), posted["experiments"]!.AsArray().Single()!.ToJsonString());
        var got = await server.Ok($"/experiments/search?max_results=10&order_by=name&order_by=creation_time%20DESC&view_type=ALL&filter={Uri.EscapeDataString($"name = '{name}'")}");
        Assert.Equal(posted.ToJsonString(), got.ToJsonString());
        await server.Invalid("/experiments/search", "{}", "max_results");
        await server.Invalid("/experiments/search", """{"max_results":1,"view_type":"NONE"}""", "view_type");
    }

    [Fact]
    public async Task Logged_models_are_searched()
    {
        var experiment = await server.Experiment();
        var model = (await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"a"}"""))["model"]!;
        await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"b"}""");
        var page = await server.Ok("/logged-models/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"name = 'a'","order_by":[{"field_name":"creation_timestamp","ascending":false}]}""");
        Assert.Equal(model.ToJsonString(), page["models"]!.AsArray().Single()!.ToJsonString());
        await server.Invalid("/logged-models/search", "{}", "experiment_ids");
        await server.Invalid("/logged-models/search", """{"experiment_ids":["0"],"order_by":[null]}""", "order_by");
    }

    private static IEnumerable<string> Ids(JsonNode page) => page["runs"]?.AsArray().Select(run => (string)run!["info"]!["run_id"]!) ?? [];
}
