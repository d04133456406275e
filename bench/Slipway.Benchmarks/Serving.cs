using System.Text;

namespace Slipway.Benchmarks;

/// <summary>Predictions: the engine alone, then the protocols beside a no-op of the same host in the same run, overload, swaps under load, and what people use today.</summary>
internal static class Serving
{
    private const int Rounds = 3;

    public static void Measure(Results results, string folder, double scale)
    {
        var models = Directory.CreateDirectory(Path.Combine(folder, "serving")).FullName;
        ServingEngine.Measure(results, models, scale);
        File.WriteAllBytes(Path.Combine(models, "trees.onnx"), ServingModels.Trees(100));
        File.WriteAllBytes(Path.Combine(models, "tabular.onnx"), ServingModels.Trees(100));
        File.WriteAllBytes(Path.Combine(models, "slow.onnx"), ServingModels.Trees(2_000));
        using var host = Child.Start(Environment.ProcessPath!, port => [ServingHost.Command, port, models]) ?? throw new InvalidOperationException("The host of the serving measures does not answer.");
        var seconds = Math.Max(1, 5 * scale);
        var json = ServingModels.OipJson(1);
        var answered = Answer(host.Url, "/v2/models/trees/infer", json);
        var bytes = Encoding.UTF8.GetByteCount(answered);
        Console.WriteLine($"          {Wrk.Name}; an answer: {answered}");
        var noop = new Uri(host.Url, $"/noop?bytes={bytes}");
        var infer = new Uri(host.Url, "/v2/models/trees/infer");

        var (nothing, plain) = Pair(() => Wrk.Run(models, noop, json, seconds), () => Wrk.Run(models, infer, json, seconds));
        results.Add("serving: OIP JSON, one row, 100 trees, bare", $"{Results.N(plain)}/s", $"no-op of the same host {Results.N(nothing)}/s ({Results.N(100 * plain / nothing)} %)", ">= 95 %", plain >= 0.95 * nothing);
        var (binary, head) = ServingModels.OipBinary(1);
        var (_, raw) = Pair(() => Wrk.Run(models, noop, json, seconds), () => Wrk.Run(models, infer, binary, seconds, $"Inference-Header-Content-Length: {head}\n", "application/octet-stream"));
        results.Add("serving: OIP binary, one row", $"{Results.N(raw)}/s", $"JSON {Results.N(plain)}/s", "at least as good", raw >= 0.97 * plain);
        Rows(results, models, host.Url, seconds);
        Swaps(results, host.Url, json, plain, seconds);
        Overload(results, models, host.Url, seconds);
        Rivals(results, models, host.Url, json, seconds);
    }

    private static void Rows(Results results, string folder, Uri host, double seconds)
    {
        var infer = new Uri(host, "/v2/models/trees/infer");
        var body = ServingModels.OipJson(256);
        using var model = Engines.Onnx.OnnxModel.Open(Path.Combine(folder, "trees.onnx"));
        var engine = ServingEngine.RawUs(model, 256, seconds / 2);
        using var http = new RawHttp(host);
        var request = http.Request("POST", infer.AbsolutePath, body);
        for (var i = 0; i < 200; i++) Load.Must(http.Send(request), http);
        var whole = ServingEngine.Median(seconds, () => Load.Must(http.Send(request), http));
        using var idle = new RawHttp(host);
        var same = idle.Request("POST", $"/noop?bytes={http.Body.Length}", body);
        var wire = ServingEngine.Median(seconds, () => Load.Must(idle.Send(same), idle));
        var ratio = (whole - wire) / engine;
        results.Add("serving: 256 x 30 JSON rows, server time without the wire", $"{Results.N(whole - wire)} us", $"raw run {Results.N(engine)} us ({Results.N(ratio, 2)} times); no-op {Results.N(wire)} us", "< 1.5 times", ratio < 1.5);
    }

