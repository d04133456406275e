using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Tests.Cli;
using static Slipway.Tests.Registry.GatesServer;

namespace Slipway.Tests.Registry;

public sealed class PolicyTrialOnSqlite(RegistryOnSqlite server) : PolicyTrialTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class PolicyTrialOnPostgres(RegistryOnPostgres server) : PolicyTrialTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>What a draft of a policy says of a version before it is saved; and that nothing is left of it.</summary>
public abstract class PolicyTrialTests(RegistryServer server)
{
    private const string Draft = "checks:\n- {check: tags, required: [ticket]}\n- {check: command, run: [sh, -c, 'exit 0']}";

    private Task<JsonNode> Try(string model, string yaml, string more = "", string version = "1") =>
        server.Own200("POST", "/gates/policies/try", $$"""{"yaml":{{JsonSerializer.Serialize(yaml)}},"model":"{{model}}","version":"{{version}}"{{more}}}""");

    [Fact]
    public async Task Draft_says_what_it_would_say_and_leaves_nothing()
    {
        var model = await server.Model();
        await server.Version(model);
        var before = (await server.Own200("GET", $"/models/{model}/versions/1/gates/evaluations")).ToJsonString();
        var said = await Try(model, Draft);
        Assert.Equal(["tags-1 failed", "command-1 pending"], Statuses(said));
        Assert.Equal((true, "Production", "draft"), ((bool)said["valid"]!, (string)said["stage"]!, (string)said["checks"]![0]!["policy"]!));
        Assert.False((bool?)said["passed"] is true);
        await server.Tag(model, "1", "ticket");
        await server.Ok("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"1"}""");
        var passed = await Try(model, "checks: [{check: tags, required: [ticket]}]");
        Assert.Equal((true, "champion", "1"), ((bool)passed["passed"]!, (string)passed["alias"]!, (string)passed["stands_there"]!));
        Assert.Equal("canary", (string)(await Try(model, Draft, ""","alias":"canary" """))["alias"]!);
        // No policy, no evaluation, no command, no event.
        Assert.Equal(before, (await server.Own200("GET", $"/models/{model}/versions/1/gates/evaluations")).ToJsonString());
        Assert.DoesNotContain("draft", (await server.Own200("GET", "/gates/policies")).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("gate", (await server.Own200("GET", $"/history?subject=model_version/{model}/1")).ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("pending", (string)(await Try(model, Draft))["checks"]![1]!["status"]!);
    }

    [Fact]
    public async Task Draft_of_a_policy_keeps_its_waivers_and_brings_what_it_includes()
    {
        var model = await server.Model();
        await server.Version(model);
        var policy = await server.Policy(model, "checks: [{check: tags, required: [audited]}]", ""","alias":"champion" """);
        await server.Own200("POST", $"/models/{model}/versions/1/waivers", $$"""{"policy":"{{policy}}","check":"tags-1","reason":"He is ill."}""");
        var draft = "checks:\n- {check: tags, required: [audited, signed]}";
        Assert.Equal(["tags-1 failed"], Statuses(await Try(model, draft)));
        Assert.Equal(["tags-1 waived"], Statuses(await Try(model, draft, $",\"name\":\"{policy}\"")));
        Assert.Equal(["own failed", "tags-1 waived"], Statuses(await Try(model, $"checks:\n- {{check: tags, id: own, required: [x]}}\n- {{check: policy, policy: {policy}}}")));
        Assert.Contains("cannot include itself", (await Try(model, $"checks: [{{check: policy, policy: {policy}}}]", $",\"name\":\"{policy}\""))["errors"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("checks:\n- {check: scna}", "'scna' is no check")]
    [InlineData("checks: [{check: policy, policy: nobody}]", "no policy 'nobody'")]
    [InlineData("waivers: wizard\nchecks: [{check: scan}]", "no role 'wizard'")]
    public async Task Draft_that_is_no_policy_says_where(string yaml, string says)
    {
        var model = await server.Model();
        await server.Version(model);
        var said = await Try(model, yaml);
        Assert.Contains(says, (string)said["errors"]![0]!["message"]!, StringComparison.Ordinal);
        Assert.False((bool?)said["valid"] is true);
        Assert.Null(said["checks"]);
    }

    [Fact]
    public async Task What_cannot_be_tried_is_refused()
    {
        var model = await server.Model();
        await server.Version(model);
        foreach (var (json, status, says) in ((string, int, string)[])
        [
            ("{}", 400, "yaml"), ("""{"yaml":"checks: []"}""", 400, "model"), ($$"""{"yaml":"x","model":"{{model}}","version":"7"}""", 404, "not found"), ("""{"yaml":"x","model":"nobody","version":"1"}""", 404, "not found"),
            ($$"""{"yaml":"x","model":"{{model}}","version":"1","stage":"Production","alias":"a"}""", 400, "not both"), ($$"""{"yaml":"x","model":"{{model}}","version":"1","stage":"Moon"}""", 400, "Moon"),
            ($$"""{"yaml":"{{new string('x', 70_000)}}","model":"{{model}}","version":"1"}""", 400, "yaml"), ($$"""{"yaml":"x","model":"{{model}}","version":"1","name":"../p"}""", 400, "name"),
        ])
            await server.Own400(status, says, "POST", "/gates/policies/try", json);
    }

    [Fact]
    public async Task The_command_line_tries_a_file()
    {
        var model = await server.Model();
        await server.Version(model);
        var file = Path.Combine(Directory.CreateTempSubdirectory("slipway-try-").FullName, "draft.yaml");
        await File.WriteAllTextAsync(file, "checks: [{check: tags, required: [ticket]}]");
        string[] on = ["--model", model, "--version", "1", "--url", server.Server.Http.BaseAddress!.AbsoluteUri];
        var missing = await Shell.Run(["policies", "try", file, .. on]);
        Assert.Equal(ExitCode.Refused, missing.Code);
        Assert.Contains("draft/tags-1", missing.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 checks would not pass", missing.Error, StringComparison.Ordinal);
        await server.Tag(model, "1", "ticket");
        Assert.Equal(ExitCode.Ok, (await Shell.Run(["gates", "policies", "try", file, "--alias", "champion", .. on])).Code);
        var json = await Shell.Run(["policies", "try", file, "--json", .. on]);
        Assert.True((bool)JsonNode.Parse(json.Output)!["passed"]!);
        await File.WriteAllTextAsync(file, "checks:\n- {check: scna}");
        var wrong = await Shell.Run(["policies", "try", file, .. on]);
        Assert.Equal(ExitCode.Usage, wrong.Code);
        Assert.Contains("draft.yaml:2:", wrong.Output, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }
}
