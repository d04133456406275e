using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>
/// Versions of registered models. What a version is made of never changes; its description, tags and stage do. Its number comes from a counter of
/// the model that only grows, in the transaction that makes it: no gap, and none given twice.
/// </summary>
internal sealed partial class ModelVersions(Database db, RegistryNews events, TimeProvider clock, Packages packages, Gates gates)
{
    private const string NextVersion = "UPDATE registered_models SET next_version = next_version + 1, updated_ms = $1 WHERE id = $2 RETURNING next_version - 1";

    private const string Insert = """
        INSERT INTO model_versions (model_id, version, workspace_id, name, is_prompt, stage, description, source, download_uri, held, run_id, run_link, logged_model_id, status, user_id, created_ms, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 3, $14, $15, $15) RETURNING no
        """;

    private const string SetDescription = "UPDATE model_versions SET description = $1, updated_ms = $2 WHERE no = $3";

    private const string TouchModel = "UPDATE registered_models SET updated_ms = $1 WHERE id = $2";

    private const string PutTag = """
        INSERT INTO model_version_tags (version_no, key, value) VALUES ($1, $2, $3) ON CONFLICT (version_no, key) DO UPDATE SET value = excluded.value
        """;

    private const string RemoveTag = "DELETE FROM model_version_tags WHERE version_no = $1 AND key = $2 RETURNING value";

    private const string ReadTag = "SELECT value FROM model_version_tags WHERE version_no = $1 AND key = $2";

    private const string SizeOfTags = "SELECT count(*), coalesce(sum(length(value)), 0) FROM model_version_tags WHERE version_no = $1 AND key <> $2";

    /// <summary>Told, in the write, of a version that goes for good.</summary>
    public List<Action<Session, Caller, ModelVersionRow, long>> Leaving { get; } = [];

    /// <summary>Makes a version of files that are somewhere already.</summary>
    public async Task<Outcome<ModelVersionAnswer>> Create(Caller caller, CreateModelVersion request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        if (WireCheck.Required(request.Source, "source", ModelVersion.SourceCharsMax) is { } badSource) return badSource;
        if (!string.IsNullOrEmpty(request.RunId) && WireCheck.RunId(request.RunId) is { } badRun) return badRun;
        if (WireCheck.Text(request.ModelId, "model_id", LoggedModels.IdCharsMax) is { } badModel) return badModel;
        if (WireCheck.Text(request.RunLink, "run_link", ModelVersion.RunLinkCharsMax) is { } badLink) return badLink;
        if (WireCheck.Text(request.Description, "description", RegisteredModel.DescriptionCharsMax) is { } badText) return badText;
        if (RegistryCheck.Tags(caller, request.Tags?.Select(static tag => (tag?.Key, tag?.Value)).ToList(), out var tags) is { } badTag) return badTag;
        if (TagRoom.Refuse(tags) is { } tooLarge) return tooLarge;
        var description = await Describe(caller, request, ct);
        var now = Now();
        var made = await db.Write<ModelVersionAnswer>(session =>
        {
            if (RegisteredModels.Find(session, caller, request.Name!, session.Dialect.ForUpdate(), out var model) is { } refused) return refused;
            var isPrompt = model.IsPrompt || request.Tags?.Any(static tag => tag?.Key == Prompts.IsPromptTag) is true;
            var found = ModelSource.Resolve(session, caller, request.Source!, request.RunId, request.ModelId, isPrompt);
            if (found.Problem is { } unfit) return unfit;
            var source = found.Value;
            var version = session.Long(NextVersion, now, model.Id)!.Value;
            var no = session.Long(Insert, model.Id, version, caller.Workspace, model.Name, model.IsPrompt, ModelStage.None, request.Description, request.Source, source.DownloadUri,
                source.Held, source.RunId, NullIfEmpty(request.RunLink), source.LoggedModelId, caller.Actor, now)!.Value;
            session.ExecuteMany(PutTag, tags, (row, tag) => row.Add(no).Add(tag.Key).Add(tag.Value));
            if (!isPrompt && packages.Record(session, caller, no, FilesOr(session, caller, source.DownloadUri), description) is { } tooMany) return tooMany;
            if (!isPrompt && !string.IsNullOrEmpty(request.ModelId)) LoggedModels.NoteVersion(session, caller, events.Log, request.ModelId, model.Name, version, now);
            events.Append(session, caller, "model_version.created", Subject(model.Id, version), EventData.Of(("name", model.Name), ("version", Text(version)), ("source", request.Source),
                ("run_id", source.RunId), ("model_id", source.LoggedModelId), ("held", source.Held ? "true" : "false")));
            if (isPrompt) events.TellNew(session, caller, WebhookKind.PromptVersionCreated, Prompts.Plain(tags), ("name", model.Name), ("version", Text(version)), ("template", tags.Find(static tag => tag.Key == Prompts.TextTag).Value), ("description", NullIfEmpty(request.Description)));
            else events.TellNew(session, caller, WebhookKind.VersionCreated, tags, ("name", model.Name), ("version", Text(version)), ("source", request.Source), ("run_id", NullIfEmpty(request.RunId)), ("description", NullIfEmpty(request.Description)));
            return Answer(session, no);
        }, ct);
        events.Hint();
        return made;
    }

