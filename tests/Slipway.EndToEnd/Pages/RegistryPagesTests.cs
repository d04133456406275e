using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

/// <summary>The registry: what is in production and how it came there, versions and what they are made of, gates, cards, prompts.</summary>
public abstract class RegistryPagesTests(PagesServer server)
{
    private const string Mlmodel = """
        flavors:
          python_function:
            loader_module: mlflow.sklearn
            python_version: 3.11.7
        mlflow_version: 3.1.0
        signature:
          inputs: '[{"name": "distance", "type": "double", "required": true}]'
          outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]'
        """;

    [Fact]
    public async Task A_model_is_made_its_run_registered_moved_into_production_and_rolled_back()
    {
        var (_, first) = await RunWithModel("journey-1", 0.8);
        var (_, second) = await RunWithModel("journey-2", 0.9);
        await using var page = await server.Open("/models");
        await page.Button("New model").ClickAsync();
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("journey");
        await page.Button("Create").ClickAsync();
        await Expect(page.Heading("journey")).ToBeVisibleAsync();
        await page.Sees("This model has no version yet");

        foreach (var (run, version) in new[] { (first, "1"), (second, "2") })
        {
            await page.Go($"/runs/{run}");
            await page.Button("Register").ClickAsync();
            await page.Page.GetByLabel("Model", new() { Exact = true }).FillAsync("journey");
            await page.Sees("It gets its next version");
            await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Register", Exact = true }).ClickAsync();
            await Expect(page.Heading("Version " + version)).ToBeVisibleAsync();
            await page.Sees("distance");
            await page.Button("Move...").ClickAsync();
            await page.Page.GetByLabel("Alias", new() { Exact = true }).FillAsync("champion");
            await page.Page.GetByLabel("Why").FillAsync("because of " + run);
            await page.Button("Move").ClickAsync();
            await Expect(page.Page.GetByRole(AriaRole.Main).GetByText("@champion").First).ToBeVisibleAsync();
        }

        await page.Page.GetByRole(AriaRole.Navigation, new() { Name = "Place" }).GetByRole(AriaRole.Link, new() { Name = "journey" }).ClickAsync();
        await Expect(page.Heading("In production: v2")).ToBeVisibleAsync();
        await page.Sees("because of " + second);
        await page.Button("Roll back...").ClickAsync();
        await Expect(page.Button("Roll back to version 1")).ToBeDisabledAsync();
        await page.Page.GetByLabel("Why").FillAsync("everything looked late");
        await page.Button("Roll back to version 1").ClickAsync();
        await Expect(page.Heading("In production: v1")).ToBeVisibleAsync();

        await page.Page.GetByRole(AriaRole.Link, new() { Name = "History", Exact = true }).ClickAsync();
        await page.Sees("rolled back");
        await page.Sees("everything looked late");
        await page.Go($"/runs/{first}");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "journey v1" }).ClickAsync();
        await Expect(page.Heading("Version 1")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_ran_at_a_time_is_an_address_and_so_is_a_comparison()
    {
        var (name, _) = await ModelWithVersions("timed", 3);
        await Move(name, "champion", "1", "first");
        var between = DateTimeOffset.UtcNow.AddMilliseconds(1).ToUnixTimeMilliseconds();
        // The next move is of a later moment.
        SpinWait.SpinUntil(() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() > between);
        await Move(name, "champion", "2", "second");
        await using var page = await server.Open($"/models/{name}?tab=history&at={between}");
        var there = page.Page.Locator(".timeline-there");
        await Expect(there).ToContainTextAsync("v1");
        await page.Button("Clear").ClickAsync();
        await Expect(there).ToHaveCountAsync(0);
        Assert.DoesNotContain("at=", page.Page.Url, StringComparison.Ordinal);

        await page.Go($"/models/{name}?tab=versions");
        await page.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Compare version 1" }).CheckAsync();
        await page.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Compare version 3" }).CheckAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Compare", Exact = true }).ClickAsync();
        await Expect(page.Heading("Compare 2 versions")).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Row, new() { Name = "auc" })).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Row, new() { Name = "depth" })).ToHaveCountAsync(0);
        await page.Button("Only what differs").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Row, new() { Name = "depth" })).ToBeVisibleAsync();
        Assert.Contains("alike=true", page.Page.Url, StringComparison.Ordinal);
        await page.Page.GoBackAsync();
        await Expect(page.Page.GetByRole(AriaRole.Row, new() { Name = "depth" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_somebody_else_moves_is_shown_without_being_asked_for()
    {
        var (name, _) = await ModelWithVersions("elsewhere", 2);
        await Move(name, "champion", "1", "first");
        await using var page = await server.Open($"/models/{name}");
        await Expect(page.Heading("In production: v1")).ToBeVisibleAsync();
        await Move(name, "champion", "2", "by a program");
        await Expect(page.Heading("In production: v2")).ToBeVisibleAsync(new() { Timeout = 40_000 });
    }

    [Fact]
    public async Task A_policy_blocks_a_move_says_what_is_missing_and_lets_it_through_once_it_is_there()
    {
        var (name, _) = await ModelWithVersions("gated", 1);
        await Policy("gated-tags", "checks:\n  - check: tags\n    required: [ticket]\n  - check: dataset\n");
        await server.Post("/api/slipway/v1/gates/attachments", new JsonObject { ["policy"] = "gated-tags", ["model"] = name, ["alias"] = "champion" });
        await using var page = await server.Open($"/models/{name}/versions/1");
        page.Allow("409");
        await page.Button("Move...").ClickAsync();
        await page.Page.GetByLabel("Alias", new() { Exact = true }).FillAsync("champion");
        await page.Button("Move").ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("may not go to @champion yet")).ToBeVisibleAsync();
        await Expect(dialog.GetByText("ticket").First).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Link, new() { Name = "All its gates" }).ClickAsync();
        await page.Sees("1 of 2 checks missing");
        await Expect(page.Button("Move here")).ToBeDisabledAsync();
        await page.Picture("registry-gates-blocked");

        await page.Page.GetByRole(AriaRole.Navigation, new() { Name = "Of this version" }).GetByRole(AriaRole.Link, new() { Name = "Overview" }).ClickAsync();
        await page.Button("Add tags").ClickAsync();
        await page.Page.GetByLabel("Key").FillAsync("ticket");
        await page.Page.GetByLabel("Value of ticket").FillAsync("ML-7");
        await page.Button("Save").ClickAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Gates", Exact = true }).ClickAsync();
        await page.Sees("May go here");
        await page.Button("Move here").ClickAsync();
        await page.Page.GetByLabel("Why").FillAsync("all is there");
        await page.Button("Move").ClickAsync();
        await page.Sees("This version stands here");
        await page.Sees("What was said before");
        await page.IsAccessible("the gates of a version");

        await page.Go($"/models/{name}?tab=policies");
        await page.Sees("gated-tags");
        await page.IsAccessible("the policies of a model");
    }

    [Fact]
    public async Task A_check_is_waived_with_a_reason_that_stays()
    {
        var (name, _) = await ModelWithVersions("waived", 1);
        await Policy("waived-tags", "checks:\n  - check: tags\n    required: [ticket]\n");
        await server.Post("/api/slipway/v1/gates/attachments", new JsonObject { ["policy"] = "waived-tags", ["model"] = name, ["stage"] = "Production" });
        await using var page = await server.Open($"/models/{name}/versions/1?tab=gates");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Waive:" }).ClickAsync();
        await page.Page.GetByLabel("Why").FillAsync("the tracker is down");
        await page.Button("Waive").ClickAsync();
        await page.Sees("May go here");
        await page.Sees("the tracker is down");
        await page.Button("Take back...").ClickAsync();
        await page.Page.GetByLabel("Why").FillAsync("it is up again");
        await page.Button("Take back").ClickAsync();
        await page.Sees("1 of 1 check missing");
        await page.Sees("it is up again");
    }

    [Fact]
    public async Task Files_are_verified_and_the_card_gathers_what_is_known()
    {
        var (name, _) = await ModelWithVersions("carded", 1);
        await using var page = await server.Open($"/models/{name}");
        await page.Button("Fill in").ClickAsync();
        await page.Page.GetByLabel("Owner", new() { Exact = true }).FillAsync("ada");
        await page.Page.GetByLabel("Intended use").FillAsync("Planning of **crews**.");
        await page.Page.GetByLabel("Review on").FillAsync("2020-01-31");
        await page.Button("Save").ClickAsync();
        await page.Sees("overdue");

        await page.Go($"/models/{name}/versions/1?tab=files");
        await page.Button("Verify the files").ClickAsync();
        await page.Sees("byte for byte");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Card", Exact = true }).ClickAsync();
        await page.Sees("Planning of");
        await page.Sees("claimed");
        await page.Button("Save as").ClickAsync();
        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Markdown" }).ClickAsync());
        Assert.Equal("carded-1.md", download.SuggestedFilename);
        Assert.Contains("ada", await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_is_written_changed_and_its_versions_compared()
    {
        await using var page = await server.Open("/models?kind=prompts");
        await page.Button("New prompt").ClickAsync();
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("greeting");
        await page.Page.GetByLabel("Text", new() { Exact = true }).FillAsync("Say hello to {{name}}.");
        await page.Button("Create").ClickAsync();
        await Expect(page.Heading("greeting")).ToBeVisibleAsync();
        await Expect(page.Page.Locator(".prompt-text mark")).ToHaveTextAsync("{{name}}");
        await page.Button("New").ClickAsync();
        await page.Page.GetByLabel("Text", new() { Exact = true }).FillAsync("Say hello to {{name}}.\nBe brief.");
        await page.Button("Create").ClickAsync();
        await Expect(page.Heading("Version 2")).ToBeVisibleAsync();
        await page.Page.GetByLabel("Compare with").SelectOptionAsync("1");
        await Expect(page.Page.Locator(".prompt-difference .added")).ToHaveTextAsync("Be brief.");
        await page.IsAccessible("a prompt");
        await page.Go("/models?q=greeting");
        await page.Sees("No model has this name");
    }

    [Fact]
    public async Task A_model_is_made_moved_and_deleted_with_the_keyboard_alone_on_a_phone()
    {
        await using var page = await server.Open("/models", 390);
        await page.Button("New model").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Keyboard.TypeAsync("by keyboard");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("by keyboard")).ToBeVisibleAsync();
        var (_, run) = await RunWithModel("keyboard", 0.5);
        await Register("by keyboard", run);
        await page.Go("/models/by%20keyboard/versions/1");
        await page.Button("Move...").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.GetByLabel("Alias", new() { Exact = true }).FocusAsync();
        await page.Page.Keyboard.TypeAsync("champion");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Main).GetByText("@champion").First).ToBeVisibleAsync();
        await page.Page.GoBackAsync();
        await Expect(page.Heading("In production: v1")).ToBeVisibleAsync();
        await page.Button("More").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Rename" })).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Button("Delete for good")).ToBeDisabledAsync();
        await page.Page.Keyboard.TypeAsync("by keyboard");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("Models")).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "by keyboard" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_filter_finds_by_tag_and_what_is_wrong_in_it_is_told()
    {
        var (name, _) = await ModelWithVersions("filtered", 1);
        await server.Mlflow("registered-models/set-tag", new JsonObject { ["name"] = name, ["key"] = "team", ["value"] = "blue" });
        await using var page = await server.Open("/models?q=" + Uri.EscapeDataString("tags.team = 'blue'"));
        page.Allow("400");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true })).ToBeVisibleAsync();
        await page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Filter of models" }).ClickAsync();
        await page.Page.Keyboard.PressAsync("Control+a");
        await page.Page.Keyboard.TypeAsync("colour = 'blue'");
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("colour");
    }

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("{{constructor.constructor('alert(1)')()}}")]
    [InlineData("\"><svg onload=alert(1)>")]
    public async Task Hostile_names_descriptions_tags_and_reasons_are_text(string hostile)
    {
        var name = hostile.Replace("/", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal) + " model";
        var (_, run) = await RunWithModel("hostile", 0.5);
        await server.Mlflow("registered-models/create", new JsonObject { ["name"] = name, ["description"] = $"[x](javascript:alert(2)) {hostile}" });
        await Register(name, run, hostile);
        await server.Mlflow("model-versions/set-tag", new JsonObject { ["name"] = name, ["version"] = "1", ["key"] = "owner", ["value"] = hostile });
        await Move(name, "champion", "1", hostile);
        var at = Uri.EscapeDataString(name);
        foreach (var path in new[] { "/models", $"/models/{at}", $"/models/{at}?tab=history", $"/models/{at}?tab=versions", $"/models/{at}/versions/1", $"/models/{at}/versions/1?tab=card", $"/models/{at}/versions/1?tab=history", $"/models/{at}/compare?versions=1&alike=true" })
        {
            await using var page = await server.Open(path);
            // The sanitiser reads markup in a document that runs nothing; Chromium notes there, too, what the policy forbids.
            page.Allow("Executing inline event handler violates");
            await page.Sees(hostile);
            Assert.Equal(0, await page.Page.Locator("main :is(img[src=x], script, svg[onload], a[href^='javascript'])").CountAsync());
        }
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        await using var page = await server.Open("/models/nobody-made-this");
        page.Allow("404");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("There is no such thing");
        await page.Go("/models/nobody-made-this/versions/7");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("There is no such thing");
        await page.Go("/models/nobody-made-this/compare");
        await page.Sees("Nothing to compare yet");
    }

    [Fact]
    public async Task Pages_are_looked_at_wide_and_narrow_light_and_dark()
    {
        var (name, _) = await ModelWithVersions("flights", 3, "Tells which flights will be **late**.");
        await Move(name, "champion", "1", "First one.");
        await Move(name, "champion", "2", "Two points better.");
        await Move(name, "challenger", "3", "Shadow traffic.");
        await server.Mlflow("model-versions/transition-stage", new JsonObject { ["name"] = name, ["version"] = "3", ["stage"] = "Staging", ["archive_existing_versions"] = false });
        await using var page = await server.Open("/models");
        foreach (var (path, sees, picture) in new[]
        {
            ("/models", "flights", "models"), ($"/models/{name}", "In production", "model"), ($"/models/{name}?tab=versions", "@challenger", "model-versions"), ($"/models/{name}?tab=history", "Every stay", "model-history"),
            ($"/models/{name}/versions/2", "distance", "version"), ($"/models/{name}/versions/2?tab=files", "MLmodel", "version-files"), ($"/models/{name}/versions/2?tab=card", "How it was made", "version-card"),
            ($"/models/{name}/compare?versions=1,2,3", "auc", "versions-compared"),
        })
        {
            await page.Go(path);
            await page.Sees(sees);
            await page.Pictures("registry-" + picture);
        }
    }

    private async Task<(string Experiment, string Run)> RunWithModel(string name, double auc)
    {
        var experiment = await server.Experiment($"{name} {Guid.NewGuid():N}");
        var run = await server.Run(experiment, name, [("auc", auc)], [("depth", "6")], ends: "FINISHED");
        await server.Artifact(experiment, run, "model/MLmodel", Encoding.UTF8.GetBytes(Mlmodel));
        await server.Artifact(experiment, run, "model/weights.bin", Encoding.UTF8.GetBytes(run));
        await server.Mlflow("runs/set-tag", new JsonObject { ["run_id"] = run, ["key"] = "mlflow.log-model.history", ["value"] = """[{"artifact_path": "model"}]""" });
        await server.Mlflow("runs/log-inputs", new JsonObject
        {
            ["run_id"] = run,
            ["datasets"] = new JsonArray(new JsonObject { ["dataset"] = new JsonObject { ["name"] = "flights-2026", ["digest"] = "9f", ["source_type"] = "local", ["source"] = "{}" } }),
        });
        return (experiment, run);
    }

    private async Task<(string Name, string[] Runs)> ModelWithVersions(string name, int versions, string? description = null)
    {
        await server.Mlflow("registered-models/create", new JsonObject { ["name"] = name, ["description"] = description });
        var runs = new string[versions];
        for (var i = 0; i < versions; i++)
        {
            (_, runs[i]) = await RunWithModel($"{name}-{i}", 0.7 + i * 0.05);
            await Register(name, runs[i]);
        }
        return (name, runs);
    }

    private Task<JsonNode> Register(string name, string run, string? description = null) =>
        server.Mlflow("model-versions/create", new JsonObject { ["name"] = name, ["source"] = $"runs:/{run}/model", ["run_id"] = run, ["description"] = description });

    private Task<JsonNode> Move(string name, string alias, string version, string reason) =>
        server.Post($"/api/slipway/v1/models/{Uri.EscapeDataString(name)}/moves", new JsonObject { ["moves"] = new JsonArray(new JsonObject { ["alias"] = alias, ["version"] = version }), ["reason"] = reason });

    private async Task Policy(string name, string yaml)
    {
        using var answer = await server.Server.Http.PutAsync("/api/slipway/v1/gates/policies/" + name, new StringContent(new JsonObject { ["yaml"] = yaml }.ToJsonString(), Encoding.UTF8, "application/json"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}

public sealed class RegistryPagesOnSqlite(PagesOnSqlite server) : RegistryPagesTests(server), IClassFixture<PagesOnSqlite>;

public sealed class RegistryPagesOnPostgres(PagesOnPostgres server) : RegistryPagesTests(server), IClassFixture<PagesOnPostgres>;
