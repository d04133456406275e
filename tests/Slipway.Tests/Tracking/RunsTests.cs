using System.Text.Json.Nodes;

namespace Slipway.Tests.Tracking;

public sealed class RunsOnSqlite(TrackingOnSqlite server) : RunsTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class RunsOnPostgres(TrackingOnPostgres server) : RunsTests(server), IClassFixture<TrackingOnPostgres>;

public abstract class RunsTests(TrackingServer server)
{
    private const string Nowhere = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Create_answers_the_run_as_clients_expect_it()
    {
        var experiment = await server.Experiment();
        var run = (await server.Ok("/runs/create", $$"""{"experiment_id":"{{experiment}}","user_id":"ada","run_name":"first","start_time":1700000000123,"tags":[{"key":"mlflow.user","value":"ada"}]}"""))["run"]!;
        var id = (string)run["info"]!["run_id"]!;
        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.Equal($$$"""
            {"info":{"run_id":"{{{id}}}","run_uuid":"{{{id}}}","run_name":"first","experiment_id":"{{{experiment}}}","user_id":"ada","status":"RUNNING","start_time":1700000000123,"artifact_uri":"mlflow-artifacts:/{{{experiment}}}/{{{id}}}/artifacts","lifecycle_stage":"active"},"data":{"tags":[{"key":"mlflow.runName","value":"first"},{"key":"mlflow.user","value":"ada"}]},"inputs":{}}
            """, run.ToJsonString());
        Assert.Equal(run.ToJsonString(), (await server.TheRun(id)).ToJsonString());
        Assert.Equal(run.ToJsonString(), (await server.Ok("/runs/get?run_uuid=" + id))["run"]!.ToJsonString());
    }

