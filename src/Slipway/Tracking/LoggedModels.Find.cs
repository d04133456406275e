using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>The part of a row of `logged_models` that changes need.</summary>
internal sealed record LoggedModelRow(long No, string ModelId, string ArtifactUri, long Workspace, long ExperimentId);

/// <summary>Finding and reading logged models, their checks, and the metrics that runs log with their id.</summary>
internal sealed partial class LoggedModels
{
    /// <summary>The longest id that is looked up.</summary>
    public const int IdCharsMax = 64;

    private const string ById = """
        SELECT m.no, m.model_id, m.artifact_uri, (SELECT e.workspace_id FROM experiments e WHERE e.id = m.experiment_id), m.experiment_id
          FROM logged_models m WHERE m.model_id = $1 AND m.deleted_ms IS NULL
        """;

    // Late and repeated points cannot lower what is there.
    private const string PutPoint = """
        INSERT INTO logged_model_metrics (model_no, key, dataset_name, dataset_digest, run_no, step, time_ms, value, is_nan) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (model_no, key, dataset_name, dataset_digest, run_no)
        DO UPDATE SET step = excluded.step, time_ms = excluded.time_ms, value = excluded.value, is_nan = excluded.is_nan
        WHERE (excluded.step, excluded.time_ms, excluded.value) > (logged_model_metrics.step, logged_model_metrics.time_ms, logged_model_metrics.value)
        """;

    /// <summary>The model of an id if the caller may do with it what the request is for, else why not.</summary>
    public static Problem? Find(Session session, Caller caller, string modelId, bool hold, out LoggedModelRow row)
    {
        var found = session.First(hold ? ById + session.Dialect.ForUpdate() : ById, static row => new LoggedModelRow(row.Long(0), row.Text(1), row.Text(2), row.Long(3), row.Long(4)), modelId);
        row = found!;
        return found?.Workspace == caller.Workspace ? caller.Refused(RootKind.Experiment, found.ExperimentId, Missing(modelId)) : Missing(modelId);
    }

    /// <summary>404 in the reference's words.</summary>
    public static Problem Missing(string modelId) => Problem.NotFound($"Logged model with ID '{modelId}' not found.");

    /// <summary>How events name a logged model.</summary>
    public static string Subject(string modelId) => "logged_model/" + modelId;

    /// <summary>Notes points for the models they were logged with; the problem names a model that does not exist.</summary>
    public static Problem? Link(Session session, Caller caller, long runNo, IReadOnlyList<ModelPoint> points)
    {
        var ids = points.Select(static point => point.ModelId).Distinct().ToList();
        var models = session.Query($"""
            SELECT m.model_id, m.no, m.experiment_id FROM logged_models m JOIN experiments e ON e.id = m.experiment_id
             WHERE m.model_id {session.Dialect.InTexts("$1")} AND m.deleted_ms IS NULL AND e.workspace_id = $2
            """, static row => (Id: row.Text(0), No: row.Long(1), Experiment: row.Long(2)), Arg.Texts(ids), caller.Workspace)
            .Where(model => caller.Refused(RootKind.Experiment, model.Experiment, Missing(model.Id)) is null).ToDictionary(static model => model.Id, static model => model.No);
        if (ids.Find(id => !models.ContainsKey(id)) is { } unknown) return Missing(unknown);
        var latest = points.GroupBy(static point => (point.ModelId, point.Key, point.DatasetName, point.DatasetDigest))
            .Select(static group => group.Aggregate(static (a, b) => a.Point.CompareByStep(b.Point) < 0 ? b : a))
            .OrderBy(point => models[point.ModelId]).ThenBy(static point => point.Key, StringComparer.Ordinal)
            .ThenBy(static point => point.DatasetName, StringComparer.Ordinal).ThenBy(static point => point.DatasetDigest, StringComparer.Ordinal).ToList();
        session.ExecuteMany(PutPoint, latest, (row, point) => row.Add(models[point.ModelId]).Add(point.Key).Add(point.DatasetName).Add(point.DatasetDigest).Add(runNo)
            .Add(point.Point.Step).Add(point.Point.TimeMs).Add(double.IsNaN(point.Point.Value) ? 0.0 : point.Point.Value).Add(double.IsNaN(point.Point.Value)));
        return null;
    }

