using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Cli;

/// <summary>`slipway audit` and `slipway personal-data` against a server whose people sign in.</summary>
public sealed class AuditCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-cli-").FullName;
    private AccessServer access = null!;

    private string TokenFile => Path.Combine(folder, "root.token");

    public async ValueTask InitializeAsync()
    {
        access = await AccessServer.Start(Dialect.Sqlite);
        var made = AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/tokens", """{"name":"cli"}"""));
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new StreamWriter(TokenFile, options);
        await file.WriteAsync((string)made.Json["token"]!);
    }

    public async ValueTask DisposeAsync()
    {
        await access.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Events_are_listed_newest_first_and_filtered()
    {
        await access.Person("ann", ["contributor"]);
        for (var n = 0; n < 3; n++) await access.Experiment("ann", "e" + n);
        await access.As("ann", "GET", "/metrics");
        await access.Sealed();
        var listed = JsonNode.Parse((await Ok("audit", "list", "--actor", "ann", "--json")).Output)!.AsArray();
        Assert.Equal(["attempt.refused", "experiment.created", "experiment.created", "experiment.created"], listed.Select(one => (string)one!["kind"]!));
        Assert.Equal(("127.0.0.1", "e2"), ((string)listed[1]!["address"]!, (string)listed[1]!["data"]!["name"]!));
        Assert.True(DateTimeOffset.TryParse((string)listed[0]!["at"]!, out _));
        var cut = await Ok("audit", "list", "--kind", "experiment", "--limit", "2");
        Assert.Contains("127.0.0.1", cut.Output, StringComparison.Ordinal);
        Assert.Contains("--limit", cut.Error, StringComparison.Ordinal);
        Assert.Contains("GET /metrics", (await Ok("audit", "list", "--refused", "--all-workspaces", "--until", "2100-01-01")).Output, StringComparison.Ordinal);
        Assert.Equal("[]", (await Ok("audit", "list", "--subject", "run", "--json")).Output.Trim());
        Assert.Equal(ExitCode.Usage, (await Run("audit", "list", "--since", "lately")).Code);
    }

    [Fact]
    public async Task The_export_goes_to_a_file_or_to_standard_output()
    {
        await access.Experiment("root", "übung");
        await access.Sealed();
        var path = Path.Combine(folder, "audit.jsonl");
        await Ok("audit", "export", "--output", path);
        var printed = (await Ok("audit", "export")).Output;
        Assert.Equal(File.ReadAllText(path), printed);
        Assert.All(printed.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.NotNull(JsonNode.Parse(line)!["position"]));
        Assert.Equal(ExitCode.Refused, (await Run("audit", "export", "--output", path)).Code);
    }

    [Fact]
    public async Task A_copy_of_the_heads_is_compared()
    {
        await access.Experiment("root", "one");
        await access.Sealed();
        var copy = Path.Combine(folder, "heads.jsonl");
        File.WriteAllText(copy, File.ReadAllText(Anchor.HeadsPath(access.Server.Data)) + "{\"seal\":4,\"torn");
        var whole = await Ok("audit", "verify", "--heads", copy);
        Assert.Contains("The event log is whole", whole.Output, StringComparison.Ordinal);
        Assert.Contains("1 lines are no heads", whole.Error, StringComparison.Ordinal);
        File.WriteAllText(copy, File.ReadAllText(copy).Replace("\"position\":", "\"position\":9", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Failed, (await Run("audit", "verify", "--heads", copy)).Code);
        File.WriteAllText(copy, "nothing\n");
        Assert.Equal(ExitCode.Usage, (await Run("audit", "verify", "--heads", copy)).Code);
        Assert.Equal(ExitCode.NotFound, (await Run("audit", "verify", "--heads", copy + ".not")).Code);
    }

    [Fact]
    public async Task A_person_is_reported_and_erased_only_when_meant()
    {
        await access.Person("ann", ["contributor"]);
        await access.Experiment("ann", "first");
        Assert.Contains("takes it", (await Ok("personal-data", "report", "ann")).Output, StringComparison.Ordinal);
        var asked = await Run("personal-data", "erase", "ann");
        Assert.Equal(ExitCode.Usage, asked.Code);
        Assert.Contains("--yes", asked.Error, StringComparison.Ordinal);
        Assert.Contains("erased", (await Ok("personal-data", "erase", "ann", "--yes")).Output, StringComparison.Ordinal);
        var left = JsonNode.Parse((await Ok("personal-data", "report", "ann", "--json")).Output)!;
        Assert.All(left["places"]!.AsArray(), place => Assert.Equal(0, (long)place!["found"]!));
        Assert.Equal(ExitCode.Refused, (await Run("personal-data", "erase", "root", "--yes")).Code);
    }

    private Task<Said> Run(params string[] words) => Shell.Run([.. words, "--url", access.Server.Http.BaseAddress!.AbsoluteUri, "--token-file", TokenFile]);

    private async Task<Said> Ok(params string[] words)
    {
        var said = await Run(words);
        Assert.True(said.Code == ExitCode.Ok, $"{said.Code} {said.Error}");
        return said;
    }
}
