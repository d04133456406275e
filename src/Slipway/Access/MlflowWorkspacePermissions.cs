using Microsoft.AspNetCore.Http;
using Slipway.Events;
using Slipway.Storage;
using static Slipway.Right;

namespace Slipway.Access;

/// <summary>
/// MLflow's permissions for whole workspaces, over the six roles: READ is viewer, USE creator, EDIT contributor, MANAGE admin, NO_PERMISSIONS none of these.
/// A user has one at a time here; roles of approver and auditor stay beside it and read as READ.
/// </summary>
internal sealed class MlflowWorkspacePermissions(Database db, EventLog events, Standings standings)
{
    private const string OfWorkspace = """
        SELECT w.name, p.id, r.role, w.id FROM workspace_roles r JOIN principals p ON p.id = r.principal_id AND p.kind <> 3 JOIN workspaces w ON w.id = r.workspace_id AND w.deleted_ms IS NULL
         WHERE r.workspace_id = $1 ORDER BY p.id, w.name
        """;

    private const string OfPrincipal = """
        SELECT w.name, p.id, r.role, w.id FROM workspace_roles r JOIN principals p ON p.id = r.principal_id JOIN workspaces w ON w.id = r.workspace_id AND w.deleted_ms IS NULL
         WHERE r.principal_id = $1 ORDER BY p.id, w.name
        """;

    // Viewer, creator, contributor and admin: what these permissions are.
    private const string Clear = "DELETE FROM workspace_roles WHERE workspace_id = $1 AND principal_id = $2 AND role IN (1, 2, 3, 6)";

    private const string Held = "SELECT role FROM workspace_roles WHERE workspace_id = $1 AND principal_id = $2 AND role IN (1, 2, 3, 6)";

    /// <summary>Adds the routes.</summary>
    public void Map(Routes routes)
    {
        var api = routes.Under("/api/3.0/mlflow", "/ajax-api/3.0/mlflow");
        api.Get<MlflowWorkspacePermissionRequest, MlflowWorkspacePermissionsAnswer>("/workspaces/{name}/permissions", SignedIn, "Lists the users of a workspace with their permissions, for who manages its members.", List);
        api.Post<MlflowWorkspacePermissionRequest, MlflowWorkspacePermissionAnswer>("/workspaces/{name}/permissions", SignedIn, "Sets a user's permission for a workspace.", Set);
        api.Raw("DELETE", "/workspaces/{name}/permissions", SignedIn, "Takes a user's permission for a workspace; the user is named in the query.", Delete);
        api.Get<MlflowWorkspacePermissionRequest, MlflowWorkspacePermissionsAnswer>("/workspace-permissions", SignedIn, "Lists the permissions of a user by workspace.", OfUser);
    }

    private Task<Outcome<MlflowWorkspacePermissionsAnswer>> List(Caller caller, MlflowWorkspacePermissionRequest request, CancellationToken ct) => db.Read<Outcome<MlflowWorkspacePermissionsAnswer>>(session =>
    {
        var workspace = Workspace(session, caller, request.Name);
        return workspace.Problem is { } refused ? refused : new MlflowWorkspacePermissionsAnswer([.. Records(session, OfWorkspace, workspace.Value.Id).Select(static row => row.Permission)]);
    }, ct);

    private Task<Outcome<MlflowWorkspacePermissionsAnswer>> OfUser(Caller caller, MlflowWorkspacePermissionRequest request, CancellationToken ct) => db.Read<Outcome<MlflowWorkspacePermissionsAnswer>>(session =>
    {
        if (string.IsNullOrEmpty(request.Username)) return Problem.Missing("username");
        var user = MlflowUsers.Find(session, request.Username);
        var rows = user is null ? [] : Records(session, OfPrincipal, user.Id);
        var own = request.Username == caller.Actor;
        var shown = Standings.Managed(session, caller, rows.Select(static row => row.Workspace), own);
        if (shown.Count == 0 && !own && caller.NeedsEverywhere(ManageMembers) is { } denied) return denied;
        return user is null ? MlflowUsers.Missing(request.Username)
            : new MlflowWorkspacePermissionsAnswer([.. rows.Where(row => shown.Contains(row.Workspace)).Select(static row => row.Permission)]);
    }, ct);

