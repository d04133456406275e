using System.Net;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Tests.Server;

public sealed class SlipwayServerOnSqlite() : SlipwayServerTests(Dialect.Sqlite);

public sealed class SlipwayServerOnPostgres() : SlipwayServerTests(Dialect.Postgres);

public abstract class SlipwayServerTests(Dialect dialect)
{
    [Fact]
    public async Task Starts_answers_and_stops()
    {
        await using var server = await TestServer.Start(dialect);
        Assert.Equal("""{"version":"0.1.0","mlflow":"2.22.0"}""", (await server.Get("/api/slipway/v1/version")).Body);
        Assert.Equal("""{"store_type":"SqlStore","workspaces_enabled":false}""", (await server.Get("/api/3.0/mlflow/server-info")).Body);
        await server.Server.Stop();
        await Assert.ThrowsAsync<HttpRequestException>(() => server.Get("/health"));
    }

    [Fact]
    public async Task Stop_finishes_requests_under_way_and_queued_writes()
    {
        var entered = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var server = await TestServer.Start(dialect, compose: parts => parts.Routes.Raw("POST", "/slow", Right.None, "Waits.", async (context, _) =>
        {
            entered.SetResult();
            await goOn.Task;
            var written = await parts.Database.Write<int>(session => session.Execute("INSERT INTO installation (name, value) VALUES ($1, $2)", "slow", "done"), default);
            await Answers.Text(context.Response, "done"u8.ToArray());
            return written.Problem;
        }));
        var answer = server.Post("/slow", "{}");
        await entered.Task;
        var stop = server.Server.Stop();
        Assert.False(stop.IsCompleted);
        goOn.SetResult();
        Assert.Equal("done", (await answer).Body);
        await stop;
    }

    [Fact]
    public async Task A_refused_attempt_is_an_event()
    {
        Parts? parts = null;
        await using var server = await TestServer.Start(dialect, compose: p =>
        {
            parts = p;
            p.Routes.Raw("POST", "/manage", Right.ManageExperiments, "Needs more.", (_, _) => Task.FromResult<Problem?>(null));
        }, rights: Right.ReadExperiments);
        var answer = await server.Post("/manage", "{}");
        Assert.Equal((HttpStatusCode.Forbidden, "PERMISSION_DENIED"), (answer.Status, answer.ErrorCode));
        var found = Assert.Single(await parts!.Events.Of(Caller.Local(), "POST /manage", default));
        Assert.Equal(("attempt.refused", "local"), (found.Kind, found.Actor));
        Assert.Equal("127.0.0.1", found.Address);
    }

    [Fact]
    public async Task A_failing_database_is_answered_as_the_problem_it_carries()
    {
        await using var server = await TestServer.Start(dialect, compose: p =>
            p.Routes.Raw("GET", "/full", Right.None, "Fails.", (_, _) => throw new StorageException(Problem.DiskFull("The disk is full."))));
        Assert.Equal(507, (int)(await server.Get("/full")).Status);
    }
}

public sealed class SlipwayServerStartTests
{
    private static Task<SlipwayServer> StartQuietly(ServerOptions options) => SlipwayServer.Start(options, TimeProvider.System, _ => { }, null, Right.All, default);

    [Fact]
    public async Task A_data_folder_in_use_is_refused()
    {
        await using var first = await TestServer.Start();
        var refused = await Assert.ThrowsAsync<ServerStartException>(() => StartQuietly(new ServerOptions { Urls = ["http://127.0.0.1:0"], Data = first.Data }));
        Assert.Contains("in use", refused.Message);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_a_way_out()
    {
        await using var first = await TestServer.Start();
        var folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
        var refused = await Assert.ThrowsAsync<ServerStartException>(() => StartQuietly(new ServerOptions { Urls = [first.Server.Urls[0]], Data = folder }));
        Assert.Contains("--urls", refused.Message);
        // Nothing is left held: the same folder starts elsewhere.
        await using (await StartQuietly(new ServerOptions { Urls = ["http://127.0.0.1:0"], Data = folder })) Assert.True(Directory.Exists(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_database_that_a_newer_binary_claimed_is_refused_with_what_to_do()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
        var options = new ServerOptions { Urls = ["http://127.0.0.1:0"], Data = folder };
        await using (await StartQuietly(options)) Assert.True(File.Exists(Path.Combine(folder, "slipway.db")));
        await using (var database = Databases.Open("sqlite:" + Path.Combine(folder, "slipway.db")))
            await database.Write<int>(session => session.Execute("UPDATE installation SET value = '2000' WHERE name = 'oldest_generation'"), default);
        var refused = await Assert.ThrowsAsync<ServerStartException>(() => StartQuietly(options));
        Assert.StartsWith("database: The database needs Slipway of schema generation 2000 or newer", refused.Message);
        Assert.EndsWith("Start a newer slipway.", refused.Message);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_wrong_database_is_told_in_words()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
        var refused = await Assert.ThrowsAsync<ServerStartException>(() => StartQuietly(new ServerOptions
        {
            Urls = ["http://127.0.0.1:0"],
            Data = folder,
            Database = "postgres:Host=127.0.0.1;Port=1;Username=nobody;Database=none",
        }));
        Assert.StartsWith("database: ", refused.Message);
        Directory.Delete(folder, recursive: true);
    }
}
