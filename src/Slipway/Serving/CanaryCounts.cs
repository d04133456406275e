using Slipway.Prediction;

namespace Slipway.Serving;

/// <summary>What this server counts of canaries, by canary and period. Only the follower's loop touches the table; requests count into the tallies.</summary>
internal sealed class CanaryCounts
{
    /// <summary>How many values of one server are written for bins.</summary>
    private const int GatheredMax = 256;

    private readonly Dictionary<(long Canary, long Period), Pair> pairs = [];

    /// <summary>Both arms of a period.</summary>
    public sealed record Pair(int Step, double Share, ArmTally Canary, ArmTally Control);

    /// <summary>True while anything is counted.</summary>
    public bool Any => pairs.Count > 0;

    /// <summary>The tallies of a canary's period: the same ones however often the table of endpoints is made anew.</summary>
    public Pair Of(CanaryRow canary, double share) => pairs.TryGetValue((canary.Id, canary.Period), out var pair) ? pair
        : pairs[(canary.Id, canary.Period)] = new Pair(canary.Step, share, new ArmTally(canary.Bins), new ArmTally(canary.Bins));

    /// <summary>Forgets canaries that ended.</summary>
    public void Keep(IReadOnlyCollection<CanaryRow> open)
    {
        var ids = open.Select(static canary => canary.Id).ToHashSet();
        foreach (var key in pairs.Keys.Where(key => !ids.Contains(key.Canary)).ToList()) pairs.Remove(key);
    }

    /// <summary>What was counted so far.</summary>
    public List<CanaryTallies.Counted> Counted() =>
        [.. pairs.Select(static one => new CanaryTallies.Counted(one.Key.Canary, one.Key.Period, one.Value.Step, one.Value.Share, Counts(one.Value.Canary, gathers: false), Counts(one.Value.Control, gathers: true)))];

    private static ArmCounts Counts(ArmTally tally, bool gathers)
    {
        var counts = new ArmCounts(tally.Requests, tally.Errors, tally.IsBinned ? tally.Answered : 0, tally.Slow, tally.IsBinned ? tally.Binned : null);
        if (!gathers || tally.IsBinned) return counts;
        var (predictions, microseconds) = tally.Gathered();
        return counts with { Predictions = [.. predictions.Take(GatheredMax)], Microseconds = [.. microseconds.Take(GatheredMax)] };
    }
}
