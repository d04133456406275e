using System.Text.Json.Nodes;

namespace Slipway.Tests.Tracking;

public sealed class LoggedModelsOnSqlite(TrackingOnSqlite server) : LoggedModelsTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class LoggedModelsOnPostgres(TrackingOnPostgres server) : LoggedModelsTests(server), IClassFixture<TrackingOnPostgres>;

public abstract class LoggedModelsTests(TrackingServer server)
{
    private const string Path = "/api/2.0/mlflow/logged-models/";

    private async Task<string> Model(string experiment, string rest = "") =>
        (string)(await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}"{{rest}}}"""))["model"]!["info"]!["model_id"]!;

    private async Task<JsonNode> Get(string id) => (await server.Ok("/logged-models/" + id))["model"]!;

    [Fact]
    public async Task Model_is_pending_until_it_is_finalised()
    {
        var experiment = await server.Experiment();
        var created = (await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"net","model_type":"Agent","source_run_id":"abc","params":[{"key":"b","value":"2"},{"key":"a","value":"1"}],"tags":[{"key":"t","value":"v"}]}"""))["model"]!;
        var info = created["info"]!;
        var id = (string)info["model_id"]!;
        Assert.Matches("^m-[0-9a-f]{32}$", id);
        Assert.Equal((experiment, "net", $"mlflow-artifacts:/{experiment}/models/{id}/artifacts", "LOGGED_MODEL_PENDING", "Agent", "abc", """[{"key":"t","value":"v"}]"""),
            ((string)info["experiment_id"]!, (string)info["name"]!, (string)info["artifact_uri"]!, (string)info["status"]!, (string)info["model_type"]!, (string)info["source_run_id"]!, info["tags"]!.ToJsonString()));
        Assert.Equal("""{"params":[{"key":"a","value":"1"},{"key":"b","value":"2"}]}""", created["data"]!.ToJsonString());
        var ready = await server.Send("PATCH", Path + id, """{"status":"LOGGED_MODEL_READY"}""");
        Assert.Equal("LOGGED_MODEL_READY", (string)ready.Json["model"]!["info"]!["status"]!);
        Assert.Equal(ready.Json["model"]!.ToJsonString(), (await Get(id)).ToJsonString());
    }

    [Fact]
    public async Task Model_with_an_id_of_the_clients_choice_is_made_once()
    {
        var (experiment, id) = (await server.Experiment(), "m-" + Guid.NewGuid().ToString("N"));
        Assert.Equal(id, await Model(experiment, $$""","name":"net","model_id":"{{id}}" """));
        Assert.Equal(id, await Model(experiment, $$""","name":"other","model_id":"{{id}}" """));
        Assert.Equal("net", (string)(await Get(id))["info"]!["name"]!);
        await server.Refused("/logged-models", $$"""{"experiment_id":"{{await server.Experiment()}}","model_id":"{{id}}"}""", 400, "RESOURCE_ALREADY_EXISTS", id);
        Assert.Equal(200, (int)(await server.Send("DELETE", Path + id)).Status);
        await server.Refused("/logged-models", $$"""{"experiment_id":"{{experiment}}","model_id":"{{id}}"}""", 400, "RESOURCE_ALREADY_EXISTS", "deleted");
        await server.Invalid("/logged-models", $$"""{"experiment_id":"{{experiment}}","model_id":"{{id[2..]}}"}""", "'m-' and the 32");
    }

    [Theory]
    [InlineData("""{"name":"x"}""", "experiment_id")]
    [InlineData("""{"experiment_id":"0","name":"a/b"}""", "cannot contain the following characters")]
    [InlineData("""{"experiment_id":"0","params":[{"key":"a","value":"1"},{"key":"a","value":"1"}]}""", "Duplicate parameter keys")]
    [InlineData("""{"experiment_id":"0","params":[null]}""", "params[0].key")]
    [InlineData("""{"experiment_id":"0","source_run_id":"../x"}""", "run ID")]
    public async Task Create_refuses_what_is_wrong(string body, string says) => await server.Invalid("/logged-models", body, says);

    [Theory]
    [InlineData("PATCH", "", """{"status":"READY"}""", 400)]
    [InlineData("PATCH", "", "{}", 400)]
    [InlineData("PATCH", "/tags", """{"tags":[{"key":"a//b","value":"1"}]}""", 400)]
    [InlineData("DELETE", "/tags/none", null, 404)]
    [InlineData("POST", "/params", """{"params":[{"key":"p","value":"other"}]}""", 400)]
    public async Task Change_refuses_what_is_wrong(string method, string path, string? body, int status)
    {
        var id = await Model(await server.Experiment(), ",\"params\":[{\"key\":\"p\",\"value\":\"1\"}]");
        var before = (await Get(id)).ToJsonString();
        Assert.Equal(status, (int)(await server.Send(method, Path + id + path, body)).Status);
        Assert.Equal(before, (await Get(id)).ToJsonString());
    }

    [Fact]
    public async Task Tags_and_params_are_added_and_tags_removed()
    {
        var id = await Model(await server.Experiment());
        Assert.Equal(200, (int)(await server.Send("PATCH", Path + id + "/tags", """{"tags":[{"key":"a/b","value":"1"},{"key":"k","value":"2"}]}""")).Status);
        Assert.Equal(200, (int)(await server.Send("DELETE", Path + id + "/tags/k")).Status);
        for (var again = 0; again < 2; again++) Assert.Equal(200, (int)(await server.Send("POST", Path + id + "/params", """{"params":[{"key":"p","value":"1"}]}""")).Status);
        var model = await Get(id);
        Assert.Equal("""[{"key":"a/b","value":"1"}]""", model["info"]!["tags"]!.ToJsonString());
        Assert.Equal("""[{"key":"p","value":"1"}]""", model["data"]!["params"]!.ToJsonString());
    }

    [Fact]
    public async Task Metrics_logged_with_a_models_id_are_the_models_too()
    {
        var experiment = await server.Experiment();
        var (run, id) = (await server.Run(experiment), await Model(experiment));
        await server.Ok("/runs/log-metric", $$"""{"run_id":"{{run}}","key":"acc","value":0.9,"timestamp":5,"step":2,"model_id":"{{id}}","dataset_name":"d","dataset_digest":"x"}""");
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"acc","value":0.1,"timestamp":9,"step":1,"model_id":"{{id}}","dataset_name":"d","dataset_digest":"x"},{"key":"f1","value":"NaN","timestamp":1,"model_id":"{{id}}"}]}""");
        Assert.Equal($$"""
            [{"key":"acc","value":0.9,"timestamp":5,"step":2,"dataset_name":"d","dataset_digest":"x","model_id":"{{id}}","run_id":"{{run}}"},{"key":"f1","value":"NaN","timestamp":1,"step":0,"model_id":"{{id}}","run_id":"{{run}}"}]
            """, (await Get(id))["data"]!["metrics"]!.ToJsonString());
        Assert.Equal(2, (await server.TheRun(run))["data"]!["metrics"]!.AsArray().Count);
    }

    [Fact]
    public async Task Deleted_model_is_found_no_more()
    {
        var id = await Model(await server.Experiment());
        Assert.Equal(200, (int)(await server.Send("DELETE", Path + id)).Status);
        foreach (var (method, path, body) in new[] { ("GET", "", null), ("DELETE", "", null), ("PATCH", "", """{"status":"LOGGED_MODEL_READY"}"""), ("PATCH", "/tags", """{"tags":[]}""") })
        {
            var answer = await server.Send(method, Path + id + path, body);
            Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), ((int)answer.Status, answer.ErrorCode));
        }
    }

    [Fact]
    public async Task Models_of_a_run_are_among_its_inputs_and_outputs()
    {
        var run = await server.Run();
        await server.Ok("/runs/log-inputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"m-b"},{"model_id":"m-a"},{"model_id":"m-b"}]}""");
        await server.Ok("/runs/outputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"m-c","step":"7"},{"model_id":"m-d"}]}""");
        var whole = await server.TheRun(run);
        Assert.Equal("""{"model_inputs":[{"model_id":"m-a"},{"model_id":"m-b"}]}""", whole["inputs"]!.ToJsonString());
        Assert.Equal("""{"model_outputs":[{"model_id":"m-d","step":0},{"model_id":"m-c","step":7}]}""", whole["outputs"]!.ToJsonString());
        await server.Invalid("/runs/outputs", $$"""{"run_id":"{{run}}","models":[{}]}""", "models[0].model_id");
    }
}
