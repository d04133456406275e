using Slipway.Access;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// What an ingest request holds of one run, inside the write that moves its log's cursor. A record that can never be taken in is refused by name and passed
/// over: it must not block what stands behind it in the client's log. Only what may succeed later (a full quota) refuses the whole request.
/// </summary>
internal sealed partial class Runs
{
    /// <summary>Takes in what is new: records below <paramref name="acknowledged"/> have been taken in before.</summary>
    internal Problem? TakeIn(Session session, Caller caller, IngestedRun run, long acknowledged, Experiments experiments, IngestRejections rejected, ref bool granted)
    {
        if (WireCheck.RunId(run.RunId) is { } badId)
        {
            rejected.Add(run.RunId.Length > 300 ? run.RunId[..300] : run.RunId, null, badId);
            return null;
        }
        if (run.PointsAlone && caller.MayEverywhere(Right.WriteExperiments))
        {
            var logged = 0;
            while (logged < run.Points.Count && metrics.TryLog(session, caller.Workspace, run.RunId, run.Points[logged])) logged++;
            if (logged == run.Points.Count) return null;
        }
        if (run.Beginning is { } beginning && beginning.Record >= acknowledged)
        {
            if (Begin(session, caller, run.RunId, beginning, experiments, ref granted) is { } refused)
            {
                if (refused.Code is ErrorCode.QUOTA_EXCEEDED) return refused;
                rejected.Add(run.RunId, null, refused);
                return null;
            }
        }
        List<KeyValue> logs = [], tags = [];
        foreach (var (record, key, value) in run.Params)
            if (record < acknowledged) continue;
            else if (CheckParam(caller, key, value, "", out var param) is { } bad) rejected.Add(run.RunId, key, bad);
            else logs.Add(param);
        foreach (var (record, key, value) in run.Tags)
            if (record < acknowledged) continue;
            else if (CheckTag(caller, key, value, "", out var tag) is { } bad) rejected.Add(run.RunId, key, bad);
            else if (key == NameTag && (value.Length == 0 || value.Length > RunInfo.NameCharsMax)) rejected.Add(run.RunId, key, Problem.Invalid($"The tag {NameTag} is the run's name: 1 to {RunInfo.NameCharsMax} characters."));
            else tags.Add(tag);
        var states = run.States.FindAll(state => state.Record >= acknowledged);
        tags = LastOfEach(tags);
        var name = tags.Find(static tag => tag.Key == NameTag).Value;
        var hold = name is not null || states.Count > 0 ? session.Dialect.ForUpdate() : logs.Count + tags.Count > 0 ? session.Dialect.ForNoKeyUpdate() : session.Dialect.ForShare();
        var before = new List<KeyValue>();
        if (Active(session, caller, run.RunId, hold, out var row, TagsBefore(session, run.RunId, tags, before)) is { } gone)
        {
            rejected.Add(run.RunId, null, gone);
            return null;
        }
        if (row.LostMs is not null && run.Points.Count + logs.Count > 0) row = Revive(session, caller, row);
        foreach (var batch in run.Points) metrics.Log(session, caller.Workspace, row.No, row.ExperimentId, batch);
        PutText(session, caller, row, Fitting(session, row, logs, rejected), tags, before, name);
        if (states.Count > 0) PutState(session, caller, row with { Name = name ?? row.Name }, states[^1], rejected);
        return null;
    }