    [Fact]
    public async Task Run_with_an_id_of_the_clients_choice_is_made_once()
    {
        var (experiment, id) = (await server.Experiment(), Guid.NewGuid().ToString("N"));
        string Body(string name) => $$"""{"experiment_id":"{{experiment}}","run_id":"{{id}}","run_name":"{{name}}","start_time":5}""";
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.Ok("/runs/create", Body("first"))));
        Assert.All(made, one => Assert.Equal((id, "first", $"mlflow-artifacts:/{experiment}/{id}/artifacts"),
            ((string)one["run"]!["info"]!["run_id"]!, (string)one["run"]!["info"]!["run_name"]!, (string)one["run"]!["info"]!["artifact_uri"]!)));
        await server.Ok("/runs/update", $$"""{"run_id":"{{id}}","status":"FINISHED"}""");
        await server.Ok("/runs/delete", $$"""{"run_id":"{{id}}"}""");
        var again = (await server.Ok("/runs/create", Body("second")))["run"]!;
        Assert.Equal(("first", "FINISHED", "deleted"), ((string)again["info"]!["run_name"]!, (string)again["info"]!["status"]!, (string)again["info"]!["lifecycle_stage"]!));
        Assert.Equal("first", Tag(again, "mlflow.runName"));
    }

    [Fact]
    public async Task Id_that_another_experiment_has_is_refused()
    {
        var id = await server.Run();
        await server.Refused("/runs/create", $$"""{"experiment_id":"{{await server.Experiment()}}","run_id":"{{id}}"}""", 400, "RESOURCE_ALREADY_EXISTS", id);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcde/")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    public async Task Id_that_is_no_uuid_is_refused(string id) => await server.Invalid("/runs/create", $$"""{"run_id":"{{id}}"}""", "32 lowercase hexadecimal digits");

    [Fact]
    public async Task Run_without_a_name_gets_one_and_its_tag()
    {
        var run = await server.TheRun(await server.Run());
        var name = (string)run["info"]!["run_name"]!;
        Assert.Matches("^[a-z]+-[a-z]+-[0-9]+$", name);
        Assert.Equal(name, Tag(run, "mlflow.runName"));
    }

    [Fact]
    public async Task Name_and_name_tag_must_agree()
    {
        await server.Invalid("/runs/create", """{"experiment_id":"0","run_name":"a","tags":[{"key":"mlflow.runName","value":"b"}]}""", "with different values");
        var agreed = (await server.Ok("/runs/create", """{"experiment_id":"0","run_name":"a","tags":[{"key":"mlflow.runName","value":"a"}]}"""))["run"]!;
        Assert.Equal("a", (string)agreed["info"]!["run_name"]!);
        var tagged = (await server.Ok("/runs/create", """{"tags":[{"key":"mlflow.runName","value":"b"}]}"""))["run"]!;
        Assert.Equal(("b", "0"), ((string)tagged["info"]!["run_name"]!, (string)tagged["info"]!["experiment_id"]!));
    }

    [Theory]
    [InlineData("""{"experiment_id":"987654"}""", 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=987654 exists")]
    [InlineData("""{"experiment_id":"../x"}""", 400, "INVALID_PARAMETER_VALUE", "Invalid experiment ID")]
    [InlineData("""{"start_time":-1}""", 400, "INVALID_PARAMETER_VALUE", "start_time")]
    [InlineData("""{"start_time":"soon"}""", 400, "INVALID_PARAMETER_VALUE", "start_time")]
    [InlineData("""{"tags":[{"key":"a//b","value":""}]}""", 400, "INVALID_PARAMETER_VALUE", "must not resolve to other names")]
    [InlineData("""{"tags":"x"}""", 400, "INVALID_PARAMETER_VALUE", "tags")]
    public async Task Create_refuses_what_is_wrong(string body, int status, string code, string says) => await server.Refused("/runs/create", body, status, code, says);

    [Fact]
    public async Task Update_changes_what_is_named_and_the_name_in_both_places()
    {
        var id = await server.Run();
        var info = (await server.Ok("/runs/update", $$"""{"run_id":"{{id}}","status":"FINISHED","end_time":"99","run_name":"renamed"}"""))["run_info"]!;
        Assert.Equal(("FINISHED", 99L, "renamed"), ((string)info["status"]!, (long)info["end_time"]!, (string)info["run_name"]!));
        var run = await server.TheRun(id);
        Assert.Equal(("renamed", info.ToJsonString()), (Tag(run, "mlflow.runName"), run["info"]!.ToJsonString()));
        Assert.Equal(info.ToJsonString(), (await server.Ok("/runs/update", $$"""{"run_uuid":"{{id}}","run_name":""}"""))["run_info"]!.ToJsonString());
        await server.Ok("/runs/set-tag", $$"""{"run_id":"{{id}}","key":"mlflow.runName","value":"by tag"}""");
        Assert.Equal("by tag", (string)(await server.TheRun(id))["info"]!["run_name"]!);
    }

    [Theory]
    [InlineData("BOGUS")]
    [InlineData("finished")]
    [InlineData("3")]
    [InlineData("RUNNING, FAILED")]
    public async Task Bogus_status_is_refused_and_changes_nothing(string status)
    {
        var id = await server.Run();
        await server.Invalid("/runs/update", $$"""{"run_id":"{{id}}","status":"{{status}}","end_time":5}""", "RUNNING, SCHEDULED, FINISHED, FAILED, KILLED");
        Assert.Equal("RUNNING", (string)(await server.TheRun(id))["info"]!["status"]!);
    }

    [Fact]
    public async Task Deleted_run_can_be_read_and_refuses_every_write_until_it_is_restored()
    {
        var id = await server.Run();
        await server.Ok("/runs/set-tag", $$"""{"run_id":"{{id}}","key":"k","value":"v"}""");
        for (var again = 0; again < 2; again++) await server.Ok("/runs/delete", $$"""{"run_id":"{{id}}"}""");
        Assert.Equal("deleted", (string)(await server.TheRun(id))["info"]!["lifecycle_stage"]!);
        foreach (var (path, rest) in new[]
        {
            ("/runs/update", "\"status\":\"FINISHED\""), ("/runs/log-metric", "\"key\":\"m\",\"value\":1,\"timestamp\":1"), ("/runs/log-parameter", "\"key\":\"p\",\"value\":\"1\""),
            ("/runs/set-tag", "\"key\":\"t\",\"value\":\"1\""), ("/runs/delete-tag", "\"key\":\"k\""), ("/runs/log-batch", "\"metrics\":[]"), ("/runs/log-inputs", "\"models\":[{\"model_id\":\"m-1\"}]"),
            ("/runs/outputs", "\"models\":[{\"model_id\":\"m-1\"}]"), ("/runs/log-model", "\"model_json\":\"{\\\"run_id\\\":1,\\\"artifact_path\\\":1,\\\"utc_time_created\\\":1,\\\"flavors\\\":{}}\""),
        })
            await server.Invalid(path, $$"""{"run_id":"{{id}}",{{rest}}}""", "must be in the 'active' state");
        for (var again = 0; again < 2; again++) await server.Ok("/runs/restore", $$"""{"run_id":"{{id}}"}""");
        Assert.Equal("active", (string)(await server.TheRun(id))["info"]!["lifecycle_stage"]!);
    }

    [Theory]
    [InlineData("/runs/update")]
    [InlineData("/runs/delete")]
    [InlineData("/runs/restore")]
    [InlineData("/runs/log-batch")]
    public async Task Unknown_runs_are_404_and_odd_ids_400(string path)
    {
        await server.Refused(path, $$"""{"run_id":"{{Nowhere}}"}""", 404, "RESOURCE_DOES_NOT_EXIST", $"Run with id={Nowhere} not found");
        await server.Invalid(path, """{"run_id":"../etc"}""", "Invalid run ID");
        await server.Invalid(path, "{}", "Missing value for required parameter 'run_id'");
    }

    [Fact]
    public async Task Hard_delete_leaves_nothing_and_soft_delete_is_the_default()
    {
        var id = await server.Run();
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{id}}","params":[{"key":"p","value":"1"}],"tags":[{"key":"t","value":"1"}],"metrics":[{"key":"m","value":1,"timestamp":1}]}""");
        Assert.Equal(200, (int)(await server.Send("DELETE", "/api/slipway/v1/runs/" + id)).Status);
        Assert.Equal("deleted", (string)(await server.TheRun(id))["info"]!["lifecycle_stage"]!);
        Assert.Equal(200, (int)(await server.Send("DELETE", $"/api/slipway/v1/runs/{id}?hard=true")).Status);
        Assert.Equal(404, (int)(await server.Get("/runs/get?run_id=" + id)).Status);
        Assert.Equal(404, (int)(await server.Send("DELETE", $"/api/slipway/v1/runs/{id}?hard=true")).Status);
    }

    [Fact]
    public async Task Deletion_that_races_a_log_is_before_or_after_it_never_between()
    {
        for (var round = 0; round < 8; round++)
        {
            var id = await server.Run();
            var answers = await Task.WhenAll(
                server.Post("/runs/log-batch", $$"""{"run_id":"{{id}}","params":[{"key":"a","value":"1"},{"key":"b","value":"2"}],"tags":[{"key":"t","value":"1"}]}"""),
                server.Post("/runs/delete", $$"""{"run_id":"{{id}}"}"""));
            Assert.Equal(200, (int)answers[1].Status);
            var logged = (int)answers[0].Status == 200;
            if (!logged) Assert.Contains("'active' state", answers[0].Message);
            Assert.Equal(logged ? 2 : 0, ((await server.TheRun(id))["data"]!["params"] as JsonArray)?.Count ?? 0);
        }
    }

    private static string? Tag(JsonNode run, string key) => (string?)run["data"]!["tags"]!.AsArray().Single(tag => (string)tag!["key"]! == key)!["value"];
}
