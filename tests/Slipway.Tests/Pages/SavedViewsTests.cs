using System.Text.Json.Nodes;
using Slipway.Pages;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Pages;

public sealed class SavedViewsOnSqlite() : SavedViewsTests(Dialect.Sqlite);

public sealed class SavedViewsOnPostgres() : SavedViewsTests(Dialect.Postgres);

/// <summary>Saved views: who sees them, who changes them, their limits.</summary>
public abstract class SavedViewsTests(Dialect dialect) : PagesTests(dialect)
{
    [Fact]
    public async Task A_view_is_kept_as_it_was_sent_until_somebody_changes_it()
    {
        await using var access = await Start();
        var experiment = await access.Experiment("root", "flights");
        const string State = """{"columns":["metrics.loss"],"größe":"🚀 </script>"}""";
        var made = await Ok(access, "ann", "POST", "/views", new JsonObject { ["name"] = "best", ["experiment_ids"] = new JsonArray(experiment), ["state"] = State });
        var id = (string)made["id"]!;
        Assert.Matches("^[0-9a-z]{12}$", id);
        var read = await Ok(access, "bob", "GET", $"/views/{id}");
        Assert.Equal((State, "ann", "best", false), ((string?)read["state"], (string?)read["owner"], (string?)read["name"], (bool)read["may_change"]!));
        Assert.Equal([experiment], read["experiment_ids"]!.AsArray().Select(one => (string?)one));

        access.Clock.Advance(TimeSpan.FromSeconds(5));
        var changed = await Ok(access, "ann", "PATCH", $"/views/{id}", new JsonObject { ["name"] = "better" });
        Assert.Equal(("better", State, 5_000), ((string?)changed["name"], (string?)changed["state"], (long)changed["updated_ms"]! - (long)changed["created_ms"]!));
        await Ok(access, "ann", "PATCH", $"/views/{id}", new JsonObject { ["state"] = "{}" });
        Assert.Equal("{}", (string?)(await Ok(access, "ann", "GET", $"/views/{id}"))["state"]);
        await Ok(access, "ann", "DELETE", $"/views/{id}");
        await Refused(access, "ann", "GET", $"/views/{id}", null, 404, id);
        var events = (await access.Sealed()).Where(e => (string?)e!["subject"] == "view/" + id).Select(e => ((string?)e!["kind"], (string?)e["actor"]));
        Assert.Equal([("view.created", "ann"), ("view.changed", "ann"), ("view.changed", "ann"), ("view.deleted", "ann")], events);
    }

    [Fact]
    public async Task Only_who_may_read_all_its_experiments_sees_a_view()
    {
        await using var access = await Start();
        var (open, closed) = (await access.Experiment("root", "open"), await access.Experiment("root", "closed"));
        var both = (string)(await View(access, "root", open, closed))["id"]!;
        var one = (string)(await View(access, "root", open))["id"]!;
        await access.Grant("bob", closed, "denied");
        Assert.Equal([one], await Listed(access, "bob"));
        await Refused(access, "bob", "GET", $"/views/{both}", null, 404, both);
        await Refused(access, "bob", "DELETE", $"/views/{both}", null, 404, both);
        await Refused(access, "bob", "GET", $"/views?experiment_id={closed}", null, 404, closed);
        await Refused(access, "bob", "POST", "/views", new JsonObject { ["name"] = "n", ["experiment_ids"] = new JsonArray(open, closed), ["state"] = "" }, 404, closed);
        Assert.Equal([one, both], (await Listed(access, "ann")).OrderBy(id => id == both));

        // Whoever has no role, and one experiment by a grant.
        await access.Person("guest", []);
        await access.Grant("guest", open, "read");
        Assert.Equal([one], await Listed(access, "guest"));
        Assert.Equal([one], await Listed(access, "guest", $"?experiment_id={open}"));
        await access.Workspace("elsewhere");
        await access.Person("stranger", ["admin"], "elsewhere");
        Assert.Equal(404, (int)(await access.As("stranger", "GET", $"/api/slipway/v1/views/{one}", null, "elsewhere")).Status);
    }

    [Fact]
    public async Task A_view_is_changed_by_its_owner_and_by_who_manages_its_experiments()
    {
        await using var access = await Start();
        var experiment = await access.Experiment("root", "flights");
        var id = (string)(await View(access, "ann", experiment))["id"]!;
        await Refused(access, "bob", "PATCH", $"/views/{id}", new JsonObject { ["name"] = "mine" }, 403, "'ann'");
        await Refused(access, "bob", "DELETE", $"/views/{id}", null, 403, "'ann'");
        await access.Grant("bob", experiment, "manage");
        Assert.Equal("ours", (string?)(await Ok(access, "bob", "PATCH", $"/views/{id}", new JsonObject { ["name"] = "ours" }))["name"]);
        // A viewer saves views too, but not with a token that may only read.
        var own = (string)(await View(access, "viewer", experiment))["id"]!;
        var token = (string)AccessServer.Ok(await access.As("viewer", "POST", "/api/slipway/v1/access/tokens", """{"name":"t","scopes":["read"]}""")).Json["token"]!;
        Assert.Equal(403, (int)(await access.With(token, "DELETE", $"/api/slipway/v1/views/{own}")).Status);
        Assert.Equal(200, (int)(await access.With(token, "GET", $"/api/slipway/v1/views/{own}")).Status);
        Assert.Equal(403, (int)(await access.With(token, "POST", "/api/slipway/v1/views", $$"""{"name":"x","experiment_ids":["{{experiment}}"],"state":""}""")).Status);
        await Ok(access, "viewer", "DELETE", $"/views/{own}");
    }

