using Microsoft.Extensions.Logging;
using Slipway.Jobs;
using Slipway.Prediction;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>
/// Keeps the prediction log in shape: merges small segments, joins outcomes that came before their predictions, removes what is older than an endpoint keeps it. One server of an installation does it;
/// each of these is a method that can be called without the loop.
/// </summary>
internal sealed partial class PredictionKeeper(Database db, PredictionSegments segments, Outcomes outcomes, TimeProvider clock, ILogger<PredictionKeeper> log)
{
    /// <summary>So many small segments of one endpoint are merged whatever their age.</summary>
    public const int MergeCount = 64;

    /// <summary>A small segment waits at most this long for others.</summary>
    public static readonly TimeSpan MergeAge = TimeSpan.FromMinutes(10);

    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private const int RemoveAtOnce = 200;

    private const long MergeBytesMax = 16L * 1024 * 1024;

    private static readonly TimeSpan MergedRemembered = TimeSpan.FromDays(7);

    private const string Due = """
        SELECT workspace_id, endpoint FROM prediction_segments WHERE merged = 0
         GROUP BY workspace_id, endpoint HAVING count(*) >= $1 OR count(*) > 1 AND min(added_ms) < $2
        """;

    private const string Small = $"SELECT {PredictionSegments.RowColumns} FROM prediction_segments WHERE workspace_id = $1 AND endpoint = $2 AND merged = 0 ORDER BY no LIMIT 500";

    private static string Old(Dialect dialect) => $"""
        SELECT {PredictionSegments.RowColumns} FROM prediction_segments s
         WHERE s.to_ms < $1 - 86400000 * COALESCE((SELECT r.keep_days FROM prediction_rules r WHERE r.workspace_id = s.workspace_id AND r.endpoint = s.endpoint), $2)
         ORDER BY s.no LIMIT $3{(dialect is Dialect.Postgres ? " FOR UPDATE SKIP LOCKED" : "")}
        """;

    private const string OldOutcomes = """
        DELETE FROM prediction_outcomes WHERE no IN (SELECT o.no FROM prediction_outcomes o
         WHERE o.received_ms < $1 - 86400000 * COALESCE((SELECT r.keep_days FROM prediction_rules r WHERE r.workspace_id = o.workspace_id AND r.endpoint = o.endpoint), $2)
         ORDER BY o.no LIMIT $3)
        """;

    /// <summary>The resident job.</summary>
    public JobHandler Handler => new("predictions.keep", async (_, ct) =>
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(ct))
        {
            var now = clock.GetUtcNow();
            await Merge(now, ct);
            await outcomes.JoinOpen(ct);
            await Remove(now, ct);
        }
    }, Resident: true);

    /// <summary>Merges small segments; answers how many went into others.</summary>
    public async Task<int> Merge(DateTimeOffset now, CancellationToken ct)
    {
        var due = await db.Read(session => session.Query(Due, static row => (row.Long(0), row.Text(1)), MergeCount, (now - MergeAge).ToUnixTimeMilliseconds()), ct);
        var merged = 0;
        foreach (var (workspace, endpoint) in due)
        {
            var rows = await db.Read(session => session.Query(Small, PredictionSegments.Read, workspace, endpoint), ct);
            List<SegmentRow> group = [];
            var bytes = 0L;
            foreach (var row in rows)
            {
                if (group.Count > 0 && bytes + row.Size > MergeBytesMax) break;
                group.Add(row);
                bytes += row.Size;
            }
            if (group.Count > 1 && await Merge(workspace, endpoint, group, ct)) merged += group.Count;
            else if (group.Count == 1 && rows.Count > 1) await SetMerged(group[0], ct);
        }
        return merged;
    }

    /// <summary>Removes what is older than it is kept; answers how many segments went.</summary>
    public async Task<int> Remove(DateTimeOffset now, CancellationToken ct)
    {
        var nowMs = now.ToUnixTimeMilliseconds();
        for (var removed = 0; ;)
        {
            var gone = await db.Write<int>(session =>
            {
                var rows = session.Query(Old(session.Dialect), PredictionSegments.Read, nowMs, (long)PredictionRules.KeepDaysDefault, RemoveAtOnce);
                if (rows.Count > 0 && PredictionSegments.Forget(session, rows, nowMs, merged: false) is { } raced) return raced;
                session.Execute(OldOutcomes, nowMs, (long)PredictionRules.KeepDaysDefault, RemoveAtOnce * 10);
                session.Execute("DELETE FROM prediction_segments_merged WHERE at_ms < $1", nowMs - (long)MergedRemembered.TotalMilliseconds);
                return rows.Count;
            }, ct);
            if (gone.Problem is { } problem)
            {
                Failed("remove old segments", problem.Message);
                return removed;
            }
            removed += gone.Value;
            if (gone.Value < RemoveAtOnce) return removed;
        }
    }

    private async Task<bool> Merge(long workspace, string endpoint, List<SegmentRow> group, CancellationToken ct)
    {
        var writer = new PredictionSegmentWriter(endpoint);
        foreach (var row in group)
        {
            var opened = await segments.Open(row, ct);
            if (opened.Problem is { } damaged)
            {
                // It stays as it is, out of the way of the others: what is damaged is for a person to look at.
                Failed($"merge the segment {row.Id}", damaged.Message);
                await SetMerged(row, ct);
                return false;
            }
            SegmentCopy.Copy(opened.Value, writer);
        }
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var added = await segments.Add(workspace, id, endpoint, writer.Finish(id), writer.FromMs, writer.ToMs, [.. writer.Hashes], ct, group);
        if (added.Problem is { } problem) Failed($"merge segments of '{endpoint}'", problem.Message);
        return added.Succeeded;
    }

    private async Task SetMerged(SegmentRow row, CancellationToken ct) => await db.Write<int>(session => session.Execute("UPDATE prediction_segments SET merged = 1 WHERE no = $1", row.No), ct);

    [LoggerMessage(LogLevel.Warning, "The prediction log could not {What}: {Why} It is tried again.")]
    private partial void Failed(string what, string why);
}
