using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Tracking;

public sealed class MaskingOnSqlite() : MaskingTests(Dialect.Sqlite);

public sealed class MaskingOnPostgres() : MaskingTests(Dialect.Postgres);

/// <summary>Values that a workspace hides: they reach neither a table nor an event.</summary>
public abstract class MaskingTests(Dialect dialect)
{
    private const string Api = "/api/2.0/mlflow";
    private const string Secret = "4111-1111-1111";

    [Fact]
    public async Task Hidden_values_are_nowhere_in_the_database_whichever_way_they_came()
    {
        Parts? parts = null;
        await using var server = await TestServer.Start(dialect, compose: p => parts = p);
        await Rules(server, """[{"keys":"card*","how":"mask"},{"keys":"*.SUBJECT","how":"hash"}]""");
        var experiment = (string)(await Ok(server, "/experiments/create", $$"""{"name":"e","tags":[{"key":"card","value":"{{Secret}}"}]}"""))["experiment_id"]!;
        await Ok(server, "/experiments/set-experiment-tag", $$"""{"experiment_id":"{{experiment}}","key":"a.subject","value":"{{Secret}}"}""");
        var run = (string)(await Ok(server, "/runs/create", $$"""{"experiment_id":"{{experiment}}","run_name":"open","tags":[{"key":"card","value":"{{Secret}}"}]}"""))["run"]!["info"]!["run_id"]!;
        await Ok(server, "/runs/log-parameter", $$"""{"run_id":"{{run}}","key":"card_no","value":"{{Secret}}"}""");
        await Ok(server, "/runs/log-parameter", $$"""{"run_id":"{{run}}","key":"depth","value":"6"}""");
        await Ok(server, "/runs/set-tag", $$"""{"run_id":"{{run}}","key":"the.subject","value":"{{Secret}}"}""");
        await Ok(server, "/runs/log-batch", $$"""{"run_id":"{{run}}","params":[{"key":"cards","value":"{{Secret}}"}],"tags":[{"key":"a.Subject","value":"{{Secret}}"}]}""");
        var model = (string)(await Ok(server, "/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"m","params":[{"key":"card","value":"{{Secret}}"}],"tags":[{"key":"card","value":"{{Secret}}"}]}"""))["model"]!["info"]!["model_id"]!;
        await Ok(server, $"/logged-models/{model}/params", $$"""{"params":[{"key":"x.subject","value":"{{Secret}}"}]}""");

        var answer = (await server.Get($"{Api}/runs/get?run_id={run}")).Json["run"]!["data"]!;
        string Of(string list, string key) => (string)answer[list]!.AsArray().Single(entry => (string?)entry!["key"] == key)!["value"]!;
        Assert.Equal(("***", "***", "***", "6"), (Of("params", "card_no"), Of("params", "cards"), Of("tags", "card"), Of("params", "depth")));
        Assert.StartsWith("hash:", Of("tags", "the.subject"));
        Assert.Equal(Of("tags", "the.subject"), Of("tags", "a.Subject"));
        Assert.Equal("open", Of("tags", "mlflow.runName"));

        var found = await Ok(server, "/runs/search", $$"""{"experiment_ids":["{{experiment}}"],"filter":"tags.`the.subject` = '{{Of("tags", "the.subject")}}'"}""");
        Assert.Single(found["runs"]!.AsArray());
        foreach (var (table, column) in new[] { ("params", "value"), ("tags", "value"), ("experiment_tags", "value"), ("logged_model_params", "value"), ("logged_model_tags", "value"), ("events", "data") })
            Assert.Equal(0, await parts!.Database.Read(session => session.Long($"SELECT count(*) FROM {table} WHERE {column} LIKE $1", $"%{Secret}%"), default));
    }

    [Fact]
    public async Task The_same_value_hashes_alike_in_one_workspace_and_not_in_another()
    {
        await using var server = await TestServer.Start(dialect);
        await Ok(server, "/workspaces", """{"name":"other","mask":[{"keys":"who","how":"hash"}]}""", api: "/api/3.0/mlflow");
        await Rules(server, """[{"keys":"who","how":"hash"}]""");
        var here = await Logged(server, null);
        // Rules that go and come back hash as before.
        await Rules(server, "[]");
        Assert.Equal("ann", await Logged(server, null));
        await Rules(server, """[{"keys":"w?o","how":"hash"}]""");
        Assert.Equal(here, await Logged(server, null));
        Assert.NotEqual(here, await Logged(server, "other"));
    }

    [Theory]
    [InlineData("""[{"keys":"a","how":"hide"}]""")]
    [InlineData("""[{"keys":"","how":"mask"}]""")]
    [InlineData("""[{"how":"mask"}]""")]
    [InlineData("[null]")]
    public async Task Rules_that_say_nothing_are_refused(string rules)
    {
        await using var server = await TestServer.Start(dialect);
        Assert.Equal(HttpStatusCode.BadRequest, (await Patch(server, rules)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Patch(server, "[" + string.Join(',', Enumerable.Repeat("""{"keys":"a","how":"mask"}""", Masking.RulesMax + 1)) + "]")).Status);
    }

    private static async Task<string> Logged(TestServer server, string? workspace)
    {
        var experiment = (string)(await Ok(server, "/experiments/create", $$"""{"name":"{{Guid.NewGuid()}}"}""", workspace))["experiment_id"]!;
        var run = (string)(await Ok(server, "/runs/create", $$"""{"experiment_id":"{{experiment}}","tags":[{"key":"who","value":"ann"}]}""", workspace))["run"]!["info"]!["run_id"]!;
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Api}/runs/get?run_id={run}");
        if (workspace is not null) request.Headers.Add(CallerSource.WorkspaceHeader, workspace);
        return (string)(await server.Send(request)).Json["run"]!["data"]!["tags"]!.AsArray().Single(static tag => (string?)tag!["key"] == "who")!["value"]!;
    }

    private static async Task Rules(TestServer server, string rules) => Assert.Equal(HttpStatusCode.OK, (await Patch(server, rules)).Status);

    private static async Task<Answer> Patch(TestServer server, string rules)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, "/api/3.0/mlflow/workspaces/default") { Content = new StringContent($$"""{"mask":{{rules}}}""", Encoding.UTF8, "application/json") };
        return await server.Send(request);
    }

    private static async Task<JsonNode> Ok(TestServer server, string path, string body, string? workspace = null, string api = Api)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, api + path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (workspace is not null) request.Headers.Add(CallerSource.WorkspaceHeader, workspace);
        var answer = await server.Send(request);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {answer.Body}");
        return answer.Json;
    }
}
