using System.Net;
using System.Text.RegularExpressions;
using Slipway.Storage;

namespace Slipway.Tests.Access;

public sealed class AuthorizationMatrixOnSqlite() : AuthorizationMatrixTests(Dialect.Sqlite);

public sealed class AuthorizationMatrixOnPostgres() : AuthorizationMatrixTests(Dialect.Postgres);

/// <summary>
/// Walks every route of the application as every role, as nobody, and as a stranger from another workspace, and compares with what is
/// written here. A new route fails until somebody wrote down who may use it.
/// </summary>
public abstract partial class AuthorizationMatrixTests(Dialect dialect)
{
    private const string Anyone = "anyone", SignedIn = "signed in", Readers = "readers", Makers = "makers", Writers = "writers", Managers = "managers",
        Auditors = "auditors", Admins = "admins", Root = "root";

    private static readonly string[] Roles = ["viewer", "creator", "contributor", "approver", "auditor", "admin"];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        [Anyone] = ["anonymous", "stranger", "nothing", .. Roles, "root"],
        [SignedIn] = ["stranger", "nothing", .. Roles, "root"],
        [Readers] = [.. Roles, "root"],
        [Makers] = ["creator", "contributor", "admin", "root"],
        [Writers] = ["contributor", "admin", "root"],
        [Managers] = ["admin", "root"],
        [Auditors] = ["auditor", "admin", "root"],
        [Admins] = ["admin", "root"],
        [Root] = ["root"],
    };

    /// <summary>Method and path as a pattern, and who may. The first line that fits holds.</summary>
    private static readonly (string Pattern, string Who)[] Expected =
    [
        ("GET /", Anyone), ("GET /api/slipway/v1/audit/key", Anyone), ("GET /health", Anyone), ("GET /healthz/(live|ready)", Anyone), ("GET /openapi.json", Anyone), ("GET /version", Anyone), ("GET /api/slipway/v1/version", Anyone),
        ("GET /(api|ajax-api)/3.0/mlflow/server-info", Anyone), ("(GET|POST) /(signin|setup)", Anyone), ("GET /signin/openid(/callback)?", Anyone), ("POST /api/slipway/v1/access/set-up", Anyone),
        ("GET /(v2|v2/health/(live|ready)|ping)", Anyone), ("POST /(inference.GRPCInferenceService/Server.*|grpc.health.v1.Health/.*)", Anyone),
        ("POST /(v2/repository/models/{name}/(load|unload)|inference.GRPCInferenceService/RepositoryModel.*)", Writers),
        ("(GET|POST|OPTIONS) /(v2/(models|repository)|v1/models|predictions|explanations|endpoints|inference.GRPCInferenceService)/.*", Makers),
        ("POST /signout", SignedIn), ("GET /api/slipway/v1/access/(me|explain|tokens)", SignedIn), ("POST /api/slipway/v1/access/(password|tokens)", SignedIn),
        ("DELETE /api/slipway/v1/access/tokens/{id}", SignedIn), ("GET /(api|ajax-api)/3.0/mlflow/workspaces(/{name})?", SignedIn),
        ("(GET /(api|ajax-api)/2.0/mlflow/users/(get|current)|PATCH /(api|ajax-api)/2.0/mlflow/users/update-password)", SignedIn),

        // Whose right counts is that of the role's workspace, which the body names: MlflowRoleTests says who may.
        ("GET /(api|ajax-api)/3.0/mlflow/roles/list", Root), // without a workspace: those of all
        ("(GET|POST|PATCH|DELETE) /(api|ajax-api)/3.0/mlflow/(roles/.*|users/roles/list|workspaces/{name}/permissions|workspace-permissions)", SignedIn),
        ("(GET|POST|PATCH|DELETE) /(api|ajax-api)/3.0/mlflow/scorers/permissions/.*", Managers), ("(GET|POST|PATCH|DELETE) /(api|ajax-api)/3.0/mlflow/gateway/.*/permissions/.*", Admins),
        ("(GET|POST|PATCH|DELETE) /(api|ajax-api)/2.0/mlflow/registered-models/permissions/.*", Managers),
        ("(POST|PATCH|DELETE) /(api|ajax-api)/3.0/mlflow/workspaces(/{name})?", Root), ("POST /api/slipway/v1/workspaces/{name}/restore", Root),
        ("(POST|PATCH|DELETE|GET) /(api|ajax-api)/2.0/mlflow/users/(create|list|update-admin|delete)", Root),
        ("(POST /api/slipway/v1/access/members|(PATCH|DELETE) /api/slipway/v1/access/members/{name})", Root), ("(GET|POST) /api/slipway/v1/access/members/{name}/(personal-data|erase)", Root), ("(PUT|DELETE) /api/slipway/v1/access/groups/.*", Root), ("GET /api/slipway/v1/access/groups/{group}/members", Admins),
        ("(GET|POST) /api/slipway/v1/jobs(/.*)?", Root), ("GET /metrics", Root), ("(GET|POST) /api/slipway/v1/gc", Root), ("GET /api/slipway/v1/backup", Root), ("GET /api/slipway/v1/(access|installation)/review", Root),
        ("GET /api/slipway/v1/access/members(/{name})?", Admins), ("(GET|PUT|DELETE) /api/slipway/v1/access/roles", Admins),
        ("(GET|PUT) /api/slipway/v1/access/grants", Managers), ("(POST|GET|PATCH|DELETE) /(api|ajax-api)/2.0/mlflow/experiments/permissions/.*", Managers),
        ("POST /api/slipway/v1/secrets/rotate", Root), ("(GET|PUT|DELETE) /api/slipway/v1/secrets(/{name})?", Admins),
        ("(GET|POST) /api/slipway/v1/(events|audit/verify|audit/export)", Auditors),

        ("(GET|POST|PATCH|DELETE) /api/slipway/v1/(views|notes)(/{id})?", Readers), ("GET /api/slipway/v1/(history|attention)", Readers), ("POST /api/slipway/v1/(experiments/overview|runs/importance)", Readers), ("GET /api/slipway/v1/reports.*", Readers), ("(POST|PATCH|DELETE) /api/slipway/v1/reports.*", Writers),

        ("GET /api/slipway/v1/(endpoints/{name}/(predictions(/export)?|prediction-log|live|ab)|predictions/{id}(/explanation)?)", Readers), ("PUT /api/slipway/v1/endpoints/{name}/prediction-log", Writers), ("POST /api/(feedback|slipway/v1/prediction-log)", Makers),

        ("POST /(api|ajax-api)/2.0/mlflow/experiments/create", Makers),
        ("(GET|POST|PATCH|DELETE) /(api/2.0/mlflow|ajax-api/2.0/mlflow|api/slipway/v1)/webhooks(/.*)?", Managers),
        ("POST /api/slipway/v1/gates/policies/(check|try)", Readers), ("GET /api/slipway/v1/gates/.*", Readers), ("(PUT|POST|DELETE) /api/slipway/v1/gates/.*", Managers),
        ("POST /api/slipway/v1/models/overview", Readers),
        ("GET /api/slipway/v1/endpoints(/{name}(/history)?)?", Readers), ("POST /api/slipway/v1/endpoints", Makers), ("POST /api/slipway/v1/endpoints/{name}/rewards", Makers),
        ("(GET|POST|DELETE) /api/slipway/v1/endpoints/{name}/keys(/{id})?", Managers), ("DELETE /api/slipway/v1/endpoints/{name}", Managers), ("(POST|PUT|PATCH) /api/slipway/v1/endpoints/{name}(/.*)?", Writers),
        // The roles that policies name may waive and approve: GatesAccessTests, ApprovalsTests.
        ("(GET|POST) /api/slipway/v1/approvals.*", Readers),
        ("POST /api/slipway/v1/models/{name}/versions/{version}/waivers.*", Readers), ("PUT /api/slipway/v1/models/{name}/stages", Managers),
        ("GET /api/slipway/v1/lineage", Readers), ("POST /api/v1/lineage(/batch)?", Writers),
        ("GET /api/slipway/v1/eval-datasets(/{name})?", Readers), ("(POST|PUT) /api/slipway/v1/eval-datasets/.*", Writers),
        ("POST /api/slipway/v1/models/{name}/versions/{version}/promote", Readers),
        ("GET /api/slipway/v1/model-keys", Readers), ("(POST|DELETE) /api/slipway/v1/model-keys(/{key_id})?", Managers),
        ("GET /api/slipway/v1/models/.*", Readers), ("(POST|PATCH|PUT) /api/slipway/v1/models/.*", Writers), ("GET /model-versions/get-artifact", Readers),
        ("POST /(api|ajax-api)/2.0/mlflow/registered-models/create", Makers), ("(GET|POST) /(api|ajax-api)/2.0/mlflow/registered-models/get-latest-versions", Readers),
        ("DELETE /(api|ajax-api)/2.0/mlflow/(registered-models|model-versions)/delete", Managers),
        ("GET /(api|ajax-api)/2.0/mlflow/(registered-models|model-versions)/.*", Readers), ("(POST|PATCH|DELETE) /(api|ajax-api)/2.0/mlflow/(registered-models|model-versions)/.*", Writers),
        ("GET /(api|ajax-api)/2.0/mlflow/(experiments|runs|metrics|logged-models|artifacts)/.*", Readers),
        ("(GET|POST) /(api|ajax-api)/2.0/mlflow/(experiments/search|experiments/search-datasets|runs/search|logged-models/search)", Readers),
        ("(POST|PATCH|DELETE|PUT) /(api|ajax-api)/2.0/mlflow/(experiments|runs|logged-models|upload-artifact).*", Writers),
        ("POST /api/slipway/v1/ingest", Writers), ("GET /api/slipway/v1/runs/{run_id}/(metrics/series|liveness|stream)", Readers), ("GET /api/slipway/v1/experiments/{experiment_id}/stream", Readers), ("POST /api/slipway/v1/(runs/(order|rows|keys|export)|metrics/series)", Readers), ("GET /api/slipway/v1/(stream|find)", Readers), ("(POST|DELETE) /api/slipway/v1/runs/.*", Writers),
        ("GET /get-artifact", Readers), ("GET /(api|ajax-api)/2.0/mlflow-artifacts/.*", Readers), ("DELETE /(api|ajax-api)/2.0/mlflow-artifacts/artifacts/.*", Managers), ("(PUT|POST|DELETE) /(api|ajax-api)/2.0/mlflow-artifacts/.*", Writers),
        ("GET /(ajax-api/2.0/mlflow/)?get-artifact", Readers), ("GET .*/artifacts.*", Readers), ("GET /api/slipway/v1/uploads/{upload_id}", Readers), ("(PUT|POST|DELETE|PATCH) .*/(artifacts|uploads).*", Writers),
    ];

    [Fact]
    public async Task Every_route_is_for_those_who_are_written_down_here()
    {
        // Nobody is at the provider: its routes exist all the same.
        await using var access = await AccessServer.Start(dialect, null, static options => options with { Issuer = new Uri("http://127.0.0.1:1"), ClientId = "slipway" });
        await access.Workspace("elsewhere");
        await access.Person("stranger", ["admin"], "elsewhere");
        await access.Person("nothing", []);
        foreach (var role in Roles) await access.Person(role, [role]);
        var wrong = new List<string>();
        foreach (var route in access.Server.Routes)
        {
            var name = $"{route.Method} {route.Path}";
            var who = Array.Find(Expected, line => Regex.IsMatch(name, "^" + line.Pattern.Replace(".", "[.]", StringComparison.Ordinal).Replace("[.]*", ".*", StringComparison.Ordinal).Replace("{", "[{]", StringComparison.Ordinal) + "$")).Who;
            if (who is null)
            {
                wrong.Add($"{name}: nobody wrote down who may use it");
                continue;
            }
            foreach (var caller in Allowed[Anyone])
            {
                var allowed = Allowed[who].Contains(caller);
                var answer = await access.As(caller == "anonymous" ? null : caller, route.Method, Placeholder().Replace(route.Path, "0") + (route.Path.EndsWith("/stream", StringComparison.Ordinal) ? "?last_event_id=never" : ""), route.Method is "GET" ? null : "{}");
                // Beyond the gate an empty request fails for reasons of its own; a refusal by rights is a 401 or 403 that names the right.
                var refused = answer.Status is HttpStatusCode.Unauthorized && (answer.Body.Contains("UNAUTHENTICATED", StringComparison.Ordinal) || answer.Body.Contains("You are not authenticated", StringComparison.Ordinal)) && caller == "anonymous" || answer.Status is HttpStatusCode.Forbidden && answer.Body.Contains("lacks the right", StringComparison.Ordinal);
                if (refused == allowed) wrong.Add($"{name} as {caller}: expected {(allowed ? "to pass" : "a refusal")}, got {(int)answer.Status} {answer.Body[..Math.Min(120, answer.Body.Length)]}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Placeholder();
}
