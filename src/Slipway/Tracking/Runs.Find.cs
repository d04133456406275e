using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>One row of `runs` with the workspace of its experiment.</summary>
internal sealed record RunRow(long No, string RunId, long ExperimentId, string Name, RunStatus Status, long? StartMs, long? EndMs, long? DeletedMs,
    string UserId, string ArtifactUri, long Workspace, long? LostMs = null);

/// <summary>Finding runs, for this and for the stores beside it; a caller sees its own workspace only.</summary>
internal sealed partial class Runs
{
    private static readonly Comparer<KeyValue> ByKey = Comparer<KeyValue>.Create(static (a, b) => string.CompareOrdinal(a.Key, b.Key));

    private static readonly string Shared = Columns + Dialect.Postgres.ForShare();
    private static readonly string Held = Columns + Dialect.Postgres.ForUpdate();
    private static readonly string HeldForTags = Columns + Dialect.Postgres.ForNoKeyUpdate();

    /// <summary>The run of an id if the caller may do with it what the request is for, else why not. <paramref name="hold"/> is the dialect's row lock, held before what is asked <paramref name="beside"/> is read.</summary>
    public static Problem? Find(Session session, Caller caller, string runId, string hold, out RunRow row, params ReadOnlySpan<Question> beside)
    {
        RunRow? found = null;
        var sql = hold.Length == 0 ? Columns : hold == Dialect.Postgres.ForShare() ? Shared : hold == Dialect.Postgres.ForNoKeyUpdate() ? HeldForTags : Held;
        if (beside.Length == 0) found = session.First(sql, Read, runId);
        else session.Together([new(sql, one => (found = Read(one)) is null, runId), .. beside]);
        row = found!;
        return found?.Workspace == caller.Workspace ? caller.Refused(RootKind.Experiment, found.ExperimentId, Missing(runId)) : Missing(runId);
    }

    /// <summary>The run of an id if it may be written to, else why not.</summary>
    public static Problem? Active(Session session, Caller caller, string runId, string hold, out RunRow row, params ReadOnlySpan<Question> beside)
    {
        if (Find(session, caller, runId, hold, out row, beside) is { } refused) return refused;
        return row.DeletedMs is null
            ? null
            : Problem.Invalid($"The run {runId} must be in the 'active' state. Current state is deleted.");
    }

    /// <summary>The numbers of those of these runs that exist in the caller's workspace and may be seen, in the given order.</summary>
    public static List<(string RunId, long No)> Known(Session session, Caller caller, IReadOnlyCollection<string> runIds)
    {
        var found = Places(session, caller, runIds);
        return [.. runIds.Distinct().Where(found.ContainsKey).Select(id => (id, found[id].No))];
    }

    /// <summary>Numbers and experiments of those of these runs that exist in the caller's workspace and may be seen.</summary>
    public static Dictionary<string, (long No, long Experiment)> Places(Session session, Caller caller, IReadOnlyCollection<string> runIds) =>
        runIds.Count == 0 ? [] : session.Query($"""
            SELECT r.run_id, r.no, r.experiment_id FROM runs r JOIN experiments e ON e.id = r.experiment_id
             WHERE e.workspace_id = $1 AND r.run_id {session.Dialect.InTexts("$2")}
            """, static row => (RunId: row.Text(0), No: row.Long(1), Experiment: row.Long(2)), caller.Workspace, Arg.Texts(runIds))
            .Where(run => caller.Sees(RootKind.Experiment, run.Experiment)).ToDictionary(static run => run.RunId, static run => (run.No, run.Experiment), StringComparer.Ordinal);

    /// <summary>Asks for the rows of these numbers, whatever their workspace: the numbers come from a search that looked.</summary>
    public static Question Rows(Session session, IReadOnlyCollection<long> numbers, Dictionary<long, RunRow> into) =>
        new($"SELECT no, run_id, experiment_id, name, status, start_ms, end_ms, deleted_ms, user_id, artifact_uri, 0, lost_ms FROM runs WHERE no {session.Dialect.InLongs("$1")}", row =>
        {
            into.Add(row.Long(0), Read(row));
            return true;
        }, Arg.Longs(numbers));

    /// <summary>404 in the reference's words.</summary>
    public static Problem Missing(string runId) => Problem.NotFound($"Run with id={runId} not found");

    /// <summary>How events name a run.</summary>
    public static string Subject(string runId) => "run/" + runId;

    /// <summary>The wire's record of a row.</summary>
    public static RunInfo Info(RunRow row) => new(row.RunId, row.RunId, row.Name, Text(row.ExperimentId), row.UserId, row.Status.ToString(), row.StartMs, row.EndMs,
        row.ArtifactUri, row.DeletedMs is null ? "active" : "deleted");

    internal static RunRow Read(Row row) => new(row.Long(0), row.Text(1), row.Long(2), row.Text(3), (RunStatus)row.Int(4), row.LongOrNull(5), row.LongOrNull(6),
        row.LongOrNull(7), row.Text(8), row.Text(9), row.Long(10), row.LongOrNull(11));

    /// <summary>Checks tags and sorts them by key: rows are locked in one order by every writer. The last of equal keys wins.</summary>
    private Problem? CheckTags(Caller caller, RunTag?[]? sent, out List<KeyValue> tags)
    {
        tags = [];
        if (sent is null) return null;
        for (var i = 0; i < sent.Length; i++)
            if (CheckTag(caller, sent[i]?.Key, sent[i]?.Value, $"tags[{i}].", out var tag) is { } bad) return bad;
            else tags.Add(tag);
        tags = LastOfEach(tags);
        return null;
    }

    private Problem? CheckTag(Caller caller, string? key, string? value, string path, out KeyValue tag)
    {
        tag = default;
        if (WireCheck.Key(key, path + "key", RunTag.KeyCharsMax) is { } badKey) return badKey;
        if (WireCheck.Value(ref value, path + "value", RunTag.ValueCharsMax, rules.TruncateLongValues) is { } badValue) return badValue;
        tag = new KeyValue(key!, caller.Masking?.Apply(key!, value!) ?? value!);
        return null;
    }

    private static List<KeyValue> LastOfEach(List<KeyValue> entries)
    {
        if (entries.Count < 2) return entries;
        var last = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in entries) last[key] = value;
        return [.. last.Select(pair => new KeyValue(pair.Key, pair.Value))];
    }
}
