using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

/// <summary>A version that needs somebody's approval: asked for, discussed and given on the page of the version.</summary>
public abstract class VersionApprovalTests(PeopleServer server)
{
    [Fact]
    public async Task One_person_asks_another_approves_and_the_version_is_moved()
    {
        await server.Person("asker", "contributor");
        await server.Person("approver", "admin");
        await server.Mlflow("registered-models/create", new JsonObject { ["name"] = "approved" });
        await server.Mlflow("model-versions/create", new JsonObject { ["name"] = "approved", ["source"] = "s3://elsewhere/model" });
        using var saved = await server.Server.Http.PutAsync("/api/slipway/v1/gates/policies/people", Json(new JsonObject { ["yaml"] = "checks:\n  - check: approvals\n    count: 1\n    role: admin\n" }));
        Assert.True(saved.IsSuccessStatusCode, await saved.Content.ReadAsStringAsync());
        await server.Post("/api/slipway/v1/gates/attachments", new JsonObject { ["policy"] = "people", ["model"] = "approved", ["alias"] = "champion" });

        await using var asker = await server.OpenAs("asker", "/models/approved/versions/1?tab=gates");
        await asker.Button("Ask for approval").ClickAsync();
        await asker.Page.GetByLabel("Why").FillAsync("better on short flights");
        await asker.Button("Ask").ClickAsync();
        await asker.Sees("0 of 1 approved, by admin");
        await Expect(asker.Button("Approve")).ToHaveCountAsync(0);

        await using var approver = await server.OpenAs("approver", "/models");
        await approver.Page.GetByRole(AriaRole.Link, new() { Name = "waits for approval" }).ClickAsync();
        await approver.Sees("better on short flights");
        await approver.Page.GetByLabel("Comment").FillAsync("looked at the winter, too");
        await approver.Button("Comment").ClickAsync();
        await approver.Sees("approver commented");
        await approver.Button("Approve").ClickAsync();
        await approver.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await approver.Sees("May go here");
        await approver.IsAccessible("the gates of a version with a request");

        await asker.Go("/models/approved/versions/1?tab=gates");
        await asker.Button("Move here").ClickAsync();
        await asker.Page.GetByLabel("Why").FillAsync("it is approved");
        await asker.Button("Move").ClickAsync();
        await asker.Sees("This version stands here");
    }

    [Fact]
    public async Task Who_may_only_look_is_offered_nothing_to_change()
    {
        await server.Mlflow("registered-models/create", new JsonObject { ["name"] = "looked at" });
        await server.Mlflow("model-versions/create", new JsonObject { ["name"] = "looked at", ["source"] = "s3://elsewhere/model" });
        await using var page = await server.OpenAs("val", "/models/looked%20at/versions/1");
        await Expect(page.Heading("Version 1")).ToBeVisibleAsync();
        foreach (var name in new[] { "Move...", "Add tags", "Add" })
            await Expect(page.Button(name)).ToHaveCountAsync(0);
        await page.Go("/models");
        await page.Sees("looked at");
        await Expect(page.Button("New model")).ToHaveCountAsync(0);
        await Expect(page.Button("Actions for looked at")).ToHaveCountAsync(0);
    }

    private static StringContent Json(JsonObject body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");
}

public sealed class VersionApprovalOnSqlite(PeopleOnSqlite server) : VersionApprovalTests(server), IClassFixture<PeopleOnSqlite>;

public sealed class VersionApprovalOnPostgres(PeopleOnPostgres server) : VersionApprovalTests(server), IClassFixture<PeopleOnPostgres>;
