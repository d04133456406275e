using Slipway.Access;

namespace Slipway.Serving;

/// <summary>Where endpoints keep the names of people: who made and changed them, and in texts that only a person can judge.</summary>
internal static class PeopleInServing
{
    private const string Texts = """
        SELECT 'endpoint ' || e.name || ', name, description or pause' AS place FROM endpoints e WHERE replace(e.name, $1, '') <> e.name OR replace(e.description, $1, '') <> e.description OR replace(e.paused, $1, '') <> e.paused
        UNION ALL SELECT 'endpoint ' || e.name || ', revision ' || r.revision FROM endpoint_revisions r JOIN endpoints e ON e.id = r.endpoint_id WHERE replace(r.reason, $1, '') <> r.reason
        UNION ALL SELECT 'endpoint ' || e.name || ', canary ' || c.id FROM endpoint_canaries c JOIN endpoints e ON e.id = c.endpoint_id WHERE replace(c.reason, $1, '') <> c.reason
        """;

    /// <summary>The places.</summary>
    public static IReadOnlyList<PersonalPlace> Places { get; } =
    [
        Names("endpoints", "made_by", "endpoints that they made"),
        Names("endpoints", "updated_by", "endpoints that they changed last"),
        Names("endpoint_revisions", "actor", "revisions of endpoints that they made"),
        new("texts of endpoints that hold the name", static (session, name) => session.Long($"SELECT count(*) FROM ({Texts}) found", name) ?? 0, null,
            static (session, name, most) => session.Query($"{Texts} ORDER BY 1 LIMIT $2", static row => row.Text(0), name, most)),
    ];

    private static PersonalPlace Names(string table, string column, string place) => new(place,
        (session, name) => session.Long($"SELECT count(*) FROM {table} WHERE {column} = $1", name) ?? 0,
        (session, name, most) => session.Execute($"UPDATE {table} SET {column} = 'erased' WHERE {column} = $1", name));
}
