using System.Net;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using Slipway.Prediction.Remote;

namespace Slipway.Tests.Serving;

/// <summary>The four dialects against a server that was written down, byte for byte where it matters.</summary>
public sealed class RemoteRuntimeTests
{
    private static readonly ModelColumns TwoColumns = new([new ModelColumn("x", "double"), new ModelColumn("who", "string")], [new ModelColumn("late", "double")], []);

    private sealed class Elsewhere(Func<HttpRequestMessage, byte[], HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            answer(request, request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    private static HttpResponseMessage Json(string json, HttpStatusCode status = HttpStatusCode.OK) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private static RemoteTarget Target(string protocol) => RemoteTarget.Read(Encoding.UTF8.GetBytes($$"""{"protocol": "{{protocol}}", "url": "http://models.example.com/base/", "model": "m 1", "timeout_ms": 2000}""")).Value;

    private static async Task<(Problem? Problem, TensorBatch Outputs)> Run(RemoteRuntime runtime, Action<TensorBatch> fill)
    {
        var (inputs, outputs) = (TensorBatch.Rent(), TensorBatch.Rent());
        fill(inputs);
        var problem = await runtime.Run(inputs, outputs, CancellationToken.None);
        inputs.Release();
        return (problem, outputs);
    }

    private static unsafe void Row(TensorBatch inputs)
    {
        double[] x = [1.5, double.NaN];
        x.CopyTo(inputs.AddNumbers(OnnxElement.Double, [2], 0).Values<double>());
        var texts = "adaé"u8;
        var data = inputs.Take(texts.Length);
        texts.CopyTo(new Span<byte>(data, texts.Length));
        var offsets = (int*)inputs.Take(12);
        (offsets[0], offsets[1], offsets[2]) = (0, 3, texts.Length);
        ref var who = ref inputs.Add(OnnxElement.String, [2], 1);
        who.Data = data;
        who.Bytes = texts.Length;
        who.Offsets = offsets;
    }

    [Theory]
    [InlineData("tfserving", "http://models.example.com/base/v1/models/m%201:predict", """{"inputs":{"x":[1.5,NaN],"who":["ada","é"]}}""", """{"outputs": [0.25, NaN]}""")]
    [InlineData("kserve-v1", "http://models.example.com/base/v1/models/m%201:predict", """{"instances":[{"x":1.5,"who":"ada"},{"x":NaN,"who":"é"}]}""", """{"predictions": [{"late": 0.25}, {"late": null}]}""")]
    [InlineData("mlflow", "http://models.example.com/base/invocations", """{"dataframe_split":{"columns":["x","who"],"data":[[1.5,"ada"],[NaN,"é"]]}}""", """{"predictions": {"late": [0.25, "NaN"]}}""")]
    public async Task Dialects_of_JSON_are_spoken(string protocol, string url, string body, string answer)
    {
        using var http = new HttpClient(new Elsewhere((request, sent) =>
        {
            Assert.Equal(url, request.RequestUri!.AbsoluteUri);
            Assert.Equal(body, System.Text.RegularExpressions.Regex.Unescape(Encoding.UTF8.GetString(sent)));
            return Json(answer);
        }));
        await using var runtime = (await RemoteRuntime.Open(Target(protocol), http, TwoColumns, CancellationToken.None)).Value;
        var (problem, outputs) = await Run(runtime, Row);
        Assert.Null(problem);
        Assert.Equal((double[])[0.25, double.NaN], outputs[0].Values<double>().ToArray());
        outputs.Release();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_inference_sends_bytes_and_takes_bytes_or_JSON(bool binary)
    {
        using var http = new HttpClient(new Elsewhere((request, sent) =>
        {
            if (request.Method == HttpMethod.Get)
                return Json("""{"name": "m 1", "versions": ["1"], "platform": "x", "inputs": [{"name": "a", "datatype": "FP32", "shape": [-1, 2]}], "outputs": [{"name": "b", "datatype": "FP32", "shape": ["-1", 2]}, {"name": "t", "datatype": "BYTES", "shape": [-1]}]}""");
            Assert.Equal("http://models.example.com/base/v2/models/m%201/infer", request.RequestUri!.AbsoluteUri);
            var length = int.Parse(request.Headers.GetValues("Inference-Header-Content-Length").Single());
            Assert.Equal(8, sent.Length - length);
            var (one, two) = (BitConverter.ToSingle(sent, length), BitConverter.ToSingle(sent, length + 4));
            if (!binary) return Json($$"""{"outputs": [{"name": "t", "datatype": "BYTES", "shape": [1], "data": ["ü"]}, {"name": "b", "datatype": "FP32", "shape": [1, 2], "data": [[{{two}}, {{one}}]]}]}""");
            var header = Encoding.UTF8.GetBytes("""{"outputs": [{"name": "b", "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": 8}}, {"name": "t", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": 6}}]}""");
            var answer = new HttpResponseMessage { Content = new ByteArrayContent([.. header, .. BitConverter.GetBytes(two), .. BitConverter.GetBytes(one), 2, 0, 0, 0, 0xc3, 0xbc]) };
            answer.Headers.Add("Inference-Header-Content-Length", header.Length.ToString());
            return answer;
        }));
        await using var runtime = (await RemoteRuntime.Open(Target("oip"), http, ModelColumns.None, CancellationToken.None)).Value;
        Assert.Equal((OnnxElement.Float, 2L), (runtime.Inputs[0].Element, runtime.Inputs[0].Shape[1]));
        var (problem, outputs) = await Run(runtime, static inputs =>
        {
            float[] values = [3, 4];
            values.CopyTo(inputs.AddNumbers(OnnxElement.Float, [1, 2], 0).Values<float>());
        });
        Assert.Null(problem);
        for (var i = 0; i < 2; i++)
            if (outputs[i].Port == 0) Assert.Equal((float[])[4, 3], outputs[i].Values<float>().ToArray());
            else Assert.Equal("ü", Encoding.UTF8.GetString(outputs[i].Text(0)));
        outputs.Release();
    }

    [Theory]
    [InlineData(400, """{"error": "x is bad"}""", 400, "models.example.com answered 400: x is bad")]
    [InlineData(404, "gone", 500, "models.example.com answered 404: gone")]
    [InlineData(503, "{}", 503, "models.example.com answered 503: {}")]
    [InlineData(500, """{"message": "boom"}""", 500, "answered 500: boom")]
    [InlineData(200, "no json", 500, "neither 'predictions' nor 'outputs'")]
    [InlineData(200, """{"predictions": [1, "two"]}""", 500, "values in 'late' that are no FP64")]
    [InlineData(200, """{"predictions": [[1], [1, 2]]}""", 500, "rows of different lengths")]
    [InlineData(200, """{"predictions": [[[[[[[[[[1]]]]]]]]]]}""", 500, "nested too deep")]
    [InlineData(200, """{"predictions": [{"early": 1}]}""", 500, "a row without the output 'late'")]
    public async Task Odd_answers_are_problems(int status, string answer, int expected, string message)
    {
        using var http = new HttpClient(new Elsewhere((_, _) => Json(answer, (HttpStatusCode)status)));
        await using var runtime = (await RemoteRuntime.Open(Target("kserve-v1"), http, TwoColumns, CancellationToken.None)).Value;
        var (problem, outputs) = await Run(runtime, Row);
        outputs.Release();
        Assert.Equal(expected, problem!.Status);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_is_not_there_or_private_is_503()
    {
        using var http = Outbound.Client(allowPrivate: false);
        var opened = await RemoteRuntime.Open(RemoteTarget.Read("""{"protocol": "oip", "url": "http://127.0.0.1:9", "model": "m"}"""u8).Value, http, ModelColumns.None, CancellationToken.None);
        Assert.Equal(503, opened.Problem!.Status);
        Assert.Contains("outbound.allowPrivate", opened.Problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"protocol": "soap", "url": "http://x", "model": "m"}""", "protocol is 'soap'")]
    [InlineData("""{"protocol": "oip", "url": "file:///etc/passwd", "model": "m"}""", "url is")]
    [InlineData("""{"protocol": "oip", "url": "http://me:secret@x", "model": "m"}""", "url is")]
    [InlineData("""{"protocol": "oip", "url": "http://x"}""", "model is missing")]
    [InlineData("""{"protocol": "oip", "url": "http://x", "model": "m", "timeout_ms": 0}""", "timeout_ms is 0")]
    [InlineData("[]", "not understood")]
    [InlineData("{", "not understood")]
    public void Files_that_say_nothing_useful_are_refused(string json, string message) => Assert.Contains(message, RemoteTarget.Read(Encoding.UTF8.GetBytes(json)).Problem!.Message, StringComparison.Ordinal);
}
