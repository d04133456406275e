using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Datasets;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What a run read and wrote: data sets, logged models, and the older description of a model in a tag.</summary>
internal sealed partial class Runs
{
    /// <summary>The tag to which runs/log-model appends.</summary>
    public const string ModelHistoryTag = "mlflow.log-model.history";

    private const string PutUse = """
        INSERT INTO run_datasets (run_no, dataset_id, name, digest, context, position) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (run_no, dataset_id) DO UPDATE SET context = coalesce(excluded.context, run_datasets.context)
        """;

    private const string PutUseTag = """
        INSERT INTO run_dataset_tags (run_no, dataset_id, key, value) VALUES ($1, $2, $3, $4)
        ON CONFLICT (run_no, dataset_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string PutModel = """
        INSERT INTO run_models (run_no, is_output, model_id, step) VALUES ($1, $2, $3, $4)
        ON CONFLICT (run_no, is_output, model_id) DO UPDATE SET step = excluded.step
        """;

    private static string Summaries(Dialect dialect) => $"""
        SELECT DISTINCT r.experiment_id, d.name, d.digest, d.context FROM run_datasets d JOIN runs r ON r.no = d.run_no
         WHERE r.experiment_id {dialect.InLongs("$1")} AND r.deleted_ms IS NULL ORDER BY r.experiment_id, d.name, d.digest, d.context
         LIMIT {Tracking.SearchDatasets.SummariesMax}
        """;

    private static readonly string[] ModelFields = ["run_id", "artifact_path", "utc_time_created", "flavors", "model_uuid"];

    /// <summary>Ties data sets and models that the run read to it. Repeats change nothing but the tags.</summary>
    public async Task<Outcome<Done>> LogInputs(Caller caller, LogInputs request, CancellationToken ct)
    {
        if (WireCheck.RunId(request.RunId) is { } badId) return badId;
        if (CheckInputs(request) is { } bad) return bad;
        var inputs = request.Datasets ?? [];
        var models = (request.Models ?? []).Select(static model => model.ModelId!).Distinct().Order(StringComparer.Ordinal).ToList();
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            if (Active(session, caller, request.RunId!, session.Dialect.ForShare(), out var run) is { } refused) return refused;
            if (run.LostMs is not null) Revive(session, caller, run);
            if (inputs.Length > 0)
            {
                var ids = DatasetVersions.Ids(session, run.ExperimentId, [.. inputs.Select(static input => input.Dataset!)], now);
                // Where they stand in the run: behind what was logged before. Two requests at once may share places, and the ids decide.
                var last = session.Long("SELECT max(position) FROM run_datasets WHERE run_no = $1", run.No) ?? 0;
                var uses = inputs.Select((input, i) => (Id: ids[i], Input: input, Position: last + 1 + i)).OrderBy(static use => use.Id).ToList();
                session.ExecuteMany(PutUse, uses, (row, use) => row.Add(run.No).Add(use.Id).Add(use.Input.Dataset!.Name).Add(use.Input.Dataset.Digest).Add(Context(use.Input)).Add(use.Position));
                var tags = uses.SelectMany(static use => (use.Input.Tags ?? []).Select(tag => (use.Id, Tag: tag)))
                    .OrderBy(static entry => entry.Id).ThenBy(static entry => entry.Tag.Key, StringComparer.Ordinal).ToList();
                session.ExecuteMany(PutUseTag, tags, (row, entry) => row.Add(run.No).Add(entry.Id).Add(entry.Tag.Key).Add(entry.Tag.Value));
            }
            session.ExecuteMany(PutModel, models, (row, model) => row.Add(run.No).Add(false).Add(model).Add(0L));
            events.Append(session, caller, "run.inputs", Subject(run.RunId), EventData.Of(("datasets", Text(inputs.Length)), ("models", Text(models.Count))));
            return default(Done);
        }, ct);
    }

    /// <summary>Ties models that the run wrote to it, each at its step.</summary>
    public async Task<Outcome<Done>> LogOutputs(Caller caller, LogOutputs request, CancellationToken ct)
    {
        if (WireCheck.RunId(request.RunId) is { } badId) return badId;
        var models = request.Models ?? [];
        if (WireCheck.Count(models.Length, Tracking.LogInputs.ModelsMax, "models") is { } tooMany) return tooMany;
        for (var i = 0; i < models.Length; i++)
            if (WireCheck.Required(models[i]?.ModelId, $"models[{i}].model_id", 64) is { } bad) return bad;
        var sorted = models.OrderBy(static model => model.ModelId, StringComparer.Ordinal).ToList();
        return await db.Write<Done>(session =>
        {
            if (Active(session, caller, request.RunId!, session.Dialect.ForShare(), out var run) is { } refused) return refused;
            if (run.LostMs is not null) Revive(session, caller, run);
            session.ExecuteMany(PutModel, sorted, (row, model) => row.Add(run.No).Add(true).Add(model.ModelId).Add(model.Step ?? 0));
            events.Append(session, caller, "run.outputs", Subject(run.RunId), EventData.Of(("models", Text(sorted.Count))));
            return default(Done);
        }, ct);
    }

    /// <summary>The older way to note a model: appends its description to the run's tag `mlflow.log-model.history`.</summary>
    public async Task<Outcome<Done>> LogModel(Caller caller, LogModel request, CancellationToken ct)
    {
        if (WireCheck.RunId(request.RunId) is { } badId) return badId;
        if (WireCheck.Required(request.ModelJson, "model_json", Tracking.LogModel.JsonCharsMax) is { } badText) return badText;
        if (ModelDescription(request.ModelJson!, out var description) is { } badModel) return badModel;
        return await db.Write<Done>(session =>
        {
            if (Active(session, caller, request.RunId!, session.Dialect.ForUpdate(), out var run) is { } refused) return refused;
            var history = session.Text("SELECT value FROM tags WHERE run_no = $1 AND key = $2", run.No, ModelHistoryTag);
            // The description holds the model's own id and time: the same one again is a repeated request.
            if (history?.Contains(description, StringComparison.Ordinal) is true) return default(Done);
            // The tag is ours to append to as text: parsing does not belong into a write.
            var longer = history?.TrimEnd() is ['[', .., ']'] list && list.Length > 2 ? $"{list[..^1]}, {description}]" : $"[{description}]";
            if (longer.Length > Tracking.LogModel.JsonCharsMax)
                return Problem.Invalid($"The tag {ModelHistoryTag} of run {run.RunId} would exceed {Tracking.LogModel.JsonCharsMax} characters. Log models to other runs.");
            session.Execute(PutTag, run.No, ModelHistoryTag, longer);
            entryKeys.Note(session, run.ExperimentId, EntryKeys.Tags, [new KeyValue(ModelHistoryTag, "")]);
            events.Append(session, caller, "run.model", Subject(run.RunId), null);
            return default(Done);
        }, ct);
    }

    /// <summary>Which data the active runs of some experiments used, and what for.</summary>
    public async Task<Outcome<SearchDatasetsAnswer>> SearchDatasets(Caller caller, SearchDatasets request, CancellationToken ct)
    {
        var ids = request.ExperimentIds ?? [];
        if (ids.Length == 0) return Problem.Invalid("SearchDatasets request must specify at least one experiment_id.");
        if (ids.Length > Tracking.SearchDatasets.ExperimentsMax)
            return Problem.Invalid($"SearchDatasets request cannot specify more than {Tracking.SearchDatasets.ExperimentsMax} experiment_ids. Received {ids.Length} experiment_ids.");
        foreach (var id in ids)
            if (WireCheck.ExperimentId(id, "experiment_ids") is { } bad) return bad;
        return await db.Read<Outcome<SearchDatasetsAnswer>>(session =>
        {
            var known = Experiments.Visible(session, caller, ids);
            var rows = session.Query(Summaries(session.Dialect),
                static row => new DatasetSummary(Text(row.Long(0)), row.Text(1), row.Text(2), row.TextOrNull(3)), Arg.Longs(known));
            return new SearchDatasetsAnswer(rows.Count == 0 ? null : [.. rows]);
        }, ct);
    }

    private static string? Context(DatasetInput input) => input.Tags?.LastOrDefault(static tag => tag.Key == DatasetInput.ContextTag)?.Value;

    private static Problem? CheckInputs(LogInputs request)
    {
        var (datasets, models) = (request.Datasets ?? [], request.Models ?? []);
        if (WireCheck.Count(datasets.Length, Tracking.LogInputs.DatasetsMax, "datasets") is { } tooMany) return tooMany;
        if (WireCheck.Count(models.Length, Tracking.LogInputs.ModelsMax, "models") is { } tooManyModels) return tooManyModels;
        for (var i = 0; i < datasets.Length; i++)
        {
            var path = $"datasets[{i}]";
            if (CheckDataset(datasets[i]?.Dataset, path + ".dataset") is { } badSet) return badSet;
            var tags = datasets[i].Tags ?? [];
            if (WireCheck.Count(tags.Length, DatasetInput.TagsMax, path + ".tags") is { } tooManyTags) return tooManyTags;
            for (var j = 0; j < tags.Length; j++)
            {
                if (WireCheck.Required(tags[j]?.Key, $"{path}.tags[{j}].key", InputTag.KeyCharsMax) is { } badKey) return badKey;
                if (tags[j].Value is null) return Problem.Missing($"{path}.tags[{j}].value");
                if (WireCheck.Text(tags[j].Value, $"{path}.tags[{j}].value", InputTag.ValueCharsMax) is { } badValue) return badValue;
            }
        }
        for (var i = 0; i < models.Length; i++)
            if (WireCheck.Required(models[i]?.ModelId, $"models[{i}].model_id", 64) is { } bad) return bad;
        return null;
    }

    private static Problem? CheckDataset(Dataset? dataset, string path) => dataset is null
        ? Problem.Missing(path)
        : WireCheck.Required(dataset.Name, path + ".name", Dataset.NameCharsMax)
            ?? WireCheck.Required(dataset.Digest, path + ".digest", Dataset.DigestCharsMax)
            ?? WireCheck.Required(dataset.SourceType, path + ".source_type", Dataset.SourceTypeCharsMax)
            ?? WireCheck.Required(dataset.Source, path + ".source", Dataset.SourceCharsMax)
            ?? WireCheck.Text(dataset.Schema, path + ".schema", Dataset.SchemaCharsMax)
            ?? WireCheck.Text(dataset.Profile, path + ".profile", Dataset.ProfileCharsMax);

    // As the reference keeps it: who, where, when and which flavors, without the flavors' configurations.
    private static Problem? ModelDescription(string modelJson, out string description)
    {
        description = "";
        JsonObject? model;
        try
        {
            model = JsonNode.Parse(modelJson, documentOptions: new JsonDocumentOptions { MaxDepth = Wire.DepthMax }) as JsonObject;
            if (model is not null && ModelFields[..4].Where(field => !model.ContainsKey(field)).ToList() is { Count: > 0 } absent)
                return Problem.Invalid($"Model json is missing mandatory fields: {string.Join(", ", absent)}");
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException) // ArgumentException: a key twice
        {
            return Problem.Invalid($"Malformed model info: model_json is not valid JSON. {wrong.Message}");
        }
        if (model is null) return Problem.Invalid("Malformed model info: model_json must be a JSON object.");
        var kept = new JsonObject();
        foreach (var field in ModelFields)
            if (model[field] is { } value) kept[field] = value.DeepClone();
        if (kept["flavors"] is JsonObject flavors)
            foreach (var (_, flavor) in flavors) (flavor as JsonObject)?.Remove("config");
        description = kept.ToJsonString();
        return WireCheck.Text(description, "model_json", Tracking.LogModel.JsonCharsMax);
    }
}
