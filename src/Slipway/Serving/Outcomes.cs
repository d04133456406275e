using Slipway.Prediction;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>An outcome that found its prediction: what bandits learn from.</summary>
internal readonly record struct JoinedOutcome(long Workspace, string Endpoint, string Arm, string Version, string RequestId, string Name, double? Value, double? Reward, long AtMs);

/// <summary>
/// What came of predictions. Outcomes come late, early, twice and for ids that nobody knows: each is kept once by request, row and name, and joined to its prediction as soon as both are there.
/// </summary>
internal sealed partial class Outcomes(Database db, PredictionSegments segments, PredictionLog log, EndpointSight sight, TimeProvider clock)
{
    private const string Insert = """
        INSERT INTO prediction_outcomes (workspace_id, request_id, row_no, name, value, label, reward, at_ms, received_ms, actor)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (workspace_id, request_id, row_no, name) DO NOTHING
        """;

    // The join stays: it is still the same prediction.
    private const string Replace = """
        UPDATE prediction_outcomes SET value = $5, label = $6, reward = $7, at_ms = $8, received_ms = $9, actor = $10
         WHERE workspace_id = $1 AND request_id = $2 AND row_no = $3 AND name = $4 AND at_ms <= $8
        """;

    private const string Known = "SELECT value, label, reward, at_ms, endpoint FROM prediction_outcomes WHERE workspace_id = $1 AND request_id = $2 AND row_no = $3 AND name = $4";

    private const string OfRequest = "SELECT request_id, row_no, name, value, label, reward, at_ms, received_ms, actor FROM prediction_outcomes WHERE workspace_id = $1 AND request_id = $2 ORDER BY name, row_no";

    /// <summary>Learns from outcomes once each has its prediction, in the write that joins them.</summary>
    public Action<Session, IReadOnlyList<JoinedOutcome>>? Learning { get; init; }

    /// <summary>Told of them after it.</summary>
    public List<Action<IReadOnlyList<JoinedOutcome>>> Joined { get; } = [];

    /// <summary>Takes outcomes in.</summary>
    public async Task<Outcome<FeedbackAnswer>> Post(Caller caller, PostFeedback request, CancellationToken ct)
    {
        var read = Check(request, clock.GetUtcNow().ToUnixTimeMilliseconds());
        if (read.Problem is { } bad) return bad;
        var posted = read.Value;
        // Whoever may ask some endpoints only may say what came of their predictions only: those must be in the log already.
        if (!caller.MayEverywhere(Right.InvokeEndpoints))
        {
            var sighted = await Mine(caller, posted, ct);
            if (sighted.Problem is { } problem) return problem;
            var foreign = posted.Count - sighted.Value.Count;
            if (sighted.Value.Count == 0) return new FeedbackAnswer(0, 0, 0, foreign);
            var some = await Take(caller, sighted.Value, ct);
            return some.Problem is { } failed ? failed : some.Value with { Unknown = some.Value.Unknown + foreign };
        }
        return await Take(caller, posted, ct);
    }

    /// <summary>The outcomes of a request's id.</summary>
    public static List<PredictionOutcome> Of(Session session, long workspace, string id) => session.Query(OfRequest, static row => new PredictionOutcome(row.Text(0), row.Int(1), row.Text(2), row.DoubleOrNull(3), row.TextOrNull(4), row.DoubleOrNull(5),
        row.Long(6), row.Long(7), row.Text(8)), workspace, id);

