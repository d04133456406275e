using Slipway.Storage;

namespace Slipway.Access;

/// <summary>Answers why somebody can do something, or cannot: every role, grant and denial that has a say, in sentences.</summary>
internal sealed class Explanation(Database db, RootGrants grants)
{
    private const string RolesWithSource = """
        SELECT r.role, p.name, p.kind FROM workspace_roles r JOIN principals p ON p.id = r.principal_id
         WHERE r.workspace_id = $2 AND (r.principal_id = $1 OR r.principal_id IN (SELECT group_id FROM group_members WHERE member_id = $1)) ORDER BY r.role, p.name
        """;

    private const string GrantsWithSource = """
        SELECT g.level, p.name, p.kind FROM grants g JOIN principals p ON p.id = g.principal_id
         WHERE g.workspace_id = $2 AND g.kind = $3 AND g.root_id = $4
           AND (g.principal_id = $1 OR g.principal_id IN (SELECT group_id FROM group_members WHERE member_id = $1)) ORDER BY g.level, p.name
        """;

    private const string CustomWithSource = """
        SELECT r.name, p.resource_type, p.kind, p.root_id, p.level FROM role_members m JOIN custom_roles r ON r.id = m.role_id JOIN role_permissions p ON p.role_id = r.id
         WHERE r.workspace_id = $2 AND m.principal_id = $1 AND p.level > 0 AND (p.root_id IS NULL OR p.kind = $3 AND p.root_id = $4) ORDER BY r.name, p.id
        """;

    /// <summary>What the named one may do in the caller's workspace, or with one root of it. Everybody may ask about themselves.</summary>
    public Task<Outcome<EffectiveAccess>> Explain(Caller caller, ExplainAccess request, CancellationToken ct) => db.Read<Outcome<EffectiveAccess>>(session =>
    {
        var name = request.Name ?? caller.Actor;
        if (name != caller.Actor && caller.NeedsEverywhere(Right.ManageMembers) is { } denied) return denied;
        if (Principals.Find(session, name) is not { } row) return Principals.Missing(name);
        var workspace = Workspaces.Find(session, caller.Workspace);
        var reasons = new List<string>();
        if (row.DisabledMs is not null)
            return new EffectiveAccess(name, workspace.Name, [], ["The account is disabled: every attempt to sign in is refused."]);
        if (row.Administrator) reasons.Add("An administrator of the installation may do everything, whatever roles, grants and denials say.");
        foreach (var (role, source) in session.Query(RolesWithSource, source => ((Role)source.Int(0), Source(source, name)), row.Id, caller.Workspace))
            reasons.Add($"The role {Roles.Name(role)}{source} gives {Names(Roles.RightsOf(role))}.");
        Custom(session, row.Id, caller.Workspace, 0, -1, reasons);
        var standing = Standings.Read(session, row.Id, workspace);
        var rights = standing?.Rights ?? Right.None;
        if (request.Root is { } root)
        {
            if (RootGrants.ParseKind(request.Kind) is not { } kind) return RootGrants.BadKind();
            // Looked up as an administrator would: the right to ask was checked above, and oneself is told only about what one sees.
            var found = grants.Find(session, caller with { Acting = Right.None }, kind, root);
            if (found.Problem is { } missing) return missing;
            foreach (var (level, source) in session.Query(GrantsWithSource, source => ((AccessLevel)source.Int(0), Source(source, name)), row.Id, caller.Workspace, (int)kind, found.Value))
                reasons.Add(level is AccessLevel.Denied
                    ? row.Administrator ? $"A denial{source} has no effect on an administrator." : $"A denial{source} takes every right to the {RootGrants.KindName(kind)}, whatever else gives one."
                    : $"A grant of {RootGrants.LevelName(level)}{source} gives {Names(Grants.RightsOf(kind, level))}.");
            Custom(session, row.Id, caller.Workspace, (long)kind, found.Value, reasons);
            rights = (standing?.Grants.Apply(rights, kind, found.Value) ?? Right.None) & Grants.CoveredBy(kind); // the others are about no root
        }
        if (reasons.Count == 0) reasons.Add($"'{name}' has no role and no grant here.");
        return new EffectiveAccess(name, workspace.Name, RightNames(rights), [.. reasons]);
    }, ct);

    // What roles of the workspace's own making give everywhere, or with the one root that is asked about.
    private static void Custom(Session session, long principal, long workspace, long kind, long root, List<string> reasons)
    {
        foreach (var (name, type, of, only, level) in session.Query(CustomWithSource, static row => (row.Text(0), row.Text(1), (RootKind?)(int?)row.LongOrNull(2), row.LongOrNull(3), (AccessLevel)row.Int(4)), principal, workspace, kind, root))
            if (only is not null && of is { } known) reasons.Add($"The role '{name}' of the workspace gives {Names(Grants.RightsOf(known, level))} with this {RootGrants.KindName(known)}.");
            else if (root < 0 && ResourceTypes.RightsOf(type, of, null, level) is not Right.None and var rights) reasons.Add($"The role '{name}' of the workspace gives {Names(rights)}.");
    }

    /// <summary>The rights of a set, by name.</summary>
    public static string[] RightNames(Right rights) => [.. Enum.GetValues<Right>().Where(right => right is not (Right.None or Right.All) && (rights & right) == right).Select(static right => right.ToString())];

    private static string Names(Right rights) => string.Join(", ", RightNames(rights));

    private static string Source(Row row, string name) => row.Text(1) == name ? "" : $" of the group '{row.Text(1)}'";
}
