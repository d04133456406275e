using System.Text.Json.Nodes;

namespace Slipway.Tests.Tracking;

public sealed class RunsLogOnSqlite(TrackingOnSqlite server) : RunsLogTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class RunsLogOnPostgres(TrackingOnPostgres server) : RunsLogTests(server), IClassFixture<TrackingOnPostgres>;

public abstract class RunsLogTests(TrackingServer server)
{
    [Theory]
    [InlineData("""{"metrics":5}""", "'metrics'")]
    [InlineData("""{"metrics":[5]}""", "metrics[0]")]
    [InlineData("""{"metrics":[null]}""", "metrics[0].key")]
    [InlineData("""{"metrics":[{"value":1,"timestamp":1}]}""", "Missing value for required parameter 'metrics[0].key'")]
    [InlineData("""{"metrics":[{"key":"","value":1,"timestamp":1}]}""", "Missing value for required parameter 'metrics[0].key'")]
    [InlineData("""{"metrics":[{"key":5,"value":1,"timestamp":1}]}""", "metrics[0].key")]
    [InlineData("""{"metrics":[{"key":"a","timestamp":1}]}""", "Missing value for required parameter 'metrics[0].value'")]
    [InlineData("""{"metrics":[{"key":"a","value":null,"timestamp":1}]}""", "metrics[0].value")]
    [InlineData("""{"metrics":[{"key":"a","value":"x","timestamp":1}]}""", "valid double")]
    [InlineData("""{"metrics":[{"key":"a","value":true,"timestamp":1}]}""", "valid double")]
    [InlineData("""{"metrics":[{"key":"a","value":{},"timestamp":1}]}""", "valid double")]
    [InlineData("""{"metrics":[{"key":"a","value":1}]}""", "Missing value for required parameter 'metrics[0].timestamp'")]
    [InlineData("""{"metrics":[{"key":"a","value":1,"timestamp":-1}]}""", "nonnegative long")]
    [InlineData("""{"metrics":[{"key":"a","value":1,"timestamp":1.5}]}""", "metrics[0].timestamp")]
    [InlineData("""{"metrics":[{"key":"a","value":1,"timestamp":1,"step":9223372036854775808}]}""", "metrics[0].step")]
    [InlineData("""{"metrics":[{"key":"ok","value":1,"timestamp":1},{"key":"../x","value":1,"timestamp":1}]}""", "metrics[1].name")]
    [InlineData("""{"metrics":[{"key":"a?b","value":1,"timestamp":1}]}""", "Names may only contain alphanumerics")]
    [InlineData("""{"metrics":[{"key":"/a","value":1,"timestamp":1}]}""", "must not resolve to other names")]
    [InlineData("""{"metrics":[{"key":".","value":1,"timestamp":1}]}""", "must not resolve to other names")]
    [InlineData("""{"metrics":[{"key":"a","value":1,"timestamp":1,"model_id":"m-0"}]}""", "Logged model with ID 'm-0' not found")]
    [InlineData("""{"params":[{"value":"1"}]}""", "params[0].key")]
    [InlineData("""{"params":[{"key":"p"}]}""", "params[0].value")]
    [InlineData("""{"params":[{"key":"p","value":1}]}""", "params[0].value")]
    [InlineData("""{"params":[{"key":"p","value":"1"},{"key":"p","value":"1"}]}""", "Duplicate parameter keys have been submitted: p")]
    [InlineData("""{"tags":[{"key":"a\u0000","value":"1"}]}""", "tags[0].key")]
    [InlineData("""{"tags":[{"key":"a","value":"\u0000"}]}""", "NUL")]
    [InlineData("""{"tags":[{"key":"mlflow.runName","value":""}]}""", "must not be empty")]
    public async Task Wrong_batch_is_refused_and_nothing_of_it_is_logged(string body, string says)
    {
        var id = await server.Run();
        var before = (await server.TheRun(id)).ToJsonString();
        var answer = await server.Post("/runs/log-batch", Batch(id, body[1..].Insert(0, "\"zz\":[1,{}],")));
        Assert.True((int)answer.Status is 400 or 404, answer.Body);
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
        Assert.Equal(before, (await server.TheRun(id)).ToJsonString());
    }