    private async Task<Outcome<MlflowWorkspacePermissionAnswer>> Set(Caller caller, MlflowWorkspacePermissionRequest request, CancellationToken ct)
    {
        if (request.Username is null || request.Permission is null)
            return Problem.Invalid("Workspace permission payload missing keys: " + string.Join(", ", (string[])[.. request.Permission is null ? ["permission"] : (string[])[], .. request.Username is null ? ["username"] : (string[])[]]));
        var level = MlflowPermission.Parse(request.Permission);
        if (level.Problem is { } bad) return bad;
        return await Change<MlflowWorkspacePermissionAnswer>(caller, request.Name, request.Username, MlflowPermission.InWorkspace(level.Value), (workspace, user, _) =>
            new MlflowWorkspacePermissionAnswer(Record(workspace.Name, user.Id, level.Value)), ct);
    }

    private async Task<Problem?> Delete(HttpContext context, Caller caller)
    {
        var (name, username) = ((string?)context.Request.RouteValues["name"], (string?)context.Request.Query["username"]);
        var deleted = await Change<Done>(caller, name, username, null, (workspace, user, had) => had.Count > 0 ? default(Done)
            : Problem.NotFound($"Workspace permission does not exist for workspace='{workspace.Name}', username='{user.Name}'"), context.RequestAborted);
        if (deleted.Problem is { } problem) return problem;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    private Task<Outcome<T>> Change<T>(Caller caller, string? name, string? username, Role? role, Func<WorkspaceRow, PrincipalRow, List<Role>, Outcome<T>> answer, CancellationToken ct) => standings.Change<T>(session =>
    {
        var found = Workspace(session, caller, name);
        if (found.Problem is { } refused) return refused;
        if (string.IsNullOrEmpty(username)) return Problem.Missing("username");
        if (MlflowUsers.Find(session, username) is not { } user) return MlflowUsers.Missing(username);
        var workspace = found.Value;
        var had = session.Query(Held, static row => (Role)row.Int(0), workspace.Id, user.Id);
        if (user.Id == caller.Principal && had.Contains(Role.Admin) && role is not Role.Admin)
            return Problem.Conflict("You cannot take the role of admin from yourself. Another admin of the workspace can.");
        session.Execute(Clear, workspace.Id, user.Id);
        if (role is { } given) WorkspaceRoles.Give(session, workspace.Id, user.Id, given);
        foreach (var gone in had)
            if (gone != role) events.Append(session, caller with { Workspace = workspace.Id }, "role.unassigned", Principals.Subject(user), AccessEvents.Data(("role", Roles.Name(gone))));
        if (role is { } now && !had.Contains(now)) events.Append(session, caller with { Workspace = workspace.Id }, "role.assigned", Principals.Subject(user), AccessEvents.Data(("role", Roles.Name(now))));
        return answer(workspace, user, had);
    }, ct);

    private static Outcome<WorkspaceRow> Workspace(Session session, Caller caller, string? name)
    {
        if (Workspaces.Find(session, name ?? "") is not { DeletedMs: null } row) return Workspaces.Missing(name ?? "");
        return Standings.Refused(session, caller, row, ManageMembers, row.Id == Caller.DefaultWorkspace ? null : Workspaces.Missing(row.Name)) is { } refused ? refused : row;
    }

    // Of several roles in one workspace the strongest counts.
    private static List<(long Workspace, MlflowWorkspacePermission Permission)> Records(Session session, string sql, long key) =>
        [.. session.Query(sql, static row => (Name: row.Text(0), User: row.Long(1), Level: MlflowPermission.Level((Role)row.Int(2)), Workspace: row.Long(3)), key)
            .GroupBy(static row => (row.User, row.Workspace)).Select(static group => (group.Key.Workspace, Record(group.First().Name, group.Key.User, group.Max(static row => row.Level))))];

    private static MlflowWorkspacePermission Record(string workspace, long user, AccessLevel level) => new(workspace, user, MlflowPermission.Name(level), level >= AccessLevel.Use);
}
