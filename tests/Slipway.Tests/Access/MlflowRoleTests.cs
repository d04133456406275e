using System.Net;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

public sealed class MlflowRolesOnSqlite() : MlflowRoleTests(Dialect.Sqlite);

public sealed class MlflowRolesOnPostgres() : MlflowRoleTests(Dialect.Postgres);

/// <summary>Roles as MLflow's 3.x has them: what its client sends and expects, what they give here, and who may say so.</summary>
public abstract class MlflowRoleTests(Dialect dialect)
{
    private const string Api = "/api/3.0/mlflow/";

    [Fact]
    public async Task A_role_is_made_read_changed_and_deleted_in_the_references_shapes()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Workspace("red");
        var made = AccessServer.Ok(await access.As("root", "POST", Api + "roles/create", """{"workspace":"red","name":"editor","description":"may edit"}""")).Json["role"]!;
        var id = (long)made["id"]!;
        Assert.Equal($$"""{"id":{{id}},"name":"editor","workspace":"red","description":"may edit","permissions":[]}""", made.ToJsonString());
        Refused(await access.As("root", "POST", Api + "roles/create", """{"workspace":"red","name":"editor"}"""), "RESOURCE_ALREADY_EXISTS", "Role (name=editor, workspace=red) already exists.");
        // The same name in another workspace is another role.
        var other = await Role(access, "default", "editor");
        Assert.NotEqual(id, other);

        Assert.Equal(made.ToJsonString(), AccessServer.Ok(await access.As("root", "GET", $"{Api}roles/get?role_id={id}")).Json["role"]!.ToJsonString());
        Assert.Equal([id], Ids(await access.As("root", "GET", Api + "roles/list?workspace=red")));
        Assert.Equal([id, other], Ids(await access.As("root", "GET", "/ajax-api/3.0/mlflow/roles/list")));
        var changed = AccessServer.Ok(await access.As("root", "PATCH", Api + "roles/update", $$"""{"role_id":{{id}},"name":"writer"}""")).Json["role"]!;
        Assert.Equal(("writer", "may edit"), ((string?)changed["name"], (string?)changed["description"]));
        await Role(access, "red", "taken");
        Refused(await access.As("root", "PATCH", Api + "roles/update", $$"""{"role_id":{{id}},"name":"taken"}"""), "RESOURCE_ALREADY_EXISTS", "Role with name=taken already exists in workspace=red");
        Refused(await access.As("root", "PATCH", Api + "roles/update", $$"""{"role_id":{{id}}}"""), "INVALID_PARAMETER_VALUE", "At least one of 'name' or 'description'");