    [Theory]
    [InlineData("""{"run_id":"x","metrics":[{"key":"a","value":NaN,"timestamp":1}]}""")]
    [InlineData("""{"run_id":"x","metrics":[{"key":"a","value":1,"timestamp":1}""")]
    [InlineData("""{"run_id":"x","tags":[{"key":"\ud800","value":"1"}]}""")]
    [InlineData("""{"run_id":"x","metrics":[{"key":"\ud800","value":1,"timestamp":1}]}""")]
    public async Task Broken_json_is_400(string body) => Assert.Equal(400, (int)(await server.Post("/runs/log-batch", body)).Status);

    [Theory]
    [InlineData(1001, 0, 0, "at most 1000 metrics. Got 1001 metrics")]
    [InlineData(0, 101, 0, "at most 100 params. Got 101 params")]
    [InlineData(0, 0, 101, "at most 100 tags. Got 101 tags")]
    [InlineData(999, 1, 1, "at most 1000 metrics, params, and tags. Got 1001")]
    public async Task Batch_over_a_limit_is_refused(int metrics, int logged, int tags, string says) =>
        await server.Invalid("/runs/log-batch", Batch(await server.Run(), Entries(metrics, logged, tags)), says);

    [Theory]
    [InlineData(1000, 0, 0)]
    [InlineData(800, 100, 100)]
    public async Task Batch_at_the_limit_is_logged(int metrics, int logged, int tags)
    {
        var id = await server.Run();
        await server.Ok("/runs/log-batch", Batch(id, Entries(metrics, logged, tags)));
        var data = (await server.TheRun(id))["data"]!;
        Assert.Equal((logged, tags + 1), (data["params"]?.AsArray().Count ?? 0, data["tags"]!.AsArray().Count));
    }

    [Fact]
    public async Task Batch_over_a_million_bytes_is_refused_whole()
    {
        var answer = await server.Post("/runs/log-batch", Batch(await server.Run(), $$""" "x":"{{new string('x', 1_000_000)}}"} """));
        Assert.Equal((413, "INVALID_PARAMETER_VALUE"), ((int)answer.Status, answer.ErrorCode));
        Assert.Contains("1000000 bytes", answer.Message);
    }

