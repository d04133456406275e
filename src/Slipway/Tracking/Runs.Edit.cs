using System.Text;
using System.Text.Json;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>runs/edit: tags and life of many runs in one write, a statement a tag however many runs there are, and one event.</summary>
internal sealed partial class Runs
{
    /// <summary>The kind of the event of an edit of several runs; its subject is their experiment, or <see cref="ManyExperiments"/>.</summary>
    public const string EditedKind = "run.edited";

    /// <summary>The subject of an edit across experiments, which its details name.</summary>
    public const string ManyExperiments = "experiments";

    private const int NamedMax = 20;
    private const int TagBytesMax = 600;

    private static string ToEdit(Dialect dialect) => $"""
        SELECT r.run_id, r.no, r.experiment_id, e.workspace_id FROM runs r JOIN experiments e ON e.id = r.experiment_id WHERE r.run_id {dialect.InTexts("$1")} ORDER BY r.run_id
        """;

    private static string PutTagOfMany(Dialect dialect) => $"""
        INSERT INTO tags (run_no, key, value) SELECT x.value, $2, $3 FROM {dialect.EachLong("$1", "x")} WHERE 1 = 1
        ON CONFLICT (run_no, key) DO UPDATE SET value = excluded.value WHERE tags.value <> excluded.value
        """;

    private static string RemoveTagsOfMany(Dialect dialect) => $"DELETE FROM tags WHERE run_no {dialect.InLongs("$1")} AND key {dialect.InTexts("$2")}";

    private static string RenameMany(Dialect dialect) => $"UPDATE runs SET name = $1, updated_ms = $2 WHERE no {dialect.InLongs("$3")} AND name <> $1";

    private static string DeleteMany(Dialect dialect) => $"UPDATE runs SET deleted_ms = $1, updated_ms = $1 WHERE no {dialect.InLongs("$2")} AND deleted_ms IS NULL";

    private static string RestoreMany(Dialect dialect) => $"UPDATE runs SET deleted_ms = NULL, updated_ms = $1 WHERE no {dialect.InLongs("$2")} AND deleted_ms IS NOT NULL";

    private sealed record Edit(List<KeyValue> Set, string[] Removed, string? Lifecycle);

