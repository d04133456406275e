using System.Net;
using System.Text.Json.Nodes;
using Slipway.Client;

namespace Slipway.Tests.Client;

public sealed class ActiveRunTests : IDisposable
{
    private readonly FakeServer server = new();

    public void Dispose() => server.Dispose();

    private IEnumerable<string> Ends => server.Records.Where(line => line.Contains(" state ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2] switch { "3" => "FINISHED", "4" => "FAILED", "5" => "KILLED", _ => "RUNNING" });

    [Fact]
    public async Task A_finished_run_is_told_once()
    {
        using var client = server.Client();
        await using (var run = await client.StartRunAsync("flights"))
        {
            await run.FinishAsync();
            await run.FinishAsync();
        }
        Assert.Equal(["FINISHED"], Ends);
    }

    [Fact]
    public async Task A_run_left_by_an_exception_ends_as_failed()
    {
        using var client = server.Client();
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var run = await client.StartRunAsync("flights");
            run.LogMetric("loss", 1);
            throw new InvalidOperationException("the training broke");
        });
        Assert.Equal(["FAILED"], Ends);
        Assert.Single(server.Records, line => line.Contains(" point loss 1 0 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Work_that_returns_is_finished_that_throws_failed_that_is_cancelled_killed()
    {
        using var client = server.Client();
        await client.RunAsync("flights", (run, _) =>
        {
            run.LogMetric("loss", 1);
            return Task.CompletedTask;
        });
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.RunAsync("flights", (_, _) => throw new InvalidOperationException()));
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.RunAsync("flights", async (_, ct) =>
        {
            await stop.CancelAsync();
            ct.ThrowIfCancellationRequested();
        }, ct: stop.Token));

        Assert.Equal(["FINISHED", "FAILED", "KILLED"], Ends);
    }

    [Fact]
    public async Task Disposing_does_not_throw_when_the_server_is_gone()
    {
        using var client = server.Client();
        var run = await client.StartRunAsync("flights");
        run.LogMetric("loss", 1);
        server.Answer = _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "gone");
        await run.DisposeAsync();
        await run.DisposeAsync();
        Assert.DoesNotContain("FINISHED", Ends);
    }

    [Fact]
    public async Task A_run_begins_with_the_tags_that_MLflow_clients_set_and_a_child_names_its_parent()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights", new RunOptions { Name = "grid", Description = "A small grid.", Tags = new Dictionary<string, string> { ["team"] = "ops" } });
        await using var child = await run.StartChildAsync(new RunOptions { Name = "depth=3" });

        var (first, second) = (Tags(0), Tags(1));
        Assert.Equal("LOCAL", first["mlflow.source.type"]);
        Assert.Equal(Environment.UserName, first["mlflow.user"]);
        Assert.NotEqual("", first["mlflow.source.name"]);
        Assert.Equal("A small grid.", first["mlflow.note.content"]);
        Assert.Equal("ops", first["team"]);
        Assert.Equal(run.Id, second["mlflow.parentRunId"]);
        Assert.Equal("7", (string?)server.To("/runs/create")[1].Json["experiment_id"]);

