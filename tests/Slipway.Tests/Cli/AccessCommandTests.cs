using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Cli;

/// <summary>The commands about who may do what, against a server whose people sign in.</summary>
public sealed class AccessCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-cli-").FullName;
    private AccessServer access = null!;

    private string RootToken => Path.Combine(folder, "root.token");

    public async ValueTask InitializeAsync()
    {
        access = await AccessServer.Start(Dialect.Sqlite);
        var made = AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/tokens", """{"name":"cli"}"""));
        await Keep(RootToken, (string)made.Json["token"]!);
    }

    public async ValueTask DisposeAsync()
    {
        await access.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_member_is_made_shown_changed_disabled_and_removed()
    {
        var made = JsonNode.Parse((await Ok("correct horse battery\n", "members", "create", "ann", "--display-name", "Ann", "--password-stdin", "--json")).Output)!;
        Assert.Equal(("ann", "person", "password"), ((string)made["name"]!, (string)made["kind"]!, (string)made["signs_in_by"]![0]!));
        Assert.True(DateTimeOffset.TryParse((string)made["created_at"]!, out _));
        Assert.Contains("ann", (await Ok("", "members", "list", "--kind", "person")).Output, StringComparison.Ordinal);
        await Ok("", "members", "update", "ann", "--administrator", "true", "--email", "ann@example.org");
        Assert.Contains("administrator", (await Ok("", "members", "show", "ann")).Output, StringComparison.Ordinal);
        await Ok("", "members", "update", "ann", "--administrator", "false");
        await Ok("", "members", "disable", "ann");
        Assert.True((bool)JsonNode.Parse((await Ok("", "members", "show", "ann", "--json")).Output)!["disabled"]!);
        await Ok("", "members", "enable", "ann");
        await Ok("another long password\n", "members", "password", "ann", "--password-stdin");
        await Ok("", "members", "remove", "ann");
        Assert.Equal(ExitCode.NotFound, (await Run("", "members", "show", "ann")).Code);
        Assert.Equal(ExitCode.Refused, (await Run("", "members", "remove", "root")).Code);
    }

    [Fact]
    public async Task A_password_is_typed_twice_unseen()
    {
        Said said = await Typed("correct horsf\be battery\ncorrect horse battery\n", "members", "create", "ann");
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        Assert.DoesNotContain("horse", said.Output + said.Error, StringComparison.Ordinal);
        AccessServer.Ok(await access.As("ann", "GET", "/api/slipway/v1/access/me"));
        Assert.Equal(ExitCode.Usage, (await Typed("correct horse battery\nanother horse battery\n", "members", "create", "ben")).Code);
        Assert.Equal(ExitCode.Interrupted, (await Typed("correct\u0003", "members", "create", "ben")).Code);
        var piped = await Run("", "members", "create", "ben");
        Assert.Equal(ExitCode.Usage, piped.Code);
        Assert.Contains("--password-stdin", piped.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Run("", "members", "create", "ben", "--password-stdin")).Code);
        Assert.Equal(ExitCode.Usage, (await Run("short\n", "members", "create", "ben", "--password-stdin")).Code);
        Assert.Equal(ExitCode.NotFound, (await Run("", "members", "show", "ben")).Code);
    }

    [Fact]
    public async Task Ones_own_password_is_set_with_the_present_one()
    {
        Assert.Equal(ExitCode.Refused, (await Run("wrong\nanother long password\n", "members", "password", "--password-stdin")).Code);
        await Ok($"{AccessServer.Password}\nanother long password\n", "members", "password", "root", "--password-stdin");
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await access.As("root", "GET", "/api/slipway/v1/access/me")).Status);
    }

    [Fact]
    public async Task Groups_roles_and_grants_are_explained()
    {
        await access.Person("ann", []);
        await Ok("", "members", "create", "team", "--kind", "group");
        await Ok("", "groups", "add", "team", "ann");
        Assert.Contains("team", (await Ok("", "groups", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("ann", (await Ok("", "groups", "list", "team")).Output, StringComparison.Ordinal);
        await Ok("", "roles", "assign", "team", "contributor");
        Assert.Equal("contributor", (string)JsonNode.Parse((await Ok("", "roles", "list", "--json")).Output)!.AsArray().Single(one => (string)one!["name"]! == "team")!["role"]!);
        await Ok("", "experiments", "create", "flights");
        await Ok("", "grants", "set", "ann", "denied", "--experiment", "flights");
        Assert.Equal("denied", (string)JsonNode.Parse((await Ok("", "grants", "list", "--experiment", "flights", "--member", "ann", "--json")).Output)![0]!["level"]!);

        var why = (await Ok("", "access", "explain", "ann", "--experiment", "flights")).Output;
        Assert.Contains("'ann' may do nothing", why, StringComparison.Ordinal);
        Assert.Contains("contributor of the group 'team'", why, StringComparison.Ordinal);
        Assert.Contains("A denial", why, StringComparison.Ordinal);
        await Ok("", "grants", "unset", "ann", "--experiment", "flights");
        Assert.Contains("WriteExperiments", (await Ok("", "access", "explain", "ann", "--experiment", "flights", "--json")).Output, StringComparison.Ordinal);

        await Ok("", "roles", "unassign", "team", "contributor");
        await Ok("", "groups", "remove", "team", "ann");
        Assert.Contains("no role and no grant", (await Ok("", "access", "explain", "ann")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Run("", "roles", "assign", "ann", "emperor")).Code);
        Assert.Equal(ExitCode.NotFound, (await Run("", "groups", "add", "team", "nobody")).Code);
    }

    [Fact]
    public async Task A_tokens_secret_stands_alone_and_is_never_shown_again()
    {
        await Ok("", "members", "create", "ci", "--kind", "service");
        await Ok("", "roles", "assign", "ci", "viewer");
        var secret = (await Ok("", "tokens", "create", "nightly", "--owner", "ci", "--scope", "read", "--expires-in-days", "7", "--quiet")).Output;
        Assert.Matches("^slw_[0-9a-f]+_[^ \n]+\r?\n$", secret);
        var file = Path.Combine(folder, "ci.token");
        await Keep(file, secret);
        Assert.Equal("ci", (string)JsonNode.Parse((await As(file, "whoami", "--json")).Output)!["name"]!);

        var listed = await Ok("", "tokens", "list", "--owner", "ci", "--json");
        Assert.DoesNotContain(secret.Trim(), listed.Output, StringComparison.Ordinal);
        var id = (string)JsonNode.Parse(listed.Output)![0]!["id"]!;
        await Ok("", "tokens", "revoke", id);
        var refused = await As(file, "runs", "list", "Default");
        Assert.Equal(ExitCode.Refused, refused.Code);
        Assert.DoesNotContain(secret.Trim(), refused.Output + refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await Run("", "tokens", "revoke", id)).Code);
    }

    [Fact]
    public async Task A_workspace_is_made_limited_deleted_and_restored()
    {
        await Ok("", "workspaces", "create", "team-a", "--description", "of team A", "--quota-runs", "5", "--quota-requests", "100");
        var limits = JsonNode.Parse((await Ok("", "workspaces", "update", "team-a", "--quota-bytes", "1000", "--quota-requests", "none", "--json")).Output)!["quota"]!;
        Assert.Equal(("1000", "5", null), (limits["bytes"]?.ToString(), limits["runs"]?.ToString(), limits["requests_per_second"]?.ToString()));
        await Ok("", "experiments", "create", "flights", "--workspace", "team-a");
        Assert.Contains("flights", (await Ok("", "experiments", "list", "--workspace", "team-a")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("flights", (await Ok("", "experiments", "list")).Output, StringComparison.Ordinal);
        await Ok("", "workspaces", "delete", "team-a");
        Assert.Contains("deleted", (await Ok("", "workspaces", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await Run("", "experiments", "list", "--workspace", "team-a")).Code);
        await Ok("", "workspaces", "restore", "team-a");
        Assert.Contains("of team A", (await Ok("", "workspaces", "show", "team-a")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Run("", "workspaces", "update", "team-a", "--quota-runs", "many")).Code);
        Assert.Equal(ExitCode.Usage, (await Run("", "workspaces", "update", "team-a")).Code);
    }

    [Fact]
    public async Task A_workspace_hides_and_encrypts_what_it_is_told_to()
    {
        await Ok("", "workspaces", "create", "team-a", "--encrypt-artifacts", "true", "--mask", "*email*=hash", "--mask", "secret=mask");
        var shown = JsonNode.Parse((await Ok("", "workspaces", "show", "team-a", "--json")).Output)!;
        Assert.True((bool)shown["encrypt_artifacts"]!);
        Assert.Equal(["*email*=hash", "secret=mask"], shown["mask"]!.AsArray().Select(rule => $"{rule!["keys"]}={rule["how"]}"));
        await Ok("", "workspaces", "update", "team-a", "--mask", "none");
        Assert.DoesNotContain("email", (await Ok("", "workspaces", "show", "team-a")).Output, StringComparison.Ordinal);
        Assert.Contains("encrypted", (await Ok("", "workspaces", "show", "team-a")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Run("", "workspaces", "update", "team-a", "--mask", "email=shred")).Code);
    }

    [Fact]
    public async Task A_secret_is_set_listed_by_name_sealed_anew_and_deleted()
    {
        await Ok("hunter2\n", "secrets", "set", "webhook", "--value-stdin");
        Assert.Equal(ExitCode.Ok, (await Typed("hunter2\n", "secrets", "set", "smtp")).Code);
        var listed = await Ok("", "secrets", "list", "--json");
        Assert.Equal(["smtp", "webhook"], JsonNode.Parse(listed.Output)!.AsArray().Select(one => (string)one!["name"]!));
        Assert.DoesNotContain("hunter2", listed.Output, StringComparison.Ordinal);
        Assert.Contains("2 secrets", (await Ok("", "secrets", "rotate")).Output, StringComparison.Ordinal);
        await Ok("", "secrets", "delete", "smtp");
        Assert.DoesNotContain("smtp", (await Ok("", "secrets", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await Run("", "secrets", "delete", "smtp")).Code);
        Assert.Equal(ExitCode.Usage, (await Run("", "secrets", "set", "webhook")).Code);
    }

    [Fact]
    public async Task Keys_are_renewed_in_a_folder_that_no_server_holds()
    {
        Assert.Equal(ExitCode.Refused, (await Shell.Run("secrets", "rotate", "--data", access.Server.Data)).Code);
        var data = Path.Combine(folder, "data");
        await using (await SlipwayServer.Start(new ServerOptions { Urls = ["http://127.0.0.1:0"], Data = data, Log = new LogOptions { Level = Microsoft.Extensions.Logging.LogLevel.None } }, CancellationToken.None)) { }
        var key = await File.ReadAllTextAsync(Path.Combine(data, "secrets.key"));
        var said = await Shell.Run("secrets", "rotate", "--data", data, "--json");
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        Assert.NotEmpty((string)JsonNode.Parse(said.Output)!["key_id"]!);
        Assert.NotEqual(key, await File.ReadAllTextAsync(Path.Combine(data, "secrets.key")));
        Assert.Equal(ExitCode.NotFound, (await Shell.Run("secrets", "rotate", "--data", Path.Combine(folder, "none"))).Code);
    }

    [Fact]
    public async Task Without_credentials_everything_is_refused_with_what_to_do()
    {
        var said = await Shell.Run("members", "list", "--url", access.Server.Http.BaseAddress!.AbsoluteUri);
        Assert.Equal(ExitCode.Refused, said.Code);
        Assert.Contains("SLIPWAY_TOKEN", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_file_is_looked_at_before_it_is_used()
    {
        Assert.Equal(ExitCode.NotFound, (await As(Path.Combine(folder, "none"), "whoami")).Code);
        var file = Path.Combine(folder, "token");
        await Keep(file, " \n");
        Assert.Equal(ExitCode.Usage, (await As(file, "whoami")).Code);
        await Keep(file, new string('x', 10_000));
        Assert.Equal(ExitCode.Usage, (await As(file, "whoami")).Code);
        await Keep(file, "two words");
        var words = await As(file, "whoami");
        Assert.Equal(ExitCode.Usage, words.Code);
        Assert.DoesNotContain("two words", words.Error, StringComparison.Ordinal);

        if (OperatingSystem.IsWindows()) return;
        Assert.DoesNotContain("chmod", (await Ok("", "whoami")).Error, StringComparison.Ordinal);
        File.SetUnixFileMode(RootToken, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", (await Ok("", "whoami")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_in_the_address_on_the_command_line_is_refused_and_not_repeated()
    {
        var said = await Shell.Run("whoami", "--url", "http://root:hunter2@127.0.0.1:1");
        Assert.Equal(ExitCode.Usage, said.Code);
        Assert.DoesNotContain("hunter2", said.Error, StringComparison.Ordinal);
    }

    private static async Task Keep(string file, string text)
    {
        await File.WriteAllTextAsync(file, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private Task<Said> As(string tokenFile, params string[] args) => Shell.Run([.. args, "--url", access.Server.Http.BaseAddress!.AbsoluteUri, "--token-file", tokenFile]);

    private Task<Said> Run(string input, params string[] args) => Shell.RunWith(input, null, [.. args, "--url", access.Server.Http.BaseAddress!.AbsoluteUri, "--token-file", RootToken]);

    private Task<Said> Typed(string typed, params string[] args) => Shell.RunWith("", typed, [.. args, "--url", access.Server.Http.BaseAddress!.AbsoluteUri, "--token-file", RootToken]);

    private async Task<Said> Ok(string input, params string[] args)
    {
        var said = await Run(input, args);
        Assert.True(said.Code == ExitCode.Ok, $"{string.Join(' ', args)}: {said.Code} {said.Error}");
        return said;
    }
}
