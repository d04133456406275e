namespace Slipway.Access;

/// <summary>MLflow's five permissions: as levels for one root, and as roles in a whole workspace.</summary>
internal static class MlflowPermission
{
    private static readonly (string Name, AccessLevel Level, Role? InWorkspace)[] All =
    [
        ("READ", AccessLevel.Read, Role.Viewer), ("USE", AccessLevel.Use, Role.Creator), ("EDIT", AccessLevel.Edit, Role.Contributor),
        ("MANAGE", AccessLevel.Manage, Role.Admin), ("NO_PERMISSIONS", AccessLevel.Denied, null),
    ];

    /// <summary>The level of a name, or the reference's sentence about what the names are.</summary>
    public static Outcome<AccessLevel> Parse(string? permission)
    {
        var found = Array.Find(All, known => known.Name == permission);
        return permission is null ? Problem.Missing("permission")
            : found.Name is null ? Problem.Invalid($"Invalid permission '{(permission.Length > 40 ? permission[..40] : permission)}'. Valid permissions are: ({string.Join(", ", All.Select(static known => $"'{known.Name}'"))})")
            : found.Level;
    }

    /// <summary>The name of a level.</summary>
    public static string Name(AccessLevel level) => Array.Find(All, known => known.Level == level).Name;

    /// <summary>What a level for a workspace means here: to use one is to make things in it. Null for none.</summary>
    public static Role? InWorkspace(AccessLevel level) => Array.Find(All, known => known.Level == level).InWorkspace;

    /// <summary>The level that a role of a workspace is nearest to: an approver or auditor reads.</summary>
    public static AccessLevel Level(Role role) => Array.Find(All, known => known.InWorkspace == role) is { Name: not null } found ? found.Level : AccessLevel.Read;
}
