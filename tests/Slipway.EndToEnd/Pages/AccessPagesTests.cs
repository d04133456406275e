using System.Net;
using System.Net.Http.Headers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

/// <summary>Sign-in, and the settings of who may do what.</summary>
public abstract class AccessPagesTests(PeopleServer server)
{
    [Fact]
    public async Task A_wrong_password_is_told_and_the_right_one_leads_to_the_page_that_was_asked_for()
    {
        await using var page = await server.Open("/settings/audit?refused=true");
        page.Allow("401");
        await Expect(page.Heading("Sign in")).ToBeVisibleAsync();
        await page.Page.GetByLabel("Name").FillAsync("root");
        await page.Page.GetByLabel("Password").FillAsync("not the password");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("wrong");
        await page.Page.GetByLabel("Password").FillAsync(PeopleServer.Password);
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("Audit")).ToBeVisibleAsync();
        Assert.Contains("refused=true", page.Page.Url, StringComparison.Ordinal);

        await page.Button("Account of root").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.Heading("Sign in")).ToBeVisibleAsync();
        await page.Go("/settings/members");
        await Expect(page.Heading("Sign in")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_link_of_the_first_start_makes_the_administrator_and_signs_in()
    {
        await using var fresh = await ServerProcess.Start(null, "--access-mode", "people");
        var context = await (await Chromium.Shared()).NewContextAsync();
        await using var page = new PageUnderTest(context, await context.NewPageAsync(), fresh.Address);
        page.Allow("400");
        await page.Go((await fresh.SetUpLink).PathAndQuery);
        await page.IsAccessible("the set-up page");
        await page.Page.GetByLabel("Name").FillAsync("local");
        await page.Page.GetByLabel("Password").FillAsync(PeopleServer.Password);
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("reserved");
        await page.Page.GetByLabel("Name").FillAsync("ada");
        await page.Page.GetByLabel("Password").FillAsync(PeopleServer.Password);
        await page.Button("Create and sign in").ClickAsync();
        await Expect(page.Button("Account of ada")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_person_is_made_put_into_a_group_disabled_and_removed()
    {
        await using var page = await server.OpenAs("root", "/settings/members");
        await page.Button("New person").ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync("ben");
        await dialog.GetByLabel("First password").FillAsync(PeopleServer.Password);
        await dialog.GetByLabel("Role in this workspace").SelectOptionAsync("contributor");
        await page.Button("Create").ClickAsync();
        await Expect(page.Heading("ben")).ToBeVisibleAsync();
        await page.Sees("change experiments and runs");

        await page.Page.GetByRole(AriaRole.Combobox, new() { Name = "Add to a group" }).FillAsync("tea");
        await page.Page.GetByRole(AriaRole.Option, new() { Name = "team" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "team", Exact = true })).ToBeVisibleAsync();

        await page.Button("Actions for ben").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Disable" }).ClickAsync();
        await page.Sees("The account is disabled");

        await page.Button("Actions for ben").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Remove" }).ClickAsync();
        await page.Button("Remove").ClickAsync();
        await Expect(page.Heading("Members")).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "val", Exact = true })).ToBeVisibleAsync();
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "ben", Exact = true })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Why_somebody_cannot_see_an_experiment_is_told_step_by_step()
    {
        await using var page = await server.OpenAs("root", $"/settings/roles?who=val&experiment={server.Payroll}");
        await Expect(page.Heading("val may do nothing")).ToBeVisibleAsync();
        await page.Sees("The role viewer lets one see experiments and their runs");
        await page.Sees("A denial takes every right to the experiment");

        await page.Button("Which experiment: choose another").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "val may", Exact = true })).ToBeVisibleAsync();
        await page.Page.GetByLabel("What val may do").SelectOptionAsync("read");
        await page.Page.GetByRole(AriaRole.Combobox, new() { Name = "Which experiment" }).FillAsync("payr");
        await page.Page.GetByRole(AriaRole.Option).First.ClickAsync();
        await page.Sees("A grant of read lets one see experiments");
        await page.Page.GetByLabel("What val may do").SelectOptionAsync("denied");
        await Expect(page.Heading("val may do nothing")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_token_is_shown_once_works_and_is_refused_once_it_is_revoked()
    {
        await using var page = await server.OpenAs("root", "/settings/tokens");
        await page.Button("New token").ClickAsync();
        // The first field has the focus: what is typed goes there.
        await page.Page.Keyboard.TypeAsync("my laptop");
        await page.Page.GetByRole(AriaRole.Checkbox, new() { Name = "read see" }).CheckAsync();
        await page.Button("Create").ClickAsync();
        var secret = await page.Page.GetByLabel("The token").InnerTextAsync();
        Assert.StartsWith("slw_", secret, StringComparison.Ordinal);
        await page.Sees("MLFLOW_TRACKING_TOKEN=" + secret);
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.Page.GetByLabel("The token")).ToBeVisibleAsync();
        await page.Button("I have kept it").ClickAsync();
        Assert.Equal(HttpStatusCode.OK, await Try(secret));

        await page.Go("/settings/tokens");
        await page.Sees("my laptop");
        await Expect(page.Page.GetByText(secret)).ToHaveCountAsync(0);
        await page.Button("Revoke my laptop").ClickAsync();
        await page.Button("Revoke").ClickAsync();
        await Expect(page.Page.GetByText("my laptop", new() { Exact = true })).ToHaveCountAsync(0);
        Assert.Equal(HttpStatusCode.Unauthorized, await Try(secret));
    }

    [Fact]
    public async Task Whoever_may_only_look_is_told_which_right_is_missing_and_by_what_role_it_comes()
    {
        await using var page = await server.OpenAs("val", "/settings/members");
        await page.Sees("say who is a member here");
        await page.Sees("it comes with the role admin");
        await page.Go("/settings/audit");
        await page.Sees("it comes with the role auditor or admin");
        await page.Go("/settings/personal-data");
        await page.Sees("Only administrators of the installation have it");
        var nav = page.Page.GetByRole(AriaRole.Navigation, new() { Name = "Settings" });
        foreach (var (place, count) in new[] { ("Members", 0), ("Audit", 0), ("Personal data", 0), ("Secrets", 0), ("Tokens", 1), ("Roles and grants", 1) })
            await Expect(nav.GetByRole(AriaRole.Link, new() { Name = place, Exact = true })).ToHaveCountAsync(count);
    }

    [Fact]
    public async Task A_person_is_made_with_the_keyboard_alone_on_a_phone()
    {
        await using var page = await server.OpenAs("root", "/settings/members", 390);
        await page.Sees("val");
        await page.Button("New person").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Keyboard.TypeAsync("kim");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("kim")).ToBeVisibleAsync();
        await page.Page.GetByRole(AriaRole.Combobox, new() { Name = "Add to a group" }).FocusAsync();
        await page.Page.Keyboard.TypeAsync("team");
        await Expect(page.Page.GetByRole(AriaRole.Option, new() { Name = "team" })).ToBeVisibleAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Link, new() { Name = "team", Exact = true })).ToBeVisibleAsync();
        await page.Page.GoBackAsync();
        await Expect(page.Heading("Members")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_workspace_is_made_gone_to_deleted_and_brought_back()
    {
        await using var page = await server.OpenAs("root", "/settings/workspaces");
        await page.Button("New workspace").ClickAsync();
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("boats");
        await page.Page.GetByLabel("Most bytes of artifacts").FillAsync("2 GB");
        await page.Page.GetByLabel("Most runs").FillAsync("10");
        await page.Button("Create").ClickAsync();
        var card = page.Page.GetByRole(AriaRole.Region, new() { Name = "boats" });
        await Expect(card.GetByText("Runs: 0 of 10")).ToBeVisibleAsync();
        await Expect(card.GetByText("Artifacts: 0 B of 2.0 GB")).ToBeVisibleAsync();
        await card.GetByRole(AriaRole.Button, new() { Name = "Go there" }).ClickAsync();
        await Expect(page.Button("Workspace boats: choose another")).ToBeVisibleAsync();
        await page.Go("/settings/secrets");
        await page.Sees("in the workspace boats");

        await page.Button("Workspace boats: choose another").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "default" }).ClickAsync();
        await Expect(page.Button("Workspace default: choose another")).ToBeVisibleAsync();
        await page.Go("/settings/workspaces");
        await page.Button("Actions for boats").ClickAsync();
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete" }).ClickAsync();
        await page.Button("Delete").ClickAsync();
        await page.Button("Bring back").ClickAsync();
        await Expect(card.GetByRole(AriaRole.Button, new() { Name = "Go there" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Everything_under_a_name_is_erased_once_the_name_is_typed()
    {
        await server.Person("leaver", "creator");
        await using var page = await server.OpenAs("root", "/settings/personal-data?name=leaver");
        await page.Sees("Memberships, roles and grants");
        await page.Button("Erase...").ClickAsync();
        await Expect(page.Button("Erase for good")).ToBeDisabledAsync();
        await page.Page.GetByLabel("Type leaver to confirm").FillAsync("leaver");
        await page.Button("Erase for good").ClickAsync();
        await Expect(page.Heading("Erased")).ToBeVisibleAsync();
        using var gone = await server.Server.Http.GetAsync("/api/slipway/v1/access/members/leaver", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Settings_are_looked_at_wide_and_narrow_light_and_dark()
    {
        await using var page = await server.OpenAs("root", "/settings");
        foreach (var (path, text) in new[] { ("", "In the workspace"), ("/members", "val"), ("/members/val", "Own roles"), ("/roles", "Grants and denials"), ("/tokens", "A program signs in"), ("/audit", "signed in as"), ("/security", "were looked at"), ("/workspaces", "You are here"), ("/personal-data?name=val", "Kept about"), ("/secrets", "never shown again"), ("/about", "Apache") })
        {
            await page.Go("/settings" + path);
            await page.Sees(text);
            await page.Pictures("settings" + path.Split('?')[0].Replace('/', '-'));
        }
    }

    private async Task<HttpStatusCode> Try(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/slipway/v1/access/me") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        using var answer = await server.Server.Http.SendAsync(request);
        return answer.StatusCode;
    }
}

public sealed class AccessPagesOnSqlite(PeopleOnSqlite server) : AccessPagesTests(server), IClassFixture<PeopleOnSqlite>;

public sealed class AccessPagesOnPostgres(PeopleOnPostgres server) : AccessPagesTests(server), IClassFixture<PeopleOnPostgres>;
