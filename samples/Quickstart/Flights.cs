using Slipway.Engines.Duck;

namespace Slipway.Quickstart;

/// <summary>Flights in order of departure, a column at a time. Times are minutes on the origin's own clock: the file has no time zones.</summary>
public sealed class Flights
{
    /// <summary>A flight is late when it arrives more than this many minutes after its schedule.</summary>
    public const int LateAfterMinutes = 15;

    private const string Select = """
        SELECT epoch_ms(date) // 60000, delay::INTEGER, distance::INTEGER, origin, destination
          FROM read_parquet('FILE') WHERE date >= $1 AND date < $2
         ORDER BY date, origin, destination, distance, delay
        """;

    private readonly List<int> departure = [], delay = [], distance = [], origin = [], destination = [];
    private readonly List<string> airports = [];

    /// <summary>How many flights there are.</summary>
    public int Count => departure.Count;

    /// <summary>The airports' codes; a flight holds their positions here.</summary>
    public IReadOnlyList<string> Airports => airports;

    /// <summary>Departure, in minutes since 1970-01-01.</summary>
    public IReadOnlyList<int> Departure => departure;

    /// <summary>Delay at the destination in minutes; negative when early.</summary>
    public IReadOnlyList<int> Delay => delay;

    /// <summary>Miles flown.</summary>
    public IReadOnlyList<int> Distance => distance;

    /// <summary>Where from, as a position in <see cref="Airports"/>.</summary>
    public IReadOnlyList<int> Origin => origin;

    /// <summary>Where to, as a position in <see cref="Airports"/>.</summary>
    public IReadOnlyList<int> Destination => destination;

    /// <summary>Whether a flight was late: what the model learns to foresee.</summary>
    public bool Late(int flight) => delay[flight] > LateAfterMinutes;

    /// <summary>Reads the flights that departed in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public static Flights Load(string parquet, DateTime from, DateTime to)
    {
        if (!File.Exists(parquet)) throw new FileNotFoundException($"The flights are not there: {parquet}. The build brings them; pass their path otherwise.", parquet);
        using var database = DuckDatabase.InMemory(new() { MemoryLimit = "1GB" });
        using var connection = database.Connect();
        using var rows = connection.Query(Select.Replace("FILE", parquet.Replace("'", "''", StringComparison.Ordinal), StringComparison.Ordinal), from, to);
        var flights = new Flights();
        var codes = new Dictionary<string, int>();
        while (rows.Next() is { } chunk)
        {
            var minutes = chunk[0].Values<long>();
            for (var row = 0; row < chunk.Length; row++)
                flights.Add((int)minutes[row], chunk[1].Values<int>()[row], chunk[2].Values<int>()[row], Code(chunk[3].Text(row)!), Code(chunk[4].Text(row)!));
        }
        return flights;

        int Code(string airport)
        {
            if (codes.TryGetValue(airport, out var code)) return code;
            flights.airports.Add(airport);
            return codes[airport] = codes.Count;
        }
    }

    /// <summary>The first flight that departs at or after a time.</summary>
    public int FirstAt(DateTime time)
    {
        var found = departure.BinarySearch((int)((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMinute) - 1, new After());
        return found < 0 ? ~found : found;
    }

    /// <summary>The same flights with other delays: for asking what a feature knows.</summary>
    internal Flights WithDelays(IReadOnlyList<int> delays)
    {
        var copy = new Flights();
        copy.airports.AddRange(airports);
        for (var i = 0; i < Count; i++) copy.Add(departure[i], delays[i], distance[i], origin[i], destination[i]);
        return copy;
    }

    private void Add(int at, int late, int miles, int from, int to)
    {
        departure.Add(at);
        delay.Add(late);
        distance.Add(miles);
        origin.Add(from);
        destination.Add(to);
    }

    // Never equal: the search ends at the boundary between "up to that minute" and "after it".
    private sealed class After : IComparer<int>
    {
        public int Compare(int x, int y) => x <= y ? -1 : 1;
    }
}
