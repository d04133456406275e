using Slipway.Storage;
using static Slipway.Right;

namespace Slipway.Access;

/// <summary>
/// The users of MLflow's basic-auth, over this installation's members. A user made here is a creator in the request's
/// workspace, which is what MLflow's default gives: reads everything, makes experiments, manages those.
/// </summary>
internal sealed class MlflowUsers(Database db, Members members, RootGrants grants)
{
    private const string GrantsOf = "SELECT root_id, level FROM grants WHERE workspace_id = $1 AND principal_id = $2 AND kind = $3 ORDER BY root_id";

    /// <summary>Adds the routes.</summary>
    public void Map(Routes routes)
    {
        Wire.Add(MlflowUsersJson.Default);
        var api = routes.Under("/api/2.0/mlflow", "/ajax-api/2.0/mlflow");
        api.Post<MlflowUserRequest, MlflowUserAnswer>("/users/create", Administer, "Makes a user, in the form of MLflow's basic-auth.", Create);
        api.Get<MlflowUserRequest, MlflowUserAnswer>("/users/get", SignedIn, "Answers oneself, or for an administrator any user.", Get);
        api.Get<MlflowUserRequest, MlflowUserAnswer>("/users/current", SignedIn, "Answers oneself.", Current);
        api.Get<MlflowUserRequest, MlflowUsersAnswer>("/users/list", Administer, "Lists the users.", List);
        api.Patch<MlflowUserRequest, Done>("/users/update-password", SignedIn, "Sets one's own password, or for an administrator anybody's.", UpdatePassword);
        api.Patch<MlflowUserRequest, Done>("/users/update-admin", Administer, "Makes a user an administrator, or not.", UpdateAdmin);
        api.Delete<MlflowUserRequest, Done>("/users/delete", Administer, "Removes a user.", Delete);
    }

    private async Task<Outcome<MlflowUserAnswer>> Create(Caller caller, MlflowUserRequest request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Username) || string.IsNullOrEmpty(request.Password)) return Problem.Invalid("Username and password cannot be empty.");
        var made = await members.Create(caller, new CreateMember(request.Username, null, null, null, request.Password, null), Role.Creator, ct);
        if (made.Problem is { Code: ErrorCode.RESOURCE_ALREADY_EXISTS }) return Problem.Exists($"User (username={request.Username}) already exists.");
        return made.Problem is { } problem ? problem : await Get(caller, request, ct);
    }

    private async Task<Outcome<MlflowUserAnswer>> Get(Caller caller, MlflowUserRequest request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Username)) return Problem.Missing("username");
        if (request.Username != caller.Actor && caller.NeedsEverywhere(Administer) is { } denied) return denied;
        return await db.Read<Outcome<MlflowUserAnswer>>(session =>
        {
            if (Find(session, request.Username) is not { } row) return Missing(request.Username);
            var experiments = Granted(session, caller, row.Id, RootKind.Experiment).Select(permission => new MlflowExperimentPermission(permission.Name, row.Id, permission.Permission));
            var workspace = Workspaces.Find(session, caller.Workspace).Name;
            var models = Granted(session, caller, row.Id, RootKind.RegisteredModel).Select(permission => new MlflowModelPermission(workspace, permission.Name, row.Id, permission.Permission));
            return new MlflowUserAnswer(new MlflowUser(row.Id, row.Name, row.Administrator, [.. experiments], [.. models], []));
        }, ct);
    }

    private async Task<Outcome<MlflowUserAnswer>> Current(Caller caller, MlflowUserRequest request, CancellationToken ct) => await db.Read<Outcome<MlflowUserAnswer>>(session =>
        Find(session, caller.Actor) is { } row ? new MlflowUserAnswer(Short(row)) : Missing(caller.Actor), ct);

    private async Task<Outcome<MlflowUsersAnswer>> List(Caller caller, MlflowUserRequest request, CancellationToken ct) => await db.Read(static session =>
    {
        var all = new List<PrincipalRow>();
        for (var after = ""; Principals.After(session, after, null, null, Members.PageMax) is { Count: > 0 } page; after = page[^1].Name) all.AddRange(page);
        return new MlflowUsersAnswer([.. all.Where(static row => row.Kind is not PrincipalKind.Group).Select(Short)]);
    }, ct);

    private async Task<Outcome<Done>> UpdatePassword(Caller caller, MlflowUserRequest request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Username)) return Problem.Missing("username");
        if (request.Password is null) return Problem.Missing("password");
        var set = await members.SetPassword(caller, new SetPassword(request.Username, request.Password, request.CurrentPassword), ct);
        // About one's own the only refusal of rights is the present password: the reference says it as a wrong parameter.
        return set.Problem is { Code: ErrorCode.PERMISSION_DENIED } && request.Username == caller.Actor
            ? Problem.Invalid(string.IsNullOrEmpty(request.CurrentPassword) ? "Current password is required when changing your own password." : "Current password does not match.")
            : set;
    }

    private async Task<Outcome<Done>> UpdateAdmin(Caller caller, MlflowUserRequest request, CancellationToken ct)
    {
        if (request.IsAdmin is not { } admin) return Problem.Missing("is_admin");
        if (await Unknown(request, ct) is { } unknown) return unknown;
        var changed = await members.Update(caller, new UpdateMember(request.Username, null, null, admin, null), ct);
        return changed.Problem is { } problem ? problem : default(Done);
    }

    private async Task<Outcome<Done>> Delete(Caller caller, MlflowUserRequest request, CancellationToken ct) =>
        await Unknown(request, ct) is { } unknown ? unknown : await members.Remove(caller, new MemberRef(request.Username), ct);

    private async Task<Problem?> Unknown(MlflowUserRequest request, CancellationToken ct) =>
        string.IsNullOrEmpty(request.Username) ? Problem.Missing("username")
        : await db.Read(session => Find(session, request.Username), ct) is null ? Missing(request.Username)
        : null;

    /// <summary>A person or service account by name: a group is no user.</summary>
    public static PrincipalRow? Find(Session session, string? name) => Principals.Find(session, name) is { Kind: not PrincipalKind.Group } row ? row : null;

    private static MlflowUser Short(PrincipalRow row) => new(row.Id, row.Name, row.Administrator, null, null, null);

    /// <summary>404 in the reference's words.</summary>
    public static Problem Missing(string? name) => Problem.NotFound($"User with username={(name?.Length > CreateMember.NameCharsMax ? name[..CreateMember.NameCharsMax] : name)} not found");

    private IEnumerable<(string Name, string Permission)> Granted(Session session, Caller caller, long principal, RootKind kind)
    {
        var rows = session.Query(GrantsOf, static row => (Root: row.Long(0), Level: (AccessLevel)row.Int(1)), caller.Workspace, principal, (int)kind);
        var names = grants.Names(session, kind, [.. rows.Select(static row => row.Root)]);
        return rows.Where(row => names.ContainsKey(row.Root)).Select(row => (names[row.Root], MlflowPermission.Name(row.Level)));
    }
}
