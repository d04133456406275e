using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

public abstract partial class ReportPagesTests(PagesServer server)
{
    [Fact]
    public async Task A_report_is_written_with_a_panel_read_exported_deleted_and_brought_back()
    {
        var experiment = await server.Experiment("reported");
        await server.Run(experiment, "calm-1", [("loss", 0.5)], [("lr", "0.1")]);
        await using var page = await server.Open("/reports");
        await page.Button("New report").ClickAsync();
        await page.Page.GetByLabel("Title", new() { Exact = true }).FillAsync("What came out");
        await page.Button("Create").ClickAsync();
        await page.Page.GetByLabel("Text of the report in Markdown").ClickAsync();
        await page.Page.Keyboard.TypeAsync("# Findings");
        await Expect(page.Page.GetByLabel("Preview").GetByRole(AriaRole.Heading, new() { Name = "Findings" })).ToBeVisibleAsync();

        await page.Button("Panel").ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog).First;
        await dialog.GetByLabel("What it shows").SelectOptionAsync("table");
        await dialog.GetByLabel("Title").FillAsync("Best runs");
        await dialog.GetByLabel("Experiments").FillAsync(experiment);
        await dialog.GetByText("1 runs now.").WaitForAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Columns: 0 of" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Checkbox, new() { Name = "loss" }).CheckAsync();
        await page.Button("Done").ClickAsync();
        await page.Button("Insert").ClickAsync();
        await Expect(page.Page.GetByLabel("Preview").GetByRole(AriaRole.Link, new() { Name = "calm-1" })).ToBeVisibleAsync();
        await page.Button("Save").ClickAsync();
        await Expect(page.Heading("What came out")).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Figure, new() { Name = "Best runs" }).GetByText("0.5")).ToBeVisibleAsync();

        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Button("Export").ClickAsync());
        var file = await File.ReadAllTextAsync((await download.PathAsync())!, TestContext.Current.CancellationToken);
        Assert.Contains("calm-1", file, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", file, StringComparison.Ordinal);
        Assert.DoesNotMatch(Running(), file);

        await page.Button("More actions").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete" }).ClickAsync();
        await page.Button("Deleted").ClickAsync();
        await page.Button("Actions for What came out").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Bring back" }).ClickAsync();
        await Expect(page.Page.GetByText("Nothing is deleted")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Whoever_saves_second_sees_both_texts_and_decides()
    {
        var report = await Report("contested", "first\n");
        await using var page = await server.Open($"/reports/{report}/edit");
        page.Allow("409");
        await page.Page.GetByLabel("Text of the report in Markdown").ClickAsync();
        await page.Page.Keyboard.PressAsync("Control+End");
        await page.Page.Keyboard.TypeAsync("mine");
        await Change(report, 1, "first\ntheirs\n");
        await page.Button("Save").ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("theirs", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(dialog.GetByText("mine", new() { Exact = true })).ToBeVisibleAsync();
        await page.Button("Save mine over it").ClickAsync();
        await page.Sees("version 3");
        await page.Sees("mine");
        await page.Button("More actions").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Versions" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Link, new() { Name = "2", Exact = true }).ClickAsync();
        await page.Sees("theirs");
        Assert.Contains("version=2", page.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_not_saved_is_a_draft_of_this_browser()
    {
        var report = await Report("drafted", "begun\n");
        await using var page = await server.Open($"/reports/{report}/edit");
        await page.Page.GetByLabel("Text of the report in Markdown").ClickAsync();
        await page.Page.Keyboard.PressAsync("Control+Home");
        await page.Page.Keyboard.TypeAsync("unsaved words ");
        await page.Sees("a draft is kept");
        await page.Page.EvaluateAsync("async () => { while (!Object.values(localStorage).some(value => value.includes('unsaved words'))) await new Promise(again => setTimeout(again, 50)); }");
        await page.Page.ReloadAsync();
        await page.Button("Go on with it").ClickAsync();
        await Expect(page.Page.GetByLabel("Preview").GetByText("unsaved words begun")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_panel_of_a_query_shows_a_run_that_comes_while_it_is_read()
    {
        var experiment = await server.Experiment("growing");
        await server.Run(experiment, "first-run", [("loss", 1)]);
        var report = await Report("growing", Panel(new JsonObject { ["type"] = "table", ["source"] = Query(experiment), ["columns"] = new JsonArray("metrics.loss") }));
        await using var page = await server.Open("/reports/" + report);
        await page.Sees("first-run");
        await server.Run(experiment, "second-run", [("loss", 2)]);
        await page.Sees("second-run");
    }

    [Fact]
    public async Task Every_kind_of_panel_is_drawn_and_a_broken_one_says_why_in_its_place()
    {
        var experiment = await server.Experiment("panels");
        var run = await server.Run(experiment, "all-kinds", [("loss", 1)], [("lr", "0.1"), ("depth", "3")]);
        await server.Artifact(experiment, run, "images/samples%step%10%timestamp%1763700000000%g1.png", ComparePageTests.Png);
        await server.Artifact(experiment, run, "predictions.json", Encoding.UTF8.GetBytes("""{"columns": ["text", "a", "b", "c"], "data": [["one row", 1, 2, 3], ["two", 3, 1, 2], ["three", 0, 5, 4]]}"""));
        await server.Artifact(experiment, run, "histograms/w-1.json", Encoding.UTF8.GetBytes("""{"edges": [0, 1, 2], "counts": [3, 4]}"""));
        await server.Artifact(experiment, run, "histograms/w-2.json", Encoding.UTF8.GetBytes("""{"edges": [0, 1, 2], "counts": [1, 6]}"""));
        JsonObject[] panels =
        [
            new() { ["type"] = "chart", ["source"] = Query(experiment), ["keys"] = new JsonArray("loss") },
            new() { ["type"] = "images", ["source"] = Query(experiment), ["name"] = "samples" },
            new() { ["type"] = "parallel", ["source"] = Query(experiment), ["axes"] = new JsonArray("params.lr", "metrics.loss") },
            new() { ["type"] = "scatter", ["source"] = Query(experiment), ["x"] = "params.lr", ["y"] = "metrics.loss" },
            new() { ["type"] = "histogram", ["source"] = Query(experiment), ["path"] = "histograms/w" },
            new() { ["type"] = "media-table", ["source"] = Query(experiment), ["path"] = "predictions.json" },
            new() { ["type"] = "embedding", ["source"] = Query(experiment), ["path"] = "predictions.json", ["color"] = "text" },
            new() { ["type"] = "note", ["text"] = "Mind the **gap**." },
            new() { ["type"] = "nonsense" },
        ];
        var report = await Report("all kinds", string.Join('\n', panels.Select(Panel)));
        await using var page = await server.Open("/reports/" + report);
        foreach (var chart in new[] { "loss of 1 runs", "samples of all-kinds at step 10", "Parallel coordinates of 1 runs over lr, loss", "loss by lr of 1 runs", "Histograms histograms/w of all-kinds", "Embedding of predictions.json of all-kinds" })
            await Expect(page.Page.GetByRole(AriaRole.Img, new() { Name = chart, Exact = true })).ToBeVisibleAsync();
        await page.Sees("Principal components of 3 columns");
        await page.Sees("one row");
        await page.Sees("Mind the gap.");
        await page.Sees("There is no panel of type 'nonsense'");
        await page.Pictures("report");
        await page.Go($"/reports/{report}/edit");
        await page.Sees("Mind the gap.");
        await page.Pictures("report-edit");
        await page.Go("/reports");
        await page.Sees("all kinds");
        await page.Pictures("reports");
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("\"><svg onload=alert(1)>")]
    public async Task Hostile_text_titles_and_panels_run_nothing_here_nor_in_the_exported_file(string hostile)
    {
        var experiment = await server.Experiment("evil " + hostile);
        await server.Run(experiment, hostile + " run", [("loss", 1)], [("lr", hostile)]);
        var report = await Report("title " + hostile, hostile + "\n\n" + Panel(new JsonObject { ["type"] = "table", ["title"] = hostile, ["source"] = Query(experiment), ["columns"] = new JsonArray("params.lr", "params." + hostile) })
            + Panel(new JsonObject { ["type"] = "note", ["text"] = hostile }) + Panel(new JsonObject { ["type"] = hostile }));
        await using var page = await server.Open("/reports/" + report);
        // The policy speaks up while the sanitiser takes the text apart; what it keeps is looked at below.
        page.Allow("Executing inline event handler");
        await page.Sees(hostile + " run");
        Assert.Equal(0, await page.Page.Locator("main :is(img[src=x], script, svg[onload], a[href^='javascript'])").CountAsync());
        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Button("Export").ClickAsync());
        Assert.DoesNotMatch(Running(), await File.ReadAllTextAsync((await download.PathAsync())!, TestContext.Current.CancellationToken));
    }

    private async Task<string> Report(string title, string text) => (string)(await server.Post("/api/slipway/v1/reports", new JsonObject { ["title"] = title, ["text"] = text }))["id"]!;

    private async Task Change(string report, int version, string text)
    {
        using var answer = await server.Server.Http.PatchAsync("/api/slipway/v1/reports/" + report, new StringContent(new JsonObject { ["version"] = version, ["text"] = text }.ToJsonString(), Encoding.UTF8, "application/json"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static JsonObject Query(string experiment) => new() { ["experiments"] = new JsonArray(experiment), ["limit"] = 10 };

    private static string Panel(JsonObject panel) => $"```slipway-panel\n{panel.ToJsonString()}\n```\n\n";

    [GeneratedRegex("<script|<svg|<iframe|<[^>]+ on\\w+=|href=\"javascript", RegexOptions.IgnoreCase)]
    private static partial Regex Running();
}

public sealed class ReportPagesOnSqlite(PagesOnSqlite server) : ReportPagesTests(server), IClassFixture<PagesOnSqlite>;

public sealed class ReportPagesOnPostgres(PagesOnPostgres server) : ReportPagesTests(server), IClassFixture<PagesOnPostgres>;
