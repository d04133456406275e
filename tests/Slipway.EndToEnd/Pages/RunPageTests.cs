using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

public abstract class RunPageTests(PagesServer server)
{
    private const string Hostile = "<img src=x onerror=alert(1)>";

    [Fact]
    public async Task A_run_is_renamed_described_tagged_noted_deleted_and_brought_back()
    {
        var run = await server.Run(await server.Experiment("journey"), "calm-heron-1", [("loss", 0.25)], [("lr", "0.1")], ends: "FINISHED");
        await using var page = await server.Open($"/runs/{run}");
        await page.Button("More").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Rename" }).ClickAsync();
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("bold-otter-2");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("bold-otter-2")).ToBeVisibleAsync();

        await page.Button("Add").First.ClickAsync();
        await page.Page.GetByLabel("Text", new() { Exact = true }).FillAsync("Better **features**");
        await page.Button("Save").ClickAsync();
        await Expect(page.Page.Locator("strong", new() { HasText = "features" })).ToBeVisibleAsync();

        await page.Button("Add").ClickAsync();
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("team");
        await page.Page.GetByLabel("Value", new() { Exact = true }).FillAsync("delays");
        await page.Button("Save").ClickAsync();
        await Expect(page.Button("Change tag team")).ToBeVisibleAsync();
        await page.Button("Remove tag team").ClickAsync();
        await Expect(page.Button("Change tag team")).ToHaveCountAsync(0);

        await Tab(page, "Notes");
        await page.Page.GetByLabel("New note").FillAsync("Worth a *second* look");
        await page.Button("Save").ClickAsync();
        await page.Button("Answer").ClickAsync();
        await page.Page.GetByLabel("Answer", new() { Exact = true }).FillAsync("I will");
        await page.Page.Keyboard.PressAsync("Control+Enter");
        await page.Sees("I will");

        await page.Button("More").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await page.Sees("This run is deleted");
        await page.Button("Restore").ClickAsync();
        await Expect(page.Page.GetByText("This run is deleted")).ToHaveCountAsync(0);

