using System.Globalization;
using Slipway.Access;
using Slipway.Datasets;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Experiments: names unique in their workspace, soft delete that takes the active runs along, tags. Two writers that race for a name
/// are settled by the unique constraint.
/// </summary>
internal sealed partial class Experiments(Database db, EventLog events, TimeProvider clock, TrackingRules rules, Standings standings)
{
    private const string NextId = "UPDATE experiment_ids SET next_id = next_id + 1 WHERE one = 1 RETURNING next_id - 1";

    private const string Insert = """
        INSERT INTO experiments (id, workspace_id, name, artifact_location, created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT DO NOTHING
        """;

    private const string Columns = "SELECT e.id, e.name, e.artifact_location, e.created_ms, e.updated_ms, e.deleted_ms FROM experiments e";

    private const string Rename = "UPDATE experiments SET name = $1, updated_ms = $2 WHERE id = $3";

    private const string Mark = "UPDATE experiments SET deleted_ms = $1, updated_ms = $2 WHERE id = $3";

    private const string DeleteActiveRuns = "UPDATE runs SET deleted_ms = $1, updated_ms = $1 WHERE experiment_id = $2 AND deleted_ms IS NULL";

    // All of them, as the reference: also those that were deleted one by one before.
    private const string RestoreRuns = "UPDATE runs SET deleted_ms = NULL, updated_ms = $1 WHERE experiment_id = $2 AND deleted_ms IS NOT NULL";

    private const string ReadTags = "SELECT key, value FROM experiment_tags WHERE experiment_id = $1 ORDER BY key";

