using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using static Slipway.Tests.Prediction.PredictionTestHost;

namespace Slipway.Tests.Prediction;

/// <summary>The gRPC protocol as a client of another family sees it: grpc-js, from the field numbers of the protocol alone.</summary>
public sealed class GrpcTests
{
    private static async Task<JsonNode> Said()
    {
        await using var host = await Start(Endpoint("m", new EchoRuntime(Floats())), Endpoint("many", new EchoRuntime(new("s", OnnxElement.String, [-1]), new("b", OnnxElement.Bool, [-1]), new("i", OnnxElement.Int32, [-1]))));
        var start = new ProcessStartInfo("node", [Path.Combine(Repository.Root, "tests/Slipway.Tests/Prediction/GrpcClient/client.mjs"), new Uri(host.GrpcUrl).Authority]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        var (text, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        Assert.True(node.ExitCode == 0, await errors);
        return JsonNode.Parse(await text)!;
    }

    [Fact]
    public async Task A_foreign_client_gets_what_the_protocol_says()
    {
        var said = await Said();
        void Same(string name, string expected) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), said[name]), $"{name}: expected {expected}, got {said[name]?.ToJsonString()}");

        Same("live", """{"live":true}""");
        Same("ready", """{"ready":true}""");
        Same("modelReady", """{"ready":true}""");
        Same("health", """{"status":1}""");
        Assert.Equal("slipway", said["server"]!["name"]!.GetValue<string>());
        Same("model", """{"versions":["1"],"inputs":[{"shape":[-1,3],"name":"x","datatype":"FP32"}],"outputs":[{"shape":[-1,3],"name":"out_x","datatype":"FP32"}],"name":"m","platform":"slipway_echo"}""");
        Assert.Equal(11, said["config"]!["config"]!["input"]![0]!["data_type"]!.GetValue<int>());
        Assert.Equal(2, said["index"]!["models"]!.AsArray().Count);
        const string Bytes = "0000803f000000400000003f";
        Assert.Equal((Bytes, "r1"), (said["raw"]!["raw_output_contents"]![0]!.GetValue<string>(), said["raw"]!["id"]!.GetValue<string>()));
        Assert.Equal(Bytes, said["typed"]!["raw_output_contents"]![0]!.GetValue<string>());
        Assert.Equal("0000803f000000c000004040", said["converted"]!["raw_output_contents"]![0]!.GetValue<string>());
        Assert.Equal(["ffffffff07000000", "02000000c3bc00000000"], said["mixed"]!["raw_output_contents"]!.AsArray().Select(static bytes => bytes!.GetValue<string>()));
        Assert.Equal(Convert.ToHexStringLower([3, 0, 0, 0, (byte)'2', (byte)':', (byte)'1']), said["classes"]!["raw_output_contents"]![0]!.GetValue<string>());
        foreach (var (name, code, words) in ((string, int, string)[])[("unknownModel", 5, "no endpoint 'none'"), ("unknownInput", 3, "unknown input 'x'"), ("wrongShape", 3, "expected [-1, 3], got [1, 4]"), ("wrongBytes", 3, "12 bytes, got 3 bytes"), ("unimplemented", 12, "not offered"), ("late", 4, "time was over"), ("healthUnknown", 5, "zzz")])
        {
            Assert.Equal(code, said[name]!["code"]!.GetValue<int>());
            Assert.Contains(words, said[name]!["details"]!.GetValue<string>());
        }
        var stream = said["stream"]!.AsArray();
        Assert.Equal(["r1", null, "r3"], stream.Select(static answer => answer!["infer_response"]?["id"]?.GetValue<string>()));
        Assert.Contains("no endpoint 'none'", stream[1]!["error_message"]!.GetValue<string>());
        Assert.Equal(480_000, said["largeBytes"]!.GetValue<int>());
        Same("statistics", """[{"name":"m","count":true,"ns":true}]""");
    }

    [Fact]
    public async Task A_message_that_is_damaged_too_long_or_cut_ends_with_a_status()
    {
        await using var host = await Start(Endpoint("m", new EchoRuntime(Floats())));
        using var client = new HttpClient { BaseAddress = new Uri(host.GrpcUrl) };
        foreach (var (body, status) in ((byte[], string)[])[([0, 0, 0, 0, 3, 0x0a, 0xff, 0x01], "3"), ([0, 0xff, 0xff, 0xff, 0xff, 1], "8"), ([0, 0, 0, 0, 9, 1], "3"), ([], "3"), ([1, 0, 0, 0, 0], "12"), ([0, 0], "3")])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/inference.GRPCInferenceService/ModelInfer") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new("application/grpc");
            using var answer = await client.SendAsync(request);
            await answer.Content.ReadAsByteArrayAsync();
            Assert.Equal((HttpStatusCode.OK, status), (answer.StatusCode, answer.TrailingHeaders.TryGetValues("grpc-status", out var values) ? values.Single() : answer.Headers.GetValues("grpc-status").Single()));
        }
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await host.Post("/inference.GRPCInferenceService/ModelInfer", "{}")).Status);
    }
}
