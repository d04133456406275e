using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

public abstract class ComparePageTests(PagesServer server)
{
    [Fact]
    public async Task Lines_of_runs_lie_over_each_other_and_each_can_be_hidden_or_shown_alone()
    {
        var runs = await Runs("overlaid", 3);
        await using var page = await server.Open("/compare?runs=" + string.Join(',', runs));
        await Expect(page.Heading("Compare 3 runs")).ToBeVisibleAsync();
        await Expect(Chart(page, "loss of 3 runs")).ToBeVisibleAsync();
        await page.Page.GetByLabel("Show overlaid-1", new() { Exact = true }).UncheckAsync();
        await Expect(Chart(page, "loss of 2 runs")).ToBeVisibleAsync();
        await page.Page.ReloadAsync();
        await Expect(Chart(page, "loss of 2 runs")).ToBeVisibleAsync();
        await page.Button("Show only overlaid-2").ClickAsync(new() { Force = true });
        await Expect(Chart(page, "loss of 1 runs")).ToBeVisibleAsync();
        await page.Button("Show all").ClickAsync();
        await Expect(Chart(page, "loss of 3 runs")).ToBeVisibleAsync();
        await page.Page.GetByLabel("Groups").SelectOptionAsync("params.optimizer");
        await Expect(page.Page.GetByLabel("Band")).ToBeVisibleAsync();
        Assert.Contains("group=params.optimizer", page.Page.Url, StringComparison.Ordinal);
        await page.Page.GoBackAsync();
        await Expect(page.Page.GetByLabel("Band")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_stretch_that_is_drawn_is_read_anew_and_part_of_the_address()
    {
        var runs = await Runs("zoomed", 2);
        await using var page = await server.Open("/compare?runs=" + string.Join(',', runs));
        var box = await Chart(page, "loss of 2 runs").BoundingBoxAsync();
        var asked = page.Page.WaitForRequestAsync(request => request.Url.EndsWith("/metrics/series", StringComparison.Ordinal) && request.PostData!.Contains("\"from\":", StringComparison.Ordinal));
        await page.Page.Mouse.MoveAsync(box!.X + (box.Width * 0.4f), box.Y + 80);
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(box.X + (box.Width * 0.6f), box.Y + 80, new() { Steps = 4 });
        await page.Page.Mouse.UpAsync();
        await asked;
        await Expect(page.Button("Whole range")).ToBeVisibleAsync();
        Assert.Contains("zoom=", page.Page.Url, StringComparison.Ordinal);
        await page.Page.GoBackAsync();
        await Expect(page.Button("Whole range")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Only_what_differs_is_shown_and_differences_count_from_a_baseline()
    {
        var runs = await Runs("differing", 3);
        await using var page = await server.Open($"/compare?runs={string.Join(',', runs)}&tab=params");
        await Expect(page.Page.GetByRole(AriaRole.Rowheader, new() { Name = "lr", Exact = true })).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Rowheader, new() { Name = "epochs", Exact = true })).ToHaveCountAsync(0);
        await page.Button("Only what differs").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Rowheader, new() { Name = "epochs", Exact = true })).ToBeVisibleAsync();
        await page.Page.GetByLabel("Baseline").SelectOptionAsync(runs[1]);
        await Expect(page.Page.GetByRole(AriaRole.Cell, new() { Name = "+0.01" }).First).ToBeVisibleAsync();
        Assert.Contains("baseline=" + runs[1], page.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_run_logs_appears_without_being_asked_for()
    {
        var runs = await Runs("live", 2);
        await using var page = await server.Open("/compare?runs=" + string.Join(',', runs));
        await Expect(Chart(page, "loss of 2 runs")).ToBeVisibleAsync();
        await Log(runs[0], "fresh", [1, 2, 3]);
        await Expect(Chart(page, "fresh of 2 runs")).ToBeVisibleAsync(new() { Timeout = 15_000 });
    }

    [Fact]
    public async Task Runs_are_chosen_along_axes_with_the_keyboard_alone()
    {
        var runs = await Runs("keyed", 4);
        await using var page = await server.Open($"/compare?runs={string.Join(',', runs)}&tab=parallel");
        await Expect(page.Heading("All 4 runs")).ToBeVisibleAsync();
        await page.Page.GetByText("Limits as numbers").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.GetByLabel("lr to", new() { Exact = true }).FocusAsync();
        await page.Page.Keyboard.PressAsync("Control+A");
        await page.Page.Keyboard.TypeAsync("0.025");
        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Heading("2 of 4 runs")).ToBeVisibleAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Compare only these" }).FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("Compare 2 runs")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Code_environment_and_images_stand_side_by_side()
    {
        var experiment = await server.Experiment("beside");
        List<string> runs = [];
        foreach (var lr in new[] { "0.1", "0.2" })
        {
            var run = await server.Run(experiment, "beside-" + lr, [("loss", 1)]);
            runs.Add(run);
            await server.Artifact(experiment, run, "environment/uncommitted.diff", Encoding.UTF8.GetBytes($"diff --git a/train.py b/train.py\n--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-lr = 1\n+lr = {lr}\n"));
            await server.Artifact(experiment, run, "environment/environment.json", Encoding.UTF8.GetBytes($$"""{"host": "node-{{lr}}", "packages": {"TorchSharp": "{{lr}}.0" }, "dotnet": "10"}"""));
            await server.Artifact(experiment, run, "images/samples%step%10%timestamp%1763700000000%g1.png", Png);
        }
        var address = "/compare?runs=" + string.Join(',', runs) + "&tab=";
        await using var page = await server.Open(address + "code");
        await page.Sees("+lr = 0.1");
        await page.Sees("+lr = 0.2");
        await page.Go(address + "environment");
        await Expect(page.Page.GetByRole(AriaRole.Rowheader, new() { Name = "packages.TorchSharp" })).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Rowheader, new() { Name = "dotnet" })).ToHaveCountAsync(0);
        await page.Go(address + "images");
        await Expect(page.Page.GetByRole(AriaRole.Img, new() { Name = "samples of beside-0.1 at step 10" })).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("\"><svg onload=alert(1)>")]
    [InlineData("__proto__")]
    public async Task Hostile_names_params_and_metrics_are_text_on_every_tab(string hostile)
    {
        var experiment = await server.Experiment("hostile " + hostile);
        List<string> runs = [];
        for (var i = 0; i < 2; i++) runs.Add(await server.Run(experiment, hostile + " run", [("loss", i)], [("lr", hostile + i), ("__proto__", $"{i}"), ("constructor", $"{i}")], [("owner", hostile)]));
        foreach (var tab in new[] { "charts", "parallel", "scatter", "contour", "params", "tags", "environment", "code", "datasets", "images" })
        {
            await using var page = await server.Open($"/compare?runs={string.Join(',', runs)}&tab={tab}");
            // These runs carry no captured code or environment.
            page.Allow("404");
            await Expect(page.Heading("Compare 2 runs")).ToBeVisibleAsync();
            Assert.Equal(0, await page.Page.Locator("main :is(img[src=x], script, svg[onload])").CountAsync());
        }
    }

