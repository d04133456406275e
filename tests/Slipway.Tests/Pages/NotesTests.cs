using System.Text.Json.Nodes;
using Slipway.Pages;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Pages;

public sealed class NotesOnSqlite() : NotesTests(Dialect.Sqlite);

public sealed class NotesOnPostgres() : NotesTests(Dialect.Postgres);

/// <summary>Notes on runs, experiments and reports, and the history of each.</summary>
public abstract class NotesTests(Dialect dialect) : PagesTests(dialect)
{
    [Fact]
    public async Task Whoever_reads_a_run_writes_notes_on_it_and_edits_only_their_own()
    {
        await using var access = await Start();
        var (experiment, run) = await Run(access);
        var first = await Note(access, "viewer", "run/" + run, "Why the **spike**? 🚀");
        var answer = await Note(access, "ann", "run/" + run, "A bad shard.", (string)first["id"]!);
        var listed = (await Ok(access, "viewer", "GET", $"/notes?subject=run/{run}"))["notes"]!.AsArray();
        Assert.Equal([("viewer", "Why the **spike**? 🚀", true), ("ann", "A bad shard.", false)], listed.Select(note => ((string)note!["author"]!, (string)note["text"]!, (bool)note["may_edit"]!)));
        Assert.Equal((string?)first["id"], (string?)listed[1]!["reply_to"]);

        await Refused(access, "ann", "PATCH", $"/notes/{first["id"]}", new JsonObject { ["text"] = "mine" }, 403, "'viewer'");
        await Refused(access, "root", "PATCH", $"/notes/{first["id"]}", new JsonObject { ["text"] = "mine" }, 403, "'viewer'");
        access.Clock.Advance(TimeSpan.FromSeconds(1));
        var edited = await Ok(access, "viewer", "PATCH", $"/notes/{first["id"]}", new JsonObject { ["text"] = "Never mind." });
        Assert.Equal(("Never mind.", 1_000), ((string?)edited["text"], (long)edited["edited_ms"]! - (long)edited["created_ms"]!));
        await Refused(access, "ann", "DELETE", $"/notes/{first["id"]}", null, 403, "'viewer'");
        await Ok(access, "root", "DELETE", $"/notes/{first["id"]}");
        await Refused(access, "viewer", "PATCH", $"/notes/{first["id"]}", new JsonObject { ["text"] = "back" }, 404, "No note");
        listed = (await Ok(access, "viewer", "GET", $"/notes?subject=run/{run}"))["notes"]!.AsArray();
        Assert.Equal((true, null, null), ((bool)listed[0]!["deleted"]!, (string?)listed[0]!["text"], (string?)listed[0]!["author"]));
        await Ok(access, "ann", "DELETE", $"/notes/{answer["id"]}");
        // The first one is only listed for the sake of answers, which are deleted too; they stay as long as the row does.
        Assert.All((await Ok(access, "viewer", "GET", $"/notes?subject=run/{run}"))["notes"]!.AsArray(), note => Assert.True((bool)note!["deleted"]!));
        var kinds = (await access.Sealed()).Where(e => ((string)e!["kind"]!).StartsWith("note.", StringComparison.Ordinal)).ToList();
        Assert.Equal(["note.written", "note.written", "note.edited", "note.deleted", "note.deleted"], kinds.Select(e => (string)e!["kind"]!));
        Assert.DoesNotContain(kinds, e => e!.ToJsonString().Contains("spike", StringComparison.Ordinal));
        Assert.All(kinds, e => Assert.Equal("run/" + run, (string?)e!["subject"]));
        _ = experiment;
    }

    [Fact]
    public async Task Notes_are_seen_with_what_they_are_about()
    {
        await using var access = await Start();
        var (experiment, run) = await Run(access);
        var note = await Note(access, "ann", "run/" + run, "secret");
        await Note(access, "ann", "experiment/" + experiment, "secret too");
        await access.Grant("bob", experiment, "denied");
        foreach (var subject in (string[])[$"run/{run}", $"experiment/{experiment}"])
        {
            await Refused(access, "bob", "GET", $"/notes?subject={subject}", null, 404, "id=");
            await Refused(access, "bob", "GET", $"/history?subject={subject}", null, 404, "id=");
            await Refused(access, "bob", "POST", "/notes", new JsonObject { ["subject"] = subject, ["text"] = "x" }, 404, "id=");
        }
        await Refused(access, "bob", "DELETE", $"/notes/{note["id"]}", null, 404, "No note");
        var report = (string)(await Ok(access, "ann", "POST", "/reports", new JsonObject { ["title"] = "t" }))["id"]!;
        await Note(access, "viewer", "report/" + report, "Good.");
        Assert.Single((await Ok(access, "bob", "GET", $"/notes?subject=report/{report}"))["notes"]!.AsArray());
    }

