using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Registry;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Registry;

public sealed class GateFactsOnSqlite() : GateFactsTests(Dialect.Sqlite);

public sealed class GateFactsOnPostgres() : GateFactsTests(Dialect.Postgres);

/// <summary>However many checks there are, their facts are read in a handful of statements; and who is not told of prompts' gates cannot make a prompt of a model.</summary>
public abstract class GateFactsTests(Dialect dialect)
{
    private const string Own = "/api/slipway/v1", Mlflow = "/api/2.0/mlflow";

    private static async Task<AccessServer> Start(Dialect dialect)
    {
        var access = await AccessServer.Start(dialect);
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/registered-models/create", """{"name":"m"}"""));
        for (var i = 0; i < 2; i++) AccessServer.Ok(await access.As("root", "POST", Mlflow + "/model-versions/create", """{"name":"m","source":"runs:/r/m","run_id":"0123456789abcdef0123456789abcdef"}"""));
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"1"}"""));
        return access;
    }

    [Fact]
    public async Task Fifty_checks_cost_no_more_statements_than_one_of_each_kind()
    {
        await using var access = await Start(dialect);
        int Statements(int times)
        {
            var checks = string.Concat(Enumerable.Repeat("""
                - {check: metric, metric: f1, dataset: d, min: 0.5}
                - {check: metric, metric: accuracy, dataset: d, against: slot}
                - {check: tags, required: [a, b]}
                - {check: fields, required: [description, owner]}
                - {check: signature, compatible_with: slot}
                - {check: run}
                - {check: dataset}
                - {check: approvals, count: 1}

                """, times));
            var policy = PolicyReader.Read("checks:\n" + checks).Policy!;
            return access.Database.Read(session =>
            {
                var version = ModelVersions.Row(session, session.Long("SELECT id FROM registered_models WHERE name = 'm'")!.Value, 2)!;
                var before = session.Statements;
                GateChecks.All([new PolicyInForce(1, "p", 1, policy)], GateFacts.Read(session, 0, version, (StayKind.Alias, "champion"), [new PolicyInForce(1, "p", 1, policy)], new GateSources(), 0));
                return session.Statements - before;
            }, CancellationToken.None).GetAwaiter().GetResult();
        }
        var one = Statements(1);
        Assert.InRange(one, 5, 16);
        Assert.Equal(one, Statements(6));
    }

    [Fact]
    public async Task Model_does_not_become_a_prompt_to_get_past_the_gates_of_every_model()
    {
        await using var access = await Start(dialect);
        AccessServer.Ok(await access.As("root", "PUT", Own + "/gates/policies/p", """{"yaml":"checks: [{check: tags, required: [a]}]"}"""));
        AccessServer.Ok(await access.As("root", "POST", Own + "/gates/attachments", """{"policy":"p"}"""));
        var marked = await access.As("root", "POST", Mlflow + "/registered-models/set-tag", """{"name":"m","key":"mlflow.prompt.is_prompt","value":"true"}""");
        Assert.Equal(409, (int)marked.Status);
        Assert.Contains("policies count for every model here", marked.Message, StringComparison.Ordinal);
        Assert.Equal(409, (int)(await access.As("root", "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"2"}""")).Status);
        // What was made as a prompt goes its way, and stays one.
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/registered-models/create", """{"name":"greeting","tags":[{"key":"mlflow.prompt.is_prompt","value":"true"}]}"""));
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/model-versions/create", """{"name":"greeting","source":"prompt-template","tags":[{"key":"mlflow.prompt.is_prompt","value":"true"},{"key":"mlflow.prompt.text","value":"Hello"}]}"""));
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/registered-models/alias", """{"name":"greeting","alias":"production","version":"1"}"""));
        Assert.Equal(409, (int)(await access.As("root", "DELETE", Mlflow + "/registered-models/delete-tag", """{"name":"greeting","key":"mlflow.prompt.is_prompt"}""")).Status);
        // Gates that name it count.
        AccessServer.Ok(await access.As("root", "POST", Own + "/gates/attachments", """{"policy":"p","model":"greeting"}"""));
        Assert.Equal(409, (int)(await access.As("root", "POST", Mlflow + "/registered-models/alias", """{"name":"greeting","alias":"staging","version":"1"}""")).Status);
    }

    [Fact]
    public async Task Webhooks_hear_of_requests()
    {
        await using var access = await Start(dialect);
        await access.Person("ann", ["approver"]);
        AccessServer.Ok(await access.As("root", "PUT", Own + "/gates/policies/p", $$"""{"yaml":{{JsonSerializer.Serialize("checks: [{check: approvals, count: 1}]")}}}"""));
        AccessServer.Ok(await access.As("root", "POST", Own + "/gates/attachments", """{"policy":"p","model":"m"}"""));
        var events = string.Join(',', ((string[])["CREATED", "APPROVED", "REJECTED", "EXPIRED", "WITHDRAWN"]).Select(action => $$"""{"entity":"APPROVAL_REQUEST","action":"{{action}}"}"""));
        var hook = (string)AccessServer.Ok(await access.As("root", "POST", Mlflow + "/webhooks", $$"""{"name":"h","url":"https://hooks.example.invalid","events":[{{events}}]}""")).Json["webhook"]!["webhook_id"]!;
        async Task<long> Ask() => (long)AccessServer.Ok(await access.As("root", "POST", Own + "/models/m/versions/2/approvals", """{"alias":"champion","comment":"please"}""")).Json["id"]!;
        AccessServer.Ok(await access.As("ann", "POST", $"{Own}/approvals/{await Ask()}/reject", """{"comment":"no"}"""));
        AccessServer.Ok(await access.As("root", "POST", $"{Own}/approvals/{await Ask()}/withdraw", "{}"));
        AccessServer.Ok(await access.As("ann", "POST", $"{Own}/approvals/{await Ask()}/approve", "{}"));
        var told = AccessServer.Ok(await access.As("root", "GET", $"{Own}/webhooks/{hook}/deliveries")).Json["deliveries"]!.AsArray();
        Assert.Equal(["approved", "created", "created", "created", "rejected", "withdrawn"], told.Select(one => ((string)one!["event"]!).Split('.')[1]).Order(StringComparer.Ordinal));
        var body = JsonNode.Parse((string)told.Single(one => (string)one!["event"]! == "approval_request.rejected")!["body"]!)!;
        Assert.Equal(("m", "2", "champion", "ann", "no"), ((string)body["data"]!["name"]!, (string)body["data"]!["version"]!, (string)body["data"]!["alias"]!, (string)body["data"]!["by"]!, (string)body["data"]!["comment"]!));
    }
}
