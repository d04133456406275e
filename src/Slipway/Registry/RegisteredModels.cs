using Slipway.Access;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>
/// Registered models: names unique in their workspace, tags, and what hangs on them. Every change of a model or of anything below it holds the
/// model's row, so that versions, stages and aliases of one model change one after the other.
/// </summary>
internal sealed partial class RegisteredModels(Database db, RegistryNews events, TimeProvider clock, Standings standings)
{
    private const string Insert = """
        INSERT INTO registered_models (workspace_id, name, description, is_prompt, next_version, user_id, created_ms, updated_ms) VALUES ($1, $2, $3, $4, 1, $5, $6, $6)
        ON CONFLICT (workspace_id, name) DO NOTHING RETURNING id
        """;

    // Requests for approval go by themselves: their entries hang on them.
    private static readonly string[] GateTables = ["gate_attachments", "slot_protections", "gate_evaluations", "gate_waivers", "gate_commands", "model_stages", "model_version_stages"];

    private const string SetDescription = "UPDATE registered_models SET description = $1, updated_ms = $2 WHERE id = $3";

    private const string SetName = "UPDATE registered_models SET name = $1, updated_ms = $2 WHERE id = $3";

    private const string SetNameOfVersions = "UPDATE model_versions SET name = $1, updated_ms = $2 WHERE model_id = $3";