        Dictionary<string, string> Tags(int index) => server.To("/runs/create")[index].Json["tags"]!.AsArray().ToDictionary(tag => (string)tag!["key"]!, tag => (string)tag!["value"]!);
    }

    [Fact]
    public async Task A_start_that_may_have_arrived_is_repeated_with_the_same_id()
    {
        var tries = 0;
        server.Answer = one => one.Path.EndsWith("/runs/create", StringComparison.Ordinal) && ++tries < 3 ? FakeServer.Refuse("Broken.", HttpStatusCode.InternalServerError, "INTERNAL_ERROR") : null;
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        Assert.Equal([run.Id], server.To("/runs/create").Select(one => (string)one.Json["run_id"]!).Distinct());
        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task A_server_that_is_away_does_not_stop_a_run_and_gets_it_when_it_is_back()
    {
        server.Answer = _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights", new RunOptions { Name = "alone", Tags = new Dictionary<string, string> { ["team"] = "ops" } });
        run.LogMetric("loss", 1, 5);
        Assert.Contains("goes on without it", Assert.Single(server.Warnings), StringComparison.Ordinal);
        Assert.False(run.IsStored);

        server.Answer = _ => null;
        await run.FinishAsync();
        Assert.True(run.IsStored);
        Assert.Contains($"{run.Id} begin flights alone", server.Records);
        Assert.Contains($"{run.Id} tag team ops", server.Records);
        Assert.Contains(server.Records, line => line.StartsWith($"{run.Id} point loss 1 5 ", StringComparison.Ordinal));
        Assert.Equal(["FINISHED"], Ends);
    }

    [Fact]
    public async Task A_run_that_is_refused_at_its_start_is_thrown_at_once()
    {
        server.Answer = one => one.Path.EndsWith("/runs/create", StringComparison.Ordinal) ? FakeServer.Refuse("Not you.", HttpStatusCode.Forbidden, "PERMISSION_DENIED") : null;
        using var client = server.Client();
        Assert.Equal(403, (await Assert.ThrowsAsync<SlipwayException>(() => client.StartRunAsync("flights"))).Status);
    }

    [Fact]
    public async Task One_who_joins_a_run_does_not_end_it_and_one_who_resumes_does()
    {
        using var client = server.Client();
        var id = Guid.CreateVersion7().ToString("N");
        await using (var joined = await client.JoinRunAsync(id)) joined.LogMetric("worker", 1);
        Assert.Empty(Ends);
        await using (var resumed = await client.ResumeRunAsync(id)) resumed.LogMetric("worker", 2);
        Assert.Equal(["RUNNING", "FAILED"], Ends);
        Assert.Equal(2, server.Records.Count(line => line.StartsWith($"{id} point worker", StringComparison.Ordinal)));
        Assert.DoesNotContain(server.Records, line => line.Contains(" begin ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_program_that_was_given_a_run_joins_it_first_and_starts_its_own_afterwards()
    {
        var given = Guid.CreateVersion7().ToString("N");
        using var client = server.Client(options => new SlipwayClientOptions { Url = options.Url, Handler = server, LogFolder = options.LogFolder, RunId = given });
        await using (var first = await client.StartRunAsync("flights"))
        {
            Assert.Equal(given, first.Id);
            first.LogMetric("loss", 1, 0, DateTimeOffset.FromUnixTimeMilliseconds(-5));
            await using var child = await first.StartChildAsync();
            Assert.NotEqual(given, child.Id);
            await child.FinishAsync();
        }
        await using var second = await client.StartRunAsync("flights");
        Assert.NotEqual(given, second.Id);
        Assert.Equal(["FINISHED"], Ends);
        Assert.Contains($"{given} point loss 1 0 0", server.Records);
    }

    [Fact]
    public async Task Files_data_and_models_logged_without_the_server_follow_with_the_log()
    {
        var file = Path.Combine(server.Logs.FullName, "report.md");
        await File.WriteAllTextAsync(file, "# Report");
        server.Answer = _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights");
        await run.LogArtifactAsync(file);
        await run.LogTextAsync("x", "notes/a.txt");
        await run.LogDatasetAsync(new DatasetVersion { Name = "flights", Digest = "digest" });
        File.Delete(file);

        server.Answer = _ => null;
        await run.FinishAsync();
        var uploads = server.All.Where(one => one.Method is "PUT").ToDictionary(one => one.Path[(one.Path.IndexOf("/artifacts/7/", StringComparison.Ordinal) + 13)..], one => one.Body);
        Assert.Equal("# Report", uploads[$"{run.Id}/artifacts/report.md"]);
        Assert.Equal("x", uploads[$"{run.Id}/artifacts/notes/a.txt"]);
        Assert.Equal(run.Id, (string?)server.To("/runs/log-inputs")[^1].Json["run_id"]);
        Assert.Equal(["FINISHED"], Ends);
        Assert.True(run.IsStored);
    }

    [Fact]
    public async Task An_end_during_an_attempt_that_fails_gets_an_attempt_of_its_own()
    {
        using var under = new SemaphoreSlim(0);
        using var fails = new SemaphoreSlim(0);
        server.Answer = one =>
        {
            if (!one.Path.EndsWith("/ingest", StringComparison.Ordinal)) throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
            under.Release();
            fails.Wait();
            throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        };
        using var client = server.Client(options => new SlipwayClientOptions { Url = options.Url, Handler = server, LogFolder = options.LogFolder, FlushEvery = options.FlushEvery, RetriesMax = 0 });
        await using var run = await client.StartRunAsync("flights");
        await under.WaitAsync();
        var end = run.FinishAsync();
        server.Answer = _ => null;
        fails.Release();
        await end;
        Assert.Equal(["FINISHED"], Ends);
        Assert.True(run.IsStored);
    }

    [Fact]
    public async Task A_deleted_experiment_says_how_to_get_it_back()
    {
        server.Answer = one => one.Path.EndsWith("get-by-name", StringComparison.Ordinal) ? FakeServer.Say(HttpStatusCode.OK, """{"experiment":{"experiment_id":"7","name":"flights","lifecycle_stage":"deleted"}}""") : null;
        using var client = server.Client();
        var failure = await Assert.ThrowsAsync<SlipwayException>(() => client.StartRunAsync("flights"));
        Assert.Contains("experiments restore 7", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_uploaded_with_a_description_and_told_to_the_run()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-model-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "model.onnx"), "weights");
            using var client = server.Client();
            await using var run = await client.StartRunAsync("flights");
            await run.LogModelAsync(folder.FullName, ModelDescription.Onnx() with { Inputs = [new ModelColumn("input", "float32", [-1, 12])] });

            var uploads = server.All.Where(one => one.Method is "PUT").ToDictionary(one => one.Path[(one.Path.IndexOf("/artifacts/7/", StringComparison.Ordinal) + 13)..], one => one.Body);
            Assert.Equal("weights", uploads[$"{run.Id}/artifacts/model/model.onnx"]);
            var described = uploads[$"{run.Id}/artifacts/model/MLmodel"];
            Assert.Contains("flavors:\n  onnx:\n    code: null\n    data: \"model.onnx\"\n", described, StringComparison.Ordinal);
            Assert.Contains($"run_id: \"{run.Id}\"\n", described, StringComparison.Ordinal);
            var told = JsonNode.Parse((string)server.To("/runs/log-model").Single().Json["model_json"]!)!;
            Assert.Equal("model", (string?)told["artifact_path"]);
            Assert.Equal("""[{"name":"input","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,12]}}]""", (string?)told["signature"]!["inputs"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
