using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Artifacts;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tests.Storage;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class TrackingStoreOnSqlite() : TrackingStoreTests(Dialect.Sqlite);

public sealed class TrackingStoreOnPostgres() : TrackingStoreTests(Dialect.Postgres);

/// <summary>What the wire does not show: workspaces, events, the switch of truncation, and how few statements an answer takes.</summary>
public abstract class TrackingStoreTests(Dialect dialect)
{
    private static readonly Caller Other = Caller.Local() with { Workspace = 7, Actor = "eve" };

    private async Task<Store> Open(bool truncate = true)
    {
        var test = await TestDatabase.Create(dialect, ProductSchema.Of("Events"), ProductSchema.Of("Access"), ProductSchema.Of("Artifacts"), ProductSchema.Of("Datasets"), ProductSchema.Of("Tracking/Tracking"), ProductSchema.Of("Metrics"));
        var clock = new ManualClock();
        var events = new EventLog(test.Database, clock);
        var rules = new TrackingRules { TruncateLongValues = truncate };
        var metrics = new Metrics(test.Database, NullLogger<Metrics>.Instance);
        var names = new RunNames(new Random(1));
        var answers = new RunAnswers(metrics);
        var artifacts = new ArtifactTree(test.Database, ArtifactVault.Plain(new FolderBlobs(Path.Combine(Path.GetTempPath(), "slipway-test-no-blobs"))), events, clock, TrackedArtifacts.Gate);
        return new Store(test, events, new Experiments(test.Database, events, clock, rules, new Slipway.Access.Standings(test.Database, clock)), new Runs(test.Database, events, clock, rules, names, answers, metrics, artifacts),
            new LoggedModels(test.Database, events, clock, rules, names), answers, metrics);
    }

    [Fact]
    public async Task Only_a_run_that_sent_heartbeats_can_be_lost()
    {
        await using var store = await Open();
        var caller = Caller.Local();
        async Task<string> Start() => (await store.Runs.Create(caller, new CreateRun("0"), default)).Value.Run!.Info!.RunId!;
        await store.Experiments.MakeDefault(default);
        var (plain, beating, ended) = (await Start(), await Start(), await Start());
        Assert.Null((await store.Runs.Heartbeat(caller, new RunRef(beating), default)).Problem);
        Assert.Null((await store.Runs.Heartbeat(caller, new RunRef(ended), default)).Problem);
        await store.Runs.Update(caller, new UpdateRun(ended, Status: "FINISHED"), default);
        var now = (await Info(beating))["start_time"]!.GetValue<long>();
        var reaper = new RunReaper(store.Test.Database, store.Events, new ManualClock(), TimeSpan.FromMinutes(2), NullLogger<RunReaper>.Instance);
        Assert.Equal(0, await reaper.Reap(DateTimeOffset.FromUnixTimeMilliseconds(now) + TimeSpan.FromMinutes(1), default));
        Assert.Equal(1, await reaper.Reap(DateTimeOffset.FromUnixTimeMilliseconds(now) + TimeSpan.FromMinutes(3), default));
        async Task<JsonNode> Info(string run) => JsonSerializer.SerializeToNode((await store.Runs.Get(caller, new RunRef(run), default)).Value)!["run"]!["info"]!;
        async Task<string> Status(string run) => (await Info(run))["status"]!.GetValue<string>();
        Assert.Equal(("RUNNING", "FAILED", "FINISHED"), (await Status(plain), await Status(beating), await Status(ended)));
        Assert.Contains(await store.Events.Of(caller, "run/" + beating, default), change => change is { Kind: "run.lost", Actor: "system:reaper" });
    }

    [Fact]
    public async Task Another_workspace_sees_nothing_and_shares_no_names()
    {
        await using var store = await Open();
        var experiment = (await store.Experiments.Create(Caller.Local(), new CreateExperiment("shared"), default)).Value.ExperimentId!;
        var run = (await store.Runs.Create(Caller.Local(), new CreateRun(experiment), default)).Value.Run!.Info!.RunId!;
        var model = (await store.Models.Create(Caller.Local(), new CreateLoggedModel(experiment), default)).Value.Model!.Info!.ModelId!;
        await store.Runs.LogInputs(Caller.Local(), new LogInputs(run, [new DatasetInput(null, new Dataset("d", "1", "s", "s"))]), default);

        Assert.Equal(404, (await store.Experiments.Get(Other, new ExperimentRef(experiment), default)).Problem!.Status);
        Assert.Equal(404, (await store.Experiments.Delete(Other, new ExperimentRef(experiment), default)).Problem!.Status);
        Assert.Equal(404, (await store.Experiments.GetByName(Other, new GetExperimentByName("shared"), default)).Problem!.Status);
        Assert.Equal(404, (await store.Runs.Create(Other, new CreateRun(experiment), default)).Problem!.Status);
        Assert.Equal(404, (await store.Runs.Get(Other, new RunRef(run), default)).Problem!.Status);
        Assert.Equal(404, (await store.Runs.SetTag(Other, new SetTag(run, null, "k", "v"), default)).Problem!.Status);
        Assert.Equal(404, (await store.Runs.Remove(Other, new DeleteRun(run, true), default)).Problem!.Status);
        Assert.Equal(404, (await store.Runs.ArtifactUri(Other, run, default)).Problem!.Status);
        Assert.Equal(404, (await store.Models.Get(Other, new LoggedModelRef(model), default)).Problem!.Status);
        Assert.Equal(404, (await store.Models.Delete(Other, new LoggedModelRef(model), default)).Problem!.Status);
        Assert.Null((await store.Runs.SearchDatasets(Other, new SearchDatasets([experiment]), default)).Value.DatasetSummaries);
        Assert.True((await store.Experiments.Create(Other, new CreateExperiment("shared"), default)).Succeeded);
    }

