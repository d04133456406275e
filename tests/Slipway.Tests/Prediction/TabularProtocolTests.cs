using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using static Slipway.Tests.Prediction.PredictionTestHost;

namespace Slipway.Tests.Prediction;

public sealed class TabularProtocolTests
{
    private static Task<PredictionTestHost> Started() => Start(Packed(), Mixed(), Endpoint("m", new EchoRuntime(Floats())), Endpoint("two", new EchoRuntime(new("k", OnnxElement.Int64, [-1]), Floats(2, "v"))), Endpoint("text", new EchoRuntime(new TensorSpec("s", OnnxElement.String, [-1]))));

    [Theory]
    [InlineData("""{"dataframe_split":{"columns":["a","b","c"],"index":[0,1],"data":[[1,2,3],[4,5,null]]}}""")]
    [InlineData("""{"dataframe_split":{"data":[[2,1,3],[5,4,null]],"columns":["b","a","c"]}}""")]
    [InlineData("""{"dataframe_split":{"data":[[1,2,3],[4,5,null]]}}""")]
    [InlineData("""{"dataframe_records":[{"a":1,"b":2,"c":3},{"b":5,"a":4}]}""")]
    [InlineData("""{"instances":[{"c":3,"a":1,"b":2},{"c":null,"b":5.0,"a":4e0}]}""")]
    [InlineData("""{"instances":[[1,2,3],[4,5,"NaN"]],"params":{"x":[1]}}""")]
    [InlineData("""{"inputs":{"b":[2,5],"a":[1,4],"c":[3,null]}}""")]
    [InlineData("""{"inputs":{"x":[[1,2,3],[4,5,NaN]]}}""")]
    [InlineData("""{"inputs":[[1,2,3],[4,5,NaN]]}""")]
    public async Task All_forms_are_the_same_table(string body)
    {
        await using var host = await Started();
        Assert.Equal((HttpStatusCode.OK, """{"predictions":[[1,2,3],[4,5,NaN]]}"""), await host.Post("/endpoints/packed/invocations", body));
    }

    [Fact]
    public async Task Csv_is_a_table_too()
    {
        await using var host = await Started();
        Assert.Equal((HttpStatusCode.OK, """{"predictions":[[1,2,3],[4,5,NaN]]}"""), await host.Post("/endpoints/packed/invocations", "b,a,c\r\n2,1,3\r\n\r\n\"5\",+4,", "text/csv; charset=utf-8"));
        Assert.Equal((HttpStatusCode.OK, """{"predictions":[{"out_amount":[1.5],"out_items":[0],"out_city":["Köln, \"Dom\"\nNord"],"out_member":[true],"out_at":[1767225600000000000]}]}"""),
            await host.Post("/endpoints/mixed/invocations", "amount,city,member,at\n1.5,\"Köln, \"\"Dom\"\"\nNord\",True,2026-01-01", "text/csv"));
    }

