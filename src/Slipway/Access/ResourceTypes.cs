namespace Slipway.Access;

/// <summary>What the permissions of a role can be about, in MLflow's words, and which of those exist here.</summary>
internal static class ResourceTypes
{
    /// <summary>The whole workspace: its pattern is always <see cref="Every"/>.</summary>
    public const string Workspace = "workspace";

    /// <summary>The pattern for every one of the role's workspace.</summary>
    public const string Every = "*";

    private static readonly (string Name, RootKind? Kind)[] All =
    [
        ("experiment", RootKind.Experiment), ("gateway_endpoint", null), ("gateway_model_definition", null), ("gateway_secret", null),
        ("registered_model", RootKind.RegisteredModel), ("scorer", null), (Workspace, null),
    ];

    /// <summary>Null when there is such a type, else what there is.</summary>
    public static Problem? Check(string? type) => type is null ? Problem.Missing("resource_type")
        : Array.Exists(All, known => known.Name == type) ? null
        : Problem.Invalid($"Invalid resource type '{(type.Length > 40 ? type[..40] : type)}'. Valid resource types are: ({string.Join(", ", All.Select(static known => $"'{known.Name}'"))})");

    /// <summary>The kind of root that a type is, or null.</summary>
    public static RootKind? Kind(string type) => Array.Find(All, known => known.Name == type).Kind;

    /// <summary>What one permission of a role gives in the whole workspace; nothing when it is about one root, and for types that do not exist here.</summary>
    public static Right RightsOf(string type, RootKind? kind, long? root, AccessLevel level) =>
        level is AccessLevel.Denied || root is not null ? Right.None
        : kind is { } of ? Grants.RightsOf(of, level)
        : type == Workspace && MlflowPermission.InWorkspace(level) is { } role ? Roles.RightsOf(role)
        : Right.None;
}
