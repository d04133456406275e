using System.Net;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Events;

public sealed class EventSearchOnSqlite() : EventSearchTests(Dialect.Sqlite);

public sealed class EventSearchOnPostgres() : EventSearchTests(Dialect.Postgres);

/// <summary>The event log over HTTP: filters, pages, workspaces, export.</summary>
public abstract class EventSearchTests(Dialect dialect)
{
    [Fact]
    public async Task Filters_find_what_they_say_and_nothing_else()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["contributor"]);
        await access.Person("bob", ["viewer"]);
        var experiment = await access.Experiment("ann", "first");
        var run = await access.Run("ann", experiment);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("bob", "POST", "/api/2.0/mlflow/experiments/create", """{"name":"no"}""")).Status);

        var all = await access.Sealed();
        Assert.Contains("experiment.created", Kinds(all));
        Assert.All(all, e => Assert.Equal("127.0.0.1", (string?)e!["address"]));
        Assert.Equal(["experiment.created"], Kinds(await Events(access, "kind=experiment")));
        Assert.Equal(["experiment.created"], Kinds(await Events(access, "kind=experiment.created")));
        Assert.Empty(await Events(access, "kind=experiment.cre"));
        Assert.Empty(await Events(access, "kind=experimen"));
        Assert.Equal(["experiment.created", "run.created"], Kinds(await Events(access, "actor=ann")));
        Assert.Equal(["run.created"], Kinds(await Events(access, "subject=run/" + run)));
        Assert.Equal(["run.created"], Kinds(await Events(access, "subject=run")));
        Assert.Equal("bob", (string?)Assert.Single(await Events(access, "refused=true&kind=attempt"))!["actor"]);
        Assert.Empty(await Events(access, "actor=nobody"));
        var at = (long)all[0]!["at_ms"]!;
        Assert.Empty(await Events(access, $"since={at + 86_400_000}"));
        Assert.Empty(await Events(access, $"until={at}&actor=ann"));
        Assert.Equal(all.Count, (await Events(access, $"since={at}&until={at + 86_400_000}")).Count);
        Assert.Equal(Positions(all).Reverse(), Positions(await Events(access, "newest_first=true")));
        Assert.Equal(Positions(all).TakeLast(2).Reverse(), Positions(await Events(access, "newest_first=true&max_results=2")));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_in_both_directions()
    {
        await using var access = await AccessServer.Start(dialect);
        for (var n = 0; n < 5; n++) await access.Experiment("root", "e" + n);
        var all = Positions(await access.Sealed()).ToList();
        foreach (var (word, next, expected) in new[] { ("after", "next_after", all), ("before", "next_before", Enumerable.Reverse(all).ToList()) })
        {
            var found = new List<long>();
            for (var query = word == "before" ? "newest_first=true&" : ""; ;)
            {
                var page = AccessServer.Ok(await access.As("root", "GET", $"/api/slipway/v1/events?max_results=2&{query}")).Json;
                found.AddRange(Positions(page["events"]!.AsArray()));
                if (page[next] is not { } at) break;
                query = (word == "before" ? "newest_first=true&" : "") + $"{word}={at}";
            }
            Assert.Equal(expected, found);
        }
    }

    [Theory]
    [InlineData("max_results=0", "max_results")]
    [InlineData("max_results=10001", "max_results")]
    [InlineData("after=-1", "after")]
    [InlineData("since=yesterday", "since")]
    [InlineData("kind=", "kind")]
    [InlineData("actor=a%00b", "actor")]
    public async Task A_wrong_filter_is_refused_by_name(string query, string name)
    {
        await using var access = await AccessServer.Start(dialect);
        var answer = await access.As("root", "GET", "/api/slipway/v1/events?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(name, answer.Message, StringComparison.Ordinal);
        if (name != "max_results") Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "GET", "/api/slipway/v1/audit/export?" + query)).Status);
    }

    [Fact]
    public async Task An_auditor_reads_one_workspace_and_an_administrator_may_read_all()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Workspace("other");
        await access.Person("audit", ["auditor"]);
        await access.Experiment("root", "here");
        await access.Experiment("root", "there", "other");
        await access.Sealed();
        Assert.Single(await Events(access, "kind=experiment.created", "audit"));
        var refused = await access.As("audit", "GET", "/api/slipway/v1/events?all=true");
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("audit", "GET", "/api/slipway/v1/audit/export?all=true")).Status);
        var both = await Events(access, "kind=experiment.created&all=true");
        Assert.Equal(2, both.Select(e => (long)e!["workspace"]!).Distinct().Count());
    }

    [Fact]
    public async Task The_export_is_one_object_a_line_and_holds_everything()
    {
        await using var access = await AccessServer.Start(dialect);
        for (var n = 0; n < 3; n++) await access.Experiment("root", "e" + n);
        var all = await access.Sealed();
        var export = AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/audit/export"));
        Assert.Equal("application/x-ndjson", export.Response.Content.Headers.ContentType?.MediaType);
        var lines = export.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.ToJsonString()).ToList();
        Assert.Equal(all.Select(e => e!.ToJsonString()), lines);
        Assert.Equal(3, AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/audit/export?kind=experiment")).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task What_a_change_replaced_is_in_its_event()
    {
        await using var access = await AccessServer.Start(dialect);
        var experiment = await access.Experiment("root", "old");
        foreach (var (path, body) in new[]
        {
            ("experiments/update", """{"experiment_id":"EXP","new_name":"new"}"""),
            ("experiments/set-experiment-tag", """{"experiment_id":"EXP","key":"team","value":"a"}"""),
            ("experiments/set-experiment-tag", """{"experiment_id":"EXP","key":"team","value":"b"}"""),
            ("experiments/delete-experiment-tag", """{"experiment_id":"EXP","key":"team"}"""),
        })
            AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/" + path, body.Replace("EXP", experiment, StringComparison.Ordinal)));
        var run = await access.Run("root", experiment);
        foreach (var (path, body) in new[]
        {
            ("runs/set-tag", """{"run_id":"RUN","key":"stage","value":"x"}"""),
            ("runs/delete-tag", """{"run_id":"RUN","key":"stage"}"""),
            ("runs/update", """{"run_id":"RUN","status":"FINISHED","run_name":"second","end_time":5}"""),
        })
            AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/" + path, body.Replace("RUN", run, StringComparison.Ordinal)));
        await access.Sealed();
        Assert.Equal(["""{"before":"old","after":"new"}""", """{"key":"team","after":"a"}""", """{"key":"team","before":"a","after":"b"}""", """{"key":"team","before":"b"}"""],
            (await Events(access, "kind=experiment&after=0")).Skip(1).Select(e => (string?)e!["data"]));
        var runs = await Events(access, "subject=run/" + run);
        Assert.Equal("""{"key":"stage","before":"x"}""", (string?)runs.Single(e => (string?)e!["kind"] == "run.untagged")!["data"]);
        var updated = JsonNode.Parse((string)runs.Single(e => (string?)e!["kind"] == "run.updated")!["data"]!)!;
        Assert.Equal(("FINISHED", "RUNNING", "second", "5"), ((string?)updated["status"], (string?)updated["status_before"], (string?)updated["name"], (string?)updated["end_time"]));
        Assert.NotNull(updated["name_before"]);
    }

    [Fact]
    public async Task Heads_kept_elsewhere_are_compared()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Experiment("root", "one");
        await access.Sealed();
        var lines = File.ReadAllLines(Slipway.Events.Anchor.HeadsPath(access.Server.Data));
        var whole = AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/audit/verify", $$"""{"heads":[{{lines[0]}}]}""")).Json;
        Assert.True((bool)whole["whole"]!);
        var forged = lines[0].Replace("\"hash\":\"", "\"hash\":\"00", StringComparison.Ordinal);
        var found = AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/audit/verify", $$"""{"heads":[{{forged}}]}""")).Json;
        Assert.Contains("not signed by this installation", (string?)found["findings"]![0]);
        Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "POST", "/api/slipway/v1/audit/verify", """{"heads":[null]}""")).Status);
        var many = string.Join(',', Enumerable.Repeat("""{"seal":1,"position":1,"hash":"a","at_ms":1,"signature":"a"}""", Slipway.Events.CompareHeads.HeadsMax + 1));
        Assert.Contains("at most 40000", (await access.As("root", "POST", "/api/slipway/v1/audit/verify", $$"""{"heads":[{{many}}]}""")).Message, StringComparison.Ordinal);
    }

    private static async Task<JsonArray> Events(AccessServer access, string query, string by = "root") =>
        AccessServer.Ok(await access.As(by, "GET", "/api/slipway/v1/events?" + query)).Json["events"]!.AsArray();

    private static IEnumerable<string?> Kinds(JsonArray events) => events.Select(e => (string?)e!["kind"]);

    private static IEnumerable<long> Positions(JsonArray events) => events.Select(e => (long)e!["position"]!);
}
