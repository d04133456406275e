using System.Net;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

public sealed class MlflowGrantsOnSqlite() : MlflowGrantTests(Dialect.Sqlite);

public sealed class MlflowGrantsOnPostgres() : MlflowGrantTests(Dialect.Postgres);

/// <summary>MLflow's basic-auth as its clients before roles use it: users, and permissions for single experiments and registered models.</summary>
public abstract class MlflowGrantTests(Dialect dialect)
{
    private const string Api = "/api/2.0/mlflow/";

    [Theory]
    [InlineData("experiments")]
    [InlineData("registered-models")]
    public async Task A_permission_is_made_read_changed_and_taken_back(string kind)
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", []);
        var (field, root) = await Root(access, kind);
        var user = (long)AccessServer.Ok(await access.As("root", "GET", Api + "users/get?username=ann")).Json["user"]!["id"]!;
        var named = $"\"{field}\":\"{root}\"";
        var one = kind == "experiments" ? "experiment_permission" : "registered_model_permission";
        string Shape(string permission) => kind == "experiments"
            ? $$$"""{"{{{one}}}":{"experiment_id":"{{{root}}}","user_id":{{{user}}},"permission":"{{{permission}}}"}}"""
            : $$$"""{"{{{one}}}":{"workspace":"default","name":"{{{root}}}","user_id":{{{user}}},"permission":"{{{permission}}}"}}""";

        Refused(await access.As("root", "GET", $"{Api}{kind}/permissions/get?{field}={root}&username=ann"), "RESOURCE_DOES_NOT_EXIST", "permission with ");
        Refused(await access.As("root", "PATCH", $"{Api}{kind}/permissions/update", $$"""{{{named}},"username":"ann","permission":"READ"}"""), "RESOURCE_DOES_NOT_EXIST", "not found");
        Refused(await access.As("root", "DELETE", $"{Api}{kind}/permissions/delete", $$"""{{{named}},"username":"ann"}"""), "RESOURCE_DOES_NOT_EXIST", "not found");
        Assert.Equal(HttpStatusCode.Forbidden, await Sees(access, kind, field, root));
        Assert.Equal(Shape("READ"), AccessServer.Ok(await access.As("root", "POST", $"{Api}{kind}/permissions/create", $$"""{{{named}},"username":"ann","permission":"READ"}""")).Body);
        Refused(await access.As("root", "POST", $"{Api}{kind}/permissions/create", $$"""{{{named}},"username":"ann","permission":"EDIT"}"""), "RESOURCE_ALREADY_EXISTS", "already exists");
        Assert.Equal(HttpStatusCode.OK, await Sees(access, kind, field, root));
        Refused(await access.As("ann", "PATCH", $"{Api}{kind}/permissions/update", $$"""{{{named}},"username":"ann","permission":"MANAGE"}"""), "PERMISSION_DENIED", "Permission denied. 'ann' lacks the right");

        // Whoever manages the one may say so of the one, with no role at all.
        Assert.Equal("{}", AccessServer.Ok(await access.As("root", "PATCH", $"{Api}{kind}/permissions/update", $$"""{{{named}},"username":"ann","permission":"MANAGE"}""")).Body);
        Assert.Equal(Shape("MANAGE"), AccessServer.Ok(await access.As("ann", "GET", $"{Api}{kind}/permissions/get?{field}={root}&username=ann")).Body);
        await access.Person("ben", ["contributor"]);
        Assert.Equal(HttpStatusCode.OK, await Sees(access, kind, field, root, "ben"));
        AccessServer.Ok(await access.As("ann", "POST", $"{Api}{kind}/permissions/create", $$"""{{{named}},"username":"ben","permission":"NO_PERMISSIONS"}"""));
        Assert.Equal(HttpStatusCode.NotFound, await Sees(access, kind, field, root, "ben"));
        var all = AccessServer.Ok(await access.As("root", "GET", Api + "users/get?username=ben")).Json["user"]!;
        Assert.Equal("NO_PERMISSIONS", (string?)Assert.Single(all[one + "s"]!.AsArray())!["permission"]);
        Assert.Empty(all[kind == "experiments" ? "registered_model_permissions" : "experiment_permissions"]!.AsArray());

