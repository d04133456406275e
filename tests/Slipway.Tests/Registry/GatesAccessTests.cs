using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;
using Slipway.Tests.Server;

namespace Slipway.Tests.Registry;

public sealed class GatesAccessOnSqlite() : GatesAccessTests(Dialect.Sqlite);

public sealed class GatesAccessOnPostgres() : GatesAccessTests(Dialect.Postgres);

/// <summary>Who may change policies, move what is protected, and waive.</summary>
public abstract class GatesAccessTests(Dialect dialect)
{
    private const string Own = "/api/slipway/v1", Mlflow = "/api/2.0/mlflow";

    private static async Task<AccessServer> Start(Dialect dialect)
    {
        var access = await AccessServer.Start(dialect);
        await access.Person("maker", ["creator"]);
        await access.Person("writer", ["contributor"]);
        await access.Person("boss", ["admin"]);
        await access.Person("release", ["contributor", "approver"]);
        await access.Person("reader", ["viewer"]);
        AccessServer.Ok(await access.As("maker", "POST", Mlflow + "/registered-models/create", """{"name":"m"}"""));
        for (var i = 0; i < 3; i++) AccessServer.Ok(await access.As("maker", "POST", Mlflow + "/model-versions/create", """{"name":"m","source":"runs:/r/m"}"""));
        return access;
    }

