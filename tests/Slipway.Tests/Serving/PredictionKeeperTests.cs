using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Artifacts;
using Slipway.Prediction;
using Slipway.Serving;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Serving;

public sealed class PredictionKeeperOnSqlite() : PredictionKeeperTests(Dialect.Sqlite);

public sealed class PredictionKeeperOnPostgres() : PredictionKeeperTests(Dialect.Postgres);

/// <summary>Merging, removal, and outcomes that find their predictions: each as a method, without a loop.</summary>
public abstract class PredictionKeeperTests(Dialect dialect) : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
    private TestDatabase test = null!;
    private PredictionSegments segments = null!;
    private PredictionLog log = null!;
    private Outcomes outcomes = null!;
    private PredictionSearch search = null!;
    private PredictionKeeper keeper = null!;

    public async ValueTask InitializeAsync()
    {
        test = await TestDatabase.Create(dialect, ProductSchema.Of("Artifacts"), ProductSchema.Of("PredictionLog"));
        segments = new PredictionSegments(test.Database, ArtifactVault.Plain(new FolderBlobs(folder)), clock);
        log = new PredictionLog(clock, async (batch, ct) => (await segments.Add(batch.Target.Workspace, batch.Id, batch.Target.Endpoint, batch.Bytes, batch.FromMs, batch.ToMs, batch.Hashes, ct)).Problem);
        outcomes = new Outcomes(test.Database, segments, log, static (_, _, _) => null, clock);
        search = new PredictionSearch(test.Database, segments, log, static (_, _, _) => null);
        keeper = new PredictionKeeper(test.Database, segments, outcomes, clock, NullLogger<PredictionKeeper>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await log.DisposeAsync();
        await test.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task Log(PredictionScene scene, params string[] ids)
    {
        foreach (var id in ids) scene.Tell(log, PredictionScene.Call(id, [1, 2]));
        await log.Flush(default);
        clock.Advance(TimeSpan.FromMilliseconds(10));
    }

    private Task<long?> Count(string sql) => test.Database.Read(session => session.Long(sql), default);

    private async Task<string[]> All() => [.. (await search.List(Caller.Local(), new ListPredictions("churn", MaxResults: 1_000), default)).Value.Predictions!.Select(static one => one.Id)];

    [Fact]
    public async Task Small_segments_are_merged_and_nothing_is_lost_or_doubled()
    {
        var scene = new PredictionScene();
        for (var i = 0; i < PredictionKeeper.MergeCount; i++) await Log(scene, $"a{i}", $"b{i}");
        var before = await All();
        Assert.Equal(2 * PredictionKeeper.MergeCount, before.Length);
        Assert.Equal(PredictionKeeper.MergeCount, await keeper.Merge(clock.GetUtcNow(), default));
        Assert.Equal(1, await Count("SELECT count(*) FROM prediction_segments"));
        Assert.Equal(before, await All());
        Assert.Equal(0, await keeper.Merge(clock.GetUtcNow(), default));
        Assert.Equal("a3", (await search.Find(Caller.Local(), new PredictionRef("a3"), default)).Value!.Id);
    }

    [Fact]
    public async Task A_merged_segment_that_is_sent_again_does_not_come_back()
    {
        PredictionBatch? first = null;
        var keep = new PredictionLog(clock, (batch, ct) =>
        {
            first ??= batch;
            return Task.FromResult<Problem?>(null);
        });
        new PredictionScene().Tell(keep, PredictionScene.Call("again", [1, 2]));
        await keep.Flush(default);
        Assert.True((await Add()).Value);
        await Log(new PredictionScene(), "other");
        clock.Advance(PredictionKeeper.MergeAge);
        await Log(new PredictionScene(), "third");
        Assert.Equal(3, await keeper.Merge(clock.GetUtcNow(), default));
        Assert.False((await Add()).Value);
        Assert.Equal(["again", "other", "third"], (await All()).Order(StringComparer.Ordinal));
        await keep.DisposeAsync();

        Task<Outcome<bool>> Add() => segments.Add(0, first!.Id, "churn", first.Bytes, first.FromMs, first.ToMs, first.Hashes, default);
    }

    [Fact]
    public async Task Large_segments_are_blobs_and_go_with_their_rows()
    {
        var scene = new PredictionScene();
        var random = new Random(1);
        for (var i = 0; i < 8; i++)
        {
            var noise = new float[20_000];
            for (var at = 0; at < noise.Length; at++) noise[at] = random.NextSingle();
            scene.Tell(log, PredictionScene.Call("r" + i, noise));
        }
        await log.Flush(default);
        Assert.Equal(1, await Count("SELECT count(*) FROM blobs"));
        Assert.Equal(1, await Count("SELECT count(*) FROM prediction_segments WHERE data IS NULL"));
        Assert.Equal(20_000, (await search.Find(Caller.Local(), new PredictionRef("r5"), default)).Value!.Inputs[0].Values.Length);
        clock.Advance(TimeSpan.FromDays(PredictionRules.KeepDaysDefault + 1));
        Assert.Equal(1, await keeper.Remove(clock.GetUtcNow(), default));
        Assert.Equal(1, await Count("SELECT count(*) FROM blobs WHERE orphaned_ms IS NOT NULL"));
        Assert.Empty(await All());
    }

    [Fact]
    public async Task Endpoints_keep_for_as_long_as_they_say()
    {
        await test.Database.Write<int>(static session => session.Execute("INSERT INTO prediction_rules (workspace_id, endpoint, rule, keep_days) VALUES (0, 'churn', '{}', 2)"), default);
        await Log(new PredictionScene(), "short");
        await Log(new PredictionScene("long"), "stays");
        await outcomes.Post(Caller.Local(), new PostFeedback("short", Value: 1), default);
        await outcomes.Post(Caller.Local(), new PostFeedback("stays", Value: 1), default);
        clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(1, await keeper.Remove(clock.GetUtcNow(), default));
        Assert.Null((await search.Find(Caller.Local(), new PredictionRef("short"), default)).Value);
        Assert.NotNull((await search.Find(Caller.Local(), new PredictionRef("stays"), default)).Value);
        Assert.Equal(1, await Count("SELECT count(*) FROM prediction_outcomes"));
    }

    [Fact]
    public async Task Early_outcomes_join_once_and_tell_who_learns_from_them()
    {
        List<JoinedOutcome> told = [];
        outcomes.Joined.Add(told.AddRange);
        var posted = await outcomes.Post(Caller.Local(), new PostFeedback(Outcomes: [new PostedOutcome("x", Reward: 0.5), new PostedOutcome("y", Reward: 1), new PostedOutcome("never", Value: 0)]), default);
        Assert.Equal(3, posted.Value.Unknown);
        await Log(new PredictionScene(arm: "b", version: "9"), "x", "y");
        Assert.Equal(2, await outcomes.JoinOpen(default));
        Assert.Equal(0, await outcomes.JoinOpen(default));
        Assert.Equal([("x", "b", "9", 0.5), ("y", "b", "9", 1.0)], told.Select(static one => (one.RequestId, one.Arm, one.Version, one.Reward!.Value)));
    }

    [Fact]
    public async Task Two_servers_that_get_the_same_outcomes_keep_each_once()
    {
        await Log(new PredictionScene(), [.. Enumerable.Range(0, 50).Select(static i => "r" + i)]);
        var batch = new PostFeedback(Outcomes: [.. Enumerable.Range(0, 50).Select(static i => new PostedOutcome("r" + i, Value: i, AtMs: 5))]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => outcomes.Post(Caller.Local(), batch, default)));
        Assert.Equal((50, 150), (answers.Sum(static one => one.Value.Accepted), answers.Sum(static one => one.Value.Duplicates)));
        Assert.Equal(50, await Count("SELECT count(*) FROM prediction_outcomes WHERE endpoint = 'churn' AND arm = 'champion'"));
    }

    [Fact]
    public async Task Who_may_ask_one_endpoint_says_what_came_of_its_predictions_only()
    {
        var mine = new Outcomes(test.Database, segments, log, static (_, _, endpoint) => endpoint == "churn" ? null : Problem.NotFound("no"), clock);
        await Log(new PredictionScene(), "mine");
        await Log(new PredictionScene("other"), "theirs");
        var caller = new Caller(0, "key", Right.InvokeEndpoints) { OnlyEndpoint = 1 };
        var answer = (await mine.Post(caller, new PostFeedback(Outcomes: [new PostedOutcome("mine", Value: 1), new PostedOutcome("theirs", Value: 1), new PostedOutcome("early", Value: 1)]), default)).Value;
        Assert.Equal((1, 2), (answer.Accepted, answer.Unknown));
        Assert.Equal(1, await Count("SELECT count(*) FROM prediction_outcomes"));
    }
}
