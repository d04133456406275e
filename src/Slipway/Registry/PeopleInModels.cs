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
        UNION ALL SELECT 'policy ' || p.name || ', version ' || g.version FROM gate_policy_versions g JOIN gate_policies p ON p.id = g.policy_id WHERE replace(g.yaml, $1, '') <> g.yaml OR replace(g.note, $1, '') <> g.note
        UNION ALL SELECT 'gates of ' || m.name || '/' || e.version || ', evaluation ' || e.id FROM gate_evaluations e JOIN registered_models m ON m.id = e.model_id WHERE replace(e.results, $1, '') <> e.results
        UNION ALL SELECT 'waiver ' || w.id || ' of ' || m.name || '/' || w.version FROM gate_waivers w JOIN registered_models m ON m.id = w.model_id WHERE replace(w.reason, $1, '') <> w.reason OR replace(w.revoked_reason, $1, '') <> w.revoked_reason
        UNION ALL SELECT 'request for approval ' || r.id || ' of ' || m.name || '/' || r.version FROM approval_requests r JOIN registered_models m ON m.id = r.model_id
         WHERE replace(r.comment, $1, '') <> r.comment OR EXISTS (SELECT 1 FROM approval_entries t WHERE t.request_id = r.id AND replace(t.text, $1, '') <> t.text)
        UNION ALL SELECT 'origin of ' || v.name || '/' || v.version FROM model_origins o JOIN model_versions v ON v.no = o.version_no WHERE replace(o.origin, $1, '') <> o.origin
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
        new("policies that they wrote", static (session, name) => session.Long("SELECT count(*) FROM gate_policy_versions WHERE made_by = $1", name) ?? 0,
            static (session, name, most) => session.Execute("UPDATE gate_policy_versions SET made_by = 'erased' WHERE made_by = $1", name)),
        new("policies that they attached", static (session, name) => session.Long("SELECT count(*) FROM gate_attachments WHERE made_by = $1", name) ?? 0,
            static (session, name, most) => session.Execute("UPDATE gate_attachments SET made_by = 'erased' WHERE made_by = $1", name)),
        new("places that they protected", static (session, name) => session.Long("SELECT count(*) FROM slot_protections WHERE made_by = $1", name) ?? 0,
            static (session, name, most) => session.Execute("UPDATE slot_protections SET made_by = 'erased' WHERE made_by = $1", name)),
        Names("eval_datasets", "no", "created_by", "evaluation data that they added"),
        Names("model_evaluations", "id", "created_by", "evaluations that they asked for"),
        Names("model_promotions", "id", "created_by", "versions that they promoted"),
        Names("gate_evaluations", "id", "actor", "gates that they asked"),
        Names("gate_waivers", "id", "actor", "checks that they waived"),
        Names("gate_waivers", "id", "revoked_by", "waivers that they took back"),
        Names("gate_commands", "id", "asked_by", "commands of policies that they started"),
        Names("approval_requests", "id", "asked_by", "approvals that they asked for"),
        Names("approval_requests", "id", "closed_by", "requests for approval that they closed"),
        Names("approval_entries", "id", "actor", "what they said and did about requests for approval"),
        new("signatures of versions that they brought", static (session, name) => session.Long("SELECT count(*) FROM model_signatures WHERE signed_by = $1", name) ?? 0,
            static (session, name, most) => session.Execute("UPDATE model_signatures SET signed_by = 'erased' WHERE signed_by = $1", name)),
        new("keys that they added", static (session, name) => session.Long("SELECT count(*) FROM model_keys WHERE added_by = $1", name) ?? 0,
            static (session, name, most) => session.Execute("UPDATE model_keys SET added_by = 'erased' WHERE added_by = $1", name)),
        new("texts of the registry that hold the name", static (session, name) => session.Long($"SELECT count(*) FROM ({Texts}) found", name) ?? 0, null,
            static (session, name, most) => session.Query($"{Texts} ORDER BY 1 LIMIT $2", static row => row.Text(0), name, most)),
    ];

    private static PersonalPlace Names(string table, string key, string column, string place) => new(place,
        (session, name) => session.Long($"SELECT count(*) FROM {table} WHERE {column} = $1", name) ?? 0,
        (session, name, most) => session.Execute($"UPDATE {table} SET {column} = 'erased' WHERE {key} IN (SELECT {key} FROM {table} WHERE {column} = $1 ORDER BY {key} LIMIT $2)", name, most));
}