    [Fact]
    public async Task Requests_over_a_limit_or_without_sense_are_refused()
    {
        await using var access = await Start();
        var experiment = await access.Experiment("root", "flights");
        JsonObject New(string? name = "n", string? state = "{}", params string[] ids) => new() { ["name"] = name, ["state"] = state, ["experiment_ids"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]) };
        await Refused(access, "ann", "POST", "/views", New(name: "", ids: experiment), 400, "name");
        await Refused(access, "ann", "POST", "/views", New(name: new string('n', SavedView.NameCharsMax + 1), ids: experiment), 400, "250");
        await Refused(access, "ann", "POST", "/views", New(state: null, ids: experiment), 400, "state");
        await Refused(access, "ann", "POST", "/views", New(state: new string('ß', SavedView.StateBytesMax / 2 + 1), ids: experiment), 400, "65,536");
        await Ok(access, "ann", "POST", "/views", New(state: new string('ß', SavedView.StateBytesMax / 2), ids: [experiment, experiment]));
        await Refused(access, "ann", "POST", "/views", New(), 400, "experiment_ids");
        await Refused(access, "ann", "POST", "/views", New(ids: [.. Enumerable.Range(0, 101).Select(n => $"{n}")]), 400, "at most 100");
        await Refused(access, "ann", "POST", "/views", New(ids: "4711"), 404, "4711");
        await Refused(access, "ann", "POST", "/views", New(ids: "*"), 400, "experiment");
        await Refused(access, "ann", "POST", "/views", New(name: "a\0b", ids: experiment), 400, "NUL");
        await Refused(access, "ann", "GET", "/views?max=0", null, 400, "max");
        await Refused(access, "ann", "GET", "/views?page_token=garbage", null, 400, "page token");
        foreach (var id in (string[])["..%2F..%2Fx", "a", "AAAAAAAAAAAA", "%27%3B--"]) await Refused(access, "ann", "GET", $"/views/{id}", null, 404, "No saved view");
    }

    [Fact]
    public async Task Pages_show_each_view_once_the_last_changed_first()
    {
        await using var access = await Start();
        var experiment = await access.Experiment("root", "flights");
        var made = new List<string>();
        for (var n = 0; n < 7; n++)
        {
            if (n % 2 == 0) access.Clock.Advance(TimeSpan.FromMilliseconds(1)); // some at the same moment
            made.Add((string)(await View(access, "ann", experiment))["id"]!);
        }
        made.Reverse();
        var (read, token) = (new List<string>(), "");
        do
        {
            var page = await Ok(access, "ann", "GET", $"/views?experiment_id={experiment}&max=3&page_token={token}");
            Assert.InRange(page["views"]!.AsArray().Count, 1, 3);
            read.AddRange(page["views"]!.AsArray().Select(view => (string)view!["id"]!));
            token = (string?)page["next_page_token"];
            if (token is not null) await Refused(access, "ann", "GET", $"/views?page_token={token}", null, 400, "another query");
        }
        while (token is not null);
        Assert.Equal(made, read);
    }

    [Fact]
    public async Task Views_of_an_experiment_that_goes_for_good_go_with_it()
    {
        await using var access = await Start();
        var (stays, goes) = (await access.Experiment("root", "stays"), await access.Experiment("root", "goes"));
        var (both, only) = ((string)(await View(access, "ann", stays, goes))["id"]!, (string)(await View(access, "ann", goes))["id"]!);
        AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/experiments/delete", $$"""{"experiment_id":"{{goes}}"}"""));
        Assert.Equal(2, (await Listed(access, "ann")).Count);
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/gc", """{"older_than_seconds":0}"""));
        await Refused(access, "ann", "GET", $"/views/{only}", null, 404, only);
        Assert.Equal([stays], (await Ok(access, "ann", "GET", $"/views/{both}"))["experiment_ids"]!.AsArray().Select(one => (string?)one));
    }

    private static Task<JsonNode> View(AccessServer access, string by, params string[] experiments) =>
        Ok(access, by, "POST", "/views", new JsonObject { ["name"] = "v", ["state"] = "{}", ["experiment_ids"] = new JsonArray([.. experiments.Select(id => (JsonNode)id)]) });

    private static async Task<List<string>> Listed(AccessServer access, string by, string query = "") =>
        [.. (await Ok(access, by, "GET", "/views" + query))["views"]!.AsArray().Select(view => (string)view!["id"]!)];
}
