using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Tests.Tracking;

public sealed class RunTableOnSqlite(TrackingOnSqlite server) : RunTableTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class RunTableOnPostgres(TrackingOnPostgres server) : RunTableTests(server), IClassFixture<TrackingOnPostgres>;

/// <summary>Order, rows and keys of a table of runs, as pages ask for them.</summary>
public abstract class RunTableTests(TrackingServer server)
{
    private const string Own = "/api/slipway/v1/runs/";

    [Fact]
    public async Task Order_answers_the_ids_of_all_runs_in_the_wanted_order()
    {
        var (experiment, runs) = await World();
        Assert.Equal((string.Join(' ', runs[2], runs[0], runs[1]), 0u), await Order($$"""{"experiment_ids":["{{experiment}}"],"order_by":["metrics.loss DESC"]}"""));
        Assert.Equal((string.Join(' ', runs[1], runs[0], runs[2]), 0u), await Order($$"""{"experiment_ids":["{{experiment}}"],"order_by":["min(metrics.loss)"]}"""));
        Assert.Equal((string.Join(' ', runs[0], runs[2]), 1u), await Order($$"""{"experiment_ids":["{{experiment}}"],"order_by":["max(metrics.loss) DESC","attributes.run_name"],"max":2}"""));
        Assert.Equal((string.Join(' ', runs[1]), 0u), await Order($$"""{"experiment_ids":["{{experiment}}"],"filter":"params.lr = 'v1'"}"""));
        Assert.Equal(("", 0u), await Order($$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.never > 1"}"""));
        Assert.Equal(("", 0u), await Order("""{"experiment_ids":["987654321"]}"""));
        Assert.Equal(("", 0u), await Order("{}"));
        await server.Ok("/runs/delete", $$"""{"run_id":"{{runs[1]}}"}""");
        Assert.Equal((string.Join(' ', runs[1]), 0u), await Order($$"""{"experiment_ids":["{{experiment}}"],"run_view_type":"DELETED_ONLY"}"""));
    }

