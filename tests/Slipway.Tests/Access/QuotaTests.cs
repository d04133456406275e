using System.Net;
using System.Text;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

public sealed class QuotaOnSqlite() : QuotaTests(Dialect.Sqlite);

public sealed class QuotaOnPostgres() : QuotaTests(Dialect.Postgres);

/// <summary>What a workspace may use, and how fast one may ask.</summary>
public abstract class QuotaTests(Dialect dialect)
{
    private const string Files = "/api/2.0/mlflow-artifacts/artifacts/";

    [Fact]
    public async Task Bytes_over_the_quota_are_refused_and_leave_nothing()
    {
        await using var access = await Start("""{"bytes":10}""");
        await Put(access, "a", "123456");
        var refused = await access.As("root", "PUT", Files + "b", "12345", "team");
        Assert.Equal((HttpStatusCode.Forbidden, "QUOTA_EXCEEDED"), (refused.Status, refused.ErrorCode));
        Assert.Contains("quota of 10 bytes", refused.Message);
        await access.Sealed();
        var attempts = AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/events?refused=true", null, "team")).Json["events"]!.AsArray();
        Assert.Contains("QUOTA_EXCEEDED", (string?)Assert.Single(attempts)!["data"]);
        await Put(access, "b", "1234");
        await Put(access, "empty", "");
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("root", "PUT", Files + "c", "1", "team")).Status);
        // Another workspace has none of it.
        AccessServer.Ok(await access.As("root", "PUT", Files + "c", new string('x', 1000)));
    }

    [Fact]
    public async Task A_workspace_tells_how_much_of_its_limits_is_used()
    {
        await using var access = await Start("""{"bytes":10}""");
        await Put(access, "a", "123456");
        var one = AccessServer.Ok(await access.As("root", "GET", "/api/3.0/mlflow/workspaces/team")).Json["workspace"]!;
        Assert.Equal(6, (long)one["used"]!["bytes"]!);
        Assert.Null(one["used"]!["runs"]);
        var all = AccessServer.Ok(await access.As("root", "GET", "/api/3.0/mlflow/workspaces")).Json["workspaces"]!.AsArray();
        Assert.Equal(6, (long)all.Single(static row => (string?)row!["name"] == "team")!["used"]!["bytes"]!);
        Assert.Null(all.Single(static row => (string?)row!["name"] == "default")!["used"]);
    }

    [Fact]
    public async Task What_is_replaced_or_deleted_makes_room()
    {
        await using var access = await Start("""{"bytes":10}""");
        await Put(access, "a", "1234567890");
        await Put(access, "a", "0987654321");
        await Put(access, "a", "123");
        await Put(access, "d/b", "1234567");
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("root", "PUT", Files + "d/c", "1", "team")).Status);
        AccessServer.Ok(await access.As("root", "DELETE", Files + "d", null, "team"));
        await Put(access, "c", "1234567");
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("root", "PUT", Files + "a", "1234", "team")).Status);
    }

    [Fact]
    public async Task Parts_count_from_the_first_and_are_not_counted_twice_when_joined()
    {
        await using var access = await Start("""{"bytes":10}""");
        async Task<string> Begin(string path) => (string)AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/uploads", $$"""{"path":"{{path}}"}""", "team")).Json["upload_id"]!;
        var first = await Begin("x");
        AccessServer.Ok(await access.As("root", "PUT", $"/api/slipway/v1/uploads/{first}?offset=0", "123456", "team"));
        Assert.Equal("QUOTA_EXCEEDED", (await access.As("root", "PUT", $"/api/slipway/v1/uploads/{first}?offset=6", "12345", "team")).ErrorCode);
        AccessServer.Ok(await access.As("root", "PUT", $"/api/slipway/v1/uploads/{first}?offset=6", "1234", "team"));
        AccessServer.Ok(await access.As("root", "POST", $"/api/slipway/v1/uploads/{first}/complete", """{"size":10}""", "team"));
        AccessServer.Ok(await access.As("root", "DELETE", Files + "x", null, "team"));

        var second = await Begin("y");
        AccessServer.Ok(await access.As("root", "PUT", $"/api/slipway/v1/uploads/{second}?offset=0", "1234567890", "team"));
        Assert.Equal("QUOTA_EXCEEDED", (await access.As("root", "PUT", Files + "z", "1", "team")).ErrorCode);
        AccessServer.Ok(await access.As("root", "DELETE", $"/api/slipway/v1/uploads/{second}", null, "team"));
        await Put(access, "z", "1234567890");
    }

    [Fact]
    public async Task Two_writers_at_the_edge_never_pass_it_together()
    {
        await using var access = await Start("""{"bytes":100,"runs":5}""");
        var experiment = await access.Experiment("root", "busy", "team");
        var puts = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() => access.As("root", "PUT", Files + "f" + i, "1234567890", "team"))));
        Assert.Equal(10, puts.Count(static answer => answer.Status == HttpStatusCode.OK));
        Assert.All(puts.Where(static answer => answer.Status != HttpStatusCode.OK), static answer => Assert.Equal("QUOTA_EXCEEDED", answer.ErrorCode));
        var runs = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => access.As("root", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}"}""", "team"))));
        Assert.Equal(5, runs.Count(static answer => answer.Status == HttpStatusCode.OK));
        Assert.All(runs.Where(static answer => answer.Status != HttpStatusCode.OK), static answer => Assert.Equal((HttpStatusCode.Forbidden, "QUOTA_EXCEEDED"), (answer.Status, answer.ErrorCode)));
    }

    [Fact]
    public async Task Runs_count_until_they_are_deleted_for_good()
    {
        await using var access = await Start("""{"runs":1}""");
        var experiment = await access.Experiment("root", "small", "team");
        var run = await access.Run("root", experiment, "team");
        var refused = await access.As("root", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}"}""", "team");
        Assert.Contains("quota of 1 runs", refused.Message);
        AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/runs/delete", $$"""{"run_id":"{{run}}"}""", "team"));
        Assert.Equal("QUOTA_EXCEEDED", (await access.As("root", "POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}"}""", "team")).ErrorCode);
        AccessServer.Ok(await access.As("root", "DELETE", $"/api/slipway/v1/runs/{run}?hard=true", null, "team"));
        await access.Run("root", experiment, "team");
    }

    [Fact]
    public async Task A_quota_that_comes_later_counts_what_is_there_and_one_that_goes_sets_free()
    {
        await using var access = await Start("{}");
        await Put(access, "a", "12345678");
        await access.Run("root", await access.Experiment("root", "e", "team"), "team");
        await Limit(access, """{"bytes":10,"runs":1}""");
        Assert.Equal("QUOTA_EXCEEDED", (await access.As("root", "PUT", Files + "b", "123", "team")).ErrorCode);
        await Put(access, "b", "12");
        await Limit(access, """{"bytes":5}""");
        // Over it by now: nothing more comes, what is there stays, and less may replace more.
        Assert.Equal("QUOTA_EXCEEDED", (await access.As("root", "PUT", Files + "c", "1", "team")).ErrorCode);
        await Put(access, "a", "1");
        await Limit(access, "{}");
        await Put(access, "c", new string('x', 100));
    }

    [Fact]
    public async Task A_count_that_went_astray_is_put_right()
    {
        Parts? parts = null;
        await using var server = await TestServer.Start(dialect, compose: p => parts = p);
        using var limit = new HttpRequestMessage(HttpMethod.Patch, "/api/3.0/mlflow/workspaces/default") { Content = new StringContent("""{"quota":{"bytes":10,"runs":1}}""", Encoding.UTF8, "application/json") };
        AccessServer.Ok(await server.Send(limit));
        async Task<Answer> Put(string path)
        {
            using var put = new HttpRequestMessage(HttpMethod.Put, Files + path) { Content = new StringContent("12345678") };
            return await server.Send(put);
        }
        AccessServer.Ok(await Put("a"));
        AccessServer.Ok(await server.Post("/api/2.0/mlflow/runs/create", """{"experiment_id":"0"}"""));
        await parts!.Database.Write<int>(static session => session.Execute("UPDATE workspace_usage SET used = -100"), default);
        Assert.Null((await parts.Access.Usage.CountAll(default)).Problem);
        Assert.Equal("QUOTA_EXCEEDED", (await Put("b")).ErrorCode);
        Assert.Equal("QUOTA_EXCEEDED", (await server.Post("/api/2.0/mlflow/runs/create", """{"experiment_id":"0"}""")).ErrorCode);
    }

    [Fact]
    public async Task A_workspace_and_an_account_have_their_requests_a_second()
    {
        await using var access = await Start("""{"requests_per_second":2}""");
        Assert.Equal([200, 200, 429], await Statuses(access, "root", 3, "team"));
        var refused = await access.As("root", "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", null, "team");
        Assert.Equal((429, "1"), ((int)refused.Status, refused.Response.Headers.RetryAfter?.ToString()));
        Assert.Equal([200], await Statuses(access, "root", 1, null));
        access.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([200, 200, 429], await Statuses(access, "root", 3, "team"));
    }

    [Fact]
    public async Task An_account_has_its_requests_a_second_whatever_it_signs_in_with()
    {
        await using var access = await AccessServer.WithoutAdministrator(dialect, limits: new LimitOptions { RequestsPerSecondPerUser = 3 });
        await access.Server.Post("/api/slipway/v1/access/set-up", $$"""{"code":"{{access.Server.Server.SetUpCode}}","name":"root","password":"{{AccessServer.Password}}"}""");
        var token = (string)AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/tokens", """{"name":"t"}""")).Json["token"]!;
        Assert.Equal(HttpStatusCode.OK, (await access.With(token, "GET", "/api/slipway/v1/access/me")).Status);
        Assert.Equal([200, 429], await Statuses(access, "root", 2, null));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await access.With(token, "GET", "/api/slipway/v1/access/me")).Status);
    }

    [Fact]
    public async Task Each_token_has_a_rate_of_its_own()
    {
        await using var access = await AccessServer.WithoutAdministrator(dialect, limits: new LimitOptions { RequestsPerSecondPerToken = 2 });
        await access.Server.Post("/api/slipway/v1/access/set-up", $$"""{"code":"{{access.Server.Server.SetUpCode}}","name":"root","password":"{{AccessServer.Password}}"}""");
        async Task<string> Token() => (string)AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/tokens", """{"name":"t"}""")).Json["token"]!;
        var (busy, other) = (await Token(), await Token());
        for (var n = 0; n < 2; n++) Assert.Equal(HttpStatusCode.OK, (await access.With(busy, "GET", "/api/slipway/v1/access/me")).Status);
        var limited = await access.With(busy, "GET", "/api/slipway/v1/access/me");
        Assert.Equal(HttpStatusCode.TooManyRequests, limited.Status);
        Assert.DoesNotContain(busy, limited.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await access.With(other, "GET", "/api/slipway/v1/access/me")).Status);
        Assert.Equal(HttpStatusCode.OK, (await access.As("root", "GET", "/api/slipway/v1/access/me")).Status);
        access.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await access.With(busy, "GET", "/api/slipway/v1/access/me")).Status);
    }

    private async Task<AccessServer> Start(string quota)
    {
        var access = await AccessServer.Start(dialect);
        await access.Workspace("team");
        await Limit(access, quota);
        return access;
    }

    private static async Task Limit(AccessServer access, string quota) =>
        AccessServer.Ok(await access.As("root", "PATCH", "/api/3.0/mlflow/workspaces/team", $$"""{"quota":{{quota}}}"""));

    private static async Task Put(AccessServer access, string path, string text) => AccessServer.Ok(await access.As("root", "PUT", Files + path, text, "team"));

    private static async Task<List<int>> Statuses(AccessServer access, string name, int count, string? workspace)
    {
        var statuses = new List<int>();
        for (var i = 0; i < count; i++) statuses.Add((int)(await access.As(name, "GET", "/api/slipway/v1/access/me", null, workspace)).Status);
        return statuses;
    }
}
