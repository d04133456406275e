using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;
using Slipway.Tests.Registry;

namespace Slipway.Tests.Lineage;

public sealed class LineageOnSqlite(RegistryOnSqlite server) : LineageTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class LineageOnPostgres(RegistryOnPostgres server) : LineageTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>What led to what, through the API: ours, and what other systems tell.</summary>
public abstract class LineageTests(RegistryServer server)
{
    private Task<Server.Answer> Ask(string of, string more = "") => server.Send("GET", $"/api/slipway/v1/lineage?of={Uri.EscapeDataString(of)}{more}");

    private async Task<JsonNode> Of(string of, string more = "")
    {
        var answer = await Ask(of, more);
        Assert.True((int)answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private async Task<JsonNode> Tell(string json, int status = 200, string path = "/api/v1/lineage")
    {
        var answer = await server.Send("POST", path, json);
        Assert.True((int)answer.Status == status, $"{json}: {answer.Body}");
        return answer.Json;
    }

    private static string[] Nodes(JsonNode answer) => [.. answer["nodes"]!.AsArray().Select(node => (string)node!["id"]!)];

    private static string[] Edges(JsonNode answer) => [.. answer["edges"]!.AsArray().Select(edge => $"{edge!["from"]} {edge["kind"]} {edge["to"]}").Order(StringComparer.Ordinal)];

    private Task Read(string run, string name, string digest, string source = "x") =>
        server.Ok("/runs/log-inputs", new JsonObject { ["run_id"] = run, ["datasets"] = new JsonArray(new JsonObject { ["dataset"] = new JsonObject { ["name"] = name, ["digest"] = digest, ["source_type"] = "s3", ["source"] = source } }) }.ToJsonString());

    private async Task<(string Name, string Run, string Model)> Registered(string data, string source = "x")
    {
        var (name, experiment) = (await server.Model(), await server.Experiment());
        var run = await server.Run(experiment);
        await Read(run, data, "d1", source);
        var model = (string)(await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"net","source_run_id":"{{run}}"}"""))["model"]!["info"]!["model_id"]!;
        await server.Ok("/runs/outputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"{{model}}","step":0}]}""");
        await server.Version(name, $"models:/{model}", $$""","model_id":"{{model}}" """);
        return (name, run, model);
    }

    [Fact]
    public async Task Version_leads_back_to_its_data_and_the_data_to_the_version()
    {
        var data = server.Name("flights/2026 ü");
        var (name, run, model) = await Registered(data);
        await server.Version(name, $"models:/{name}/1");
        var set = $"dataset/{Uri.EscapeDataString(data)}/d1";
        var up = await Of($"model-version/{name}/1", "&direction=up");
        Assert.Equal([$"model-version/{name}/1", $"logged-model/{model}", $"run/{run}", set], Nodes(up));
        Assert.Equal([$"{set} read run/{run}", $"logged-model/{model} registered model-version/{name}/1", $"run/{run} wrote logged-model/{model}"], Edges(up));
        Assert.Equal((0, false), ((int)up["hidden"]!, (bool)up["truncated"]!));
        Assert.Equal(["0", "1", "2", "3"], up["nodes"]!.AsArray().Select(node => node!["distance"]!.ToJsonString()));
        var down = await Of(set, "&direction=down");
        Assert.Equal([set, $"run/{run}", $"logged-model/{model}", $"model-version/{name}/1", $"model-version/{name}/2"], Nodes(down));
        Assert.Contains($"model-version/{name}/1 copied model-version/{name}/2", Edges(down));
        Assert.Equal(["run/" + run, set, $"logged-model/{model}"], Nodes(await Of("run/" + run, "&depth=1")));
        var whole = await Of($"model/{name}");
        Assert.Equal(5, Nodes(whole).Length);
        Assert.Equal($"model/{name}", (string)whole["of"]!);
    }

    [Fact]
    public async Task Both_is_causes_and_effects_and_not_what_else_the_causes_led_to()
    {
        var (data, other) = (server.Name("shared"), await server.Run());
        var (name, run, _) = await Registered(data);
        await Read(other, data, "d1");
        Assert.DoesNotContain("run/" + other, Nodes(await Of($"model-version/{name}/1")));
        Assert.Contains("run/" + other, Nodes(await Of($"dataset/{data}/d1")));
        Assert.Contains("run/" + run, Nodes(await Of($"dataset/{data}/d1")));
    }

    [Fact]
    public async Task Answer_is_bounded_and_says_so()
    {
        var data = server.Name("popular");
        var experiment = await server.Experiment();
        for (var i = 0; i < 103; i++) await Read(await server.Run(experiment), data, "d1");
        var down = await Of($"dataset/{data}/d1");
        Assert.Equal((101, true), (Nodes(down).Length, (bool)down["truncated"]!));
    }

    [Theory]
    [InlineData("", "of")]
    [InlineData("run", "after 'run/'")]
    [InlineData("run/", "after 'run/'")]
    [InlineData("run/a/b", "after 'run/'")]
    [InlineData("model-version/a", "2 names")]
    [InlineData("planet/mars", "expected one of")]
    [InlineData("run/x&depth=0", "1 to 20")]
    [InlineData("run/x&depth=21", "1 to 20")]
    [InlineData("run/x&direction=left", "up, down or both")]
    [InlineData("run/%00", "after 'run/'")]
    public async Task Question_that_cannot_be_answered_is_refused(string query, string says)
    {
        var answer = await server.Send("GET", "/api/slipway/v1/lineage?of=" + query);
        Assert.Equal(400, (int)answer.Status);
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run/0123456789abcdef0123456789abcdef")]
    [InlineData("model-version/nobody/1")]
    [InlineData("model-version/nobody/one")]
    [InlineData("model/nobody")]
    [InlineData("dataset/none/none")]
    [InlineData("job/none/none")]
    [InlineData("run/%2e%2e%2f'; DROP TABLE runs")]
    public async Task Thing_that_is_not_there_is_missing(string of) => Assert.Equal(404, (int)(await Ask(of)).Status);

    [Fact]
    public async Task What_other_systems_tell_joins_with_ours_by_address()
    {
        var path = server.Name("raw");
        var (name, run, model) = await Registered(server.Name("flights"), $$"""{"uri": "s3://bucket/{{path}}/a.csv?X-Amz-Signature=1"}""");
        var event1 = $$"""{"eventType":"START","eventTime":"2026-03-01T12:00:00Z","run":{"runId":"3b452093-782c-4ef2-9c0c-aafe2aa6f34d"},"job":{"namespace":"airflow","name":"{{path}}"},"inputs":[{"namespace":"postgres://db:5432","name":"{{path}}.public.flights"}],"producer":"https://x","schemaURL":"https://x"}""";
        var event2 = $$$$"""{"eventType":"COMPLETE","eventTime":"2026-03-01T12:05:00+00:00","run":{"runId":"3B452093-782C-4EF2-9C0C-AAFE2AA6F34D"},"job":{"namespace":"airflow","name":"{{{{path}}}}"},"outputs":[{"namespace":"s3://bucket","name":"/{{{{path}}}}/a.csv","facets":{"schema":{"fields":[{"name":"delay","type":"int"}]}}}]}""";
        // Out of order, and twice.
        foreach (var one in (string[])[event2, event1, event2, event1]) Assert.Equal("success", (string)(await Tell(one))["status"]!);
        var up = await Of($"model-version/{name}/1", "&direction=up&depth=20");
        var job = up["nodes"]!.AsArray().Single(node => (string)node!["kind"]! == "job")!;
        Assert.Equal((path, "COMPLETE", "airflow"), ((string?)job["name"], (string?)job["detail"]!["state"], (string?)job["detail"]!["namespace"]));
        Assert.Contains($"data/postgres%3A%2F%2Fdb%3A5432/{path}.public.flights", Nodes(up));
        var written = $"data/s3%3A%2F%2Fbucket/%2F{path}%2Fa.csv";
        Assert.Contains(Edges(up), edge => edge.StartsWith(written + " same dataset/", StringComparison.Ordinal));
        Assert.Equal("""{"delay":"int"}""", (string?)up["nodes"]!.AsArray().Single(node => (string)node!["id"]! == written)!["detail"]!["fields"]);
        var down = await Of($"data/postgres%3A%2F%2Fdb%3A5432/{path}.public.flights", "&direction=down&depth=20");
        Assert.Contains($"model-version/{name}/1", Nodes(down));
    }

    [Theory]
    [InlineData("[]", "a JSON object")]
    [InlineData("{", "no JSON")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z"}""", "'job'")]
    [InlineData("""{"eventTime":"yesterday","job":{"namespace":"a","name":"b"}}""", "eventTime")]
    [InlineData("""{"job":{"namespace":"a","name":"b"}}""", "eventTime")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"a"}}""", "job.name")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"","name":"b"}}""", "job.namespace")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"a\u0000","name":"b"}}""", "NUL")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"\ud800","name":"b"}}""", "job.namespace")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"a","name":"b"},"run":{"runId":"x"}}""", "run.runId")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z","eventType":"DONE","job":{"namespace":"a","name":"b"},"run":{"runId":"3b452093-782c-4ef2-9c0c-aafe2aa6f34d"}}""", "eventType")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"a","name":"b"},"inputs":{}}""", "inputs")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"a","name":"b"},"inputs":[{"namespace":"a","name":7}]}""", "inputs[0].name")]
    [InlineData("""{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"a","name":"b"},"outputs":[null]}""", "outputs[0]")]
    public async Task Malformed_event_is_refused_with_what_is_wrong(string json, string says) => Assert.Contains(says, (string)(await Tell(json, 400))["message"]!, StringComparison.Ordinal);

    [Fact]
    public async Task Event_has_its_limits()
    {
        static string With(string space, string name, int sets = 0) => new JsonObject
        {
            ["eventTime"] = "2026-03-01T12:00:00Z",
            ["job"] = new JsonObject { ["namespace"] = space, ["name"] = name },
            ["inputs"] = new JsonArray([.. Enumerable.Range(0, sets).Select(i => new JsonObject { ["namespace"] = "n", ["name"] = $"{name}{i}" })]),
        }.ToJsonString();
        await Tell(With(new string('é', 256), string.Concat(Enumerable.Repeat("😀", 256))));
        await Tell(With(new string('é', 257), "b"), 400);
        await Tell(With("a", new string('x', 1_025)), 400);
        await Tell(With("a", server.Name(), 1_000));
        await Tell(With("a", server.Name(), 1_001), 400);
        Assert.Equal(413, (int)(await server.Send("POST", "/api/v1/lineage", "\"" + new string('x', 1_048_576) + "\"")).Status);
        Assert.Equal(400, (int)(await server.Send("POST", "/api/v1/lineage/batch", "[" + string.Join(',', Enumerable.Repeat("{}", 101)) + "]")).Status);
    }

    [Fact]
    public async Task Batch_takes_what_it_can_and_names_the_rest()
    {
        var name = server.Name("job");
        var good = $$"""{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"b","name":"{{name}}"},"outputs":[{"namespace":"b","name":"{{name}}-out"}]}""";
        var set = $$$"""{"eventTime":"2026-03-01T12:00:00Z","dataset":{"namespace":"b","name":"{{{name}}}-alone"}}""";
        var told = await Tell($"[{good},{{}},{set}]", path: "/api/v1/lineage/batch");
        Assert.Equal(("partial_success", 3, 2, 1), ((string)told["status"]!, (int)told["summary"]!["received"]!, (int)told["summary"]!["successful"]!, (int)told["failed_events"]![0]!["index"]!));
        Assert.Equal([$"job/b/{name}", $"data/b/{name}-out"], Nodes(await Of($"job/b/{name}")));
        Assert.Single(Nodes(await Of($"data/b/{name}-alone")));
        Assert.Equal("success", (string)(await Tell("[]", path: "/api/v1/lineage/batch"))["status"]!);
    }

    [Fact]
    public async Task Many_who_tell_the_same_at_once_agree()
    {
        var name = server.Name("race");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Tell($$"""{"eventTime":"2026-03-01T12:00:{{i:00}}Z","eventType":"{{(i == 15 ? "COMPLETE" : "RUNNING")}}","run":{"runId":"3b452093-782c-4ef2-9c0c-aafe2aa6f34d"},"job":{"namespace":"r","name":"{{name}}"},"inputs":[{"namespace":"r","name":"{{name}}-{{i % 3}}"},{"namespace":"r","name":"{{name}}-{{(i + 1) % 3}}"}]}""")));
        var found = await Of($"job/r/{name}");
        Assert.Equal((4, 3), (Nodes(found).Length, Edges(found).Length));
        Assert.Equal("COMPLETE", (string?)found["nodes"]![0]!["detail"]!["state"]);
    }
}

