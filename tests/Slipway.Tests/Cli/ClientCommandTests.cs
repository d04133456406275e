using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Tests.Server;

namespace Slipway.Tests.Cli;

/// <summary>The commands that speak to a server, against a real one.</summary>
public sealed class ClientCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-cli-").FullName;
    private TestServer server = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_experiment_is_created_listed_shown_deleted_and_restored()
    {
        var id = (await Ok("experiments", "create", "flights", "--tag", "team=ops")).Output.Trim();
        Assert.Matches("^[0-9]+$", id);

        var listed = JsonNode.Parse((await Ok("experiments", "list", "--json")).Output)!.AsArray();
        Assert.Contains("flights", listed.Select(one => (string)one!["name"]!));
        var shown = JsonNode.Parse((await Ok("experiments", "show", "flights", "--json")).Output)!;
        Assert.Equal((id, "ops"), ((string)shown["id"]!, (string)shown["tags"]!["team"]!));
        Assert.Contains("flights", (await Ok("experiments", "search", "name LIKE 'fli%'")).Output, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Refused, (await Run("experiments", "create", "flights")).Code);
        await Ok("experiments", "delete", "flights");
        Assert.DoesNotContain("flights", (await Ok("experiments", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("deleted", (await Ok("experiments", "list", "--view", "deleted")).Output, StringComparison.Ordinal);
        await Ok("experiments", "restore", id);
        Assert.Contains("flights", (await Ok("experiments", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_created_shown_searched_deleted_and_restored()
    {
        await Ok("experiments", "create", "flights");
        var id = (await Ok("runs", "create", "flights", "--name", "first", "--tag", "team=ops")).Output.Trim();
        Assert.Matches("^[0-9a-f]{32}$", id);

        var shown = JsonNode.Parse((await Ok("runs", "show", id, "--json")).Output)!;
        Assert.Equal(("first", "RUNNING"), ((string)shown["name"]!, (string)shown["status"]!));
        Assert.Contains(id, (await Ok("runs", "list", "flights", "--columns", "tags.team")).Output, StringComparison.Ordinal);
        var found = JsonNode.Parse((await Ok("runs", "search", "tags.team = 'ops'", "--json")).Output)!.AsArray();
        Assert.Equal([id], found.Select(run => (string)run!["id"]!));
        Assert.Equal("[]", (await Ok("runs", "search", "tags.team = 'dev'", "--json")).Output.Trim());

        await Ok("runs", "delete", id);
        Assert.DoesNotContain(id, (await Ok("runs", "list", "flights")).Output, StringComparison.Ordinal);
        await Ok("runs", "restore", id);
        Assert.Contains(id, (await Ok("runs", "list", "flights")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleted_runs_are_looked_at_and_collected()
    {
        await Ok("experiments", "create", "flights");
        var run = (await Ok("runs", "create", "flights", "--name", "old")).Output.Trim();
        await Ok("experiments", "delete", "flights");
        Assert.Contains("0 runs, 0 models and 0 experiments would go", (await Ok("gc", "--dry-run")).Output, StringComparison.Ordinal);
        var listed = (await Ok("gc", "--dry-run", "--older-than", "0")).Output;
        Assert.Contains(run, listed, StringComparison.Ordinal);
        Assert.Contains("its name becomes free", listed, StringComparison.Ordinal);
        var json = JsonNode.Parse((await Ok("gc", "--dry-run", "--older-than", "0h", "--json")).Output)!;
        Assert.Equal(("old", "flights"), ((string)json["runs"]![0]!["name"]!, (string)json["experiments"]![0]!["name"]!));
        Assert.Equal(ExitCode.Usage, (await Run("gc", "--older-than", "soon")).Code);
        Assert.Equal(1, (long)JsonNode.Parse((await Ok("gc", "--older-than", "0", "--json")).Output)!["runs"]!);
        await Ok("experiments", "create", "flights");
        // A folder whose server does not run is opened; this one's does.
        Assert.Equal(ExitCode.Refused, (await Run("gc", "--data", server.Data)).Code);
    }

    [Fact]
    public async Task Files_go_up_are_listed_and_come_down()
    {
        await Ok("experiments", "create", "flights");
        var run = (await Ok("runs", "create", "flights")).Output.Trim();
        var source = Path.Combine(folder, "note.txt");
        await File.WriteAllTextAsync(source, "hello");

        await Ok("artifacts", "put", run, source, "--path", "notes/note.txt");
        var listed = JsonNode.Parse((await Ok("artifacts", "ls", run, "--recursive", "--json")).Output)!.AsArray();
        Assert.Equal(["notes", "notes/note.txt"], listed.Select(file => (string)file!["path"]!));
        var target = Path.Combine(folder, "down.txt");
        await Ok("artifacts", "get", run, "notes/note.txt", "--to", target);
        Assert.Equal("hello", await File.ReadAllTextAsync(target));
        await Ok("artifacts", "get", run, "--to", Path.Combine(folder, "all"));
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(folder, "all", "notes", "note.txt")));
        Assert.Equal(ExitCode.NotFound, (await Run("artifacts", "get", run, "none.txt", "--to", target)).Code);
        Assert.Equal(ExitCode.NotFound, (await Run("artifacts", "put", run, Path.Combine(folder, "none"))).Code);
    }

    [Theory]
    [InlineData("runs show 0123456789abcdef0123456789abcdef", ExitCode.NotFound)]
    [InlineData("experiments show nothing-like-it", ExitCode.NotFound)]
    [InlineData("runs list nothing-like-it", ExitCode.NotFound)]
    [InlineData("runs search bogus>>", ExitCode.Usage)]
    public async Task What_the_server_says_becomes_an_exit_code(string line, int code)
    {
        var said = await Run(line.Split(' '));
        Assert.Equal((code, ""), (said.Code, said.Output));
        Assert.StartsWith("error: ", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_user_server_says_that_it_is_one()
    {
        Assert.Contains("nobody is asked for a password", (await Ok("whoami")).Output, StringComparison.Ordinal);
        var said = await Run("tokens", "create", "x");
        Assert.Equal(ExitCode.Usage, said.Code);
        Assert.Contains("access.mode", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listing_that_is_cut_says_so()
    {
        for (var i = 0; i < 4; i++) await Ok("experiments", "create", $"e{i}");
        var said = await Ok("experiments", "list", "--limit", "2", "--json");
        Assert.Equal(2, JsonNode.Parse(said.Output)!.AsArray().Count);
        Assert.Contains("more than 2", said.Error, StringComparison.Ordinal);
    }

    private Task<Said> Run(params string[] args) => Shell.Run([.. args, "--url", server.Http.BaseAddress!.AbsoluteUri]);

    private async Task<Said> Ok(params string[] args)
    {
        var said = await Run(args);
        Assert.True(said.Code == ExitCode.Ok, $"{string.Join(' ', args)}: {said.Code} {said.Error}");
        return said;
    }
}