    /// <summary>One version with its tags and aliases.</summary>
    public Task<Outcome<ModelVersionAnswer>> Get(Caller caller, ModelVersionRef request, CancellationToken ct) =>
        Look<ModelVersionAnswer>(caller, request, static (session, row) => Answer(session, row.No), ct);

    /// <summary>Where a version's files are to be had.</summary>
    public Task<Outcome<ModelVersionDownloadUri>> DownloadUri(Caller caller, ModelVersionRef request, CancellationToken ct) =>
        Look<ModelVersionDownloadUri>(caller, request, static (_, row) => new ModelVersionDownloadUri(row.DownloadUri), ct);

    /// <summary>Where a version's files lie, also when its source names a run.</summary>
    public Task<Outcome<string>> FilesUri(Caller caller, ModelVersionRef request, CancellationToken ct) =>
        Look(caller, request, (session, row) => ModelSource.Files(session, caller with { Acting = Right.None }, row.DownloadUri), ct);

    /// <summary>One page of versions.</summary>
    public Task<Outcome<ModelVersionsPage>> Search(Caller caller, SearchModelVersions request, CancellationToken ct) =>
        db.Read(session => ModelVersionSearch.Page(session, caller, request), ct);

    /// <summary>Changes the description; an absent one empties it, as in the reference.</summary>
    public Task<Outcome<ModelVersionAnswer>> Update(Caller caller, UpdateModelVersion request, CancellationToken ct)
    {
        if (WireCheck.Text(request.Description, "description", RegisteredModel.DescriptionCharsMax) is { } bad) return Task.FromResult<Outcome<ModelVersionAnswer>>(bad);
        return Change(caller, request.Name, request.Version, (session, row, now) =>
        {
            session.Execute(SetDescription, request.Description, now, row.No);
            events.Append(session, caller, "model_version.updated", row.Subject, EventData.Of(("name", row.Name), ("version", Text(row.Version)), ("before", row.Description), ("after", request.Description)));
            return null;
        }, ct);
    }

    /// <summary>Sets or overwrites a tag.</summary>
    public async Task<Outcome<Done>> SetTag(Caller caller, SetModelVersionTag request, CancellationToken ct)
    {
        var value = request.Value;
        if (RegistryCheck.Tag(request.Key, ref value, "") is { } bad) return bad;
        var stored = caller.Masking?.Apply(request.Key!, value!) ?? value!;
        var set = await Change(caller, request.Name, request.Version, (session, row, _) =>
        {
            if (TagRoom.Refuse(session, SizeOfTags, row.No, request.Key!, stored) is { } full) return full;
            var before = session.Text(ReadTag, row.No, request.Key);
            session.Execute(PutTag, row.No, request.Key, stored);
            events.Append(session, caller, "model_version.tagged", row.Subject, EventData.Of(("name", row.Name), ("version", Text(row.Version)), ("key", request.Key), ("before", before), ("after", stored)));
            events.Tell(session, caller, row.IsPrompt ? WebhookKind.PromptVersionTagSet : WebhookKind.VersionTagSet, ("name", row.Name), ("version", Text(row.Version)), ("key", request.Key), ("value", stored));
            return null;
        }, ct);
        return set.Problem is { } refused ? refused : default(Done);
    }

