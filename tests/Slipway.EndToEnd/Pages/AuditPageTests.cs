using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

/// <summary>The browser of the event log, and the settings of a server for one user.</summary>
public abstract class AuditPageTests(PagesServer server)
{
    [Fact]
    public async Task A_change_appears_by_itself_and_its_details_say_what_was_before()
    {
        await using var page = await server.Open("/settings/audit?kind=experiment");
        await Expect(page.Heading("Audit")).ToBeVisibleAsync();
        var id = await server.Experiment("before the storm");
        await page.Sees("before the storm");
        await server.Mlflow("experiments/update", new JsonObject { ["experiment_id"] = id, ["new_name"] = "after the storm" });
        await page.Sees("renamed the experiment");
        await page.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "renamed" }).GetByRole(AriaRole.Button).ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByRole(AriaRole.Deletion)).ToHaveTextAsync("before the storm");
        await Expect(dialog.GetByRole(AriaRole.Insertion)).ToHaveTextAsync("after the storm");

        // The same event by its address, and back.
        Assert.Contains("event=", page.Page.Url, StringComparison.Ordinal);
        await page.Page.ReloadAsync();
        await Expect(dialog.GetByRole(AriaRole.Insertion)).ToHaveTextAsync("after the storm");
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Filters_live_in_the_address_and_the_log_verifies()
    {
        await server.Experiment("one of many");
        await using var page = await server.Open("/settings/audit");
        await page.Sees("one of many");
        await page.Page.GetByLabel("Kind").SelectOptionAsync("workspace");
        await Expect(page.Heading("No event fits")).ToBeVisibleAsync();
        Assert.Contains("kind=workspace", page.Page.Url, StringComparison.Ordinal);
        await page.Button("Clear").ClickAsync();
        await page.Page.GetByLabel("Who").FillAsync("nobody");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("No event fits")).ToBeVisibleAsync();
        await page.Page.GetByLabel("Who").FillAsync("local");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Sees("one of many");

        await page.Button("Verify").ClickAsync();
        await page.Sees("The log is whole.");
        await page.Page.Keyboard.PressAsync("Escape");
        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Button("Export").ClickAsync());
        Assert.Equal("audit.jsonl", download.SuggestedFilename);
        var lines = await File.ReadAllLinesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Contains(lines, line => line.Contains("one of many", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_nobody_signs_in_settings_say_so_and_how_to_change_it()
    {
        await using var page = await server.Open("/settings");
        foreach (var place in new[] { "", "/members", "/groups", "/roles", "/tokens" })
        {
            await page.Go("/settings" + place);
            await Expect(page.Heading("Nobody signs in here")).ToBeVisibleAsync();
            await page.Sees("--access-mode people");
        }
        await page.Go("/settings/security");
        await page.Sees("were looked at");
        await page.Pictures("settings-single-user");
    }
}

public sealed class AuditPageOnSqlite(PagesOnSqlite server) : AuditPageTests(server), IClassFixture<PagesOnSqlite>;

public sealed class AuditPageOnPostgres(PagesOnPostgres server) : AuditPageTests(server), IClassFixture<PagesOnPostgres>;
