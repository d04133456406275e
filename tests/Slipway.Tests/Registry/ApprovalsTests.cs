using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;
using Slipway.Tests.Server;

namespace Slipway.Tests.Registry;

public sealed class ApprovalsOnSqlite() : ApprovalsTests(Dialect.Sqlite);

public sealed class ApprovalsOnPostgres() : ApprovalsTests(Dialect.Postgres);

/// <summary>Ask, discuss, approve, reject, withdraw, expire; and everybody who may not.</summary>
public abstract class ApprovalsTests(Dialect dialect)
{
    private const string Own = "/api/slipway/v1", Mlflow = "/api/2.0/mlflow", Slot = """{"alias":"champion"}""";

    private const string Two = "checks:\n- {check: approvals, count: 2, role: approver}\n- {check: tags, required: [ticket]}";

    /// <summary>A model of `bob`, two versions, a policy at its champion; ann, eve and bob approve, dan only reads.</summary>
    private static async Task<AccessServer> Start(Dialect dialect, string policy = Two)
    {
        var access = await AccessServer.Start(dialect);
        await access.Person("bob", ["contributor", "approver"]);
        foreach (var name in (string[])["ann", "eve"]) await access.Person(name, ["approver"]);
        await access.Person("dan", ["viewer"]);
        AccessServer.Ok(await access.As("bob", "POST", Mlflow + "/registered-models/create", """{"name":"m"}"""));
        for (var i = 0; i < 2; i++) AccessServer.Ok(await access.As("bob", "POST", Mlflow + "/model-versions/create", """{"name":"m","source":"runs:/r/m","tags":[{"key":"ticket","value":"T-1"}]}"""));
        AccessServer.Ok(await access.As("root", "PUT", Own + "/gates/policies/p", $$"""{"yaml":{{JsonSerializer.Serialize(policy)}}}"""));
        AccessServer.Ok(await access.As("root", "POST", Own + "/gates/attachments", """{"policy":"p","model":"m","alias":"champion"}"""));
        return access;
    }

    private static async Task<JsonNode> Ask(AccessServer access, string version = "1", string by = "bob") =>
        AccessServer.Ok(await access.As(by, "POST", $"{Own}/models/m/versions/{version}/approvals", """{"alias":"champion","comment":"better on short flights"}""")).Json;

    private static async Task<JsonNode> Say(AccessServer access, string who, JsonNode request, string word, string json = "{}") => AccessServer.Ok(await access.As(who, "POST", $"{Own}/approvals/{request["id"]}/{word}", json)).Json;

