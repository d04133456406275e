using Slipway.Storage;
using static Slipway.Right;

namespace Slipway.Access;

/// <summary>The permissions of MLflow's basic-auth for single experiments and registered models, over this installation's grants. NO_PERMISSIONS is a denial.</summary>
internal sealed class MlflowGrants(Database db, RootGrants grants)
{
    /// <summary>Adds the routes.</summary>
    public void Map(Routes routes)
    {
        var api = routes.Under("/api/2.0/mlflow", "/ajax-api/2.0/mlflow");
        api.Post<MlflowPermissionRequest, MlflowPermissionAnswer>("/experiments/permissions/create", ManageExperiments, "Gives a user a permission for an experiment.",
            async (caller, request, ct) => Wired(request, await Create(caller, Of(request), request.Permission, ct)));
        api.Get<MlflowPermissionRequest, MlflowPermissionAnswer>("/experiments/permissions/get", ManageExperiments, "Answers a user's permission for an experiment.",
            async (caller, request, ct) => Wired(request, await Get(caller, Of(request), ct)));
        api.Patch<MlflowPermissionRequest, Done>("/experiments/permissions/update", ManageExperiments, "Changes a user's permission for an experiment.",
            (caller, request, ct) => Update(caller, Of(request), request.Permission, ct));
        api.Delete<MlflowPermissionRequest, Done>("/experiments/permissions/delete", ManageExperiments, "Takes back a user's permission for an experiment.",
            (caller, request, ct) => Set(caller, Of(request), null, ct));
        api.Post<MlflowModelPermissionRequest, MlflowModelPermissionAnswer>("/registered-models/permissions/create", ManageModels, "Gives a user a permission for a registered model.",
            async (caller, request, ct) => Wired(await Create(caller, Of(request), request.Permission, ct)));
        api.Get<MlflowModelPermissionRequest, MlflowModelPermissionAnswer>("/registered-models/permissions/get", ManageModels, "Answers a user's permission for a registered model.",
            async (caller, request, ct) => Wired(await Get(caller, Of(request), ct)));
        api.Patch<MlflowModelPermissionRequest, Done>("/registered-models/permissions/update", ManageModels, "Changes a user's permission for a registered model.",
            (caller, request, ct) => Update(caller, Of(request), request.Permission, ct));
        api.Delete<MlflowModelPermissionRequest, Done>("/registered-models/permissions/delete", ManageModels, "Takes back a user's permission for a registered model.",
            (caller, request, ct) => Set(caller, Of(request), null, ct));
    }

    // One root and one user, as a request names them.
    private sealed record Subject(RootKind Kind, string Field, string? Root, string? User)
    {
        public string Missing(string workspace) => Kind is RootKind.Experiment ? $"Experiment permission with experiment_id={Root} and username={User} not found"
            : $"Registered model permission with workspace={workspace}, name={Root} and username={User} not found";

        public string Taken(string workspace) => Kind is RootKind.Experiment ? $"Experiment permission (experiment_id={Root}, username={User}) already exists."
            : $"Registered model permission with workspace={workspace}, name={Root} and username={User} already exists.";
    }

    private sealed record Permission(string Workspace, long User, AccessLevel? Level, Subject Subject);

    private async Task<Outcome<Permission>> Create(Caller caller, Subject subject, string? permission, CancellationToken ct)
    {
        var level = MlflowPermission.Parse(permission);
        if (level.Problem is { } bad) return bad;
        var present = await Look(caller, subject, ct);
        if (present.Problem is { } refused) return refused;
        if (present.Value.Level is not null) return Problem.Exists(subject.Taken(present.Value.Workspace));
        var set = await grants.Set(caller, Grant(subject, level.Value), ct);
        return set.Problem is { } problem ? problem : present.Value with { Level = level.Value };
    }

    private async Task<Outcome<Permission>> Get(Caller caller, Subject subject, CancellationToken ct)
    {
        var present = await Look(caller, subject, ct);
        return present.Problem is { } refused ? refused
            : present.Value.Level is null ? Problem.NotFound(subject.Missing(present.Value.Workspace))
            : present.Value;
    }

    private async Task<Outcome<Done>> Update(Caller caller, Subject subject, string? permission, CancellationToken ct)
    {
        var level = MlflowPermission.Parse(permission);
        return level.Problem is { } bad ? bad : await Set(caller, subject, level.Value, ct);
    }

    private async Task<Outcome<Done>> Set(Caller caller, Subject subject, AccessLevel? level, CancellationToken ct)
    {
        var present = await Get(caller, subject, ct);
        return present.Problem is { } problem ? problem : await grants.Set(caller, Grant(subject, level), ct);
    }

    private Task<Outcome<Permission>> Look(Caller caller, Subject subject, CancellationToken ct) => db.Read<Outcome<Permission>>(session =>
    {
        if (string.IsNullOrEmpty(subject.Root)) return Problem.Missing(subject.Field);
        if (string.IsNullOrEmpty(subject.User)) return Problem.Missing("username");
        var root = grants.Find(session, caller, subject.Kind, subject.Root);
        if (root.Problem is { } refused) return refused;
        if (MlflowUsers.Find(session, subject.User) is not { } row) return MlflowUsers.Missing(subject.User);
        return new Permission(Workspaces.Find(session, caller.Workspace).Name, row.Id, RootGrants.Current(session, caller, row.Id, subject.Kind, root.Value), subject);
    }, ct);

    private static SetGrant Grant(Subject subject, AccessLevel? level) => new(subject.User, RootGrants.KindName(subject.Kind), subject.Root, level is { } given ? RootGrants.LevelName(given) : null);

    private static Subject Of(MlflowPermissionRequest request) => new(RootKind.Experiment, "experiment_id", request.ExperimentId, request.Username);

    private static Subject Of(MlflowModelPermissionRequest request) => new(RootKind.RegisteredModel, "name", request.Name, request.Username);

    private static Outcome<MlflowPermissionAnswer> Wired(MlflowPermissionRequest request, Outcome<Permission> found) => found.Problem is { } problem ? problem
        : new MlflowPermissionAnswer(new MlflowExperimentPermission(request.ExperimentId!, found.Value.User, MlflowPermission.Name(found.Value.Level!.Value)));

    private static Outcome<MlflowModelPermissionAnswer> Wired(Outcome<Permission> found) => found.Problem is { } problem ? problem
        : new MlflowModelPermissionAnswer(new MlflowModelPermission(found.Value.Workspace, found.Value.Subject.Root!, found.Value.User, MlflowPermission.Name(found.Value.Level!.Value)));
}
