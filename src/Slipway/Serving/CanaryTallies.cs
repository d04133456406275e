using System.Text.Json;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>What servers counted of canaries: each writes its own row of a period, from time to time and as a whole, so that nothing is counted twice and a server that dies loses what it had not written.</summary>
internal static class CanaryTallies
{
    private const string Put = """
        INSERT INTO endpoint_tallies (canary_id, period, server, step, share, canary, control) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (canary_id, period, server) DO UPDATE SET canary = excluded.canary, control = excluded.control
        """;

    /// <summary>What one server counted in a period.</summary>
    public sealed record Counted(long Canary, long Period, int Step, double Share, ArmCounts OfCanary, ArmCounts OfControl);

    /// <summary>Writes what a server counted so far. Of a canary that ended nothing is kept.</summary>
    public static void Write(Session session, string server, IReadOnlyCollection<Counted> counted)
    {
        foreach (var one in counted)
            if (session.Long("SELECT count(*) FROM endpoint_canaries WHERE id = $1 AND state < 3", one.Canary) > 0)
                session.Execute(Put, one.Canary, one.Period, server, one.Step, one.Share, JsonSerializer.Serialize(one.OfCanary, ServingJson.Default.ArmCounts), JsonSerializer.Serialize(one.OfControl, ServingJson.Default.ArmCounts));
    }

    /// <summary>The periods of a canary, of all servers together; what was gathered for bins stands in <paramref name="gathered"/>.</summary>
    public static List<(long Period, int Step, CanaryPeriod Counts)> Of(Session session, long canary, out (List<double> Predictions, List<double> Microseconds) gathered)
    {
        var values = (Predictions: new List<double>(), Microseconds: new List<double>());
        var periods = new SortedDictionary<long, (int Step, CanaryPeriod Counts)>();
        session.Each("SELECT period, step, share, canary, control FROM endpoint_tallies WHERE canary_id = $1 ORDER BY period, server", row =>
        {
            var (own, other) = (JsonSerializer.Deserialize(row.Text(3), ServingJson.Default.ArmCounts)!, JsonSerializer.Deserialize(row.Text(4), ServingJson.Default.ArmCounts)!);
            values.Predictions.AddRange(other.Predictions ?? []);
            values.Microseconds.AddRange(other.Microseconds ?? []);
            periods[row.Long(0)] = periods.TryGetValue(row.Long(0), out var before)
                ? before with { Counts = before.Counts with { Canary = before.Counts.Canary.Plus(own), Control = before.Counts.Control.Plus(other) } }
                : (row.Int(1), new CanaryPeriod(row.Double(2), own, other));
            return true;
        }, canary);
        gathered = values;
        return [.. periods.Select(static one => (one.Key, one.Value.Step, one.Value.Counts))];
    }

    /// <summary>How many requests the canary answered on its step.</summary>
    public static long OnStep(Session session, CanaryRow canary) => Of(session, canary.Id, out _).Where(one => one.Step == canary.Step).Sum(static one => one.Counts.Canary.Requests);
}