    /// <summary>Changes what it can and answers what it could not.</summary>
    public async Task<Outcome<RunsEdited>> EditMany(Caller caller, EditRuns request, CancellationToken ct)
    {
        var ids = (request.RunIds ?? []).Distinct(StringComparer.Ordinal).ToList();
        if (ids.Count == 0) return Problem.Missing("run_ids");
        if (WireCheck.Count(request.RunIds!.Length, EditRuns.RunsMax, "run_ids") is { } tooMany) return tooMany;
        for (var i = 0; i < ids.Count; i++)
            if (WireCheck.RunId(ids[i], "run_ids") is { } badId) return badId;
        if (Check(caller, request, ids.Count, out var edit) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<RunsEdited>(session =>
        {
            var refused = new List<RefusedRun>();
            var found = Hold(session, caller, ids, edit, refused);
            if (found.Problem is { } problem) return problem;
            var runs = found.Value;
            foreach (var experiment in runs.Select(static run => run.ExperimentId).Distinct().Order()) entryKeys.Note(session, experiment, EntryKeys.Tags, edit.Set);
            if (runs.Count > 0 && Apply(session, edit, Arg.Longs([.. runs.Select(static run => run.No)]), now) > 0) events.Append(session, caller, EditedKind, SubjectOf(runs), Details(runs, edit));
            return new RunsEdited(runs.Count, [.. refused]);
        }, ct, edit.Set.Sum(tag => (long)tag.Value.Length) * ids.Count, order: ids[0]);
    }

    private Problem? Check(Caller caller, EditRuns request, int runs, out Edit edit)
    {
        edit = new([], [], null);
        if ((WireCheck.Count(request.SetTags?.Length ?? 0, EditRuns.TagsMax, "set_tags") ?? WireCheck.Count(request.DeleteTags?.Length ?? 0, EditRuns.TagsMax, "delete_tags")) is { } tooMany) return tooMany;
        var tags = new List<KeyValue>();
        foreach (var (sent, i) in (request.SetTags ?? []).Select(static (tag, i) => (tag, i)))
            if (CheckTag(caller, sent?.Key, sent?.Value, $"set_tags[{i}].", out var tag) is { } bad) return bad;
            else tags.Add(tag);
        tags = LastOfEach(tags);
        var chars = tags.Sum(static tag => (long)tag.Key.Length + tag.Value.Length) * runs;
        if (chars > EditRuns.CharsMax) return Problem.Invalid($"An edit writes at most {EditRuns.CharsMax:N0} characters of tags, this one {chars:N0} ({runs:N0} runs). Edit fewer runs at a time, or set shorter tags.");
        if (tags.Find(static tag => tag.Key == NameTag) is { Key: not null } name && (name.Value.Length == 0 || name.Value.Length > RunInfo.NameCharsMax))
            return Problem.Invalid($"The tag {NameTag} is the run's name: it has 1 to {RunInfo.NameCharsMax} characters.");
        var removed = request.DeleteTags ?? [];
        for (var i = 0; i < removed.Length; i++)
        {
            if (WireCheck.Required(removed[i], $"delete_tags[{i}]", RunTag.KeyCharsMax) is { } bad) return bad;
            if (removed[i] == NameTag) return Problem.Invalid($"delete_tags[{i}]: the tag {NameTag} is the run's name, which it always has. Set another one instead.");
            if (tags.Exists(tag => tag.Key == removed[i])) return Problem.Invalid($"delete_tags[{i}]: the tag {WireCheck.Quote(removed[i]!)} is set by the same request.");
        }
        if (request.Lifecycle is not (null or "" or "delete" or "restore")) return WireCheck.Invalid(request.Lifecycle, "lifecycle", "must be delete, restore or null.");
        edit = new(tags, removed!, string.IsNullOrEmpty(request.Lifecycle) ? null : request.Lifecycle);
        return tags.Count + removed.Length == 0 && edit.Lifecycle is null ? Problem.Invalid("Nothing to change: give set_tags, delete_tags or lifecycle.") : null;
    }

    /// <summary>The runs that may be changed, held until the commit; experiments before runs and both in order, as everywhere.</summary>
    private static Outcome<List<RunRow>> Hold(Session session, Caller caller, List<string> ids, Edit edit, List<RefusedRun> refused)
    {
        var seen = session.Query(ToEdit(session.Dialect), static row => (RunId: row.Text(0), No: row.Long(1), Experiment: row.Long(2), Workspace: row.Long(3)), Arg.Texts(ids))
            .Where(run => run.Workspace == caller.Workspace).ToDictionary(static run => run.RunId, StringComparer.Ordinal);
        var allowed = new List<long>();
        foreach (var id in ids)
            if (!seen.TryGetValue(id, out var run)) refused.Add(new(id, Missing(id).Message));
            else if (caller.Refused(RootKind.Experiment, run.Experiment, Missing(id)) is { } problem) refused.Add(new(id, problem.Message));
            else allowed.Add(run.No);
        var experiments = seen.Values.Select(static run => run.Experiment).Distinct().ToList();
        if (experiments.Count > EditRuns.ExperimentsMax)
            return Problem.Invalid($"An edit covers runs of at most {EditRuns.ExperimentsMax} experiments, these are of {experiments.Count}. Edit them in several requests.");
        var deleted = edit.Lifecycle is null ? [] : session.Query($"SELECT id, deleted_ms FROM experiments WHERE id {session.Dialect.InLongs("$1")} ORDER BY id{session.Dialect.ForShare()}",
            static row => (Id: row.Long(0), Deleted: !row.IsNull(1)), Arg.Longs(experiments)).Where(static experiment => experiment.Deleted).Select(static experiment => experiment.Id).ToHashSet();
        var runs = session.Query($"SELECT no, run_id, experiment_id, name, status, start_ms, end_ms, deleted_ms, user_id, artifact_uri, 0, lost_ms FROM runs WHERE no {session.Dialect.InLongs("$1")} ORDER BY run_id{session.Dialect.ForUpdate()}",
            Read, Arg.Longs(allowed));
        for (var i = runs.Count - 1; i >= 0; i--)
        {
            var why = edit.Lifecycle switch
            {
                "restore" when deleted.Contains(runs[i].ExperimentId) => $"The experiment {runs[i].ExperimentId} must be in the 'active' state. Current state is deleted.",
                null when runs[i].DeletedMs is not null => $"The run {runs[i].RunId} must be in the 'active' state. Current state is deleted.",
                _ => null,
            };
            if (why is null) continue;
            refused.Add(new(runs[i].RunId, why));
            runs.RemoveAt(i);
        }
        return runs;
    }

    /// <summary>How many rows were changed: none by a repeated request.</summary>
    private static long Apply(Session session, Edit edit, Arg runs, long now)
    {
        var changed = 0L;
        foreach (var (key, value) in edit.Set)
        {
            changed += session.Execute(PutTagOfMany(session.Dialect), runs, key, value);
            if (key == NameTag) changed += session.Execute(RenameMany(session.Dialect), value, now, runs);
        }
        if (edit.Removed.Length > 0) changed += session.Execute(RemoveTagsOfMany(session.Dialect), runs, Arg.Texts(edit.Removed));
        if (edit.Lifecycle is "delete") changed += session.Execute(DeleteMany(session.Dialect), now, runs);
        if (edit.Lifecycle is "restore") changed += session.Execute(RestoreMany(session.Dialect), now, runs);
        return changed;
    }

    private static string SubjectOf(List<RunRow> runs) => runs.Count == 1 ? Subject(runs[0].RunId)
        : runs.TrueForAll(run => run.ExperimentId == runs[0].ExperimentId) ? Experiments.Subject(runs[0].ExperimentId) : ManyExperiments;

    /// <summary>What was asked of how many runs: every experiment, the first runs, tags as far as there is room. Always less than an event may hold.</summary>
    private static string Details(List<RunRow> runs, Edit edit)
    {
        using var buffer = new PooledWriter(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("runs", runs.Count);
            json.WriteStartArray("experiment_ids");
            foreach (var id in runs.Select(static run => run.ExperimentId).Distinct()) json.WriteStringValue(Text(id));
            json.WriteEndArray();
            json.WriteStartArray("run_ids");
            foreach (var run in runs.Take(NamedMax)) json.WriteStringValue(run.RunId);
            json.WriteEndArray();
            if (edit.Lifecycle is not null) json.WriteString("lifecycle", edit.Lifecycle);
            Details(json, "set_tags", edit.Set);
            Details(json, "delete_tags", [.. edit.Removed.Select(static key => new KeyValue(key, ""))]);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.Written);
    }

    private static void Details(Utf8JsonWriter json, string name, List<KeyValue> tags)
    {
        if (tags.Count == 0) return;
        json.WriteNumber(name + "_count", tags.Count);
        json.WriteStartObject(name);
        var left = TagBytesMax;
        foreach (var (key, value) in tags)
        {
            var shown = value.Length > 100 ? value[..(char.IsHighSurrogate(value[99]) ? 99 : 100)] + "..." : value;
            if ((left -= JsonEncodedText.Encode(key).EncodedUtf8Bytes.Length + JsonEncodedText.Encode(shown).EncodedUtf8Bytes.Length) < 0) break;
            json.WriteString(key, shown);
        }
        json.WriteEndObject();
    }
}
