namespace Slipway.Quickstart;

/// <summary>
/// What is known of a flight one hour before it departs (the cut-off), as plain floats.
/// </summary>
/// <remarks>
/// <para>The rule against looking ahead: another flight's delay is known once that flight has landed, at departure + flight time + delay, when that is at or before the
/// cut-off. The flight time is estimated from the distance, on the slow side; a negative delay does not make it land earlier. (The file's times look like recorded departures
/// rather than scheduled ones; read either way, the rule is not too early.)</para>
/// <para>Clocks: the file's times are local. A flight's own origin shares its clock, so recent lateness there is exact to the minute. Other airports' clocks may be many hours
/// off, so the long-run rates wait a day more before they count a flight.</para>
/// </remarks>
public static class FlightFeatures
{
    /// <summary>The question is asked this many minutes before departure.</summary>
    public const int AskedMinutesBefore = 60;

    private const int RecentMinutes = 180;         // three hours: long enough for small airports, short enough for weather
    private const int ClockSlackMinutes = 24 * 60;
    private const float PriorRate = 0.2f, PriorFlights = 50, RecentPriorFlights = 4;      // "one in five" until an airport has a record of its own
    private const int DelayShownMax = 240, DelayShownMin = -30;      // one plane that waits overnight is not the airport's weather

    /// <summary>The features' names, in the order of the columns.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "hour", "weekday", "distance", "origin", "destination",
        "origin_late_rate", "destination_late_rate", "origin_recent_late_rate", "origin_recent_delay", "origin_recent_flights",
    ];

    /// <summary>When a flight's delay is known: the estimated minute of its landing, on its origin's clock.</summary>
    public static int KnownAt(int departure, int delay, int distance) => departure + FlightMinutes(distance) + Math.Max(0, delay);

    /// <summary>Flight time in minutes for a distance in miles: 45 minutes on the ground, climbing and descending, and 7 miles a minute.</summary>
    public static int FlightMinutes(int distance) => 45 + distance / 7;

    /// <summary>Computes the features of every flight, as columns.</summary>
    public static float[][] Build(Flights flights)
    {
        var columns = Names.Select(_ => new float[flights.Count]).ToArray();
        var codes = Codes(flights);
        var airports = new Record[flights.Airports.Count];
        var knownAt = new int[flights.Count];
        var byKnown = new int[flights.Count];
        for (var i = 0; i < flights.Count; i++) (knownAt[i], byKnown[i]) = (KnownAt(flights.Departure[i], flights.Delay[i], flights.Distance[i]), i);
        Array.Sort((int[])knownAt.Clone(), byKnown);

        // Three fingers move along the landings: what has landed, what is too long ago to be recent, what is old enough for every clock.
        int landed = 0, faded = 0, settled = 0;
        for (var flight = 0; flight < flights.Count; flight++)
        {
            var cutOff = flights.Departure[flight] - AskedMinutesBefore;
            for (; landed < byKnown.Length && knownAt[byKnown[landed]] <= cutOff; landed++) Recent(byKnown[landed], +1);
            for (; faded < byKnown.Length && knownAt[byKnown[faded]] <= cutOff - RecentMinutes; faded++) Recent(byKnown[faded], -1);
            for (; settled < byKnown.Length && knownAt[byKnown[settled]] <= cutOff - ClockSlackMinutes; settled++) Settle(byKnown[settled]);

            ref readonly var origin = ref airports[flights.Origin[flight]];
            ref readonly var destination = ref airports[flights.Destination[flight]];
            var originRate = (origin.LateFrom + PriorRate * PriorFlights) / (origin.From + PriorFlights);
            var column = 0;
            columns[column++][flight] = flights.Departure[flight] % (24 * 60) / 60f;
            columns[column++][flight] = (flights.Departure[flight] / (24 * 60) + 3) % 7;      // 1970-01-01 was a Thursday; Monday is 0
            columns[column++][flight] = flights.Distance[flight];
            columns[column++][flight] = codes[flights.Origin[flight]];
            columns[column++][flight] = codes[flights.Destination[flight]];
            columns[column++][flight] = originRate;
            columns[column++][flight] = (destination.LateTo + PriorRate * PriorFlights) / (destination.To + PriorFlights);
            columns[column++][flight] = (origin.RecentLate + originRate * RecentPriorFlights) / (origin.Recent + RecentPriorFlights);
            columns[column++][flight] = origin.Recent == 0 ? 0 : (float)origin.RecentDelay / origin.Recent;
            columns[column++][flight] = origin.Recent;
        }
        return columns;

        void Recent(int flight, int sign)
        {
            ref var origin = ref airports[flights.Origin[flight]];
            origin.Recent += sign;
            origin.RecentLate += flights.Late(flight) ? sign : 0;
            origin.RecentDelay += sign * Math.Clamp(flights.Delay[flight], DelayShownMin, DelayShownMax);
        }

        void Settle(int flight)
        {
            var late = flights.Late(flight) ? 1 : 0;
            ref var origin = ref airports[flights.Origin[flight]];
            origin.From++;
            origin.LateFrom += late;
            ref var destination = ref airports[flights.Destination[flight]];
            destination.To++;
            destination.LateTo += late;
        }
    }

    /// <summary>An airport's number among all of them by alphabet. No label goes into it, so it can be known beforehand.</summary>
    public static float[] Codes(Flights flights)
    {
        var codes = new float[flights.Airports.Count];
        var order = Enumerable.Range(0, codes.Length).OrderBy(i => flights.Airports[i], StringComparer.Ordinal).ToArray();
        for (var i = 0; i < order.Length; i++) codes[order[i]] = i;
        return codes;
    }

    /// <summary>What is known of an airport; whole numbers, so that adding and taking away again leaves no trace.</summary>
    private struct Record
    {
        public int From, LateFrom, To, LateTo, Recent, RecentLate, RecentDelay;
    }
}
