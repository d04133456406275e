using Slipway.Access;

namespace Slipway.Registry;

/// <summary>Where the registry keeps the names of people: who registered, who moved, and in texts that only a person can judge.</summary>
internal static class PeopleInModels
{
    // replace() is in both databases, and takes the name as it is: no wildcards.
    private const string Texts = """
        SELECT 'registered model ' || m.name || ', name or description' AS place FROM registered_models m WHERE replace(m.name, $1, '') <> m.name OR replace(m.description, $1, '') <> m.description
        UNION ALL SELECT 'registered model ' || m.name || ', tag ' || t.key FROM registered_model_tags t JOIN registered_models m ON m.id = t.model_id WHERE replace(t.value, $1, '') <> t.value
        UNION ALL SELECT 'model version ' || v.name || '/' || v.version || ', description' FROM model_versions v WHERE replace(v.description, $1, '') <> v.description
        UNION ALL SELECT 'model version ' || v.name || '/' || v.version || ', tag ' || t.key FROM model_version_tags t JOIN model_versions v ON v.no = t.version_no WHERE replace(t.value, $1, '') <> t.value
        UNION ALL SELECT 'model version ' || v.name || '/' || v.version || ', source' FROM model_versions v WHERE replace(v.source, $1, '') <> v.source
        UNION ALL SELECT 'profile of model ' || m.name FROM model_profiles p JOIN registered_models m ON m.id = p.model_id
         WHERE replace(p.contact, $1, '') <> p.contact OR replace(p.purpose, $1, '') <> p.purpose OR replace(p.intended_use, $1, '') <> p.intended_use OR replace(p.limitations, $1, '') <> p.limitations
        UNION ALL SELECT 'card of model ' || m.name || CASE s.version WHEN 0 THEN '' ELSE '/' || s.version END || ', section ' || s.title FROM model_sections s JOIN registered_models m ON m.id = s.model_id
         WHERE replace(s.title, $1, '') <> s.title OR replace(s.text, $1, '') <> s.text
        """;

    /// <summary>The places.</summary>
    public static IReadOnlyList<PersonalPlace> Places { get; } =
    [
        Names("registered_models", "id", "user_id", "models that they registered"),
        Names("model_versions", "no", "user_id", "versions that they registered"),
        Names("model_stays", "id", "from_actor", "stages and aliases that they gave"),
        Names("model_stays", "id", "until_actor", "stages and aliases that they took away"),
        Names("model_profiles", "model_id", "owner", "models that they own"),
        Names("model_profiles", "model_id", "updated_by", "profiles of models that they wrote"),
        new("texts of the registry that hold the name", static (session, name) => session.Long($"SELECT count(*) FROM ({Texts}) found", name) ?? 0, null,
            static (session, name, most) => session.Query($"{Texts} ORDER BY 1 LIMIT $2", static row => row.Text(0), name, most)),
    ];

    private static PersonalPlace Names(string table, string key, string column, string place) => new(place,
        (session, name) => session.Long($"SELECT count(*) FROM {table} WHERE {column} = $1", name) ?? 0,
        (session, name, most) => session.Execute($"UPDATE {table} SET {column} = 'erased' WHERE {key} IN (SELECT {key} FROM {table} WHERE {column} = $1 ORDER BY {key} LIMIT $2)", name, most));
}
