using System.Globalization;
using Slipway.Access;
using Slipway.Artifacts;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Runs: create, read, change, delete softly, restore. What is logged to them is in Runs.Log.cs and Runs.Inputs.cs, their removal for good in
/// Runs.Remove.cs. Every write holds the run's row, so that on PostgreSQL too a deletion and a log cannot pass each other.
/// </summary>
internal sealed partial class Runs(Database db, EventLog events, TimeProvider clock, TrackingRules rules, RunNames names, RunAnswers answers, Metrics metrics,
    ArtifactTree artifacts)
{
    /// <summary>The tag that holds a run's name; setting either sets the other.</summary>
    public const string NameTag = "mlflow.runName";

    private readonly EntryKeys entryKeys = new();

    private const string Columns = """
        SELECT r.no, r.run_id, r.experiment_id, r.name, r.status, r.start_ms, r.end_ms, r.deleted_ms, r.user_id, r.artifact_uri,
               (SELECT e.workspace_id FROM experiments e WHERE e.id = r.experiment_id), r.lost_ms
          FROM runs r WHERE r.run_id = $1
        """;

    private const string Insert = """
        INSERT INTO runs (run_id, experiment_id, name, status, start_ms, user_id, artifact_uri, created_ms, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        """;

    // Two requests that chose the same id: the second finds the first's row instead of failing at the commit.
    private const string InsertUnlessThere = Insert + " ON CONFLICT (run_id) DO NOTHING";

    private const string PutTagOf = "INSERT INTO tags (run_no, key, value) SELECT r.no, $2, $3 FROM runs r WHERE r.run_id = $1";

    private const string Change = "UPDATE runs SET name = $1, status = $2, end_ms = $3, updated_ms = $4 WHERE no = $5";

    private const string ChangeName = "UPDATE runs SET name = $1, updated_ms = $2 WHERE no = $3";

    private const string Mark = "UPDATE runs SET deleted_ms = $1, updated_ms = $2 WHERE no = $3";

    private const string InWorkspace = "SELECT count(*) FROM runs r JOIN experiments e ON e.id = r.experiment_id WHERE e.workspace_id = $1";

    /// <summary>How many runs a workspace's quota counts.</summary>
    public static long Count(Session session, long workspace) => session.Long(InWorkspace, workspace) ?? 0;

    /// <summary>Makes a run of an active experiment. With an id of the client's choice a repeated request answers the run that is there.</summary>
    public async Task<Outcome<RunAnswer>> Create(Caller caller, CreateRun request, CancellationToken ct)
    {
        var experimentId = string.IsNullOrEmpty(request.ExperimentId) ? Experiment.DefaultId : request.ExperimentId;
        if (WireCheck.ExperimentId(experimentId) is { } badId) return badId;
        if (WireCheck.Text(request.UserId, "user_id", RunInfo.UserIdCharsMax) is { } badUser) return badUser;
        if (WireCheck.Text(request.RunName, "run_name", RunInfo.NameCharsMax) is { } badName) return badName;
        var chosen = string.IsNullOrEmpty(request.RunId) ? null : request.RunId;
        if (chosen is not null && WireCheck.ChosenId(chosen, "run_id") is { } badRunId) return badRunId;
        if (request.StartTime is < 0) return WireCheck.Invalid(Text(request.StartTime.Value), "start_time", "must be Unix milliseconds, 0 or more.");
        if (WireCheck.Count(request.Tags?.Length ?? 0, CreateRun.TagsMax, "tags") is { } tooMany) return tooMany;
        if (CheckTags(caller, request.Tags, out var tags) is { } badTag) return badTag;
        if (Name(request.RunName, tags, out var name) is { } disagree) return disagree;
        var now = clock.GetUtcNow();
        var runId = chosen ?? Guid.CreateVersion7(now).ToString("N");
        var nowMs = now.ToUnixTimeMilliseconds();
        var made = 0L;
        var outcome = await db.Write<RunAnswer>(session =>
        {
            // Held, so that the experiment is not deleted between this look and the commit: its cascade would miss the run.
            if (Experiments.Find(session, caller, experimentId, session.Dialect.ForShare(), out var experiment) is { } refused) return refused;
            if (chosen is not null && AsItIs(session, caller, runId, experiment.Id, out var there)) return there;
            if (Experiments.Inactive(experiment) is { } deleted) return deleted;
            var row = new RunRow(0, runId, experiment.Id, name, RunStatus.RUNNING, request.StartTime ?? nowMs, null, null, request.UserId ?? "",
                Experiments.Below(experiment.ArtifactLocation, $"{runId}/artifacts"), caller.Workspace);
            if (chosen is not null && session.Execute(InsertUnlessThere, runId, experiment.Id, name, (long)row.Status, row.StartMs, row.UserId, row.ArtifactUri, nowMs) == 0)
                return AsItIs(session, caller, runId, experiment.Id, out there) ? there : Taken(runId);
            // Last of what may refuse: it holds the workspace's row until the commit.
            if (caller.Quota?.Runs is not null && WorkspaceUsage.Take(session, caller.Workspace, Used.Runs, 1) is { } full) return full;
            if (chosen is null) session.Later(Insert, runId, experiment.Id, name, (long)row.Status, row.StartMs, row.UserId, row.ArtifactUri, nowMs);
            session.LaterMany(PutTagOf, tags, (values, tag) => values.Add(runId).Add(tag.Key).Add(tag.Value));
            entryKeys.Note(session, made = experiment.Id, EntryKeys.Tags, tags);
            events.Append(session, caller, "run.created", Subject(runId), EventData.Of(("experiment_id", experimentId), ("name", name)));
            return new RunAnswer(new Run(Info(row), new RunData(Tags: [.. tags.Select(tag => new RunTag(tag.Key, tag.Value))]), new RunInputs()));
        }, ct);
        if (outcome.Succeeded && made != 0) entryKeys.Know(made, EntryKeys.Tags, tags);
        return outcome;
    }

    // True when a run of this id is anywhere; what is answered about one elsewhere says no more than that.
    private static bool AsItIs(Session session, Caller caller, string runId, long experimentId, out Outcome<RunAnswer> answer)
    {
        answer = Taken(runId);
        if (session.First(Columns, Read, runId) is not { } row) return false;
        if (row.ExperimentId != experimentId || row.Workspace != caller.Workspace) return true;
        var tags = session.Query("SELECT key, value FROM tags WHERE run_no = $1 ORDER BY key", static tag => new RunTag(tag.Text(0), tag.Text(1)), row.No);
        answer = new RunAnswer(new Run(Info(row), new RunData(Tags: [.. tags]), new RunInputs()));
        return true;
    }

    private static Problem Taken(string runId) => Problem.Exists($"A run with the id {runId} exists already, in another experiment.");

    /// <summary>One run with everything logged to it; deleted ones too.</summary>
    public async Task<Outcome<WrittenJson>> Get(Caller caller, RunRef request, CancellationToken ct)
    {
        var id = request.RunId ?? request.RunUuid;
        if (WireCheck.RunId(id) is { } bad) return bad;
        if (await metrics.EnsureSettled(ct) is { } problem) return problem;
        return await db.Read<Outcome<WrittenJson>>(session => Find(session, caller, id!, "", out var row) ?? (Outcome<WrittenJson>)answers.One(session, row), ct);
    }

    /// <summary>Where a run's artifacts lie; deleted runs keep theirs.</summary>
    public async Task<Outcome<string>> ArtifactUri(Caller caller, string id, CancellationToken ct)
    {
        if (WireCheck.RunId(id) is { } bad) return bad;
        return await db.Read<Outcome<string>>(session => Find(session, caller, id, "", out var row) ?? (Outcome<string>)row.ArtifactUri, ct);
    }

    /// <summary>Changes status, end time or name of an active run; an absent or empty field stays as it is.</summary>
    public async Task<Outcome<RunUpdated>> Update(Caller caller, UpdateRun request, CancellationToken ct)
    {
        var id = request.RunId ?? request.RunUuid;
        if (WireCheck.RunId(id) is { } bad) return bad;
        if (WireCheck.Text(request.RunName, "run_name", RunInfo.NameCharsMax) is { } badName) return badName;
        if (request.EndTime is < 0) return WireCheck.Invalid(Text(request.EndTime.Value), "end_time", "must be Unix milliseconds, 0 or more.");
        var status = WireNames.Parse<RunStatus>(request.Status);
        if (status is null && !string.IsNullOrEmpty(request.Status)) return WireNames.Unknown<RunStatus>(request.Status, "status");
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<RunUpdated>(session =>
        {
            if (Active(session, caller, id!, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            var changed = row with
            {
                Name = string.IsNullOrEmpty(request.RunName) ? row.Name : request.RunName,
                Status = status ?? row.Status,
                EndMs = request.EndTime ?? row.EndMs,
            };
            if (row.LostMs is not null && status is not null) Found(session, row);
            Put(session, caller, row, changed, now);
            return new RunUpdated(Info(changed));
        }, ct, order: id);
    }

    private void Put(Session session, Caller caller, RunRow row, RunRow changed, long now)
    {
        if (changed == row) return;
        session.Execute(Change, changed.Name, (long)changed.Status, changed.EndMs, now, row.No);
        if (changed.Name != row.Name) session.Execute(PutTag, row.No, NameTag, changed.Name);
        events.Append(session, caller, "run.updated", Subject(row.RunId), EventData.Of(
            ("status", changed.Status == row.Status ? null : changed.Status.ToString()), ("status_before", changed.Status == row.Status ? null : row.Status.ToString()),
            ("name", changed.Name == row.Name ? null : changed.Name), ("name_before", changed.Name == row.Name ? null : row.Name),
            ("end_time", changed.EndMs == row.EndMs || changed.EndMs is not { } ends ? null : Text(ends)), ("end_time_before", changed.EndMs == row.EndMs || row.EndMs is not { } end ? null : Text(end))));
    }

    /// <summary>Deletes a run softly; deleting it again is fine.</summary>
    public Task<Outcome<Done>> Delete(Caller caller, RunRef request, CancellationToken ct) => SetDeleted(caller, request.RunId ?? request.RunUuid, true, ct);

    /// <summary>Brings a deleted run back; restoring an active one is fine. Its experiment must be active.</summary>
    public Task<Outcome<Done>> Restore(Caller caller, RunRef request, CancellationToken ct) => SetDeleted(caller, request.RunId ?? request.RunUuid, false, ct);

    private async Task<Outcome<Done>> SetDeleted(Caller caller, string? id, bool deleted, CancellationToken ct)
    {
        if (WireCheck.RunId(id) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            // Experiment before run, as everywhere: two writers that lock in different orders would wait for each other.
            if (Find(session, caller, id!, "", out var seen) is { } refused) return refused;
            if (Experiments.Find(session, caller, Text(seen.ExperimentId), session.Dialect.ForShare(), out var experiment) is not null) return Missing(id!);
            if (!deleted && Experiments.Inactive(experiment) is { } inactive) return inactive;
            if (Find(session, caller, id!, session.Dialect.ForUpdate(), out var row) is { } gone) return gone;
            if (row.DeletedMs is not null == deleted) return default(Done);
            session.Execute(Mark, deleted ? now : (long?)null, now, row.No);
            events.Append(session, caller, deleted ? "run.deleted" : "run.restored", Subject(row.RunId), null);
            return default(Done);
        }, ct);
    }

    // A name given as field and as tag must be one name; given as neither it is made up. Afterwards the tags hold it.
    private Problem? Name(string? field, List<KeyValue> tags, out string name)
    {
        var at = tags.FindIndex(static tag => tag.Key == NameTag);
        var tag = at < 0 ? null : tags[at].Value;
        name = string.IsNullOrEmpty(field) ? tag is { Length: > 0 } ? tag : names.Next() : field;
        if (tag is not null && tag != name && !string.IsNullOrEmpty(field))
            return Problem.Invalid($"Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name={WireCheck.Quote(name)}, mlflow.runName={WireCheck.Quote(tag)}).");
        if (WireCheck.Text(name, NameTag, RunInfo.NameCharsMax) is { } tooLong) return tooLong;
        if (at >= 0) tags[at] = new KeyValue(NameTag, name);
        else tags.Insert(~tags.BinarySearch(new KeyValue(NameTag, name), ByKey), new KeyValue(NameTag, name));
        return null;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