    [Fact]
    public async Task Subjects_answers_and_texts_are_checked()
    {
        await using var access = await Start();
        var (experiment, run) = await Run(access);
        foreach (var subject in (string?[])[null, "", "run", "run/", "/x", "token/1", "Run/" + run, new string('r', 400)])
            await Refused(access, "ann", "POST", "/notes", new JsonObject { ["subject"] = subject, ["text"] = "x" }, 400, "subject");
        foreach (var subject in (string[])["run/0123456789abcdef0123456789abcdef", "experiment/999", "report/aaaaaaaaaaaa", "report/..%2f"])
            await Refused(access, "ann", "POST", "/notes", new JsonObject { ["subject"] = subject, ["text"] = "x" }, 404, subject[(subject.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        foreach (var text in (string?[])[null, "", " \n"]) await Refused(access, "ann", "POST", "/notes", new JsonObject { ["subject"] = "run/" + run, ["text"] = text }, 400, "text");
        await Refused(access, "ann", "POST", "/notes", new JsonObject { ["subject"] = "run/" + run, ["text"] = new string('ß', Slipway.Pages.Note.TextBytesMax / 2 + 1) }, 400, "16,384");
        var elsewhere = (string)(await Note(access, "ann", "experiment/" + experiment, new string('ß', Slipway.Pages.Note.TextBytesMax / 2)))["id"]!;
        foreach (var answered in (string[])[elsewhere, "aaaaaaaaaaaa", "../"])
            await Refused(access, "ann", "POST", "/notes", new JsonObject { ["subject"] = "run/" + run, ["text"] = "x", ["reply_to"] = answered }, 404, "can be answered");
        await Refused(access, "ann", "GET", $"/notes?subject=run/{run}&max={ListNotes.MaxMax + 1}", null, 400, "200");
    }

    [Fact]
    public async Task Pages_of_notes_and_of_a_history_show_each_entry_once()
    {
        await using var access = await Start();
        var (_, run) = await Run(access);
        for (var n = 0; n < 7; n++) await Note(access, "ann", "run/" + run, $"{n}");
        Assert.Equal(Enumerable.Range(0, 7).Select(n => $"{n}"), await Walk(access, $"/notes?subject=run/{run}&max=3", "notes", note => (string)note["text"]!));
        Assert.Equal([.. Enumerable.Repeat("note.written", 7), "run.created"], await Walk(access, $"/history?subject=run/{run}&max=3", "changes", change => (string)change["kind"]!));
    }

    [Fact]
    public async Task A_history_says_who_changed_what_and_not_from_where()
    {
        await using var access = await Start();
        var (experiment, run) = await Run(access);
        AccessServer.Ok(await access.As("ann", "POST", "/api/2.0/mlflow/runs/set-tag", $$"""{"run_id":"{{run}}","key":"team","value":"blue"}"""));
        AccessServer.Ok(await access.As("bob", "POST", "/api/2.0/mlflow/runs/set-tag", $$"""{"run_id":"{{run}}","key":"team","value":"red"}"""));
        await access.Grant("bob", experiment, "edit");
        var answer = await access.As("viewer", "GET", $"/api/slipway/v1/history?subject=run/{run}");
        Assert.DoesNotContain("127.0.0.1", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("address", answer.Body, StringComparison.Ordinal);
        var newest = answer.Json["changes"]![0]!;
        Assert.Equal("bob", (string?)newest["actor"]);
        Assert.Contains("blue", (string?)newest["data"]);
        Assert.Contains("red", (string?)newest["data"]);
        // Who was granted what is for who manages the experiment.
        async Task<List<string>> Kinds(string by) => [.. (await Ok(access, by, "GET", $"/history?subject=experiment/{experiment}"))["changes"]!.AsArray().Select(change => (string)change!["kind"]!)];
        Assert.Equal(["experiment.created"], await Kinds("viewer"));
        Assert.Equal(["grant.set", "experiment.created"], await Kinds("root"));
    }

    [Fact]
    public async Task With_a_run_or_an_experiment_that_goes_for_good_go_its_notes()
    {
        await using var access = await Start();
        var (experiment, run) = await Run(access);
        await Note(access, "ann", "run/" + run, "gone");
        await Note(access, "ann", "experiment/" + experiment, "gone too");
        AccessServer.Ok(await access.As("root", "DELETE", $"/api/slipway/v1/runs/{run}?hard=true"));
        Assert.Equal(1, await access.Database.Read(session => session.Long("SELECT count(*) FROM notes"), default));
        AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/experiments/delete", $$"""{"experiment_id":"{{experiment}}"}"""));
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/gc", """{"older_than_seconds":0}"""));
        Assert.Equal(0, await access.Database.Read(session => session.Long("SELECT count(*) FROM notes"), default));
    }

    [Fact]
    public async Task An_erased_author_is_nowhere_in_what_they_wrote()
    {
        await using var access = await Start();
        var (experiment, run) = await Run(access);
        await access.Person("zoe", ["contributor"]);
        await Note(access, "zoe", "run/" + run, "Zoe and zoe agree; zoeology does not.");
        var report = (string)(await Ok(access, "zoe", "POST", "/reports", new JsonObject { ["title"] = "by zoe", ["text"] = "zoe's" }))["id"]!;
        await Ok(access, "zoe", "PATCH", $"/reports/{report}", new JsonObject { ["version"] = 1, ["text"] = "zoe's again" });
        var view = (string)(await Ok(access, "zoe", "POST", "/views", new JsonObject { ["name"] = "for zoe", ["state"] = """{"q":"zoe"}""", ["experiment_ids"] = new JsonArray(experiment) }))["id"]!;
        var told = await Ok(access, "root", "GET", "/access/members/zoe/personal-data");
        long Found(JsonNode report, string place) => (long)report["places"]!.AsArray().Single(one => (string?)one!["place"] == place)!["found"]!;
        Assert.Equal((1, 1, 1, 2, 1), (Found(told, "notes that they wrote"), Found(told, "saved views of theirs"), Found(told, "reports that they made"), Found(told, "versions of reports that they wrote"), Found(told, "reports that they changed last")));
        Assert.Equal(6, Found(told, "views, reports and notes that hold the name"));
        await Ok(access, "root", "POST", "/access/members/zoe/erase", new JsonObject { ["texts"] = true });
        told = await Ok(access, "root", "GET", "/access/members/zoe/personal-data");
        Assert.Equal([("views, reports and notes that hold the name", 1)], told["places"]!.AsArray().Where(one => (long)one!["found"]! > 0).Select(one => ((string)one!["place"]!, (int)one["found"]!)));
        var note = (await Ok(access, "ann", "GET", $"/notes?subject=run/{run}"))["notes"]![0]!;
        Assert.Equal(("erased", "Zoe and erased agree; zoeology does not."), ((string?)note["author"], (string?)note["text"]));
        Assert.Equal(("erased", """{"q":"erased"}"""), ((string?)(await Ok(access, "ann", "GET", $"/views/{view}"))["owner"], (string?)(await Ok(access, "ann", "GET", $"/views/{view}"))["state"]));
        // A namesake who comes later does not own any of it.
        await access.Person("zoe", ["contributor"]);
        await Refused(access, "zoe", "PATCH", $"/notes/{note["id"]}", new JsonObject { ["text"] = "x" }, 403, "'erased'");
        await Refused(access, "zoe", "DELETE", $"/views/{view}", null, 403, "'erased'");
    }

    [Fact]
    public async Task A_note_is_no_sign_of_life_of_a_run()
    {
        await using var access = await Start();
        var (_, run) = await Run(access);
        access.Clock.Advance(TimeSpan.FromMinutes(10));
        await Note(access, "ann", "run/" + run, "Is anybody there?");
        Assert.Equal("silent", (string?)(await Ok(access, "ann", "GET", $"/runs/{run}/liveness"))["state"]);
    }

    private static async Task<(string Experiment, string Run)> Run(AccessServer access)
    {
        var experiment = await access.Experiment("root", "flights");
        return (experiment, await access.Run("root", experiment));
    }

    private static Task<JsonNode> Note(AccessServer access, string by, string subject, string text, string? replyTo = null) =>
        Ok(access, by, "POST", "/notes", new JsonObject { ["subject"] = subject, ["text"] = text, ["reply_to"] = replyTo });

    private static async Task<List<string>> Walk(AccessServer access, string path, string list, Func<JsonNode, string> read)
    {
        var (found, token) = (new List<string>(), "");
        do
        {
            var page = await Ok(access, "viewer", "GET", $"{path}&page_token={token}");
            found.AddRange(page[list]!.AsArray().Select(one => read(one!)));
            token = (string?)page["next_page_token"];
        }
        while (token is not null);
        return found;
    }
}
