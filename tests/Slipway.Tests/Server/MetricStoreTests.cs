using System.Diagnostics.Metrics;
using Slipway.Server;

namespace Slipway.Tests.Server;

public sealed class MetricStoreTests
{
    [Fact]
    public void Scrapes_at_the_same_time_as_new_series_answer_and_count_an_observable_once()
    {
        using var meter = new Meter("Slipway.Tests." + nameof(MetricStoreTests));
        var counter = meter.CreateCounter<long>("slipway_tests_scraped");
        meter.CreateObservableGauge("slipway_tests_observed", () => 1);
        using var store = new MetricStore();

        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 200; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("series", worker * 1_000 + i));
                Assert.Contains("\nslipway_tests_observed 1\n", PrometheusText.Write(store), StringComparison.Ordinal);
            }
        });
        Assert.Equal(1_600, PrometheusText.Write(store).Split('\n').Count(line => line.StartsWith("slipway_tests_scraped_total{", StringComparison.Ordinal)));
    }
}