    [Theory]
    [InlineData("order", """{"experiment_ids":["0"],"max":0}""", "Invalid value 0 for parameter 'max' supplied: it must be from 1 to 100000.")]
    [InlineData("order", """{"experiment_ids":["0"],"max":100001}""", "must be from 1 to 100000")]
    [InlineData("order", """{"experiment_ids":["0"],"filter":"metrics.a >"}""", "Expected numeric value type for metric")]
    [InlineData("order", """{"experiment_ids":["0"],"order_by":["median(metrics.a)"]}""", "Unknown function 'median' at character 1")]
    [InlineData("order", """{"experiment_ids":["0"],"run_view_type":"SOME"}""", "ACTIVE_ONLY, DELETED_ONLY, ALL")]
    [InlineData("rows", """{"run_ids":[null]}""", "run_ids[0]")]
    [InlineData("rows", """{"run_ids":["../x"]}""", "Invalid run ID")]
    [InlineData("rows", """{"columns":["metrics.a","metrics.b c"]}""", "columns[1]: A column's name ends at character 11, where more stands.")]
    [InlineData("rows", """{"columns":["at(metrics.a, 3)"]}""", "a column shows the last, min or max of a metric")]
    [InlineData("rows", """{"columns":["datasets.name"]}""", "Data sets are no column")]
    [InlineData("rows", """{"columns":["attributes.shoe"]}""", "Invalid attribute key 'shoe'")]
    [InlineData("rows", """{"columns":["'text'"]}""", "Expected a column's name at character 1")]
    [InlineData("rows", """{"columns":[""]}""", "it is empty")]
    [InlineData("rows", """{"columns":["params.`a"]}""", "is never closed")]
    [InlineData("export", """{"experiment_ids":["0"]}""", "columns")]
    [InlineData("export", """{"experiment_ids":["0"],"columns":["metrics.a b"]}""", "columns[0]: A column's name ends at character 11")]
    [InlineData("export", """{"experiment_ids":["0"],"columns":["status"],"filter":"shoe"}""", "Invalid attribute key 'shoe'")]
    [InlineData("keys", """{"experiment_ids":["0"],"kind":"shoes"}""", "must be metrics, params or tags")]
    [InlineData("keys", """{"experiment_ids":["0"]}""", "must be metrics, params or tags")]
    [InlineData("keys", """{"experiment_ids":["0"],"kind":"tags","max":10001}""", "must be from 1 to 10000")]
    public async Task Wrong_request_is_400_and_says_why(string route, string body, string says)
    {
        var answer = await server.Send("POST", Own + route, body);
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_PARAMETER_VALUE"), (answer.Status, answer.ErrorCode));
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("order", "experiment_ids", 101, 100)]
    [InlineData("rows", "run_ids", 1_001, 1_000)]
    [InlineData("rows", "columns", 201, 200)]
    [InlineData("keys", "experiment_ids", 101, 100)]
    public async Task Lists_over_their_limit_are_refused(string route, string list, int count, int most)
    {
        var answer = await server.Send("POST", Own + route, new JsonObject { [list] = new JsonArray([.. Enumerable.Repeat((JsonNode?)"1", count).Select(static one => one!.DeepClone())]), ["kind"] = "tags" }.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains($"'{list}' holds at most {most} entries in one request, got {count}", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_answer_columns_in_the_order_of_the_runs()
    {
        var (experiment, runs) = await World();
        var nobody = Guid.NewGuid().ToString("N");
        var rows = await Rows([runs[1], nobody, runs[0], runs[1]], "attributes.status", "run_name", "attributes.experiment_id", "metrics.loss", "last(metrics.loss)", "min(metrics.loss)", "max(metrics.loss)",
            "params.lr", "tags.`odd/key`", "attributes.start_time", "attributes.duration", "metrics.none", "attributes.run_id", "attributes.source", "attributes.lifecycle_stage", "metrics.wild", "max(metrics.wild)");
        Assert.Equal([nobody], rows["missing"]!.AsArray().Select(static id => (string)id!));
        Assert.Equal("attributes.status", (string)rows["columns"]![0]!);
        Assert.Equal("""
            [["RUNNING",null,"RUNNING","RUNNING"],["one",null,"zero","one"],["E",null,"E","E"],[1,null,2,1],[1,null,2,1],[0.5,null,1,0.5],[1,null,9,1],
             ["v1",null,"v0","v1"],["ü\"x",null,null,"ü\"x"],[1,null,1,1],[null,null,null,null],[null,null,null,null],["B",null,"A","B"],["s.py",null,null,"s.py"],["active",null,"active","active"],
             ["NaN",null,"-Infinity","NaN"],[null,null,"Infinity",null]]
            """.Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal), rows["rows"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
            .Replace(runs[0], "A", StringComparison.Ordinal).Replace(runs[1], "B", StringComparison.Ordinal).Replace($"\"{experiment}\"", "\"E\"", StringComparison.Ordinal));
        Assert.Null(rows["cut"]);
    }

    [Fact]
    public async Task Long_texts_are_cut_in_cells()
    {
        var run = await server.Run();
        await server.Ok("/runs/log-batch", new JsonObject
        {
            ["run_id"] = run,
            ["tags"] = new JsonArray(
            new JsonObject { ["key"] = "fits", ["value"] = new string('é', 1_000) }, new JsonObject { ["key"] = "long", ["value"] = new string('é', 1_001) })
        }.ToJsonString());
        var rows = await Rows([run], "tags.fits", "tags.long", "tags.long");
        Assert.Equal(new string('é', 1_000), (string)rows["rows"]![0]![0]!);
        Assert.Equal(new string('é', 1_000) + "…", (string)rows["rows"]![1]![0]!);
        Assert.Equal((string)rows["rows"]![1]![0]!, (string)rows["rows"]![2]![0]!);
        Assert.True((bool)rows["cut"]!);
    }

    [Fact]
    public async Task Rows_without_runs_or_columns_are_empty()
    {
        Assert.Equal("""{"columns":[],"rows":[],"missing":[]}""", (await Rows([])).ToJsonString());
        Assert.Equal("""{"columns":["metrics.a"],"rows":[[]],"missing":[]}""", (await Rows([], "metrics.a")).ToJsonString());
    }

    [Fact]
    public async Task Keys_of_each_kind_are_listed_with_how_many_runs_have_them()
    {
        var (experiment, _) = await World();
        async Task<string> Keys(string rest) => (await server.Send("POST", Own + "keys", $$"""{"experiment_ids":["{{experiment}}"],{{rest}}}""")).Body;
        Assert.Equal("""{"keys":[{"key":"loss","runs":3},{"key":"wild","runs":2}],"more":false}""", await Keys("\"kind\":\"metrics\""));
        Assert.Equal("""{"keys":[{"key":"wild","runs":2}],"more":false}""", await Keys("\"kind\":\"metrics\",\"contains\":\"IL\""));
        Assert.Equal("""{"keys":[{"key":"loss","runs":3}],"more":true}""", await Keys("\"kind\":\"metrics\",\"max\":1"));
        Assert.Equal("""{"keys":[{"key":"lr","runs":3}],"more":false}""", await Keys("\"kind\":\"params\""));
        Assert.Contains("odd/key", await Keys("\"kind\":\"tags\",\"contains\":\"D/k\""), StringComparison.Ordinal);
        Assert.Equal("""{"keys":[],"more":false}""", (await server.Send("POST", Own + "keys", """{"experiment_ids":["987654321"],"kind":"params"}""")).Body);
    }

    [Fact]
    public async Task An_export_is_csv_in_the_wanted_order_that_no_spreadsheet_runs()
    {
        var (experiment, runs) = await World();
        await server.Ok("/runs/log-batch", new JsonObject { ["run_id"] = runs[0], ["tags"] = new JsonArray(new JsonObject { ["key"] = "evil", ["value"] = "=HYPERLINK(\"x\")" }, new JsonObject { ["key"] = "odd/key", ["value"] = "two\nlines, " + new string('é', 2_000) }) }.ToJsonString());
        var answer = await server.Send("POST", Own + "export", $$"""{"experiment_ids":["{{experiment}}"],"order_by":["metrics.loss"],"filter":"params.lr != 'v2'","columns":["attributes.run_id","metrics.loss","min(metrics.wild)","tags.evil","tags.`odd/key`","attributes.end_time","metrics.wild"]}""");
        Assert.Equal((HttpStatusCode.OK, "text/csv; charset=utf-8", "attachment; filename=\"runs.csv\""), (answer.Status, answer.Response.Content.Headers.ContentType!.ToString(), answer.Response.Content.Headers.ContentDisposition!.ToString()));
        Assert.Equal($"attributes.run_id,metrics.loss,min(metrics.wild),tags.evil,tags.`odd/key`,attributes.end_time,metrics.wild\r\n{runs[1]},1,,,\"ü\"\"x\",,NaN\r\n{runs[0]},2,-Infinity,\"'=HYPERLINK(\"\"x\"\")\",\"two\nlines, {new string('é', 2_000)}\",,-Infinity\r\n", answer.Body);
    }

    [Fact]
    public async Task A_long_export_has_every_run_once()
    {
        var experiment = await server.Experiment();
        var runs = new List<string>();
        for (var n = 0; n < 300; n++)
            runs.Add((string)(await server.Ok("/runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":{{n}},"tags":[{"key":"long","value":"{{new string('x', 5_000)}}"}]}"""))["run"]!["info"]!["run_id"]!);
        var columns = string.Join(',', Enumerable.Repeat("\"tags.long\"", 20));
        var answer = await server.Send("POST", Own + "export", $$"""{"experiment_ids":["{{experiment}}"],"order_by":["start_time"],"columns":["attributes.run_id",{{columns}}]}""");
        var lines = answer.Body.Split("\r\n");
        Assert.Equal(302, lines.Length);
        Assert.Equal(runs, lines[1..^1].Select(static line => line[..32]));
        Assert.All(lines[1..^1], static line => Assert.Equal(32 + 20 * 5_001, line.Length));
    }

    [Fact]
    public async Task Keys_are_known_however_they_came_and_go_with_the_last_run_that_had_them()
    {
        var experiment = await server.Experiment();
        var run = (string)(await server.Ok("/runs/create", $$"""{"experiment_id":"{{experiment}}","tags":[{"key":"made","value":"1"}]}"""))["run"]!["info"]!["run_id"]!;
        await server.Ok("/runs/set-tag", $$"""{"run_id":"{{run}}","key":"set","value":"1"}""");
        await server.Ok("/runs/log-parameter", $$"""{"run_id":"{{run}}","key":"p","value":"1"}""");
        await server.Ok("/runs/log-model", new JsonObject { ["run_id"] = run, ["model_json"] = $$$"""{"artifact_path":"m","run_id":"{{{run}}}","utc_time_created":"x","model_uuid":"y","flavors":{}}""" }.ToJsonString());
        await server.Send("POST", Own + "edit", $$"""{"run_ids":["{{run}}"],"set_tags":[{"key":"edited","value":"1"}]}""");
        async Task<string> Keys(string kind) => string.Join(',', (await server.Send("POST", Own + "keys", $$"""{"experiment_ids":["{{experiment}}"],"kind":"{{kind}}"}""")).Json["keys"]!.AsArray().Select(static key => $"{key!["key"]}:{key["runs"]}"));
        Assert.Equal("edited:1,made:1,mlflow.log-model.history:1,mlflow.runName:1,set:1", await Keys("tags"));
        Assert.Equal("p:1", await Keys("params"));
        await server.Ok("/runs/delete-tag", $$"""{"run_id":"{{run}}","key":"set"}""");
        Assert.Equal("edited:1,made:1,mlflow.log-model.history:1,mlflow.runName:1", await Keys("tags"));
    }

    private async Task<(string Experiment, string[] Runs)> World()
    {
        var experiment = await server.Experiment();
        var runs = new string[3];
        foreach (var (n, name, losses) in new[] { (0, "zero", "1 9 2"), (1, "one", "0.5 1"), (2, "two", "5") })
        {
            runs[n] = (string)(await server.Ok("/runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":1,"run_name":"{{name}}"}"""))["run"]!["info"]!["run_id"]!;
            var points = losses.Split(' ').Select((loss, step) => $$"""{"key":"loss","value":{{loss}},"timestamp":{{step}},"step":{{step}}}""").ToList();
            if (n == 0) points.AddRange(["""{"key":"wild","value":"Infinity","timestamp":1,"step":1}""", """{"key":"wild","value":"-Infinity","timestamp":1,"step":2}"""]);
            if (n == 1) points.Add("""{"key":"wild","value":"NaN","timestamp":1,"step":1}""");
            var tags = n == 1 ? """[{"key":"odd/key","value":"ü\"x"},{"key":"mlflow.source.name","value":"s.py"}]""" : "[]";
            await server.Ok("/runs/log-batch", $$"""{"run_id":"{{runs[n]}}","metrics":[{{string.Join(',', points)}}],"params":[{"key":"lr","value":"v{{n}}"}],"tags":{{tags}}}""");
        }
        return (experiment, runs);
    }

    private async Task<JsonNode> Rows(string[] runs, params string[] columns)
    {
        var answer = await server.Send("POST", Own + "rows", new JsonObject { ["run_ids"] = new JsonArray([.. runs.Select(static id => (JsonNode)id)]), ["columns"] = new JsonArray([.. columns.Select(static name => (JsonNode)name)]) }.ToJsonString());
        Assert.True(answer.Status is HttpStatusCode.OK, answer.Body);
        return answer.Json;
    }

    private async Task<(string Ids, uint Flags)> Order(string body)
    {
        using var response = await server.Server.Http.PostAsync(Own + "order", new StringContent(body, Encoding.UTF8, "application/json"));
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.StatusCode is HttpStatusCode.OK, Encoding.UTF8.GetString(bytes));
        Assert.Equal(("application/octet-stream", "SRO1"), (response.Content.Headers.ContentType!.MediaType, Encoding.ASCII.GetString(bytes, 0, 4)));
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
        Assert.Equal((16 + 16 * count, 0u), (bytes.Length, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12))));
        return (string.Join(' ', Enumerable.Range(0, count).Select(i => Convert.ToHexStringLower(bytes, 16 + 16 * i, 16))), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)));
    }
}