        AccessServer.Ok(await access.As("ann", "DELETE", $"{Api}{kind}/permissions/delete", $$"""{{{named}},"username":"ben"}"""));
        Assert.Equal(HttpStatusCode.OK, await Sees(access, kind, field, root, "ben"));
        var events = await access.Sealed();
        Assert.Equal(4, events.Count(e => (string?)e!["kind"] == "grant.set" && ((string)e["subject"]!).EndsWith("/" + root, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("experiments")]
    [InlineData("registered-models")]
    public async Task Bad_permissions_say_what_is_wrong(string kind)
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["viewer"]);
        var (field, root) = await Root(access, kind);
        var named = $"\"{field}\":\"{root}\"";
        var path = $"{Api}{kind}/permissions/create";
        Refused(await access.As("root", "POST", path, $$"""{{{named}},"username":"ann","permission":"OWN"}"""), "INVALID_PARAMETER_VALUE", "Invalid permission 'OWN'. Valid permissions are: ('READ', 'USE', 'EDIT', 'MANAGE', 'NO_PERMISSIONS')");
        Refused(await access.As("root", "POST", path, $$"""{{{named}},"username":"ann"}"""), "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'permission'");
        Refused(await access.As("root", "POST", path, """{"username":"ann","permission":"READ"}"""), "INVALID_PARAMETER_VALUE", $"Missing value for required parameter '{field}'");
        Refused(await access.As("root", "POST", path, $$"""{{{named}},"permission":"READ"}"""), "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'username'");
        Refused(await access.As("root", "POST", path, $$"""{{{named}},"username":"nobody","permission":"READ"}"""), "RESOURCE_DOES_NOT_EXIST", "User with username=nobody not found");
        Refused(await access.As("root", "POST", path, $$"""{"{{field}}":"987654321","username":"ann","permission":"READ"}"""), "RESOURCE_DOES_NOT_EXIST", "987654321");
        Refused(await access.As("ann", "POST", path, $$"""{{{named}},"username":"ann","permission":"MANAGE"}"""), "PERMISSION_DENIED", "lacks the right");
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.As(null, "POST", path, $$"""{{{named}},"username":"ann","permission":"READ"}""")).Status);
    }

    [Fact]
    public async Task Permissions_for_a_model_follow_its_name_and_go_with_it()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", []);
        await Root(access, "registered-models");
        AccessServer.Ok(await access.As("root", "POST", Api + "registered-models/permissions/create", """{"name":"churn","username":"ann","permission":"EDIT"}"""));
        var role = (long)AccessServer.Ok(await access.As("root", "POST", "/api/3.0/mlflow/roles/create", """{"workspace":"default","name":"r"}""")).Json["role"]!["id"]!;
        AccessServer.Ok(await access.As("root", "POST", "/api/3.0/mlflow/roles/permissions/add", $$"""{"role_id":{{role}},"resource_type":"registered_model","resource_pattern":"churn","permission":"READ"}"""));
        AccessServer.Ok(await access.As("root", "POST", Api + "registered-models/rename", """{"name":"churn","new_name":"leaving"}"""));
        Assert.Equal("EDIT", (string?)AccessServer.Ok(await access.As("root", "GET", Api + "registered-models/permissions/get?name=leaving&username=ann")).Json["registered_model_permission"]!["permission"]);
        Assert.Equal("leaving", (string?)Assert.Single(AccessServer.Ok(await access.As("root", "GET", $"/api/3.0/mlflow/roles/get?role_id={role}")).Json["role"]!["permissions"]!.AsArray())!["resource_pattern"]);
        // Ours say the same: one grant, by the model's name; and what it has to do with experiments is nothing.
        var grant = Assert.Single(AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/grants?kind=registered-model&root=leaving")).Json["grants"]!.AsArray())!;
        Assert.Equal(("ann", "registered-model", "leaving", "edit"), ((string?)grant["name"], (string?)grant["kind"], (string?)grant["root"], (string?)grant["level"]));
        var rights = AccessServer.Ok(await access.As("ann", "GET", "/api/slipway/v1/access/explain?kind=registered-model&root=leaving")).Json["rights"]!.AsArray();
        Assert.Equal(["ReadModels", "WriteModels"], rights.Select(static right => (string)right!));
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "GET", Api + "experiments/get?experiment_id=0")).Status);

        AccessServer.Ok(await access.As("root", "DELETE", Api + "registered-models/delete", """{"name":"leaving"}"""));
        await Root(access, "registered-models", "leaving"); // the same name is another model
        Refused(await access.As("root", "GET", Api + "registered-models/permissions/get?name=leaving&username=ann"), "RESOURCE_DOES_NOT_EXIST", "not found");
        Assert.Empty(AccessServer.Ok(await access.As("root", "GET", $"/api/3.0/mlflow/roles/get?role_id={role}")).Json["role"]!["permissions"]!.AsArray());
    }

    [Fact]
    public async Task Users_are_made_listed_changed_and_removed_in_the_references_shapes()
    {
        await using var access = await AccessServer.Start(dialect);
        var made = AccessServer.Ok(await access.As("root", "POST", Api + "users/create", $$"""{"username":"ann","password":"{{AccessServer.Password}}"}""")).Json["user"]!;
        var id = (long)made["id"]!;
        Assert.Equal($$"""{"id":{{id}},"username":"ann","is_admin":false,"experiment_permissions":[],"registered_model_permissions":[],"scorer_permissions":[]}""", made.ToJsonString());
        Refused(await access.As("root", "POST", Api + "users/create", $$"""{"username":"ann","password":"{{AccessServer.Password}}"}"""), "RESOURCE_ALREADY_EXISTS", "User (username=ann) already exists.");
        Assert.Equal($$$"""{"user":{"id":{{{id}}},"username":"ann","is_admin":false}}""", AccessServer.Ok(await access.As("ann", "GET", Api + "users/current")).Body);
        Assert.Equal(["ann", "root"], AccessServer.Ok(await access.As("root", "GET", Api + "users/list")).Json["users"]!.AsArray().Select(static user => (string)user!["username"]!));
        Refused(await access.As("ann", "GET", Api + "users/get?username=root"), "PERMISSION_DENIED", "Permission denied.");
        Refused(await access.As("root", "GET", Api + "users/get?username=nobody"), "RESOURCE_DOES_NOT_EXIST", "User with username=nobody not found");
        Refused(await access.As("ann", "PATCH", Api + "users/update-password", """{"username":"ann","password":"another long one"}"""), "INVALID_PARAMETER_VALUE", "Current password is required");
        Refused(await access.As("ann", "PATCH", Api + "users/update-password", """{"username":"ann","password":"another long one","current_password":"wrong"}"""), "INVALID_PARAMETER_VALUE", "Current password does not match");
        Refused(await access.As("ann", "PATCH", Api + "users/update-password", """{"username":"root","password":"another long one"}"""), "PERMISSION_DENIED", "lacks the right Administer");
        AccessServer.Ok(await access.As("ann", "PATCH", Api + "users/update-password", $$"""{"username":"ann","password":"another long one","current_password":"{{AccessServer.Password}}"}"""));
        Refused(await access.As("ann", "GET", Api + "users/current"), "UNAUTHENTICATED", "You are not authenticated.");

        AccessServer.Ok(await access.As("root", "PATCH", Api + "users/update-admin", """{"username":"ann","is_admin":true}"""));
        Assert.True((bool)AccessServer.Ok(await access.As("root", "GET", Api + "users/get?username=ann")).Json["user"]!["is_admin"]!);
        // A group is no user: neither call touches it.
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members", """{"name":"team","kind":"group"}"""));
        foreach (var (method, path) in new[] { ("DELETE", "users/delete"), ("PATCH", "users/update-admin") })
            Refused(await access.As("root", method, Api + path, """{"username":"team","is_admin":true}"""), "RESOURCE_DOES_NOT_EXIST", "User with username=team not found");
        Assert.Equal("{}", AccessServer.Ok(await access.As("root", "DELETE", Api + "users/delete", """{"username":"ann"}""")).Body);
        Refused(await access.As("root", "DELETE", Api + "users/delete", """{"username":"ann"}"""), "RESOURCE_DOES_NOT_EXIST", "User with username=ann not found");
    }

    private static async Task<(string Field, string Id)> Root(AccessServer access, string kind, string name = "churn")
    {
        if (kind == "experiments") return ("experiment_id", await access.Experiment("root", name));
        AccessServer.Ok(await access.As("root", "POST", Api + "registered-models/create", $$"""{"name":"{{name}}"}"""));
        return ("name", name);
    }

    private static async Task<HttpStatusCode> Sees(AccessServer access, string kind, string field, string root, string who = "ann") => (await access.As(who, "GET", $"{Api}{kind}/get?{field}={root}")).Status;

    private static void Refused(Answer answer, string code, string message) =>
        Assert.True(answer.ErrorCode == code && answer.Message.Contains(message, StringComparison.Ordinal), $"expected {code} '{message}', got {(int)answer.Status} {answer.Body}");
}