    private async Task<Outcome<FeedbackAnswer>> Take(Caller caller, List<Posted> posted, CancellationToken ct)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var taken = await db.Write<FeedbackAnswer>(session =>
        {
            var (accepted, duplicates, replaced) = (0, 0, 0);
            foreach (var one in posted)
            {
                if (session.Execute(Insert, caller.Workspace, one.RequestId, one.Row, one.Name, one.Value, one.Label, one.Reward, one.AtMs, now, caller.Actor) > 0)
                {
                    accepted++;
                    continue;
                }
                var same = session.First(Known, row => row.DoubleOrNull(0) == one.Value && row.TextOrNull(1) == one.Label && row.DoubleOrNull(2) == one.Reward, caller.Workspace, one.RequestId, one.Row, one.Name);
                if (!same && session.Execute(Replace, caller.Workspace, one.RequestId, one.Row, one.Name, one.Value, one.Label, one.Reward, one.AtMs, now, caller.Actor) > 0) replaced++;
                else duplicates++;
            }
            return new FeedbackAnswer(accepted, duplicates, replaced, 0);
        }, ct, bytes: posted.Count * 200L);
        if (taken.Problem is { } problem) return problem;
        if (taken.Value.Accepted + taken.Value.Replaced == 0) return taken;
        await log.Flush(ct);
        await Join(caller.Workspace, [.. posted.Select(static one => one.RequestId).Distinct()], ct);
        var open = await db.Read(session => session.Long($"SELECT count(*) FROM prediction_outcomes WHERE workspace_id = $1 AND endpoint IS NULL AND request_id {session.Dialect.InTexts("$2")}", caller.Workspace, Arg.Texts([.. posted.Select(static one => one.RequestId).Distinct()])) ?? 0, ct);
        return taken.Value with { Unknown = (int)open };
    }

    private async Task<Outcome<List<Posted>>> Mine(Caller caller, List<Posted> posted, CancellationToken ct)
    {
        await log.Flush(ct);
        var found = await Locate(caller.Workspace, [.. posted.Select(static one => one.RequestId).Distinct()], ct);
        if (found.Problem is { } problem) return problem;
        var endpoints = found.Value.Values.Select(static one => one.Endpoint).Distinct().ToList();
        var mine = await db.Read(session => endpoints.Where(endpoint => sight(session, caller, endpoint) is null).ToHashSet(StringComparer.Ordinal), ct);
        return posted.Where(one => found.Value.TryGetValue(one.RequestId, out var at) && mine.Contains(at.Endpoint)).ToList();
    }

    private static Outcome<List<Posted>> Check(PostFeedback request, long nowMs)
    {
        var all = request.Outcomes ?? [new PostedOutcome(request.RequestId, request.Row, request.Name, request.Value, request.Label, request.Reward, request.AtMs)];
        if (request.Outcomes is not null && request.RequestId is not null) return Problem.Invalid("Send either one outcome ('request_id' and its fields) or 'outcomes', not both.");
        if (all.Length > PostFeedback.OutcomesMax) return Problem.Invalid($"'outcomes' holds at most {PostFeedback.OutcomesMax:N0} entries in one request, got {all.Length:N0}. Split them across several requests.");
        List<Posted> posted = new(all.Length);
        for (var i = 0; i < all.Length; i++)
        {
            var (one, at) = (all[i], request.Outcomes is null ? "" : $"outcomes[{i}].");
            if (one is null) return Problem.Invalid($"outcomes[{i}]: expected an object, got null.");
            if (Tracking.WireCheck.Required(one.RequestId, at + "request_id", PostFeedback.IdCharsMax) is { } badId) return badId;
            if (Tracking.WireCheck.Text(one.Name, at + "name", PostFeedback.NameCharsMax) is { } badName) return badName;
            if (Tracking.WireCheck.Text(one.Label, at + "label", PostFeedback.LabelCharsMax) is { } badLabel) return badLabel;
            if (one.Value is null && one.Label is null && one.Reward is null) return Problem.Invalid($"{at}value: an outcome has a value, a label or a reward, got none of them.");
            if (one.Value is { } value && !double.IsFinite(value)) return Problem.Invalid($"{at}value: expected a finite number, got {value}.");
            if (one.Reward is { } reward && !double.IsFinite(reward)) return Problem.Invalid($"{at}reward: expected a finite number, got {reward}.");
            if (one.Row is < 0) return Problem.Invalid($"{at}row: expected 0 or more, got {one.Row}.");
            if (one.AtMs is < 0 || one.AtMs > nowMs + 86_400_000) return Problem.Invalid($"{at}at_ms: expected milliseconds since 1970 and at most a day ahead of the server's clock, got {one.AtMs}.");
            posted.Add(new Posted(one.RequestId!, one.Row ?? 0, string.IsNullOrEmpty(one.Name) ? PostFeedback.NameDefault : one.Name, one.Value, one.Label, one.Reward, one.AtMs ?? nowMs));
        }
        // By key, so that two writers take the rows in the same order; of the same outcome twice in one request the last one is the newest.
        return posted.OrderBy(static one => one.RequestId, StringComparer.Ordinal).ThenBy(static one => one.Row).ThenBy(static one => one.Name, StringComparer.Ordinal).ToList();
    }

    private sealed record Posted(string RequestId, int Row, string Name, double? Value, string? Label, double? Reward, long AtMs);
}
