using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;
using Slipway.Tests.Server;

namespace Slipway.Tests.Registry;

public sealed class PromotionAccessOnSqlite() : PromotionAccessTests(Dialect.Sqlite);

public sealed class PromotionAccessOnPostgres() : PromotionAccessTests(Dialect.Postgres);

/// <summary>Promotion by people who are one thing in one workspace and another in the next; and what they learn of the one that they are not in.</summary>
public abstract class PromotionAccessTests(Dialect dialect)
{
    private const string Own = "/api/slipway/v1", Mlflow = "/api/2.0/mlflow";

    /// <summary>A version of `flights` in the workspace `laboratory`, made by root; `prod` is there. Answers its run.</summary>
    private static async Task<string> Fill(AccessServer access)
    {
        const string Lab = "laboratory";
        await access.Workspace(Lab);
        await access.Workspace("prod");
        var run = await access.Run("root", await access.Experiment("root", "trials", Lab), Lab);
        var uri = (string)AccessServer.Ok(await access.As("root", "GET", $"{Mlflow}/runs/get?run_id={run}", workspace: Lab)).Json["run"]!["info"]!["artifact_uri"]!;
        AccessServer.Ok(await access.As("root", "PUT", $"/api/2.0/mlflow-artifacts/artifacts/{uri["mlflow-artifacts:/".Length..]}/model/model.txt", "weights", Lab));
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/registered-models/create", """{"name":"flights"}""", Lab));
        AccessServer.Ok(await access.As("root", "POST", Mlflow + "/model-versions/create", $$"""{"name":"flights","source":"runs:/{{run}}/model","run_id":"{{run}}"}""", Lab));
        return run;
    }

    /// <summary>A person with a role in each of some workspaces.</summary>
    private static async Task Person(AccessServer access, string name, params (string Workspace, string Role)[] roles)
    {
        await access.Person(name, []);
        foreach (var (workspace, role) in roles) AccessServer.Ok(await access.As("root", "PUT", Own + "/access/roles", $$"""{"name":"{{name}}","role":"{{role}}"}""", workspace));
    }

    private static Task<Answer> Promote(AccessServer access, string who, string to = "prod", string from = "laboratory") =>
        access.As(who, "POST", $"{Own}/models/flights/versions/1/promote", $$"""{"workspace":"{{to}}","reason":"It is ready."}""", from);

    private static Task<JsonNode> Done(AccessServer access, string who) => access.Server.Ends.Until(async () =>
        AccessServer.Ok(await access.As(who, "GET", Own + "/models/flights/versions/1/promotions", workspace: "laboratory")).Json["promotions"]![0] is { } now && (string)now["status"]! == "DONE" ? now : null);

    [Fact]
    public async Task Who_reads_here_and_writes_there_promotes_and_who_writes_here_and_reads_there_does_not()
    {
        await using var access = await AccessServer.Start(dialect);
        await Fill(access);
        await Person(access, "release", ("laboratory", "viewer"), ("prod", "creator"));
        await Person(access, "maker", ("laboratory", "contributor"), ("prod", "viewer"));
        await Person(access, "stranger", ("laboratory", "contributor"));
        await Person(access, "outsider", ("prod", "admin"));
        Assert.Equal(403, (int)(await Promote(access, "maker")).Status);
        // A workspace that is none of theirs is not there, on either end.
        var (foreign, none) = (await Promote(access, "stranger"), await Promote(access, "stranger", "nowhere"));
        Assert.Equal((404, 404), ((int)foreign.Status, (int)none.Status));
        Assert.Equal(none.Message.Replace("nowhere", "prod", StringComparison.Ordinal), foreign.Message);
        Assert.Contains((int)(await Promote(access, "outsider")).Status, (int[])[403, 404]);
        AccessServer.Ok(await Promote(access, "release"));
        await Done(access, "release");
        // Back again is another question: they write nothing here.
        Assert.Equal(403, (int)(await Promote(access, "release", "laboratory", "prod")).Status);
        // Whoever asked manages what was made for them there, and nothing here.
        const string Champion = """{"name":"flights","alias":"champion","version":"1"}""";
        AccessServer.Ok(await access.As("release", "POST", Mlflow + "/registered-models/alias", Champion, "prod"));
        Assert.Equal(403, (int)(await access.As("release", "POST", Mlflow + "/registered-models/alias", Champion, "laboratory")).Status);
        Assert.Equal(403, (int)(await access.As("maker", "POST", Mlflow + "/registered-models/alias", Champion, "prod")).Status);
    }

    [Fact]
    public async Task Who_is_not_in_the_origins_workspace_reads_the_evidence_and_nothing_of_where_it_lies()
    {
        await using var access = await AccessServer.Start(dialect);
        var run = await Fill(access);
        AccessServer.Ok(await Promote(access, "root"));
        await Done(access, "root");
        await Person(access, "operator", ("prod", "viewer"));
        await Person(access, "both", ("laboratory", "viewer"), ("prod", "viewer"));
        await Person(access, "denied", ("laboratory", "viewer"), ("prod", "viewer"));
        await Person(access, "here", ("laboratory", "viewer"));
        AccessServer.Ok(await access.As("root", "PUT", Own + "/access/grants", """{"name":"denied","kind":"registered-model","root":"flights","level":"denied"}""", "laboratory"));
        const string Version = Own + "/models/flights/versions/1", Lineage = Own + "/lineage?of=", Origin = "@laboratory/model-version/flights/1";
        foreach (var who in (string[])["operator", "denied"])
        {
            foreach (var path in (string[])[Version + "/origin", Version + "/card", Version + "/card/html", Lineage + "model-version/flights/1", Own + "/history?subject=model_version/flights/1"])
            {
                var answer = AccessServer.Ok(await access.As(who, "GET", path, workspace: "prod"));
                foreach (var secret in (string[])[run, "laboratory", "trials"]) Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal);
            }
            var origin = (await access.As(who, "GET", Version + "/origin", workspace: "prod")).Json;
            Assert.Equal((true, "It is ready.", "flights"), ((bool)origin["hidden"]!, (string)origin["reason"]!, (string)origin["name"]!));
            var lineage = (await access.As(who, "GET", Lineage + "model-version/flights/1", workspace: "prod")).Json;
            Assert.Equal((1, 0), (lineage["nodes"]!.AsArray().Count, lineage["edges"]!.AsArray().Count));
            var (closed, none) = (await access.As(who, "GET", Lineage + Origin, workspace: "prod"), await access.As(who, "GET", Lineage + Origin.Replace("laboratory", "nowhere", StringComparison.Ordinal), workspace: "prod"));
            Assert.Equal((404, 404), ((int)closed.Status, (int)none.Status));
            Assert.Equal(none.Message.Replace("nowhere", "laboratory", StringComparison.Ordinal), closed.Message);
        }
        Assert.Equal(404, (int)(await access.As("operator", "GET", Lineage + "@laboratory/run/" + run, workspace: "prod")).Status);
        Assert.Equal(["model-version/flights/1", Origin, "@laboratory/run/" + run],
            AccessServer.Ok(await access.As("both", "GET", Lineage + "model-version/flights/1", workspace: "prod")).Json["nodes"]!.AsArray().Select(static node => (string)node!["id"]!));
        // What was promoted before origins led anywhere is found by its promotion, as the schema's step says it.
        var step = File.ReadAllText(Path.Combine(Repository.Root, "src", "Slipway", "Registry", "Evaluations.sql"));
        var fill = step[step.IndexOf("UPDATE model_origins", StringComparison.Ordinal)..];
        Assert.Null((await access.Database.Write<Done>(session =>
        {
            Assert.Equal(1, session.Execute("UPDATE model_origins SET from_no = NULL"));
            session.Execute(fill[..fill.IndexOf(';', StringComparison.Ordinal)]);
            return default(Done);
        }, default)).Problem);
        Assert.Equal(3, AccessServer.Ok(await access.As("both", "GET", Lineage + "model-version/flights/1", workspace: "prod")).Json["nodes"]!.AsArray().Count);
        // A token for one workspace opens no way to another.
        var token = (string)AccessServer.Ok(await access.As("both", "POST", Own + "/access/tokens", """{"name":"ci","workspace":"prod"}""")).Json["token"]!;
        Assert.Single(AccessServer.Ok(await access.With(token, "GET", Lineage + "model-version/flights/1", workspace: "prod")).Json["nodes"]!.AsArray());
        // From the origin's side the promoted version is shown to who sees it there.
        var down = AccessServer.Ok(await access.As("here", "GET", Lineage + "model-version/flights/1&direction=down", workspace: "laboratory")).Json;
        Assert.Single(down["nodes"]!.AsArray());
        Assert.DoesNotContain("prod", down.ToJsonString(), StringComparison.Ordinal);
    }
}
