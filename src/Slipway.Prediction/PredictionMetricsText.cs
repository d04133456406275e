using System.Globalization;
using System.Text;

namespace Slipway.Prediction;

/// <summary>The numbers of predictions in Prometheus's text format, and under Triton's names.</summary>
internal static class PredictionMetricsText
{
    // Every doubling from a microsecond to half a minute: borders of our finer buckets, so that nothing is interpolated.
    private const int FirstDoubling = 10, LastDoubling = 35;

    private static readonly string[] Phases = ["parse", "queue", "run", "encode", "total"];

    /// <summary>Adds everything.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="metrics">The arms.</param>
    /// <param name="log">Counts of the log, or null.</param>
    /// <param name="triton">With Triton's names too.</param>
    public static void Write(StringBuilder text, PredictionMetrics metrics, PredictionLog? log, bool triton)
    {
        var arms = metrics.Arms.OrderBy(static arm => (arm.Endpoint, arm.Arm, arm.Version)).ToList();
        if (arms.Count > 0)
        {
            Head(text, "slipway_prediction_seconds", "histogram", "Time of requests for predictions by phase.");
            foreach (var arm in arms)
                for (var phase = 0; phase < Phases.Length; phase++) Histogram(text, arm, Phases[phase], arm.Of((PredictionPhase)phase));
            Head(text, "slipway_predictions_total", "counter", "Requests that reached a model, by the status of their answer.");
            foreach (var arm in arms)
                foreach (var (status, count) in arm.Statuses()) Line(text, "slipway_predictions_total", $"{Labels(arm)},status=\"{status}\"", count);
            Head(text, "slipway_prediction_rows_total", "counter", "Rows that models were asked for.");
            foreach (var arm in arms) Line(text, "slipway_prediction_rows_total", Labels(arm), arm.Rows);
            if (triton) Triton(text, arms);
        }
        if (log is null || log.Targets.Count == 0) return;
        Head(text, "slipway_prediction_log_records_total", "counter", "Records of the prediction log by what became of them.");
        foreach (var target in log.Targets.OrderBy(static target => target.Endpoint, StringComparer.Ordinal))
            foreach (var (result, count) in new (string, long)[] { ("logged", target.Logged), ("sampled_out", target.SampledOut), ("lost_full", target.LostFull), ("lost_large", target.LostLarge), ("lost_write", target.LostWrite) })
                Line(text, "slipway_prediction_log_records_total", $"endpoint=\"{Escaped(target.Endpoint)}\",result=\"{result}\"", count);
        Head(text, "slipway_prediction_log_pending_bytes", "gauge", "Memory of records that are not written yet.");
        Line(text, "slipway_prediction_log_pending_bytes", "", log.PendingBytes);
    }

    private static void Histogram(StringBuilder text, ArmMetrics arm, string phase, TimeBuckets times)
    {
        var counts = times.Counts();
        var all = counts.Sum();
        if (all == 0) return;
        var labels = $"{Labels(arm)},phase=\"{phase}\"";
        var (below, bucket) = (0L, 0);
        for (var doubling = FirstDoubling; doubling <= LastDoubling; doubling++)
        {
            for (var end = TimeBuckets.IndexOf(1L << doubling); bucket < end; bucket++) below += counts[bucket];
            Line(text, "slipway_prediction_seconds_bucket", $"{labels},le=\"{Number((1L << doubling) / 1e9)}\"", below);
        }
        Line(text, "slipway_prediction_seconds_bucket", $"{labels},le=\"+Inf\"", all);
        Line(text, "slipway_prediction_seconds_sum", labels, times.Sum / 1e9);
        Line(text, "slipway_prediction_seconds_count", labels, all);
    }

    private static void Triton(StringBuilder text, List<ArmMetrics> arms)
    {
        Each("nv_inference_request_success", "Number of successful inference requests, all batch sizes", static arm => arm.Statuses().Where(static one => one.Status < 400).Sum(static one => one.Count));
        Each("nv_inference_request_failure", "Number of failed inference requests, all batch sizes", static arm => arm.Statuses().Where(static one => one.Status >= 400).Sum(static one => one.Count));
        Each("nv_inference_count", "Number of inferences performed (does not include cached requests)", static arm => arm.Rows);
        Each("nv_inference_exec_count", "Number of model executions performed (does not include cached requests)", static arm => arm.Of(PredictionPhase.Run).Counts().Sum());
        Each("nv_inference_request_duration_us", "Cumulative inference request duration in microseconds (includes cached requests)", static arm => arm.Of(PredictionPhase.Total).Sum / 1_000);
        Each("nv_inference_queue_duration_us", "Cumulative inference queuing duration in microseconds (includes cached requests)", static arm => arm.Of(PredictionPhase.Queue).Sum / 1_000);
        Each("nv_inference_compute_input_duration_us", "Cumulative compute input duration in microseconds (does not include cached requests)", static arm => arm.Of(PredictionPhase.Parse).Sum / 1_000);
        Each("nv_inference_compute_infer_duration_us", "Cumulative compute inference duration in microseconds (does not include cached requests)", static arm => arm.Of(PredictionPhase.Run).Sum / 1_000);
        Each("nv_inference_compute_output_duration_us", "Cumulative inference compute output duration in microseconds (does not include cached requests)", static arm => arm.Of(PredictionPhase.Encode).Sum / 1_000);

        void Each(string name, string help, Func<ArmMetrics, long> value)
        {
            Head(text, name, "counter", help);
            // Triton knows no arms: two of the same version are one line.
            foreach (var same in arms.GroupBy(static arm => (arm.Endpoint, arm.Version))) Line(text, name, $"model=\"{Escaped(same.Key.Endpoint)}\",version=\"{Escaped(same.Key.Version)}\"", same.Sum(value));
        }
    }

    private static string Labels(ArmMetrics arm) => $"endpoint=\"{Escaped(arm.Endpoint)}\",arm=\"{Escaped(arm.Arm)}\",version=\"{Escaped(arm.Version)}\"" + (arm.Workspace == 0 ? "" : $",workspace=\"{arm.Workspace}\"");

    private static void Head(StringBuilder text, string name, string kind, string help) => text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