    private static async Task Refused(Task<Answer> sent, int status, string says)
    {
        var answer = await sent;
        Assert.True(status == (int)answer.Status, $"{(int)answer.Status} {answer.Body}");
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    private static Task<Answer> Move(AccessServer access, string version = "1", string by = "bob") => access.As(by, "POST", Mlflow + "/registered-models/alias", $$"""{"name":"m","alias":"champion","version":"{{version}}"}""");

    private static async Task<string> Waiting(AccessServer access, string who)
    {
        var page = AccessServer.Ok(await access.As(who, "GET", Own + "/approvals?waiting=true")).Json;
        return $"{page["waiting"]}: {string.Join(' ', (page["requests"] as JsonArray ?? []).Select(one => $"{one!["model"]}/{one["version"]}"))}";
    }

    private static string Entries(JsonNode request) => string.Join(' ', request["entries"]!.AsArray().Select(entry => $"{entry!["by"]}:{entry["kind"]}{((bool)entry["counts"]! ? "+" : "")}"));

    [Fact]
    public async Task Two_people_who_did_not_ask_let_a_version_in()
    {
        await using var access = await Start(dialect);
        await Refused(Move(access), 409, "Nobody asked for approval yet");
        var request = await Ask(access);
        Assert.Equal(("open", 0, 2), ((string)request["state"]!, (int)request["needs"]![0]!["given"]!, (int)request["needs"]![0]!["count"]!));
        Assert.Equal("1: m/1", await Waiting(access, "ann"));
        foreach (var who in (string[])["bob", "dan", "root"]) Assert.Equal("0: ", await Waiting(access, who));
        await Refused(access.As("bob", "POST", $"{Own}/models/m/versions/1/approvals", Slot), 400, $"in request {request["id"]}, by bob");
        await Say(access, "dan", request, "comments", """{"comment":"and on long ones?"}""");
        await Say(access, "ann", request, "approve", """{"comment":"looks right"}""");
        await Refused(access.As("ann", "POST", $"{Own}/approvals/{request["id"]}/approve", "{}"), 409, "You approved it already");
        Assert.Equal("0: ", await Waiting(access, "ann"));
        await Refused(Move(access), 409, "1 of 2 approved");
        var approved = await Say(access, "eve", request, "approve");
        Assert.Equal(("approved", 2), ((string)approved["state"]!, (int)approved["needs"]![0]!["given"]!));
        Assert.Equal("1: m/1", await Waiting(access, "bob")); // the move is still to be made
        AccessServer.Ok(await Move(access));
        var done = AccessServer.Ok(await access.As("dan", "GET", $"{Own}/approvals/{request["id"]}")).Json;
        Assert.Equal(("done", "bob"), ((string)done["state"]!, (string)done["closed_by"]!));
        Assert.Equal("bob:asked dan:commented ann:approved eve:approved bob:moved", Entries(done));
        // What was approved is used up: to come back it is asked for anew.
        AccessServer.Ok(await access.As("bob", "DELETE", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion"}"""));
        await Refused(Move(access), 409, "Nobody asked for approval yet");
        var kinds = string.Join(' ', (await access.Sealed()).Select(one => (string)one!["kind"]!));
        foreach (var kind in (string[])["approval.asked", "approval.commented", "approval.given"]) Assert.Contains(kind, kinds, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_approve_is_told_why()
    {
        await using var access = await Start(dialect);
        var request = await Ask(access);
        var path = $"{Own}/approvals/{request["id"]}/approve";
        await Refused(access.As("bob", "POST", path, "{}"), 403, "You asked for it yourself");
        await Refused(access.As("dan", "POST", path, "{}"), 403, "It takes the role approver, which you do not have");
        await Refused(access.As("root", "POST", path, "{}"), 403, "which you do not have"); // an administrator can take the role, which is seen
        AccessServer.Ok(await access.As("root", "POST", Own + "/access/members", """{"name":"robot","kind":"service"}"""));
        AccessServer.Ok(await access.As("root", "PUT", Own + "/access/roles", """{"name":"robot","role":"approver"}"""));
        var robot = (string)AccessServer.Ok(await access.As("root", "POST", Own + "/access/tokens", """{"name":"t","owner":"robot"}""")).Json["token"]!;
        await Refused(access.With(robot, "POST", path, "{}"), 403, "A service account does not approve");
        async Task<string> Token(string scope) => (string)AccessServer.Ok(await access.As("ann", "POST", Own + "/access/tokens", $$"""{"name":"{{scope}}","scopes":["{{scope}}"]}""")).Json["token"]!;
        await Refused(access.With(await Token("read"), "POST", path, "{}"), 403, "needs the scope approve");
        AccessServer.Ok(await access.With(await Token("approve"), "POST", path, "{}"));
        await Refused(access.As("ann", "POST", path, "{}"), 409, "You approved it already"); // by whatever token
        await Refused(access.As("ann", "POST", $"{Own}/approvals/{request["id"]}/reject", "{}"), 400, "'comment'");
        await Refused(access.As("bob", "POST", $"{Own}/approvals/{request["id"]}/reject", """{"comment":"x"}"""), 403, "You asked for it yourself");
        await Refused(access.As("eve", "POST", $"{Own}/approvals/{request["id"]}/withdraw", "{}"), 403, "is withdrawn by bob");
        await Refused(access.As("eve", "POST", Own + "/approvals/99999/approve", "{}"), 404, "no request for approval 99999");
        await Refused(access.As("eve", "POST", $"{Own}/models/m/versions/1/approvals", Slot), 403, "WriteModels");
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/grants", """{"name":"eve","kind":"registered-model","root":"m","level":"denied"}"""));
        await Refused(access.As("eve", "POST", path, "{}"), 404, "no request for approval");
        Assert.Equal("0: ", await Waiting(access, "eve"));
        // Who loses the role has approved all the same; who gets it by a group may.
        AccessServer.Ok(await access.As("root", "POST", Own + "/access/members", """{"name":"gate-keepers","kind":"group"}"""));
        AccessServer.Ok(await access.As("root", "PUT", Own + "/access/roles", """{"name":"gate-keepers","role":"approver"}"""));
        AccessServer.Ok(await access.As("root", "PUT", Own + "/access/groups/gate-keepers/members/dan"));
        Assert.Equal("approved", (string)(await Say(access, "dan", request, "approve"))["state"]!);
    }

    [Fact]
    public async Task New_evidence_makes_approvals_void()
    {
        await using var access = await Start(dialect);
        var request = await Ask(access);
        await Say(access, "ann", request, "approve", new JsonObject { ["evidence_digest"] = (string)request["evidence_digest"]! }.ToJsonString());
        AccessServer.Ok(await access.As("bob", "POST", Mlflow + "/model-versions/set-tag", """{"name":"m","version":"1","key":"ticket","value":"T-2"}"""));
        var changed = AccessServer.Ok(await access.As("eve", "GET", $"{Own}/approvals/{request["id"]}")).Json;
        Assert.Equal((0, false), ((int)changed["needs"]![0]!["given"]!, (string)changed["evidence_digest"]! == (string)request["evidence_digest"]!));
        Assert.Equal("bob:asked ann:approved", Entries(changed));
        await Refused(access.As("eve", "POST", $"{Own}/approvals/{request["id"]}/approve", new JsonObject { ["evidence_digest"] = (string)request["evidence_digest"]! }.ToJsonString()), 409, "changed since you looked at it");
        await Say(access, "eve", request, "approve", new JsonObject { ["evidence_digest"] = (string)changed["evidence_digest"]! }.ToJsonString());
        await Refused(Move(access), 409, "1 of 2 approved. 1 approved before the evidence changed");
        Assert.Equal("bob:asked ann:approved system:gates:evidence_changed eve:approved+ ann:approved+", Entries(await Say(access, "ann", request, "approve")));
        // Approved; and then the policy changes, in a comment only.
        AccessServer.Ok(await access.As("root", "PUT", Own + "/gates/policies/p", $$"""{"yaml":{{JsonSerializer.Serialize("# stricter\n" + Two)}}}"""));
        await Refused(Move(access), 409, "0 of 2 approved. 2 approved before");
        // Back to what it was is the same evidence only by another version of the policy: asked anew.
        foreach (var who in (string[])["ann", "eve"]) await Say(access, who, request, "approve");
        AccessServer.Ok(await Move(access));
        // Who stands there is evidence too.
        var second = await Ask(access, "2");
        foreach (var who in (string[])["ann", "eve"]) await Say(access, who, second, "approve");
        AccessServer.Ok(await access.As("bob", "DELETE", Mlflow + "/registered-models/alias", """{"name":"m","alias":"champion"}"""));
        await Refused(Move(access, "2"), 409, "0 of 2 approved");
    }

    [Fact]
    public async Task Rejected_withdrawn_and_expired_requests_are_closed()
    {
        await using var access = await Start(dialect, "expire_days: 2\n" + Two);
        var rejected = await Ask(access);
        await Say(access, "ann", rejected, "approve");
        Assert.Equal("rejected", (string)(await Say(access, "eve", rejected, "reject", """{"comment":"not on my watch"}"""))["state"]!);
        await Refused(access.As("ann", "POST", $"{Own}/approvals/{rejected["id"]}/approve", "{}"), 409, "is rejected by eve");
        await Say(access, "bob", rejected, "comments", """{"comment":"why?"}"""); // talk goes on
        var withdrawn = await Ask(access);
        Assert.Equal("withdrawn", (string)(await Say(access, "bob", withdrawn, "withdraw"))["state"]!);
        var expired = await Ask(access);
        foreach (var who in (string[])["ann", "eve"]) await Say(access, who, expired, "approve");
        access.Clock.Advance(TimeSpan.FromDays(2));
        await Refused(Move(access), 409, "Nobody asked for approval yet"); // at once, before anybody closed it
        await Refused(access.As("ann", "POST", $"{Own}/approvals/{expired["id"]}/approve", "{}"), 409, "is expired");
        for (JsonNode now; (now = AccessServer.Ok(await access.As("bob", "GET", $"{Own}/approvals/{expired["id"]}")).Json)["closed_ms"] is null;)
        {
            Assert.Equal("expired", (string)now["state"]!);
            access.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        var anew = await Ask(access);
        AccessServer.Ok(await access.As("bob", "DELETE", Mlflow + "/model-versions/delete", """{"name":"m","version":"1"}"""));
        var list = AccessServer.Ok(await access.As("dan", "GET", Own + "/approvals?max_results=3")).Json;
        Assert.Equal(["withdrawn", "expired", "withdrawn"], list["requests"]!.AsArray().Select(one => (string)one!["state"]!));
        Assert.Equal((string)anew["comment"]!, (string)list["requests"]![0]!["comment"]!);
        var rest = AccessServer.Ok(await access.As("dan", "GET", $"{Own}/approvals?max_results=3&page_token={list["next_page_token"]}")).Json;
        Assert.Equal("rejected", (string)rest["requests"]!.AsArray().Single()!["state"]!);
        Assert.Null(rest["next_page_token"]);
        Assert.Equal(2, AccessServer.Ok(await access.As("dan", "GET", Own + "/approvals?state=withdrawn&model=m")).Json["requests"]!.AsArray().Count);
        await Refused(access.As("dan", "GET", Own + "/approvals?state=lost"), 400, "state: expected one of open, approved, done");
    }

    [Fact]
    public async Task Last_approval_moves_by_itself_where_the_policy_says_so()
    {
        await using var access = await Start(dialect, "auto: true\n" + Two);
        var first = await Ask(access);
        await Say(access, "ann", first, "approve");
        var done = await Say(access, "eve", first, "approve");
        Assert.Equal(("done", "bob:asked ann:approved eve:approved bob:moved"), ((string)done["state"]!, Entries(done)));
        Assert.Equal("1", (string)AccessServer.Ok(await access.As("dan", "GET", Mlflow + "/registered-models/alias?name=m&alias=champion")).Json["model_version"]!["version"]!);
        // Another check is missing: it stays approved, and says why it was not moved.
        AccessServer.Ok(await access.As("bob", "DELETE", Mlflow + "/model-versions/delete-tag", """{"name":"m","version":"2","key":"ticket"}"""));
        var second = await Ask(access, "2");
        await Say(access, "ann", second, "approve");
        var stuck = await Say(access, "eve", second, "approve");
        Assert.Equal("approved", (string)stuck["state"]!);
        Assert.Contains("[p/tags-1]", (string)stuck["entries"]!.AsArray()[^1]!["text"]!, StringComparison.Ordinal);
        // Who asked may no longer change the model: nothing is moved in that name.
        await Say(access, "bob", second, "withdraw");
        AccessServer.Ok(await access.As("bob", "POST", Mlflow + "/model-versions/set-tag", """{"name":"m","version":"2","key":"ticket","value":"T-2"}"""));
        var third = await Ask(access, "2");
        await Say(access, "ann", third, "approve");
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/access/grants", """{"name":"bob","kind":"registered-model","root":"m","level":"read"}"""));
        AccessServer.Ok(await access.As("root", "DELETE", Own + "/access/roles", """{"name":"bob","role":"contributor"}"""));
        Assert.Equal("approved", (string)(await Say(access, "eve", third, "approve"))["state"]!);
    }

    [Fact]
    public async Task Of_many_who_approve_and_reject_at_once_each_counts_once()
    {
        await using var access = await Start(dialect);
        var request = await Ask(access);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => access.As(i % 2 == 0 ? "ann" : "eve", "POST", $"{Own}/approvals/{request["id"]}/approve", "{}")));
        Assert.Equal(2, answers.Count(answer => (int)answer.Status == 200));
        Assert.All(answers.Where(answer => (int)answer.Status != 200), answer => Assert.Equal(409, (int)answer.Status));
        var asked = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => access.As("bob", "POST", $"{Own}/models/m/versions/2/approvals", Slot)));
        Assert.Single(asked, answer => (int)answer.Status == 200);
        var second = asked.Single(answer => (int)answer.Status == 200).Json;
        var closing = await Task.WhenAll(access.As("ann", "POST", $"{Own}/approvals/{second["id"]}/reject", """{"comment":"no"}"""), access.As("bob", "POST", $"{Own}/approvals/{second["id"]}/withdraw", "{}"));
        Assert.Single(closing, answer => (int)answer.Status == 200);
        Assert.Single(closing, answer => (int)answer.Status == 409);
    }

    [Fact]
    public async Task Asking_says_what_is_wrong()
    {
        await using var access = await Start(dialect);
        foreach (var (path, json, status, says) in ((string, string, int, string)[])
        [
            ("m/versions/1", "{}", 400, "where is it to go"), ("m/versions/1", """{"alias":"other"}""", 400, "No policy asks for approvals there"), ("m/versions/9", Slot, 404, "version=9) not found"), ("nobody/versions/1", Slot, 404, "not found"),
            ("m/versions/1", """{"stage":"Live"}""", 400, "Invalid Model Version stage"), ("m/versions/1", new JsonObject { ["alias"] = "champion", ["comment"] = new string('x', 5_001) }.ToJsonString(), 400, "maximum length of 5000"),
        ])
            await Refused(access.As("bob", "POST", $"{Own}/models/{path}/approvals", json), status, says);
        // Roles of the workspace's own making count as the six do.
        AccessServer.Ok(await access.As("root", "POST", "/api/3.0/mlflow/roles/create", """{"name":"risk board","workspace":"default"}"""));
        AccessServer.Ok(await access.As("root", "PUT", Own + "/gates/policies/p", """{"yaml":"checks: [{check: approvals, count: 1, role: risk board}]"}"""));
        var request = await Ask(access);
        await Refused(access.As("ann", "POST", $"{Own}/approvals/{request["id"]}/approve", "{}"), 403, "It takes the role risk board");
        var role = (long)AccessServer.Ok(await access.As("root", "GET", "/api/3.0/mlflow/roles/list?workspace=default")).Json["roles"]!.AsArray().Single(one => (string)one!["name"]! == "risk board")!["id"]!;
        AccessServer.Ok(await access.As("root", "POST", "/api/3.0/mlflow/roles/assign", new JsonObject { ["role_id"] = role, ["username"] = "dan" }.ToJsonString()));
        Assert.Equal("approved", (string)(await Say(access, "dan", request, "approve"))["state"]!);
    }
}
