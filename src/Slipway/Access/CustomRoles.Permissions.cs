using System.Globalization;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>What roles give: added, changed, removed, listed.</summary>
internal sealed partial class CustomRoles
{
    private const string PermissionColumns = "SELECT id, role_id, resource_type, pattern, kind, root_id, level FROM role_permissions";

    private const string PermissionById = PermissionColumns + " WHERE id = $1";

    private const string PermissionCounts = "SELECT count(*), COALESCE(SUM(CASE WHEN role_id = $1 THEN 1 ELSE 0 END), 0) FROM role_permissions";

    private const string InsertPermission = """
        INSERT INTO role_permissions (role_id, resource_type, pattern, kind, root_id, level) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id
        """;

    private const string SetLevel = "UPDATE role_permissions SET level = $2 WHERE id = $1";

    private const string DeletePermission = "DELETE FROM role_permissions WHERE id = $1";

    private sealed record PermissionRow(long Id, long Role, string Type, string Pattern, RootKind? Kind, long? Root, AccessLevel Level);

    /// <summary>Adds a permission to a role.</summary>
    public async Task<Outcome<MlflowRolePermissionAnswer>> AddPermission(Caller caller, MlflowRolePermissionRequest request, CancellationToken ct)
    {
        var level = MlflowPermission.Parse(request.Permission);
        if (level.Problem is { } badLevel) return badLevel;
        if (ResourceTypes.Check(request.ResourceType) is { } badType) return badType;
        if (string.IsNullOrEmpty(request.ResourcePattern)) return Problem.Missing("resource_pattern");
        var (type, pattern) = (request.ResourceType!, request.ResourcePattern);
        if (pattern.Length > MlflowRolePermission.PatternCharsMax || pattern.Any(char.IsControl))
            return Problem.Invalid($"resource_pattern: expected at most {MlflowRolePermission.PatternCharsMax} characters without control characters, got {pattern.Length}.");
        if (type == ResourceTypes.Workspace && pattern != ResourceTypes.Every)
            return Problem.Invalid($"resource_type='workspace' requires resource_pattern='*'. Got resource_pattern='{pattern}'.");
        return await Change<MlflowRolePermissionAnswer>(caller, request.RoleId, (session, role) =>
        {
            var root = Root(session, caller, role, type, pattern);
            if (root.Problem is { } unknown) return unknown;
            var (all, own) = session.First(PermissionCounts, static row => (row.Long(0), row.Long(1)), role.Id);
            if (own >= MlflowRolePermission.PerRoleMax) return Problem.Invalid($"A role holds at most {MlflowRolePermission.PerRoleMax} permissions.");
            if (all >= MlflowRolePermission.PermissionsMax) return Problem.Invalid($"The roles of an installation hold at most {MlflowRolePermission.PermissionsMax} permissions together.");
            var stored = root.Value is { } key ? Text(key) : pattern;
            if (session.Long(InsertPermission, role.Id, type, stored, (long?)ResourceTypes.Kind(type), root.Value, (int)level.Value) is not { } id)
                return Problem.Exists($"Role permission (role_id={role.Id}, resource_type={type}, resource_pattern={pattern}) already exists.");
            Note(session, caller, "role.permission_added", role, ("role", role.Name), ("type", type), ("pattern", pattern), ("after", MlflowPermission.Name(level.Value)));
            return new MlflowRolePermissionAnswer(new MlflowRolePermission(id, role.Id, type, pattern, MlflowPermission.Name(level.Value)));
        }, ct);
    }

    /// <summary>Changes what a permission gives.</summary>
    public async Task<Outcome<MlflowRolePermissionAnswer>> UpdatePermission(Caller caller, MlflowRolePermissionRequest request, CancellationToken ct)
    {
        var level = MlflowPermission.Parse(request.Permission);
        if (level.Problem is { } badLevel) return badLevel;
        return await OnPermission<MlflowRolePermissionAnswer>(caller, request.RolePermissionId, (session, role, row) =>
        {
            session.Execute(SetLevel, row.Id, (int)level.Value);
            var wire = Wired(session, [row with { Level = level.Value }]);
            Note(session, caller, "role.permission_changed", role, ("role", role.Name), ("type", row.Type), ("pattern", wire.Count == 0 ? row.Pattern : wire[0].ResourcePattern),
                ("before", MlflowPermission.Name(row.Level)), ("after", MlflowPermission.Name(level.Value)));
            return wire.Count == 0 ? MissingPermission(row.Id) : new MlflowRolePermissionAnswer(wire[0]);
        }, ct);
    }

