using System.Text;
using Slipway.Prediction;

namespace Slipway.Tests.Serving;

/// <summary>Counts and quantiles of predictions.</summary>
public sealed class PredictionMetricsTests
{
    [Fact]
    public void Buckets_follow_each_other_without_gaps_and_are_an_eighth_wide()
    {
        for (var i = 0; i < TimeBuckets.Buckets - 1; i++)
        {
            var (from, to) = (TimeBuckets.From(i), TimeBuckets.From(i + 1));
            Assert.Equal((i, i), (TimeBuckets.IndexOf(from), TimeBuckets.IndexOf(to - 1)));
            Assert.True(i < 8 || (to - from) / (double)from <= 0.125);
        }
        Assert.Equal((0, TimeBuckets.Buckets - 1), (TimeBuckets.IndexOf(-5), TimeBuckets.IndexOf(long.MaxValue)));
    }

    [Fact]
    public void Quantiles_are_off_by_at_most_a_bucket()
    {
        var random = new Random(5);
        var (times, all) = (new TimeBuckets(), new List<long>());
        for (var i = 0; i < 20_000; i++)
        {
            var time = (long)Math.Exp(random.NextDouble() * 12 + 5);
            times.Add(time);
            all.Add(time);
        }
        all.Sort();
        foreach (var share in (double[])[0.01, 0.5, 0.9, 0.99, 0.999]) Assert.InRange(TimeBuckets.Quantile(times.Counts(), share)!.Value / all[(int)(all.Count * share)], 0.87, 1.14);
        Assert.Null(TimeBuckets.Quantile(new long[TimeBuckets.Buckets], 0.5));
        Assert.Equal(all.Sum(), times.Sum);
    }

    [Fact]
    public void A_window_forgets_what_is_older_than_five_minutes()
    {
        var window = new LiveWindow();
        for (var second = 1_000; second < 1_400; second++)
            for (var i = 0; i < 3; i++) window.Add(second, failed: i == 0, 1_000, 500);
        var (requests, errors) = window.Rates(1_400);
        Assert.Equal((900, 300), (requests.Sum(), errors.Sum()));
        Assert.InRange(window.Times(1_400).Total.Sum(), 180, 210);
        Assert.Equal(0, window.Rates(9_000).Requests.Sum());
        Assert.Equal(0, window.Times(9_000).Total.Sum());
        // A clock that jumps back does not bring old seconds to life: the request counts in the second that has its place.
        window.Add(10, failed: false, 1, 1);
        Assert.Equal(898, window.Rates(1_401).Requests.Sum());
    }

    [Fact]
    public void Prometheus_sees_cumulative_buckets_and_Triton_names_only_when_asked()
    {
        var (metrics, scene) = (new PredictionMetrics(new ManualClock()), new PredictionScene("a\"b"));
        for (var i = 0; i < 10; i++) metrics.Tell(scene.Endpoint, scene.Arm, PredictionScene.Call("r", [1, 2, 3, 4]), i == 0 ? Problem.Invalid("no") : null);
        var text = new StringBuilder();
        PredictionMetricsText.Write(text, metrics, null, triton: false);
        var lines = text.ToString().Split('\n');
        const string Labels = "endpoint=\"a\\\"b\",arm=\"champion\",version=\"3\"";
        Assert.Contains($"slipway_predictions_total{{{Labels},status=\"200\"}} 9", lines);
        Assert.Contains($"slipway_predictions_total{{{Labels},status=\"400\"}} 1", lines);
        Assert.Contains($"slipway_prediction_rows_total{{{Labels}}} 20", lines);
        Assert.Contains($"slipway_prediction_seconds_bucket{{{Labels},phase=\"run\",le=\"1.6384E-05\"}} 10", lines);
        Assert.Contains($"slipway_prediction_seconds_bucket{{{Labels},phase=\"run\",le=\"8.192E-06\"}} 0", lines);
        Assert.Contains($"slipway_prediction_seconds_count{{{Labels},phase=\"run\"}} 10", lines);
        Assert.DoesNotContain("nv_inference", text.ToString(), StringComparison.Ordinal);
        PredictionMetricsText.Write(text, metrics, null, triton: true);
        Assert.Contains("nv_inference_request_success{model=\"a\\\"b\",version=\"3\"} 9", text.ToString().Split('\n'));
        Assert.Contains("nv_inference_compute_infer_duration_us{model=\"a\\\"b\",version=\"3\"} 130", text.ToString().Split('\n'));
    }
}
