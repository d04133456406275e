using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Tests.Serving;

/// <summary>What the log of a process does with calls, whatever keeps its segments.</summary>
public sealed class PredictionLogTests
{
    private readonly List<PredictionBatch> kept = [];
    private readonly PredictionScene scene = new();

    private Task<Problem?> Keep(PredictionBatch batch, CancellationToken ct)
    {
        lock (kept) kept.Add(batch);
        return Task.FromResult<Problem?>(null);
    }

    private List<LoggedPrediction> Records() => [.. kept.Select(static batch => PredictionSegment.Open(batch.Bytes).Value).SelectMany(static segment => Enumerable.Range(0, segment.Records).Select(i => segment.Read(i, payload: true)))];

    [Fact]
    public async Task A_call_is_logged_with_times_inputs_and_outputs()
    {
        await using var log = new PredictionLog(new ManualClock(), Keep);
        scene.Tell(log, PredictionScene.Call("r1", [1, 2, 3, 4], ["basic", "größer"], [0.5f, float.NaN], key: "c-9"));
        await log.Flush(default);
        var one = Assert.Single(Records());
        Assert.Equal(("r1", "churn", "champion", "churn-model", "3", "oip", 200, "c-9", 2), (one.Id, one.Endpoint, one.Arm, one.Model, one.Version, one.Protocol, one.Status, one.Key, one.Rows));
        Assert.Equal((5, 2, 13), (one.ParseUs, one.QueueUs, one.RunUs));
        Assert.Equal(["x", "plan"], one.Inputs.Select(static column => column.Name));
        Assert.Equal([2L, 2L], one.Inputs[0].Shape);
        Assert.Equal(new float[] { 1, 2, 3, 4 }, one.Inputs[0].Values);
        Assert.Equal(new[] { "basic", "größer" }, one.Inputs[1].Values);
        Assert.Equal(new[] { 0.5f, float.NaN }, one.Outputs[0].Values);
        Assert.Equal(1, log.Target(0, "churn").Logged);
    }

