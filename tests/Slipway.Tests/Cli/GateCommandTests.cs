using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Cli;

/// <summary>`slipway gates` and `slipway approvals` against a server whose people sign in.</summary>
public sealed class GateCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-gates-").FullName;
    private AccessServer access = null!;

    public async ValueTask InitializeAsync()
    {
        access = await AccessServer.Start(Dialect.Sqlite);
        await access.Person("bob", ["contributor"]);
        await access.Person("ann", ["approver"]);
        foreach (var (owner, scope) in ((string, string)[])[("root", "administer"), ("bob", "write"), ("ann", "approve")])
        {
            var made = AccessServer.Ok(await access.As(owner, "POST", "/api/slipway/v1/access/tokens", $$"""{"name":"cli","scopes":["{{scope}}"]}"""));
            var path = Path.Combine(folder, owner);
            await File.WriteAllTextAsync(path, (string)made.Json["token"]!);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        AccessServer.Ok(await access.As("bob", "POST", "/api/2.0/mlflow/registered-models/create", """{"name":"flights"}"""));
        AccessServer.Ok(await access.As("bob", "POST", "/api/2.0/mlflow/model-versions/create", """{"name":"flights","source":"runs:/r/m"}"""));
    }

    public async ValueTask DisposeAsync()
    {
        await access.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private Task<Said> Run(string who, params string[] args) => Shell.Run([.. args, "--url", access.Server.Http.BaseAddress!.AbsoluteUri, "--token-file", Path.Combine(folder, who)]);

    private async Task<Said> Ok(string who, params string[] args)
    {
        var said = await Run(who, args);
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        return said;
    }

    private async Task<string> Yaml(string text)
    {
        var path = Path.Combine(folder, "policy.yaml");
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    [Fact]
    public async Task Policy_is_checked_saved_attached_and_met()
    {
        var wrong = await Run("root", "gates", "policies", "check", await Yaml("checks:\n- check: scna"));
        Assert.Equal(ExitCode.Usage, wrong.Code);
        Assert.Contains("policy.yaml:2:3: 'scna' is no check", wrong.Output, StringComparison.Ordinal);
        var file = await Yaml("checks:\n- {check: tags, required: [ticket]}\n- {check: approvals, count: 1}");
        Assert.Contains("Tagged ticket", (await Ok("root", "gates", "policies", "check", file)).Output, StringComparison.Ordinal);
        Assert.Contains("version 1, with 2 checks", (await Ok("root", "gates", "policies", "save", "customers", file, "--note", "first")).Error, StringComparison.Ordinal);
        Assert.NotEqual(ExitCode.Ok, (await Run("root", "gates", "policies", "save", "customers", file, "--from-version", "0")).Code);
        Assert.Contains("required: [ticket]", (await Ok("root", "gates", "policies", "show", "customers", "--version", "1")).Output, StringComparison.Ordinal);
        await Ok("root", "gates", "attach", "customers", "--model", "flights", "--alias", "champion");
        Assert.Contains("@champion", (await Ok("bob", "gates", "attachments")).Output, StringComparison.Ordinal);
        Assert.Contains("flights @champion", (await Ok("bob", "gates", "policies", "list")).Output, StringComparison.Ordinal);

        var missing = await Run("bob", "gates", "check", "flights", "1", "--alias", "champion");
        Assert.Equal(ExitCode.Refused, missing.Code);
        Assert.Contains("2 of 2 checks do not pass", missing.Error, StringComparison.Ordinal);
        Assert.Contains("slipway approvals ask flights 1 --alias champion", missing.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, (await Run("bob", "models", "move", "flights", "1", "--alias", "champion")).Code);
        var waiver = JsonNode.Parse((await Ok("root", "gates", "waive", "flights", "1", "--policy", "customers", "--check", "tags-1", "--reason", "no tickets yet", "--json")).Output)!;
        var id = (long)JsonNode.Parse((await Ok("bob", "approvals", "ask", "flights", "1", "--alias", "champion", "--comment", "please", "--json")).Output)!["id"]!;
        Assert.Contains("please", (await Ok("ann", "approvals", "show", $"{id}")).Output, StringComparison.Ordinal);
        Assert.Contains("0 of 1 (approver)", (await Ok("ann", "approvals", "list", "--waiting")).Output, StringComparison.Ordinal);
        await Ok("ann", "approvals", "comment", $"{id}", "--comment", "looking");
        Assert.Equal(ExitCode.Refused, (await Run("ann", "approvals", "approve", $"{id}", "--evidence", "other")).Code);
        Assert.Contains("is approved", (await Ok("ann", "approvals", "approve", $"{id}")).Error, StringComparison.Ordinal);
        Assert.Contains("waived by root: no tickets yet", (await Ok("bob", "gates", "check", "flights", "1", "--alias", "champion")).Output, StringComparison.Ordinal);
        await Ok("bob", "models", "move", "flights", "1", "--alias", "champion");
        await Ok("root", "gates", "waive", "flights", "1", "--revoke", $"{waiver["id"]}", "--reason", "there are tickets");
        Assert.Equal(ExitCode.Usage, (await Run("root", "gates", "waive", "flights", "1", "--reason", "x")).Code);
        Assert.Equal("done", (string)JsonNode.Parse((await Ok("bob", "approvals", "list", "--json")).Output)!["requests"]![0]!["state"]!);

        Assert.Equal(ExitCode.Refused, (await Run("root", "gates", "policies", "delete", "customers")).Code);
        await Ok("root", "gates", "detach", "customers", "--model", "flights", "--alias", "champion");
        await Ok("root", "gates", "policies", "delete", "customers");
        Assert.Equal(ExitCode.NotFound, (await Run("root", "gates", "policies", "show", "customers")).Code);
        Assert.Contains("any version may come", (await Ok("bob", "gates", "check", "flights", "1", "--alias", "champion")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_are_rejected_and_withdrawn()
    {
        await Ok("root", "gates", "policies", "save", "p", await Yaml("checks: [{check: approvals, count: 1}]"));
        await Ok("root", "gates", "attach", "p");
        async Task<string> Ask() => JsonNode.Parse((await Ok("bob", "approvals", "ask", "flights", "1", "--stage", "Production", "--json")).Output)!["id"]!.ToJsonString();
        Assert.NotEqual(ExitCode.Ok, (await Run("ann", "approvals", "reject", await Ask())).Code); // without a word
        Assert.Contains("is rejected", (await Ok("ann", "approvals", "reject", "1", "--comment", "no")).Error, StringComparison.Ordinal);
        Assert.Contains("is withdrawn", (await Ok("bob", "approvals", "withdraw", await Ask())).Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await Run("bob", "approvals", "show", "99")).Code);
    }

    [Fact]
    public async Task Places_are_protected_and_stages_are_set()
    {
        await Ok("root", "gates", "protect", "--alias", "champion", "--role", "approver");
        Assert.Equal(ExitCode.Refused, (await Run("bob", "models", "move", "flights", "1", "--alias", "champion")).Code);
        Assert.Contains("approver", (await Ok("bob", "gates", "protections", "--model", "flights")).Output, StringComparison.Ordinal);
        await Ok("root", "gates", "unprotect", "--alias", "champion");
        await Ok("bob", "models", "move", "flights", "1", "--alias", "champion");
        await Ok("root", "gates", "stages", "flights", "--set", "canary=Production,live=Production");
        await Ok("bob", "models", "move", "flights", "1", "--stage", "live");
        Assert.Matches(@"live\s+Production\s+1", (await Ok("bob", "gates", "stages", "flights")).Output);
        Assert.Equal(ExitCode.Usage, (await Run("root", "gates", "stages", "flights", "--set", "canary")).Code);
    }
}