    private static async Task Refused(Task<Answer> sent, int status, string says)
    {
        var answer = await sent;
        Assert.Equal(status, (int)answer.Status);
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_manages_one_model_does_not_lift_its_gates()
    {
        await using var access = await Start(dialect);
        var save = """{"yaml":"checks: [{check: tags, required: [a]}]"}""";
        await Refused(access.As("maker", "PUT", Own + "/gates/policies/p", save), 403, "ManageModels");
        AccessServer.Ok(await access.As("boss", "PUT", Own + "/gates/policies/p", save));
        await Refused(access.As("maker", "POST", Own + "/gates/attachments", """{"policy":"p","model":"m"}"""), 403, "ManageModels");
        AccessServer.Ok(await access.As("boss", "POST", Own + "/gates/attachments", """{"policy":"p","model":"m"}"""));
        await Refused(access.As("maker", "DELETE", Own + "/gates/attachments", """{"policy":"p","model":"m"}"""), 403, "ManageModels");
        // Nobody is above the gates.
        foreach (var who in (string[])["maker", "boss", "root"]) await Refused(access.As(who, "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"1"}"""), 409, "[p/tags-1]");
        await Refused(access.As("reader", "POST", Own + "/models/m/versions/1/gates", """{"alias":"champion"}"""), 403, "WriteModels");
        AccessServer.Ok(await access.As("reader", "GET", Own + "/models/m/versions/1/gates?alias=champion"));
        Assert.Contains("gate.blocked", string.Join(' ', (await access.Sealed()).Select(one => (string)one!["kind"]!)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Protected_place_is_moved_by_its_role_alone_on_every_road()
    {
        await using var access = await Start(dialect);
        AccessServer.Ok(await access.As("boss", "POST", Own + "/gates/protections", """{"alias":"champion","role":"approver"}"""));
        AccessServer.Ok(await access.As("boss", "POST", Own + "/gates/protections", """{"model":"m","stage":"Production"}"""));
        await Refused(access.As("boss", "POST", Own + "/gates/protections", """{"alias":"x","role":"wizard"}"""), 400, "no role 'wizard'");
        await Refused(access.As("boss", "POST", Own + "/gates/protections", "{}"), 400, "Expected a stage or an alias");
        await Refused(access.As("maker", "POST", Own + "/gates/protections", """{"alias":"x"}"""), 403, "ManageModels");
        AccessServer.Ok(await access.As("release", "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"1"}"""));
        AccessServer.Ok(await access.As("maker", "POST", Mlflow + "/model-versions/transition-stage", """{"name":"m","version":"1","stage":"Production"}""")); // manages the model
        const string Closed = "is protected";
        foreach (var (who, method, path, json) in ((string, string, string, string)[])
        [
            ("maker", "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"2"}"""), ("writer", "DELETE", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion"}"""),
            ("writer", "POST", Own + "/models/m/moves", """{"moves":[{"alias":"champion","version":"2"}]}"""), ("writer", "POST", Mlflow + "/model-versions/transition-stage", """{"name":"m","version":"2","stage":"Production"}"""),
            ("writer", "POST", Mlflow + "/model-versions/transition-stage", """{"name":"m","version":"1","stage":"Archived"}"""), ("writer", "POST", Mlflow + "/model-versions/transition-stage", """{"name":"m","version":"1","stage":"Staging"}"""),
            ("release", "POST", Own + "/models/m/moves", """{"moves":[{"alias":"champion","version":"2"},{"stage":"Production","version":"2"}]}"""), ("maker", "DELETE", Mlflow + "/model-versions/delete", """{"name":"m","version":"1"}"""),
            ("maker", "DELETE", Mlflow + "/registered-models/delete", """{"name":"m"}"""), ("boss", "DELETE", Mlflow + "/registered-models/delete", """{"name":"m"}"""),
        ])
            await Refused(access.As(who, method, path, json), 403, Closed);
        AccessServer.Ok(await access.As("release", "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"2"}"""));
        await Refused(access.As("writer", "POST", Own + "/models/m/rollback", """{"alias":"champion","reason":"x"}"""), 403, Closed);
        AccessServer.Ok(await access.As("release", "POST", Own + "/models/m/rollback", """{"alias":"champion","reason":"x"}"""));
        // Who deletes what stands nowhere is not hindered.
        AccessServer.Ok(await access.As("maker", "DELETE", Mlflow + "/model-versions/delete", """{"name":"m","version":"3"}"""));
        // What is said for the model goes before what is said for all.
        AccessServer.Ok(await access.As("boss", "POST", Own + "/gates/protections", """{"model":"m","alias":"champion","role":"admin"}"""));
        await Refused(access.As("release", "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"2"}"""), 403, "the role admin alone");
        Assert.Equal(3, AccessServer.Ok(await access.As("reader", "GET", Own + "/gates/protections?model=m")).Json["protections"]!.AsArray().Count);
        AccessServer.Ok(await access.As("boss", "DELETE", Own + "/gates/protections", """{"model":"m","alias":"champion"}"""));
        await Refused(access.As("boss", "DELETE", Own + "/gates/protections", """{"model":"m","alias":"champion"}"""), 404, "not protected");
        AccessServer.Ok(await access.As("release", "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"2"}"""));
    }

    [Fact]
    public async Task Waiver_takes_the_role_that_the_policy_names()
    {
        await using var access = await Start(dialect);
        foreach (var (name, waivers) in ((string, string)[])[("default", ""), ("named", "waivers: approver\n")])
        {
            AccessServer.Ok(await access.As("boss", "PUT", $"{Own}/gates/policies/{name}", $$"""{"yaml":{{JsonSerializer.Serialize(waivers + "checks: [{check: tags, required: [a]}]")}}}"""));
            AccessServer.Ok(await access.As("boss", "POST", Own + "/gates/attachments", $$"""{"policy":"{{name}}"}"""));
        }
        static string Json(string policy) => new JsonObject { ["policy"] = policy, ["check"] = "tags-1", ["reason"] = "agreed" }.ToJsonString();
        const string Waivers = Own + "/models/m/versions/1/waivers";
        await Refused(access.As("maker", "POST", Waivers, Json("default")), 403, "by the role admin alone");
        await Refused(access.As("boss", "POST", Waivers, Json("named")), 403, "by the role approver alone");
        var one = AccessServer.Ok(await access.As("boss", "POST", Waivers, Json("default"))).Json;
        AccessServer.Ok(await access.As("release", "POST", Waivers, Json("named")));
        AccessServer.Ok(await access.As("maker", "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"1"}"""));
        await Refused(access.As("release", "POST", $"{Waivers}/{one["id"]}/revoke", """{"reason":"x"}"""), 403, "by the role admin alone");
        // A token that may only read waives nothing, whoever it belongs to.
        var token = (string)AccessServer.Ok(await access.As("boss", "POST", Own + "/access/tokens", """{"name":"t","scopes":["read"]}""")).Json["token"]!;
        await Refused(access.With(token, "POST", Own + "/models/m/versions/2/waivers", Json("default")), 403, "by the role admin alone");
        var kinds = string.Join(' ', (await access.Sealed()).Select(one => (string)one!["kind"]!));
        foreach (var kind in (string[])["gate_policy.saved", "gate_policy.attached", "gate.waived"]) Assert.Contains(kind, kinds, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policies_and_gates_stay_in_their_workspace_and_with_what_may_be_seen()
    {
        await using var access = await Start(dialect);
        await access.Workspace("elsewhere");
        var save = """{"yaml":"checks: [{check: tags, required: [a]}]"}""";
        AccessServer.Ok(await access.As("root", "PUT", Own + "/gates/policies/p", save, "elsewhere"));
        AccessServer.Ok(await access.As("root", "POST", Own + "/gates/attachments", """{"policy":"p"}""", "elsewhere"));
        AccessServer.Ok(await access.As("maker", "POST", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion","version":"1"}"""));
        await Refused(access.As("root", "GET", Own + "/gates/policies/p"), 404, "No policy");
        AccessServer.Ok(await access.As("boss", "PUT", Own + "/gates/policies/p", save));
        AccessServer.Ok(await access.As("boss", "POST", Own + "/gates/attachments", """{"policy":"p","model":"m"}"""));
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/grants", """{"name":"reader","kind":"registered-model","root":"m","level":"denied"}"""));
        await Refused(access.As("reader", "GET", Own + "/models/m/versions/1/gates"), 404, "not found");
        Assert.Empty(AccessServer.Ok(await access.As("reader", "GET", Own + "/gates/attachments")).Json["attachments"]!.AsArray());
        Assert.Null(AccessServer.Ok(await access.As("reader", "GET", Own + "/gates/policies/p")).Json["attachments"]);
        await Refused(access.As("reader", "GET", Own + "/gates/protections?model=m"), 404, "not found");
    }
}
