namespace Slipway.Tests.Tracking;

public sealed class ExperimentsOnSqlite(TrackingOnSqlite server) : ExperimentsTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class ExperimentsOnPostgres(TrackingOnPostgres server) : ExperimentsTests(server), IClassFixture<TrackingOnPostgres>;

public abstract class ExperimentsTests(TrackingServer server)
{
    [Fact]
    public async Task Default_is_there_from_the_start()
    {
        var experiment = (await server.Ok("/experiments/get?experiment_id=0"))["experiment"]!;
        Assert.Equal(("0", "Default", "mlflow-artifacts:/0", "active"),
            ((string)experiment["experiment_id"]!, (string)experiment["name"]!, (string)experiment["artifact_location"]!, (string)experiment["lifecycle_stage"]!));
        Assert.Null(experiment["tags"]);
        Assert.Equal("0", (string)(await server.Ok("/experiments/get-by-name?experiment_name=Default"))["experiment"]!["experiment_id"]!);
    }

    [Theory]
    [InlineData("{}", "Missing value for required parameter 'name'")]
    [InlineData("""{"name":""}""", "Missing value for required parameter 'name'")]
    [InlineData("not json", "Missing value for required parameter 'name'")]
    [InlineData("""{"name":"a\u0000b"}""", "NUL")]
    [InlineData("""{"name":5}""", "name")]
    [InlineData("""{"name":"x","tags":[{"value":"v"}]}""", "tags[0].key")]
    [InlineData("""{"name":"x","tags":[null]}""", "tags[0].key")]
    [InlineData("""{"name":"x","tags":[{"key":"k"}]}""", "tags[0].value")]
    [InlineData("""{"name":"x","artifact_location":"s3://b#q"}""", "an artifact location has no fragment")]
    [InlineData("""{"name":"x","artifact_location":"s3://b?q=../p"}""", "must not hold '..'")]
    [InlineData("""{"name":"x","artifact_location":"s3://b?q=%252e%252e/p"}""", "must not hold '..'")]
    [InlineData("""{"name":"x","artifact_location":"mlflow-artifacts:/7?q"}""", "has no query")]
    public async Task Create_says_what_is_wrong(string body, string says) => await server.Invalid("/experiments/create", body, says);

    [Fact]
    public async Task Limits_hold_to_the_character()
    {
        var name = server.Name("n").PadRight(500, 'x');
        await server.Ok("/experiments/create", $$"""{"name":"{{name}}"}""");
        await server.Invalid("/experiments/create", $$"""{"name":"{{name}}x"}""", "exceeds the maximum length of 500 characters");
        var id = await server.Experiment();
        await server.Ok("/experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"{{new string('k', 250)}}","value":"{{new string('v', 5000)}}"}""");
        await server.Invalid("/experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"{{new string('k', 251)}}","value":"v"}""", "maximum length of 250");
        await server.Invalid("/experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"k","value":"{{new string('v', 5001)}}"}""", "maximum length of 5000");
    }

    [Theory]
    [InlineData("mysql://user@host:3306/name?driver=mine", "mysql://user@host:3306/name/{0}?driver=mine")]
    [InlineData("s3://bucket/p/?endpoint=http://host/x", "s3://bucket/p/{0}?endpoint=http://host/x")]
    [InlineData("s3://bucket/p/", "s3://bucket/p/{0}")]
    public async Task Runs_and_models_lie_below_the_path_of_a_location_and_before_its_query(string location, string below)
    {
        var id = (string)(await server.Ok("/experiments/create", $$"""{"name":"{{server.Name()}}","artifact_location":"{{location}}"}"""))["experiment_id"]!;
        var run = (await server.TheRun(await server.Run(id)))["info"]!;
        Assert.Equal(string.Format(null, below, $"{(string)run["run_id"]!}/artifacts"), (string)run["artifact_uri"]!);
        var model = (await server.Ok("/logged-models", $$"""{"experiment_id":"{{id}}","name":"m"}"""))["model"]!["info"]!;
        Assert.Equal(string.Format(null, below, $"models/{(string)model["model_id"]!}/artifacts"), (string)model["artifact_uri"]!);
    }

    [Fact]
    public async Task Create_answers_an_id_and_keeps_location_and_tags()
    {
        var name = server.Name("naïve 日本");
        var id = (string)(await server.Ok("/experiments/create", $$"""{"name":"{{name}}","artifact_location":"s3://bucket/p/","tags":[{"key":"b","value":"2"},{"key":"a","value":""},{"key":"b","value":"3"}]}"""))["experiment_id"]!;
        var experiment = (await server.Ok("/experiments/get?experiment_id=" + id))["experiment"]!;
        Assert.Equal("s3://bucket/p", (string)experiment["artifact_location"]!);
        Assert.Equal("""[{"key":"a","value":""},{"key":"b","value":"3"}]""", experiment["tags"]!.ToJsonString());
        var byName = (await server.Ok("/experiments/get-by-name?experiment_name=" + Uri.EscapeDataString(name)))["experiment"]!;
        Assert.Equal(experiment.ToJsonString(), byName.ToJsonString());
    }

    [Fact]
    public async Task Name_is_taken_also_by_a_deleted_experiment_and_the_message_says_so()
    {
        var name = server.Name();
        var id = (string)(await server.Ok("/experiments/create", $$"""{"name":"{{name}}"}"""))["experiment_id"]!;
        await server.Refused("/experiments/create", $$"""{"name":"{{name}}"}""", 400, "RESOURCE_ALREADY_EXISTS", $"Experiment(name={name}) already exists.");
        await server.Ok("/experiments/delete", $$"""{"experiment_id":"{{id}}"}""");
        await server.Refused("/experiments/create", $$"""{"name":"{{name}}"}""", 400, "RESOURCE_ALREADY_EXISTS", "deleted state");
        var other = await server.Experiment();
        await server.Refused("/experiments/update", $$"""{"experiment_id":"{{other}}","new_name":"{{name}}"}""", 400, "RESOURCE_ALREADY_EXISTS", name);
    }

