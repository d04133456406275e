using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using Slipway.Prediction.Json;
using Slipway.Prediction.Protocols;

namespace Slipway.Benchmarks;

/// <summary>What reading and writing predictions costs in this process: numbers of JSON by their length, whole requests, and the framework's reader beside them.</summary>
internal static class Parsing
{
    private const int Rows = 256, Columns = 30, Rounds = 60;

    public static void Measure(Results results)
    {
        var random = new Random(1);
        foreach (var (digits, limit) in ((int, double)[])[(4, 10), (8, 10), (15, 10), (17, 30)])
        {
            var text = Encoding.UTF8.GetBytes(Table(random, digits));
            var ours = Best(() => Tensor(text)) * 1e9 / (Rows * Columns);
            var theirs = Best(() => Framework(text)) * 1e9 / (Rows * Columns);
            results.Add($"JSON to floats, {Rows} x {Columns} numbers of {digits} digits", $"{ours.ToString("N1", CultureInfo.InvariantCulture)} ns a number", $"Utf8JsonReader: {theirs.ToString("N1", CultureInfo.InvariantCulture)} ns", $"<= {limit} ns", ours <= limit);
        }
        var endpoint = new ServedEndpoint(Caller.DefaultWorkspace, "m", [new EndpointArm("a", new ServedModel("m", "1", new Nothing(), ModelColumns.None), 1)]);
        foreach (var rows in (int[])[1, Rows])
        {
            var values = string.Join(',', Enumerable.Range(0, rows * Columns).Select(_ => random.NextDouble().ToString("F6", CultureInfo.InvariantCulture)));
            var oip = Encoding.UTF8.GetBytes($$"""{"inputs":[{"name":"x","shape":[{{rows}},{{Columns}}],"datatype":"FP32","data":[{{values}}]}]}""");
            var split = Encoding.UTF8.GetBytes("{\"dataframe_split\":{\"data\":" + JsonSerializer.Serialize(Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, Columns).Select(_ => Math.Round(random.NextDouble(), 6)))) + "}}");
            Request("Open Inference", PredictionRoutes.Oip, oip, rows);
            Request("MLflow split", PredictionRoutes.Mlflow, split, rows);
        }

        void Request(string name, Protocol protocol, byte[] body, int rows)
        {
            Read(endpoint, protocol, body);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Read(endpoint, protocol, body);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            var seconds = Best(() => Read(endpoint, protocol, body));
            results.Add($"{name}, {rows} x {Columns}, read", $"{(seconds * 1e6).ToString("N2", CultureInfo.InvariantCulture)} us, {allocated:N0} bytes allocated", $"{(seconds * 1e9 / (rows * Columns)).ToString("N1", CultureInfo.InvariantCulture)} ns a number", "", null);
        }
    }

    private static string Table(Random random, int digits) =>
        "[" + string.Join(',', Enumerable.Range(0, Rows).Select(_ => "[" + string.Join(',', Enumerable.Range(0, Columns).Select(_ => "0." + Digits(random, digits))) + "]")) + "]";

    private static string Digits(Random random, int digits)
    {
        var text = new StringBuilder().Append((char)('1' + random.Next(9)));
        while (text.Length < digits) text.Append((char)('0' + random.Next(10)));
        return text.ToString();
    }

    private static unsafe void Tensor(byte[] text)
    {
        var body = RequestBytes.Of(text);
        var batch = TensorBatch.Rent();
        fixed (byte* start = body.Bytes)
        {
            var json = new JsonCursor(start, body.Length);
            if (!JsonTensor.Read(ref json, batch, OnnxElement.Float, [-1, Columns], exact: false, 0, "data", ErrorDetail.Full)) throw new InvalidOperationException(json.Problem!.Message);
        }
        batch.Release();
        body.Return();
    }

    private static readonly float[] Sink = new float[Rows * Columns];

    private static void Framework(byte[] text)
    {
        var reader = new Utf8JsonReader(text);
        var i = 0;
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.Number) Sink[i++] = (float)reader.GetDouble();
    }

    private static void Read(ServedEndpoint endpoint, Protocol protocol, byte[] body)
    {
        var exchange = new Exchange { Endpoint = endpoint, ContentType = "application/json" };
        endpoint.Arms[0].Model.TryLease();
        exchange.Call.Model = endpoint.Arms[0].Model;
        exchange.Body = RequestBytes.Of(body);
        if (PredictionHost.ReadBody(exchange, protocol) is { } problem) throw new InvalidOperationException(problem.Message);
        exchange.Dispose();
    }

    // The best of many rounds: the machine has other work.
    private static double Best(Action work)
    {
        var best = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < 20; i++) work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds / 20);
        }
        return best;
    }

    /// <summary>Takes rows and never runs.</summary>
    private sealed class Nothing : ModelRuntime
    {
        public override string Platform => "none";

        public override IReadOnlyList<TensorSpec> Inputs { get; } = [new("x", OnnxElement.Float, [-1, Columns])];

        public override IReadOnlyList<TensorSpec> Outputs { get; } = [];

        public override bool Inline => true;

        public override ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct) => ValueTask.FromResult<Problem?>(null);

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
