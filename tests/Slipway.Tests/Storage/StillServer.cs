using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Slipway.Events;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;
using Slipway.Tracking;

namespace Slipway.Tests.Storage;

/// <summary>A server whose clock stands and whose background jobs do not run: between two requests nothing changes.</summary>
internal sealed class StillServer : IAsyncDisposable
{
    private readonly TestServer server;

    private StillServer(TestServer server, Parts parts, ManualClock clock) => (this.server, Parts, Clock) = (server, parts, clock);

    public Parts Parts { get; }

    public ManualClock Clock { get; }

    public string Data => server.Data;

    /// <summary>How far the clock goes before each request of <see cref="Ok"/>. Where it goes, loops tick: metrics are settled.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>One on a new database.</summary>
    public static Task<StillServer> Start(Dialect dialect) => Start(dialect, options => options, TimeSpan.Zero);

    /// <summary>One on a copy of a kept database, a day later; its start migrates the copy.</summary>
    public static async Task<StillServer> Open(Dialect dialect, SchemaVersion version)
    {
        var restored = dialect is Dialect.Postgres ? await Restored(version.Postgres) : null;
        return await Start(Dialect.Sqlite, options =>
        {
            Directory.CreateDirectory(options.Data);
            CopyFolder(version.Blobs, Path.Combine(options.Data, "blobs"));
            if (restored is null) File.Copy(version.Sqlite, Path.Combine(options.Data, "slipway.db"));
            return options with { Database = restored };
        }, TimeSpan.FromDays(1));
    }

    /// <summary>One on what the kept backup restores, into either database.</summary>
    public static async Task<StillServer> Restore(Dialect dialect, SchemaVersion version)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-restored-").FullName;
        var database = dialect is Dialect.Postgres ? "postgres:" + await PostgresServer.Shared().CreateDatabase() : null;
        Assert.Null((await Installation.Restore(new ServerOptions { Data = folder, Database = database }, version.Backup, null, default)).Problem);
        return await Start(Dialect.Sqlite, options =>
        {
            Directory.Move(folder, options.Data);
            return options with { Database = database };
        }, TimeSpan.FromDays(1));
    }

    public Task<Answer> Send(string method, string path, string? body = null) => server.Send(new HttpRequestMessage(new HttpMethod(method), path)
    {
        Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
    });

    /// <summary>Sends and expects 200; answers the body.</summary>
    public async Task<JsonNode> Ok(string method, string path, string? body = null)
    {
        Clock.Advance(Pace);
        var answer = await Send(method, path, body);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{method} {path} {body}: {(int)answer.Status} {answer.Body}");
        return answer.Json;
    }

    /// <summary>What the background jobs would have done by now: points are in segments, events are sealed.</summary>
    public async Task Upkeep()
    {
        using var metrics = new Metrics(Parts.Database, NullLogger<Metrics>.Instance);
        Assert.Null((await metrics.Compact(await metrics.NewestBatch(default), default)).Problem);
        using var anchor = Anchor.Open(Path.Combine(Data, "upkeep"));
        await new EventSealer(Parts.Database, Parts.Events, anchor, Clock).SealAll(null, default);
    }

    public Task Stop() => server.Server.Stop();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    public static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static async Task<StillServer> Start(Dialect dialect, Func<ServerOptions, ServerOptions> change, TimeSpan later)
    {
        Parts? parts = null;
        var clock = new ManualClock();
        clock.Advance(later);
        var server = await TestServer.Start(dialect, change, opened =>
        {
            opened.JobHandlers.Clear();
            parts = opened;
        }, clock);
        return new StillServer(server, parts!, clock);
    }

    private static async Task<string> Restored(string dump)
    {
        var text = await PostgresServer.Shared().CreateDatabase();
        await using var connection = new NpgsqlConnection(text + ";Pooling=false");
        await connection.OpenAsync();
        await using var script = new NpgsqlCommand(await File.ReadAllTextAsync(dump), connection);
        await script.ExecuteNonQueryAsync();
        return "postgres:" + text;
    }
}