    /// <summary>Makes the run unless it is there.</summary>
    private Problem? Begin(Session session, Caller caller, string runId, IngestedBeginning beginning, Experiments experiments, ref bool granted)
    {
        if (Find(session, caller, runId, "", out _) is not { } missing) return null;
        if (missing.Code is not ErrorCode.RESOURCE_DOES_NOT_EXIST) return missing;
        if (WireCheck.ChosenId(runId, "run_id") is { } badId) return badId;
        if ((WireCheck.Text(beginning.Name, "run_name", RunInfo.NameCharsMax) ?? WireCheck.Text(beginning.User, "user_id", RunInfo.UserIdCharsMax)) is { } badText) return badText;
        if (beginning.StartMs < 0) return WireCheck.Invalid(Text(beginning.StartMs), "start_time", "must be Unix milliseconds, 0 or more.");
        var refused = experiments.FindOrMake(session, caller, beginning.ExperimentId, beginning.ExperimentName, out var experiment, out var made);
        // Another writer took the name between look and insert: by now it can be found.
        if (refused?.Code is ErrorCode.RESOURCE_ALREADY_EXISTS)
            refused = experiments.FindOrMake(session, caller, beginning.ExperimentId, beginning.ExperimentName, out experiment, out made);
        if (refused is not null) return refused;
        granted |= made;
        var (name, now) = (beginning.Name.Length > 0 ? beginning.Name : names.Next(), clock.GetUtcNow().ToUnixTimeMilliseconds());
        if (session.Execute(InsertUnlessThere, runId, experiment.Id, name, (long)RunStatus.RUNNING, beginning.StartMs, beginning.User,
            Experiments.Below(experiment.ArtifactLocation, $"{runId}/artifacts"), now) == 0)
            // Made by another writer just now, or in a workspace that this caller does not see.
            return Find(session, caller, runId, "", out _) is null ? null : Problem.Exists($"A run with the id {runId} exists already, out of reach. Begin the run with another id.");
        if (caller.Quota?.Runs is not null && WorkspaceUsage.Take(session, caller.Workspace, Used.Runs, 1) is { } full) return full;
        session.Later(PutTagOf, runId, NameTag, name);
        entryKeys.Note(session, experiment.Id, EntryKeys.Tags, [new KeyValue(NameTag, name)]);
        events.Append(session, caller, "run.created", Subject(runId), EventData.Of(("experiment_id", Text(experiment.Id)), ("name", name)));
        return null;
    }

    private void PutText(Session session, Caller caller, RunRow row, List<KeyValue> logs, List<KeyValue> tags, List<KeyValue> before, string? name)
    {
        if (logs.Count + tags.Count == 0) return;
        session.LaterMany(PutTag, tags, (values, tag) => values.Add(row.No).Add(tag.Key).Add(tag.Value));
        NoteKeys(session, row.ExperimentId, logs, tags);
        if (name is not null) session.Execute(ChangeName, name, clock.GetUtcNow().ToUnixTimeMilliseconds(), row.No);
        events.Append(session, caller, "run.logged", Subject(row.RunId), EventData.Of(logs, tags, before));
    }

    /// <summary>Writes params and answers those that are stored now with the values they were sent with; the others are refused one by one.</summary>
    private static List<KeyValue> Fitting(Session session, RunRow row, List<KeyValue> logs, IngestRejections rejected)
    {
        if (logs.Count == 0) return logs;
        // Stable, so that of equal keys the first one stays first.
        logs = [.. logs.OrderBy(static param => param.Key, StringComparer.Ordinal)];
        var firsts = logs.DistinctBy(static param => param.Key).ToList();
        if (session.ExecuteMany(PutParam, firsts, (values, param) => values.Add(row.No).Add(param.Key).Add(param.Value)) == logs.Count) return logs;
        var stored = Stored(session, row, logs);
        var fitting = new List<KeyValue>();
        foreach (var param in logs)
            if (stored[param.Key] == param.Value) fitting.Add(param);
            else rejected.Add(row.RunId, param.Key, Changed(row, param, stored[param.Key]));
        return [.. fitting.DistinctBy(static param => param.Key)];
    }

    private void PutState(Session session, Caller caller, RunRow row, (long Record, int Status, long? EndMs) state, IngestRejections rejected)
    {
        if (!Enum.IsDefined((RunStatus)state.Status))
        {
            rejected.Add(row.RunId, null, Problem.Invalid($"Invalid value {state.Status} for parameter 'status' supplied: must be from 1 to {(int)RunStatus.KILLED}."));
            return;
        }
        if (row.LostMs is not null) Found(session, row);
        Put(session, caller, row, row with { Status = (RunStatus)state.Status, EndMs = state.EndMs }, clock.GetUtcNow().ToUnixTimeMilliseconds());
    }
}