    [Fact]
    public async Task Comparisons_are_looked_at_wide_and_narrow_light_and_dark()
    {
        var runs = await Runs("seen", 8);
        var address = "/compare?runs=" + string.Join(',', runs);
        await using var page = await server.Open(address);
        await Expect(Chart(page, "loss of 8 runs")).ToBeVisibleAsync();
        await page.Pictures("compare");
        foreach (var (tab, seen) in new[] { ("parallel", "All 8 runs"), ("contour", "Only the dots are runs"), ("scatter", "A click on a dot"), ("params", "Only what differs") })
        {
            await page.Go($"{address}&tab={tab}");
            await page.Sees(seen);
            await page.Pictures("compare-" + tab);
        }
    }

    private async Task<List<string>> Runs(string name, int count)
    {
        var experiment = await server.Experiment(name);
        List<string> runs = [];
        for (var i = 0; i < count; i++)
        {
            var rate = (0.01 * (i + 1)).ToString(System.Globalization.CultureInfo.InvariantCulture);
            var run = await server.Run(experiment, $"{name}-{i}", [("auc", 0.5 + (0.01 * i))], [("lr", rate), ("layers", $"{(i * 3 % 5) + 2}"), ("optimizer", i % 2 == 0 ? "adam" : "sgd"), ("epochs", "30")]);
            await Log(run, "loss", [.. Enumerable.Range(0, 200).Select(step => (2 * Math.Exp(-step / 40.0)) + (0.1 * i))]);
            runs.Add(run);
        }
        return runs;
    }

    private Task Log(string run, string key, double[] values)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var metrics = values.Select((value, step) => (JsonNode)new JsonObject { ["key"] = key, ["value"] = value, ["timestamp"] = now + step, ["step"] = step });
        return server.Mlflow("runs/log-batch", new JsonObject { ["run_id"] = run, ["metrics"] = new JsonArray([.. metrics]) });
    }

    private static ILocator Chart(PageUnderTest page, string name) => page.Page.GetByRole(AriaRole.Img, new() { Name = name, Exact = true });

    /// <summary>One white point.</summary>
    internal static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=");
}

public sealed class ComparePageOnSqlite(PagesOnSqlite server) : ComparePageTests(server), IClassFixture<PagesOnSqlite>;

public sealed class ComparePageOnPostgres(PagesOnPostgres server) : ComparePageTests(server), IClassFixture<PagesOnPostgres>;
