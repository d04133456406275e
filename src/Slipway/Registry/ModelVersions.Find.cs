using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>The part of a row of `model_versions` that changes need.</summary>
internal sealed record ModelVersionRow(long No, long ModelId, long Version, string Name, string Stage, string Source, string DownloadUri, bool Held, string? RunId, string? LoggedModelId, string? Description, bool IsPrompt)
{
    /// <summary>How events name it.</summary>
    public string Subject => ModelVersions.Subject(ModelId, Version);
}

/// <summary>Finding and reading versions.</summary>
internal sealed partial class ModelVersions
{
    private const string ByNumber = """
        SELECT no, model_id, version, name, stage, source, download_uri, held, run_id, logged_model_id, description, is_prompt FROM model_versions WHERE model_id = $1 AND version = $2
        """;

    private const string ByNo = """
        SELECT no, model_id, version, name, stage, source, download_uri, held, run_id, logged_model_id, description, is_prompt FROM model_versions WHERE no = $1
        """;

    private const string ByAlias = "SELECT version FROM registered_model_aliases WHERE model_id = $1 AND alias = $2";

    // One look into the index of stages for each model and stage, however many versions there are.
    private const string LatestOf = """
        SELECT v.no, v.model_id FROM registered_models m
         CROSS JOIN (SELECT 'None' AS stage UNION ALL SELECT 'Staging' UNION ALL SELECT 'Production' UNION ALL SELECT 'Archived') s
          JOIN model_versions v ON v.model_id = m.id AND v.version = (SELECT max(w.version) FROM model_versions w WHERE w.model_id = m.id AND w.stage = s.stage)
         WHERE m.id
        """;

    /// <summary>The version of a model if the caller may do with it what the request is for, else why not. <paramref name="hold"/> locks the model's row.</summary>
    public static Problem? Find(Session session, Caller caller, string name, long version, string hold, out ModelVersionRow row)
    {
        row = null!;
        if (RegisteredModels.Find(session, caller, name, hold, out var model) is { } refused) return refused.Status == 404 ? Missing(name, version) : refused;
        row = session.First(ByNumber, ReadRow, model.Id, version)!;
        return row is null ? Missing(name, version) : null;
    }

    /// <summary>The version of a key, wherever it is.</summary>
    public static ModelVersionRow? OfNo(Session session, long no) => session.First(ByNo, ReadRow, no);

    /// <summary>The version that an alias of a model stands for, or null.</summary>
    public static long? OfAlias(Session session, long model, string alias) => session.Long(ByAlias, model, alias);

    /// <summary>The place that counts as in production where nobody names one: behind the alias champion if it is set, else the stage that is or shows as Production.</summary>
    public static (StayKind Kind, string Name) InProduction(Session session, long model) =>
        OfAlias(session, model, Champion) is not null ? (StayKind.Alias, Champion)
        : (StayKind.Stage, StageSets.Resolve(session, model, ModelStage.Production) is { Problem: null, Value.Name: var production } ? production : ModelStage.Production);

    /// <summary>A version of a model that was found, or null.</summary>
    public static ModelVersionRow? Row(Session session, long model, long version) => session.First(ByNumber, ReadRow, model, version);

    /// <summary>404 in the reference's words.</summary>
    public static Problem Missing(string name, long version) => Problem.NotFound($"Model Version (name={name}, version={version}) not found");

    /// <summary>How events name a version.</summary>
    public static string Subject(long model, long version) => $"model_version/{RegisteredModels.Text(model)}/{RegisteredModels.Text(version)}";

    /// <summary>The newest version of each stage of these models, the newest first.</summary>
    public static List<(long ModelId, ModelVersion Version)> Latest(Session session, IReadOnlyList<long> models)
    {
        var rows = session.Query($"{LatestOf} {session.Dialect.InLongs("$1")} ORDER BY v.version DESC, v.no", static row => (No: row.Long(0), Model: row.Long(1)), Arg.Longs(models));
        return [.. Records(session, [.. rows.Select(static row => row.No)]).Zip(rows, static (version, row) => (row.Model, version))];
    }

