using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

public abstract class ExperimentsPageTests(PagesServer server)
{
    [Fact]
    public async Task An_experiment_is_made_renamed_deleted_and_brought_back()
    {
        await using var page = await server.Open("/experiments");
        await page.Button("New experiment").ClickAsync();
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("boats");
        await page.Button("Create").ClickAsync();
        var row = page.Page.GetByRole(AriaRole.Link, new() { Name = "boats", Exact = true });
        await Expect(row).ToBeVisibleAsync();

        await page.Button("Actions for boats").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Rename" }).ClickAsync();
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("ships");
        await page.Button("Rename").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "ships", Exact = true })).ToBeVisibleAsync();

        await page.Button("Actions for ships").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete" }).ClickAsync();
        await page.Button("Delete").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "ships", Exact = true })).ToHaveCountAsync(0);

        await page.Button("Deleted").ClickAsync();
        await page.Button("Actions for ships").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Bring back" }).ClickAsync();
        await page.Page.GoBackAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "ships", Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_beside_the_field()
    {
        await server.Experiment("taken");
        await using var page = await server.Open("/experiments");
        page.Allow("400");
        await page.Button("New experiment").ClickAsync();
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("taken");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Dialog).GetByText("already exists")).ToBeVisibleAsync();
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_another_program_makes_appears_by_itself()
    {
        await using var page = await server.Open("/experiments?q=appears");
        await page.Sees("No experiment has this name");
        var made = DateTimeOffset.UtcNow;
        await server.Experiment("appears by itself");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "appears by itself" })).ToBeVisibleAsync();
        TestContext.Current.SendDiagnosticMessage("Seen after {0} ms.", (DateTimeOffset.UtcNow - made).TotalMilliseconds);
    }

    [Fact]
    public async Task Everything_is_reached_by_the_keyboard()
    {
        await server.Experiment("by keyboard");
        await using var page = await server.Open("/");
        await page.Sees("Recent experiments");
        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Page.GetByText("Skip to the content")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator("main")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Control+k");
        await page.Page.GetByRole(AriaRole.Combobox).FillAsync("by keyb");
        await Expect(page.Page.GetByRole(AriaRole.Option, new() { Name = "by keyboard" })).ToBeVisibleAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("by keyboard")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_link_of_MLflows_client_leads_to_the_run()
    {
        var experiment = await server.Experiment("linked");
        var run = await server.Run(experiment, "calm-heron-1");
        await using var page = await server.Open($"/#/experiments/{experiment}/runs/{run}");
        await Expect(page.Heading("calm-heron-1")).ToBeVisibleAsync();
        Assert.EndsWith("/runs/" + run, new Uri(page.Page.Url).AbsolutePath, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("{{constructor.constructor('alert(1)')()}}")]
    [InlineData("\"><svg onload=alert(1)>")]
    [InlineData("javascript:alert(1)")]
    public async Task Hostile_names_and_descriptions_are_text(string hostile)
    {
        var experiment = await server.Experiment(hostile + " experiment");
        await server.Mlflow("experiments/set-experiment-tag", new JsonObject { ["experiment_id"] = experiment, ["key"] = "mlflow.note.content", ["value"] = $"[x](javascript:alert(2)) {hostile}" });
        var run = await server.Run(experiment, hostile + " run", [("loss", 1)], [("lr", hostile)], [("owner", hostile)]);
        foreach (var path in new[] { "/", "/experiments", $"/experiments/{experiment}", $"/runs/{run}" })
        {
            await using var page = await server.Open(path);
            // The sanitiser reads markup in a document that runs nothing; Chromium notes there, too, what the policy forbids.
            page.Allow("Executing inline event handler violates");
            await page.Sees(hostile);
            Assert.Equal(0, await page.Page.Locator("main :is(img[src=x], script, svg[onload], a[href^='javascript'])").CountAsync());
        }
    }

    [Fact]
    public async Task Pages_are_looked_at_wide_and_narrow_light_and_dark()
    {
        var experiment = await server.Experiment("flights");
        await server.Mlflow("experiments/set-experiment-tag", new JsonObject { ["experiment_id"] = experiment, ["key"] = "mlflow.note.content", ["value"] = "Which flights will be late?" });
        await server.Run(experiment, "calm-heron-1", [("auc", 0.65), ("loss", 0.4)], [("depth", "6")], ends: "FINISHED");
        await using var page = await server.Open("/");
        await page.Sees("flights");
        await page.Pictures("home");
        await page.Go("/experiments");
        await page.Sees("flights");
        await page.Pictures("experiments");
        await page.Button("Find anything").ClickAsync();
        await page.Sees("Page");
        await page.IsAccessible("the palette");
    }
}

public sealed class ExperimentsPageOnSqlite(PagesOnSqlite server) : ExperimentsPageTests(server), IClassFixture<PagesOnSqlite>;

public sealed class ExperimentsPageOnPostgres(PagesOnPostgres server) : ExperimentsPageTests(server), IClassFixture<PagesOnPostgres>;
