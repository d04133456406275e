using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

public abstract class RunsPageTests(PagesServer server)
{
    [Fact]
    public async Task Runs_are_sorted_filtered_and_the_view_is_its_address()
    {
        var experiment = await Flights("sorted");
        await using var page = await server.Open($"/experiments/{experiment}");
        await Expect(Row(page, 0)).ToContainTextAsync("run-5");
        await Head(page, "loss").ClickAsync();
        await Expect(Row(page, 0)).ToContainTextAsync("run-0");
        await Head(page, "loss").ClickAsync();
        await Expect(Row(page, 0)).ToContainTextAsync("run-5");

        await page.Button("Failed").ClickAsync();
        await Expect(page.Page.GetByText("2 runs", new() { Exact = true })).ToBeVisibleAsync();
        await Filter(page, "params.model = 'tree'");
        await Expect(page.Page.GetByText("1 run", new() { Exact = true })).ToBeVisibleAsync();
        var address = page.Page.Url;
        Assert.Contains("sort=metrics.loss", address, StringComparison.Ordinal);

        // Whoever gets the link sees the same.
        await using var other = await server.Open(new Uri(address).PathAndQuery);
        await Expect(other.Page.GetByText("1 run", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(Row(other, 0)).ToContainTextAsync("run-4");

        await page.Page.GoBackAsync();
        await Expect(page.Page.GetByText("2 runs", new() { Exact = true })).ToBeVisibleAsync();
        await page.Page.GoBackAsync();
        await Expect(page.Page.GetByText("6 runs", new() { Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_filter_is_completed_and_what_is_wrong_with_it_is_marked_where_it_is()
    {
        var experiment = await Flights("filtered");
        await using var page = await server.Open($"/experiments/{experiment}");
        page.Allow("400");
        await Expect(Row(page, 0)).ToContainTextAsync("run-5");
        var editor = page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Filter" });
        await editor.ClickAsync();
        await page.Page.Keyboard.TypeAsync("metrics.lo");
        await Expect(page.Page.GetByRole(AriaRole.Option, new() { Name = "metrics.loss" })).ToBeVisibleAsync();
        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Keyboard.TypeAsync("< 3 OR OR");
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("at character 21");
        await Expect(page.Page.Locator(".cm-lintRange-error")).ToHaveTextAsync("OR");
        await Expect(Row(page, 0)).ToContainTextAsync("run-5");
        await Filter(page, "metrics.loss < 3");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        await Expect(page.Page.GetByText("2 runs", new() { Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Columns_are_chosen_grouped_and_kept_as_a_view_for_others()
    {
        var experiment = await Flights("columns");
        await using var page = await server.Open($"/experiments/{experiment}");
        await Expect(Head(page, "loss")).ToBeVisibleAsync();
        await page.Button("Columns").ClickAsync();
        await page.Page.GetByLabel("Find a column").FillAsync("note");
        await page.Page.GetByLabel("note: of 1/a").CheckAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Show \\d+") }).ClickAsync();
        await Expect(Head(page, "note: of 1/a")).ToBeVisibleAsync();

        await page.Button("Column model").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Group by this" }).ClickAsync();
        await Expect(page.Page.GetByText("6 runs in 2 groups")).ToBeVisibleAsync();
        await Expect(Row(page, 0)).ToContainTextAsync("mlp");
        await Expect(Row(page, 0)).ToContainTextAsync("1 – 5");
        await Row(page, 0).GetByText("mlp").ClickAsync();
        await Expect(Row(page, 1)).ToContainTextAsync("run-5");

        await page.Button("Saved views").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Save as a new view" }).ClickAsync();
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("by model");
        await page.Button("Save").ClickAsync();
        await Expect(page.Button("Saved views")).ToContainTextAsync("by model");

        await using var other = await server.Open($"/experiments/{experiment}");
        await other.Button("Saved views").ClickAsync();
        await other.Page.GetByRole(AriaRole.Menuitem, new() { Name = "by model" }).ClickAsync();
        await Expect(other.Page.GetByText("6 runs in 2 groups")).ToBeVisibleAsync();
        await Expect(Head(other, "note: of 1/a")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Selected_runs_are_tagged_deleted_brought_back_and_compared()
    {
        var experiment = await Flights("bulk");
        await using var page = await server.Open($"/experiments/{experiment}");
        await page.Page.GetByLabel("Select run-5").ClickAsync();
        await page.Page.GetByLabel("Select run-3").ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await page.Sees("3 runs selected");

        await page.Button("Tag").ClickAsync();
        await page.Page.GetByLabel("Key", new() { Exact = true }).FillAsync("team");
        await page.Page.GetByLabel("Value of team").FillAsync("red");
        await page.Button("Save").ClickAsync();
        await page.Sees("3 runs are tagged.");

        await page.Button("Delete").ClickAsync();
        await page.Sees("3 runs are deleted.");
        await Expect(page.Page.GetByText("3 runs", new() { Exact = true })).ToBeVisibleAsync();
        await page.Button("Undo").ClickAsync();
        await Expect(page.Page.GetByText("6 runs", new() { Exact = true })).ToBeVisibleAsync();
        await Filter(page, "tags.team = 'red'");
        await Expect(page.Page.GetByText("3 runs", new() { Exact = true })).ToBeVisibleAsync();

        await page.Page.GetByLabel("Select all").ClickAsync();
        var file = await page.Page.RunAndWaitForDownloadAsync(() => page.Button("CSV").ClickAsync());
        var lines = (await File.ReadAllTextAsync((await file.PathAsync())!)).TrimEnd().Split("\r\n");
        Assert.Equal(4, lines.Length);
        Assert.Contains("metrics.loss", lines[0], StringComparison.Ordinal);

        await page.Button("Compare").ClickAsync();
        await page.Page.WaitForURLAsync("**/compare?runs=*");
        Assert.Equal(3, Uri.UnescapeDataString(new Uri(page.Page.Url).Query).Split(',').Length);
    }

    [Fact]
    public async Task A_run_is_followed_while_it_trains_and_new_ones_appear()
    {
        var experiment = await Flights("live");
        await using var page = await server.Open($"/experiments/{experiment}");
        await Expect(Row(page, 0)).ToContainTextAsync("run-5");
        var run = await server.Run(experiment, "newcomer", [("loss", 0.125)]);
        await Expect(Row(page, 0)).ToContainTextAsync("newcomer");
        await Expect(Row(page, 0)).ToContainTextAsync("Running");
        await server.Mlflow("runs/log-metric", new JsonObject { ["run_id"] = run, ["key"] = "loss", ["value"] = 0.0625, ["timestamp"] = 2, ["step"] = 7 });
        await Expect(Row(page, 0)).ToContainTextAsync("0.0625");

        // In another order nothing moves under the reader: what came is counted.
        await Head(page, "Name").ClickAsync();
        await Expect(Row(page, 0)).ToContainTextAsync("newcomer");
        await Expect(Row(page, 1)).ToContainTextAsync("run-0");
        await server.Run(experiment, "also new", [("loss", 1)]);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "1 new run: show" }).ClickAsync();
        await Expect(Row(page, 0)).ToContainTextAsync("also new");
    }

    [Fact]
    public async Task Ten_tabs_of_one_browser_share_a_stream_and_all_are_live()
    {
        // A browser opens six connections to a server that speaks HTTP/1.1: a stream for each tab would leave none for the seventh.
        var experiment = await Flights("tabs");
        await using var first = await server.Open($"/experiments/{experiment}");
        await Expect(Row(first, 0)).ToContainTextAsync("run-5");
        var tabs = new List<IPage> { first.Page };
        while (tabs.Count < 10)
        {
            var tab = await first.Page.Context.NewPageAsync();
            await tab.GotoAsync(first.Page.Url);
            tabs.Add(tab);
        }
        foreach (var tab in tabs) await Expect(tab.Locator("[data-line='0']")).ToContainTextAsync("run-5");
        await server.Run(experiment, "newcomer", [("loss", 0.125)]);
        // The one that is looked at follows; the others ask for nothing until they are looked at, and then show what they missed.
        foreach (var tab in tabs.AsEnumerable().Reverse())
        {
            await tab.BringToFrontAsync();
            await Expect(tab.Locator("[data-line='0']")).ToContainTextAsync("newcomer");
        }
    }

    [Fact]
    public async Task The_table_is_read_selected_and_opened_without_a_mouse()
    {
        var experiment = await Flights("keyboard");
        await using var page = await server.Open($"/experiments/{experiment}");
        await Expect(Row(page, 0)).ToContainTextAsync("run-5");
        var grid = page.Page.GetByRole(AriaRole.Grid, new() { Name = "Runs" });
        await grid.FocusAsync();
        foreach (var key in new[] { "ArrowDown", "Space", "ArrowDown", "Space" }) await page.Page.Keyboard.PressAsync(key);
        await page.Sees("2 runs selected");
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.Page.GetByText("2 runs selected")).ToHaveCountAsync(0);

        // Up to the heads: Enter sorts there.
        await page.Page.Keyboard.PressAsync("Control+Home");
        await page.Page.Keyboard.PressAsync("ArrowUp");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(Row(page, 0)).ToContainTextAsync("run-0");
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await page.Page.Keyboard.PressAsync("b");
        await Expect(Row(page, 1)).ToContainTextAsync("▼ 1");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("run-0")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_experiment_is_described_tagged_and_its_first_run_explained()
    {
        var experiment = await server.Experiment("first \"steps\"");
        await using var page = await server.Open($"/experiments/{experiment}");
        await page.Sees("No run yet");
        await page.Sees("mlflow.set_experiment(\"first \\\"steps\\\"\")");
        await page.IsAccessible("an experiment without runs");
        await page.Button("Actions for this experiment").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Describe it" }).ClickAsync();
        await page.Page.GetByLabel("Markdown").FillAsync("Which **flights** will be late?");
        await page.Button("Save").ClickAsync();
        await Expect(page.Page.Locator("main strong", new() { HasText = "flights" })).ToBeVisibleAsync();
        await server.Run(experiment, "the first", [("loss", 1)]);
        await Expect(Row(page, 0)).ToContainTextAsync("the first");
    }

    [Fact]
    public async Task Runs_are_points_beside_their_table()
    {
        var experiment = await Flights("points");
        await using var page = await server.Open($"/experiments/{experiment}");
        await Expect(Head(page, "loss")).ToBeVisibleAsync();
        await page.Button("Chart").ClickAsync();
        await page.Sees("6 of 6 runs have both");
        await page.Page.GetByLabel("Across").SelectOptionAsync("params.model");
        await Expect(page.Page.GetByRole(AriaRole.Img, new() { NameRegex = new("over model") })).ToBeVisibleAsync();
        await page.Page.GoBackAsync();
        await page.Page.GoBackAsync();
        await Expect(page.Page.GetByText("6 of 6 runs have both")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_server_that_is_away_is_said_and_asked_again()
    {
        var experiment = await Flights("away");
        await using var page = await server.Open("/experiments");
        page.Allow("Failed to load resource");
        await page.Page.RouteAsync("**/api/slipway/v1/runs/rows", route => route.AbortAsync());
        await page.Go($"/experiments/{experiment}");
        await page.Sees("The server cannot be reached.");
        await page.Page.UnrouteAsync("**/api/slipway/v1/runs/rows");
        // By the button, unless the page has come back by itself in this very moment.
        await page.Page.EvaluateAsync("() => [...document.querySelectorAll('button')].find(one => one.textContent === 'Try again')?.click()");
        await Expect(Row(page, 0)).ToContainTextAsync("run-5");
        await Expect(page.Page.GetByText("The server cannot be reached.")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_experiment_that_is_not_there_is_not_explained_as_empty()
    {
        await using var page = await server.Open("/experiments/424242");
        page.Allow("404");
        await page.Sees("There is no such thing");
        await Expect(page.Page.GetByText("No run yet")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Several_experiments_are_one_table()
    {
        var (one, two) = (await Flights("one of two"), await Flights("two of two"));
        await using var page = await server.Open($"/experiments/{one},{two}");
        await Expect(page.Page.GetByText("12 runs", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(Row(page, 0)).ToContainTextAsync("two of two");
        await Expect(page.Heading("2 experiments")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Pages_are_looked_at_wide_and_narrow_light_and_dark()
    {
        var experiment = await Flights("pictured");
        await using var page = await server.Open($"/experiments/{experiment}");
        await Expect(Row(page, 0)).ToContainTextAsync("run-5");
        await page.Pictures("runs");
        await page.Page.SetViewportSizeAsync(1440, 900);
        await page.Go($"/experiments/{experiment}?group=params.model");
        await page.Sees("6 runs in 2 groups");
        await page.IsAccessible("groups");
        await page.Button("Columns").ClickAsync();
        await page.Page.GetByLabel("Find a column").WaitForAsync();
        await page.IsAccessible("the chooser of columns");
    }

    private async Task<string> Flights(string name)
    {
        var experiment = await server.Experiment(name);
        for (var at = 0; at < 6; at++)
        {
            await server.Run(experiment, $"run-{at}", [("loss", 6 - at), ("val/auc", at / 8.0)],
                [("model", at % 2 == 0 ? "tree" : "mlp"), ("lr", $"0.{at}")], [("note: of 1/a", $"n{at}")], at is 3 or 4 ? "FAILED" : "FINISHED");
        }
        return experiment;
    }

    private static ILocator Row(PageUnderTest page, int line) => page.Page.Locator($"[data-line='{line}']");

    private static ILocator Head(PageUnderTest page, string name) => page.Page.Locator(".runs-table-sort").Filter(new() { HasTextRegex = new($"^{Regex.Escape(name)}\\d?$") });

    private static async Task Filter(PageUnderTest page, string text)
    {
        await page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Filter" }).ClickAsync();
        await page.Page.Keyboard.PressAsync("Control+a");
        await page.Page.Keyboard.TypeAsync(text);
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Keyboard.PressAsync("Enter");
    }
}

public sealed class RunsPageOnSqlite(PagesOnSqlite server) : RunsPageTests(server), IClassFixture<PagesOnSqlite>;

public sealed class RunsPageOnPostgres(PagesOnPostgres server) : RunsPageTests(server), IClassFixture<PagesOnPostgres>;
