using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>One row of `custom_roles` with its workspace's name.</summary>
internal sealed record CustomRoleRow(long Id, long Workspace, string WorkspaceName, string Name, string? Description);

/// <summary>
/// Roles that a workspace's admins make, as MLflow's: a name for a set of permissions, which adds up with the six roles and the grants. What it gives is
/// read by <see cref="Standings"/>; a denial of a grant wins over it.
/// </summary>
internal sealed partial class CustomRoles(Database db, EventLog events, Standings standings, RootGrants grants)
{
    private const string Columns = "SELECT r.id, r.workspace_id, w.name, r.name, r.description FROM custom_roles r JOIN workspaces w ON w.id = r.workspace_id AND w.deleted_ms IS NULL";

    private const string ById = Columns + " WHERE r.id = $1";

    private const string Page = Columns + " WHERE ($1 < 0 OR r.workspace_id = $1) ORDER BY r.id";

    private const string Count = "SELECT count(*) FROM custom_roles";

    private const string Insert = "INSERT INTO custom_roles (workspace_id, name, description) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id";

    private const string Taken = "SELECT count(*) FROM custom_roles WHERE workspace_id = $1 AND name = $2 AND id <> $3";

    private const string Set = "UPDATE custom_roles SET name = $2, description = $3 WHERE id = $1";

    private static readonly string[] DeleteAll = ["DELETE FROM role_members WHERE role_id = $1", "DELETE FROM role_permissions WHERE role_id = $1", "DELETE FROM custom_roles WHERE id = $1"];

    /// <summary>Makes a role without permissions in the workspace that the request names.</summary>
    public async Task<Outcome<MlflowRoleAnswer>> Create(Caller caller, MlflowRoleRequest request, CancellationToken ct)
    {
        if (CheckName(request.Name) is { } badName) return badName;
        if (CheckDescription(request.Description) is { } badText) return badText;
        return await standings.Change<MlflowRoleAnswer>(session =>
        {
            var found = Workspace(session, caller, request.Workspace, Right.ManageMembers);
            if (found.Problem is { } refused) return refused;
            var workspace = found.Value;
            if (session.Long(Count) >= MlflowRole.RolesMax) return Problem.Invalid($"An installation holds at most {MlflowRole.RolesMax} roles of its own.");
            if (session.Long(Insert, workspace.Id, request.Name, request.Description) is not { } id)
                return Problem.Exists($"Role (name={request.Name}, workspace={workspace.Name}) already exists.");
            var row = new CustomRoleRow(id, workspace.Id, workspace.Name, request.Name!, request.Description);
            Note(session, caller, "role.created", row, ("name", row.Name), ("description", Short(row.Description)));
            return new MlflowRoleAnswer(Record(row, []));
        }, ct);
    }

    /// <summary>One role, for whoever has a part in its workspace.</summary>
    public Task<Outcome<MlflowRoleAnswer>> Get(Caller caller, MlflowRoleRequest request, CancellationToken ct) => db.Read<Outcome<MlflowRoleAnswer>>(session =>
    {
        var found = Find(session, caller, request.RoleId, Right.None);
        return found.Problem is { } refused ? refused : new MlflowRoleAnswer(Records(session, [found.Value])[0]);
    }, ct);

    /// <summary>The roles of a workspace, for whoever has a part in it; of all workspaces for an administrator.</summary>
    public Task<Outcome<MlflowRolesAnswer>> List(Caller caller, MlflowRoleRequest request, CancellationToken ct) => db.Read<Outcome<MlflowRolesAnswer>>(session =>
    {
        var only = -1L;
        if (request.Workspace is not null)
        {
            var found = Workspace(session, caller, request.Workspace, Right.None);
            if (found.Problem is { } refused) return refused;
            only = found.Value.Id;
        }
        else if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        else if (Tokens.OnlyWorkspace(session, caller) is { } bound) only = bound;
        return new MlflowRolesAnswer(Records(session, session.Query(Page, Read, only)));
    }, ct);