        await Tab(page, "History");
        foreach (var told in new[] { "Run restored", "Note written", "Tag removed", "Run created" }) await page.Sees(told);
        await Expect(page.Page.Locator("del", new() { HasText = "calm-heron-1" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Charts_zoom_and_enlarge_by_address_and_going_back_undoes_it()
    {
        var run = await Training("charts");
        await using var page = await server.Open($"/runs/{run}?tab=metrics");
        var chart = page.Page.GetByRole(AriaRole.Img, new() { Name = "Curve of train/loss" });
        await Expect(chart.Locator("canvas")).ToBeVisibleAsync();
        await page.Sees("2 NaN");

        var box = (await chart.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + box.Width / 3, box.Y + 40);
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + 60, new() { Steps = 5 });
        var asked = page.Page.WaitForRequestAsync(request => request.Url.EndsWith("/metrics/series", StringComparison.Ordinal) && request.PostData!.Contains("\"from\":", StringComparison.Ordinal));
        await page.Page.Mouse.UpAsync();
        await asked;
        await Expect(page.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("from="));
        await page.Page.GoBackAsync();
        await Expect(page.Button("Reset zoom")).ToHaveCountAsync(0);

        await page.Button("Enlarge train/loss").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Dialog).GetByText("Greatest")).ToBeVisibleAsync();
        await page.Page.GetByLabel("From step").FillAsync("10");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("from=10"));
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);

        await page.Button("Table").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Table, new() { Name = "Metrics" }).GetByRole(AriaRole.Row)).ToHaveCountAsync(4);
        await page.Page.GetByLabel("Find metrics").FillAsync("^train/");
        await Expect(page.Page.GetByRole(AriaRole.Table, new() { Name = "Metrics" }).GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task What_is_logged_is_seen_without_loading_anew()
    {
        var experiment = await server.Experiment("live");
        var run = await server.Run(experiment, "calm-heron-1", [("loss", 0.5)]);
        await using var page = await server.Open($"/runs/{run}");
        await page.Sees("Running");
        await server.Mlflow("runs/log-metric", new JsonObject { ["run_id"] = run, ["key"] = "brand_new", ["value"] = 0.125, ["timestamp"] = 1, ["step"] = 1 });
        await page.Sees("brand_new");
        await server.Mlflow("runs/update", new JsonObject { ["run_id"] = run, ["status"] = "FINISHED", ["end_time"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() });
        await page.Sees("Finished");
    }

    [Fact]
    public async Task Files_are_found_and_opened_by_keyboard_alone()
    {
        var experiment = await server.Experiment("keys");
        var run = await server.Run(experiment, "calm-heron-1");
        await server.Artifact(experiment, run, "plots/one.txt", "first line\nsecond line\n"u8.ToArray());
        await server.Artifact(experiment, run, "a.json", """{"deep":{"er":[1,2,3]}}"""u8.ToArray());
        await using var page = await server.Open($"/runs/{run}?tab=artifacts");
        await page.Page.GetByRole(AriaRole.Tree, new() { Name = "Artifacts" }).FocusAsync();
        foreach (var key in new[] { "ArrowRight", "ArrowDown", "Enter" })
        {
            await page.Page.Keyboard.PressAsync(key);
            if (key == "ArrowRight") await page.Sees("one.txt");
        }
        await page.Sees("second line");
        Assert.Contains("path=plots%2Fone.txt", page.Page.Url, StringComparison.Ordinal);
        await page.Go($"/runs/{run}?tab=artifacts&path=a.json");
        await Expect(page.Page.GetByRole(AriaRole.Tree, new() { Name = "JSON" }).GetByText("deep")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Stored_files_and_names_run_nothing()
    {
        var experiment = await server.Experiment("hostile files");
        var run = await server.Run(experiment, "calm-heron-1", parameters: [(("a b"), Hostile)], tags: [("mlflow.note.content", $"{Hostile} [x](javascript:alert(1))"), ("mlflow.source.git.repoURL", "javascript:alert(1)"), ("mlflow.source.git.commit", Hostile)]);
        var svg = $"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\" width=\"40\" height=\"40\"><script>alert(1)</script><rect width=\"40\" height=\"40\"/></svg>";
        var html = "<p id=p>still</p><script>document.getElementById('p').textContent='ran'; top.document.title='ran'; alert(1)</script><img src=x onerror=alert(1)><form action=/signout method=post><button autofocus>b</button></form>";
        var notebook = new JsonObject
        {
            ["cells"] = new JsonArray(new JsonObject
            {
                ["cell_type"] = "code",
                ["source"] = Hostile,
                ["outputs"] = new JsonArray(new JsonObject { ["output_type"] = "display_data", ["data"] = new JsonObject { ["text/html"] = html } }, new JsonObject { ["output_type"] = "display_data", ["data"] = new JsonObject { ["application/javascript"] = "alert(1)" } }),
            }),
        }.ToJsonString();
        (string Name, string Content, string Sees)[] files =
        [
            (Hostile + ".txt", Hostile, Hostile), ("a.svg", svg, "a.svg"), ("a.html", html, "Without its scripts"), ("a.ipynb", notebook, "An output is left out"), ("a.md", html + Hostile, "still"),
            ("a.csv", $"{Hostile},b\n{Hostile},2\n", Hostile), ("a.json", $$"""{"{{Hostile}}":"{{Hostile}}"}""", Hostile), ("a.diff", $"diff --git a/{Hostile} b/{Hostile}\n@@ -1,1 +1,1 @@\n-a\n+{Hostile}\n", Hostile),
            ("a.bin", "\0\u0001" + Hostile, "Nothing here knows"), ("a.pkl", "\u0080\u0004" + Hostile, "It is not opened here"), ("a.onnx", Hostile, "This did not work"), ("MLmodel", "flavors:\n  " + Hostile, "flavors"),
        ];
        foreach (var (name, content, sees) in files)
        {
            await server.Artifact(experiment, run, name, Encoding.UTF8.GetBytes(content));
            await using var page = await server.Open($"/runs/{run}?tab=artifacts&path={Uri.EscapeDataString(name)}");
            // The browser says what it kept from running, also in the documents in which HTML is cleaned and which nobody sees: that is the point.
            if (name == "a.html") page.Allow("sandbox");
            page.Allow("Content Security Policy");
            await page.Sees(sees);
            Assert.Equal(0, await page.Page.Locator("main :is(img[src=x], script, svg[onload], a[href^='javascript'], form[action])").CountAsync());
            if (name != "a.html") continue;
            var frame = page.Page.FrameLocator("iframe");
            await Expect(frame.Locator("#p")).ToHaveTextAsync("still");
            Assert.NotEqual("ran", await page.Page.TitleAsync());
        }
        await using var overview = await server.Open($"/runs/{run}");
        overview.Allow("Content Security Policy");
        await overview.Sees("Facts");
        Assert.Equal(0, await overview.Page.Locator("main :is(img[src=x], script, a[href^='javascript'])").CountAsync());
    }

    [Fact]
    public async Task Each_tab_is_looked_at_wide_and_narrow_light_and_dark()
    {
        var run = await Training("looks");
        await using var page = await server.Open($"/runs/{run}");
        foreach (var (query, sees) in new[] { ("", "Facts"), ("?tab=metrics&smooth=0.6", "train"), ("?tab=images", "val/examples"), ("?tab=params", "optimizer"), ("?tab=artifacts&path=data.csv", "12.5"), ("?tab=code", "numpy"), ("?tab=console", "epoch 2"), ("?tab=history", "Run created") })
        {
            await page.Page.SetViewportSizeAsync(1440, 900);
            await page.Go($"/runs/{run}{query}");
            await page.Sees(sees);
            await page.Pictures("run-" + (query.Length == 0 ? "overview" : query[5..].Split('&')[0]));
        }
        await page.Go($"/runs/{new string('0', 32)}");
        page.Allow("404");
        await page.Sees("There is no such thing");
    }

    private static async Task Tab(PageUnderTest page, string name) => await page.Page.GetByRole(AriaRole.Navigation, new() { Name = "Of this run" }).GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).ClickAsync();

    /// <summary>A run with curves, of which one has NaN, pictures along the way, and what `slipway run` notes.</summary>
    private async Task<string> Training(string name)
    {
        var experiment = await server.Experiment(name);
        var run = await server.Run(experiment, "calm-heron-1", parameters: [("lr", "0.1"), ("optimizer", "adamw")], tags: [("mlflow.source.git.commit", new string('a', 40)), ("slipway.git.dirty", "true"), ("slipway.command", """["python","train.py"]""")]);
        var metrics = new JsonArray();
        for (var step = 0; step < 100; step++)
            foreach (var (key, value) in new[] { ("train/loss", 1.0 / (step + 1)), ("val/loss", 1.1 / (step + 1)), ("lr", 0.1 - step * 0.001) })
                metrics.Add(new JsonObject { ["key"] = key, ["value"] = key == "train/loss" && step is 20 or 21 ? "NaN" : value, ["timestamp"] = 1_763_700_000_000 + step * 1000, ["step"] = step });
        await server.Mlflow("runs/log-batch", new JsonObject { ["run_id"] = run, ["metrics"] = metrics });
        var pixel = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
        foreach (var step in new[] { 0, 25, 85 })
            await server.Artifact(experiment, run, string.Create(CultureInfo.InvariantCulture, $"images/val#examples%step%{step}%timestamp%1763700000000%g3f2a-{step}.png"), pixel);
        await server.Artifact(experiment, run, "data.csv", "flight,delay\n1,12.5\n2,0\n"u8.ToArray());
        await server.Artifact(experiment, run, "environment/pip.txt", "numpy==1.26.4\n"u8.ToArray());
        await server.Artifact(experiment, run, "environment/uncommitted.diff", "diff --git a/a.py b/a.py\n@@ -1,1 +1,1 @@\n-a\n+b\n"u8.ToArray());
        await server.Artifact(experiment, run, "console.log", "epoch 1\nepoch 2\n"u8.ToArray());
        return run;
    }
}

public sealed class RunPageOnSqlite(PagesOnSqlite server) : RunPageTests(server), IClassFixture<PagesOnSqlite>;

public sealed class RunPageOnPostgres(PagesOnPostgres server) : RunPageTests(server), IClassFixture<PagesOnPostgres>;
