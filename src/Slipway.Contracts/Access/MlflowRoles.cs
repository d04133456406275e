using System.Text.Json.Serialization;

namespace Slipway.Access;

/// <summary>A role of a workspace in the form of MLflow's: a name for a set of permissions.</summary>
/// <param name="Id">The key; never used twice.</param>
/// <param name="Name">Unique in the workspace.</param>
/// <param name="Workspace">The workspace's name.</param>
/// <param name="Description">For people to read, or absent.</param>
/// <param name="Permissions">What it gives, by key.</param>
public sealed record MlflowRole(long Id, string Name, string Workspace, string? Description, MlflowRolePermission[] Permissions)
{
    /// <summary>The longest name.</summary>
    public const int NameCharsMax = 250;

    /// <summary>The longest description.</summary>
    public const int DescriptionCharsMax = 5_000;

    /// <summary>The most roles of an installation.</summary>
    public const int RolesMax = 10_000;

    /// <summary>The most roles of one user.</summary>
    public const int RolesOfUserMax = 1_000;
}

/// <summary>One permission of a role.</summary>
/// <param name="Id">The key; never used twice.</param>
/// <param name="RoleId">The role.</param>
/// <param name="ResourceType">workspace, experiment, registered_model, scorer, gateway_secret, gateway_endpoint or gateway_model_definition.</param>
/// <param name="ResourcePattern">`*` for every one of the workspace, else one: an experiment's id, a model's name. Of a workspace it is always `*`.</param>
/// <param name="Permission">READ, USE, EDIT, MANAGE, or NO_PERMISSIONS, which gives nothing and takes nothing.</param>
public sealed record MlflowRolePermission(long Id, long RoleId, string ResourceType, string ResourcePattern, string Permission)
{
    /// <summary>The longest pattern.</summary>
    public const int PatternCharsMax = 500;

    /// <summary>The most permissions of one role.</summary>
    public const int PerRoleMax = 1_000;

    /// <summary>The most permissions of all roles of an installation.</summary>
    public const int PermissionsMax = 100_000;
}

/// <summary>Who has a role.</summary>
/// <param name="Id">The key; never used twice.</param>
/// <param name="UserId">The user's key.</param>
/// <param name="RoleId">The role's key.</param>
public sealed record MlflowRoleAssignment(long Id, long UserId, long RoleId);

/// <summary>What a user is in a workspace, in MLflow's words.</summary>
/// <param name="Workspace">The workspace's name.</param>
/// <param name="UserId">The user's key.</param>
/// <param name="Permission">READ, USE, EDIT, MANAGE or NO_PERMISSIONS.</param>
/// <param name="CanUse">Whether the user may make experiments and models there.</param>
public sealed record MlflowWorkspacePermission(string Workspace, long UserId, string Permission, bool CanUse);

/// <summary>One role.</summary>
/// <param name="Role">The role.</param>
public sealed record MlflowRoleAnswer(MlflowRole Role);

/// <summary>Several roles.</summary>
/// <param name="Roles">By key.</param>
public sealed record MlflowRolesAnswer(MlflowRole[] Roles);

/// <summary>One permission of a role.</summary>
/// <param name="RolePermission">The permission.</param>
public sealed record MlflowRolePermissionAnswer(MlflowRolePermission RolePermission);

/// <summary>The permissions of a role.</summary>
/// <param name="RolePermissions">By key.</param>
public sealed record MlflowRolePermissionsAnswer(MlflowRolePermission[] RolePermissions);

/// <summary>One assignment.</summary>
/// <param name="Assignment">The assignment.</param>
public sealed record MlflowAssignmentAnswer(MlflowRoleAssignment Assignment);

/// <summary>Several assignments.</summary>
/// <param name="Assignments">By key.</param>
public sealed record MlflowAssignmentsAnswer(MlflowRoleAssignment[] Assignments);

/// <summary>One permission for a workspace.</summary>
/// <param name="Permission">The permission.</param>
public sealed record MlflowWorkspacePermissionAnswer(MlflowWorkspacePermission Permission);

/// <summary>Several permissions for workspaces.</summary>
/// <param name="Permissions">By user, then workspace.</param>
public sealed record MlflowWorkspacePermissionsAnswer(MlflowWorkspacePermission[] Permissions);

/// <summary>Names a role, and what to set.</summary>
/// <param name="RoleId">The role's key.</param>
/// <param name="Name">Its name.</param>
/// <param name="Workspace">The workspace's name; in a listing absent for all, which is for administrators.</param>
/// <param name="Description">For people to read.</param>
public sealed record MlflowRoleRequest(long? RoleId, string? Name, string? Workspace, string? Description);

/// <summary>Names a permission of a role, and what to set.</summary>
/// <param name="RoleId">The role's key.</param>
/// <param name="RolePermissionId">The permission's key.</param>
/// <param name="ResourceType">What kind of thing it is about.</param>
/// <param name="ResourcePattern">`*`, or which one.</param>
/// <param name="Permission">READ, USE, EDIT, MANAGE or NO_PERMISSIONS.</param>
public sealed record MlflowRolePermissionRequest(long? RoleId, long? RolePermissionId, string? ResourceType, string? ResourcePattern, string? Permission);

/// <summary>Names a user and a role.</summary>
/// <param name="Username">Whose.</param>
/// <param name="RoleId">The role's key.</param>
public sealed record MlflowAssignmentRequest(string? Username, long? RoleId);

/// <summary>Names a permission for a workspace, and what to set.</summary>
/// <param name="Name">The workspace, from the path.</param>
/// <param name="Username">Whose.</param>
/// <param name="Permission">READ, USE, EDIT, MANAGE or NO_PERMISSIONS.</param>
public sealed record MlflowWorkspacePermissionRequest(string? Name, string? Username, string? Permission);

/// <summary>Names a permission for something that this server does not have: a scorer, or a part of the LLM gateway.</summary>
/// <param name="ExperimentId">A scorer's experiment.</param>
/// <param name="ScorerName">A scorer's name.</param>
/// <param name="SecretId">A gateway secret.</param>
/// <param name="EndpointId">A gateway endpoint.</param>
/// <param name="ModelDefinitionId">A gateway model definition.</param>
/// <param name="Username">Whose.</param>
/// <param name="Permission">READ, USE, EDIT, MANAGE or NO_PERMISSIONS.</param>
public sealed record MlflowAbsentPermissionRequest(
    string? ExperimentId, string? ScorerName, string? SecretId, string? EndpointId, string? ModelDefinitionId, string? Username, string? Permission);

/// <summary>How the records of MLflow's roles are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(MlflowRoleAnswer))]
[JsonSerializable(typeof(MlflowRolesAnswer))]
[JsonSerializable(typeof(MlflowRolePermissionAnswer))]
[JsonSerializable(typeof(MlflowRolePermissionsAnswer))]
[JsonSerializable(typeof(MlflowAssignmentAnswer))]
[JsonSerializable(typeof(MlflowAssignmentsAnswer))]
[JsonSerializable(typeof(MlflowWorkspacePermissionAnswer))]
[JsonSerializable(typeof(MlflowWorkspacePermissionsAnswer))]
[JsonSerializable(typeof(MlflowRoleRequest))]
[JsonSerializable(typeof(MlflowRolePermissionRequest))]
[JsonSerializable(typeof(MlflowAssignmentRequest))]
[JsonSerializable(typeof(MlflowWorkspacePermissionRequest))]
[JsonSerializable(typeof(MlflowAbsentPermissionRequest))]
public sealed partial class MlflowRolesJson : JsonSerializerContext;
