using Slipway.Storage;
using static Slipway.Right;

namespace Slipway.Access;

/// <summary>
/// MLflow's permissions for scorers and for the parts of its LLM gateway, none of which exist on this server: a request that is right in itself is told in MLflow's form that the
/// thing is not there. Nothing is kept, since nothing would obey it.
/// </summary>
internal sealed class MlflowAbsentPermissions(Database db, RootGrants grants)
{
    private static readonly (string Path, string What, string Field, Func<MlflowAbsentPermissionRequest, string?> Id)[] Things =
    [
        ("gateway/secrets", "Gateway secret", "secret_id", static request => request.SecretId),
        ("gateway/endpoints", "Gateway endpoint", "endpoint_id", static request => request.EndpointId),
        ("gateway/model-definitions", "Gateway model definition", "model_definition_id", static request => request.ModelDefinitionId),
    ];

    private static readonly (string Method, string Verb)[] Calls = [("POST", "create"), ("GET", "get"), ("PATCH", "update"), ("DELETE", "delete")];

    /// <summary>Adds the routes.</summary>
    public void Map(Routes routes)
    {
        var api = routes.Under("/api/3.0/mlflow", "/ajax-api/3.0/mlflow");
        foreach (var (method, verb) in Calls)
        {
            var sets = verb is "create" or "update";
            api.Add<MlflowAbsentPermissionRequest, Done>(method, "/scorers/permissions/" + verb, ManageExperiments, "Answers that there is no such scorer: this server has none.",
                (caller, request, ct) => Scorer(caller, request, sets, ct));
            foreach (var (path, what, field, id) in Things)
                api.Add<MlflowAbsentPermissionRequest, Done>(method, $"/{path}/permissions/{verb}", ManageMembers, "Answers that there is no such part of a gateway: this server has none.",
                    (_, request, _) => Task.FromResult<Outcome<Done>>(string.IsNullOrEmpty(id(request)) ? Problem.Missing(field) : Wrong(request, sets) ?? Absent($"{what} with {field}={Cut(id(request)!)}", "an LLM gateway")));
        }
    }

    private Task<Outcome<Done>> Scorer(Caller caller, MlflowAbsentPermissionRequest request, bool sets, CancellationToken ct) => db.Read<Outcome<Done>>(session =>
        string.IsNullOrEmpty(request.ExperimentId) ? Problem.Missing("experiment_id")
        : string.IsNullOrEmpty(request.ScorerName) ? Problem.Missing("scorer_name")
        : Wrong(request, sets) is { } wrong ? wrong
        : grants.Find(session, caller, RootKind.Experiment, request.ExperimentId).Problem is { } refused ? refused
        : Absent($"Scorer with experiment_id={Cut(request.ExperimentId)} and scorer_name={Cut(request.ScorerName)}", "scorers"), ct);

    private static Problem? Wrong(MlflowAbsentPermissionRequest request, bool sets) =>
        string.IsNullOrEmpty(request.Username) ? Problem.Missing("username") : sets ? MlflowPermission.Parse(request.Permission).Problem : null;

    private static Problem Absent(string what, string without) => Problem.NotFound($"{what} not found: this server is one without {without}, so there is nothing to give a permission for.");

    private static string Cut(string text) => text.Length > 100 ? text[..100] : text;
}
