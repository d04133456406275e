using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Logging: points, params and tags. A single one is a batch of one. A batch is one write: everything in it is logged, or nothing.
/// </summary>
internal sealed partial class Runs
{
    private const string PutParam = "INSERT INTO params (run_no, key, value) VALUES ($1, $2, $3) ON CONFLICT (run_no, key) DO NOTHING";

    private const string PutTag = "INSERT INTO tags (run_no, key, value) VALUES ($1, $2, $3) ON CONFLICT (run_no, key) DO UPDATE SET value = excluded.value";

    private const string OldTags = "SELECT key, value FROM tags WHERE run_no = (SELECT no FROM runs WHERE run_id = $1)";

    private const string RemoveTag = "DELETE FROM tags WHERE run_no = $1 AND key = $2 RETURNING value";

    /// <summary>runs/log-batch.</summary>
    public async Task<Outcome<Done>> Log(Caller caller, LoggedBatch batch, CancellationToken ct)
    {
        if (WireCheck.RunId(batch.RunId) is { } badId) return badId;
        if (batch.Problem is { } refused) return refused;
        var (logged, tags) = (new List<KeyValue>(batch.Params.Count), new List<KeyValue>(batch.Tags.Count));
        for (var i = 0; i < batch.Params.Count; i++)
            if (CheckParam(caller, batch.Params[i].Key, batch.Params[i].Value, $"params[{i}].", out var param) is { } bad) return bad;
            else logged.Add(param);
        for (var i = 0; i < batch.Tags.Count; i++)
            if (CheckTag(caller, batch.Tags[i].Key, batch.Tags[i].Value, $"tags[{i}].", out var tag) is { } bad) return bad;
            else tags.Add(tag);
        if (Twice(logged) is { } twice) return twice;
        return await Append(caller, batch.RunId!, batch.Metrics, batch.ModelPoints, logged, LastOfEach(tags), ct);
    }

    /// <summary>runs/log-metric.</summary>
    public async Task<Outcome<Done>> LogMetric(Caller caller, LogMetric request, CancellationToken ct)
    {
        var id = request.RunId ?? request.RunUuid;
        if (WireCheck.RunId(id) is { } badId) return badId;
        if (string.IsNullOrEmpty(request.Key)) return Problem.Missing("key");
        if (request.Value is not { } value) return Problem.Missing("value");
        if (request.Timestamp is not { } timeMs) return Problem.Missing("timestamp");
        if (WireCheck.Key(request.Key, "name", Metric.KeyCharsMax) is { } badKey) return badKey;
        if (timeMs < 0) return LoggedBatchConverter.NegativeTime(request.Key, timeMs, value);
        if ((WireCheck.Text(request.ModelId, "model_id", 64) ?? WireCheck.Text(request.DatasetName, "dataset_name", Dataset.NameCharsMax)
            ?? WireCheck.Text(request.DatasetDigest, "dataset_digest", Dataset.DigestCharsMax)) is { } badLink) return badLink;
        var step = request.Step ?? 0;
        IReadOnlyList<ModelPoint> links = string.IsNullOrEmpty(request.ModelId)
            ? []
            : [new(request.Key, new SeriesPoint(timeMs, step, SeriesPoint.Canonical(value)), request.ModelId, request.DatasetName ?? "", request.DatasetDigest ?? "")];
        return await Append(caller, id!, MetricBatch.Of(request.Key, timeMs, step, value), links, [], [], ct);
    }

    /// <summary>runs/log-parameter.</summary>
    public async Task<Outcome<Done>> LogParam(Caller caller, LogParam request, CancellationToken ct)
    {
        var id = request.RunId ?? request.RunUuid;
        if (WireCheck.RunId(id) is { } badId) return badId;
        if (CheckParam(caller, request.Key, request.Value, "", out var param) is { } bad) return bad;
        return await Append(caller, id!, null, [], [param], [], ct);
    }

    /// <summary>runs/set-tag.</summary>
    public async Task<Outcome<Done>> SetTag(Caller caller, SetTag request, CancellationToken ct)
    {
        var id = request.RunId ?? request.RunUuid;
        if (WireCheck.RunId(id) is { } badId) return badId;
        if (CheckTag(caller, request.Key, request.Value, "", out var tag) is { } bad) return bad;
        return await Append(caller, id!, null, [], [], [tag], ct);
    }

    /// <summary>runs/delete-tag; 404 when the run has no such tag.</summary>
    public async Task<Outcome<Done>> DeleteTag(Caller caller, DeleteTag request, CancellationToken ct)
    {
        if (WireCheck.RunId(request.RunId) is { } badId) return badId;
        if (WireCheck.Required(request.Key, "key", RunTag.KeyCharsMax) is { } bad) return bad;
        return await db.Write<Done>(session =>
        {
            if (Active(session, caller, request.RunId!, session.Dialect.ForShare(), out var run) is { } refused) return refused;
            if (session.Text(RemoveTag, run.No, request.Key) is not { } before) return Problem.NotFound($"No tag with name: {request.Key} in run with id {run.RunId}");
            events.Append(session, caller, "run.untagged", Subject(run.RunId), EventData.Of(("key", request.Key), ("before", before)));
            return default(Done);
        }, ct);
    }

