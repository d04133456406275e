using System.Globalization;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Models as things of their own: made pending, finalised when their files are up, with immutable params, tags, and the metrics that runs
/// logged with their id.
/// </summary>
internal sealed partial class LoggedModels(Database db, EventLog events, TimeProvider clock, TrackingRules rules, RunNames names)
{
    private const string NoneOf = "/:.%\"'";
    private static readonly System.Buffers.SearchValues<char> Forbidden = System.Buffers.SearchValues.Create(NoneOf);

    private const string Insert = """
        INSERT INTO logged_models (model_id, experiment_id, name, artifact_uri, status, model_type, source_run_id, created_ms, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (model_id) DO NOTHING RETURNING no
        """;

    private const string SetStatus = "UPDATE logged_models SET status = $1, status_message = coalesce($2, status_message), updated_ms = $3 WHERE no = $4";

    private const string Touch = "UPDATE logged_models SET updated_ms = $1 WHERE no = $2";

    private const string Mark = "UPDATE logged_models SET deleted_ms = $1, updated_ms = $1 WHERE no = $2";

    private const string PutParam = "INSERT INTO logged_model_params (model_no, key, value) VALUES ($1, $2, $3) ON CONFLICT (model_no, key) DO NOTHING";

    private const string PutTag = """
        INSERT INTO logged_model_tags (model_no, key, value) VALUES ($1, $2, $3) ON CONFLICT (model_no, key) DO UPDATE SET value = excluded.value
        """;

    private const string RemoveTag = "DELETE FROM logged_model_tags WHERE model_no = $1 AND key = $2 RETURNING value";

    /// <summary>Makes a model, pending until it is finalised.</summary>
    public async Task<Outcome<LoggedModelAnswer>> Create(Caller caller, CreateLoggedModel request, CancellationToken ct)
    {
        if (WireCheck.ExperimentId(request.ExperimentId) is { } badId) return badId;
        if (CheckName(request.Name) is { } badName) return badName;
        if (WireCheck.Text(request.ModelType, "model_type", LoggedModelInfo.ModelTypeCharsMax) is { } badType) return badType;
        if (!string.IsNullOrEmpty(request.SourceRunId) && WireCheck.RunId(request.SourceRunId, "source_run_id") is { } badRun) return badRun;
        var chosen = string.IsNullOrEmpty(request.ModelId) ? null : request.ModelId;
        if (chosen is not null && WireCheck.ChosenId(chosen, "model_id", "m-") is { } badModelId) return badModelId;
        if (CheckParams(caller, request.Params, out var logged) is { } badParam) return badParam;
        if (CheckTags(caller, request.Tags, out var tags) is { } badTag) return badTag;
        var now = clock.GetUtcNow();
        var modelId = chosen ?? "m-" + Guid.CreateVersion7(now).ToString("N");
        var nowMs = now.ToUnixTimeMilliseconds();
        var name = string.IsNullOrEmpty(request.Name) ? names.Next() : request.Name;
        return await db.Write<LoggedModelAnswer>(session =>
        {
            if (Experiments.Find(session, caller, request.ExperimentId!, session.Dialect.ForShare(), out var experiment) is { } refused) return refused;
            if (chosen is not null && AsItIs(session, caller, modelId, experiment.Id, out var there)) return there;
            if (Experiments.Inactive(experiment) is { } deleted) return deleted;
            if (session.Long(Insert, modelId, experiment.Id, name, Experiments.Below(experiment.ArtifactLocation, $"models/{modelId}/artifacts"),
                (long)LoggedModelStatus.LOGGED_MODEL_PENDING, NullIfEmpty(request.ModelType), NullIfEmpty(request.SourceRunId), nowMs) is not { } no)
                return AsItIs(session, caller, modelId, experiment.Id, out there) ? there : Taken(modelId);
            session.ExecuteMany(PutParam, logged, (row, param) => row.Add(no).Add(param.Key).Add(param.Value));
            session.ExecuteMany(PutTag, tags, (row, tag) => row.Add(no).Add(tag.Key).Add(tag.Value));
            events.Append(session, caller, "logged_model.created", Subject(modelId), EventData.Of(("experiment_id", request.ExperimentId), ("name", name), ("source_run_id", request.SourceRunId)));
            return new LoggedModelAnswer(Records(session, [no])[0]);
        }, ct);
    }

