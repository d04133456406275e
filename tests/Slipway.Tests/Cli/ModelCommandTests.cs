using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Tests.Server;

namespace Slipway.Tests.Cli;

/// <summary>`slipway models` against a real server.</summary>
public sealed class ModelCommandTests : IAsyncLifetime
{
    private TestServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.Start();
        await Post("registered-models/create", """{"name":"flights","description":"late or not"}""");
        for (var i = 0; i < 3; i++) await Post("model-versions/create", """{"name":"flights","source":"s3://b/m"}""");
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task Post(string path, string json) => Assert.Equal(200, (int)(await server.Post("/api/2.0/mlflow/" + path, json)).Status);

    private Task<Said> Run(params string[] args) => Shell.Run([.. args, "--url", server.Http.BaseAddress!.AbsoluteUri]);

    private async Task<string> Ok(params string[] args)
    {
        var said = await Run(args);
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        return said.Output;
    }

    [Fact]
    public async Task Versions_are_moved_listed_and_rolled_back()
    {
        foreach (var version in (string[])["1", "2", "3"]) await Ok("models", "move", "flights", version, "--alias", "champion", "--reason", "better");
        Assert.Contains("champion=3", await Ok("models", "list"), StringComparison.Ordinal);
        Assert.Contains("s3://b/m", await Ok("models", "show", "flights"), StringComparison.Ordinal);
        Assert.Contains("version 3 left, version 2 is back", await Ok("models", "rollback", "flights", "--reason", "late again"), StringComparison.Ordinal);
        Assert.Equal("1", (string)JsonNode.Parse(await Ok("models", "rollback", "flights", "--reason", "and again", "--from", "2", "--json"))!["to"]!);
        var history = JsonNode.Parse(await Ok("models", "history", "flights", "--alias", "champion", "--json"))!.AsArray();
        Assert.Equal(["1", "2", "3", "2", "1"], history.Select(stay => (string)stay!["version"]!));
        Assert.Contains("late again", await Ok("models", "history", "flights"), StringComparison.Ordinal);
        Assert.Equal(3, JsonNode.Parse(await Ok("models", "show", "flights", "--json"))!["versions"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_is_wrong_is_said()
    {
        Assert.Equal(ExitCode.NotFound, (await Run("models", "show", "nobody")).Code);
        Assert.Equal(ExitCode.Usage, (await Run("models", "move", "flights", "1")).Code);
        Assert.Equal(ExitCode.Usage, (await Run("models", "rollback", "flights")).Code); // nobody says why
        var said = await Run("models", "rollback", "flights", "--reason", "x");
        Assert.NotEqual(ExitCode.Ok, said.Code);
        Assert.Contains("nothing to go back from", said.Error, StringComparison.Ordinal);
    }
}