    /// <summary>A version takes another's place every half second while requests come at half of what goes.</summary>
    private static void Swaps(Results results, Uri host, byte[] json, double peak, double seconds)
    {
        using var http = new RawHttp(host);
        var request = http.Request("POST", "/v2/models/trees/infer", json);
        var calm = OpenLoop.Run(host, request, Math.Min(8_000, peak / 3), TimeSpan.FromSeconds(seconds), 16);
        var over = 0;
        var swapping = new Thread(() =>
        {
            using var admin = new RawHttp(host);
            while (Volatile.Read(ref over) == 0)
            {
                admin.Get("/swap");
                Thread.Sleep(500);
            }
        });
        swapping.Start();
        var swapped = OpenLoop.Run(host, request, Math.Min(8_000, peak / 3), TimeSpan.FromSeconds(seconds), 16);
        Volatile.Write(ref over, 1);
        swapping.Join();
        results.Add("serving: versions swapped under load, failed requests", $"{swapped.Failed + swapped.Refused * seconds:N0}", swapped.ToString(), "0", swapped is { Failed: 0, Refused: 0 });
        results.Add("serving: p99 while versions swap", $"{Results.N(swapped.P99Ms, 2)} ms", $"before {Results.N(calm.P99Ms, 2)} ms", "<= 1.5 times", swapped.P99Ms <= 1.5 * calm.P99Ms);
    }

    /// <summary>Five times what a model of milliseconds can answer.</summary>
    private static void Overload(Results results, string folder, Uri host, double seconds)
    {
        var body = ServingModels.OipJson(32);
        Wrk.Run(folder, new Uri(host, "/v2/models/slow/infer"), body, seconds, connections: 8);
        var (peak, p99, _) = Wrk.Run(folder, new Uri(host, "/v2/models/slow/infer"), body, seconds, connections: 8);
        using var http = new RawHttp(host);
        var offered = OpenLoop.Run(host, http.Request("POST", "/v2/models/slow/infer", body), 5 * peak, TimeSpan.FromSeconds(2 * seconds), 256);
        results.Add("serving: goodput at five times capacity", $"{Results.N(offered.Good)}/s", $"peak {Results.N(peak)}/s ({Results.N(100 * offered.Good / peak)} %); {Results.N(offered.Refused)}/s refused, {offered.Failed} failed", ">= 90 %", offered.Good >= 0.9 * peak && offered.Failed == 0);
        results.Add("serving: p99 of what was admitted then", $"{Results.N(offered.AdmittedP99Ms)} ms", $"{Results.N(p99, 1)} ms at peak", "< 1,500 ms (queue of 1 s)", offered.AdmittedP99Ms < 1_500);
    }

    private static void Rivals(Results results, string folder, Uri host, byte[] json, double seconds)
    {
        if (ServingRivals.StartNode(folder, Path.Combine(folder, "trees.onnx")) is var (node, name))
            using (node)
            {
                var (theirs, ours) = Pair(() => Wrk.Run(folder, new Uri(node.Url, "/v2/models/trees/infer"), json, seconds), () => Wrk.Run(folder, new Uri(host, "/v2/models/trees/infer"), json, seconds));
                results.Add("serving: the same model and request", $"{Results.N(ours)}/s", $"{name} {Results.N(theirs)}/s ({Results.N(ours / theirs, 1)} times)", ">= 2.5 times", ours >= 2.5 * theirs);
            }
        if (ServingRivals.StartPython(folder) is { } python)
            using (python)
            {
                var rows = ServingModels.MlflowJson(1);
                var (theirs, ours) = Pair(() => Wrk.Run(folder, new Uri(python.Url, "/invocations"), rows, seconds), () => Wrk.Run(folder, new Uri(host, "/endpoints/tabular/invocations"), rows, seconds));
                results.Add("serving: MLflow's /invocations, one row", $"{Results.N(ours)}/s", $"FastAPI, pandas, scikit-learn {Results.N(theirs)}/s ({Results.N(ours / theirs, 1)} times)", ">= 5 times", ours >= 5 * theirs);
            }
    }

    /// <summary>Two rates in turns, so that whatever else the machine does meets both; medians. An answer that is not 200 ends the measure.</summary>
    private static (double First, double Second) Pair(Func<(double PerSecond, double, long Bad)> first, Func<(double PerSecond, double, long Bad)> second)
    {
        List<double> a = [], b = [];
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (run, rates) in new[] { (first, a), (second, b) })
            {
                var (rate, _, bad) = run();
                if (bad > 0) throw new InvalidOperationException($"{bad} answers were not 200.");
                rates.Add(rate);
            }
        }
        a.Sort();
        b.Sort();
        return (a[Rounds / 2], b[Rounds / 2]);
    }

    private static string Answer(Uri host, string path, byte[] body)
    {
        using var http = new RawHttp(host);
        Load.Must(http.Send(http.Request("POST", path, body)), http);
        return Encoding.UTF8.GetString(http.Body);
    }
}