    // True when a model of this id is anywhere, deleted ones included; what is answered about one elsewhere says no more than that.
    private static bool AsItIs(Session session, Caller caller, string modelId, long experimentId, out Outcome<LoggedModelAnswer> answer)
    {
        answer = Taken(modelId);
        var known = session.Long("SELECT count(*) FROM logged_models WHERE model_id = $1", modelId) > 0;
        if (known && Find(session, caller, modelId, false, out var row) is null && row.ExperimentId == experimentId) answer = new LoggedModelAnswer(Records(session, [row.No])[0]);
        return known;
    }

    private static Problem Taken(string modelId) => Problem.Exists($"A logged model with the id {modelId} exists already, deleted or in another experiment.");

    /// <summary>One model with its params, tags and metrics; a deleted one is gone.</summary>
    public async Task<Outcome<LoggedModelAnswer>> Get(Caller caller, LoggedModelRef request, CancellationToken ct)
    {
        if (WireCheck.Required(request.ModelId, "model_id", IdCharsMax) is { } bad) return bad;
        return await db.Read<Outcome<LoggedModelAnswer>>(session =>
            Find(session, caller, request.ModelId!, false, out var row) ?? (Outcome<LoggedModelAnswer>)new LoggedModelAnswer(Records(session, [row.No])[0]), ct);
    }

    /// <summary>Where a logged model's files lie.</summary>
    public async Task<Outcome<string>> ArtifactUri(Caller caller, string id, CancellationToken ct)
    {
        if (WireCheck.Required(id, "model_id", IdCharsMax) is { } bad) return bad;
        return await db.Read<Outcome<string>>(session => Find(session, caller, id, false, out var row) ?? (Outcome<string>)row.ArtifactUri, ct);
    }

    /// <summary>One page of logged models.</summary>
    public Task<Outcome<LoggedModelsPage>> Search(Caller caller, SearchLoggedModels request, CancellationToken ct) => db.Read<Outcome<LoggedModelsPage>>(session =>
    {
        var page = LoggedModelSearch.Page(session, caller, request with { ExperimentIds = request.ExperimentIds?.OfType<string>().ToArray() });
        if (page.Problem is { } refused) return refused;
        var found = Records(session, page.Value.Numbers);
        return new LoggedModelsPage(found.Length == 0 ? null : found, page.Value.NextPageToken);
    }, ct);