    /// <summary>The records of these models, in this order, in four statements.</summary>
    public static LoggedModel[] Records(Session session, IReadOnlyList<long> numbers)
    {
        if (numbers.Count == 0) return [];
        var list = Arg.Longs(numbers);
        var among = session.Dialect.InLongs("$1");
        var tags = session.Query($"SELECT model_no, key, value FROM logged_model_tags WHERE model_no {among} ORDER BY model_no, key",
            static row => (No: row.Long(0), Tag: new LoggedModelTag(row.Text(1), row.Text(2))), list).ToLookup(static entry => entry.No, static entry => entry.Tag);
        var logged = session.Query($"SELECT model_no, key, value FROM logged_model_params WHERE model_no {among} ORDER BY model_no, key",
            static row => (No: row.Long(0), Param: new LoggedModelParameter(row.Text(1), row.Text(2))), list).ToLookup(static entry => entry.No, static entry => entry.Param);
        var points = session.Query($"""
            SELECT p.model_no, p.key, p.value, p.is_nan, p.time_ms, p.step, p.dataset_name, p.dataset_digest, m.model_id, r.run_id
              FROM logged_model_metrics p JOIN logged_models m ON m.no = p.model_no JOIN runs r ON r.no = p.run_no
             WHERE p.model_no {among} ORDER BY p.model_no, p.key, p.dataset_name, p.dataset_digest, p.run_no
            """, static row => (No: row.Long(0), Point: Point(row)), list).ToLookup(static entry => entry.No, static entry => entry.Point);
        return [.. session.Query($"""
            SELECT no, model_id, experiment_id, name, created_ms, updated_ms, artifact_uri, status, model_type, source_run_id, status_message
              FROM logged_models WHERE no {among}
            """, static row => (No: row.Long(0), Info: Info(row)), list)
            .ToDictionary(static row => row.No, static row => row.Info) is var infos
                ? numbers.Where(infos.ContainsKey).Select(no => new LoggedModel(infos[no] with { Tags = Some(tags[no]) }, new LoggedModelData(Some(logged[no]), Some(points[no]))))
                : []];
    }

    private static LoggedModelInfo Info(Row row) => new(row.Text(1), Text(row.Long(2)), row.Text(3), row.Long(4), row.Long(5), row.Text(6),
        ((LoggedModelStatus)row.Int(7)).ToString(), row.TextOrNull(8), row.TextOrNull(9), row.TextOrNull(10));

    // Infinities as the largest doubles: what MLflow's clients expect.
    private static Metric Point(Row row) => new(row.Text(1), row.Bool(3) ? double.NaN : Math.Clamp(row.Double(2), double.MinValue, double.MaxValue), row.Long(4), row.Long(5),
        NullIfEmpty(row.Text(6)), NullIfEmpty(row.Text(7)), row.Text(8), row.Text(9));

    private static T[]? Some<T>(IEnumerable<T> entries) => entries.ToArray() is { Length: > 0 } some ? some : null;

    private static Problem? CheckName(string? name)
    {
        if (WireCheck.Text(name, "name", LoggedModelInfo.NameCharsMax) is { } bad) return bad;
        return name is { Length: > 0 } && name.AsSpan().ContainsAny(Forbidden)
            ? Problem.Invalid($"Invalid model name ({WireCheck.Quote(name)}) provided. Model name must be a non-empty string and cannot contain the following characters: {string.Join(' ', NoneOf.AsEnumerable())}")
            : null;
    }

    private Problem? CheckParams(Caller caller, LoggedModelParameter?[]? sent, out List<KeyValue> logged)
    {
        logged = [];
        if (sent is null) return null;
        if (WireCheck.Count(sent.Length, CreateLoggedModel.ItemsMax, "params") is { } tooMany) return tooMany;
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < sent.Length; i++)
        {
            var (key, value) = (sent[i]?.Key, sent[i]?.Value);
            if (WireCheck.Key(key, $"params[{i}].key", Param.KeyCharsMax) is { } badKey) return badKey;
            if (WireCheck.Value(ref value, $"params[{i}].value", Param.ValueCharsMax, rules.TruncateLongValues) is { } badValue) return badValue;
            if (!sorted.TryAdd(key!, caller.Masking?.Apply(key!, value!) ?? value!)) return Problem.Invalid($"Duplicate parameter keys have been submitted: {key}. Please ensure the request contains only one param value per param key.");
        }
        logged = [.. sorted.Select(static pair => new KeyValue(pair.Key, pair.Value))];
        return null;
    }

    private Problem? CheckTags(Caller caller, LoggedModelTag?[]? sent, out List<KeyValue> tags)
    {
        tags = [];
        if (sent is null) return null;
        if (WireCheck.Count(sent.Length, CreateLoggedModel.ItemsMax, "tags") is { } tooMany) return tooMany;
        var last = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < sent.Length; i++)
        {
            var (key, value) = (sent[i]?.Key, sent[i]?.Value);
            if (WireCheck.Key(key, $"tags[{i}].key", RunTag.KeyCharsMax) is { } badKey) return badKey;
            if (WireCheck.Value(ref value, $"tags[{i}].value", RunTag.ValueCharsMax, rules.TruncateLongValues) is { } badValue) return badValue;
            last[key!] = caller.Masking?.Apply(key!, value!) ?? value!;
        }
        tags = [.. last.Select(static pair => new KeyValue(pair.Key, pair.Value))];
        return null;
    }
}
