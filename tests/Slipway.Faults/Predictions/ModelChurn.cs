using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Faults.Predictions;

/// <summary>A process of its own in which versions take each other's place without a pause while clients ask, so that what leaks shows in its memory.</summary>
internal static class ModelChurn
{
    private const int Clients = 4, Trees = 40, Depth = 6;

    /// <summary>Prints how many requests were answered, how many not, and by how many MB memory grew after the first quarter.</summary>
    public static async Task Run(int cycles)
    {
        var file = Path.Combine(Path.GetTempPath(), $"slipway-churn-{Environment.ProcessId}.onnx");
        await File.WriteAllBytesAsync(file, Model());
        try
        {
            using var shelf = new ModelShelf(1L << 30, 8, TimeProvider.System);
            Task<Outcome<ServedModel>> Open(CancellationToken ct) => Task.FromResult<Outcome<ServedModel>>(new ServedModel("m", "1", OnnxServed.Open(file), ModelColumns.None));
            var (answered, failed, over) = (0, 0, false);
            (await shelf.Load("m", Open, default)).Value.Release();
            var clients = Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
            {
                var random = new Random(client);
                while (!Volatile.Read(ref over))
                {
                    var model = (await shelf.Load("m", Open, default)).Value;
                    using var gone = new CancellationTokenSource();
                    var call = new PredictionCall();
                    var rows = random.Next(1, 300);
                    call.Inputs.AddNumbers(OnnxElement.Float, [rows, 4], 0).Values<float>().Fill(0.5f);
                    var run = model.Executor.Run(call, gone.Token);
                    // One in eight goes before the answer.
                    if (random.Next(8) == 0) await gone.CancelAsync();
                    var problem = await run;
                    if (problem is null) Interlocked.Increment(ref answered);
                    else if (problem.Status != 499) Interlocked.Increment(ref failed);
                    call.Dispose();
                    model.Release();
                }
            })).ToArray();
            var before = 0L;
            for (var cycle = 0; cycle < cycles; cycle++)
            {
                (await shelf.Replace("m", Open, default)).Value.Release();
                if (cycle == cycles / 4) before = ResidentKb();
            }
            Volatile.Write(ref over, true);
            await Task.WhenAll(clients);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answered} {failed} {(ResidentKb() - before) / 1024} {TensorBatch.Rented}"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static long ResidentKb()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return long.Parse(File.ReadLines("/proc/self/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static byte[] Model()
    {
        var (inner, all) = ((1 << Depth) - 1, (1 << (Depth + 1)) - 1);
        var nodes = Enumerable.Range(0, Trees * all).Select(at => (Tree: (long)(at / all), Id: at % all)).ToArray();
        var leaves = nodes.Where(node => node.Id >= inner).ToArray();
        return new OnnxGraph("churn").Input("x", OnnxType.Tensor(OnnxElement.Float, "batch", 4)).Output("y", OnnxType.Tensor(OnnxElement.Float, "batch", 1))
            .MlNode("TreeEnsembleRegressor", ["x"], ["y"], new("n_targets", 1L), new("nodes_treeids", nodes.Select(static node => node.Tree).ToArray()), new("nodes_nodeids", nodes.Select(static node => (long)node.Id).ToArray()),
                new("nodes_featureids", nodes.Select(static node => (long)(node.Id % 4)).ToArray()), new("nodes_modes", nodes.Select(node => node.Id < inner ? "BRANCH_LEQ" : "LEAF").ToArray()),
                new("nodes_values", nodes.Select(static node => node.Id % 7 / 7f).ToArray()), new("nodes_truenodeids", nodes.Select(node => node.Id < inner ? 2L * node.Id + 1 : 0).ToArray()),
                new("nodes_falsenodeids", nodes.Select(node => node.Id < inner ? 2L * node.Id + 2 : 0).ToArray()), new("target_treeids", leaves.Select(static leaf => leaf.Tree).ToArray()),
                new("target_nodeids", leaves.Select(static leaf => (long)leaf.Id).ToArray()), new("target_ids", new long[leaves.Length]), new("target_weights", leaves.Select(static leaf => leaf.Id / 1000f).ToArray()))
            .ToArray();
    }
}
