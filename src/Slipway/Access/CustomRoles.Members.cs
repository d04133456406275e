using Slipway.Storage;

namespace Slipway.Access;

/// <summary>Who has which role.</summary>
internal sealed partial class CustomRoles
{
    private const string InsertMember = "INSERT INTO role_members (role_id, principal_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id";

    private const string DeleteMember = "DELETE FROM role_members WHERE role_id = $1 AND principal_id = $2";

    private const string CountOfMember = "SELECT count(*) FROM role_members WHERE principal_id = $1";

    private const string MembersOfRole = "SELECT id, principal_id, role_id FROM role_members WHERE role_id = $1 ORDER BY id";

    private const string RolesOfMember = Columns + " JOIN role_members m ON m.role_id = r.id WHERE m.principal_id = $1 ORDER BY r.id";

    /// <summary>Gives a user a role.</summary>
    public Task<Outcome<MlflowAssignmentAnswer>> Assign(Caller caller, MlflowAssignmentRequest request, CancellationToken ct) =>
        OnMember<MlflowAssignmentAnswer>(caller, request, (session, role, user) =>
        {
            if (session.Long(CountOfMember, user.Id) >= MlflowRole.RolesOfUserMax) return Problem.Invalid($"A user has at most {MlflowRole.RolesOfUserMax} roles of this kind.");
            if (session.Long(InsertMember, role.Id, user.Id) is not { } id) return Problem.Exists($"User role assignment (user_id={user.Id}, role_id={role.Id}) already exists");
            Note(session, caller, "role.member_added", role, ("role", role.Name), ("member", user.Name));
            return new MlflowAssignmentAnswer(new MlflowRoleAssignment(id, user.Id, role.Id));
        }, ct);

    /// <summary>Takes a role from a user.</summary>
    public Task<Outcome<Done>> Unassign(Caller caller, MlflowAssignmentRequest request, CancellationToken ct) => OnMember<Done>(caller, request, (session, role, user) =>
    {
        if (session.Execute(DeleteMember, role.Id, user.Id) == 0) return Problem.NotFound($"User role assignment (user_id={user.Id}, role_id={role.Id}) not found");
        Note(session, caller, "role.member_removed", role, ("role", role.Name), ("member", user.Name));
        return default(Done);
    }, ct);

    /// <summary>Who has a role, for those who manage the members of its workspace.</summary>
    public Task<Outcome<MlflowAssignmentsAnswer>> OfRole(Caller caller, MlflowAssignmentRequest request, CancellationToken ct) => db.Read<Outcome<MlflowAssignmentsAnswer>>(session =>
    {
        var found = Find(session, caller, request.RoleId, Right.ManageMembers);
        return found.Problem is { } refused ? refused
            : new MlflowAssignmentsAnswer([.. session.Query(MembersOfRole, static row => new MlflowRoleAssignment(row.Long(0), row.Long(1), row.Long(2)), found.Value.Id)]);
    }, ct);

    /// <summary>The roles of a user: all of them for oneself and for an administrator, else those of the workspaces whose members the caller manages.</summary>
    public Task<Outcome<MlflowRolesAnswer>> OfUser(Caller caller, MlflowAssignmentRequest request, CancellationToken ct) => db.Read<Outcome<MlflowRolesAnswer>>(session =>
    {
        if (string.IsNullOrEmpty(request.Username)) return Problem.Missing("username");
        var user = MlflowUsers.Find(session, request.Username);
        var roles = user is null ? [] : session.Query(RolesOfMember, Read, user.Id);
        var own = request.Username == caller.Actor;
        var shown = Standings.Managed(session, caller, roles.Select(static role => role.Workspace), own);
        if (shown.Count == 0 && !own && caller.NeedsEverywhere(Right.ManageMembers) is { } denied) return denied;
        roles.RemoveAll(role => !shown.Contains(role.Workspace));
        return user is null ? MlflowUsers.Missing(request.Username) : new MlflowRolesAnswer(Records(session, roles));
    }, ct);

    private Task<Outcome<T>> OnMember<T>(Caller caller, MlflowAssignmentRequest request, Func<Session, CustomRoleRow, PrincipalRow, Outcome<T>> work, CancellationToken ct) =>
        string.IsNullOrEmpty(request.Username) ? Task.FromResult<Outcome<T>>(Problem.Missing("username"))
        : Change<T>(caller, request.RoleId, (session, role) => MlflowUsers.Find(session, request.Username) is { } user ? work(session, role, user) : MlflowUsers.Missing(request.Username), ct);
}