    [Theory]
    [InlineData("""{"dataframe_records":[{"a":1,"b":2},{"a":"n/a","b":1}]}""", "dataframe_records[1].a: expected double, got text \"n/a\". Send a number, or null where it is missing.")]
    [InlineData("""{"dataframe_records":[{"a":1,"bb":2}]}""", "dataframe_records[0]: unknown column 'bb'. Did you mean 'b'?")]
    [InlineData("""{"dataframe_records":[{"a":1}]}""", "dataframe_records[0]: missing column 'b'")]
    [InlineData("""{"dataframe_records":[{"a":1,"b":2,"a":3}]}""", "the column is there twice: 'a'")]
    [InlineData("""{"dataframe_split":{"columns":["a","z"],"data":[[1,2]]}}""", "dataframe_split.columns: unknown column 'z'")]
    [InlineData("""{"dataframe_split":{"columns":["a","b"],"data":[[1,2,3]]}}""", "dataframe_split.data[0]: expected 2 values, got more")]
    [InlineData("""{"dataframe_split":{"columns":["a","b"],"rows":[]}}""", "unknown key 'rows'")]
    [InlineData("""{"inputs":{"a":[1,2],"b":[1]}}""", "inputs.b: expected 2 values, as the other columns have, got 1")]
    [InlineData("""{"instances":[[1,2,3]],"inputs":[[1,2,3]]}""", "expected exactly one of")]
    [InlineData("""{"data":[[1,2,3]]}""", "unknown key 'data'")]
    [InlineData("""{"instances":[[1,2]]}""", "expected 3 elements, got 2")]
    [InlineData("{}", "has no data")]
    [InlineData("", "The body is empty")]
    [InlineData("nonsense", "expected an object with one of")]
    public async Task What_does_not_fit_is_named(string body, string expected)
    {
        await using var host = await Started();
        var (status, answer) = await host.Post("/endpoints/packed/invocations", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("BAD_REQUEST", JsonNode.Parse(answer)!["error_code"]!.GetValue<string>());
        Assert.Contains(expected, JsonNode.Parse(answer)!["message"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"amount":1,"items":3,"city":"x","member":true,"at":"2026-01-01T00:00:00Z"}""", null)]
    [InlineData("""{"amount":null,"items":null,"city":"x","member":false}""", null)]
    [InlineData("""{"amount":1,"items":3.5,"city":"x","member":true}""", "[0].items: expected long, got 3.5")]
    [InlineData("""{"amount":1,"items":3,"city":7,"member":true}""", "[0].city: expected string, got 7. Put it in quotes.")]
    [InlineData("""{"amount":1,"items":3,"city":"x","member":1}""", "[0].member: expected boolean, got 1. Send true or false.")]
    [InlineData("""{"amount":1,"items":3,"city":"x","member":true,"at":"soon"}""", "[0].at: expected datetime, got ")]
    [InlineData("""{"amount":true,"items":3,"city":"x","member":true}""", "[0].amount: expected double, got true")]
    [InlineData("""{"amount":1,"items":9223372036854775808,"city":"x","member":true}""", "[0].items: expected long")]
    public async Task Types_follow_the_signature(string record, string? expected)
    {
        await using var host = await Started();
        var (status, body) = await host.Post("/endpoints/mixed/invocations", $$"""{"dataframe_records":[{{record}}]}""");
        Assert.Equal(expected is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest, status);
        if (expected is not null) Assert.Contains(expected, JsonNode.Parse(body)!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task Invocations_refuse_other_types_and_answer_probes()
    {
        await using var host = await Started();
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await host.Post("/endpoints/packed/invocations", "x", "text/xml")).Status);
        Assert.Equal("\n", await host.Client.GetStringAsync("/endpoints/packed/ping"));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("/endpoints/none/ping")).StatusCode);
        Assert.Equal("2.22.0", await host.Client.GetStringAsync("/endpoints/packed/version"));
        var document = JsonNode.Parse(await host.Client.GetStringAsync("/endpoints/mixed/openapi.json"))!;
        var items = document["paths"]!["/endpoints/mixed/invocations"]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!["properties"]!["dataframe_records"]!["items"]!;
        Assert.Equal("date-time", items["properties"]!["at"]!["format"]!.GetValue<string>());
        Assert.Equal(["amount", "city", "member"], items["required"]!.AsArray().Select(static name => name!.GetValue<string>()));
        Assert.NotNull(document["paths"]!["/v2/models/mixed/infer"]!["post"]!["responses"]!["200"]);
    }

    [Theory]
    [InlineData("""{"instances":[{"k":1,"v":[1,2]},{"v":[3,4],"k":2}]}""", """{"predictions":[{"out_k":1,"out_v":[1,2]},{"out_k":2,"out_v":[3,4]}]}""")]
    [InlineData("""{"inputs":{"k":[1,2],"v":[[1,2],[3,4]]},"signature_name":""}""", """{"outputs":{"out_k":[1,2],"out_v":[[1,2],[3,4]]}}""")]
    public async Task TensorFlow_rows_and_columns_of_several_inputs(string body, string expected)
    {
        await using var host = await Started();
        Assert.Equal((HttpStatusCode.OK, expected), await host.Post("/v1/models/two:predict", body));
    }

    [Fact]
    public async Task TensorFlow_answers_as_it_does()
    {
        await using var host = await Started();
        Assert.Equal((HttpStatusCode.OK, """{"predictions":[[1,2,-Infinity]]}"""), await host.Post("/v1/models/m/versions/1:predict", """{"signature_name":"serving_default","instances":[[1,2,-Infinity]]}"""));
        Assert.Equal((HttpStatusCode.OK, """{"predictions":[[1,2,3]]}"""), await host.Post("/v1/models/m:predict", """{"instances":[{"x":[1,2,3]}],"parameters":{"vertex":true}}"""));
        Assert.Equal((HttpStatusCode.OK, """{"predictions":["hi",""]}"""), await host.Post("/v1/models/text:predict", """{"instances":[{"b64":"aGk="},""]}"""));
        Assert.Equal((HttpStatusCode.OK, """{"results":[1,4]}"""), await host.Post("/v1/models/packed:regress", """{"examples":[{"a":1,"b":2},{"a":[4],"b":[5]}]}"""));
        Assert.Contains("""[["0",1],["1",2],["2",NaN]]""", (await host.Post("/v1/models/packed:classify", """{"examples":[{"a":1,"b":2}]}""")).Body);
        Assert.Contains("Serving signature key", (await host.Post("/v1/models/m:predict", """{"signature_name":"other","instances":[[1,2,3]]}""")).Body);
        Assert.Contains("exactly one", (await host.Post("/v1/models/m:predict", """{"inputs":[[1,2,3]],"instances":[[1,2,3]]}""")).Body);
        Assert.Equal("""{"model_version_status":[{"version":"1","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}""", await host.Client.GetStringAsync("/v1/models/m/versions/1"));
        Assert.Equal("DT_FLOAT", JsonNode.Parse(await host.Client.GetStringAsync("/v1/models/m/metadata"))!["metadata"]!["signature_def"]!["signature_def"]!["serving_default"]!["inputs"]!["x"]!["dtype"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotImplemented, (await host.Post("/v1/models/m:explain", """{"instances":[[1,2,3]]}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Post("/v1/models/m/versions/2:predict", "{}")).Status);
    }

    [Fact]
    public async Task TorchServe_takes_what_can_be_understood()
    {
        await using var host = await Started();
        const string Row = "[1,2,3]";
        Assert.Equal((HttpStatusCode.OK, Row), await host.Post("/predictions/m", "[[1,2,3]]"));
        Assert.Equal((HttpStatusCode.OK, "[1,2,NaN]"), await host.Post("/predictions/packed/1", """{"b":2,"a":1}"""));
        Assert.Equal((HttpStatusCode.OK, "[[1,2,3],[4,5,6]]"), await host.Post("/predictions/m", """{"data":[[1,2,3],[4,5,6]]}"""));
        Assert.Equal((HttpStatusCode.OK, "\"hello\""), await host.Post("/predictions/text", "hello", "text/plain"));
        Assert.Equal((HttpStatusCode.OK, Row), await host.Post("/predictions/m", "--B\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name=\"data\"; filename=\"f\"\r\nContent-Type: application/json\r\n\r\n[[1,2,3]]\r\n--B--\r\n", "multipart/form-data; boundary=B"));
        var floats = new byte[12];
        BitConverter.TryWriteBytes(floats.AsSpan(4), 0.5f);
        var (answer, bytes) = await host.PostBytes("/predictions/m", floats, "application/octet-stream");
        Assert.Equal((HttpStatusCode.OK, "[0,0.5,0]"), (answer.StatusCode, Encoding.UTF8.GetString(bytes)));
        answer.Dispose();
        Assert.Equal("""{"status":"Healthy"}""", await host.Client.GetStringAsync("/ping"));
        Assert.Equal((HttpStatusCode.NotFound, """{"code":404,"type":"ModelNotFoundException","message":"There is no endpoint 'none'."}"""), await host.Post("/predictions/none", "[]"));
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Post("/predictions/m", "--B\r\n\r\n", "multipart/form-data; boundary=B")).Status);
    }

    [Fact]
    public async Task Lines_are_answered_one_by_one_and_a_wrong_one_stops_nothing()
    {
        await using var host = await Started();
        var (status, body) = await host.Post("/endpoints/packed/invocations", "{\"a\":1,\"b\":2}\n\n[3,4,5]\r\n{\"a\":1\n{\"a\":\"x\",\"b\":1}\n{\"b\":7,\"a\":6} x\n{\"b\":7,\"a\":6}", "application/x-ndjson");
        Assert.Equal(HttpStatusCode.OK, status);
        var lines = body.TrimEnd('\n').Split('\n');
        Assert.Equal(["""{"prediction":[1,2,NaN]}""", """{"prediction":[3,4,5]}"""], lines[..2]);
        Assert.Equal("""{"prediction":[6,7,NaN]}""", lines[5]);
        Assert.All(lines[2..5], static line => Assert.NotNull(JsonNode.Parse(line)!["error"]));
        Assert.Equal(6, lines.Length);
        Assert.Contains("rows[0].a: expected double", lines[3]);
    }

    [Fact]
    public async Task A_long_stream_of_lines_keeps_its_order_and_gives_everything_back()
    {
        await using var host = await Started();
        var text = new StringBuilder();
        for (var i = 0; i < 20_000; i++) text.Append("{\"b\":").Append(i).Append(",\"a\":0}\n");
        var (status, body) = await host.Post("/endpoints/packed/invocations", text.ToString(), "application/x-ndjson");
        Assert.Equal(HttpStatusCode.OK, status);
        var lines = body.TrimEnd('\n').Split('\n');
        Assert.Equal(20_000, lines.Length);
        for (var i = 0; i < lines.Length; i++) Assert.Equal($$"""{"prediction":[0,{{i}},NaN]}""", lines[i]);
    }

    [Fact]
    public async Task Rules_reject_warn_and_clip()
    {
        var rules = new InputRules([new("a", 0, 10, null, RuleAction.Reject), new("b", null, 5, null, RuleAction.Clip), new("c", -1, null, null, RuleAction.Warn), new("elsewhere", 0, 0, null, RuleAction.Reject)]);
        await using var host = await Start(Packed() with { Rules = rules });
        var (answer, body) = await host.PostBytes("/endpoints/packed/invocations", Encoding.UTF8.GetBytes("""{"instances":[[1,9,-2],[2,null,null]]}"""), "application/json");
        Assert.Equal("""{"predictions":[[1,5,-2],[2,NaN,NaN]]}""", Encoding.UTF8.GetString(body));
        Assert.Equal("b: 1 clipped to 5 or less; c: 1 outside of -1 or more", answer.Headers.GetValues("X-Slipway-Warnings").Single());
        answer.Dispose();
        var (status, why) = await host.Post("/endpoints/packed/invocations", """{"instances":[[1,2,3],[-1,2,3]]}""");
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, why.Contains("row 1, a: expected 0 to 10, got -1", StringComparison.Ordinal)));

        await using var texts = await Start(Endpoint("t", new EchoRuntime(new TensorSpec("s", OnnxElement.String, [-1]))) with { Rules = new InputRules([new("s", null, null, ["red", "green"], RuleAction.Reject)]) });
        Assert.Equal(HttpStatusCode.OK, (await texts.Post("/v1/models/t:predict", """{"instances":["red","green"]}""")).Status);
        Assert.Contains("Did you mean \\\"green\\\"?", (await texts.Post("/v1/models/t:predict", """{"instances":["red","gren"]}""")).Body);
    }
}
