using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using static Slipway.Tests.Prediction.PredictionTestHost;

namespace Slipway.Tests.Prediction;

public sealed class OpenInferenceTests
{
    private const string Infer = "/v2/models/m/infer";

    private static Task<PredictionTestHost> Started() => Start(Endpoint("m", new EchoRuntime(Floats())), Packed(), Mixed(),
        Endpoint("many", new EchoRuntime(new("f", OnnxElement.Double, [-1]), new("i", OnnxElement.Int32, [-1]), new("b", OnnxElement.Bool, [-1]), new("s", OnnxElement.String, [-1]), new("h", OnnxElement.Float16, [-1]), new("u", OnnxElement.UInt8, [-1, 2]))));

    private static string Input(string data, string shape = "[2,3]", string type = "FP32", string name = "x") => $$"""{"inputs":[{"name":"{{name}}","shape":{{shape}},"datatype":"{{type}}","data":{{data}}}]}""";

    [Theory]
    [InlineData("[[1,2,3],[4,5,6]]"), InlineData("[1,2,3,4,5,6]"), InlineData(" [ [ 1 , 2 ,3 ] ,\n[4,5, 6 ] ] "), InlineData("[[1.0,2e0,30e-1],[4,5.0,6]]")]
    public async Task Nested_and_flat_data_are_the_same(string data)
    {
        await using var host = await Started();
        var (status, body) = await host.Post(Infer, Input(data));
        Assert.Equal((HttpStatusCode.OK, """{"model_name":"m","model_version":"1","outputs":[{"name":"out_x","datatype":"FP32","shape":[2,3],"data":[1,2,3,4,5,6]}]}"""), (status, body));
    }

    [Fact]
    public async Task Fields_may_come_in_any_order_and_others_are_passed_over()
    {
        await using var host = await Started();
        var (status, body) = await host.Post(Infer, """{"model_name":"z","parameters":{"priority":1,"x":{"deep":[1,{}]}},"outputs":[{"name":"out_x"}],"inputs":[{"data":[1,2,NaN],"shape":[1,3],"more":[[]],"datatype":"FP32","name":"x"}],"id":"ü1"}""");
        Assert.Equal((HttpStatusCode.OK, """{"model_name":"m","model_version":"1","id":"ü1","outputs":[{"name":"out_x","datatype":"FP32","shape":[1,3],"data":[1,2,NaN]}]}"""), (status, body));
    }