    /// <summary>Takes a permission out of its role.</summary>
    public Task<Outcome<Done>> RemovePermission(Caller caller, MlflowRolePermissionRequest request, CancellationToken ct) => OnPermission<Done>(caller, request.RolePermissionId, (session, role, row) =>
    {
        session.Execute(DeletePermission, row.Id);
        Note(session, caller, "role.permission_removed", role, ("role", role.Name), ("type", row.Type), ("pattern", row.Pattern), ("before", MlflowPermission.Name(row.Level)));
        return default(Done);
    }, ct);

    /// <summary>The permissions of a role, for whoever has a part in its workspace.</summary>
    public Task<Outcome<MlflowRolePermissionsAnswer>> Permissions(Caller caller, MlflowRolePermissionRequest request, CancellationToken ct) => db.Read<Outcome<MlflowRolePermissionsAnswer>>(session =>
    {
        var found = Find(session, caller, request.RoleId, Right.None);
        return found.Problem is { } refused ? refused : new MlflowRolePermissionsAnswer(Records(session, [found.Value])[0].Permissions);
    }, ct);

    // A permission of a role that the caller may not manage is not there either.
    private Task<Outcome<T>> OnPermission<T>(Caller caller, long? id, Func<Session, CustomRoleRow, PermissionRow, Outcome<T>> work, CancellationToken ct) => standings.Change<T>(session =>
    {
        if (id is not { } key) return Problem.Missing("role_permission_id");
        if (session.First(PermissionById, ReadPermission, key) is not { } row) return MissingPermission(key);
        var role = Find(session, caller, row.Role, Right.ManageMembers);
        if (role.Problem is { } refused) return refused.Code is ErrorCode.RESOURCE_DOES_NOT_EXIST ? MissingPermission(key) : refused;
        return Kept(session, caller, role.Value, work(session, role.Value, row));
    }, ct);

    // The root's key, or null for every one and for types that do not exist here. An experiment's id may be said before there is one, as in the reference: ids are never used twice.
    private Outcome<long?> Root(Session session, Caller caller, CustomRoleRow role, string type, string pattern)
    {
        if (pattern == ResourceTypes.Every || ResourceTypes.Kind(type) is not { } kind) return (long?)null;
        // The right to say it was checked: looked up as an admin of the role's workspace would.
        var found = grants.Find(session, caller with { Workspace = role.Workspace, Rights = Right.All, Most = Right.All, Grants = Grants.None, Acting = Right.None }, kind, pattern);
        return found.Succeeded ? found.Value
            : kind is RootKind.Experiment && long.TryParse(pattern, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : found.Problem;
    }

    private MlflowRole[] Records(Session session, List<CustomRoleRow> roles)
    {
        var rows = session.Query($"{PermissionColumns} WHERE role_id {session.Dialect.InLongs("$1")} ORDER BY id", ReadPermission, Arg.Longs([.. roles.Select(static role => role.Id)]));
        var permissions = Wired(session, rows).ToLookup(static permission => permission.RoleId);
        return [.. roles.Select(role => Record(role, [.. permissions[role.Id]]))];
    }

    private static MlflowRole Record(CustomRoleRow row, MlflowRolePermission[] permissions) => new(row.Id, row.Name, row.WorkspaceName, row.Description, permissions);

    private List<MlflowRolePermission> Wired(Session session, List<PermissionRow> rows)
    {
        var names = rows.Where(static row => row is { Kind: not null, Root: not null }).GroupBy(static row => row.Kind!.Value)
            .ToDictionary(static group => group.Key, group => grants.Names(session, group.Key, [.. group.Select(static row => row.Root!.Value)]));
        var wired = new List<MlflowRolePermission>(rows.Count);
        foreach (var row in rows)
        {
            var pattern = row is { Kind: { } kind, Root: { } root } ? names[kind].GetValueOrDefault(root) : row.Pattern;
            if (pattern is not null) wired.Add(new MlflowRolePermission(row.Id, row.Role, row.Type, pattern, MlflowPermission.Name(row.Level)));
        }
        return wired;
    }

    private static Problem MissingPermission(long id) => Problem.NotFound($"Role permission with id={id} not found");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static PermissionRow ReadPermission(Row row) => new(row.Long(0), row.Long(1), row.Text(2), row.Text(3), (RootKind?)(int?)row.LongOrNull(4), row.LongOrNull(5), (AccessLevel)row.Int(6));
}
