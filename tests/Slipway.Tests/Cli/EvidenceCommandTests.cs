using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Tests.Server;

namespace Slipway.Tests.Cli;

/// <summary>Profiles, cards, lineage and evidence from the command line; the last is checked when the server is gone.</summary>
public sealed class EvidenceCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-evidence-").FullName;
    private TestServer? server;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.Start();
        await server.Post("/api/2.0/mlflow/registered-models/create", """{"name":"flights"}""");
        await server.Post("/api/2.0/mlflow/model-versions/create", """{"name":"flights","source":"s3://b/m"}""");
        await server.Post("/api/2.0/mlflow/model-versions/create", """{"name":"flights","source":"models:/flights/1"}""");
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        Directory.Delete(folder, recursive: true);
    }

    private async Task Stop()
    {
        if (server is { } running) await running.DisposeAsync();
        server = null;
    }

    private Task<Said> Run(params string[] args) => Shell.Run([.. args, "--url", server!.Http.BaseAddress!.AbsoluteUri]);

    private async Task<string> Ok(params string[] args)
    {
        var said = await Run(args);
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        return said.Output;
    }

    [Fact]
    public async Task Profile_is_shown_and_changed_and_the_card_says_it()
    {
        Assert.Contains("Nobody has described", (await Run("models", "describe", "flights")).Error, StringComparison.Ordinal);
        await Ok("models", "describe", "flights", "--owner", "ada", "--review-date", "2027-01-31");
        Assert.Contains("2027-01-31", await Ok("models", "describe", "flights", "--purpose", "Delays"), StringComparison.Ordinal);
        Assert.Equal("ada", (string)JsonNode.Parse(await Ok("models", "describe", "flights", "--json"))!["owner"]!);
        Assert.Equal(ExitCode.Usage, (await Run("models", "describe", "flights", "--review-date", "soon")).Code);
        Assert.Contains("Delays", await Ok("models", "card", "flights", "1"), StringComparison.Ordinal);
        Assert.StartsWith("---", await Ok("models", "card", "flights", "1", "--format", "md"), StringComparison.Ordinal);
        var html = Path.Combine(folder, "card.html");
        await Ok("models", "card", "flights", "1", "--format", "html", "--out", html);
        Assert.StartsWith("<!doctype html>", await File.ReadAllTextAsync(html), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, (await Run("models", "card", "flights", "1", "--format", "html", "--out", html)).Code);
        Assert.Equal("CycloneDX", (string)JsonNode.Parse(await Ok("models", "bom", "flights", "1"))!["bomFormat"]!);
    }

    [Fact]
    public async Task Lineage_is_drawn()
    {
        var drawn = await Ok("lineage", "model-version/flights/1");
        Assert.Contains("copied", drawn, StringComparison.Ordinal);
        Assert.Contains("flights 2", drawn, StringComparison.Ordinal);
        Assert.Equal(2, JsonNode.Parse(await Ok("lineage", "model/flights", "--json"))!["nodes"]!.AsArray().Count);
        Assert.Equal(ExitCode.NotFound, (await Run("lineage", "run/0123")).Code);
    }

    [Fact]
    public async Task Evidence_is_checked_without_the_server()
    {
        var (pack, key) = (Path.Combine(folder, "pack.zip"), Path.Combine(folder, "audit.pub"));
        await Ok("models", "evidence", "flights", "1", "--out", pack);
        await Ok("audit", "key", "--out", key);
        var fingerprint = (string)JsonNode.Parse(await Ok("audit", "key", "--json"))!["fingerprint"]!;
        await Stop();
        foreach (var how in (string[][])[["--public-key", key], ["--fingerprint", fingerprint]])
        {
            var said = await Shell.Run(["verify-evidence", pack, .. how]);
            Assert.True(said.Code == ExitCode.Ok, said.Output + said.Error);
            Assert.Contains("The evidence is sound", said.Output, StringComparison.Ordinal);
        }
        File.Copy(pack, pack + ".bad");
        using (var zip = System.IO.Compression.ZipFile.Open(pack + ".bad", System.IO.Compression.ZipArchiveMode.Update)) zip.GetEntry("card.json")!.Delete();
        var bad = await Shell.Run(["verify-evidence", pack + ".bad", "--fingerprint", fingerprint]);
        Assert.Equal(ExitCode.Failed, bad.Code);
        Assert.Contains("'card.json' is missing.", bad.Output, StringComparison.Ordinal);
        var wrong = await Shell.Run(["verify-evidence", pack, "--fingerprint", new string('0', 64), "--json"]);
        Assert.Equal((ExitCode.Failed, false), (wrong.Code, (bool)JsonNode.Parse(wrong.Output)!["sound"]!));
        Assert.Equal(ExitCode.Usage, (await Shell.Run(["verify-evidence", pack])).Code);
        Assert.NotEqual(ExitCode.Ok, (await Shell.Run(["verify-evidence", Path.Combine(folder, "none.zip"), "--fingerprint", fingerprint])).Code);
    }
}