    /// <summary>Deletes a tag; one that is not there is no error, as in the reference.</summary>
    public async Task<Outcome<Done>> DeleteTag(Caller caller, DeleteModelVersionTag request, CancellationToken ct)
    {
        if (WireCheck.Key(request.Key, "key", RegisteredModelTag.KeyCharsMax) is { } bad) return bad;
        var deleted = await Change(caller, request.Name, request.Version, (session, row, _) =>
        {
            if (session.Text(RemoveTag, row.No, request.Key) is not { } before) return null;
            events.Append(session, caller, "model_version.untagged", row.Subject, EventData.Of(("name", row.Name), ("version", Text(row.Version)), ("key", request.Key), ("before", before)));
            events.Tell(session, caller, row.IsPrompt ? WebhookKind.PromptVersionTagDeleted : WebhookKind.VersionTagDeleted, ("name", row.Name), ("version", Text(row.Version)), ("key", request.Key));
            return null;
        }, ct);
        return deleted.Problem is { } refused ? refused : default(Done);
    }

    /// <summary>Deletes a version for good, and the aliases that stand for it. Its number is not given again; its history stays.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, ModelVersionRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        var now = Now();
        var deleted = await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.Name!, version.Value, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            if (Protections.RefuseRemoval(session, caller, row.ModelId, row.Name, row.Version) is { } held) return held;
            foreach (var leave in Leaving) leave(session, caller, row, now);
            Stays.EndAll(session, caller, row.ModelId, row.Version, now, "The version was deleted.");
            session.Execute("DELETE FROM registered_model_aliases WHERE model_id = $1 AND version = $2", row.ModelId, row.Version);
            session.Execute("DELETE FROM model_version_tags WHERE version_no = $1", row.No);
            session.Execute("DELETE FROM model_version_stages WHERE version_no = $1", row.No);
            Packages.Erase(session, "$1", row.No);
            CardSections.Erase(session, row.ModelId, row.Version);
            Slipway.Pages.Notes.Erase(session, caller.Workspace, row.Subject);
            session.Execute("DELETE FROM model_versions WHERE no = $1", row.No);
            session.Execute(TouchModel, now, row.ModelId);
            events.Append(session, caller, "model_version.deleted", row.Subject,
                EventData.Of(("name", row.Name), ("version", Text(row.Version)), ("stage", row.Stage), ("source", row.Source), ("run_id", row.RunId)));
            if (!row.IsPrompt) events.Tell(session, caller, WebhookKind.VersionDeleted, ("name", row.Name), ("version", Text(row.Version)));
            return default(Done);
        }, ct);
        events.Hint();
        return deleted;
    }

    /// <summary>What the files say about themselves, read before the write; what cannot be found now is refused there.</summary>
    private async Task<Packages.Description> Describe(Caller caller, CreateModelVersion request, CancellationToken ct)
    {
        var uri = await db.Read(session => ModelSource.Resolve(session, caller, request.Source!, request.RunId, request.ModelId, isPrompt: false) is { Problem: null, Value: var source } ? FilesOr(session, caller, source.DownloadUri) : "", ct);
        return await packages.Describe(caller, uri, ct);
    }

    private static string FilesOr(Session session, Caller caller, string downloadUri) => ModelSource.Files(session, caller with { Acting = Right.None }, downloadUri) is { Problem: null, Value: var uri } ? uri : "";

    private async Task<Outcome<T>> Look<T>(Caller caller, ModelVersionRef request, Func<Session, ModelVersionRow, Outcome<T>> look, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        return await db.Read(session => Find(session, caller, request.Name!, version.Value, "", out var row) is { } refused ? refused : look(session, row), ct);
    }

    private async Task<Outcome<ModelVersionAnswer>> Change(Caller caller, string? name, string? number, Func<Session, ModelVersionRow, long, Problem?> change, CancellationToken ct)
    {
        if (RegistryCheck.Name(name) is { } badName) return badName;
        var version = RegistryCheck.Version(number);
        if (version.Problem is { } badVersion) return badVersion;
        var now = Now();
        var changed = await db.Write<ModelVersionAnswer>(session =>
            Find(session, caller, name!, version.Value, session.Dialect.ForUpdate(), out var row) is { } refused ? refused
            : change(session, row, now) is { } problem ? problem
            : Answer(session, row.No), ct);
        events.Hint();
        return await gates.Noted(caller, changed, ct);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string Text(long number) => RegisteredModels.Text(number);

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