    [Theory]
    [InlineData("4711", 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=4711 exists")]
    [InlineData("abc", 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=abc exists")]
    [InlineData("007", 404, "RESOURCE_DOES_NOT_EXIST", "007")]
    [InlineData("99999999999999999999", 404, "RESOURCE_DOES_NOT_EXIST", "99999999999999999999")]
    [InlineData("-1337", 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=-1337 exists")]
    [InlineData("-", 400, "INVALID_PARAMETER_VALUE", "Invalid experiment ID")]
    [InlineData("-x", 400, "INVALID_PARAMETER_VALUE", "Invalid experiment ID")]
    [InlineData("", 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'experiment_id'")]
    public async Task Unknown_and_impossible_ids(string id, int status, string code, string says)
    {
        foreach (var path in (string[])["/experiments/delete", "/experiments/restore", "/experiments/update"])
            await server.Refused(path, $$"""{"experiment_id":"{{id}}"}""", status, code, says);
        var get = await server.Get("/experiments/get?experiment_id=" + id);
        Assert.Equal((status, code), ((int)get.Status, get.ErrorCode));
    }

    [Fact]
    public async Task Delete_takes_active_runs_along_and_restore_brings_all_back()
    {
        var id = await server.Experiment();
        var (active, deleted) = (await server.Run(id), await server.Run(id));
        await server.Ok("/runs/delete", $$"""{"run_id":"{{deleted}}"}""");
        await server.Ok("/experiments/delete", $$"""{"experiment_id":"{{id}}"}""");
        Assert.Equal("deleted", (string)(await server.Ok("/experiments/get?experiment_id=" + id))["experiment"]!["lifecycle_stage"]!);
        Assert.Equal("deleted", (string)(await server.TheRun(active))["info"]!["lifecycle_stage"]!);
        await server.Invalid("/runs/create", $$"""{"experiment_id":"{{id}}"}""", $"The experiment {id} must be in the 'active' state. Current state is deleted.");
        await server.Invalid("/experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"{{server.Name()}}"}""", "Cannot rename a non-active experiment");
        await server.Invalid("/experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"k","value":"v"}""", "'active' state");
        await server.Invalid("/runs/restore", $$"""{"run_id":"{{active}}"}""", "'active' state");
        await server.Refused("/experiments/delete", $$"""{"experiment_id":"{{id}}"}""", 404, "RESOURCE_DOES_NOT_EXIST", id);
        await server.Ok("/experiments/restore", $$"""{"experiment_id":"{{id}}"}""");
        foreach (var run in (string[])[active, deleted]) Assert.Equal("active", (string)(await server.TheRun(run))["info"]!["lifecycle_stage"]!);
        await server.Refused("/experiments/restore", $$"""{"experiment_id":"{{id}}"}""", 404, "RESOURCE_DOES_NOT_EXIST", id);
    }

    [Fact]
    public async Task Rename_is_seen_under_the_new_name_only()
    {
        var (id, name) = (await server.Experiment(), server.Name("new"));
        var before = (string)(await server.Ok("/experiments/get?experiment_id=" + id))["experiment"]!["name"]!;
        await server.Ok("/experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"{{name}}"}""");
        Assert.Equal(id, (string)(await server.Ok("/experiments/get-by-name?experiment_name=" + name))["experiment"]!["experiment_id"]!);
        var gone = await server.Get("/experiments/get-by-name?experiment_name=" + before);
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), ((int)gone.Status, gone.ErrorCode));
    }

    [Fact]
    public async Task Tag_is_set_overwritten_and_deleted()
    {
        var id = await server.Experiment();
        foreach (var value in (string[])["one", "two"]) await server.Ok("/experiments/set-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"k","value":"{{value}}"}""");
        Assert.Equal("""[{"key":"k","value":"two"}]""", (await server.Ok("/experiments/get?experiment_id=" + id))["experiment"]!["tags"]!.ToJsonString());
        await server.Ok("/experiments/delete-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"k"}""");
        await server.Refused("/experiments/delete-experiment-tag", $$"""{"experiment_id":"{{id}}","key":"k"}""", 404, "RESOURCE_DOES_NOT_EXIST", "No tag with name: k");
    }

    [Fact]
    public async Task One_of_many_that_create_the_same_name_wins()
    {
        var name = server.Name("race");
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.Post("/experiments/create", $$"""{"name":"{{name}}"}""")));
        Assert.Single(answers, answer => (int)answer.Status == 200);
        Assert.All(answers.Where(answer => (int)answer.Status != 200), answer => Assert.Equal("RESOURCE_ALREADY_EXISTS", answer.ErrorCode));
    }

    [Fact]
    public async Task Rename_and_create_that_race_for_a_name_leave_one_owner()
    {
        for (var round = 0; round < 5; round++)
        {
            var (id, name) = (await server.Experiment(), server.Name("wanted"));
            var answers = await Task.WhenAll(
                server.Post("/experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"{{name}}"}"""),
                server.Post("/experiments/create", $$"""{"name":"{{name}}"}"""));
            Assert.Single(answers, answer => (int)answer.Status == 200);
            Assert.Single(answers, answer => answer.Body.Contains("RESOURCE_ALREADY_EXISTS", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Pages_prefix_answers_alike()
    {
        var answer = await server.Server.Get("/ajax-api/2.0/mlflow/experiments/get?experiment_id=0");
        Assert.Equal(200, (int)answer.Status);
    }
}