    [Fact]
    public async Task A_table_in_one_tensor_is_logged_by_the_names_of_its_columns()
    {
        var table = new PredictionScene(inputs: [new ModelColumn("age", "float"), new ModelColumn("income", "float"), new ModelColumn("ssn", "float")], ports: [new TensorSpec("x", OnnxElement.Float, [-1, 3])]);
        await using var log = new PredictionLog(new ManualClock(), Keep);
        log.Target(0, "churn").Rule = new PredictionRule { Columns = new Dictionary<string, Redaction> { ["ssn"] = Redaction.Drop, ["income"] = Redaction.Hash }, HashKey = [1, 2] };
        table.Tell(log, PredictionScene.Call("r1", [30, 1000, 7, 40, 2000, 8], width: 3));
        table.Tell(log, PredictionScene.Call("r2", [50, 1000, 9], width: 3));
        await log.Flush(default);
        var (one, two) = (Records()[0], Records()[1]);
        Assert.Equal(["age", "income"], one.Inputs.Select(static column => column.Name));
        Assert.Equal(new float[] { 30, 40 }, one.Inputs[0].Values);
        var (hashes, again) = ((string[])one.Inputs[1].Values, (string[])two.Inputs[1].Values);
        Assert.Equal(hashes[0], again[0]);
        Assert.NotEqual(hashes[0], hashes[1]);
        Assert.DoesNotContain("1000", hashes[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_is_redacted_is_left_anywhere_in_the_bytes()
    {
        await using var log = new PredictionLog(new ManualClock(), Keep);
        log.Target(0, "churn").Rule = new PredictionRule { Columns = new Dictionary<string, Redaction> { ["plan"] = Redaction.Mask, ["key"] = Redaction.Hash }, HashKey = [3] };
        scene.Tell(log, PredictionScene.Call("r1", plan: ["SECRET-PLAN"], key: "SECRET-KEY"), Problem.Invalid("inputs[0]: got 'SECRET-ERROR'"));
        await log.Flush(default);
        var one = Assert.Single(Records());
        Assert.Equal(new[] { "***" }, one.Inputs[0].Values);
        Assert.Equal((400, "INVALID_PARAMETER_VALUE", 32), (one.Status, one.Error, one.Key.Length));
        Assert.DoesNotContain("SECRET", System.Text.Encoding.Latin1.GetString(kept[0].Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sample_takes_the_same_ids_on_every_server_and_counts_the_others()
    {
        await using var log = new PredictionLog(new ManualClock(), Keep);
        log.Target(0, "churn").Rule = new PredictionRule { Sample = 0.25 };
        for (var i = 0; i < 4_000; i++) scene.Tell(log, PredictionScene.Call("request-" + i));
        await log.Flush(default);
        var target = log.Target(0, "churn");
        Assert.InRange(target.Logged, 850, 1_150);
        Assert.Equal(4_000, target.Logged + target.SampledOut);
        Assert.All(Records(), static one => Assert.True(PredictionHash.Within(PredictionHash.Of(one.Id), 0.3)));
    }

    [Fact]
    public async Task Full_memory_drops_records_and_counts_every_one()
    {
        await using var log = new PredictionLog(new ManualClock(), Keep, memoryBytes: 20 * PredictionRing.ChunkBytes);
        var big = new float[4_000];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++) scene.Tell(log, PredictionScene.Call($"{worker}-{i}", big));
        })));
        await log.Flush(default);
        var target = log.Target(0, "churn");
        Assert.True(target.LostFull > 0);
        Assert.Equal(2_000, target.Logged + target.LostFull);
        Assert.Equal(target.Logged, Records().Select(static one => one.Id).Distinct().Count());
        Assert.Equal(0, log.PendingBytes);
    }

    [Fact]
    public async Task A_payload_over_the_limit_is_left_out_and_the_rest_is_logged()
    {
        await using var log = new PredictionLog(new ManualClock(), Keep);
        scene.Tell(log, PredictionScene.Call("large", new float[PredictionLog.PayloadBytesMax / 4 + 2]));
        await log.Flush(default);
        var one = Assert.Single(Records());
        Assert.True(one.Cut);
        Assert.Empty(one.Inputs);
        Assert.Equal(1, log.Target(0, "churn").LostLarge);
    }

    [Fact]
    public async Task A_store_that_is_away_gets_the_same_segments_later()
    {
        var away = true;
        await using var log = new PredictionLog(new ManualClock(), (batch, ct) => away ? Task.FromResult<Problem?>(Problem.Busy("away")) : Keep(batch, ct));
        scene.Tell(log, PredictionScene.Call("r1", [1, 2]));
        await log.Flush(default);
        Assert.True(log.PendingBytes > 0);
        away = false;
        scene.Tell(log, PredictionScene.Call("r2", [1, 2]));
        await log.Flush(default);
        Assert.Equal(["r1", "r2"], Records().Select(static one => one.Id));
        Assert.Equal((2, 0), (log.Target(0, "churn").Logged, log.Target(0, "churn").LostWrite));
    }

    [Fact]
    public async Task What_the_store_refuses_for_good_is_counted_as_lost()
    {
        await using var log = new PredictionLog(new ManualClock(), static (_, _) => Task.FromResult<Problem?>(Problem.Invalid("no")));
        scene.Tell(log, PredictionScene.Call("r1", [1, 2]));
        await log.Flush(default);
        Assert.Equal((0, 1, 0), (log.Target(0, "churn").Logged, log.Target(0, "churn").LostWrite, log.PendingBytes));
    }

    [Fact]
    public async Task Many_writers_lose_and_mix_nothing()
    {
        await using var log = new PredictionLog(new ManualClock(), Keep);
        using var done = new CancellationTokenSource();
        var flushing = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested) await log.Flush(default);
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 2_000; i++) scene.Tell(log, PredictionScene.Call($"{worker}-{i}", [worker, i], ["p" + i]));
        })));
        await done.CancelAsync();
        await flushing;
        await log.Flush(default);
        var records = Records();
        Assert.Equal(8_000, records.Select(static one => one.Id).Distinct().Count());
        Assert.All(records, static one =>
        {
            var parts = one.Id.Split('-');
            Assert.Equal(new[] { float.Parse(parts[0]), float.Parse(parts[1]) }, one.Inputs[0].Values);
            Assert.Equal(new[] { "p" + parts[1] }, one.Inputs[1].Values);
        });
    }

    [Fact]
    public async Task Telling_allocates_nothing_once_it_is_warm()
    {
        await using var log = new PredictionLog(TimeProvider.System, Keep);
        var call = PredictionScene.Call("r1", [1, 2], ["basic"], [0.5f]);
        for (var i = 0; i < 100; i++) log.Tell(scene.Endpoint, scene.Arm, call, null);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) log.Tell(scene.Endpoint, scene.Arm, call, null);
        // A lane that this thread had not met yet may need its first chunk, or tiering may run code once more: a request each would be a hundred.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * PredictionRing.ChunkBytes);
        var counted = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) log.Tell(scene.Endpoint, scene.Arm, call, null);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - counted, 0, PredictionRing.ChunkBytes + 4_096);
        call.Dispose();
    }
}