    /// <summary>Says that the model's files are up, or that the upload failed.</summary>
    public Task<Outcome<LoggedModelAnswer>> Finalise(Caller caller, FinalizeLoggedModel request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Status)) return Refuse(Problem.Missing("status"));
        if (WireNames.Parse<LoggedModelStatus>(request.Status) is not { } status) return Refuse(WireNames.Unknown<LoggedModelStatus>(request.Status, "status"));
        if (WireCheck.Text(request.StatusMessage, "status_message", RunTag.ValueCharsMax) is { } bad) return Refuse(bad);
        return Change(caller, request.ModelId, (session, row, now) =>
        {
            var before = (LoggedModelStatus)(session.Long("SELECT status FROM logged_models WHERE no = $1", row.No) ?? 0);
            session.Execute(SetStatus, (long)status, request.StatusMessage, now, row.No);
            events.Append(session, caller, "logged_model.finalised", Subject(row.ModelId), EventData.Of(("status", status.ToString()), ("status_before", before.ToString())));
            return null;
        }, ct);
    }

    /// <summary>Sets or overwrites tags.</summary>
    public Task<Outcome<LoggedModelAnswer>> SetTags(Caller caller, SetLoggedModelTags request, CancellationToken ct)
    {
        if (CheckTags(caller, request.Tags, out var tags) is { } bad) return Refuse(bad);
        return Change(caller, request.ModelId, (session, row, now) =>
        {
            var before = session.Query($"SELECT key, value FROM logged_model_tags WHERE model_no = $1 AND key {session.Dialect.InTexts("$2")}",
                static old => new KeyValue(old.Text(0), old.Text(1)), row.No, Arg.Texts([.. tags.Select(static tag => tag.Key)])).Except(tags).ToList();
            session.ExecuteMany(PutTag, tags, (values, tag) => values.Add(row.No).Add(tag.Key).Add(tag.Value));
            session.Execute(Touch, now, row.No);
            events.Append(session, caller, "logged_model.tagged", Subject(row.ModelId), EventData.Of([], tags, before));
            return null;
        }, ct);
    }

    /// <summary>Deletes one tag; 404 when the model has no such tag.</summary>
    public Task<Outcome<LoggedModelAnswer>> DeleteTag(Caller caller, DeleteLoggedModelTag request, CancellationToken ct)
    {
        if (WireCheck.Required(request.TagKey, "tag_key", RunTag.KeyCharsMax) is { } bad) return Refuse(bad);
        return Change(caller, request.ModelId, (session, row, now) =>
        {
            if (session.Text(RemoveTag, row.No, request.TagKey) is not { } before)
                return Problem.NotFound($"No tag with key {WireCheck.Quote(request.TagKey!)} for model with ID {WireCheck.Quote(row.ModelId)}.");
            session.Execute(Touch, now, row.No);
            events.Append(session, caller, "logged_model.untagged", Subject(row.ModelId), EventData.Of(("key", request.TagKey), ("before", before)));
            return null;
        }, ct);
    }

    /// <summary>Adds params; one that is there already must have the same value.</summary>
    public async Task<Outcome<Done>> LogParams(Caller caller, LogLoggedModelParams request, CancellationToken ct)
    {
        if (CheckParams(caller, request.Params, out var logged) is { } bad) return bad;
        var changed = await Change(caller, request.ModelId, (session, row, now) =>
        {
            if (PutParams(session, row, logged) is { } refused) return refused;
            session.Execute(Touch, now, row.No);
            events.Append(session, caller, "logged_model.params", Subject(row.ModelId), EventData.Of(logged, []));
            return null;
        }, ct);
        return changed.Problem is { } problem ? problem : default(Done);
    }

    /// <summary>Deletes a model softly: it is found no more.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, LoggedModelRef request, CancellationToken ct)
    {
        if (WireCheck.Required(request.ModelId, "model_id", IdCharsMax) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            if (Find(session, caller, request.ModelId!, true, out var row) is { } refused) return refused;
            session.Execute(Mark, now, row.No);
            events.Append(session, caller, "logged_model.deleted", Subject(row.ModelId), null);
            return default(Done);
        }, ct);
    }

    private async Task<Outcome<LoggedModelAnswer>> Change(Caller caller, string? modelId, Func<Session, LoggedModelRow, long, Problem?> change, CancellationToken ct)
    {
        if (WireCheck.Required(modelId, "model_id", IdCharsMax) is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<LoggedModelAnswer>(session =>
        {
            if (Find(session, caller, modelId!, true, out var row) is { } refused) return refused;
            if (change(session, row, now) is { } problem) return problem;
            return new LoggedModelAnswer(Records(session, [row.No])[0]);
        }, ct);
    }

    private static Problem? PutParams(Session session, LoggedModelRow row, List<KeyValue> logged)
    {
        if (session.ExecuteMany(PutParam, logged, (values, param) => values.Add(row.No).Add(param.Key).Add(param.Value)) == logged.Count) return null;
        var stored = session.Query("SELECT key, value FROM logged_model_params WHERE model_no = $1", static param => new KeyValue(param.Text(0), param.Text(1)), row.No)
            .ToDictionary(static param => param.Key, static param => param.Value);
        foreach (var (key, value) in logged)
            if (stored[key] != value)
                return Problem.Invalid($"Changing param values is not allowed. Param with key='{key}' was already logged with value={WireCheck.Quote(stored[key])} for model ID='{row.ModelId}'. Attempted logging new value {WireCheck.Quote(value)}.");
        return null;
    }

    private static Task<Outcome<LoggedModelAnswer>> Refuse(Problem problem) => Task.FromResult<Outcome<LoggedModelAnswer>>(problem);

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
