using System.Text;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using Slipway.Prediction.Json;
using Slipway.Prediction.Protocols;
using static Slipway.Tests.Prediction.PredictionTestHost;

namespace Slipway.Tests.Prediction;

/// <summary>Every decoder against damaged, truncated and random bodies, and tensors against a slow reader of System.Text.Json.</summary>
[Collection(nameof(DecoderFuzzTests))]
public sealed class DecoderFuzzTests
{
    private static readonly string[] Seeds =
    [
        """{"id":"1","parameters":{"priority":1},"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","parameters":{"content_type":"np"},"data":[[1.5,-2e3,NaN],[4,5,6]]}],"outputs":[{"name":"out_x","parameters":{"classification":2}}]}""",
        """{"inputs":[{"data":[1,2],"name":"a","shape":[2,1],"datatype":"FP64"},{"name":"b","shape":[2],"datatype":"INT64","data":[3,4]}]}""",
        """{"dataframe_split":{"columns":["b","a"],"index":[0],"data":[[1.25,null],["NaN",2]]}}""",
        """{"dataframe_records":[{"amount":1.5,"items":2,"city":"\u00fc\ud83d\ude00x","member":true,"at":"2026-01-01T00:00:00Z"},{"amount":1,"city":"","member":false}],"params":{"a":[{}]}}""",
        """{"instances":[{"a":1,"b":[2]},{"b":3,"a":4}]}""", """{"inputs":{"a":[1,2],"b":[[3],[4]]},"signature_name":"serving_default"}""", """{"examples":[{"a":1,"b":2}]}""", "[[1,2,3],[4,5,6]]", "b,a\n1,2\n\"3\",\"4\"\n",
    ];

    private static readonly (Protocol Protocol, string Type)[] Protocols =
        [(PredictionRoutes.Oip, "application/json"), (PredictionRoutes.Mlflow, "application/json"), (PredictionRoutes.Mlflow, "text/csv"), (PredictionRoutes.Tf, "application/json"), (new TfExamples(true), "application/json"), (PredictionRoutes.Torch, "application/json"), (PredictionRoutes.Torch, "application/octet-stream"), (GrpcRoutes.Protocol, "application/grpc")];

    private static readonly ServedEndpoint[] Endpoints = [Packed(), Mixed(), Endpoint("m", new EchoRuntime(Floats())), Endpoint("free", new EchoRuntime(new TensorSpec("x", OnnxElement.Float, [-1, -1]))), Endpoint("text", new EchoRuntime(new TensorSpec("s", OnnxElement.String, [-1, 2])))];

    /// <summary>Reads a body; a problem must be one of the client's, and sound inputs must hold together.</summary>
    private static Problem? Read(byte[] body, ServedEndpoint endpoint, Protocol protocol, string type, long headerBytes = -1)
    {
        var exchange = new Exchange { Endpoint = endpoint, ContentType = type, HeaderBytes = headerBytes };
        try
        {
            endpoint.Arms[0].Model.TryLease();
            exchange.Call.Model = endpoint.Arms[0].Model;
            exchange.Body = RequestBytes.Of(body);
            var problem = PredictionHost.ReadBody(exchange, protocol);
            if (problem is not null)
            {
                Assert.InRange(problem.Status, 400, 501);
                Assert.NotEqual(500, problem.Status);
                Assert.NotEmpty(problem.Message);
                return problem;
            }
            var inputs = exchange.Call.Inputs;
            for (var i = 0; i < inputs.Count; i++)
            {
                ref var tensor = ref inputs[i];
                Assert.InRange(tensor.Port, 0, endpoint.Arms[0].Model.Runtime.Inputs.Count - 1);
                Assert.Equal(endpoint.Arms[0].Model.Runtime.Inputs[tensor.Port].Element, tensor.Element);
                if (tensor.Element is not OnnxElement.String)
                {
                    Assert.Equal(tensor.Count * tensor.Element.Bytes(), tensor.Bytes);
                    continue;
                }
                for (var text = 0; text < tensor.Count; text++) _ = tensor.Text(text).Length;
            }
            return null;
        }
        finally
        {
            exchange.Dispose();
        }
    }

    [Fact]
    public void Damaged_bodies_are_refused_in_words_and_nothing_leaks()
    {
        var random = new Random(20260202);
        var read = 0;
        for (var round = 0; round < 40_000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(Seeds[random.Next(Seeds.Length)]);
            for (var edits = random.Next(4); edits > 0 && bytes.Length > 0; edits--)
                bytes = random.Next(6) switch
                {
                    0 => bytes[..random.Next(bytes.Length)],
                    1 => [.. bytes[..random.Next(bytes.Length)], .. bytes[random.Next(bytes.Length)..]],
                    2 => Set(bytes, random.Next(bytes.Length), (byte)random.Next(256)),
                    3 => Set(bytes, random.Next(bytes.Length), (byte)"{}[],:\"\\0e.-tnN \n"[random.Next(17)]),
                    4 => [.. bytes, .. bytes],
                    _ => [.. bytes[..random.Next(bytes.Length)], .. "1e999999,-0.00000000000000000000000000001,[[[[null"u8, .. bytes[random.Next(bytes.Length)..]],
                };
            var (protocol, type) = Protocols[random.Next(Protocols.Length)];
            if (Read(bytes, Endpoints[random.Next(Endpoints.Length)], protocol, type, random.Next(8) == 0 ? random.Next(bytes.Length + 2) : -1) is null) read++;
        }
        Assert.True(read > 100, $"only {read} bodies could be read: the seeds do not reach the model");
    }