public sealed class LineageAccessOnSqlite() : LineageAccessTests(Dialect.Sqlite);

public sealed class LineageAccessOnPostgres() : LineageAccessTests(Dialect.Postgres);

/// <summary>Who sees what of a lineage.</summary>
public abstract class LineageAccessTests(Dialect dialect)
{
    private const string Mlflow = "/api/2.0/mlflow";

    private static string[] Nodes(Server.Answer answer) => [.. AccessServer.Ok(answer).Json["nodes"]!.AsArray().Select(node => (string)node!["id"]!)];

    [Fact]
    public async Task What_one_may_not_see_is_counted_and_not_named_nor_walked_through()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("reader", ["viewer"]);
        await access.Workspace("elsewhere");
        var (open, secret) = (await access.Experiment("root", "open"), await access.Experiment("root", "secret"));
        var (seen, unseen) = (await access.Run("root", open), await access.Run("root", secret));
        foreach (var run in (string[])[seen, unseen])
            AccessServer.Ok(await access.As("root", "POST", Mlflow + "/runs/log-inputs", $$$"""{"run_id":"{{{run}}}","datasets":[{"dataset":{"name":"d","digest":"1","source_type":"s3","source":"x"}}]}"""));
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/registered-models/create", """{"name":"m"}"""));
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/model-versions/create", $$"""{"name":"m","source":"runs:/{{unseen}}/model","run_id":"{{unseen}}"}"""));
        AccessServer.Ok(await access.As("root", "POST", "/api/v1/lineage", """{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"a","name":"b"}}"""));
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/grants", $$"""{"name":"reader","kind":"experiment","root":"{{secret}}","level":"denied"}"""));
        const string Ask = "/api/slipway/v1/lineage?of=";
        var down = await access.As("reader", "GET", Ask + "dataset/d/1");
        Assert.Equal(["dataset/d/1", "run/" + seen], Nodes(down));
        Assert.Equal(1, (int)down.Json["hidden"]!);
        Assert.DoesNotContain(unseen, down.Body, StringComparison.Ordinal);
        Assert.Contains("model-version/m/1", Nodes(await access.As("root", "GET", Ask + "dataset/d/1")));
        var up = await access.As("reader", "GET", Ask + "model-version/m/1");
        Assert.Equal(["model-version/m/1"], Nodes(up));
        Assert.Equal(1, (int)up.Json["hidden"]!);
        Assert.Equal(404, (int)(await access.As("reader", "GET", Ask + "run/" + unseen)).Status);
        Assert.Equal(403, (int)(await access.As("reader", "POST", "/api/v1/lineage", """{"eventTime":"2026-03-01T12:00:00Z","job":{"namespace":"a","name":"c"}}""")).Status);
        // Of another workspace nothing is there, not even to count.
        foreach (var thing in (string[])["dataset/d/1", "job/a/b", "model-version/m/1", "run/" + seen])
            Assert.Equal(404, (int)(await access.As("root", "GET", Ask + thing, workspace: "elsewhere")).Status);
    }
}