        Assert.Equal("{}", AccessServer.Ok(await access.As("root", "DELETE", Api + "roles/delete", $$"""{"role_id":{{id}}}""")).Body);
        foreach (var (method, path, body) in new[]
        {
            ("GET", $"roles/get?role_id={id}", null), ("DELETE", "roles/delete", $$"""{"role_id":{{id}}}"""), ("PATCH", "roles/update", $$"""{"role_id":{{id}},"name":"x"}"""),
            ("GET", $"roles/permissions/list?role_id={id}", null), ("GET", $"roles/users/list?role_id={id}", null), ("POST", "roles/assign", $$"""{"role_id":{{id}},"username":"root"}"""),
            ("POST", "roles/permissions/add", $$"""{"role_id":{{id}},"resource_type":"experiment","resource_pattern":"*","permission":"READ"}"""),
        })
            Refused(await access.As("root", method, Api + path, body), "RESOURCE_DOES_NOT_EXIST", $"Role with id={id} not found");
    }

    [Fact]
    public async Task Bad_requests_say_what_is_wrong()
    {
        await using var access = await AccessServer.Start(dialect);
        var id = await Role(access, "default", "editor");
        foreach (var (method, path, body, message) in new[]
        {
            ("POST", "roles/create", """{"name":"x"}""", "Missing value for required parameter 'workspace'"),
            ("POST", "roles/create", """{"workspace":"default"}""", "Missing value for required parameter 'name'"),
            ("POST", "roles/create", """{"workspace":"default","name":"  "}""", "Role name cannot be empty."),
            ("POST", "roles/create", """{"workspace":" ","name":"x"}""", "Workspace cannot be empty."),
            ("POST", "roles/create", $$"""{"workspace":"default","name":"{{new string('x', 251)}}"}""", "at most 250 characters"),
            ("POST", "roles/create", """{"workspace":"default","name":"a\u0000b"}""", "control characters"),
            ("POST", "roles/create", """{"workspace":"default","name":"x","description":7}""", "description"),
            ("GET", "roles/get?role_id=abc", null, "role_id"),
            ("GET", "roles/get", null, "Missing value for required parameter 'role_id'"),
            ("POST", "roles/permissions/add", $$"""{"role_id":{{id}},"resource_type":"bogus","resource_pattern":"*","permission":"READ"}""", "Invalid resource type 'bogus'"),
            ("POST", "roles/permissions/add", $$"""{"role_id":{{id}},"resource_type":"experiment","resource_pattern":"*","permission":"OWN"}""", "Invalid permission 'OWN'"),
            ("POST", "roles/permissions/add", $$"""{"role_id":{{id}},"resource_type":"experiment","permission":"READ"}""", "Missing value for required parameter 'resource_pattern'"),
            ("POST", "roles/permissions/add", $$"""{"role_id":{{id}},"resource_type":"workspace","resource_pattern":"default","permission":"READ"}""", "resource_type='workspace' requires resource_pattern='*'"),
            ("POST", "roles/permissions/add", $$"""{"role_id":{{id}},"resource_type":"scorer","resource_pattern":"{{new string('x', 501)}}","permission":"READ"}""", "at most 500 characters"),
            ("POST", "roles/assign", $$"""{"role_id":{{id}}}""", "Missing value for required parameter 'username'"),
            ("GET", "users/roles/list", null, "Missing value for required parameter 'username'"),
            ("PATCH", "roles/permissions/update", """{"permission":"READ"}""", "Missing value for required parameter 'role_permission_id'"),
            ("POST", "workspaces/default/permissions", """{}""", "Workspace permission payload missing keys: permission, username"),
            ("POST", "workspaces/default/permissions", """{"username":"root","permission":"OWN"}""", "Invalid permission 'OWN'"),
        })
            Refused(await access.As("root", method, Api + path, body), "INVALID_PARAMETER_VALUE", message);
        Refused(await access.As("root", "POST", Api + "roles/create", """{"workspace":"nowhere","name":"x"}"""), "RESOURCE_DOES_NOT_EXIST", "Workspace 'nowhere' not found");
        Refused(await access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{id}},"username":"nobody"}"""), "RESOURCE_DOES_NOT_EXIST", "User with username=nobody not found");
        Refused(await access.As("root", "PATCH", Api + "roles/permissions/update", """{"role_permission_id":9,"permission":"READ"}"""), "RESOURCE_DOES_NOT_EXIST", "Role permission with id=9 not found");
        Refused(await access.As("root", "POST", Api + "roles/permissions/add", $$"""{"role_id":{{id}},"resource_type":"registered_model","resource_pattern":"none","permission":"READ"}"""), "RESOURCE_DOES_NOT_EXIST", "none");
    }

    [Fact]
    public async Task What_a_role_gives_counts_at_once_and_ends_with_it()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", []);
        var (mine, other) = (await access.Experiment("root", "mine"), await access.Experiment("root", "other"));
        var role = await Role(access, "default", "editor");
        Assert.Equal("READ", (string?)(await Permission(access, role, "experiment", mine, "READ"))["permission"]);
        Assert.Equal(HttpStatusCode.Forbidden, await Sees(access, mine));
        var assigned = AccessServer.Ok(await access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{role}},"username":"ann"}""")).Json["assignment"]!;
        Assert.Equal(role, (long)assigned["role_id"]!);
        Refused(await access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{role}},"username":"ann"}"""), "RESOURCE_ALREADY_EXISTS", "already exists");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (await Sees(access, mine), await Sees(access, other)));
        Assert.Equal(HttpStatusCode.Forbidden, await Writes(access, mine));

        var permission = AccessServer.Ok(await access.As("root", "GET", $"{Api}roles/permissions/list?role_id={role}")).Json["role_permissions"]![0]!;
        Assert.Equal(mine, (string?)permission["resource_pattern"]);
        AccessServer.Ok(await access.As("root", "PATCH", Api + "roles/permissions/update", $$"""{"role_permission_id":{{permission["id"]}},"permission":"EDIT"}"""));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (await Writes(access, mine), await Writes(access, other)));
        // NO_PERMISSIONS gives nothing: it is no denial.
        await Permission(access, role, "experiment", "*", "READ");
        await Permission(access, role, "experiment", other, "NO_PERMISSIONS");
        Assert.Equal(HttpStatusCode.OK, await Sees(access, other));
        var why = AccessServer.Ok(await access.As("ann", "GET", $"/api/slipway/v1/access/explain?kind=experiment&root={mine}")).Json["reasons"]!.AsArray().Select(static reason => (string)reason!).ToArray();
        Assert.Contains("The role 'editor' of the workspace gives ReadExperiments.", why);
        Assert.Contains("The role 'editor' of the workspace gives ReadExperiments, WriteExperiments with this experiment.", why);
        // A denial wins over it.
        await access.Grant("ann", mine, "denied");
        Assert.Equal(HttpStatusCode.NotFound, await Sees(access, mine));
        await access.Grant("ann", mine, null);

        AccessServer.Ok(await access.As("root", "DELETE", Api + "roles/permissions/remove", $$"""{"role_permission_id":{{permission["id"]}}}"""));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (await Sees(access, mine), await Writes(access, mine)));
        AccessServer.Ok(await access.As("root", "DELETE", Api + "roles/unassign", $$"""{"role_id":{{role}},"username":"ann"}"""));
        Assert.Equal(HttpStatusCode.Forbidden, await Sees(access, mine));
        Refused(await access.As("root", "DELETE", Api + "roles/unassign", $$"""{"role_id":{{role}},"username":"ann"}"""), "RESOURCE_DOES_NOT_EXIST", "not found");

        await Permission(access, role, "workspace", "*", "EDIT");
        AccessServer.Ok(await access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{role}},"username":"ann"}"""));
        await access.Experiment("ann", "made by a role");
        AccessServer.Ok(await access.As("root", "DELETE", Api + "roles/delete", $$"""{"role_id":{{role}}}"""));
        Assert.Equal(HttpStatusCode.NotFound, await Sees(access, other)); // what she made she still manages
        Assert.Empty(Ids(await access.As("root", "GET", Api + "users/roles/list?username=ann")));
    }

    [Fact]
    public async Task A_role_may_name_what_is_not_there_yet_and_forgets_what_went_for_good()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", []);
        var role = await Role(access, "default", "early");
        var next = (long.Parse(await access.Experiment("root", "first")) + 1).ToString();
        await Permission(access, role, "experiment", next, "READ");
        await Permission(access, role, "scorer", "1/relevance", "READ");
        await Permission(access, role, "gateway_endpoint", "*", "USE");
        Refused(await access.As("root", "POST", Api + "roles/permissions/add", $$"""{"role_id":{{role}},"resource_type":"scorer","resource_pattern":"1/relevance","permission":"EDIT"}"""), "RESOURCE_ALREADY_EXISTS", "already exists");
        AccessServer.Ok(await access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{role}},"username":"ann"}"""));
        Assert.Equal(next, await access.Experiment("root", "second"));
        Assert.Equal(HttpStatusCode.OK, await Sees(access, next));
        await access.Database.Write<int>(session =>
        {
            Slipway.Access.RootGrants.Erase(session, RootKind.Experiment, long.Parse(next));
            return 0;
        }, TestContext.Current.CancellationToken);
        var left = AccessServer.Ok(await access.As("root", "GET", $"{Api}roles/get?role_id={role}")).Json["role"]!["permissions"]!.AsArray();
        Assert.Equal(["scorer", "gateway_endpoint"], left.Select(static permission => (string)permission!["resource_type"]!));
    }

    [Fact]
    public async Task Admins_manage_the_roles_of_their_own_workspace_and_see_no_other()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Workspace("red");
        await access.Workspace("blue");
        foreach (var name in new[] { "boss", "ann", "stranger" }) await access.Person(name, []);
        // boss is admin of red by a role of this kind alone, and asks without a header, as MLflow's client does.
        var admin = await Role(access, "red", "boss");
        await Permission(access, admin, "workspace", "*", "MANAGE");
        AccessServer.Ok(await access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{admin}},"username":"boss"}"""));
        var red = (long)AccessServer.Ok(await access.As("boss", "POST", Api + "roles/create", """{"workspace":"red","name":"reader"}""")).Json["role"]!["id"]!;
        AccessServer.Ok(await access.As("boss", "POST", Api + "roles/permissions/add", $$"""{"role_id":{{red}},"resource_type":"workspace","resource_pattern":"*","permission":"READ"}"""));
        AccessServer.Ok(await access.As("boss", "POST", Api + "roles/assign", $$"""{"role_id":{{red}},"username":"ann"}"""));
        var blue = await Role(access, "blue", "hidden");
        AccessServer.Ok(await access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{blue}},"username":"ann"}"""));

        // A reader sees the roles and changes none.
        Assert.Equal([admin, red], Ids(await access.As("ann", "GET", Api + "roles/list?workspace=red")));
        foreach (var (method, path, body) in Changes(red, "red")) Refused(await access.As("ann", method, Api + path, body), "PERMISSION_DENIED", "Permission denied. 'ann' lacks the right ManageMembers");
        Refused(await access.As("ann", "GET", $"{Api}roles/users/list?role_id={red}"), "PERMISSION_DENIED", "lacks the right");
        // To everybody else neither the role nor its workspace is there.
        foreach (var who in new[] { "boss", "stranger" })
            foreach (var (method, path, body) in Changes(blue, "blue")) Refused(await access.As(who, method, Api + path, body), "RESOURCE_DOES_NOT_EXIST", "not found");
        Refused(await access.As("boss", "GET", $"{Api}roles/get?role_id={blue}"), "RESOURCE_DOES_NOT_EXIST", $"Role with id={blue} not found");
        Refused(await access.As("boss", "GET", Api + "roles/list"), "PERMISSION_DENIED", "lacks the right Administer");
        Refused(await access.As("stranger", "GET", Api + "users/roles/list?username=ann"), "PERMISSION_DENIED", "lacks the right");
        Refused(await access.As("stranger", "GET", Api + "users/roles/list?username=nobody"), "PERMISSION_DENIED", "lacks the right");

        Assert.Equal([red], Ids(await access.As("boss", "GET", Api + "users/roles/list?username=ann")));
        Assert.Equal([red, blue], Ids(await access.As("ann", "GET", Api + "users/roles/list?username=ann")));
        Assert.Equal([red, blue], Ids(await access.As("root", "GET", Api + "users/roles/list?username=ann")));

        // A token of one workspace says nothing in another, whatever its owner may.
        var token = (string)AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/tokens", """{"name":"t","workspace":"red"}""")).Json["token"]!;
        AccessServer.Ok(await access.With(token, "GET", $"{Api}roles/get?role_id={red}"));
        Refused(await access.With(token, "GET", $"{Api}roles/get?role_id={blue}"), "RESOURCE_DOES_NOT_EXIST", "not found");
        Assert.Equal([admin, red], Ids(await access.With(token, "GET", Api + "roles/list")));
    }

    [Fact]
    public async Task Nobody_takes_the_administration_from_themselves()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("boss", []);
        var admin = await Role(access, "default", "boss");
        var permission = (await Permission(access, admin, "workspace", "*", "MANAGE"))["id"]!;
        AccessServer.Ok(await access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{admin}},"username":"boss"}"""));
        foreach (var (method, path, body) in new[]
        {
            ("DELETE", "roles/delete", $$"""{"role_id":{{admin}}}"""),
            ("DELETE", "roles/unassign", $$"""{"role_id":{{admin}},"username":"boss"}"""),
            ("DELETE", "roles/permissions/remove", $$"""{"role_permission_id":{{permission}}}"""),
            ("PATCH", "roles/permissions/update", $$"""{"role_permission_id":{{permission}},"permission":"READ"}"""),
        })
            Refused(await access.As("boss", method, Api + path, body), "RESOURCE_CONFLICT", "from yourself");
        Assert.Single(AccessServer.Ok(await access.As("boss", "GET", $"{Api}roles/get?role_id={admin}")).Json["role"]!["permissions"]!.AsArray());

        await access.Person("chief", ["admin"]);
        Refused(await access.As("chief", "POST", Api + "workspaces/default/permissions", """{"username":"chief","permission":"READ"}"""), "RESOURCE_CONFLICT", "from yourself");
        Refused(await access.As("chief", "DELETE", Api + "workspaces/default/permissions?username=chief"), "RESOURCE_CONFLICT", "from yourself");
        Refused(await access.As("root", "DELETE", "/api/2.0/mlflow/users/delete", """{"username":"root"}"""), "RESOURCE_CONFLICT", "last administrator");
        Refused(await access.As("root", "PATCH", "/api/2.0/mlflow/users/update-admin", """{"username":"root","is_admin":false}"""), "RESOURCE_CONFLICT", "last administrator");
    }

    [Fact]
    public async Task Permissions_for_a_workspace_are_roles_in_it()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Workspace("red");
        foreach (var name in new[] { "ann", "ben" }) await access.Person(name, []);
        var user = (long)AccessServer.Ok(await access.As("root", "GET", "/api/2.0/mlflow/users/get?username=ann")).Json["user"]!["id"]!;
        foreach (var (permission, role, use) in new[] { ("READ", "viewer", false), ("USE", "creator", true), ("EDIT", "contributor", true), ("MANAGE", "admin", true) })
        {
            var set = AccessServer.Ok(await access.As("root", "POST", Api + "workspaces/red/permissions", $$"""{"username":"ann","permission":"{{permission}}"}""")).Json["permission"]!;
            Assert.Equal($$"""{"workspace":"red","user_id":{{user}},"permission":"{{permission}}","can_use":{{(use ? "true" : "false")}}}""", set.ToJsonString());
            Assert.Equal(role, (string?)Assert.Single(AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/roles", null, "red")).Json["roles"]!.AsArray())!["role"]);
        }
        // Who has MANAGE says so of others; who has less does not.
        AccessServer.Ok(await access.As("ann", "POST", Api + "workspaces/red/permissions", """{"username":"ben","permission":"READ"}"""));
        Assert.Equal(["MANAGE", "READ"], Texts(await access.As("ann", "GET", Api + "workspaces/red/permissions"), "permissions", "permission"));
        Refused(await access.As("ben", "GET", Api + "workspaces/red/permissions"), "PERMISSION_DENIED", "lacks the right ManageMembers");
        Refused(await access.As("ben", "POST", Api + "workspaces/red/permissions", """{"username":"ben","permission":"MANAGE"}"""), "PERMISSION_DENIED", "lacks the right ManageMembers");
        Refused(await access.As("ben", "GET", Api + "workspace-permissions?username=ann"), "PERMISSION_DENIED", "lacks the right");
        Assert.Equal(["READ"], Texts(await access.As("ann", "GET", Api + "workspace-permissions?username=ben"), "permissions", "permission"));
        Assert.Equal(["red"], Texts(await access.As("ben", "GET", Api + "workspace-permissions?username=ben"), "permissions", "workspace"));
        Refused(await access.As("root", "POST", Api + "workspaces/nowhere/permissions", """{"username":"ben","permission":"READ"}"""), "RESOURCE_DOES_NOT_EXIST", "Workspace 'nowhere' not found");
        Refused(await access.As("root", "POST", Api + "workspaces/red/permissions", """{"username":"nobody","permission":"READ"}"""), "RESOURCE_DOES_NOT_EXIST", "User with username=nobody not found");

        var deleted = await access.As("ann", "DELETE", Api + "workspaces/red/permissions?username=ben");
        Assert.Equal((HttpStatusCode.NoContent, ""), (deleted.Status, deleted.Body));
        Refused(await access.As("ann", "DELETE", Api + "workspaces/red/permissions?username=ben"), "RESOURCE_DOES_NOT_EXIST", "Workspace permission does not exist for workspace='red', username='ben'");
        Assert.Equal("NO_PERMISSIONS", (string?)AccessServer.Ok(await access.As("root", "POST", Api + "workspaces/red/permissions", """{"username":"ann","permission":"NO_PERMISSIONS"}""")).Json["permission"]!["permission"]);
        Assert.Empty(Texts(await access.As("root", "GET", Api + "workspaces/red/permissions"), "permissions", "permission"));
    }

    [Fact]
    public async Task Every_change_is_an_event_of_the_roles_workspace()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", []);
        var role = await Role(access, "default", "editor");
        var permission = (await Permission(access, role, "experiment", "*", "READ"))["id"]!;
        foreach (var (method, path, body) in new[]
        {
            ("PATCH", "roles/update", $$"""{"role_id":{{role}},"name":"writer"}"""), ("PATCH", "roles/permissions/update", $$"""{"role_permission_id":{{permission}},"permission":"EDIT"}"""),
            ("POST", "roles/assign", $$"""{"role_id":{{role}},"username":"ann"}"""), ("DELETE", "roles/unassign", $$"""{"role_id":{{role}},"username":"ann"}"""),
            ("DELETE", "roles/permissions/remove", $$"""{"role_permission_id":{{permission}}}"""), ("DELETE", "roles/delete", $$"""{"role_id":{{role}}}"""),
            ("POST", "workspaces/default/permissions", """{"username":"ann","permission":"READ"}"""),
        })
            AccessServer.Ok(await access.As("root", method, Api + path, body));
        // What is refused leaves no event of a change.
        Refused(await access.As("root", "DELETE", Api + "roles/delete", $$"""{"role_id":{{role}}}"""), "RESOURCE_DOES_NOT_EXIST", "not found");
        var events = (await access.Sealed()).Where(static e => ((string)e!["kind"]!).StartsWith("role.", StringComparison.Ordinal)).ToArray();
        Assert.Equal(["role.created", "role.permission_added", "role.changed", "role.permission_changed", "role.member_added", "role.member_removed", "role.permission_removed", "role.deleted", "role.assigned"],
            events.Select(static e => (string)e!["kind"]!));
        Assert.All(events[..8], e => Assert.Equal($"role/{role}", (string?)e!["subject"]));
        Assert.Equal(("READ", "EDIT"), ((string?)Data(events[3])["before"], (string?)Data(events[3])["after"]));
        Assert.Equal(("editor", "writer"), ((string?)Data(events[2])["name_before"], (string?)Data(events[2])["name"]));
    }

    [Fact]
    public async Task Of_many_who_make_the_same_role_or_give_it_one_succeeds()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", []);
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => access.As("root", "POST", Api + "roles/create", """{"workspace":"default","name":"one"}""")));
        var role = (long)Assert.Single(made, static answer => answer.Status is HttpStatusCode.OK).Json["role"]!["id"]!;
        Assert.Equal(7, made.Count(static answer => answer.Status is HttpStatusCode.BadRequest && answer.ErrorCode == "RESOURCE_ALREADY_EXISTS"));
        var given = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{role}},"username":"ann"}""")));
        Assert.Single(given, static answer => answer.Status is HttpStatusCode.OK);
        Assert.Equal(7, given.Count(static answer => answer.Status is HttpStatusCode.BadRequest && answer.ErrorCode == "RESOURCE_ALREADY_EXISTS"));
    }

    [Fact]
    public async Task A_role_and_a_user_hold_what_their_limits_say_and_no_more()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", []);
        var role = await Role(access, "default", "full");
        var user = (long)AccessServer.Ok(await access.As("root", "GET", "/api/2.0/mlflow/users/get?username=ann")).Json["user"]!["id"]!;
        await access.Database.Write<int>(session =>
        {
            for (var i = 0; i < Slipway.Access.MlflowRolePermission.PerRoleMax; i++)
                session.Execute("INSERT INTO role_permissions (role_id, resource_type, pattern, level) VALUES ($1, 'scorer', $2, 1)", role, i.ToString());
            for (var i = 0; i < Slipway.Access.MlflowRole.RolesOfUserMax; i++)
                session.Execute("INSERT INTO role_members (role_id, principal_id) VALUES ($1, $2)", 1_000_000 + i, user);
            return 0;
        }, TestContext.Current.CancellationToken);
        Refused(await access.As("root", "POST", Api + "roles/permissions/add", $$"""{"role_id":{{role}},"resource_type":"experiment","resource_pattern":"*","permission":"READ"}"""), "INVALID_PARAMETER_VALUE", "A role holds at most 1000 permissions.");
        Refused(await access.As("root", "POST", Api + "roles/assign", $$"""{"role_id":{{role}},"username":"ann"}"""), "INVALID_PARAMETER_VALUE", "A user has at most 1000 roles");
    }

    [Fact]
    public async Task Scorers_and_the_gateway_are_answered_as_not_there()
    {
        await using var access = await AccessServer.Start(dialect);
        foreach (var (path, fields, query) in new[]
        {
            ("scorers", "\"experiment_id\":\"0\",\"scorer_name\":\"s\"", "experiment_id=0&scorer_name=s"), ("gateway/secrets", "\"secret_id\":\"s\"", "secret_id=s"),
            ("gateway/endpoints", "\"endpoint_id\":\"s\"", "endpoint_id=s"), ("gateway/model-definitions", "\"model_definition_id\":\"s\"", "model_definition_id=s"),
        })
        {
            foreach (var (method, verb) in new[] { ("POST", "create"), ("PATCH", "update"), ("DELETE", "delete") })
                Refused(await access.As("root", method, $"{Api}{path}/permissions/{verb}", $$"""{{{fields}},"username":"root","permission":"READ"}"""), "RESOURCE_DOES_NOT_EXIST", "not found");
            Refused(await access.As("root", "GET", $"{Api}{path}/permissions/get?{query}&username=root"), "RESOURCE_DOES_NOT_EXIST", "not found");
            Refused(await access.As("root", "POST", $"{Api}{path}/permissions/create", $$"""{{{fields}},"username":"root","permission":"OWN"}"""), "INVALID_PARAMETER_VALUE", "Invalid permission 'OWN'");
            Refused(await access.As("root", "GET", $"{Api}{path}/permissions/get?{query}"), "INVALID_PARAMETER_VALUE", "'username'");
            Refused(await access.As("root", "GET", $"{Api}{path}/permissions/get?username=root"), "INVALID_PARAMETER_VALUE", "Missing value for required parameter");
        }
    }

    private static JsonNode Data(JsonNode? logged) => JsonNode.Parse((string)logged!["data"]!)!;

    private static IEnumerable<(string Method, string Path, string Body)> Changes(long role, string workspace) =>
    [
        ("POST", "roles/create", $$"""{"workspace":"{{workspace}}","name":"new"}"""), ("PATCH", "roles/update", $$"""{"role_id":{{role}},"name":"new"}"""), ("DELETE", "roles/delete", $$"""{"role_id":{{role}}}"""),
        ("POST", "roles/permissions/add", $$"""{"role_id":{{role}},"resource_type":"workspace","resource_pattern":"*","permission":"MANAGE"}"""),
        ("POST", "roles/assign", $$"""{"role_id":{{role}},"username":"ann"}"""), ("DELETE", "roles/unassign", $$"""{"role_id":{{role}},"username":"ann"}"""),
        ("POST", $"workspaces/{workspace}/permissions", """{"username":"ann","permission":"MANAGE"}"""),
    ];

    private static async Task<long> Role(AccessServer access, string workspace, string name) =>
        (long)AccessServer.Ok(await access.As("root", "POST", Api + "roles/create", $$"""{"workspace":"{{workspace}}","name":"{{name}}"}""")).Json["role"]!["id"]!;

    private static async Task<JsonNode> Permission(AccessServer access, long role, string type, string pattern, string permission) => AccessServer.Ok(await access.As("root", "POST", Api + "roles/permissions/add",
        $$"""{"role_id":"{{role}}","resource_type":"{{type}}","resource_pattern":"{{pattern}}","permission":"{{permission}}"}""")).Json["role_permission"]!;

    private static async Task<HttpStatusCode> Sees(AccessServer access, string experiment) => (await access.As("ann", "GET", "/api/2.0/mlflow/experiments/get?experiment_id=" + experiment)).Status;

    private static async Task<HttpStatusCode> Writes(AccessServer access, string experiment) => (await access.As("ann", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}"}""")).Status;

    private static void Refused(Answer answer, string code, string message) =>
        Assert.True(answer.ErrorCode == code && answer.Message.Contains(message, StringComparison.Ordinal), $"expected {code} '{message}', got {(int)answer.Status} {answer.Body}");

    private static long[] Ids(Answer answer) => [.. AccessServer.Ok(answer).Json["roles"]!.AsArray().Select(static role => (long)role!["id"]!)];

    private static string[] Texts(Answer answer, string list, string field) => [.. AccessServer.Ok(answer).Json[list]!.AsArray().Select(item => (string)item![field]!)];
}