    private static byte[] Set(byte[] bytes, int at, byte value)
    {
        bytes[at] = value;
        return bytes;
    }

    [Fact]
    public void Every_beginning_of_a_body_is_refused()
    {
        foreach (var seed in Seeds[..7])
        {
            var bytes = Encoding.UTF8.GetBytes(seed);
            for (var length = 0; length < bytes.Length; length++)
                foreach (var (protocol, type) in Protocols)
                    if (type == "application/json") Assert.NotNull(Read(bytes[..length], Endpoints[0], protocol, type));
        }
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        foreach (var (protocol, type) in Protocols)
            foreach (var text in (string[])[new string('[', 100_000), string.Concat(Enumerable.Repeat("{\"inputs\":", 50_000)), "{\"instances\":" + new string('[', 100_000), "{\"z\":" + new string('[', 100_000) + new string(']', 100_000) + "}"])
                if (type == "application/json") Assert.Equal(400, Read(Encoding.UTF8.GetBytes(text), Endpoints[0], protocol, type)!.Status);
    }

    [Fact]
    public unsafe void Tensors_are_those_of_a_slow_reader()
    {
        var random = new Random(11);
        for (var round = 0; round < 20_000; round++)
        {
            var text = Array(random, random.Next(1, 4), random.Next(8) == 0);
            using var document = Parse(text);
            var shape = new List<long>();
            var values = new List<double>();
            var sound = document is not null && Walk(document.RootElement, 0, shape, values);
            var body = RequestBytes.Of(Encoding.UTF8.GetBytes(text));
            var batch = TensorBatch.Rent();
            fixed (byte* start = body.Bytes)
            {
                var json = new JsonCursor(start, body.Length);
                var any = Enumerable.Repeat(-1L, Math.Max(1, shape.Count)).ToArray();
                var read = JsonTensor.Read(ref json, batch, OnnxElement.Double, any, exact: false, 0, "data", ErrorDetail.Full) && json.Ends();
                // The slow reader has an opinion only where every dimension has elements.
                if (values.Count > 0 || !sound) Assert.True(read == sound, $"{text}: {json.Problem?.Message ?? "was read"}");
                if (read && sound && values.Count > 0)
                {
                    Assert.Equal(shape, batch[0].Shape.ToArray());
                    Assert.Equal(values, batch[0].Values<double>().ToArray());
                }
            }
            batch.Release();
            body.Return();
        }
    }

    private static JsonDocument? Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool Walk(JsonElement element, int depth, List<long> shape, List<double> values)
    {
        if (element.ValueKind is JsonValueKind.Number)
        {
            values.Add(element.GetDouble());
            return depth == shape.Count;
        }
        if (element.ValueKind is not JsonValueKind.Array || element.GetArrayLength() == 0) return false;
        if (values.Count == 0 && shape.Count == depth) shape.Add(element.GetArrayLength());
        if (depth >= shape.Count || shape[depth] != element.GetArrayLength()) return false;
        foreach (var inner in element.EnumerateArray())
            if (!Walk(inner, depth + 1, shape, values)) return false;
        return true;
    }

    private static string Array(Random random, int depth, bool ragged)
    {
        var text = new StringBuilder();
        var sizes = Enumerable.Range(0, depth).Select(_ => random.Next(1, 5)).ToArray();
        Level(0);
        return text.ToString();

        void Level(int at)
        {
            text.Append('[');
            var size = sizes[at] + (ragged && random.Next(4) == 0 ? 1 : 0);
            for (var i = 0; i < size; i++)
            {
                if (i > 0) text.Append(random.Next(5) == 0 ? " ,\n " : ",");
                if (at + 1 < depth && !(ragged && random.Next(10) == 0)) Level(at + 1);
                else text.Append(random.Next(ragged ? 9 : 6) switch { 0 => random.Next(-5, 5).ToString(), 1 => random.NextDouble().ToString("R"), 2 => (random.NextDouble() * 1e300).ToString("R"), 3 => "0", 4 => random.NextInt64() + "." + random.NextInt64(), 5 => random.Next() + "e-" + random.Next(30), 6 => "null", 7 => "\"x\"", _ => "1e" });
            }
            text.Append(']');
        }
    }
}