    [Fact]
    public async Task Params_never_change_and_say_so()
    {
        var id = await server.Run();
        for (var again = 0; again < 2; again++) await server.Ok("/runs/log-parameter", $$"""{"run_id":"{{id}}","key":"lr","value":"0.1"}""");
        await server.Invalid("/runs/log-parameter", $$"""{"run_id":"{{id}}","key":"lr","value":"0.2"}""", "Changing param values is not allowed. Param with key='lr' was already logged with value=\"0.1\"");
        await server.Invalid("/runs/log-batch", $$"""{"run_id":"{{id}}","params":[{"key":"new","value":"1"},{"key":"lr","value":"0.2"}],"tags":[{"key":"t","value":"1"}]}""", "Changing param values is not allowed");
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{id}}","params":[{"key":"other","value":""},{"key":"lr","value":"0.1"}]}""");
        var data = (await server.TheRun(id))["data"]!;
        Assert.Equal("""[{"key":"lr","value":"0.1"},{"key":"other","value":""}]""", data["params"]!.ToJsonString());
        Assert.Single(data["tags"]!.AsArray());
    }

    [Fact]
    public async Task Two_writers_of_one_param_agree_or_one_is_refused()
    {
        for (var round = 0; round < 5; round++)
        {
            var id = await server.Run();
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => server.Post("/runs/log-parameter", $$"""{"run_id":"{{id}}","key":"p","value":"{{n % 2}}"}""")));
            var value = (string)(await server.TheRun(id))["data"]!["params"]![0]!["value"]!;
            for (var n = 0; n < 8; n++) Assert.Equal((n % 2).ToString() == value ? 200 : 400, (int)answers[n].Status);
        }
    }

    [Fact]
    public async Task Tags_overwrite_and_delete()
    {
        var id = await server.Run();
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{id}}","tags":[{"key":"t","value":"1"},{"key":"t","value":"2"},{"key":"naïve/ключ 1:x_-.y","value":"日本"}]}""");
        Assert.Equal("2", Tag(await server.TheRun(id), "t"));
        Assert.Equal("日本", Tag(await server.TheRun(id), "naïve/ключ 1:x_-.y"));
        await server.Ok("/runs/delete-tag", $$"""{"run_id":"{{id}}","key":"t"}""");
        await server.Refused("/runs/delete-tag", $$"""{"run_id":"{{id}}","key":"t"}""", 404, "RESOURCE_DOES_NOT_EXIST", $"No tag with name: t in run with id {id}");
    }

    [Theory]
    [InlineData("/runs/log-parameter", 6000, "params")]
    [InlineData("/runs/set-tag", 8000, "tags")]
    public async Task Values_over_their_limit_are_cut_between_characters(string path, int limit, string where)
    {
        var id = await server.Run();
        await server.Ok(path, $$"""{"run_id":"{{id}}","key":"a","value":"{{new string('x', limit + 1)}}"}""");
        await server.Ok(path, $$"""{"run_id":"{{id}}","key":"b","value":"{{new string('x', limit - 1)}}😀"}""");
        var stored = (await server.TheRun(id))["data"]![where]!.AsArray().ToDictionary(entry => (string)entry!["key"]!, entry => (string)entry!["value"]!);
        Assert.Equal((limit, limit - 1), (stored["a"].Length, stored["b"].Length));
    }

    [Fact]
    public async Task Thirty_two_clients_log_to_one_run_at_once()
    {
        var id = await server.Run();
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(client => Task.Run(async () =>
        {
            for (var n = 0; n < 5; n++)
            {
                var answer = await server.Post("/runs/log-batch",
                    $$"""{"run_id":"{{id}}","params":[{"key":"p{{client}}.{{n}}","value":"{{n}}"}],"tags":[{"key":"shared","value":"{{client}}"},{"key":"t{{client}}","value":"{{n}}"}],"metrics":[{"key":"m","value":{{client}},"timestamp":{{n}},"step":{{n}}}]}""");
                if ((int)answer.Status != 200) return answer.Body;
            }
            return "";
        })));
        Assert.All(answers, answer => Assert.Equal("", answer));
        var data = (await server.TheRun(id))["data"]!;
        Assert.Equal((160, 34), (data["params"]!.AsArray().Count, data["tags"]!.AsArray().Count));
        Assert.All(Enumerable.Range(0, 32), client => Assert.Equal("4", Tag(data.Parent!, "t" + client)));
    }

    [Fact]
    public async Task Model_descriptions_are_appended_to_the_history_tag()
    {
        var id = await server.Run();
        await server.Invalid("/runs/log-model", $$"""{"run_id":"{{id}}","model_json":"{"}""", "Malformed model info");
        await server.Invalid("/runs/log-model", $$"""{"run_id":"{{id}}","model_json":"{\"run_id\":1}"}""", "Model json is missing mandatory fields: artifact_path, utc_time_created, flavors");
        foreach (var path in (string[])["a", "b", "b", "a"]) // a repeated request is taken once
            await server.Ok("/runs/log-model", $$$"""{"run_id":"{{{id}}}","model_json":"{\"run_id\":\"r\",\"artifact_path\":\"{{{path}}}\",\"utc_time_created\":\"2026\",\"flavors\":{\"f\":{\"config\":{},\"v\":1}},\"signature\":{}}"}""");
        Assert.Equal("""[{"run_id":"r","artifact_path":"a","utc_time_created":"2026","flavors":{"f":{"v":1}}}, {"run_id":"r","artifact_path":"b","utc_time_created":"2026","flavors":{"f":{"v":1}}}]""",
            Tag(await server.TheRun(id), "mlflow.log-model.history"));
    }

    private static string Batch(string run, string rest) => $$"""{"run_id":"{{run}}",{{rest}}""";

    private static string Entries(int metrics, int logged, int tags) =>
        $$"""
        "metrics":[{{string.Join(',', Enumerable.Range(0, metrics).Select(n => $$"""{"key":"m{{n % 7}}","value":{{n}}.5,"timestamp":{{n}},"step":{{n}}}"""))}}],
        "params":[{{string.Join(',', Enumerable.Range(0, logged).Select(n => $$"""{"key":"p{{n}}","value":"{{n}}"}"""))}}],
        "tags":[{{string.Join(',', Enumerable.Range(0, tags).Select(n => $$"""{"key":"t{{n}}","value":"{{n}}"}"""))}}]}
        """;

    private static string? Tag(JsonNode run, string key) => (string?)run["data"]!["tags"]!.AsArray().Single(tag => (string)tag!["key"]! == key)!["value"];
}
