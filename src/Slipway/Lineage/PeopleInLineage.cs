using Slipway.Access;

namespace Slipway.Lineage;

/// <summary>Where what other systems told may hold the names of people: in names of jobs and data, which only a person can judge.</summary>
internal static class PeopleInLineage
{
    // replace() is in both databases, and takes the name as it is: no wildcards.
    private const string Texts = """
        SELECT 'job ' || j.space || '/' || j.name AS place FROM lineage_jobs j WHERE replace(j.space, $1, '') <> j.space OR replace(j.name, $1, '') <> j.name
        UNION ALL SELECT 'data ' || d.space || '/' || d.name FROM lineage_data d WHERE replace(d.space, $1, '') <> d.space OR replace(d.name, $1, '') <> d.name OR replace(d.fields, $1, '') <> d.fields
        """;

    /// <summary>The places.</summary>
    public static IReadOnlyList<PersonalPlace> Places { get; } =
    [
        new("jobs and data of other systems that hold the name", static (session, name) => session.Long($"SELECT count(*) FROM ({Texts}) found", name) ?? 0, null,
            static (session, name, most) => session.Query($"{Texts} ORDER BY 1 LIMIT $2", static row => row.Text(0), name, most)),
    ];
}
