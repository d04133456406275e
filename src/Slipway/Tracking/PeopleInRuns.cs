using Slipway.Access;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>Where tracking keeps the names of people: as users of runs, which an erasure takes, and in texts that only a person can judge.</summary>
internal static class PeopleInRuns
{
    private const string UsersOf = "SELECT count(*) FROM runs WHERE user_id = $1";

    private const string EraseUsers = "UPDATE runs SET user_id = 'erased' WHERE user_id = $1 AND no IN (SELECT no FROM runs WHERE user_id = $1 ORDER BY no LIMIT $2)";

    private const string ArtifactsOf = "SELECT artifact_uri FROM runs WHERE user_id = $1 ORDER BY no DESC LIMIT $2";

    // replace() is in both databases, and takes the name as it is: no wildcards.
    private const string Texts = """
        SELECT 'run ' || r.run_id || ', name' AS place FROM runs r WHERE replace(r.name, $1, '') <> r.name
        UNION ALL SELECT 'run ' || r.run_id || ', param ' || p.key FROM params p JOIN runs r ON r.no = p.run_no WHERE replace(p.value, $1, '') <> p.value
        UNION ALL SELECT 'run ' || r.run_id || ', tag ' || t.key FROM tags t JOIN runs r ON r.no = t.run_no WHERE replace(t.value, $1, '') <> t.value AND NOT (t.key = 'mlflow.user' AND t.value = $1)
        UNION ALL SELECT 'experiment ' || e.id || ', name' FROM experiments e WHERE replace(e.name, $1, '') <> e.name
        UNION ALL SELECT 'experiment ' || t.experiment_id || ', tag ' || t.key FROM experiment_tags t WHERE replace(t.value, $1, '') <> t.value AND NOT (t.key = 'mlflow.user' AND t.value = $1)
        UNION ALL SELECT 'model ' || m.model_id || ', name' FROM logged_models m WHERE replace(m.name, $1, '') <> m.name
        UNION ALL SELECT 'model ' || m.model_id || ', param ' || p.key FROM logged_model_params p JOIN logged_models m ON m.no = p.model_no WHERE replace(p.value, $1, '') <> p.value
        UNION ALL SELECT 'model ' || m.model_id || ', tag ' || t.key FROM logged_model_tags t JOIN logged_models m ON m.no = t.model_no
            WHERE replace(t.value, $1, '') <> t.value AND NOT (t.key = 'mlflow.user' AND t.value = $1)
        """;

    /// <summary>The places.</summary>
    public static IReadOnlyList<PersonalPlace> Places { get; } =
    [
        new("runs whose user it is", static (session, name) => Count(session, UsersOf, name), static (session, name, most) => session.Execute(EraseUsers, name, most)),
        UserTags("tags", "run_no", "run tags mlflow.user"),
        UserTags("logged_model_tags", "model_no", "model tags mlflow.user"),
        UserTags("experiment_tags", "experiment_id", "experiment tags mlflow.user"),
        new("artifacts of their runs", static (session, name) => Count(session, UsersOf, name), null,
            static (session, name, most) => session.Query(ArtifactsOf, static row => row.Text(0), name, most)),
        new("texts that hold the name", static (session, name) => Count(session, $"SELECT count(*) FROM ({Texts}) found", name), null,
            static (session, name, most) => session.Query($"{Texts} ORDER BY 1 LIMIT $2", static row => row.Text(0), name, most), PersonInTexts.Erasure),
    ];

    private static PersonalPlace UserTags(string table, string key, string place)
    {
        var own = $"FROM {table} WHERE key = 'mlflow.user' AND value = $1";
        return new PersonalPlace(place, (session, name) => Count(session, "SELECT count(*) " + own, name), (session, name, most) =>
            session.Execute($"UPDATE {table} SET value = 'erased' WHERE key = 'mlflow.user' AND value = $1 AND {key} IN (SELECT {key} {own} ORDER BY {key} LIMIT $2)", name, most));
    }

    private static long Count(Session session, string sql, string name) => session.Long(sql, name) ?? 0;
}
