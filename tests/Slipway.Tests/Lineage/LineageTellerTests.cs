using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Events;
using Slipway.Lineage;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Lineage;

public sealed class LineageTellerOnSqlite() : LineageTellerTests(Dialect.Sqlite);

public sealed class LineageTellerOnPostgres() : LineageTellerTests(Dialect.Postgres);

/// <summary>What other systems are told: in order, from where it stopped, whatever the place does.</summary>
public abstract class LineageTellerTests(Dialect dialect) : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-lineage-").FullName;
    private readonly ManualClock clock = new();
    private readonly Dictionary<string, Func<Session, Event, IEnumerable<JsonObject>>> words = new() { ["thing.done"] = static (_, one) => [new JsonObject { ["at"] = one.Position }] };
    private TestDatabase database = null!;
    private EventLog events = null!;
    private Anchor anchor = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"), ProductSchema.Of("Events"), ProductSchema.Of("Lineage"));
        (events, anchor) = (new EventLog(database.Database, clock), Anchor.Open(folder));
    }

    public async ValueTask DisposeAsync()
    {
        anchor.Dispose();
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task Happen(params string[] kinds)
    {
        foreach (var kind in kinds)
            await database.Database.Write<Done>(session =>
            {
                events.Append(session, Caller.Local(), kind, "thing/1");
                return default(Done);
            }, default);
        // PostgreSQL seals what no older transaction may precede, and those of other databases of the cluster count.
        var sealer = new EventSealer(database.Database, events, anchor, clock);
        for (var looks = 0; await database.Database.Read(session => session.Long("SELECT count(*) FROM events WHERE position IS NULL"), default) > 0; looks++)
        {
            Assert.True(looks < 100_000, "An event is never sealed.");
            await sealer.SealAll(null, default);
        }
    }

    private LineageTeller To(LineagePlace place) => new(database.Database, place, words, clock, NullLogger<LineageTeller>.Instance);

    [Fact]
    public async Task A_new_place_hears_what_happens_from_then_on_and_each_thing_once()
    {
        var path = Path.Combine(folder, "lineage.jsonl");
        await Happen("thing.done");
        Assert.Null(await To(LineagePlace.File(path)).Tell(null, default));
        Assert.False(File.Exists(path));
        await Happen("thing.done", "thing.other", "thing.done");
        Assert.Null(await To(LineagePlace.File(path)).Tell(null, default));
        Assert.Null(await To(LineagePlace.File(path)).Tell(null, default));
        await Happen("thing.done");
        File.AppendAllText(path, "torn");
        Assert.Null(await To(LineagePlace.File(path)).Tell(null, default));
        Assert.Equal(["""{"at":2}""", """{"at":4}""", "torn", """{"at":5}"""], await File.ReadAllLinesAsync(path));
    }

    [Fact]
    public async Task More_than_are_looked_at_together_are_told_too()
    {
        var path = Path.Combine(folder, "many.jsonl");
        Assert.Null(await To(LineagePlace.File(path)).Tell(null, default));
        await Happen([.. Enumerable.Repeat("thing.other", LineageTeller.Together + 5), "thing.done"]);
        Assert.Null(await To(LineagePlace.File(path)).Tell(null, default));
        Assert.Single(await File.ReadAllLinesAsync(path));
    }

    [Fact]
    public async Task A_place_that_fails_is_asked_again_later_and_goes_on_where_it_stopped()
    {
        var (got, answers) = (new List<string>(), new Queue<HttpStatusCode>());
        using var http = new HttpClient(new Fake(async request =>
        {
            var answer = answers.TryDequeue(out var next) ? next : HttpStatusCode.OK;
            if (answer is HttpStatusCode.OK) got.Add(await request.Content!.ReadAsStringAsync());
            return new HttpResponseMessage(answer);
        }));
        var place = LineagePlace.Url(new Uri("https://lineage.example.com/api/v1/lineage"), http);
        Assert.Null(await To(place).Tell(null, default));
        await Happen("thing.done", "thing.done", "thing.done");
        var teller = To(place);
        foreach (var answer in (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.Unauthorized]) answers.Enqueue(answer);
        Assert.Equal(TimeSpan.FromSeconds(2), await teller.Tell(null, default));
        Assert.Equal(TimeSpan.FromSeconds(4), await teller.Tell(null, default));
        // What it finds wrong with one event does not hold up the others.
        answers.Enqueue(HttpStatusCode.UnprocessableEntity);
        Assert.Null(await teller.Tell(null, default));
        Assert.Equal(["""{"at":1}""", """{"at":3}"""], got);
    }

    [Fact]
    public async Task A_key_is_sent_read_anew_each_time_and_stands_in_no_message()
    {
        const string First = "k3y-0ne", Second = "k3y-tw0";
        var (got, path, log) = (new List<string?>(), Path.Combine(folder, "token"), new Messages());
        using var http = new HttpClient(new Fake(request =>
        {
            got.Add(request.Headers.Authorization?.ToString());
            return Task.FromResult(new HttpResponseMessage(got.Count == 2 ? HttpStatusCode.Unauthorized : HttpStatusCode.OK));
        }));
        var teller = new LineageTeller(database.Database, LineagePlace.Url(new Uri("https://lineage.example.com/api/v1/lineage"), http, path), words, clock, log);
        Assert.Null(await teller.Tell(null, default));
        await Happen("thing.done", "thing.done");
        // Nothing is sent without it: the place would answer 401 for ever.
        Assert.NotNull(await teller.Tell(null, default));
        Assert.Empty(got);
        await File.WriteAllTextAsync(path, First + "\n");
        Assert.NotNull(await teller.Tell(null, default));
        await File.WriteAllTextAsync(path, Second);
        Assert.Null(await teller.Tell(null, default));
        Assert.Equal(["Bearer " + First, "Bearer " + First, "Bearer " + Second], got);
        await Happen("thing.done");
        foreach (var odd in (string[])["", "  \n", "two words", "ü", "a\nb", new string('x', LineagePlace.TokenCharsMax + 1)])
        {
            await File.WriteAllTextAsync(path, odd);
            Assert.NotNull(await teller.Tell(null, default));
            if (odd.Trim().Length > 0) Assert.DoesNotContain(odd.Trim(), log.Text, StringComparison.Ordinal);
        }
        Assert.Equal(3, got.Count);
        Assert.Contains("lineage.openLineageTokenFile", log.Text, StringComparison.Ordinal);
        foreach (var secret in (string[])[First, Second]) Assert.DoesNotContain(secret, log.Text, StringComparison.Ordinal);
    }

    private sealed class Messages : Microsoft.Extensions.Logging.ILogger<LineageTeller>
    {
        private readonly System.Text.StringBuilder text = new();

        public string Text => text.ToString();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel level) => true;

        public void Log<TState>(Microsoft.Extensions.Logging.LogLevel level, Microsoft.Extensions.Logging.EventId id, TState state, Exception? failure, Func<TState, Exception?, string> say) => text.AppendLine(say(state, failure)).AppendLine(failure?.ToString());
    }

    [Fact]
    public async Task Runs_that_end_and_versions_that_are_made_are_told_to_a_file_that_options_name()
    {
        var (path, manual) = (Path.Combine(folder, "events.jsonl"), new ManualClock());
        await using var server = await TestServer.Start(dialect, options => options with { Lineage = new LineageOptions { OpenLineageFile = path, Namespace = "yard" } }, clock: manual);
        async Task<JsonNode> Post(string what, string json) => (await server.Post("/api/2.0/mlflow" + what, json)).Json;
        // Until the place is known, what happens is not told: the first runs only make it so.
        while (!File.Exists(path) || File.ReadLines(path).Count() < 2)
        {
            await Post("/runs/update", $$"""{"run_id":"{{(string)(await Post("/runs/create", """{"experiment_id":"0","start_time":1}"""))["run"]!["info"]!["run_id"]!}}","status":"FAILED"}""");
            manual.Advance(TimeSpan.FromSeconds(2));
            await server.Get("/health");
        }
        var info = (await Post("/runs/create", """{"experiment_id":"0","start_time":5000}"""))["run"]!["info"]!;
        var run = (string)info["run_id"]!;
        using (var file = new StringContent("weights")) (await server.Http.PutAsync($"/api/2.0/mlflow-artifacts/artifacts/{((string)info["artifact_uri"]!)["mlflow-artifacts:/".Length..]}/model/model.txt", file)).EnsureSuccessStatusCode();
        await Post("/runs/log-inputs", new JsonObject { ["run_id"] = run, ["datasets"] = new JsonArray(new JsonObject { ["dataset"] = new JsonObject { ["name"] = "d", ["digest"] = "9f", ["source_type"] = "s3", ["source"] = """{"uri":"s3://bucket/a/b.csv"}""" } }) }.ToJsonString());
        await Post("/registered-models/create", """{"name":"flights"}""");
        await Post("/model-versions/create", $$"""{"name":"flights","source":"runs:/{{run}}/model","run_id":"{{run}}"}""");
        await Post("/runs/update", $$"""{"run_id":"{{run}}","status":"FINISHED","end_time":9000}""");
        JsonNode? Told(string type, string job, Func<JsonNode, bool> which) => File.ReadLines(path).Select(static line => JsonNode.Parse(line)!).FirstOrDefault(one => (string?)one["eventType"] == type && (string?)one["job"]!["name"] == job && which(one));
        JsonNode? end;
        while ((end = Told("COMPLETE", "Default", one => Guid.Parse((string)one["run"]!["runId"]!).ToString("N") == run)) is null)
        {
            manual.Advance(TimeSpan.FromSeconds(2));
            await server.Get("/health");
        }
        Assert.Equal(("1970-01-01T00:00:09.000Z", "yard", "s3://bucket", "a/b.csv", "9f"), ((string?)end["eventTime"], (string?)end["job"]!["namespace"], (string?)end["inputs"]![0]!["namespace"], (string?)end["inputs"]![0]!["name"], (string?)end["inputs"]![0]!["facets"]!["version"]!["datasetVersion"]));
        Assert.NotNull(Told("START", "Default", one => (string?)one["eventTime"] == "1970-01-01T00:00:05.000Z"));
        var made = Told("COMPLETE", "registry", static _ => true)!;
        Assert.Equal(("runs/" + run, "models/flights", "1"), ((string?)made["inputs"]![0]!["name"], (string?)made["outputs"]![0]!["name"], (string?)made["outputs"]![0]!["facets"]!["version"]!["datasetVersion"]));
        // A version that was promoted is told in its workspace's namespace, made of the one in the other's.
        await server.Post("/api/3.0/mlflow/workspaces", """{"name":"prod"}""");
        await server.Post("/api/slipway/v1/models/flights/versions/1/promote", """{"workspace":"prod","model":"live","reason":"ready"}""");
        JsonNode? promoted;
        while ((promoted = Told("COMPLETE", "registry", static one => (string?)one["outputs"]![0]!["name"] == "models/live")) is null)
        {
            manual.Advance(TimeSpan.FromSeconds(2));
            await server.Get("/health");
        }
        Assert.Equal(("yard", "models/flights", "1"), ((string?)promoted["inputs"]![0]!["namespace"], (string?)promoted["inputs"]![0]!["name"], (string?)promoted["inputs"]![0]!["facets"]!["version"]!["datasetVersion"]));
        Assert.StartsWith("yard/", (string?)promoted["outputs"]![0]!["namespace"], StringComparison.Ordinal);
        // What we say is what we take.
        foreach (var line in File.ReadLines(path)) Assert.Equal(200, (int)(await server.Post("/api/v1/lineage", line)).Status);
    }

    private sealed class Fake(Func<HttpRequestMessage, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request);
    }
}
