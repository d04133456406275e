using Slipway.Prediction;

namespace Slipway.Serving;

internal sealed partial class Outcomes
{
    /// <summary>How many open outcomes one round looks for.</summary>
    public const int RoundMax = 1_000;

    private const int SegmentsOfRoundMax = 2_000;

    private const string Open = "SELECT no, request_id FROM prediction_outcomes WHERE workspace_id = $1 AND endpoint IS NULL AND no > $2 ORDER BY no LIMIT $3";

    private const string SetJoin = """
        UPDATE prediction_outcomes SET endpoint = $1, arm = $2, version = $3, unit = $4, prediction_ms = $5
         WHERE workspace_id = $6 AND request_id = $7 AND endpoint IS NULL
        RETURNING name, value, reward, at_ms
        """;

    /// <summary>Where a prediction was found.</summary>
    private readonly record struct Found(string Endpoint, string Arm, string Version, string Unit, long AtMs);

    /// <summary>Looks for the predictions of outcomes that came before them; answers how many joined. Each round goes through all that are open, a thousand at a time.</summary>
    public async Task<int> JoinOpen(CancellationToken ct)
    {
        var joined = 0;
        var workspaces = await db.Read(static session => session.Query("SELECT DISTINCT workspace_id FROM prediction_outcomes WHERE endpoint IS NULL", static row => row.Long(0)), ct);
        foreach (var workspace in workspaces)
            for (var last = 0L; ;)
            {
                var open = await db.Read(session => session.Query(Open, static row => (No: row.Long(0), Id: row.Text(1)), workspace, last, RoundMax), ct);
                if (open.Count > 0) joined += await Join(workspace, [.. open.Select(static one => one.Id).Distinct()], ct);
                if (open.Count < RoundMax) break;
                last = open[^1].No;
            }
        return joined;
    }

    private async Task<int> Join(long workspace, List<string> ids, CancellationToken ct)
    {
        var located = await Locate(workspace, ids, ct);
        if (located.Problem is not null || located.Value.Count == 0) return 0;
        var sorted = located.Value.OrderBy(static pair => pair.Key, StringComparer.Ordinal).ToList();
        var written = await db.Write<List<JoinedOutcome>>(session =>
        {
            List<JoinedOutcome> joined = [];
            foreach (var (id, at) in sorted)
                joined.AddRange(session.Query(SetJoin, row => new JoinedOutcome(workspace, at.Endpoint, at.Arm, at.Version, id, row.Text(0), row.DoubleOrNull(1), row.DoubleOrNull(2), row.Long(3)), at.Endpoint, at.Arm, at.Version, at.Unit, at.AtMs, workspace, id));
            Learning?.Invoke(session, joined);
            return joined;
        }, ct);
        if (written.Problem is not null || written.Value.Count == 0) return 0;
        foreach (var listener in Joined) listener(written.Value);
        return written.Value.Count;
    }

    private async Task<Outcome<Dictionary<string, Found>>> Locate(long workspace, List<string> ids, CancellationToken ct)
    {
        Dictionary<string, Found> found = new(StringComparer.Ordinal);
        var wanted = ids.ToHashSet(StringComparer.Ordinal);
        var hashes = wanted.Select(static id => PredictionHash.Of(id)).ToList();
        var candidates = await db.Read(session => PredictionSegments.Holding(session, workspace, null, hashes, SegmentsOfRoundMax), ct);
        foreach (var no in candidates)
        {
            if (wanted.Count == 0) break;
            var row = await db.Read(session => PredictionSegments.Row(session, no), ct);
            if (row is null) continue;
            var opened = await segments.Open(row, ct);
            if (opened.Problem is { } problem) return problem;
            var segment = opened.Value;
            var (texts, keys) = (segment.Texts("id"), segment.Texts("key"));
            for (var i = segment.Records - 1; i >= 0; i--)
            {
                var id = texts[i];
                if (!wanted.Remove(id)) continue;
                found.Add(id, new Found(segment.Endpoint, segment.Texts("arm")[i], segment.Texts("version")[i], keys[i] is { Length: > 0 } key ? key : id, segment.Numbers<long>("at_ms")[i]));
            }
        }
        return found;
    }
}
