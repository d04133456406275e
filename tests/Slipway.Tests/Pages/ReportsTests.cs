using System.Text.Json.Nodes;
using Slipway.Pages;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Pages;

public sealed class ReportsOnSqlite() : ReportsTests(Dialect.Sqlite);

public sealed class ReportsOnPostgres() : ReportsTests(Dialect.Postgres);

/// <summary>Reports: kept as written, never lost to somebody faster, readable by who may read what they draw on.</summary>
public abstract class ReportsTests(Dialect dialect) : PagesTests(dialect)
{
    private const string Text = "# Größe 🚀\n\n```slipway-panel\n{\"kind\":\"chart\"}\n```\n<script>alert(1)</script>\n";

    [Fact]
    public async Task A_report_keeps_its_text_and_every_version_of_it()
    {
        await using var access = await Start();
        var experiment = await access.Experiment("root", "flights");
        var made = await Make(access, "ann", Text, experiment);
        var id = (string)made["id"]!;
        Assert.Equal((1, "ann", Text), ((long)made["version"]!, (string?)made["author"], (string?)made["text"]));
        access.Clock.Advance(TimeSpan.FromSeconds(2));
        var changed = await Ok(access, "bob", "PATCH", $"/reports/{id}", new JsonObject { ["version"] = 1, ["text"] = "second" });
        Assert.Equal((2, "ann", "bob", "second", "title"), ((long)changed["version"]!, (string?)changed["author"], (string?)changed["changed_by"], (string?)changed["text"], (string?)changed["title"]));
        await Ok(access, "ann", "PATCH", $"/reports/{id}", new JsonObject { ["version"] = 2, ["title"] = "new title" });
        var read = await Ok(access, "viewer", "GET", $"/reports/{id}");
        Assert.Equal((3, "new title", "second", false, false), ((long)read["version"]!, (string?)read["title"], (string?)read["text"], (bool)read["may_change"]!, (bool)read["may_delete"]!));

        var versions = (await Ok(access, "viewer", "GET", $"/reports/{id}/versions"))["versions"]!.AsArray();
        Assert.Equal([(3, "ann"), (2, "bob"), (1, "ann")], versions.Select(version => ((long)version!["version"]!, (string)version["author"]!)));
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(Text), (long)versions[2]!["bytes"]!);
        Assert.Null(versions[0]!["text"]);
        Assert.Equal(Text, (string?)(await Ok(access, "viewer", "GET", $"/reports/{id}/versions/1"))["text"]);
        await Refused(access, "viewer", "GET", $"/reports/{id}/versions/4", null, 404, "newest is 3");
        await Refused(access, "viewer", "GET", $"/reports/{id}/versions/x", null, 400, "version");
        var history = (await Ok(access, "viewer", "GET", $"/history?subject=report/{id}"))["changes"]!.AsArray();
        Assert.Equal(["report.changed", "report.changed", "report.created"], history.Select(change => (string)change!["kind"]!));
        Assert.Contains("\"title_before\":\"title\"", (string?)history[0]!["data"]);
    }

    [Fact]
    public async Task A_report_is_found_by_title_or_id_by_who_may_read_it()
    {
        await using var access = await Start();
        var experiment = await access.Experiment("root", "flights");
        var id = (string)(await Make(access, "ann", Text, experiment))["id"]!;
        await Ok(access, "ann", "PATCH", $"/reports/{id}", new JsonObject { ["version"] = 1, ["title"] = "Fröhliche 100% Ölfässer" });
        Assert.Equal([id], await Found("viewer", "ÖLFÄSS"));
        Assert.Equal([id], await Found("viewer", id));
        Assert.Empty(await Found("viewer", "100_"));
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/grants", new JsonObject { ["name"] = "viewer", ["kind"] = "experiment", ["root"] = experiment, ["level"] = "denied" }.ToJsonString()));
        Assert.Empty(await Found("viewer", "ölfäss"));
        await Ok(access, "ann", "DELETE", $"/reports/{id}", null);
        Assert.Empty(await Found("ann", "ölfäss"));

        async Task<List<string>> Found(string by, string text) =>
            [.. (await Ok(access, by, "GET", "/find?q=" + Uri.EscapeDataString(text), null))["results"]!.AsArray().Where(static one => (string)one!["kind"]! == "report").Select(static one => (string)one!["id"]!)];
    }

    [Fact]
    public async Task Whoever_was_slower_is_told_who_was_faster_and_loses_nothing()
    {
        await using var access = await Start();
        var id = (string)(await Make(access, "ann", "one", await access.Experiment("root", "flights")))["id"]!;
        access.Clock.Advance(TimeSpan.FromSeconds(61));
        await Ok(access, "bob", "PATCH", $"/reports/{id}", new JsonObject { ["version"] = 1, ["text"] = "bob's" });
        await Refused(access, "ann", "PATCH", $"/reports/{id}", new JsonObject { ["version"] = 1, ["text"] = "ann's" }, 409, "'bob' wrote at 2026-01-01T00:01:01Z");
        // The same change again, whose answer was lost on the way.
        Assert.Equal(2, (long)(await Ok(access, "bob", "PATCH", $"/reports/{id}", new JsonObject { ["version"] = 1, ["text"] = "bob's" }))["version"]!);
        await Refused(access, "ann", "PATCH", $"/reports/{id}", new JsonObject { ["text"] = "ann's" }, 400, "version");
        Assert.Equal(3, (long)(await Ok(access, "ann", "PATCH", $"/reports/{id}", new JsonObject { ["version"] = 2, ["text"] = "ann's" }))["version"]!);

        // Ten writers at the same version: one wins.
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => access.As("ann", "PATCH", $"/api/slipway/v1/reports/{id}", $$"""{"version":3,"text":"{{n}}"}""")));
        Assert.Equal([200, .. Enumerable.Repeat(409, 9)], answers.Select(answer => (int)answer.Status).Order());
    }

    [Fact]
    public async Task Only_the_newest_versions_are_kept()
    {
        await using var access = await Start();
        var id = (string)(await Make(access, "ann", "0"))["id"]!;
        for (var n = 1; n <= Report.VersionsMax + 2; n++) await Ok(access, "ann", "PATCH", $"/reports/{id}", new JsonObject { ["version"] = n, ["text"] = $"{n}" });
        var versions = (await Ok(access, "ann", "GET", $"/reports/{id}/versions"))["versions"]!.AsArray().Select(version => (long)version!["version"]!).ToList();
        Assert.Equal((Report.VersionsMax, 103, 4), (versions.Count, versions[0], versions[^1]));
        await Refused(access, "ann", "GET", $"/reports/{id}/versions/3", null, 404, "100 are kept");
        Assert.Equal("102", (string?)(await Ok(access, "ann", "GET", $"/reports/{id}"))["text"]);
    }

    [Fact]
    public async Task A_report_is_for_who_may_read_all_that_it_draws_on()
    {
        await using var access = await Start();
        var (open, closed) = (await access.Experiment("root", "open"), await access.Experiment("root", "closed"));
        var secret = (string)(await Make(access, "root", "s", open, closed))["id"]!;
        var general = (string)(await Make(access, "root", "g"))["id"]!;
        await access.Grant("bob", closed, "denied");
        Assert.Equal([general], await Listed(access, "bob"));
        await Refused(access, "bob", "GET", $"/reports/{secret}", null, 404, secret);
        await Refused(access, "bob", "GET", $"/reports/{secret}/versions/1", null, 404, secret);
        await Refused(access, "bob", "PATCH", $"/reports/{secret}", new JsonObject { ["version"] = 1, ["text"] = "x" }, 404, secret);
        await Refused(access, "bob", "GET", $"/history?subject=report/{secret}", null, 404, secret);
        await Refused(access, "bob", "POST", "/notes", new JsonObject { ["subject"] = "report/" + secret, ["text"] = "x" }, 404, secret);
        // What belongs to the whole workspace is not for who was given one experiment of it.
        await access.Person("guest", []);
        await access.Grant("guest", open, "edit");
        await Refused(access, "guest", "GET", $"/reports/{general}", null, 404, general);
        Assert.Empty(await Listed(access, "guest"));
        await Refused(access, "guest", "POST", "/reports", new JsonObject { ["title"] = "t" }, 403, "experiment_ids");
        var own = (string)(await Make(access, "guest", "mine", open))["id"]!;
        await Refused(access, "guest", "PATCH", $"/reports/{own}", new JsonObject { ["version"] = 1, ["experiment_ids"] = new JsonArray() }, 403, "whole workspace");
        await Refused(access, "guest", "PATCH", $"/reports/{own}", new JsonObject { ["version"] = 1, ["experiment_ids"] = new JsonArray(open, closed) }, 404, closed);
        Assert.Equal([own], await Listed(access, "guest"));
    }

    [Fact]
    public async Task A_deleted_report_comes_back_by_who_may_delete_it()
    {
        await using var access = await Start();
        var experiment = await access.Experiment("root", "flights");
        var id = (string)(await Make(access, "ann", Text, experiment))["id"]!;
        await Refused(access, "bob", "DELETE", $"/reports/{id}", null, 403, "'ann'");
        await Refused(access, "viewer", "DELETE", $"/reports/{id}", null, 403, "lacks the right");
        await Ok(access, "ann", "DELETE", $"/reports/{id}");
        await Ok(access, "ann", "DELETE", $"/reports/{id}");
        Assert.Empty(await Listed(access, "ann"));
        Assert.Equal([id], await Listed(access, "ann", "?deleted=true"));
        await Refused(access, "ann", "PATCH", $"/reports/{id}", new JsonObject { ["version"] = 1, ["text"] = "x" }, 400, "Restore it first");
        await Refused(access, "bob", "POST", $"/reports/{id}/restore", null, 403, "'ann'");
        await Ok(access, "root", "POST", $"/reports/{id}/restore");
        Assert.Equal(Text, (string?)(await Ok(access, "bob", "GET", $"/reports/{id}"))["text"]);
        Assert.Equal(["report.created", "report.deleted", "report.restored"], (await access.Sealed()).Where(e => (string?)e!["subject"] == "report/" + id).Select(e => (string)e!["kind"]!));
    }

    [Fact]
    public async Task Titles_are_found_whatever_their_case_and_limits_hold()
    {
        await using var access = await Start();
        var found = (string)(await Ok(access, "ann", "POST", "/reports", new JsonObject { ["title"] = "Flights 100% late" }))["id"]!;
        await Ok(access, "ann", "POST", "/reports", new JsonObject { ["title"] = "Trains" });
        Assert.Equal([found], await Listed(access, "bob", "?q=fLIGHTS"));
        Assert.Equal([found], await Listed(access, "bob", "?q=100%25"));
        Assert.Empty(await Listed(access, "bob", "?q=planes"));
        Assert.Single(await Listed(access, "bob", "?max=1"));
        await Refused(access, "ann", "POST", "/reports", new JsonObject { ["text"] = "x" }, 400, "title");
        await Refused(access, "ann", "POST", "/reports", new JsonObject { ["title"] = new string('t', Report.TitleCharsMax + 1) }, 400, "250");
        await Refused(access, "ann", "POST", "/reports", new JsonObject { ["title"] = "t", ["text"] = new string('ß', Report.TextBytesMax / 2 + 1) }, 400, "1,048,576");
        var large = await Ok(access, "ann", "POST", "/reports", new JsonObject { ["title"] = "t", ["text"] = new string('ß', Report.TextBytesMax / 2) });
        Assert.Equal(Report.TextBytesMax / 2, ((string)(await Ok(access, "bob", "GET", $"/reports/{large["id"]}"))["text"]!).Length);
        Assert.Equal(413, (int)(await access.As("ann", "POST", "/api/slipway/v1/reports", new JsonObject { ["title"] = new string('t', Report.BodyBytesMax) }.ToJsonString())).Status);
    }

    private static Task<JsonNode> Make(AccessServer access, string by, string text, params string[] experiments) =>
        Ok(access, by, "POST", "/reports", new JsonObject { ["title"] = "title", ["text"] = text, ["experiment_ids"] = new JsonArray([.. experiments.Select(id => (JsonNode)id)]) });

    private static async Task<List<string>> Listed(AccessServer access, string by, string query = "") =>
        [.. (await Ok(access, by, "GET", "/reports" + query))["reports"]!.AsArray().Select(report => (string)report!["id"]!)];
}