    [Theory]
    [InlineData("[[1,2,3],[4,5]]", "inputs[0].data[1]: expected 3 elements, as before, got 2")]
    [InlineData("[[1,2,3],[4,5,\"n/a\"]]", "inputs[0].data[1][2]: expected a number (FP32), got text \"n/a\"")]
    [InlineData("[[1,2,3],[4,5,null]]", "inputs[0].data[1][2]: expected a number (FP32), got null. Send NaN")]
    [InlineData("[1,2,3]", "expected 6 elements of shape [2, 3]")]
    [InlineData("[[1,2,3],[4,5,6],[7,8,9]]", "expected 6 elements of shape [2, 3], nested or flat, got 9 of shape [3, 3]")]
    [InlineData("[[1,2],[3,4],[5,6]]", "expected 3 elements, got 2")]
    [InlineData("[[[1,2,3],[4,5,6]]]", "expected 6 elements of shape [2, 3]")]
    [InlineData("[[1,2,3],4,5,6]", "expected an array like the others beside it, got 4")]
    [InlineData("7", "expected 6 elements")]
    [InlineData("[[1,2,3],[4,5,6]", "expected ',' or ']'")]
    [InlineData("[[1,2,3],[4,5,6,]]", "expected a number")]
    [InlineData("[[01,2,3],[4,5,6]]", "inputs[0].data[0][1]")]
    public async Task Data_that_does_not_fit_is_refused_with_its_place(string data, string expected)
    {
        await using var host = await Started();
        var (status, body) = await host.Post(Infer, Input(data));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, JsonNode.Parse(body)!["error"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"inputs":[]}""", "missing input 'f'")]
    [InlineData("""{"input":[]}""", "'inputs' is missing")]
    [InlineData("", "The body is empty")]
    [InlineData("[]", "expected {\"inputs\"")]
    [InlineData("""{"inputs":[{"name":"ff","shape":[1],"datatype":"FP64","data":[1]}]}""", "unknown input 'ff'. Did you mean 'f'?")]
    [InlineData("""{"inputs":[{"name":"f","shape":[1],"datatype":"FP65","data":[1]}]}""", "unknown datatype 'FP65'. Did you mean 'FP64'?")]
    [InlineData("""{"inputs":[{"name":"f","shape":[-1],"datatype":"FP64","data":[1]}]}""", "inputs[0].shape[0]: expected an integer of 0 or more, got -1")]
    [InlineData("""{"inputs":[{"name":"i","shape":[1],"datatype":"FP64","data":[1]}]}""", "inputs[0].datatype: expected INT32, got FP64")]
    [InlineData("""{"inputs":[{"name":"i","shape":[1],"datatype":"INT32","data":[2147483648]}]}""", "inputs[0].data[0]: expected an integer (INT32), got 2147483648")]
    [InlineData("""{"inputs":[{"name":"f","shape":[1],"datatype":"FP64","data":[1]},{"name":"f","shape":[1],"datatype":"FP64","data":[1]}]}""", "is there twice")]
    [InlineData("""{"inputs":[{"name":"f","shape":[1],"datatype":"FP64"}]}""", "'data' is missing")]
    [InlineData("""{"inputs":[{"name":"f","shape":[99999999999,99999999999,99999999999],"datatype":"FP64","data":[1]}]}""", "expected [-1], got [99999999999")]
    [InlineData("""{"inputs":[{"name":"f","shape":[9999999999],"datatype":"FP64","data":[1]}]}""", "expected 9,999,999,999 elements")]
    [InlineData("""{"inputs":[{"name":"f","shape":[1],"datatype":"FP64","data":[1]}]} x""", "expected the end of the body")]
    [InlineData("""{"inputs":[{"name":"f","shape":[1],"datatype":"FP64","data":[1]}],"outputs":[{"name":"out_g"}]}""", "unknown output 'out_g'. Did you mean 'out_f'?")]
    public async Task A_request_that_does_not_fit_is_refused(string body, string expected)
    {
        await using var host = await Started();
        var (status, answer) = await host.Post("/v2/models/many/infer", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, JsonNode.Parse(answer)!["error"]!.GetValue<string>());
    }

    private const string AllTypes = """
        {"inputs":[{"name":"f","shape":[2],"datatype":"FP64","data":[0.1,-Infinity]},{"name":"i","shape":[2],"datatype":"INT32","data":[-5,7]},{"name":"b","shape":[2],"datatype":"BOOL","data":[true,false]},
         {"name":"s","shape":[2],"datatype":"BYTES","data":["a\u00fc\n\ud83d\ude00",""]},{"name":"h","shape":[2],"datatype":"FP16","data":[0.5,1]},{"name":"u","shape":[2,2],"datatype":"UINT8","data":[[0,255],[1,2]]}]}
        """;

    [Fact]
    public async Task Every_type_comes_back()
    {
        await using var host = await Started();
        var (status, body) = await host.Post("/v2/models/many/infer", AllTypes);
        Assert.Equal(HttpStatusCode.OK, status);
        foreach (var expected in (string[])["[0.1,-Infinity]", "[-5,7]", "[true,false]", "[\"aü\\n😀\",\"\"]", "[0.5,1]", "[0,255,1,2]"]) Assert.Contains("\"data\":" + expected, body);
    }

    [Fact]
    public async Task Binary_tensors_come_and_go_behind_the_JSON()
    {
        await using var host = await Started();
        var json = """{"parameters":{"binary_data_output":true},"inputs":[{"name":"f","shape":[1],"datatype":"FP64","parameters":{"binary_data_size":8}},{"name":"i","shape":[1],"datatype":"INT64","parameters":{"binary_data_size":8}},{"name":"b","shape":[1],"datatype":"BOOL","data":[true]},{"name":"s","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":6}},{"name":"h","shape":[1],"datatype":"FP16","data":[2]},{"name":"u","shape":[1,2],"datatype":"UINT8","data":[1,2]}],"outputs":[{"name":"out_s"},{"name":"out_i","parameters":{"binary_data":false}},{"name":"out_f"}]}"""u8.ToArray();
        var tail = new byte[22];
        BinaryPrimitives.WriteDoubleLittleEndian(tail, 0.1);
        BinaryPrimitives.WriteInt64LittleEndian(tail.AsSpan(8), -9);
        BinaryPrimitives.WriteInt32LittleEndian(tail.AsSpan(16), 2);
        "hi"u8.CopyTo(tail.AsSpan(20));
        var (answer, body) = await host.PostBytes("/v2/models/many/infer", [.. json, .. tail], "application/octet-stream", ("Inference-Header-Content-Length", json.Length.ToString()));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var length = int.Parse(answer.Headers.GetValues("Inference-Header-Content-Length").Single());
        Assert.Equal("""{"model_name":"many","model_version":"1","outputs":[{"name":"out_s","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":6}},{"name":"out_i","datatype":"INT32","shape":[1],"data":[-9]},{"name":"out_f","datatype":"FP64","shape":[1],"parameters":{"binary_data_size":8}}]}""",
            Encoding.UTF8.GetString(body, 0, length));
        Assert.Equal([2, 0, 0, 0, (byte)'h', (byte)'i'], body[length..(length + 6)]);
        Assert.Equal(0.1, BinaryPrimitives.ReadDoubleLittleEndian(body.AsSpan(length + 6)));
        answer.Dispose();
    }

    [Fact]
    public async Task A_body_of_bytes_alone_is_the_only_input()
    {
        await using var host = await Started();
        var bytes = new byte[12];
        for (var i = 0; i < 3; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), i + 0.5f);
        var (answer, body) = await host.PostBytes(Infer, bytes, "application/octet-stream", ("Inference-Header-Content-Length", "0"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(bytes, body[int.Parse(answer.Headers.GetValues("Inference-Header-Content-Length").Single())..]);
        answer.Dispose();
        var (refused, why) = await host.PostBytes(Infer, bytes[..8], "application/octet-stream", ("Inference-Header-Content-Length", "0"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("12 bytes, got 8 bytes", Encoding.UTF8.GetString(why));
        refused.Dispose();
    }

    [Theory]
    [InlineData("999", "the body has"), InlineData("-5", "Inference-Header-Content-Length"), InlineData("10", "error")]
    public async Task A_wrong_length_of_the_JSON_is_refused(string length, string expected)
    {
        await using var host = await Started();
        var (status, body) = await host.Post(Infer, Input("[1,2,3,4,5,6]"), "application/octet-stream", ("Inference-Header-Content-Length", length));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, body);
    }

    [Fact]
    public async Task Classes_are_named_best_first()
    {
        await using var host = await Start(Endpoint("m", new EchoRuntime(Floats()), new ModelColumns([], [], ["no", "maybe", "yes"])));
        var (status, body) = await host.Post(Infer, """{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[0.25,0.125,0.5,3,2,1]}],"outputs":[{"name":"out_x","parameters":{"classification":2}}]}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("""{"name":"out_x","datatype":"BYTES","shape":[2,2],"data":["0.5:2:yes","0.25:0:no","3:0:no","2:1:maybe"]}""", body);
    }

    [Fact]
    public async Task Columns_of_the_signature_are_put_where_the_graph_wants_them()
    {
        await using var host = await Started();
        var (status, body) = await host.Post("/v2/models/packed/infer", """{"parameters":{"content_type":"pd"},"inputs":[{"name":"b","shape":[2],"datatype":"FP64","data":[1,2]},{"name":"a","shape":[2,1],"datatype":"INT64","data":[3,4]}]}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"data\":[3,1,NaN,4,2,NaN]", body);
        (status, body) = await host.Post("/v2/models/packed/infer", """{"inputs":[{"name":"b","shape":[2],"datatype":"FP64","data":[1,2]}]}""");
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, body.Contains("missing column 'a'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_only_input_may_have_any_name()
    {
        await using var host = await Started();
        Assert.Equal(HttpStatusCode.OK, (await host.Post(Infer, Input("[1,2,3]", "[1,3]", "FP64", "input-0"))).Status);
        var (status, body) = await host.Post(Infer, """{"inputs":[{"name":"y","shape":[1,3],"datatype":"FP32","data":[1,2,3]},{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("twice", body);
    }

    [Fact]
    public async Task Answers_say_which_version_how_long_and_which_request()
    {
        await using var host = await Started();
        var (answer, _) = await host.PostBytes(Infer, Encoding.UTF8.GetBytes(Input("[1,2,3]", "[1,3]")), "application/json", ("X-Request-Id", "order-17"));
        Assert.Equal("order-17", answer.Headers.GetValues("X-Request-Id").Single());
        Assert.Equal("1", answer.Headers.GetValues("X-Slipway-Version").Single());
        Assert.Matches(@"^parse;dur=\d+\.\d{3}, queue;dur=\d+\.\d{3}, run;dur=\d+\.\d{3}, encode;dur=\d+\.\d{3}$", answer.Headers.GetValues("Server-Timing").Single());
        answer.Dispose();
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Post(Infer, Input("[1,2,3]", "[1,3]"), "application/json", ("X-Request-Id", new string('x', 129)))).Status);
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await host.Post(Infer, Input("[1,2,3]", "[1,3]"), "application/json", ("X-Request-Timeout-Ms", "0.000001"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Post(Infer, Input("[1,2,3]", "[1,3]"), "application/json", ("grpc-timeout", "1x"))).Status);
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await host.Post(Infer, Input("[1,2,3]", "[1,3]"), "application/json", ("grpc-timeout", "1n"))).Status);
    }

    [Fact]
    public async Task Metadata_health_repository_and_statistics_answer()
    {
        await using var host = await Started();
        await host.Post(Infer, Input("[1,2,3,4,5,6]"));
        Assert.Equal("""{"name":"m","versions":["1"],"platform":"slipway_echo","inputs":[{"name":"x","datatype":"FP32","shape":[-1,3]}],"outputs":[{"name":"out_x","datatype":"FP32","shape":[-1,3]}]}""", await host.Client.GetStringAsync("/v2/models/m"));
        Assert.Contains("binary_tensor_data", await host.Client.GetStringAsync("/v2"));
        Assert.Equal("""{"live":true}""", await host.Client.GetStringAsync("/v2/health/live"));
        Assert.Equal("""{"ready":true}""", await host.Client.GetStringAsync("/v2/health/ready"));
        Assert.Equal("""{"name":"m","ready":true}""", await host.Client.GetStringAsync("/v2/models/m/versions/1/ready"));
        Assert.Contains("\"data_type\":\"TYPE_FP32\",\"dims\":[-1,3]", await host.Client.GetStringAsync("/v2/models/m/config"));
        var stats = JsonNode.Parse(await host.Client.GetStringAsync("/v2/models/m/stats"))!["model_stats"]![0]!;
        Assert.Equal((2, 1), (stats["inference_count"]!.GetValue<int>(), stats["inference_stats"]!["success"]!["count"]!.GetValue<int>()));
        Assert.Contains("""{"name":"m","version":"1","state":"READY","reason":""}""", (await host.Post("/v2/repository/index", "{}")).Body);
        Assert.Equal(HttpStatusCode.NotImplemented, (await host.Post("/v2/repository/models/m/load", "{}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("/v2/models/none")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("/v2/models/m/versions/9")).StatusCode);
        var (status, body) = await host.Post("/v2/models/none/infer", "{}");
        Assert.Equal((HttpStatusCode.NotFound, """{"error":"There is no endpoint 'none'."}"""), (status, body));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413()
    {
        await using var host = await Started();
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await host.Post(Infer, new string(' ', (1 << 20) + 1))).Status);
    }

    [Theory]
    [InlineData(ErrorDetail.None, "The input does not fit the model's signature."), InlineData(ErrorDetail.Shape, "inputs[0].data[1]: expected a number (FP32)."), InlineData(ErrorDetail.Full, "inputs[0].data[1]: expected a number (FP32), got text \\\"secret\\\".")]
    public async Task An_endpoint_says_how_much_errors_tell(object detail, string expected)
    {
        await using var host = await Start(Endpoint("m", new EchoRuntime(Floats())) with { Detail = (ErrorDetail)detail });
        Assert.Equal($$"""{"error":"{{expected}}"}""", (await host.Post(Infer, Input("[1,\"secret\",3]", "[1,3]"))).Body);
    }
}
