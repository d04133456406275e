using System.Text.Json.Serialization;

namespace Slipway.Access;

/// <summary>A user in the form of MLflow's basic-auth.</summary>
/// <param name="Id">The key.</param>
/// <param name="Username">The name.</param>
/// <param name="IsAdmin">Whether an administrator of the installation.</param>
/// <param name="ExperimentPermissions">What was said about single experiments of the workspace; absent where MLflow leaves it out.</param>
/// <param name="RegisteredModelPermissions">What was said about single registered models of the workspace; absent where MLflow leaves it out.</param>
/// <param name="ScorerPermissions">Always empty: there are no scorers here.</param>
public sealed record MlflowUser(long Id, string Username, bool IsAdmin, MlflowExperimentPermission[]? ExperimentPermissions, MlflowModelPermission[]? RegisteredModelPermissions, MlflowNone[]? ScorerPermissions);

/// <summary>An object without fields.</summary>
public sealed record MlflowNone;

/// <summary>One permission of a user.</summary>
/// <param name="ExperimentId">The experiment.</param>
/// <param name="UserId">The user's key.</param>
/// <param name="Permission">READ, USE, EDIT, MANAGE or NO_PERMISSIONS.</param>
public sealed record MlflowExperimentPermission(string ExperimentId, long UserId, string Permission);

/// <summary>One permission of a user for a registered model.</summary>
/// <param name="Workspace">The model's workspace.</param>
/// <param name="Name">The model's name.</param>
/// <param name="UserId">The user's key.</param>
/// <param name="Permission">READ, USE, EDIT, MANAGE or NO_PERMISSIONS.</param>
public sealed record MlflowModelPermission(string Workspace, string Name, long UserId, string Permission);

/// <summary>One user.</summary>
/// <param name="User">The user.</param>
public sealed record MlflowUserAnswer(MlflowUser User);

/// <summary>All users.</summary>
/// <param name="Users">By name.</param>
public sealed record MlflowUsersAnswer(MlflowUser[] Users);

/// <summary>One permission.</summary>
/// <param name="ExperimentPermission">The permission.</param>
public sealed record MlflowPermissionAnswer(MlflowExperimentPermission ExperimentPermission);

/// <summary>One permission for a registered model.</summary>
/// <param name="RegisteredModelPermission">The permission.</param>
public sealed record MlflowModelPermissionAnswer(MlflowModelPermission RegisteredModelPermission);

/// <summary>Names a user, and what to set.</summary>
/// <param name="Username">Whose.</param>
/// <param name="Password">A new password.</param>
/// <param name="CurrentPassword">The present one; needed for one's own.</param>
/// <param name="IsAdmin">Whether an administrator.</param>
public sealed record MlflowUserRequest(string? Username, string? Password, string? CurrentPassword, bool? IsAdmin)
{
    // A record prints its members: not the passwords.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Username = ").Append(Username);
        return true;
    }
}

/// <summary>Names a permission, and what to set.</summary>
/// <param name="ExperimentId">The experiment.</param>
/// <param name="Username">Whose.</param>
/// <param name="Permission">READ, USE, EDIT, MANAGE or NO_PERMISSIONS.</param>
public sealed record MlflowPermissionRequest(string? ExperimentId, string? Username, string? Permission);

/// <summary>Names a permission for a registered model, and what to set.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Username">Whose.</param>
/// <param name="Permission">READ, USE, EDIT, MANAGE or NO_PERMISSIONS.</param>
public sealed record MlflowModelPermissionRequest(string? Name, string? Username, string? Permission);

/// <summary>How the records of MLflow's basic-auth are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(MlflowUserAnswer))]
[JsonSerializable(typeof(MlflowUsersAnswer))]
[JsonSerializable(typeof(MlflowPermissionAnswer))]
[JsonSerializable(typeof(MlflowUserRequest))]
[JsonSerializable(typeof(MlflowPermissionRequest))]
[JsonSerializable(typeof(MlflowModelPermissionAnswer))]
[JsonSerializable(typeof(MlflowModelPermissionRequest))]
public sealed partial class MlflowUsersJson : JsonSerializerContext;