    private const string PutTag = """
        INSERT INTO registered_model_tags (model_id, key, value) VALUES ($1, $2, $3) ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string RemoveTag = "DELETE FROM registered_model_tags WHERE model_id = $1 AND key = $2 RETURNING value";

    private const string ReadTag = "SELECT value FROM registered_model_tags WHERE model_id = $1 AND key = $2";

    private const string SizeOfTags = "SELECT count(*), coalesce(sum(length(value)), 0) FROM registered_model_tags WHERE model_id = $1 AND key <> $2";

    /// <summary>Makes a model, or with the tag of prompts a prompt. Models and prompts share their names.</summary>
    public async Task<Outcome<RegisteredModelAnswer>> Create(Caller caller, CreateRegisteredModel request, CancellationToken ct)
    {
        if (RegistryCheck.NewName(request.Name) is { } badName) return badName;
        if (WireCheck.Text(request.Description, "description", RegisteredModel.DescriptionCharsMax) is { } badText) return badText;
        if (RegistryCheck.Tags(caller, request.Tags?.Select(static tag => (tag?.Key, tag?.Value)).ToList(), out var tags) is { } badTag) return badTag;
        if (TagRoom.Refuse(tags) is { } tooLarge) return tooLarge;
        var isPrompt = Prompts.Marked(tags);
        var now = Now();
        var granted = false;
        var made = await db.Write<RegisteredModelAnswer>(session =>
        {
            if (session.Long(Insert, caller.Workspace, request.Name!, request.Description, isPrompt, caller.Actor, now) is not { } id) return Taken(session, caller, request.Name!, isPrompt);
            session.ExecuteMany(PutTag, tags, (row, tag) => row.Add(id).Add(tag.Key).Add(tag.Value));
            events.Append(session, caller, "registered_model.created", Subject(id), EventData.Of(("name", request.Name), ("description", request.Description), ("prompt", isPrompt ? "true" : null)));
            events.TellNew(session, caller, isPrompt ? WebhookKind.PromptCreated : WebhookKind.ModelCreated, isPrompt ? Prompts.Plain(tags) : tags, ("name", request.Name), ("description", request.Description));
            granted = RootGrants.GiveMaker(session, caller, RootKind.RegisteredModel, id);
            return Answer(session, id);
        }, ct);
        if (granted) standings.Forget();
        events.Hint();
        return made;
    }

    /// <summary>One model with its tags, aliases and the newest version of each stage.</summary>
    public async Task<Outcome<RegisteredModelAnswer>> Get(Caller caller, RegisteredModelRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } bad) return bad;
        return await db.Read<Outcome<RegisteredModelAnswer>>(session =>
            Find(session, caller, request.Name!, "", out var row) is { } refused ? refused : Answer(session, row.Id), ct);
    }

    /// <summary>One page of models.</summary>
    public Task<Outcome<RegisteredModelsPage>> Search(Caller caller, SearchRegisteredModels request, CancellationToken ct) =>
        db.Read(session => RegisteredModelSearch.Page(session, caller, request), ct);

    /// <summary>The newest version of each stage that is asked for.</summary>
    public async Task<Outcome<LatestVersions>> Latest(Caller caller, GetLatestVersions request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } bad) return bad;
        var stages = new HashSet<string>();
        foreach (var asked in request.Stages ?? [])
            if (ModelStage.Parse(asked ?? "") is { } stage) stages.Add(stage);
            else return ModelStage.Unknown(asked ?? "");
        return await db.Read<Outcome<LatestVersions>>(session =>
        {
            if (Find(session, caller, request.Name!, "", out var row) is { } refused) return refused;
            var latest = ModelVersions.Latest(session, [row.Id]).Where(version => stages.Count == 0 || stages.Contains(version.Version.CurrentStage!)).Select(static version => version.Version).ToArray();
            return new LatestVersions(latest.Length == 0 ? null : latest);
        }, ct);
    }

    /// <summary>Changes the description; an absent one empties it, as in the reference.</summary>
    public Task<Outcome<RegisteredModelAnswer>> Update(Caller caller, UpdateRegisteredModel request, CancellationToken ct)
    {
        if (WireCheck.Text(request.Description, "description", RegisteredModel.DescriptionCharsMax) is { } bad) return Task.FromResult<Outcome<RegisteredModelAnswer>>(bad);
        return Change(caller, request.Name, (session, row, now) =>
        {
            session.Execute(SetDescription, request.Description, now, row.Id);
            events.Append(session, caller, "registered_model.updated", Subject(row.Id), EventData.Of(("name", row.Name), ("before", row.Description), ("after", request.Description)));
            return null;
        }, ct);
    }

    /// <summary>Gives a model another name; its versions go by it too.</summary>
    public async Task<Outcome<RegisteredModelAnswer>> Rename(Caller caller, RenameRegisteredModel request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } bad) return bad;
        if (RegistryCheck.NewName(request.NewName, "new_name") is { } badNew) return badNew;
        try
        {
            return await Change(caller, request.Name, (session, row, now) =>
            {
                if (request.NewName == row.Name) return null;
                if (session.Long("SELECT id FROM registered_models WHERE workspace_id = $1 AND name = $2", caller.Workspace, request.NewName) is not null) return Exists(request.NewName!);
                session.Execute(SetName, request.NewName, now, row.Id);
                session.Execute(SetNameOfVersions, request.NewName, now, row.Id);
                events.Append(session, caller, "registered_model.renamed", Subject(row.Id), EventData.Of(("before", row.Name), ("after", request.NewName)));
                return null;
            }, ct);
        }
        catch (ConstraintException)
        {
            return Exists(request.NewName!); // another writer was faster
        }
    }

    /// <summary>Sets or overwrites a tag.</summary>
    public async Task<Outcome<Done>> SetTag(Caller caller, SetRegisteredModelTag request, CancellationToken ct)
    {
        var value = request.Value;
        if (RegistryCheck.Tag(request.Key, ref value, "") is { } bad) return bad;
        var stored = caller.Masking?.Apply(request.Key!, value!) ?? value!;
        var set = await Change(caller, request.Name, (session, row, now) =>
        {
            if (TagRoom.Refuse(session, SizeOfTags, row.Id, request.Key!, stored) is { } full) return full;
            var before = session.Text(ReadTag, row.Id, request.Key);
            session.Execute(PutTag, row.Id, request.Key, stored);
            if (request.Key == Prompts.IsPromptTag && Mark(session, caller, row, Prompts.Says(stored)) is { } gated) return gated;
            events.Append(session, caller, "registered_model.tagged", Subject(row.Id), EventData.Of(("name", row.Name), ("key", request.Key), ("before", before), ("after", stored)));
            if (row.IsPrompt) events.Tell(session, caller, WebhookKind.PromptTagSet, ("name", row.Name), ("key", request.Key), ("value", stored));
            return null;
        }, ct);
        return set.Problem is { } refused ? refused : default(Done);
    }

    /// <summary>Deletes a tag; one that is not there is no error, as in the reference.</summary>
    public async Task<Outcome<Done>> DeleteTag(Caller caller, DeleteRegisteredModelTag request, CancellationToken ct)
    {
        if (WireCheck.Key(request.Key, "key", RegisteredModelTag.KeyCharsMax) is { } bad) return bad;
        var deleted = await Change(caller, request.Name, (session, row, now) =>
        {
            if (session.Text(RemoveTag, row.Id, request.Key) is not { } before) return null;
            if (request.Key == Prompts.IsPromptTag && Mark(session, caller, row, false) is { } gated) return gated;
            events.Append(session, caller, "registered_model.untagged", Subject(row.Id), EventData.Of(("name", row.Name), ("key", request.Key), ("before", before)));
            if (row.IsPrompt) events.Tell(session, caller, WebhookKind.PromptTagDeleted, ("name", row.Name), ("key", request.Key));
            return null;
        }, ct);
        return deleted.Problem is { } refused ? refused : default(Done);
    }

    /// <summary>Deletes a model for good, with its versions, aliases and history; the event log keeps what happened.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, RegisteredModelRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } bad) return bad;
        var deleted = await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.Name!, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            if (Protections.RefuseRemoval(session, caller, row.Id, row.Name, null) is { } held) return held;
            foreach (var table in GateTables) session.Execute($"DELETE FROM {table} WHERE model_id = $1", row.Id);
            var versions = ModelVersions.EraseAll(session, row.Id);
            ModelProfiles.Erase(session, row.Id);
            Slipway.Pages.Notes.Erase(session, caller.Workspace, Subject(row.Id));
            foreach (var table in (ReadOnlySpan<string>)["registered_model_tags", "registered_model_aliases", "model_stays"]) session.Execute($"DELETE FROM {table} WHERE model_id = $1", row.Id);
            session.Execute("DELETE FROM registered_models WHERE id = $1", row.Id);
            session.Execute("DELETE FROM approval_entries WHERE request_id IN (SELECT id FROM approval_requests WHERE model_id = $1)", row.Id);
            session.Execute("DELETE FROM approval_requests WHERE model_id = $1", row.Id);
            RootGrants.Erase(session, RootKind.RegisteredModel, row.Id);
            events.Append(session, caller, "registered_model.deleted", Subject(row.Id), EventData.Of(("name", row.Name), ("versions", Text(versions))));
            if (!row.IsPrompt) events.Tell(session, caller, WebhookKind.ModelDeleted, ("name", row.Name));
            return default(Done);
        }, ct);
        if (deleted.Succeeded) standings.Forget();
        events.Hint();
        return deleted;
    }

    private async Task<Outcome<RegisteredModelAnswer>> Change(Caller caller, string? name, Func<Session, RegisteredModelRow, long, Problem?> change, CancellationToken ct)
    {
        if (RegistryCheck.Name(name) is { } bad) return bad;
        var now = Now();
        var changed = await db.Write<RegisteredModelAnswer>(session =>
            Find(session, caller, name!, session.Dialect.ForUpdate(), out var row) is { } refused ? refused
            : change(session, row, now) is { } problem ? problem
            : Answer(session, row.Id), ct);
        events.Hint();
        return changed;
    }

    // Versions repeat it, so that a search need not ask the model. Policies of every model do not count for prompts: nobody gets past them by calling a model one for a moment.
    private static Problem? Mark(Session session, Caller caller, RegisteredModelRow row, bool isPrompt)
    {
        if (row.IsPrompt == isPrompt) return null;
        if (session.Long("SELECT count(*) FROM gate_attachments WHERE workspace_id = $1 AND model_id = 0", caller.Workspace) > 0 && session.Long("SELECT count(*) FROM model_versions WHERE model_id = $1", row.Id) > 0)
            return Problem.Conflict($"'{row.Name}' has versions, and policies count for every model here: it stays a {(row.IsPrompt ? "prompt" : "model")}. Register it anew under another name.");
        session.Execute("UPDATE registered_models SET is_prompt = $1 WHERE id = $2", isPrompt, row.Id);
        session.Execute("UPDATE model_versions SET is_prompt = $1 WHERE model_id = $2", isPrompt, row.Id);
        return null;
    }

    private static Problem Taken(Session session, Caller caller, string name, bool isPrompt)
    {
        var wasPrompt = session.Long("SELECT is_prompt FROM registered_models WHERE workspace_id = $1 AND name = $2", caller.Workspace, name) == 1;
        static string Kind(bool prompt) => prompt ? "prompt" : "registered model";
        return wasPrompt == isPrompt ? (isPrompt ? Problem.Exists($"Prompt (name={name}) already exists.") : Exists(name))
            : Problem.Exists($"Tried to create a {Kind(isPrompt)} with name '{name}', but the name is already taken by a {Kind(wasPrompt)}. A model and a prompt cannot have the same name: choose another.");
    }

    private static Problem Exists(string name) => Problem.Exists($"Registered Model (name={name}) already exists.");

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
