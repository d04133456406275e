namespace Slipway.Cli.Import;

internal sealed partial class RunWriter
{
    /// <summary>The earliest time that a point may have, in Unix milliseconds; <see cref="TimeMax"/> is the latest.</summary>
    private const long TimeMin = 0;

    /// <summary>The end of the year 9999: what no calendar of ours holds.</summary>
    internal const long TimeMax = 253_402_300_799_999;

    private PointBuffer filling = new(), spare = new();
    private Task sending = Task.CompletedTask;

    /// <summary>One point of a metric.</summary>
    public ValueTask Point(string name, long timeMs, long step, double value, CancellationToken ct)
    {
        if (timeMs is < TimeMin or > TimeMax)
        {
            target.Report.LeftOut("metric points", "the time is not between 1970 and 9999", $"run {run.SourceId}: {name} at {timeMs} ms");
            return ValueTask.CompletedTask;
        }
        filling.Add(names.Key(name), timeMs, step, value);
        return filling.IsFull ? new ValueTask(Swap(ct)) : ValueTask.CompletedTask;
    }

    private async Task FlushPoints(CancellationToken ct)
    {
        await sending;
        sending = Task.CompletedTask;
        if (filling.Count > 0) await Send(filling, ct);
    }

    // The next buffer is filled while this one is on its way.
    private async Task Swap(CancellationToken ct)
    {
        await sending;
        (filling, spare) = (spare, filling);
        var full = spare;
        sending = Task.Run(() => Send(full, ct), ct);
    }

    private async Task Send(PointBuffer buffer, CancellationToken ct)
    {
        var answer = await target.Send(run.Id, buffer, ct);
        var lost = 0L;
        foreach (var one in answer.Rejected ?? [])
        {
            var count = buffer.Columns.Where(column => one.Key is null || column.Key == one.Key).Sum(column => (long)column.Values.Count);
            lost += count;
            target.Report.LeftOut("metric points", one.Message ?? one.ErrorCode.ToString(), $"run {run.SourceId}: {one.Key}", count);
        }
        // Beyond the list only their number is known: they count as metrics, and their points as sent.
        if (answer.RejectedCount > answer.Rejected?.Length) target.Report.LeftOut("metrics", "refused by the server, which lists no more", $"run {run.SourceId}", answer.RejectedCount.Value - answer.Rejected.Length);
        if (buffer.Count > lost) target.Report.Moved("metric points", buffer.Count - lost);
        buffer.Clear();
    }
}
