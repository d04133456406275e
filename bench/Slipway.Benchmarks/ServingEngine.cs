using System.Diagnostics;
using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Benchmarks;

/// <summary>The engine without HTTP: what the executor adds to a raw run, cold loads, many models.</summary>
internal static unsafe class ServingEngine
{
    public static void Measure(Results results, string folder, double scale)
    {
        Overhead(results, folder, scale);
        Loads(results, folder, scale);
    }

    /// <summary>Microseconds of one raw run through ONNX Runtime's C API with everything prepared: median of many, best of rounds.</summary>
    public static double RawUs(OnnxModel model, int rows, double seconds)
    {
        using var frame = model.Frame();
        var (values, answer) = (ServingModels.Rows(rows), new float[rows]);
        long[] shape = [rows, ServingModels.Features], shapeOut = [rows, 1];
        fixed (float* data = values)
        fixed (float* score = answer)
        {
            frame.Input(0, OnnxElement.Float, shape, data, values.Length * sizeof(float));
            frame.Output(0, OnnxElement.Float, shapeOut, score, rows * sizeof(float));
            return Median(seconds, () =>
            {
                if (frame.Run(default) is { } failure) throw failure;
            });
        }
    }

    private static void Overhead(Results results, string folder, double scale)
    {
        var file = Path.Combine(folder, "trees.onnx");
        File.WriteAllBytes(file, ServingModels.Trees(100));
        using var raw = OnnxModel.Open(file);
        var model = new ServedModel("trees", "1", OnnxServed.Open(file), ModelColumns.None);
        foreach (var rows in new[] { 1, 256 })
        {
            var values = ServingModels.Rows(rows);
            long[] shape = [rows, ServingModels.Features];
            Action one = () =>
            {
                var call = new PredictionCall();
                values.CopyTo(call.Inputs.AddNumbers(OnnxElement.Float, shape, 0).Values<float>());
                var run = model.Executor.Run(call, default);
                if ((run.IsCompletedSuccessfully ? run.Result : run.AsTask().GetAwaiter().GetResult()) is { } problem) throw new InvalidOperationException(problem.Message);
                call.Dispose();
            };
            for (var i = 0; i < 2_000; i++) one();
            // In turns, so that whatever else the machine does meets both.
            List<double> raws = [], ours = [];
            for (var round = 0; round < 7; round++)
            {
                raws.Add(RawUs(raw, rows, 0.3 * scale));
                ours.Add(Median(0.3 * scale, one));
            }
            var (bare, through) = (raws.Min(), ours.Min());
            results.Add($"serving: a call through the executor, {rows} x 30 on 100 trees", $"{Us(through)} us", $"raw run {Us(bare)} us", rows == 1 ? "< 2 us more" : "< 1.1 times", rows == 1 ? through - bare < 2 : through < 1.1 * bare);
            if (rows > 1) continue;
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1_000; i++) one();
            var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 1_000.0;
            results.Add("serving: managed bytes of a call through the executor", $"{Results.N(bytes)} B", "", "< 400 B, whatever the rows", bytes < 400);
        }
        Console.WriteLine($"          {model.Executor.State().Why}");
        model.Release();
    }

    private static void Loads(Results results, string folder, double scale)
    {
        var file = Path.Combine(folder, "small.onnx");
        File.WriteAllBytes(file, ServingModels.Trees(100));
        List<double> times = [];
        for (var i = 0; i < 20; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var model = OnnxServed.Open(file);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            model.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        times.Sort();
        results.Add("serving: cold load of a 100-tree model, median", $"{Results.N(times[times.Count / 2], 1)} ms", $"slowest of 20 {Results.N(times[^1], 1)} ms", "< 20 ms", times[times.Count / 2] < 20);

        var count = Math.Max(10, (int)(500 * scale));
        File.WriteAllBytes(file, ServingModels.Trees(50));
        using var shelf = new ModelShelf(8L << 30, count, TimeProvider.System);
        var before = ResidentMb();
        for (var i = 0; i < count; i++)
        {
            var loaded = shelf.Load(i.ToString(CultureInfo.InvariantCulture), _ => Task.FromResult<Outcome<ServedModel>>(new ServedModel("m", "1", OnnxServed.Open(file), ModelColumns.None)), default).AsTask().GetAwaiter().GetResult().Value;
            var call = new PredictionCall();
            ServingModels.Rows(1).CopyTo(call.Inputs.AddNumbers(OnnxElement.Float, [1, ServingModels.Features], 0).Values<float>());
            if (loaded.Executor.Run(call, default).AsTask().GetAwaiter().GetResult() is { } problem) throw new InvalidOperationException(problem.Message);
            call.Dispose();
            loaded.Release();
        }
        var grown = ResidentMb() - before;
        results.Add($"serving: memory of {Results.N(count)} models of 50 trees ({Results.N(new FileInfo(file).Length / 1024.0)} KB each), each asked once", $"{Results.N(grown)} MB", $"{Results.N(grown * 1024 / count)} KB each; the shelf counts {Results.N(shelf.Loaded.Bytes / 1048576.0)} MB", "< 1,500 MB", grown < 1_500 * Math.Max(1, count / 500.0));
    }

    private static double ResidentMb()
    {
        GC.Collect();
        return double.Parse(File.ReadLines("/proc/self/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>Median microseconds, in groups of ten so that the clock itself does not count.</summary>
    public static double Median(double seconds, Action one)
    {
        var times = new List<double>();
        for (var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency); Stopwatch.GetTimestamp() < end || times.Count < 10;)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < 10; i++) one();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds / 10);
        }
        times.Sort();
        return times[times.Count / 2];
    }

    private static string Us(double us) => us.ToString("N2", CultureInfo.InvariantCulture);
}
