using System.Text;
using Slipway.Client;
using Slipway.Quickstart.Learner;

namespace Slipway.Quickstart;

/// <summary>What one looks at before believing a model, as tables (CSV) and pictures (SVG) among the run's artifacts.</summary>
internal static class Curves
{
    public static async Task Log(ActiveRun run, Slice slice, double[] importance, CancellationToken ct)
    {
        var roc = Scores.Roc(slice.Probabilities, slice.Labels);
        var calibration = Scores.Calibration(slice.Probabilities, slice.Labels);
        var byGain = importance.Zip(FlightFeatures.Names).OrderByDescending(feature => feature.First).ToArray();

        await run.LogTextAsync(Csv("threshold,false_positive_rate,true_positive_rate", roc.Select(p => $"{p.Threshold:R},{p.FalsePositiveRate:R},{p.TruePositiveRate:R}")), "curves/roc.csv", ct);
        await run.LogTextAsync(Csv("predicted,observed,flights", calibration.Select(b => $"{b.Predicted:R},{b.Observed:R},{b.Rows}")), "curves/calibration.csv", ct);
        await run.LogTextAsync(Csv("feature,share_of_gain", byGain.Select(f => $"{f.Second},{f.First:R}")), "curves/importance.csv", ct);
        await run.LogTextAsync(Svg("ROC curve", "on-time flights called late", "late flights called late", roc.Select(p => (p.FalsePositiveRate, p.TruePositiveRate)), 1), "curves/roc.svg", ct);
        var most = Math.Ceiling(calibration.Max(bin => Math.Max(bin.Predicted, bin.Observed)) * 10) / 10;
        await run.LogTextAsync(Svg("Calibration", "predicted", "share that was late", calibration.Select(b => (b.Predicted, b.Observed)), most), "curves/calibration.svg", ct);
        run.LogMetrics(byGain.Select(feature => KeyValuePair.Create($"importance/{feature.Second}", feature.First)));
    }

    private static string Csv(string header, IEnumerable<string> lines) => string.Join('\n', lines.Prepend(header)) + "\n";

    /// <summary>A line from 0 to <paramref name="most"/> on both axes, beside the diagonal that guessing (or perfect calibration) would give.</summary>
    internal static string Svg(string title, string across, string up, IEnumerable<(double X, double Y)> points, double most)
    {
        const int size = 400, margin = 56;
        var text = new StringBuilder($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size + 2 * margin} {size + 2 * margin}" font-family="sans-serif" font-size="13" role="img" aria-label="{title}">
            <rect width="100%" height="100%" fill="#fff"/>
            <text x="{margin}" y="32" font-size="17" font-weight="600">{title}</text>

            """);
        for (var tick = 0; tick <= 5; tick++)
        {
            var (value, at) = (most * tick / 5, size * tick / 5);
            text.AppendLine($"""<path d="M{margin} {margin + size - at}h{size}M{margin + at} {margin}v{size}" stroke="#e2e4e8"/>""");
            text.AppendLine($"""<text x="{margin + at}" y="{margin + size + 18}" text-anchor="middle">{value:0.##}</text><text x="{margin - 8}" y="{margin + size - at + 4}" text-anchor="end">{value:0.##}</text>""");
        }
        text.AppendLine($"""<path d="M{margin} {margin + size}L{margin + size} {margin}" stroke="#9aa1ad" stroke-dasharray="4 4"/>""");
        text.AppendLine($"""<polyline fill="none" stroke="#1f6feb" stroke-width="2" points="{string.Join(' ', points.Select(p => $"{margin + p.X / most * size:0.#},{margin + size - p.Y / most * size:0.#}"))}"/>""");
        text.AppendLine($"""<text x="{margin + size / 2}" y="{2 * margin + size - 14}" text-anchor="middle">{across}</text>""");
        text.AppendLine($"""<text transform="translate(16 {margin + size / 2}) rotate(-90)" text-anchor="middle">{up}</text></svg>""");
        return text.ToString();
    }
}