    /// <summary>Changes a role's name or description, or both.</summary>
    public async Task<Outcome<MlflowRoleAnswer>> Update(Caller caller, MlflowRoleRequest request, CancellationToken ct)
    {
        if (request.Name is null && request.Description is null) return Problem.Invalid("At least one of 'name' or 'description' must be provided to update a role.");
        if (request.Name is not null && CheckName(request.Name) is { } badName) return badName;
        if (CheckDescription(request.Description) is { } badText) return badText;
        return await standings.Change<MlflowRoleAnswer>(session =>
        {
            var found = Find(session, caller, request.RoleId, Right.ManageMembers);
            if (found.Problem is { } refused) return refused;
            var (before, after) = (found.Value, found.Value with { Name = request.Name ?? found.Value.Name, Description = request.Description ?? found.Value.Description });
            if (session.Long(Taken, before.Workspace, after.Name, before.Id) > 0) return Problem.Exists($"Role with name={after.Name} already exists in workspace={before.WorkspaceName}");
            session.Execute(Set, before.Id, after.Name, after.Description);
            Note(session, caller, "role.changed", after, ("name", after.Name), ("name_before", after.Name == before.Name ? null : before.Name),
                ("description", request.Description is null ? null : Short(after.Description)), ("description_before", request.Description is null ? null : Short(before.Description)));
            return new MlflowRoleAnswer(Records(session, [after])[0]);
        }, ct);
    }

    /// <summary>Deletes a role: its members lose what it gave.</summary>
    public Task<Outcome<Done>> Delete(Caller caller, MlflowRoleRequest request, CancellationToken ct) => Change<Done>(caller, request.RoleId, (session, row) =>
    {
        foreach (var sql in DeleteAll) session.Execute(sql, row.Id);
        Note(session, caller, "role.deleted", row, ("name", row.Name));
        return default(Done);
    }, ct);

    // Every change that can lessen what somebody may do: nobody takes the administration of a workspace from themselves, so that it is never left without by a slip.
    private Task<Outcome<T>> Change<T>(Caller caller, long? id, Func<Session, CustomRoleRow, Outcome<T>> work, CancellationToken ct) => standings.Change<T>(session =>
    {
        var found = Find(session, caller, id, Right.ManageMembers);
        return found.Problem is { } refused ? refused : Kept(session, caller, found.Value, work(session, found.Value));
    }, ct);

    private static Outcome<T> Kept<T>(Session session, Caller caller, CustomRoleRow row, Outcome<T> outcome) =>
        outcome.Problem is not null || caller.Principal is not { } self || Standings.Read(session, self, Workspaces.Find(session, row.Workspace)) is not { } after || (after.Rights & Right.ManageMembers) != 0 ? outcome
        : Problem.Conflict($"That would take the administration of the workspace '{row.WorkspaceName}' from yourself. Another admin of the workspace can.");

    // The workspace that a request names, where the caller has the right; none stands for having any part in it.
    private static Outcome<WorkspaceRow> Workspace(Session session, Caller caller, string? name, Right right)
    {
        if (name is null) return Problem.Missing("workspace");
        if (string.IsNullOrWhiteSpace(name)) return Problem.Invalid("Workspace cannot be empty.");
        if (Workspaces.Find(session, name) is not { DeletedMs: null } row) return Workspaces.Missing(name);
        return Standings.Refused(session, caller, row, right, row.Id == Caller.DefaultWorkspace ? null : Workspaces.Missing(name)) is { } refused ? refused : row;
    }

    // A role of a workspace that is none of the caller's business is not there.
    private static Outcome<CustomRoleRow> Find(Session session, Caller caller, long? id, Right right)
    {
        if (id is not { } key) return Problem.Missing("role_id");
        var missing = Problem.NotFound($"Role with id={key} not found");
        if (session.First(ById, Read, key) is not { } row) return missing;
        return Standings.Refused(session, caller, Workspaces.Find(session, row.Workspace), right, missing) is { } refused ? refused : row;
    }

    private void Note(Session session, Caller caller, string what, CustomRoleRow row, params ReadOnlySpan<(string Name, string? Value)> data) =>
        events.Append(session, caller with { Workspace = row.Workspace }, what, $"role/{row.Id}", AccessEvents.Data(data));

    private static CustomRoleRow Read(Row row) => new(row.Long(0), row.Long(1), row.Text(2), row.Text(3), row.TextOrNull(4));

    // An event holds a name for people and not a page of text.
    private static string? Short(string? text) => text?.Length > 200 ? text[..200] : text;

    private static Problem? CheckName(string? name) =>
        name is null ? Problem.Missing("name")
        : string.IsNullOrWhiteSpace(name) ? Problem.Invalid("Role name cannot be empty.")
        : name.Length > MlflowRole.NameCharsMax || name.Any(char.IsControl) ? Problem.Invalid($"name: expected at most {MlflowRole.NameCharsMax} characters without control characters, got {name.Length}.")
        : null;

    private static Problem? CheckDescription(string? text) => text is not null && (text.Length > MlflowRole.DescriptionCharsMax || text.Contains('\0', StringComparison.Ordinal))
        ? Problem.Invalid($"description: expected at most {MlflowRole.DescriptionCharsMax} characters without NUL, got {text.Length}.")
        : null;
}
