using Slipway.Storage;

namespace Slipway.Access;

/// <summary>What a principal is. Numbers are stored: they never change.</summary>
internal enum PrincipalKind
{
    /// <summary>Somebody who signs in.</summary>
    Person = 1,
    /// <summary>A program with tokens.</summary>
    Service = 2,
    /// <summary>Several of them.</summary>
    Group = 3,
}

/// <summary>One row of `principals`.</summary>
internal sealed record PrincipalRow(long Id, PrincipalKind Kind, string Name, string DisplayName, string? Email, bool Administrator, string? Password, string? Identity, long CreatedMs, long? DisabledMs);

/// <summary>Finding people, service accounts and groups; removed ones are found by nobody.</summary>
internal static class Principals
{
    private const string Columns = "SELECT id, kind, name, display_name, email, administrator, password, identity, created_ms, disabled_ms FROM principals";

    private const string ByName = Columns + " WHERE name = $1 AND removed_ms IS NULL";

    private const string ByKey = Columns + " WHERE id = $1 AND removed_ms IS NULL";

    private const string ByIdentity = Columns + " WHERE identity = $1 AND removed_ms IS NULL";

    private const string Page = Columns + """
         WHERE removed_ms IS NULL AND name > $1 AND ($2 = 0 OR kind = $2)
           AND ($3 = '' OR lower(name) LIKE $3 ESCAPE '!' OR lower(display_name) LIKE $3 ESCAPE '!' OR lower(coalesce(email, '')) LIKE $3 ESCAPE '!') ORDER BY name LIMIT $4
        """;

    private const string GroupPage = Columns + " WHERE removed_ms IS NULL AND name > $2 AND id IN (SELECT member_id FROM group_members WHERE group_id = $1) ORDER BY name LIMIT $3";

    private const string OtherAdministrators = "SELECT count(*) FROM principals WHERE administrator = 1 AND disabled_ms IS NULL AND removed_ms IS NULL AND id <> $1";

    private static readonly System.Buffers.SearchValues<char> NameChars = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+");

    /// <summary>By name, exactly as it was made.</summary>
    public static PrincipalRow? Find(Session session, string? name) => name is null ? null : session.First(ByName, Read, name);

    /// <summary>By key.</summary>
    public static PrincipalRow? Find(Session session, long id) => session.First(ByKey, Read, id);

    /// <summary>By issuer and subject of an OpenID provider.</summary>
    public static PrincipalRow? OfIdentity(Session session, string identity) => session.First(ByIdentity, Read, identity);

    /// <summary>A page by name; <paramref name="kind"/> null for all, <paramref name="contains"/> what a name or address holds.</summary>
    public static List<PrincipalRow> After(Session session, string name, PrincipalKind? kind, string? contains, int limit) =>
        session.Query(Page, Read, name, (int)(kind ?? 0), string.IsNullOrEmpty(contains) ? "" : $"%{Pattern(contains)}%", limit);

    /// <summary>A page of a group's members by name.</summary>
    public static List<PrincipalRow> OfGroup(Session session, long group, string name, int limit) => session.Query(GroupPage, Read, group, name, limit);

    /// <summary>The refusal to leave the installation without an administrator, or null.</summary>
    public static Problem? Last(Session session, PrincipalRow row) => row.Administrator && row.DisabledMs is null && session.Long(OtherAdministrators, row.Id) == 0
        ? Problem.Conflict($"'{row.Name}' is the last administrator of the installation. Make another one first.")
        : null;

    /// <summary>Null when a name may be given, else why not.</summary>
    public static Problem? CheckName(string? name, string path = "name") =>
        string.IsNullOrEmpty(name) ? Problem.Missing(path)
        : name.Length > CreateMember.NameCharsMax || name.AsSpan().ContainsAnyExcept(NameChars) || !char.IsAsciiLetterOrDigit(name[0])
            ? Problem.Invalid($"{path}: expected 1 to {CreateMember.NameCharsMax} letters, digits, '.', '_', '-', '@' or '+', beginning with a letter or digit.")
        : name is Caller.AnonymousActor or "local" or "system" ? Problem.Invalid($"{path}: '{name}' is reserved.")
        : null;

    /// <summary>404 for a name that nobody has.</summary>
    public static Problem Missing(string? name) => Problem.NotFound($"No member or group is named '{(name?.Length > CreateMember.NameCharsMax ? name[..CreateMember.NameCharsMax] : name)}'.");

    /// <summary>How events name a member.</summary>
    public static string Subject(PrincipalRow row) => Subject(row.Kind, row.Name);

    /// <summary>How events name a member.</summary>
    public static string Subject(PrincipalKind kind, string name) => $"{KindName(kind)}/{name}";

    /// <summary>The wire's name of a kind.</summary>
    public static string KindName(PrincipalKind kind) => kind switch
    {
        PrincipalKind.Person => "person",
        PrincipalKind.Service => "service",
        PrincipalKind.Group => "group",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind."),
    };

    /// <summary>The kind of a name; a person when absent.</summary>
    public static Outcome<PrincipalKind> ParseKind(string? kind) => kind switch
    {
        null or "person" => PrincipalKind.Person,
        "service" => PrincipalKind.Service,
        "group" => PrincipalKind.Group,
        _ => Problem.Invalid("kind: expected person, service or group."),
    };

    private static string Pattern(string text) => text.ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal);

    private static PrincipalRow Read(Row row) => new(row.Long(0), (PrincipalKind)row.Int(1), row.Text(2), row.Text(3), row.TextOrNull(4), row.Bool(5), row.TextOrNull(6), row.TextOrNull(7), row.Long(8), row.LongOrNull(9));
}
