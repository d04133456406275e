using System.Globalization;
using Slipway.Storage;
using static Slipway.Right;

namespace Slipway.Access;

/// <summary>
/// The users and permissions of MLflow's basic-auth, over this installation's members and grants. A user made here is a creator in the request's
/// workspace, which is what MLflow's default gives: reads everything, makes experiments, manages those.
/// </summary>
internal sealed class MlflowUsers(Database db, Members members, RootGrants grants)
{
    private static readonly (string Name, AccessLevel Level)[] Permissions =
        [("READ", AccessLevel.Read), ("USE", AccessLevel.Use), ("EDIT", AccessLevel.Edit), ("MANAGE", AccessLevel.Manage), ("NO_PERMISSIONS", AccessLevel.Denied)];

    private const string ExperimentsOf = "SELECT root_id, level FROM grants WHERE workspace_id = $1 AND principal_id = $2 AND kind = 1 ORDER BY root_id";

    /// <summary>Adds the routes.</summary>
    public void Map(Routes routes)
    {
        Wire.Add(MlflowUsersJson.Default);
        var api = routes.Under("/api/2.0/mlflow", "/ajax-api/2.0/mlflow");
        api.Post<MlflowUserRequest, MlflowUserAnswer>("/users/create", Administer, "Makes a user, in the form of MLflow's basic-auth.", Create);
        api.Get<MlflowUserRequest, MlflowUserAnswer>("/users/get", SignedIn, "Answers oneself, or for an administrator any user.", Get);
        api.Get<MlflowUserRequest, MlflowUserAnswer>("/users/current", SignedIn, "Answers oneself.", Current);
        api.Get<MlflowUserRequest, MlflowUsersAnswer>("/users/list", Administer, "Lists the users.", List);
        api.Patch<MlflowUserRequest, Done>("/users/update-password", SignedIn, "Sets one's own password, or for an administrator anybody's.",
            (caller, request, ct) => string.IsNullOrEmpty(request.Username) ? Task.FromResult<Outcome<Done>>(Problem.Missing("username"))
                : members.SetPassword(caller, new SetPassword(request.Username, request.Password, request.CurrentPassword), ct));
        api.Patch<MlflowUserRequest, Done>("/users/update-admin", Administer, "Makes a user an administrator, or not.", UpdateAdmin);
        api.Delete<MlflowUserRequest, Done>("/users/delete", Administer, "Removes a user.", (caller, request, ct) => members.Remove(caller, new MemberRef(request.Username), ct));
        api.Post<MlflowPermissionRequest, MlflowPermissionAnswer>("/experiments/permissions/create", ManageExperiments, "Gives a user a permission for an experiment.", CreatePermission);
        api.Get<MlflowPermissionRequest, MlflowPermissionAnswer>("/experiments/permissions/get", ManageExperiments, "Answers a user's permission for an experiment.", GetPermission);
        api.Patch<MlflowPermissionRequest, Done>("/experiments/permissions/update", ManageExperiments, "Changes a user's permission for an experiment.", (caller, request, ct) => Change(caller, request, Parse(request.Permission), ct));
        api.Delete<MlflowPermissionRequest, Done>("/experiments/permissions/delete", ManageExperiments, "Takes back a user's permission for an experiment.", (caller, request, ct) => Change(caller, request, (AccessLevel?)null, ct));
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
            if (User(session, request.Username) is not { } row) return Missing(request.Username);
            var permissions = session.Query(ExperimentsOf, experiment => new MlflowExperimentPermission(Text(experiment.Long(0)), row.Id, Name((AccessLevel)experiment.Int(1))), caller.Workspace, row.Id);
            return new MlflowUserAnswer(new MlflowUser(row.Id, row.Name, row.Administrator, [.. permissions], [], []));
        }, ct);
    }

    private async Task<Outcome<MlflowUserAnswer>> Current(Caller caller, MlflowUserRequest request, CancellationToken ct) => await db.Read<Outcome<MlflowUserAnswer>>(session =>
        User(session, caller.Actor) is { } row ? new MlflowUserAnswer(Short(row)) : Missing(caller.Actor), ct);

    private async Task<Outcome<MlflowUsersAnswer>> List(Caller caller, MlflowUserRequest request, CancellationToken ct) => await db.Read(static session =>
    {
        var all = new List<PrincipalRow>();
        for (var after = ""; Principals.After(session, after, null, Members.PageMax) is { Count: > 0 } page; after = page[^1].Name) all.AddRange(page);
        return new MlflowUsersAnswer([.. all.Where(static row => row.Kind is not PrincipalKind.Group).Select(Short)]);
    }, ct);

    private async Task<Outcome<Done>> UpdateAdmin(Caller caller, MlflowUserRequest request, CancellationToken ct)
    {
        if (request.IsAdmin is not { } admin) return Problem.Missing("is_admin");
        var changed = await members.Update(caller, new UpdateMember(request.Username, null, null, admin, null), ct);
        return changed.Problem is { } problem ? problem : default(Done);
    }

    private async Task<Outcome<MlflowPermissionAnswer>> CreatePermission(Caller caller, MlflowPermissionRequest request, CancellationToken ct)
    {
        var level = Parse(request.Permission);
        if (level.Problem is { } bad) return bad;
        var present = await GetPermission(caller, request, ct);
        if (present.Succeeded) return Problem.Exists($"Experiment permission (experiment_id={request.ExperimentId}, username={request.Username}) already exists.");
        if (present.Problem.Code is not ErrorCode.RESOURCE_DOES_NOT_EXIST) return present.Problem;
        var set = await grants.Set(caller, Grant(request, level.Value), ct);
        return set.Problem is { } problem ? problem : await GetPermission(caller, request, ct);
    }

    private Task<Outcome<MlflowPermissionAnswer>> GetPermission(Caller caller, MlflowPermissionRequest request, CancellationToken ct) => db.Read<Outcome<MlflowPermissionAnswer>>(session =>
    {
        if (string.IsNullOrEmpty(request.ExperimentId)) return Problem.Missing("experiment_id");
        var experiment = grants.Find(session, caller, RootKind.Experiment, request.ExperimentId);
        if (experiment.Problem is { } refused) return refused;
        if (User(session, request.Username) is not { } row) return Missing(request.Username);
        return RootGrants.Current(session, caller, row.Id, RootKind.Experiment, experiment.Value) is { } level
            ? new MlflowPermissionAnswer(new MlflowExperimentPermission(request.ExperimentId, row.Id, Name(level)))
            : Problem.NotFound($"Experiment permission with experiment_id={request.ExperimentId} and username={request.Username} not found");
    }, ct);

    private async Task<Outcome<Done>> Change(Caller caller, MlflowPermissionRequest request, Outcome<AccessLevel> level, CancellationToken ct) =>
        level.Problem is { } bad ? bad : await Change(caller, request, (AccessLevel?)level.Value, ct);

    private async Task<Outcome<Done>> Change(Caller caller, MlflowPermissionRequest request, AccessLevel? level, CancellationToken ct)
    {
        var present = await GetPermission(caller, request, ct);
        return present.Problem is { } problem ? problem : await grants.Set(caller, Grant(request, level), ct);
    }

    private static SetGrant Grant(MlflowPermissionRequest request, AccessLevel? level) =>
        new(request.Username, RootGrants.KindName(RootKind.Experiment), request.ExperimentId, level is { } given ? RootGrants.LevelName(given) : null);

    private static PrincipalRow? User(Session session, string? name) => Principals.Find(session, name) is { Kind: not PrincipalKind.Group } row ? row : null;

    private static MlflowUser Short(PrincipalRow row) => new(row.Id, row.Name, row.Administrator, null, null, null);

    private static Problem Missing(string? name) => Problem.NotFound($"User with username={(name?.Length > CreateMember.NameCharsMax ? name[..CreateMember.NameCharsMax] : name)} not found");

    private static Outcome<AccessLevel> Parse(string? permission)
    {
        var found = Array.Find(Permissions, known => known.Name == permission);
        return found.Name is null
            ? Problem.Invalid($"Invalid permission '{(permission?.Length > 40 ? permission[..40] : permission)}'. Valid permissions are: ({string.Join(", ", Permissions.Select(static known => $"'{known.Name}'"))})")
            : found.Level;
    }

    private static string Name(AccessLevel level) => Array.Find(Permissions, known => known.Level == level).Name;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