    private const string PutTag = """
        INSERT INTO experiment_tags (experiment_id, key, value) VALUES ($1, $2, $3)
        ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string RemoveTag = "DELETE FROM experiment_tags WHERE experiment_id = $1 AND key = $2 RETURNING value";

    private const string Touch = "UPDATE experiments SET updated_ms = $1 WHERE id = $2";

    // What the tag was, for the event, without a statement more.
    private const string TouchAndTell = Touch + " RETURNING (SELECT t.value FROM experiment_tags t WHERE t.experiment_id = $2 AND t.key = $3)";

    /// <summary>What capabilities above keep about an experiment goes with it: called in the same write, with its workspace and number.</summary>
    public List<Action<Session, long, long>> Erasing { get; } = [];

    /// <summary>Makes the Default experiment of the default workspace unless it is there; called at every start.</summary>
    public Task<Outcome<Done>> MakeDefault(CancellationToken ct)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return db.Write<Done>(session =>
        {
            session.Execute(Insert, 0L, Caller.DefaultWorkspace, Experiment.DefaultName, Location(0), now);
            return default(Done);
        }, ct);
    }

    /// <summary>Makes the Default experiment of a new workspace, in the transaction that makes the workspace.</summary>
    public void MakeDefault(Session session, long workspace)
    {
        var id = session.Long(NextId)!.Value;
        session.Execute(Insert, id, workspace, Experiment.DefaultName, Location(id), clock.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>Makes an experiment. A name is taken by a deleted experiment too.</summary>
    public async Task<Outcome<ExperimentCreated>> Create(Caller caller, CreateExperiment request, CancellationToken ct)
    {
        if (WireCheck.Required(request.Name, "name", Experiment.NameCharsMax) is { } badName) return badName;
        if (CheckLocation(request.ArtifactLocation) is { } badLocation) return badLocation;
        if (CheckTags(caller, request.Tags, out var tags) is { } badTag) return badTag;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var granted = false;
        var made = await db.Write<ExperimentCreated>(session =>
        {
            if (Taken(session, caller, request.Name!) is { } taken) return taken;
            var experiment = Make(session, caller, request.Name!, request.ArtifactLocation, now, out granted);
            if (experiment.Problem is { } faster) return faster;
            session.ExecuteMany(PutTag, tags, (row, tag) => row.Add(experiment.Value.Id).Add(tag.Key).Add(tag.Value));
            return new ExperimentCreated(Text(experiment.Value.Id));
        }, ct);
        if (granted) standings.Forget();
        return made;
    }

    /// <summary>Inside a write: the active experiment of an id or else of a name, held against deletion; a name that is free is taken.</summary>
    public Problem? FindOrMake(Session session, Caller caller, string id, string name, out ExperimentRow row, out bool granted)
    {
        (row, granted) = (null!, false);
        if (id.Length > 0 || name.Length == 0)
        {
            if (WireCheck.ExperimentId(id.Length > 0 ? id : Experiment.DefaultId) is { } badId) return badId;
            return Find(session, caller, id.Length > 0 ? id : Experiment.DefaultId, session.Dialect.ForShare(), out row) ?? Inactive(row);
        }
        if (WireCheck.Text(name, "experiment_name", Experiment.NameCharsMax) is { } badName) return badName;
        if (ByName(session, caller, name) is { } known) return Find(session, caller, Text(known.Id), session.Dialect.ForShare(), out row) ?? Inactive(row);
        if ((caller.Needs(Right.CreateExperiments) ?? caller.NeedsEverywhere(Right.CreateExperiments)) is { } denied) return denied;
        var made = Make(session, caller, name, null, clock.GetUtcNow().ToUnixTimeMilliseconds(), out granted);
        if (made.Succeeded) row = made.Value;
        return made.Problem;
    }

    /// <summary>To be called after a write in which an experiment was made for somebody who may not manage all of them.</summary>
    public void Granted() => standings.Forget();

    private Outcome<ExperimentRow> Make(Session session, Caller caller, string name, string? artifactLocation, long now, out bool granted)
    {
        var id = session.Long(NextId)!.Value;
        var location = string.IsNullOrEmpty(artifactLocation) ? Location(id) : artifactLocation.TrimEnd('/');
        granted = false;
        if (session.Execute(Insert, id, caller.Workspace, name, location, now) == 0) return Problem.Exists($"Experiment(name={name}) already exists."); // another writer was faster
        events.Append(session, caller, "experiment.created", Subject(id), EventData.Of(("name", name), ("artifact_location", location)));
        granted = RootGrants.GiveMaker(session, caller, RootKind.Experiment, id);
        return new ExperimentRow(id, name, location, now, now, null);
    }

    /// <summary>One experiment with its tags; deleted ones too.</summary>
    public async Task<Outcome<ExperimentAnswer>> Get(Caller caller, ExperimentRef request, CancellationToken ct)
    {
        if (WireCheck.ExperimentId(request.ExperimentId) is { } bad) return bad;
        return await db.Read<Outcome<ExperimentAnswer>>(session =>
            Find(session, caller, request.ExperimentId!, "", out var found) ?? (Outcome<ExperimentAnswer>)new ExperimentAnswer(WithTags(session, found)), ct);
    }

    /// <summary>One experiment by its name; deleted ones too.</summary>
    public async Task<Outcome<ExperimentAnswer>> GetByName(Caller caller, GetExperimentByName request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.ExperimentName)) return Problem.Missing("experiment_name");
        if (WireCheck.Text(request.ExperimentName, "experiment_name", Experiment.NameCharsMax) is { } bad) return bad;
        return await db.Read<Outcome<ExperimentAnswer>>(session => ByName(session, caller, request.ExperimentName) is { } found && caller.Sees(RootKind.Experiment, found.Id)
            ? new ExperimentAnswer(WithTags(session, found))
            : Problem.NotFound($"Could not find experiment with name {WireCheck.Quote(request.ExperimentName)}"), ct);
    }

    /// <summary>One page of experiments.</summary>
    public async Task<Outcome<ExperimentsPage>> Search(Caller caller, SearchExperiments request, CancellationToken ct)
    {
        if (WireNames.Deleted(request.ViewType, "view_type", out var deleted) is { } badView) return badView;
        var query = new ExperimentQuery(request.Filter, request.OrderBy, deleted, request.MaxResults, request.PageToken);
        return await db.Read<Outcome<ExperimentsPage>>(session =>
        {
            var page = ExperimentSearch.Page(session, caller, query);
            if (page.Problem is { } refused) return refused;
            var found = Records(session, page.Value.Numbers);
            return new ExperimentsPage(found.Length == 0 ? null : found, page.Value.NextPageToken);
        }, ct);
    }

    /// <summary>Renames an active experiment; without a new name nothing changes.</summary>
    public async Task<Outcome<Done>> Update(Caller caller, UpdateExperiment request, CancellationToken ct)
    {
        if (WireCheck.ExperimentId(request.ExperimentId) is { } badId) return badId;
        if (WireCheck.Text(request.NewName, "new_name", Experiment.NameCharsMax) is { } badName) return badName;
        if (request.NewName is { Length: 0 }) return Problem.Missing("new_name");
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            return await db.Write<Done>(session =>
            {
                if (Find(session, caller, request.ExperimentId!, session.Dialect.ForUpdate(), out var found) is { } refused) return refused;
                if (found.DeletedMs is not null) return Problem.Invalid($"Cannot rename a non-active experiment: experiment {found.Id} is deleted. Restore it first.");
                if (request.NewName is null || request.NewName == found.Name) return default(Done);
                if (Taken(session, caller, request.NewName) is { } taken) return taken;
                session.Execute(Rename, request.NewName, now, found.Id);
                events.Append(session, caller, "experiment.renamed", Subject(found.Id), EventData.Of(("before", found.Name), ("after", request.NewName)));
                return default(Done);
            }, ct);
        }
        catch (ConstraintException)
        {
            return Problem.Exists($"Experiment(name={request.NewName}) already exists."); // another writer was faster
        }
    }

    /// <summary>Deletes an active experiment softly, and with it its active runs.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, ExperimentRef request, CancellationToken ct)
    {
        if (WireCheck.ExperimentId(request.ExperimentId) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.ExperimentId!, session.Dialect.ForUpdate(), out var found) is { } refused) return refused;
            if (found.DeletedMs is not null) return Missing(request.ExperimentId!);
            session.Execute(Mark, now, now, found.Id);
            var runs = session.Execute(DeleteActiveRuns, now, found.Id);
            events.Append(session, caller, "experiment.deleted", Subject(found.Id), EventData.Of(("name", found.Name), ("runs", Text(runs))));
            return default(Done);
        }, ct);
    }

    /// <summary>Restores a deleted experiment and all its runs.</summary>
    public async Task<Outcome<Done>> Restore(Caller caller, ExperimentRef request, CancellationToken ct)
    {
        if (WireCheck.ExperimentId(request.ExperimentId) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.ExperimentId!, session.Dialect.ForUpdate(), out var found) is { } refused) return refused;
            if (found.DeletedMs is null) return Missing(request.ExperimentId!);
            session.Execute(Mark, (long?)null, now, found.Id);
            var runs = session.Execute(RestoreRuns, now, found.Id);
            events.Append(session, caller, "experiment.restored", Subject(found.Id), EventData.Of(("name", found.Name), ("runs", Text(runs))));
            return default(Done);
        }, ct);
    }

    /// <summary>Sets or overwrites one tag of an active experiment.</summary>
    public async Task<Outcome<Done>> SetTag(Caller caller, SetExperimentTag request, CancellationToken ct)
    {
        if (WireCheck.ExperimentId(request.ExperimentId) is { } badId) return badId;
        if (CheckTag(caller, request.Key, request.Value, "", out var tag) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.ExperimentId!, session.Dialect.ForUpdate(), out var found) is { } refused) return refused;
            if (Inactive(found) is { } deleted) return deleted;
            var before = session.Text(TouchAndTell, now, found.Id, tag.Key);
            session.Execute(PutTag, found.Id, tag.Key, tag.Value);
            events.Append(session, caller, "experiment.tagged", Subject(found.Id), EventData.Of(("key", tag.Key), ("before", before), ("after", tag.Value)));
            return default(Done);
        }, ct);
    }

    /// <summary>Deletes one tag of an active experiment.</summary>
    public async Task<Outcome<Done>> DeleteTag(Caller caller, DeleteExperimentTag request, CancellationToken ct)
    {
        if (WireCheck.ExperimentId(request.ExperimentId) is { } badId) return badId;
        if (WireCheck.Required(request.Key, "key", ExperimentTag.KeyCharsMax) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.ExperimentId!, session.Dialect.ForUpdate(), out var found) is { } refused) return refused;
            if (Inactive(found) is { } deleted) return deleted;
            if (session.Text(RemoveTag, found.Id, request.Key) is not { } before) return Problem.NotFound($"No tag with name: {request.Key} in experiment with id {found.Id}");
            session.Execute(Touch, now, found.Id);
            events.Append(session, caller, "experiment.untagged", Subject(found.Id), EventData.Of(("key", request.Key), ("before", before)));
            return default(Done);
        }, ct);
    }

    /// <summary>Deletes an experiment that the write holds and that has no run and no model left; its name is free. Files in a place of its own choice stay there.</summary>
    internal void Erase(Session session, Caller caller, long id)
    {
        var name = session.Text("DELETE FROM experiments WHERE id = $1 RETURNING name", id);
        session.Execute("DELETE FROM experiment_tags WHERE experiment_id = $1", id);
        DatasetVersions.Erase(session, id);
        RootGrants.Erase(session, RootKind.Experiment, id);
        foreach (var erase in Erasing) erase(session, caller.Workspace, id);
        events.Append(session, caller, "experiment.removed", Subject(id), EventData.Of(("name", name)));
    }

    private static Problem? Taken(Session session, Caller caller, string name) => ByName(session, caller, name) switch
    {
        null => null,
        { DeletedMs: null } => Problem.Exists($"Experiment(name={name}) already exists."),
        var deleted => Problem.Exists(
            $"Experiment(name={name}) already exists in deleted state (experiment_id={deleted.Id}). Restore it with experiments/restore, or choose another name."),
    };

    /// <summary>A path below an artifact location: before its query, where it has one.</summary>
    public static string Below(string location, string path) => location.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query
        ? $"{location.AsSpan(0, query).TrimEnd('/')}/{path}{location.AsSpan(query)}"
        : $"{location}/{path}";

    private string Location(long id) => $"{rules.ArtifactRoot}/{id}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static Problem? CheckLocation(string? location)
    {
        if (WireCheck.Text(location, "artifact_location", Experiment.ArtifactLocationCharsMax) is { } bad) return bad;
        if (location?.Contains('#', StringComparison.Ordinal) is true) return WireCheck.Invalid(location, "artifact_location", "an artifact location has no fragment.");
        if (location?.IndexOf('?', StringComparison.Ordinal) is not (>= 0 and var query)) return null;
        if (location.StartsWith("mlflow-artifacts:", StringComparison.Ordinal)) return WireCheck.Invalid(location, "artifact_location", "a location on this server has no query.");
        // Dots may hide behind one encoding or several; some store would resolve them as a part of the path.
        return location.AsSpan(query) is var text && (text.Contains("..", StringComparison.Ordinal) || text.Contains("%2e", StringComparison.OrdinalIgnoreCase) || text.Contains("%25", StringComparison.Ordinal))
            ? WireCheck.Invalid(location, "artifact_location", "its query must not hold '..', %2E or %25.")
            : null;
    }
}
