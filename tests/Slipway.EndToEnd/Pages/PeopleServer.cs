using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Storage;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

/// <summary>A server where people sign in: `root` administers it, `val` may only look, `team` is a group, and `payroll` is kept from `val`.</summary>
public abstract class PeopleServer(Dialect dialect) : PagesServer(dialect)
{
    /// <summary>Everybody's.</summary>
    public const string Password = "correct horse battery";

    /// <summary>The experiment that `val` may not see.</summary>
    public string Payroll { get; private set; } = "";

    /// <inheritdoc/>
    protected override string[] Arguments => ["--access-mode", "people"];

    /// <inheritdoc/>
    protected override async Task Fill()
    {
        var link = await Server.SetUpLink;
        await Access("set-up", new JsonObject { ["code"] = link.Query["?code=".Length..], ["name"] = "root", ["password"] = Password });
        Server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"root:{Password}")));
        await Person("val", "viewer");
        await Access("members", new JsonObject { ["name"] = "team", ["kind"] = "group" });
        await Access("members", new JsonObject { ["name"] = "nightly", ["kind"] = "service" });
        Payroll = await Experiment("payroll");
        await Put("grants", new JsonObject { ["name"] = "val", ["kind"] = "experiment", ["root"] = Payroll, ["level"] = "denied" });
    }

    /// <summary>Makes a person with a role.</summary>
    public async Task Person(string name, string? role = null)
    {
        await Access("members", new JsonObject { ["name"] = name, ["password"] = Password });
        if (role is not null) await Put("roles", new JsonObject { ["name"] = name, ["role"] = role });
    }

    /// <summary>Posts to a route of access.</summary>
    public Task<JsonNode> Access(string path, JsonObject body) => Post("/api/slipway/v1/access/" + path, body);

    /// <summary>Puts to a route of access.</summary>
    public async Task Put(string path, JsonObject body)
    {
        using var answer = await Server.Http.PutAsync("/api/slipway/v1/access/" + path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A page of somebody who signed in at the form, which sends them on to where they wanted to go.</summary>
    public async Task<PageUnderTest> OpenAs(string name, string path, int width = 1440)
    {
        var page = await Open("/signin?next=" + Uri.EscapeDataString(path), width);
        await page.Page.GetByLabel("Name").FillAsync(name);
        await page.Page.GetByLabel("Password").FillAsync(Password);
        await page.Button("Sign in").ClickAsync();
        await Expect(page.Page.GetByRole(Microsoft.Playwright.AriaRole.Main)).ToBeVisibleAsync();
        return page;
    }
}

/// <summary>On SQLite.</summary>
public sealed class PeopleOnSqlite() : PeopleServer(Dialect.Sqlite);

/// <summary>On PostgreSQL.</summary>
public sealed class PeopleOnPostgres() : PeopleServer(Dialect.Postgres);
