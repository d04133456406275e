using System.Text.Json.Nodes;
using Slipway.Cli;

namespace Slipway.Tests.Cli;

/// <summary>From the first start to a revoked token, with the built executable alone: a real server, real pipes, real environment variables.</summary>
public sealed class AccessProcessTests : IDisposable
{
    private const string Password = "correct horse battery";
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_server_is_set_up_by_the_printed_code_and_used_by_people_and_programs()
    {
        using var server = Shell.Start("server", "--access-mode", "people", "--urls", "http://127.0.0.1:0", "--data", Path.Combine(folder, "data"), "--log-level", "warning");
        try
        {
            var url = (await server.StandardOutput.ReadLineAsync())!["Listening on ".Length..];
            var link = (await server.StandardOutput.ReadLineAsync())!;
            var code = link[(link.LastIndexOf("code=", StringComparison.Ordinal) + 5)..];
            var nobody = new Dictionary<string, string> { ["SLIPWAY_URL"] = url };
            Assert.Equal(ExitCode.Refused, (await Shell.RunProcess(nobody, "", "whoami")).Code);
            Assert.Equal(ExitCode.Refused, (await Shell.RunProcess(nobody, Password + "\n", "setup", "--code", "wrong", "--name", "root", "--password-stdin")).Code);
            await Ok(nobody, $"{code}\n{Password}\n", "setup", "--name", "root", "--password-stdin");
            Assert.Equal(ExitCode.Refused, (await Shell.RunProcess(nobody, Password + "\n", "setup", "--code", code, "--name", "second", "--password-stdin")).Code);

            var root = new Dictionary<string, string>(nobody) { ["MLFLOW_TRACKING_USERNAME"] = "root", ["MLFLOW_TRACKING_PASSWORD"] = Password };
            await Ok(root, Password + "\n", "members", "create", "ann", "--password-stdin");
            await Ok(root, "", "members", "create", "team", "--kind", "group");
            await Ok(root, "", "groups", "add", "team", "ann");
            await Ok(root, "", "roles", "assign", "team", "contributor");

            var ann = new Dictionary<string, string>(nobody) { ["MLFLOW_TRACKING_USERNAME"] = "ann", ["MLFLOW_TRACKING_PASSWORD"] = Password };
            var made = JsonNode.Parse((await Ok(ann, "", "tokens", "create", "laptop", "--json")).Output)!;
            var secret = (string)made["token"]!;
            // The name and password of somebody else in the environment do not count beside a token.
            var program = new Dictionary<string, string>(root) { ["SLIPWAY_TOKEN"] = secret, ["SLIPWAY_WORKSPACE"] = "default" };
            await Ok(program, "", "experiments", "create", "flights");
            var run = (await Ok(program, "", "runs", "create", "flights")).Output.Trim();
            Assert.Contains(run, (await Ok(program, "", "runs", "list", "flights")).Output, StringComparison.Ordinal);
            Assert.Contains("contributor of the group 'team'", (await Ok(root, "", "access", "explain", "ann", "--experiment", "flights")).Output, StringComparison.Ordinal);
            Assert.Equal(ExitCode.NotFound, (await Shell.RunProcess(program, "", "runs", "list", "flights", "--workspace", "elsewhere")).Code);

            await Ok(root, "", "tokens", "revoke", (string)made["id"]!);
            var refused = await Shell.RunProcess(program, "", "runs", "list", "flights");
            Assert.Equal(ExitCode.Refused, refused.Code);
            Assert.DoesNotContain(secret, refused.Error, StringComparison.Ordinal);
            Assert.Contains("The token", refused.Error, StringComparison.Ordinal);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Doctor_says_what_is_weak_while_the_server_runs_and_when_it_does_not()
    {
        var data = Path.Combine(folder, "data");
        string[] look = ["doctor", "--data", data, "--access-mode", "people", "--json", "--urls"];
        using (var server = Shell.Start("server", "--access-mode", "people", "--urls", "http://127.0.0.1:0", "--data", data, "--log-level", "warning"))
        {
            try
            {
                var url = (await server.StandardOutput.ReadLineAsync())!["Listening on ".Length..];
                var stranger = await Shell.RunProcess([.. look, url]);
                Assert.Equal(ExitCode.Ok, stranger.Code);
                Assert.Contains("administrators alone", Check(stranger, "accounts").ToJsonString(), StringComparison.Ordinal);

                var link = (await server.StandardOutput.ReadLineAsync())!;
                var code = link[(link.LastIndexOf("code=", StringComparison.Ordinal) + 5)..];
                var root = new Dictionary<string, string> { ["SLIPWAY_URL"] = url, ["MLFLOW_TRACKING_USERNAME"] = "root", ["MLFLOW_TRACKING_PASSWORD"] = Password };
                await Ok(root, Password + "\n", "setup", "--code", code, "--name", "root", "--password-stdin");
                await Ok(root, "", "members", "create", "ci", "--kind", "service");
                // Whether the server asks who comes is the server's word, not this command's options.
                var known = await Shell.RunProcess(root, "", "doctor", "--data", data, "--urls", url, "--json");
                Assert.Contains("ci", (string)Check(known, "accounts")["finding"]!, StringComparison.Ordinal);
                Assert.Equal("Everybody signs in.", (string)Check(known, "access")["finding"]!);
            }
            finally
            {
                server.Kill();
                await server.WaitForExitAsync();
            }
        }
        var after = await Shell.RunProcess([.. look, "http://127.0.0.1:0"]);
        Assert.Equal(ExitCode.Ok, after.Code);
        var weak = Check(after, "accounts");
        Assert.Equal("warn", (string)weak["verdict"]!);
        Assert.All((string[])["finding", "why", "mend"], field => Assert.False(string.IsNullOrEmpty((string?)weak[field])));
    }

    [Fact]
    public async Task Doctor_says_that_the_set_up_link_is_still_open()
    {
        var data = Path.Combine(folder, "data");
        using (var server = Shell.Start("server", "--access-mode", "people", "--urls", "http://127.0.0.1:0", "--data", data, "--log-level", "warning"))
        {
            await server.StandardOutput.ReadLineAsync();
            server.Kill();
            await server.WaitForExitAsync();
        }
        var said = await Shell.RunProcess("doctor", "--data", data, "--access-mode", "people", "--urls", "http://127.0.0.1:0", "--json");
        Assert.Contains("set-up link", (string)Check(said, "administrator")["finding"]!, StringComparison.Ordinal);
    }

    private static JsonNode Check(Said doctor, string name) => JsonNode.Parse(doctor.Output)!.AsArray().Single(check => (string)check!["name"]! == name)!;

    private static async Task<Said> Ok(IReadOnlyDictionary<string, string> environment, string input, params string[] args)
    {
        var said = await Shell.RunProcess(environment, input, args);
        Assert.True(said.Code == ExitCode.Ok, $"{string.Join(' ', args)}: {said.Code} {said.Error}");
        return said;
    }
}
