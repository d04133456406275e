using Slipway.Serving;

namespace Slipway.Prediction;

internal sealed partial class ModelExecutor
{
    /// <summary>Where and why requests run, and how many did.</summary>
    public ModelExecution State()
    {
        var cost = Cost.Now;
        var mode = !runtime.Inline ? "async" : cost is null ? "learning" : cost.Us(1) < limits.InlineUs ? "inline" : "queued";
        lock (gate)
        {
            var merging = Merging is { } reason ? "no: " + reason : "yes";
            return new(mode, Why(mode, cost), Round(cost?.FixedUs), Round(cost?.RowUs), Volatile.Read(ref runs), Volatile.Read(ref rowsRun), Volatile.Read(ref mergedRuns), merging, workers + Volatile.Read(ref inline),
                mode == "inline" ? limits.InlineMax : WorkersMax, line.Count, line.Bytes, Volatile.Read(ref refused), Volatile.Read(ref expired), runtime.Bytes);
        }
    }

    private string Why(string mode, CostLine.Line? cost)
    {
        if (cost is null) return $"Fewer than {CostLine.RunsNeeded} runs so far: what a run costs is not known yet, so requests are queued.";
        var line = cost.Sloped ? $"{cost.FixedUs:N1} µs + {cost.RowUs:0.##} µs a row from {Volatile.Read(ref runs):N0} runs" : $"{cost.RowUs:N1} µs a row from {Volatile.Read(ref runs):N0} runs of one size";
        return mode switch
        {
            "inline" => $"{line}: one row costs less than {limits.InlineUs:N0} µs, so it runs on the request's thread{Larger(cost)}.",
            "queued" => $"{line}: one row costs {limits.InlineUs:N0} µs or more, so requests are queued for {limits.ThreadsMax:N0} threads of the model's own.",
            _ => $"{line}: it runs elsewhere, {found.Now:N0} at once by the measured latency.",
        };
    }

    private string Larger(CostLine.Line cost) => cost.RowUs > 0 ? $"; requests of more than {Math.Max(1, (limits.InlineUs - cost.FixedUs) / cost.RowUs):N0} rows are queued" : "";

    private static double? Round(double? us) => us is { } value ? Math.Round(value, 3) : null;
}