    [Fact]
    public async Task Ids_of_experiments_are_never_given_twice()
    {
        await using var store = await Open();
        await store.Experiments.MakeDefault(default);
        await store.Experiments.MakeDefault(default);
        var first = (await store.Experiments.Create(Caller.Local(), new CreateExperiment("a"), default)).Value.ExperimentId;
        Assert.Equal(400, (await store.Experiments.Create(Caller.Local(), new CreateExperiment("a"), default)).Problem!.Status);
        await store.Test.Database.Write<int>(session => session.Execute("DELETE FROM experiments WHERE name = 'a'"), default);
        Assert.Equal(("1", "2"), (first, (await store.Experiments.Create(Caller.Local(), new CreateExperiment("a"), default)).Value.ExperimentId));
    }

    [Fact]
    public async Task Long_values_are_refused_where_the_operator_says_so()
    {
        await using var store = await Open(truncate: false);
        await store.Experiments.MakeDefault(default);
        var run = (await store.Runs.Create(Caller.Local(), new CreateRun(), default)).Value.Run!.Info!.RunId!;
        Assert.Contains("maximum length of 6000", (await store.Runs.LogParam(Caller.Local(), new LogParam(run, null, "p", new string('x', 6001)), default)).Problem!.Message);
        Assert.Contains("maximum length of 8000", (await store.Runs.SetTag(Caller.Local(), new SetTag(run, null, "t", new string('x', 8001)), default)).Problem!.Message);
        Assert.True((await store.Runs.LogParam(Caller.Local(), new LogParam(run, null, "p", new string('x', 6000)), default)).Succeeded);
    }

    [Fact]
    public async Task Every_change_is_one_event_and_points_are_none()
    {
        await using var store = await Open();
        var caller = Caller.Local() with { Actor = "ada" };
        var experiment = (await store.Experiments.Create(caller, new CreateExperiment("e"), default)).Value.ExperimentId!;
        var run = (await store.Runs.Create(caller, new CreateRun(experiment, RunName: "n"), default)).Value.Run!.Info!.RunId!;
        await store.Runs.LogMetric(caller, new LogMetric(run, null, "m", 1, 1), default);
        await store.Runs.LogParam(caller, new LogParam(run, null, "p", "1"), default);
        await store.Runs.LogParam(caller, new LogParam(run, null, "p", "2"), default); // refused: no event
        await store.Runs.Update(caller, new UpdateRun(run, Status: "FINISHED"), default);
        await store.Runs.Delete(caller, new RunRef(run), default);
        await store.Runs.Delete(caller, new RunRef(run), default); // nothing to change: no event
        await store.Runs.Remove(caller, new DeleteRun(run, true), default);
        var found = await store.Events.Of(caller, "run/" + run, default);
        Assert.Equal(["run.created", "run.logged", "run.updated", "run.deleted", "run.removed"], found.Select(e => e.Kind));
        Assert.Equal("""{"params":{"p":"1"}}""", found[1].Data);
        Assert.All(found, e => Assert.Equal("ada", e.Actor));
        Assert.Equal(["experiment.created"], (await store.Events.Of(caller, "experiment/" + experiment, default)).Select(e => e.Kind));
    }

