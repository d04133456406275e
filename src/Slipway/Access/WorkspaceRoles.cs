using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>Who is what in which workspace. Members get roles themselves and through their groups.</summary>
internal sealed class WorkspaceRoles(Database db, EventLog events, Standings standings)
{
    private const string Insert = "INSERT INTO workspace_roles (workspace_id, principal_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

    private const string Delete = "DELETE FROM workspace_roles WHERE workspace_id = $1 AND principal_id = $2 AND role = $3";

    private const string InWorkspace = """
        SELECT p.name, p.kind, r.role FROM workspace_roles r JOIN principals p ON p.id = r.principal_id WHERE r.workspace_id = $1 ORDER BY p.name, r.role
        """;

    /// <summary>Gives a role.</summary>
    public Task<Outcome<Done>> Assign(Caller caller, RoleAssignment request, CancellationToken ct) => Set(caller, request, true, ct);

    /// <summary>Takes a role.</summary>
    public Task<Outcome<Done>> Unassign(Caller caller, RoleAssignment request, CancellationToken ct) => Set(caller, request, false, ct);

    /// <summary>The roles in the caller's workspace.</summary>
    public async Task<Outcome<RolesPage>> List(Caller caller, ListRoles request, CancellationToken ct) => await db.Read(session =>
        new RolesPage(session.Query(InWorkspace, static row => new HeldRole(row.Text(0), Principals.KindName((PrincipalKind)row.Int(1)), Roles.Name((Role)row.Int(2))), caller.Workspace)), ct);

    /// <summary>Gives a role in the transaction of something else.</summary>
    public static void Give(Session session, long workspace, long principal, Role role) => session.Execute(Insert, workspace, principal, (int)role);

    private async Task<Outcome<Done>> Set(Caller caller, RoleAssignment request, bool give, CancellationToken ct)
    {
        var role = Roles.Parse(request.Role);
        if (role.Problem is { } badRole) return badRole;
        return await standings.Change<Done>(session =>
        {
            var workspace = caller.Workspace;
            if (request.Workspace is { } name)
            {
                if (Workspaces.Find(session, name) is not { DeletedMs: null } found) return Workspaces.Missing(name);
                // The right was looked up for the request's workspace: another one is for administrators of the installation.
                if (found.Id != caller.Workspace && caller.NeedsEverywhere(Right.Administer) is not null) return Workspaces.Missing(name);
                workspace = found.Id;
            }
            if (Principals.Find(session, request.Name) is not { } row) return Principals.Missing(request.Name);
            if (!give && role.Value is Role.Admin && row.Id == caller.Principal)
                return Problem.Conflict("You cannot take the role of admin from yourself. Another admin of the workspace can.");
            if (session.Execute(give ? Insert : Delete, workspace, row.Id, (int)role.Value) > 0)
                events.Append(session, caller with { Workspace = workspace }, give ? "role.assigned" : "role.unassigned", Principals.Subject(row), AccessEvents.Data(("role", Roles.Name(role.Value))));
            return default(Done);
        }, ct);
    }
}
