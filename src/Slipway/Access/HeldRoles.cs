using Slipway.Storage;

namespace Slipway.Access;

/// <summary>Which roles somebody holds, by name: the six that are built in, and those of the workspace's own making. A built-in one hides another of its name.</summary>
internal static class HeldRoles
{
    private const string BuiltIn = """
        SELECT DISTINCT role FROM workspace_roles WHERE workspace_id = $2 AND (principal_id = $1 OR principal_id IN (SELECT group_id FROM group_members WHERE member_id = $1))
        """;

    private const string OwnMaking = "SELECT r.name FROM role_members m JOIN custom_roles r ON r.id = m.role_id WHERE m.principal_id = $1 AND r.workspace_id = $2";

    /// <summary>True for a role that there is in the workspace.</summary>
    public static bool Exists(Session session, long workspace, string role) =>
        Roles.Parse(role).Succeeded || session.Long("SELECT count(*) FROM custom_roles WHERE workspace_id = $1 AND name = $2", workspace, role) > 0;

    /// <summary>The roles of a person or service account in a workspace, their groups' too.</summary>
    public static HashSet<string> Of(Session session, long principal, long workspace)
    {
        var held = session.Query(OwnMaking, static row => row.Text(0), principal, workspace).Where(static name => Roles.Parse(name).Problem is not null).ToHashSet(StringComparer.Ordinal);
        held.UnionWith(session.Query(BuiltIn, static row => Roles.Name((Role)row.Int(0)), principal, workspace));
        return held;
    }

    /// <summary>
    /// Whether a caller counts as one of a role where a role may do something: the user of a single-user installation counts as every one, an
    /// administrator of the installation as admin too. A token must allow what its owner may: one that only reads does nothing.
    /// </summary>
    public static bool Has(Session session, Caller caller, string role) =>
        caller.Principal is not { } principal ? (caller.Rights & Right.Administer) != 0
        : (caller.Most & Right.WriteModels) != 0 && (role == Roles.Name(Role.Admin) && (caller.Rights & Right.Administer) != 0 || Of(session, principal, caller.Workspace).Contains(role));

    /// <summary>True for somebody who signs in, and not a service account.</summary>
    public static bool IsPerson(Session session, long principal) => Principals.Find(session, principal) is { Kind: PrincipalKind.Person, DisabledMs: null };
}
