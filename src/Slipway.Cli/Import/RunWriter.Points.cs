using Slipway.Tracking;

namespace Slipway.Cli.Import;

internal sealed partial class RunWriter
{
    /// <summary>The earliest time that a point may have, in Unix milliseconds.</summary>
    private const long TimeMin = 0;

    private PointBuffer filling = new(), spare = new();
    private Task sending = Task.CompletedTask;

    /// <summary>One point of a metric.</summary>
    public ValueTask Point(string name, long timeMs, long step, double value, CancellationToken ct)
    {
        if (timeMs < TimeMin)
        {
            target.Report.LeftOut("metric points", "the time is before 1970", $"run {run.SourceId}: {name} at {timeMs} ms");
            return ValueTask.CompletedTask;
        }
        filling.Add(names.Key(name), timeMs, step, value);
        return filling.IsFull ? new ValueTask(Swap(ct)) : ValueTask.CompletedTask;
    }

    /// <summary>Sends what waits: for sources that go on growing.</summary>
    public Task FlushPoints(CancellationToken ct) => EndPoints(ct);

    private async Task Swap(CancellationToken ct)
    {
        await sending;
        (filling, spare) = (spare, filling);
        sending = Send(spare, ct);
    }

    private async Task EndPoints(CancellationToken ct)
    {
        await sending;
        sending = Task.CompletedTask;
        if (filling.Count > 0) await Send(filling, ct);
    }

    private async Task Send(PointBuffer buffer, CancellationToken ct)
    {
        var batch = new List<Metric>(LogBatch.MetricsMax);
        foreach (var column in buffer.Columns)
            for (var i = 0; i < column.Values.Count; i++)
            {
                batch.Add(new Metric(column.Key, column.Values[i], column.Times[i], column.Steps[i]));
                if (batch.Count == LogBatch.MetricsMax) await SendBatch(batch, ct);
            }
        if (batch.Count > 0) await SendBatch(batch, ct);
        buffer.Clear();
    }

    private async Task SendBatch(List<Metric> batch, CancellationToken ct)
    {
        if (!await Refused("metric points", batch[0].Key, () => target.Client.Wire.Post("api/2.0/mlflow/runs/log-batch", new LogBatch(run.Id, [.. batch]), ct)))
            target.Report.Moved("metric points", batch.Count);
        batch.Clear();
    }
}