    private async Task<Outcome<Done>> Append(Caller caller, string runId, MetricBatch? points, IReadOnlyList<ModelPoint> links, List<KeyValue> logged, List<KeyValue> tags, CancellationToken ct)
    {
        var at = tags.FindIndex(static tag => tag.Key == NameTag);
        var name = at < 0 ? null : tags[at].Value;
        if (name is "") return Problem.Invalid($"The tag {NameTag} is the run's name and must not be empty.");
        if (WireCheck.Text(name, NameTag, RunInfo.NameCharsMax) is { } tooLong) return tooLong;
        logged.Sort(ByKey);
        var data = logged.Count + tags.Count == 0 ? null : EventData.Of(logged, tags);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var pointsAlone = data is null && links.Count == 0 && points is not null && caller.MayEverywhere(Right.WriteExperiments);
        var experiment = 0L;
        var outcome = await db.Write<Done>(session =>
        {
            if (pointsAlone && metrics.TryLog(session, caller.Workspace, runId, points!)) return default(Done);
            // Share: many may log points to one run at once, none may delete it meanwhile. Params and tags of one run wait for each other here rather
            // than row by row, where two writers could wait in a circle. The name is the row's own: that needs it whole.
            var hold = name is not null ? session.Dialect.ForUpdate() : data is not null ? session.Dialect.ForNoKeyUpdate() : session.Dialect.ForShare();
            var before = new List<KeyValue>();
            if (Active(session, caller, runId, hold, out var run, TagsBefore(session, runId, tags, before)) is { } refused) return refused;
            if (run.LostMs is not null && (points is not null || logged.Count > 0)) Revive(session, caller, run);
            if (logged.Count > 0 && PutParams(session, run, logged) is { } changed) return changed;
            session.LaterMany(PutTag, tags, (row, tag) => row.Add(run.No).Add(tag.Key).Add(tag.Value));
            NoteKeys(session, experiment = run.ExperimentId, logged, tags);
            if (name is not null) session.Execute(ChangeName, name, now, run.No);
            if (points is not null) metrics.Log(session, caller.Workspace, run.No, run.ExperimentId, points);
            if (links.Count > 0 && LoggedModels.Link(session, caller, run.No, links) is { } unknown) return unknown;
            if (data is not null) events.Append(session, caller, "run.logged", Subject(run.RunId), before.Count == 0 ? data : EventData.Of(logged, tags, before));
            return default(Done);
        }, ct, (points?.Payload.Length ?? 0) + (data?.Length ?? 0), order: runId);
        if (outcome.Succeeded && data is not null) KnowKeys(experiment, logged, tags);
        return outcome;
    }

    private void NoteKeys(Session session, long experiment, List<KeyValue> logged, List<KeyValue> tags)
    {
        if (logged.Count > 0) entryKeys.Note(session, experiment, EntryKeys.Params, logged);
        if (tags.Count > 0) entryKeys.Note(session, experiment, EntryKeys.Tags, tags);
    }

    private void KnowKeys(long experiment, List<KeyValue> logged, List<KeyValue> tags)
    {
        if (logged.Count > 0) entryKeys.Know(experiment, EntryKeys.Params, logged);
        if (tags.Count > 0) entryKeys.Know(experiment, EntryKeys.Tags, tags);
    }

    /// <summary>Asks for the values that tags are about to lose, in the round trip that finds and holds their run; nothing to ask when there are no tags.</summary>
    private static Question[] TagsBefore(Session session, string runId, List<KeyValue> tags, List<KeyValue> into)
    {
        if (tags.Count == 0) return [];
        bool Take(Row row)
        {
            var (key, value) = (row.Text(0), row.Text(1));
            if (tags.Exists(tag => tag.Key == key && tag.Value != value)) into.Add(new(key, value));
            return true;
        }
        return tags.Count == 1
            ? [new(OldTags + " AND key = $2", Take, runId, tags[0].Key)]
            : [new($"{OldTags} AND key {session.Dialect.InTexts("$2")}", Take, runId, Arg.Texts([.. tags.Select(static tag => tag.Key)]))];
    }

    // The primary key decides who was first, also between two writers; whoever was not must have said the same.
    private static Problem? PutParams(Session session, RunRow run, List<KeyValue> logged)
    {
        if (session.ExecuteMany(PutParam, logged, (row, param) => row.Add(run.No).Add(param.Key).Add(param.Value)) == logged.Count) return null;
        var stored = Stored(session, run, logged);
        foreach (var param in logged)
            if (stored[param.Key] != param.Value) return Changed(run, param, stored[param.Key]);
        return null;
    }

    private static Dictionary<string, string> Stored(Session session, RunRow run, List<KeyValue> logged) =>
        session.Query($"SELECT key, value FROM params WHERE run_no = $1 AND key {session.Dialect.InTexts("$2")}",
            static row => new KeyValue(row.Text(0), row.Text(1)), run.No, Arg.Texts([.. logged.Select(static param => param.Key).Distinct()])).ToDictionary(static param => param.Key, static param => param.Value);

    private static Problem Changed(RunRow run, KeyValue param, string stored) => Problem.Invalid(
        $"Changing param values is not allowed. Param with key='{param.Key}' was already logged with value={WireCheck.Quote(stored)} for run ID='{run.RunId}'. Attempted logging new value {WireCheck.Quote(param.Value)}.");

    private Problem? CheckParam(Caller caller, string? key, string? value, string path, out KeyValue param)
    {
        param = default;
        if (WireCheck.Key(key, path + "key", Param.KeyCharsMax) is { } badKey) return badKey;
        if (WireCheck.Value(ref value, path + "value", Param.ValueCharsMax, rules.TruncateLongValues) is { } badValue) return badValue;
        param = new KeyValue(key!, caller.Masking?.Apply(key!, value!) ?? value!);
        return null;
    }

    private static Problem? Twice(List<KeyValue> logged)
    {
        if (logged.Count < 2) return null;
        var twice = logged.GroupBy(static param => param.Key, StringComparer.Ordinal).Where(static group => group.Skip(1).Any()).Select(static group => group.Key).ToList();
        return twice.Count == 0 ? null
            : Problem.Invalid($"Duplicate parameter keys have been submitted: {string.Join(", ", twice.Take(10))}. Please ensure the request contains only one param value per param key.");
    }
}
