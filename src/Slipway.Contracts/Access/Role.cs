namespace Slipway;

/// <summary>What a member is in a workspace. Numbers are stored: they never change.</summary>
public enum Role
{
    /// <summary>Sees everything in the workspace.</summary>
    Viewer = 1,
    /// <summary>Sees everything, makes experiments and models and manages those: what MLflow's basic-auth gives every user.</summary>
    Creator = 2,
    /// <summary>Sees and changes everything in the workspace.</summary>
    Contributor = 3,
    /// <summary>Sees everything and votes on what needs approval.</summary>
    Approver = 4,
    /// <summary>Sees everything, the event log included, and changes nothing.</summary>
    Auditor = 5,
    /// <summary>Does everything in the workspace, its members included; the installation is another matter.</summary>
    Admin = 6,
}

/// <summary>What roles allow.</summary>
public static class Roles
{
    private const Right Read = Right.ReadExperiments | Right.ReadModels | Right.ReadEndpoints;

    private const Right Create = Right.CreateExperiments | Right.CreateModels | Right.CreateEndpoints | Right.InvokeEndpoints;

    private const Right Write = Right.WriteExperiments | Right.WriteModels | Right.WriteEndpoints;

    /// <summary>The rights of one role.</summary>
    public static Right RightsOf(Role role) => role switch
    {
        Role.Viewer => Read,
        Role.Creator => Read | Create,
        Role.Contributor => Read | Create | Write,
        Role.Approver => Read | Right.Approve,
        Role.Auditor => Read | Right.Audit,
        Role.Admin => Read | Create | Write | Right.ManageExperiments | Right.ManageModels | Right.ManageEndpoints | Right.Audit | Right.ManageMembers,
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "No such role."),
    };

    /// <summary>The wire's name of a role: lower case.</summary>
    public static string Name(Role role) => role switch
    {
        Role.Viewer => "viewer",
        Role.Creator => "creator",
        Role.Contributor => "contributor",
        Role.Approver => "approver",
        Role.Auditor => "auditor",
        Role.Admin => "admin",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "No such role."),
    };

    /// <summary>The role of a name, or why there is none.</summary>
    public static Outcome<Role> Parse(string? name, string path = "role")
    {
        foreach (var role in Enum.GetValues<Role>())
            if (Name(role).Equals(name, StringComparison.OrdinalIgnoreCase)) return role;
        return Problem.Invalid($"{path}: expected one of {string.Join(", ", Enum.GetValues<Role>().Select(Name))}, got {(name is null ? "nothing" : $"'{(name.Length > 40 ? name[..40] : name)}'")}.");
    }
}
