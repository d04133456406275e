using Slipway.Quickstart;

namespace Slipway.Tests.Quickstart;

public sealed class FlightFeaturesTests
{
    private static readonly string Parquet = Path.Combine(AppContext.BaseDirectory, "data", "flights-3m.parquet");
    private static readonly Lazy<(Flights Flights, float[][] Columns)> TenDays = new(() =>
    {
        var flights = Flights.Load(Parquet, new(2001, 1, 1), new(2001, 1, 11));
        return (flights, FlightFeatures.Build(flights));
    });

    // The rule as it is stated, written out again: a test that asked the code when a delay is known would agree with any answer.
    private static int KnownAt(Flights flights, int flight, int delay) => flights.Departure[flight] + 45 + flights.Distance[flight] / 7 + Math.Max(0, delay);

    [Fact]
    public void No_feature_changes_when_every_delay_that_is_not_known_yet_is_another()
    {
        var (flights, columns) = TenDays.Value;
        const int seed = 20010101, samples = 40;
        var random = new Random(seed);
        for (var sample = 0; sample < samples; sample++)
        {
            var asked = random.Next(flights.Count);
            var cutOff = flights.Departure[asked] - FlightFeatures.AskedMinutesBefore;
            var delays = new int[flights.Count];
            var changed = 0;
            for (var i = 0; i < delays.Length; i++)
            {
                delays[i] = flights.Delay[i];
                if (KnownAt(flights, i, delays[i]) <= cutOff) continue;
                // Any delay that leaves the flight in the air at the cut-off; one that had it landed by then would be known.
                var atLeast = KnownAt(flights, i, 0) > cutOff ? -60 : cutOff - KnownAt(flights, i, 0) + 1;
                delays[i] = atLeast + random.Next(1_000);
                changed++;
            }
            Assert.True(changed > 0);
            var others = FlightFeatures.Build(flights.WithDelays(delays));
            for (var feature = 0; feature < columns.Length; feature++)
                Assert.True(columns[feature][asked] == others[feature][asked],
                    $"Seed {seed}: {FlightFeatures.Names[feature]} of flight {asked} moved from {columns[feature][asked]} to {others[feature][asked]} though nothing known by its cut-off changed.");
        }
    }

    [Fact]
    public void A_delay_that_is_known_does_change_what_comes_after()
    {
        // The counterpart of the test above: a feature that never moved would pass it too.
        var (flights, columns) = TenDays.Value;
        var asked = flights.FirstAt(new(2001, 1, 5, 18, 0, 0));
        var cutOff = flights.Departure[asked] - FlightFeatures.AskedMinutesBefore;
        var delays = flights.Delay.Select((delay, i) => KnownAt(flights, i, delay) <= cutOff ? -20 : delay).ToArray();
        var others = FlightFeatures.Build(flights.WithDelays(delays));
        var moved = FlightFeatures.Names.Where((_, feature) => columns[feature][asked] != others[feature][asked]);
        Assert.Equal(["origin_late_rate", "destination_late_rate", "origin_recent_late_rate", "origin_recent_delay"], moved.Intersect(
            ["origin_late_rate", "destination_late_rate", "origin_recent_late_rate", "origin_recent_delay"]));
        Assert.DoesNotContain("hour", moved);
    }

    [Fact]
    public void A_wrong_clock_elsewhere_shows_in_no_feature()
    {
        // Times are local: what another airport calls 17:00 may still be hours away. Everything from elsewhere that landed in the last 20 hours, by its own clock, is made another.
        var (flights, columns) = TenDays.Value;
        var random = new Random(7);
        for (var sample = 0; sample < 10; sample++)
        {
            var asked = random.Next(flights.Count / 2, flights.Count);
            var cutOff = flights.Departure[asked] - FlightFeatures.AskedMinutesBefore;
            var delays = flights.Delay.Select((delay, i) =>
                flights.Origin[i] != flights.Origin[asked] && KnownAt(flights, i, delay) > cutOff - 20 * 60 ? Math.Max(0, delay) + random.Next(500) : delay).ToArray();
            var others = FlightFeatures.Build(flights.WithDelays(delays));
            for (var feature = 0; feature < columns.Length; feature++) Assert.Equal(columns[feature][asked], others[feature][asked]);
        }
    }

    [Fact]
    public void Recent_lateness_is_what_a_plain_count_says()
    {
        var (flights, columns) = TenDays.Value;
        var random = new Random(3);
        for (var sample = 0; sample < 200; sample++)
        {
            var asked = random.Next(flights.Count);
            var cutOff = flights.Departure[asked] - FlightFeatures.AskedMinutesBefore;
            var known = Enumerable.Range(0, flights.Count).Where(i => flights.Origin[i] == flights.Origin[asked]
                && KnownAt(flights, i, flights.Delay[i]) is var at && at <= cutOff && at > cutOff - 180).ToArray();
            Assert.Equal(known.Length, columns[9][asked]);
            Assert.Equal(known.Length == 0 ? 0 : (float)known.Sum(i => Math.Clamp(flights.Delay[i], -30, 240)) / known.Length, columns[8][asked]);
        }
    }

    [Fact]
    public void Hour_weekday_and_airports_read_as_people_would()
    {
        var (flights, columns) = TenDays.Value;
        var first = flights.FirstAt(new(2001, 1, 3, 14, 30, 0));      // a Wednesday
        Assert.Equal(14.5f, columns[0][first]);
        Assert.Equal(2, columns[1][first]);
        Assert.Equal(flights.Airports.Order(StringComparer.Ordinal).ToList().IndexOf(flights.Airports[flights.Origin[first]]), columns[3][first]);
        Assert.Equal(0, flights.FirstAt(new(2000, 1, 1)));
        Assert.Equal(flights.Count, flights.FirstAt(new(2002, 1, 1)));
        Assert.Contains("pass their path", Assert.Throws<FileNotFoundException>(() => Flights.Load("nowhere.parquet", new(2001, 1, 1), new(2001, 1, 2))).Message);
    }
}
