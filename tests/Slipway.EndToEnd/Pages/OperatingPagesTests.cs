using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

/// <summary>The pages of who operates models: webhooks, policies, approvals, lineage, jobs.</summary>
public abstract class OperatingPagesTests(PeopleServer server)
{
    private const string Hostile = "<script>alert(1)</script>";

    /// <summary>A model's name has no slash.</summary>
    private const string Told = "told <img src=x onerror=alert(1)>";

    [Fact]
    public async Task A_webhook_is_made_tested_told_of_a_change_told_again_switched_off_and_deleted()
    {
        await using var page = await server.OpenAs("root", "/settings/webhooks");
        await page.Button("New webhook").First.ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync("ci");
        await dialog.GetByLabel("Address").FillAsync("http://127.0.0.1/hook");
        await dialog.GetByLabel("Secret").FillAsync("never shown again");
        await dialog.GetByLabel("What it is for").FillAsync(Hostile);
        await dialog.GetByLabel("a model is registered").CheckAsync();
        page.Allow("400");
        await page.Button("Create").ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("https");
        await dialog.GetByLabel("Address").FillAsync("https://hooks.example.invalid/models");
        await page.Button("Create").ClickAsync();
        await Expect(page.Heading("ci")).ToBeVisibleAsync();
        await page.Sees(Hostile);
        Assert.DoesNotContain("never shown again", await page.Page.ContentAsync(), StringComparison.Ordinal);

        await page.Button("Test").ClickAsync();
        await page.Button("Send an example").ClickAsync();
        await page.Sees("no answer");
        await page.Button("Close").Last.ClickAsync();

        // Nobody loads the page anew: what is sent while it is open comes by itself.
        await server.Mlflow("registered-models/create", new JsonObject { ["name"] = Told });
        var deliveries = page.Page.GetByRole(AriaRole.Table, new() { Name = "Deliveries" });
        await Expect(deliveries.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await deliveries.GetByRole(AriaRole.Button, new() { Name = "a model is registered " + Told }).ClickAsync();
        await Expect(page.Page.GetByLabel("What is sent")).ToContainTextAsync("\"action\": \"created\"");
        Assert.Contains("delivery=", page.Page.Url, StringComparison.Ordinal);
        await page.Page.Keyboard.PressAsync("Escape");
        await deliveries.GetByRole(AriaRole.Button, new() { Name = "Send again: a model is registered" }).ClickAsync();
        await Expect(deliveries.GetByRole(AriaRole.Row)).ToHaveCountAsync(3);
        await page.Pictures("webhook");

        await page.Page.SetViewportSizeAsync(1440, 900);
        await page.Button("Switch off").ClickAsync();
        await Expect(page.Button("Switch on")).ToBeVisibleAsync();
        await page.Button("Delete").ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.Sees("No webhook yet");
    }

    [Fact]
    public async Task A_policy_is_written_with_its_errors_in_place_attached_tried_and_changed()
    {
        var model = "flights-" + Guid.NewGuid().ToString("N")[..6];
        await Version(model);
        await using var page = await server.OpenAs("root", "/settings/policies");
        await page.Button("New policy").ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        var name = "customers-" + model[8..];
        await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        var editor = dialog.GetByRole(AriaRole.Textbox, new() { Name = "Policy, as YAML" });
        await editor.ClickAsync();
        await page.Page.Keyboard.PressAsync("Control+A");
        await page.Page.Keyboard.InsertTextAsync("description: " + Hostile + "\nchecks:\n  - check: tagz\n    required: [owner]\n");
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Line 3" })).ToBeVisibleAsync();
        await Expect(page.Button("Create")).ToBeDisabledAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Line 3" }).ClickAsync();
        await Expect(editor).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Control+A");
        await page.Page.Keyboard.InsertTextAsync("description: " + Hostile + "\nchecks:\n  - check: tags\n    required: [ticket]\n");
        await Expect(dialog.GetByLabel("Its checks").GetByText("tags-1")).ToBeVisibleAsync();
        await page.Button("Create").ClickAsync();
        await Expect(page.Heading(name)).ToBeVisibleAsync();
        await page.Sees("Nothing: it is attached to no model");

        await page.Button("Attach").ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Combobox, new() { Name = "Model" }).FillAsync(model[..9]);
        await page.Page.GetByRole(AriaRole.Option, new() { Name = model }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Attach" }).ClickAsync();
        await page.Sees($"{model}, alias @champion");

        // The address says on which version it is tried.
        await page.Go($"/settings/policies/{name}?model={model}&try=1");
        await page.Sees("1 missing");
        await page.Sees("ticket");
        await page.Pictures("policy");

        await page.Page.SetViewportSizeAsync(1440, 900);
        await page.Button("Edit").ClickAsync();
        await page.Page.GetByRole(AriaRole.Textbox, new() { Name = "Policy, as YAML" }).ClickAsync();
        await page.Page.Keyboard.PressAsync("Control+End");
        await page.Page.Keyboard.InsertTextAsync("  - check: scan\n");
        await page.Page.GetByLabel("Why").FillAsync("Pickles too");
        await page.Button("Save as version 2").ClickAsync();
        await page.Sees("version 2");
        await page.Button("Changes of version 2").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("- check: scan");
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Version 1" }).ClickAsync();
        await page.Sees("version 1 of 2");
    }

    [Fact]
    public async Task An_approval_is_asked_for_seen_on_home_and_in_the_inbox_decided_by_keyboard_and_gone_from_there()
    {
        var model = "gated-" + Guid.NewGuid().ToString("N")[..6];
        var asker = "asker" + model[6..];
        var approver = "approver" + model[6..];
        await server.Person(asker, "contributor");
        await server.Person(approver, "approver");
        await Version(model);
        await PutJson($"/api/slipway/v1/gates/policies/{model}", new JsonObject { ["yaml"] = "checks:\n  - check: approvals\n    count: 1\n    role: approver\n" });
        await server.Post("/api/slipway/v1/gates/attachments", new JsonObject { ["policy"] = model, ["model"] = model, ["alias"] = "champion" });
        await PostAs(asker, $"/api/slipway/v1/models/{model}/versions/1/approvals", new JsonObject { ["alias"] = "champion", ["comment"] = Hostile + " please" });

        await using var page = await server.OpenAs(approver, "/");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = $"{model} version 1 to @champion" })).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToContainTextAsync("1 waiting for you");
        await page.Go("/approvals");
        await page.Sees(Hostile + " please");
        await page.Pictures("approvals");

        await page.Page.SetViewportSizeAsync(390, 844);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = $"Approve {model} version 1 to @champion" }).FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Dialog).GetByLabel("Comment")).ToBeFocusedAsync();
        await Expect(page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.List, new() { Name = "Checks" })).ToBeVisibleAsync();
        await page.Page.Keyboard.TypeAsync("Looks right.");
        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Sees("Nothing waits for you");
        await page.Go("/approvals?state=approved");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = $"{model} version 1" }).ClickAsync();
        await page.Sees($"{approver} approved");
        await page.Sees("Looks right.");
        await page.Pictures("approval");
    }

    [Fact]
    public async Task Lineage_leads_from_a_version_to_its_data_by_pointer_by_arrows_and_as_a_list()
    {
        var model = "traced-" + Guid.NewGuid().ToString("N")[..6];
        var data = "flights " + Hostile;
        var (run, _) = await Version(model, data);
        await using var page = await server.OpenAs("root", $"/models/{model}/versions/1");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Lineage" }).First.ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = data, Exact = true })).ToBeVisibleAsync();
        await page.Pictures("lineage");
        await page.Page.SetViewportSizeAsync(1440, 900);

        await page.Page.GetByRole(AriaRole.Link, new() { Name = $"{model} 1", Exact = true }).FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = data, Exact = true })).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading(data)).ToBeVisibleAsync();
        await page.Button("List").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Region, new() { Name = "Came of it" }).GetByRole(AriaRole.Link, new() { Name = $"{model} 1", Exact = true })).ToBeVisibleAsync();
        await page.Page.GoBackAsync();
        await page.Page.GoBackAsync();
        await page.Go($"/runs/{run}?tab=data");
        await page.Page.GetByRole(AriaRole.Region, new() { Name = "Data set " + data }).GetByRole(AriaRole.Link, new() { Name = "Lineage" }).ClickAsync();
        await Expect(page.Heading(data)).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Jobs_show_their_queues_and_are_kept_from_who_does_not_run_the_installation()
    {
        await using var page = await server.OpenAs("root", "/jobs");
        await Expect(page.Page.GetByRole(AriaRole.Table, new() { Name = "Queues" })).ToBeVisibleAsync();
        await page.Page.GetByText("The server’s own loops").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Table, new() { Name = "The server’s own loops" }).GetByRole(AriaRole.Row).Nth(1)).ToBeVisibleAsync();
        await page.Pictures("jobs");
        await page.Go("/jobs?state=FAILED&kind=" + Uri.EscapeDataString(Hostile));
        await page.Sees("No job fits");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Schedules" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "Schedules" })).ToHaveAttributeAsync("aria-current", "page");

        await using var other = await server.OpenAs("val", "/jobs");
        await other.Sees("You may not see this");
        await Expect(other.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = "Jobs" })).ToHaveCountAsync(0);
    }

    /// <summary>A version made of a run, which read data of this name.</summary>
    private async Task<(string Run, string Experiment)> Version(string model, string? data = null)
    {
        var experiment = await server.Experiment(model);
        var run = await server.Run(experiment, "run of " + model, ends: "FINISHED");
        if (data is not null)
            await server.Mlflow("runs/log-inputs", new JsonObject
            {
                ["run_id"] = run,
                ["datasets"] = new JsonArray(new JsonObject { ["dataset"] = new JsonObject { ["name"] = data, ["digest"] = "9f12ab", ["source_type"] = "http", ["source"] = "https://data.example.org/f.csv" } }),
            });
        await server.Mlflow("registered-models/create", new JsonObject { ["name"] = model });
        await server.Mlflow("model-versions/create", new JsonObject { ["name"] = model, ["source"] = $"runs:/{run}/model", ["run_id"] = run });
        return (run, experiment);
    }

    private async Task PostAs(string name, string path, JsonObject body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{PeopleServer.Password}")));
        using var answer = await server.Server.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task PutJson(string path, JsonObject body)
    {
        using var answer = await server.Server.Http.PutAsync(path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}

/// <summary>On SQLite.</summary>
public sealed class OperatingPagesOnSqlite(PeopleOnSqlite server) : OperatingPagesTests(server), IClassFixture<PeopleOnSqlite>;

/// <summary>On PostgreSQL.</summary>
public sealed class OperatingPagesOnPostgres(PeopleOnPostgres server) : OperatingPagesTests(server), IClassFixture<PeopleOnPostgres>;
