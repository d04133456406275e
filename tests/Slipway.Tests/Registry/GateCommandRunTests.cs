using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Registry;

namespace Slipway.Tests.Registry;

public sealed class GateCommandRunsOnSqlite(RegistryOnSqlite server) : GateCommandRunTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class GateCommandRunsOnPostgres(RegistryOnPostgres server) : GateCommandRunTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>Commands of policies: run apart from the server, once for the same files and policy.</summary>
public abstract class GateCommandRunTests(RegistryServer server)
{
    private async Task<string> Versioned(string model, string content)
    {
        var run = await server.Run();
        var root = (string)(await server.TheRun(run))["info"]!["artifact_uri"]!;
        Assert.Equal(200, (int)(await server.Send("PUT", "/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..] + "/model/weights.txt", content)).Status);
        return await server.Version(model, $"runs:/{run}/model", $$""","run_id":"{{run}}" """);
    }

    private static string Script(string script, string more = "") => $"checks:\n- {{check: command, run: [sh, -c, {JsonSerializer.Serialize(script)}]{more}}}";

    /// <summary>Asks until the command has ended; answers the check.</summary>
    private async Task<JsonNode> Ended(string model, string version)
    {
        return await server.Server.Ends.Until(async () =>
            (await server.Own200("POST", $"/models/{model}/versions/{version}/gates", """{"alias":"champion"}"""))["checks"]![0] is { } check && (string)check["status"]! != "pending" ? check : null);
    }

    private static string Fact(JsonNode check, string name) => (string)check["evidence"]!.AsArray().Single(fact => (string)fact!["name"]! == name)!["value"]!;

    [Fact]
    public async Task Command_decides_on_the_files_of_the_version_and_runs_once()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Sandboxes are built on Linux.");
        var model = await server.Model();
        await server.Policy(model, Script("cat in/weights.txt; echo $SLIPWAY_MODEL/$SLIPWAY_VERSION; grep -q good in/weights.txt"), ""","alias":"champion" """);
        var (bad, good) = (await Versioned(model, "bad weights"), await Versioned(model, "good weights"));
        var moved = await server.Own400(409, "The command did not run yet", "POST", $"/models/{model}/moves", $$"""{"moves":[{"alias":"champion","version":"{{good}}"}]}""");
        Assert.Equal("pending", (string)moved.Json["gates"]!["checks"]![0]!["status"]!);
        var failed = await Ended(model, bad);
        Assert.Equal(("failed", "The command ended with 1.", "1"), ((string)failed["status"]!, (string)failed["message"]!, Fact(failed, "exit_code")));
        Assert.Equal($"bad weights{model}/{bad}\n", Fact(failed, "report"));
        var passed = await Ended(model, good);
        Assert.Equal("passed", (string)passed["status"]!);
        Assert.Equal(passed.ToJsonString(), (await Ended(model, good)).ToJsonString()); // kept, and not run again
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"{{good}}"}""");
        var card = await server.Own200("GET", $"/models/{model}/versions/{good}/card");
        Assert.Equal(("command", "passed"), ((string)card["checks"]![0]!["kind"]!, (string)card["checks"]![0]!["outcome"]!));
    }

    [Fact]
    public async Task Command_that_takes_too_long_or_is_not_there_does_not_pass()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Sandboxes are built on Linux.");
        var (slow, absent) = (await server.Model(), await server.Model());
        await server.Policy(slow, Script("echo begun; sleep 60", ", timeout_seconds: 1"), ""","alias":"champion" """);
        await server.Policy(absent, "checks:\n- {check: command, run: [no-such-program-here]}", ""","alias":"champion" """);
        var late = await Ended(slow, await server.Version(slow));
        Assert.Equal("failed", (string)late["status"]!);
        Assert.Contains("It was ended after 1 s.", Fact(late, "report"), StringComparison.Ordinal);
        Assert.Equal("failed", (string)(await Ended(absent, await server.Version(absent)))["status"]!);
    }

    [Fact]
    public async Task New_version_of_the_policy_runs_it_anew()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Sandboxes are built on Linux.");
        var model = await server.Model();
        var policy = await server.Policy(model, Script("exit 3"), ""","alias":"champion" """);
        var version = await server.Version(model);
        Assert.Equal("3", Fact(await Ended(model, version), "exit_code"));
        Assert.Equal(200, (int)(await server.Save(policy, Script("exit 0"))).Status);
        Assert.Equal("passed", (string)(await Ended(model, version))["status"]!);
    }

    [Fact]
    public void Report_keeps_the_beginning_and_the_end()
    {
        Assert.Equal("short", GateCommandRuns.Report("sh\0ort"));
        var report = GateCommandRuns.Report(new string('a', GateCommandRuns.ReportHalfChars - 1) + "😀" + new string('x', 100_000) + "😀" + new string('b', GateCommandRuns.ReportHalfChars - 1));
        Assert.StartsWith("aaa", report, StringComparison.Ordinal);
        Assert.EndsWith("bbb", report, StringComparison.Ordinal);
        Assert.Contains("characters are left out", report, StringComparison.Ordinal);
        Assert.Equal(report, System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(report))); // no half characters
        Assert.InRange(report.Length, 2 * GateCommandRuns.ReportHalfChars - 2, 2 * GateCommandRuns.ReportHalfChars + 60);
    }
}
