using System.Text.Json.Nodes;
using Slipway.Events;
using Slipway.Pages;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Pages;

public sealed class PagesLimitsOnSqlite() : PagesLimitTests(Dialect.Sqlite);

public sealed class PagesLimitsOnPostgres() : PagesLimitTests(Dialect.Postgres);

/// <summary>How much people may write, and what a long history costs.</summary>
public abstract class PagesLimitTests(Dialect dialect) : PagesTests(dialect)
{
    [Fact]
    public async Task Nobody_keeps_more_views_than_the_limit_and_others_go_on()
    {
        await using var access = await Start();
        var experiment = await access.Experiment("root", "flights");
        await Insert(access, SavedView.PerOwnerMax - 1, "INSERT INTO saved_views (id, workspace_id, name, state, owner, created_ms, updated_ms) VALUES ($1, 0, 'n', '', 'ann', 0, 0)");
        var view = new JsonObject { ["name"] = "n", ["state"] = "", ["experiment_ids"] = new JsonArray(experiment) };
        await Ok(access, "ann", "POST", "/views", view);
        await Refused(access, "ann", "POST", "/views", view, 400, "1,000");
        await Ok(access, "bob", "POST", "/views", view);
    }

    [Fact]
    public async Task A_workspace_holds_no_more_reports_than_the_limit()
    {
        await using var access = await Start();
        await Insert(access, Report.PerWorkspaceMax - 1, "INSERT INTO reports (id, workspace_id, title, version, author, changed_by, created_ms, updated_ms) VALUES ($1, 0, 't', 1, 'ann', 'ann', 0, 0)");
        await Ok(access, "ann", "POST", "/reports", new JsonObject { ["title"] = "t" });
        await Refused(access, "bob", "POST", "/reports", new JsonObject { ["title"] = "t" }, 400, "10,000");
    }

    [Fact]
    public async Task A_run_holds_no_more_notes_than_the_limit()
    {
        await using var access = await Start();
        var run = await access.Run("root", await access.Experiment("root", "flights"));
        await Insert(access, Note.PerSubjectMax - 1, $"INSERT INTO notes (id, workspace_id, subject, author, text, created_ms) VALUES ($1, 0, 'run/{run}', 'ann', 't', 0)");
        await Ok(access, "ann", "POST", "/notes", new JsonObject { ["subject"] = "run/" + run, ["text"] = "t" });
        await Refused(access, "bob", "POST", "/notes", new JsonObject { ["subject"] = "run/" + run, ["text"] = "t" }, 400, "10,000");
        var page = await Ok(access, "bob", "GET", $"/notes?subject=run/{run}&max=200");
        Assert.Equal(200, page["notes"]!.AsArray().Count);
    }

    [Fact]
    public async Task Reports_of_an_experiment_that_goes_for_good_are_deleted_and_can_be_restored()
    {
        await using var access = await Start();
        var (stays, goes) = (await access.Experiment("root", "stays"), await access.Experiment("root", "goes"));
        async Task<string> Make(params string[] experiments) =>
            (string)(await Ok(access, "ann", "POST", "/reports", new JsonObject { ["title"] = "t", ["text"] = "kept", ["experiment_ids"] = new JsonArray([.. experiments.Select(id => (JsonNode)id)]) }))["id"]!;
        var (only, both) = (await Make(goes), await Make(goes, stays));
        AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/experiments/delete", $$"""{"experiment_id":"{{goes}}"}"""));
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/gc", """{"older_than_seconds":0}"""));
        Assert.NotNull((await Ok(access, "ann", "GET", $"/reports/{only}"))["deleted_ms"]);
        Assert.Equal([stays], (await Ok(access, "ann", "GET", $"/reports/{both}"))["experiment_ids"]!.AsArray().Select(id => (string?)id));
        await Ok(access, "ann", "POST", $"/reports/{only}/restore");
        Assert.Equal("kept", (string?)(await Ok(access, "bob", "GET", $"/reports/{only}"))["text"]);
    }

    [Fact]
    public async Task A_history_is_read_along_an_index_whatever_the_length_of_the_log()
    {
        await using var access = await Start();
        var run = await access.Run("root", await access.Experiment("root", "flights"));
        var plan = await access.Database.Read(session => session.Query(
            (On is Dialect.Postgres ? "EXPLAIN " : "EXPLAIN QUERY PLAN ") + EventLog.PageOfSubject.Replace("$1", "0", StringComparison.Ordinal).Replace("$2", $"'run/{run}'", StringComparison.Ordinal)
                .Replace("$3", "9000000000", StringComparison.Ordinal).Replace("$4", "0", StringComparison.Ordinal).Replace("$5", "10", StringComparison.Ordinal),
            row => row.Text(On is Dialect.Postgres ? 0 : 3)), default);
        // PostgreSQL reads a small table whole, whatever indexes it has.
        if (On is Dialect.Sqlite) Assert.Contains("events_subject", Assert.Single(plan));
        var statements = await access.Database.Read(session =>
        {
            var before = session.Statements;
            EventLog.NewestOf(session, 0, "run/" + run, long.MaxValue, 10, withGrants: true);
            return session.Statements - before;
        }, default);
        Assert.Equal(1, statements);
    }

    private static Task Insert(AccessServer access, int count, string sql) => access.Database.Write<int>(session =>
        session.ExecuteMany(sql, Enumerable.Range(0, count).ToList(), (row, n) => row.Add($"{n:000000000000}")), default);
}
