using System.Text.Json.Nodes;
using Slipway.Access;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Server;

public sealed class InstallationReviewOnSqlite() : InstallationReviewTests(Dialect.Sqlite);

public sealed class InstallationReviewOnPostgres() : InstallationReviewTests(Dialect.Postgres);

/// <summary>What is weak in an installation, as its server says.</summary>
public abstract class InstallationReviewTests(Dialect dialect)
{
    private const string Path = "/api/slipway/v1/installation/review";

    [Fact]
    public async Task Administrators_are_told_of_accounts_and_the_gravest_first()
    {
        await using var access = await AccessServer.Start(dialect);
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members", """{"name":"ci","kind":"service"}"""));
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/tokens", """{"name":"for ever","expires_in_days":3650}"""));
        await access.Person("ann", ["admin"]);
        Assert.Equal(403, (int)(await access.As("ann", "GET", Path)).Status);
        Assert.Equal(401, (int)(await access.As(null, "GET", Path)).Status);
        var items = AccessServer.Ok(await access.As("root", "GET", Path)).Json["items"]!.AsArray();
        JsonNode Item(string id) => Assert.Single(items, item => (string?)item!["id"] == id)!;
        Assert.Equal((ReviewItem.Ok, "Everybody signs in."), ((string?)Item("access")["severity"], (string?)Item("access")["what"]));
        Assert.Contains("ci", (string?)Item("accounts")["what"]);
        Assert.Equal(ReviewItem.Medium, (string?)Item("token-life")["severity"]);
        Assert.Contains("slipway tokens revoke", (string?)Item("token-life")["mend"]);
        foreach (var item in items)
        {
            Assert.All((string[])["id", "title", "what", "docs"], field => Assert.False(string.IsNullOrEmpty((string?)item![field])));
            Assert.True(File.Exists(System.IO.Path.Combine(Repository.Root, (string)item!["docs"]!)), item.ToJsonString());
            Assert.Equal((string?)item["severity"] == ReviewItem.Ok, item["why"] is null);
        }
        string[] order = [ReviewItem.High, ReviewItem.Medium, ReviewItem.Low, ReviewItem.Ok];
        var places = items.Select(item => Array.IndexOf(order, (string?)item!["severity"])).ToList();
        Assert.Equal(places.Order(), places);
        Assert.Distinct(items.Select(item => (string?)item!["id"]));
    }

    [Fact]
    public async Task The_local_user_is_told_and_what_the_server_says_is_what_doctor_puts_together()
    {
        await using var server = await TestServer.Start(dialect);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(server.Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        var items = (await server.Get(Path)).Json["items"]!.AsArray();
        if (!OperatingSystem.IsWindows()) Assert.Contains(server.Data, (string?)Assert.Single(items, item => (string?)item!["id"] == "permissions")!["what"]);
        Assert.DoesNotContain(items, item => (string?)item!["id"] is "accounts" or "administrator");
        // Heads are written while the server runs.
        var here = Review.Of(new ServerOptions { Data = server.Data }, HostAccounts.Others(), null).Items;
        Assert.Equal(here.Where(item => item.Id is not "anchor").Select(item => (item.Id, item.Severity, item.What)), items.Where(item => (string?)item!["id"] is not "anchor").Select(item => ((string)item!["id"]!, (string)item["severity"]!, (string)item["what"]!)));
    }
}