    /// <summary>The records of these versions, in this order, with tags and aliases, in three statements.</summary>
    public static ModelVersion[] Records(Session session, IReadOnlyList<long> numbers)
    {
        if (numbers.Count == 0) return [];
        var list = Arg.Longs(numbers);
        var among = session.Dialect.InLongs("$1");
        var tags = session.Query($"SELECT version_no, key, value FROM model_version_tags WHERE version_no {among} ORDER BY version_no, key",
            static row => (No: row.Long(0), Tag: new ModelVersionTag(row.Text(1), row.Text(2))), list).ToLookup(static entry => entry.No, static entry => entry.Tag);
        var rows = session.Query($"""
            SELECT no, model_id, version, name, created_ms, updated_ms, user_id, stage, description, source, run_id, status_message, run_link, logged_model_id FROM model_versions WHERE no {among}
            """, static row => (No: row.Long(0), Model: row.Long(1), Number: row.Long(2), Version: Record(row)), list).ToDictionary(static row => row.No);
        var aliases = session.Query($"SELECT model_id, version, alias FROM registered_model_aliases WHERE model_id {among} ORDER BY model_id, alias",
            static row => (Of: (row.Long(0), row.Long(1)), Alias: row.Text(2)), Arg.Longs([.. rows.Values.Select(static row => row.Model).Distinct()])).ToLookup(static entry => entry.Of, static entry => entry.Alias);
        return [.. numbers.Where(rows.ContainsKey).Select(no => rows[no]).Select(row => row.Version with
        {
            Tags = RegisteredModels.Some(tags[row.No]),
            Aliases = RegisteredModels.Some(aliases[(row.Model, row.Number)]),
        })];
    }

    /// <summary>Deletes the versions of a model that the write holds; answers how many.</summary>
    internal static long EraseAll(Session session, long model)
    {
        Packages.Erase(session, "SELECT no FROM model_versions WHERE model_id = $1", model);
        session.Execute("DELETE FROM model_version_tags WHERE version_no IN (SELECT no FROM model_versions WHERE model_id = $1)", model);
        return session.Execute("DELETE FROM model_versions WHERE model_id = $1", model);
    }

    /// <summary>Which of these runs and logged models some version is made of the files of, and which version: those are not deleted for good.</summary>
    public static IEnumerable<(string Id, string By)> Holding(Session session, IReadOnlyCollection<string> runs, IReadOnlyCollection<string> models)
    {
        foreach (var (column, ids) in ((string, IReadOnlyCollection<string>)[])[("run_id", runs), ("logged_model_id", models)])
            if (ids.Count > 0)
                foreach (var held in session.Query($"SELECT {column}, model_id, version FROM model_versions WHERE {column} {session.Dialect.InTexts("$1")} AND held = 1 ORDER BY no",
                    static row => (row.Text(0), Subject(row.Long(1), row.Long(2))), Arg.Texts(ids))) yield return held;
    }

    private static ModelVersionAnswer Answer(Session session, long no) => new(Records(session, [no])[0]);

    // An empty description and not none: the reference's client makes None of that, and its users' code expects a text.
    private static ModelVersion Record(Row row) => new(row.Text(3), RegisteredModels.Text(row.Long(2)), row.Long(4), row.Long(5), row.Text(6), row.Text(7), row.TextOrNull(8) ?? "", row.Text(9), row.TextOrNull(10),
        "READY", row.TextOrNull(11), null, row.TextOrNull(12), null, row.TextOrNull(13));

    private static ModelVersionRow ReadRow(Row row) => new(row.Long(0), row.Long(1), row.Long(2), row.Text(3), row.Text(4), row.Text(5), row.Text(6), row.Bool(7), row.TextOrNull(8), row.TextOrNull(9), row.TextOrNull(10), row.Bool(11));
}
