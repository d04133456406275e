using Slipway.Artifacts;
using Slipway.Prediction;
using Slipway.Serving;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Serving;

public sealed class AbAnalysesOnSqlite() : AbAnalysesTests(Dialect.Sqlite);

public sealed class AbAnalysesOnPostgres() : AbAnalysesTests(Dialect.Postgres);

/// <summary>From requests and outcomes to a decision.</summary>
public abstract class AbAnalysesTests(Dialect dialect) : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
    private readonly PredictionScene champion = new(), challenger = new(arm: "b", version: "4");
    private TestDatabase test = null!;
    private PredictionLog log = null!;
    private Outcomes outcomes = null!;
    private AbAnalyses analyses = null!;
    private double[] weights = [1, 1];

    public async ValueTask InitializeAsync()
    {
        test = await TestDatabase.Create(dialect, ProductSchema.Of("Artifacts"), ProductSchema.Of("PredictionLog"));
        var segments = new PredictionSegments(test.Database, ArtifactVault.Plain(new FolderBlobs(folder)), clock);
        log = new PredictionLog(clock, async (batch, ct) => (await segments.Add(batch.Target.Workspace, batch.Id, batch.Target.Endpoint, batch.Bytes, batch.FromMs, batch.ToMs, batch.Hashes, ct)).Problem);
        outcomes = new Outcomes(test.Database, segments, log, static (_, _, _) => null, clock);
        var search = new PredictionSearch(test.Database, segments, log, static (_, _, _) => null);
        analyses = new AbAnalyses(test.Database, search, log, static (_, _, _) => null,
            (_, _) => new ServedEndpoint(0, "churn", [champion.Arm with { Weight = weights[0] }, challenger.Arm with { Weight = weights[1] }]), clock);
    }

    public async ValueTask DisposeAsync()
    {
        await log.DisposeAsync();
        await test.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>So many requests of an arm, of which the first so many turned out well.</summary>
    private async Task Arm(PredictionScene scene, int requests, int good, Func<int, string?>? key = null, int without = 0)
    {
        List<PostedOutcome> posted = [];
        for (var i = 0; i < requests; i++)
        {
            var id = $"{scene.Arm.Name}-{i}";
            scene.Tell(log, PredictionScene.Call(id, key: key?.Invoke(i)));
            if (i < requests - without) posted.Add(new PostedOutcome(id, Value: i < good ? 1 : 0));
        }
        foreach (var batch in posted.Chunk(5_000)) Assert.Null((await outcomes.Post(Caller.Local(), new PostFeedback(Outcomes: batch), default)).Problem);
    }

    private async Task<AbAnalysis> Analyse(AnalyseAb? request = null) => (await analyses.Analyse(Caller.Local(), request ?? new AnalyseAb("churn"), default)).Value;

    [Fact]
    public async Task A_better_arm_is_shipped_and_its_lift_has_an_interval()
    {
        await Arm(champion, 3_000, 600);
        await Arm(challenger, 3_000, 900);
        var found = await Analyse();
        Assert.Equal(("ship", "b", "proportion", "request"), (found.Advice.Decision, found.Advice.Arm, found.Kind, found.Unit));
        Assert.Equal([("b", 3_000L, 0.3), ("champion", 3_000L, 0.2)], found.Arms.Select(static arm => (arm.Name, arm.WithOutcome, Math.Round(arm.Mean!.Value, 9))));
        var one = Assert.Single(found.Comparisons);
        Assert.Equal(0.5, one.Lift!.Value, 9);
        Assert.True(one.AnytimeLow > 0 && one.Low > one.AnytimeLow && one.High < one.AnytimeHigh && one.PValue < 1e-10);
        Assert.False(found.Ratio!.Mismatch);
    }

    [Fact]
    public async Task Equal_arms_go_on_and_no_outcomes_is_said()
    {
        Assert.Equal("no-data", (await Analyse()).Advice.Decision);
        await Arm(champion, 400, 80);
        Assert.Equal("no-data", (await Analyse()).Advice.Decision);
        await Arm(challenger, 400, 82);
        Assert.Equal("continue", (await Analyse()).Advice.Decision);
    }

    [Fact]
    public async Task A_worse_arm_is_stopped()
    {
        await Arm(champion, 3_000, 900);
        await Arm(challenger, 3_000, 600);
        Assert.Equal(("stop-worse", "b"), ((await Analyse()).Advice.Decision, (await Analyse()).Advice.Arm));
        Assert.Equal("ship", (await Analyse(new AnalyseAb("churn", Control: "b"))).Advice.Decision);
    }

    [Fact]
    public async Task Units_that_do_not_fit_the_weights_forbid_any_conclusion()
    {
        weights = [9, 1];
        await Arm(champion, 500, 100);
        await Arm(challenger, 500, 300);
        var found = await Analyse();
        Assert.Equal(("fix-assignment", true), (found.Advice.Decision, found.Ratio!.Mismatch));
        Assert.Equal([0.1, 0.9], found.Ratio.Expected);
    }

    [Fact]
    public async Task Requests_of_one_key_are_one_unit_and_keys_in_two_arms_are_left_out()
    {
        await Arm(champion, 100, 50, static i => "a" + i % 10);
        await Arm(challenger, 100, 50, static i => i < 10 ? "a0" : "b" + i % 10);
        var found = await Analyse();
        Assert.Equal(("key", 1L, "mean"), (found.Unit, found.MixedUnits, found.Kind));
        Assert.Equal([("b", 100L, 10L), ("champion", 100L, 9L)], found.Arms.Select(static arm => (arm.Name, arm.Requests, arm.Units)));
        Assert.Equal([10L, 9L], found.Arms.Select(static arm => arm.WithOutcome));
    }

    [Fact]
    public async Task Units_without_an_outcome_count_as_nothing_or_as_zero()
    {
        await Arm(champion, 100, 40, without: 50);
        await Arm(challenger, 100, 40);
        var (ignored, zero) = (await Analyse(), await Analyse(new AnalyseAb("churn", Missing: "zero")));
        Assert.Equal([0.4, 0.8], ignored.Arms.Select(static arm => Math.Round(arm.Mean!.Value, 9)));
        Assert.Equal([0.4, 0.4], zero.Arms.Select(static arm => Math.Round(arm.Mean!.Value, 9)));
        Assert.Equal([100L, 50L], zero.Arms.Select(static arm => arm.WithOutcome));
    }

    [Fact]
    public async Task A_question_that_cannot_be_answered_is_refused()
    {
        await Arm(champion, 10, 5);
        foreach (var bad in (AnalyseAb[])[new(), new("churn", Measure: "x"), new("churn", Kind: "x"), new("churn", By: "x"), new("churn", Missing: "x"), new("churn", Alpha: 2), new("churn", FromMs: 5, ToMs: 5), new("churn", Control: "nobody")])
            Assert.Equal(400, (await analyses.Analyse(Caller.Local(), bad, default)).Problem!.Status);
    }
}