    [Fact]
    public async Task Events_of_tags_hold_the_values_before_them_where_they_were_others()
    {
        await using var store = await Open();
        var caller = Caller.Local();
        var experiment = (await store.Experiments.Create(caller, new CreateExperiment("e"), default)).Value.ExperimentId!;
        var run = (await store.Runs.Create(caller, new CreateRun(experiment, RunName: "n"), default)).Value.Run!.Info!.RunId!;
        var other = (await store.Runs.Create(caller, new CreateRun(experiment, RunName: "other"), default)).Value.Run!.Info!.RunId!;
        await store.Runs.SetTag(caller, new SetTag(other, null, "stage", "not this one"), default);
        await store.Runs.SetTag(caller, new SetTag(run, null, "stage", "draft"), default);
        await store.Runs.SetTag(caller, new SetTag(run, null, "stage", "draft"), default);
        await store.Runs.SetTag(caller, new SetTag(run, null, "stage", "final"), default);
        var model = (await store.Models.Create(caller, new CreateLoggedModel(experiment, "m"), default)).Value.Model!.Info!.ModelId!;
        await store.Models.SetTags(caller, new SetLoggedModelTags(model, [new("a", "1"), new("b", "1")]), default);
        await store.Models.SetTags(caller, new SetLoggedModelTags(model, [new("a", "2"), new("b", "1"), new("c", "1")]), default);
        await store.Models.DeleteTag(caller, new DeleteLoggedModelTag(model, "a"), default);
        Assert.Equal(
            ["""{"tags":{"stage":"draft"}}""", """{"tags":{"stage":"draft"}}""", """{"tags":{"stage":"final"},"tags_before":{"stage":"draft"}}"""],
            (await store.Events.Of(caller, "run/" + run, default)).Skip(1).Select(e => e.Data));
        Assert.Equal(
            ["""{"tags":{"a":"1","b":"1"}}""", """{"tags":{"a":"2","b":"1","c":"1"},"tags_before":{"a":"1"}}""", """{"key":"a","before":"2"}"""],
            (await store.Events.Of(caller, "logged_model/" + model, default)).Skip(1).Select(e => e.Data));
    }

    [Fact]
    public async Task Page_of_runs_takes_the_same_few_statements_however_many_runs_and_keys()
    {
        await using var store = await Open();
        await store.Experiments.MakeDefault(default);
        for (var n = 0; n < 20; n++)
        {
            var run = (await store.Runs.Create(Caller.Local(), new CreateRun(), default)).Value.Run!.Info!.RunId!;
            for (var k = 0; k < 3; k++) await store.Runs.LogMetric(Caller.Local(), new LogMetric(run, null, "m" + k, n, 1), default);
            await store.Runs.LogInputs(Caller.Local(), new LogInputs(run, [new DatasetInput([new InputTag("k", "v")], new Dataset("d" + n % 3, "1", "s", "s"))], [new ModelInput("m-1")]), default);
        }
        Assert.Null(await store.Metrics.Settle(default)); // and learn the names of metrics
        var (one, twenty) = await store.Test.Database.Read(session =>
        {
            var numbers = session.Query("SELECT no FROM runs ORDER BY no", row => row.Long(0));
            var before = session.Statements;
            AnswerBuffer.Return(store.Answers.Page(session, numbers[..1], null).Take());
            var between = session.Statements;
            AnswerBuffer.Return(store.Answers.Page(session, numbers, null).Take());
            return (between - before, session.Statements - between);
        }, default);
        Assert.Equal((8, 8), (one, twenty));
    }

    [Fact]
    public async Task Hard_delete_leaves_no_row_of_the_run()
    {
        await using var store = await Open();
        await store.Experiments.MakeDefault(default);
        var model = (await store.Models.Create(Caller.Local(), new CreateLoggedModel("0"), default)).Value.Model!.Info!.ModelId!;
        var run = (await store.Runs.Create(Caller.Local(), new CreateRun(), default)).Value.Run!.Info!.RunId!;
        await store.Runs.LogParam(Caller.Local(), new LogParam(run, null, "p", "1"), default);
        await store.Runs.LogMetric(Caller.Local(), new LogMetric(run, null, "m", 1, 1, ModelId: model), default);
        await store.Runs.LogInputs(Caller.Local(), new LogInputs(run, [new DatasetInput([new InputTag("k", "v")], new Dataset("d", "1", "s", "s"))], [new ModelInput("m-1")]), default);
        Assert.True((await store.Runs.Remove(Caller.Local() with { Rights = Right.WriteExperiments }, new DeleteRun(run, true), default)).Problem is { Status: 403 });
        Assert.True((await store.Runs.Remove(Caller.Local(), new DeleteRun(run, true), default)).Succeeded);
        foreach (var table in (string[])["params", "tags", "run_datasets", "run_dataset_tags", "run_models", "logged_model_metrics", "runs", "metric_latest"])
            Assert.Equal((table, 0L), (table, await store.Test.Database.Read(session => session.Long($"SELECT count(*) FROM {table}"), default)));
    }

    private sealed record Store(TestDatabase Test, EventLog Events, Experiments Experiments, Runs Runs, LoggedModels Models, RunAnswers Answers, Metrics Metrics) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Metrics.Dispose();
            await Test.DisposeAsync();
        }
    }
}
