using System.Net;
using System.Text.Json.Nodes;
using Slipway.Storage;

namespace Slipway.Tests.Access;

public sealed class RightsOnSqlite() : RightsTests(Dialect.Sqlite);

public sealed class RightsOnPostgres() : RightsTests(Dialect.Postgres);

/// <summary>What one may do: roles, groups, grants, denials, workspaces.</summary>
public abstract class RightsTests(Dialect dialect)
{
    [Fact]
    public async Task A_denial_wins_over_roles_and_grants_and_hides_the_experiment_everywhere()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["contributor"]);
        var (secret, open) = (await access.Experiment("root", "secret"), await access.Experiment("root", "open"));
        var run = await access.Run("root", secret);
        AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1}"""));
        await access.Grant("ann", secret, "edit");
        Assert.Equal(HttpStatusCode.OK, (await access.As("ann", "GET", "/api/2.0/mlflow/runs/get?run_id=" + run)).Status);
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members", """{"name":"barred","kind":"group"}"""));
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/groups/barred/members/ann", "{}"));
        await access.Grant("barred", secret, "denied");

        foreach (var (method, path, body) in new[]
        {
            ("GET", $"/api/2.0/mlflow/experiments/get?experiment_id={secret}", null),
            ("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=secret", null),
            ("GET", "/api/2.0/mlflow/runs/get?run_id=" + run, null),
            ("GET", $"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m", null),
            ("GET", $"/api/2.0/mlflow/metrics/get-history-bulk?run_id={run}&metric_key=m", null),
            ("GET", $"/api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids={run}&metric_key=m&max_results=5", null),
            ("GET", $"/api/slipway/v1/runs/{run}/metrics/series?key=m", null),
            ("GET", "/api/2.0/mlflow/artifacts/list?run_id=" + run, null),
            ("GET", $"/api/2.0/mlflow-artifacts/artifacts/{secret}/{run}/artifacts/x", null),
            ("PUT", $"/api/2.0/mlflow-artifacts/artifacts/{secret}/{run}/artifacts/x", "text"),
            ("POST", "/api/2.0/mlflow/runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1}"""),
            ("POST", "/api/2.0/mlflow/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":1,"timestamp":1,"step":3}]}"""),
            ("POST", "/api/2.0/mlflow/runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"v"}"""),
            ("POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{secret}}"}"""),
            ("POST", "/api/2.0/mlflow/logged-models", $$"""{"experiment_id":"{{secret}}","name":"m"}"""),
        })
        {
            var answer = await access.As("ann", method, path, body);
            // The bulk read answers what there is for the caller: nothing.
            Assert.True(answer.Status == HttpStatusCode.NotFound || answer.Body == "{}", $"{method} {path}: {(int)answer.Status} {answer.Body}");
        }
        var found = AccessServer.Ok(await access.As("ann", "POST", "/api/2.0/mlflow/experiments/search", """{"max_results":100}""")).Json["experiments"]!.AsArray();
        Assert.Equal(["0", open], found.Select(static e => (string)e!["experiment_id"]!).Order());
        Assert.Equal("{}", (await access.As("ann", "POST", "/api/2.0/mlflow/runs/search", $$"""{"experiment_ids":["{{secret}}"]}""")).Body);
        Assert.Equal("{}", (await access.As("ann", "POST", "/api/2.0/mlflow/logged-models/search", $$"""{"experiment_ids":["{{secret}}"]}""")).Body);

        await access.Grant("barred", secret, null);
        Assert.Equal(HttpStatusCode.OK, (await access.As("ann", "GET", "/api/2.0/mlflow/runs/get?run_id=" + run)).Status);
    }

    [Fact]
    public async Task A_grant_opens_one_experiment_and_no_other()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", []);
        var (mine, other) = (await access.Experiment("root", "mine"), await access.Experiment("root", "other"));
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "GET", "/api/2.0/mlflow/experiments/get?experiment_id=" + mine)).Status);
        await access.Grant("ann", mine, "read");
        Assert.Equal(HttpStatusCode.OK, (await access.As("ann", "GET", "/api/2.0/mlflow/experiments/get?experiment_id=" + mine)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await access.As("ann", "GET", "/api/2.0/mlflow/experiments/get?experiment_id=" + other)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{mine}}"}""")).Status);
        var found = AccessServer.Ok(await access.As("ann", "POST", "/api/2.0/mlflow/experiments/search", """{"max_results":100}""")).Json["experiments"]!.AsArray();
        Assert.Equal([mine], found.Select(static e => (string)e!["experiment_id"]!));

        await access.Grant("ann", mine, "edit");
        var run = await access.Run("ann", mine);
        AccessServer.Ok(await access.As("ann", "POST", "/api/2.0/mlflow/runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1}"""));
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "DELETE", $"/api/slipway/v1/runs/{run}?hard=true")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await access.As("ann", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{other}}"}""")).Status);
        await access.Grant("ann", mine, "manage");
        AccessServer.Ok(await access.As("ann", "DELETE", $"/api/slipway/v1/runs/{run}?hard=true"));
    }

    [Fact]
    public async Task A_reader_of_all_with_one_grant_to_write_writes_there_alone()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["viewer"]);
        var (mine, other) = (await access.Experiment("root", "mine"), await access.Experiment("root", "other"));
        await access.Grant("ann", mine, "edit");
        await access.Run("ann", mine);
        var run = await access.Run("root", other);
        foreach (var (path, body) in new[]
        {
            ("runs/create", $$"""{"experiment_id":"{{other}}"}"""),
            ("runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1}"""),
            ("runs/log-parameter", $$"""{"run_id":"{{run}}","key":"p","value":"v"}"""),
            ("runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"v"}"""),
            ("runs/update", $$"""{"run_id":"{{run}}","status":"FINISHED"}"""),
            ("runs/delete", $$"""{"run_id":"{{run}}"}"""),
            ("experiments/update", $$"""{"experiment_id":"{{other}}","new_name":"x"}"""),
            ("experiments/set-experiment-tag", $$"""{"experiment_id":"{{other}}","key":"t","value":"v"}"""),
            ("logged-models", $$"""{"experiment_id":"{{other}}","name":"m"}"""),
        })
        {
            var refused = await access.As("ann", "POST", "/api/2.0/mlflow/" + path, body);
            Assert.True(refused.Status == HttpStatusCode.Forbidden, $"{path}: {refused.Body}");
        }
        var kept = AccessServer.Ok(await access.As("root", "GET", "/api/2.0/mlflow/runs/get?run_id=" + run)).Json["run"]!;
        Assert.Equal("RUNNING", (string?)kept["info"]!["status"]);
        Assert.Null(kept["data"]!["params"]);
    }

    [Fact]
    public async Task Whoever_makes_an_experiment_manages_it()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["creator"]);
        await access.Person("ben", ["creator"]);
        var mine = await access.Experiment("ann", "mine");
        var run = await access.Run("ann", mine);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ben", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{mine}}"}""")).Status);
        AccessServer.Ok(await access.As("ann", "PUT", "/api/slipway/v1/access/grants", $$"""{"name":"ben","kind":"experiment","root":"{{mine}}","level":"edit"}"""));
        await access.Run("ben", mine);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ben", "PUT", "/api/slipway/v1/access/grants", $$"""{"name":"ben","kind":"experiment","root":"{{mine}}","level":"manage"}""")).Status);
        AccessServer.Ok(await access.As("ann", "DELETE", $"/api/slipway/v1/runs/{run}?hard=true"));
    }

    [Fact]
    public async Task Workspaces_isolate_everything_names_included()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Workspace("red");
        await access.Workspace("blue");
        await access.Person("ann", ["admin"], "red");
        await access.Person("ben", ["admin"], "blue");
        var red = await access.Experiment("ann", "same name", "red");
        var blue = await access.Experiment("ben", "same name", "blue");
        Assert.NotEqual(red, blue);
        var run = await access.Run("ann", red, "red");
        AccessServer.Ok(await access.As("ann", "PUT", $"/api/2.0/mlflow-artifacts/artifacts/{red}/{run}/artifacts/f.txt", "content", "red"));

        // In a workspace that is none of one's business nothing is there, not even the workspace.
        foreach (var workspace in new[] { "red", "nowhere" })
            Assert.Equal(HttpStatusCode.NotFound, (await access.As("ben", "POST", "/api/2.0/mlflow/experiments/search", """{"max_results":5}""", workspace)).Status);
        foreach (var (method, path, body) in new[]
        {
            ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=" + red, null),
            ("GET", "/api/2.0/mlflow/runs/get?run_id=" + run, null),
            ("GET", "/api/2.0/mlflow/artifacts/list?run_id=" + run, null),
            ("GET", "/get-artifact?path=f.txt&run_id=" + run, null),
            ("GET", $"/api/2.0/mlflow-artifacts/artifacts/{red}/{run}/artifacts/f.txt", null),
            ("PUT", $"/api/2.0/mlflow-artifacts/artifacts/{red}/{run}/artifacts/g.txt", "x"),
            ("DELETE", $"/api/2.0/mlflow-artifacts/artifacts/{red}/{run}/artifacts/f.txt", null),
            ("POST", "/api/2.0/mlflow/runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"v"}"""),
            ("POST", "/api/2.0/mlflow/experiments/delete", $$"""{"experiment_id":"{{red}}"}"""),
            ("DELETE", $"/api/slipway/v1/runs/{run}?hard=true", null),
            ("PUT", "/api/slipway/v1/access/grants", $$"""{"name":"ben","kind":"experiment","root":"{{red}}","level":"read"}"""),
        })
        {
            var answer = await access.As("ben", method, path, body, "blue");
            Assert.True(answer.Status == HttpStatusCode.NotFound, $"{method} {path}: {(int)answer.Status} {answer.Body}");
        }
        var events = AccessServer.Ok(await access.As("ben", "GET", "/api/slipway/v1/events", null, "blue")).Json["events"]!.AsArray();
        Assert.DoesNotContain(events, e => ((string)e!["subject"]!).Contains(run, StringComparison.Ordinal));
        var seen = AccessServer.Ok(await access.As("ben", "GET", "/api/3.0/mlflow/workspaces", null, "blue")).Json["workspaces"]!.AsArray();
        Assert.Equal(["blue"], seen.Select(static w => (string)w!["name"]!));

        AccessServer.Ok(await access.As("root", "DELETE", "/api/3.0/mlflow/workspaces/red"));
        Assert.Equal(HttpStatusCode.NotFound, (await access.As("ann", "GET", "/api/2.0/mlflow/runs/get?run_id=" + run, null, "red")).Status);
        Assert.Equal("RESOURCE_ALREADY_EXISTS", (await access.As("root", "POST", "/api/3.0/mlflow/workspaces", """{"name":"red"}""")).ErrorCode);
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/workspaces/red/restore", "{}"));
        AccessServer.Ok(await access.As("ann", "GET", "/api/2.0/mlflow/runs/get?run_id=" + run, null, "red"));
    }

    [Fact]
    public async Task Experiment_0_is_the_workspaces_own_Default()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Workspace("red");
        await access.Person("ann", ["contributor"], "red");
        var run = AccessServer.Ok(await access.As("ann", "POST", "/api/2.0/mlflow/runs/create", "{}", "red")).Json["run"]!["info"]!;
        var own = (string)AccessServer.Ok(await access.As("ann", "GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default", null, "red")).Json["experiment"]!["experiment_id"]!;
        Assert.NotEqual("0", own);
        Assert.Equal(own, (string?)run["experiment_id"]);
        Assert.Equal(own, (string?)AccessServer.Ok(await access.As("ann", "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", null, "red")).Json["experiment"]!["experiment_id"]);
        var found = AccessServer.Ok(await access.As("ann", "POST", "/api/2.0/mlflow/runs/search", """{"experiment_ids":["0"]}""", "red")).Json["runs"]!.AsArray();
        Assert.Equal((string?)run["run_id"], (string?)Assert.Single(found)!["info"]!["run_id"]);
    }

    [Fact]
    public async Task A_token_of_one_workspace_opens_no_other()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Workspace("red");
        await access.Person("ann", ["viewer"]);
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/roles", """{"name":"ann","role":"contributor"}""", "red"));
        var token = (string)AccessServer.Ok(await access.As("ann", "POST", "/api/slipway/v1/access/tokens", """{"name":"t","workspace":"red"}""")).Json["token"]!;
        // Without a header it is in its own workspace.
        Assert.Equal("red", (string?)AccessServer.Ok(await access.With(token, "GET", "/api/slipway/v1/access/me")).Json["workspace"]);
        AccessServer.Ok(await access.With(token, "POST", "/api/2.0/mlflow/experiments/create", """{"name":"made"}"""));
        Assert.Equal(HttpStatusCode.NotFound, (await access.With(token, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", null, "default")).Status);
    }

    [Fact]
    public async Task The_last_administrator_stays()
    {
        await using var access = await AccessServer.Start(dialect);
        const string Root = "/api/slipway/v1/access/members/root";
        foreach (var body in new[] { """{"administrator":false}""", """{"disabled":true}""" })
            Assert.Equal("RESOURCE_CONFLICT", (await access.As("root", "PATCH", Root, body)).ErrorCode);
        Assert.Equal("RESOURCE_CONFLICT", (await access.As("root", "DELETE", Root)).ErrorCode);
        Assert.Equal("RESOURCE_CONFLICT", (await access.As("root", "DELETE", "/api/2.0/mlflow/users/delete", """{"username":"root"}""")).ErrorCode);
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members", $$"""{"name":"second","password":"{{AccessServer.Password}}","administrator":true}"""));

        // Both at the same moment: one of them stays.
        var both = await Task.WhenAll(access.As("root", "DELETE", Root), access.As("second", "DELETE", "/api/slipway/v1/access/members/second"));
        Assert.Single(both, static answer => answer.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_admin_of_a_workspace_is_none_of_the_installation()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Workspace("red");
        await access.Person("ann", ["admin"], "red");
        await access.Person("ben", []);
        AccessServer.Ok(await access.As("ann", "PUT", "/api/slipway/v1/access/roles", """{"name":"ben","role":"viewer"}""", "red"));
        Assert.Equal(HttpStatusCode.NotFound, (await access.As("ann", "PUT", "/api/slipway/v1/access/roles", """{"name":"ann","role":"admin","workspace":"default"}""", "red")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "POST", "/api/slipway/v1/access/members", """{"name":"x"}""", "red")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "POST", "/api/slipway/v1/access/password", """{"name":"root","password":"a password of mine"}""", "red")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "GET", "/api/slipway/v1/backup", null, "red")).Status);
        Assert.Equal("RESOURCE_CONFLICT", (await access.As("ann", "DELETE", "/api/slipway/v1/access/roles", """{"name":"ann","role":"admin"}""", "red")).ErrorCode);
    }

    [Fact]
    public async Task An_explanation_names_every_role_grant_and_denial()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["viewer"]);
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members", """{"name":"team","kind":"group"}"""));
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/groups/team/members/ann", "{}"));
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/roles", """{"name":"team","role":"contributor"}"""));
        var experiment = await access.Experiment("root", "e");
        await access.Grant("team", experiment, "manage");
        var path = $"/api/slipway/v1/access/explain?name=ann&kind=experiment&root={experiment}";
        var why = AccessServer.Ok(await access.As("root", "GET", path)).Json;
        string[] Texts(JsonNode node, string field) => [.. node[field]!.AsArray().Select(static text => (string)text!)];
        Assert.Contains("ManageExperiments", Texts(why, "rights"));
        Assert.Equal(3, Texts(why, "reasons").Length);
        Assert.Contains(Texts(why, "reasons"), static reason => reason.Contains("group 'team'", StringComparison.Ordinal) && reason.Contains("manage", StringComparison.Ordinal));
        await access.Grant("ann", experiment, "denied");
        why = AccessServer.Ok(await access.As("root", "GET", path)).Json;
        Assert.DoesNotContain("ReadExperiments", Texts(why, "rights"));
        Assert.Contains(Texts(why, "reasons"), static reason => reason.StartsWith("A denial", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "GET", "/api/slipway/v1/access/explain?name=root")).Status);
        AccessServer.Ok(await access.As("ann", "GET", "/api/slipway/v1/access/explain"));
    }

    [Fact]
    public async Task Every_change_and_refusal_is_in_the_event_log()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["viewer"]);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "POST", "/api/2.0/mlflow/experiments/create", """{"name":"x"}""")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.As(null, "POST", "/api/2.0/mlflow/experiments/create", """{"name":"x"}""")).Status);
        AccessServer.Ok(await access.As("root", "DELETE", "/api/slipway/v1/access/members/ann"));
        List<(string? Kind, string? Subject, string? Actor)> seen;
        do
        {
            access.Clock.Advance(TimeSpan.FromSeconds(1)); // the sealer's tick
            seen = [.. AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/events")).Json["events"]!.AsArray().Select(static e => ((string?)e!["kind"], (string?)e["subject"], (string?)e["actor"]))];
        }
        while (!seen.Contains(("member.removed", "person/ann", "root")));
        Assert.Contains(("member.created", "person/root", "root"), seen);
        Assert.Contains(("role.assigned", "person/ann", "root"), seen);
        Assert.Contains(("attempt.refused", "POST /api/2.0/mlflow/experiments/create", "ann"), seen);
        Assert.Contains(("attempt.refused", "POST /api/2.0/mlflow/experiments/create", "anonymous"), seen);
    }

    [Fact]
    public async Task A_NUL_in_any_text_is_refused_and_changes_nothing()
    {
        await using var access = await AccessServer.Start(dialect);
        foreach (var (method, path, body) in new[]
        {
            ("PATCH", "/api/2.0/mlflow/users/update-admin", """{"username":"a\u0000b","is_admin":true}"""),
            ("POST", "/api/slipway/v1/access/password", """{"name":"a\u0000b","password":"a long enough one"}"""),
            ("PUT", "/api/slipway/v1/access/roles", """{"name":"root","role":"viewer","workspace":"a\u0000b"}"""),
            ("PUT", "/api/slipway/v1/access/grants", """{"name":"a\u0000b","kind":"experiment","root":"0","level":"read"}"""),
            ("GET", "/api/slipway/v1/access/members?after=a%00b", null),
        })
        {
            var refused = await access.As("root", method, path, body);
            Assert.True(refused.Status == HttpStatusCode.BadRequest, $"{path}: {(int)refused.Status} {refused.Body}");
        }
    }

    [Fact]
    public async Task Names_of_members_and_workspaces_are_checked()
    {
        await using var access = await AccessServer.Start(dialect);
        foreach (var name in new[] { "", "a b", "../x", "anonymous", "système", "-x", new string('x', 65), "a\u0000b" })
            Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "POST", "/api/slipway/v1/access/members", new JsonObject { ["name"] = name }.ToJsonString())).Status);
        foreach (var name in new[] { "", "x", "Red", "re d", "../red", "9red", "red-", new string('x', 64) })
            Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "POST", "/api/3.0/mlflow/workspaces", new JsonObject { ["name"] = name }.ToJsonString())).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "POST", "/api/slipway/v1/access/members", """{"name":"root2","password":"root2root2root2"}""")).Status);
        Assert.Equal("RESOURCE_ALREADY_EXISTS", (await access.As("root", "POST", "/api/slipway/v1/access/members", """{"name":"root"}""")).ErrorCode);
        Assert.Equal("RESOURCE_ALREADY_EXISTS", (await access.As("root", "POST", "/api/3.0/mlflow/workspaces", """{"name":"default"}""")).ErrorCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "PUT", "/api/slipway/v1/access/roles", """{"name":"root","role":"king"}""")).Status);
    }
}
