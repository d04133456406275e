using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Registry;

public sealed class ApprovalNewsOnSqlite() : ApprovalNewsTests(Dialect.Sqlite);

public sealed class ApprovalNewsOnPostgres() : ApprovalNewsTests(Dialect.Postgres);

/// <summary>What webhooks hear of requests for approval; the server tells itself.</summary>
public abstract class ApprovalNewsTests(Dialect dialect)
{
    private const string Own = "/api/slipway/v1", Mlflow = "/api/2.0/mlflow";

    [Fact]
    public async Task A_request_that_expires_is_told_once_with_what_it_was_for()
    {
        var told = new ConcurrentQueue<JsonNode>();
        await using var access = await AccessServer.Start(dialect, more: static options => options with { OutboundAllowPrivate = true }, compose: parts => parts.Routes.Raw("POST", "/hook", Right.None, "A receiver.", async (context, _) =>
        {
            var body = (await JsonNode.ParseAsync(context.Request.Body))!;
            body["delivery"] = context.Request.Headers["X-MLflow-Delivery-Id"].ToString();
            told.Enqueue(body);
            return null;
        }));
        await access.Person("bob", ["contributor"]);
        AccessServer.Ok(await access.As("bob", "POST", Mlflow + "/registered-models/create", """{"name":"m"}"""));
        for (var i = 0; i < 2; i++) AccessServer.Ok(await access.As("bob", "POST", Mlflow + "/model-versions/create", """{"name":"m","source":"runs:/r/m"}"""));
        AccessServer.Ok(await access.As("root", "PUT", Own + "/gates/policies/p", """{"yaml":"expire_days: 2\nchecks: [{check: approvals, count: 1, role: approver}]"}"""));
        AccessServer.Ok(await access.As("root", "POST", Own + "/gates/attachments", """{"policy":"p","model":"m","alias":"champion"}"""));
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/webhooks", $$"""{"name":"hook","url":"{{access.Server.Http.BaseAddress}}hook","events":[{"entity":"APPROVAL_REQUEST","action":"EXPIRED"},{"entity":"APPROVAL_REQUEST","action":"WITHDRAWN"}]}"""));
        var asked = AccessServer.Ok(await access.As("bob", "POST", Own + "/models/m/versions/1/approvals", """{"alias":"champion","comment":"soon, please"}""")).Json;
        var other = AccessServer.Ok(await access.As("bob", "POST", Own + "/models/m/versions/2/approvals", """{"alias":"champion"}""")).Json;
        AccessServer.Ok(await access.As("bob", "POST", $"{Own}/approvals/{other["id"]}/withdraw", "{}"));
        access.Clock.Advance(TimeSpan.FromDays(2));
        // The loop comes by once a minute: the clock is turned until it did, and then some.
        for (var looks = 0; AccessServer.Ok(await access.As("bob", "GET", $"{Own}/approvals/{asked["id"]}")).Json["closed_ms"] is null; looks++)
        {
            Assert.True(looks < 1_000, "Nobody closed it.");
            access.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        var expired = await access.Server.Ends.Until(() => Task.FromResult(told.FirstOrDefault(static one => (string)one["action"]! == "expired")));
        var data = expired["data"]!;
        Assert.Equal(("approval_request", "m", "1", "champion", (long)asked["id"]!), ((string)expired["entity"]!, (string)data["name"]!, (string)data["version"]!, (string)data["alias"]!, long.Parse(data["request_id"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture)));
        for (var minute = 0; minute < 5; minute++)
        {
            access.Clock.Advance(TimeSpan.FromMinutes(1));
            await access.As("bob", "GET", Own + "/approvals");
        }
        // A delivery that is on its way while the clock is turned is given up and sent again, under its own id.
        Assert.Single(told.Where(static one => (string)one["action"]! == "expired").Select(static one => (string)one["delivery"]!).Distinct());
    }
}
