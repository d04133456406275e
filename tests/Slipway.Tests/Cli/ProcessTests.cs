using System.Text.Json.Nodes;
using Slipway.Cli;

namespace Slipway.Tests.Cli;

/// <summary>What only the built executable shows: pipes, signals, locks between processes.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-cli-").FullName;

    private string Data => Path.Combine(folder, "data");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Nothing_is_coloured_when_piped()
    {
        var said = await Shell.RunProcess("doctor", "--data", Data, "--urls", "http://127.0.0.1:0");
        Assert.Equal(ExitCode.Ok, said.Code);
        Assert.DoesNotContain('\e', said.Output + said.Error);
        Assert.False(Directory.Exists(Data), "doctor changes nothing.");
    }

    [Fact]
    public async Task Doctor_prints_every_check_as_JSON_and_fails_for_what_must_be_mended()
    {
        var file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "");
        var said = await Shell.RunProcess("doctor", "--data", file, "--urls", "http://127.0.0.1:0", "--json");
        Assert.Equal(ExitCode.Failed, said.Code);
        var checks = JsonNode.Parse(said.Output)!.AsArray();
        Assert.All(checks, check => Assert.Contains((string)check!["verdict"]!, (string[])["ok", "warn", "fail"]));
        var failed = checks.First(check => (string)check!["verdict"]! == "fail")!;
        Assert.Equal("data folder", (string)failed["name"]!);
        Assert.Contains("--data", (string)failed["mend"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_says_where_it_listens_holds_its_folder_and_stops_when_asked()
    {
        using var server = Shell.Start("server", "--urls", "http://127.0.0.1:0", "--data", Data, "--log-level", "warning");
        try
        {
            var line = await server.StandardOutput.ReadLineAsync();
            Assert.StartsWith("Listening on http://127.0.0.1:", line, StringComparison.Ordinal);
            var url = line!["Listening on ".Length..];

            var second = await Shell.RunProcess("server", "--urls", "http://127.0.0.1:0", "--data", Data);
            Assert.Equal(ExitCode.Refused, second.Code);
            Assert.Contains($"process {server.Id}", second.Error, StringComparison.Ordinal);

            var doctor = await Shell.RunProcess("doctor", "--data", Data, "--urls", url, "--json");
            Assert.Equal(ExitCode.Ok, doctor.Code);
            Assert.Contains($"process {server.Id}", doctor.Output, StringComparison.Ordinal);
            Assert.Contains("answers at", doctor.Output, StringComparison.Ordinal);

            using var ask = System.Diagnostics.Process.Start("kill", ["-TERM", server.Id.ToString()]);
            await server.WaitForExitAsync();
            Assert.Equal(ExitCode.Ok, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
        var after = await Shell.RunProcess("doctor", "--data", Data, "--urls", "http://127.0.0.1:0");
        Assert.Equal(ExitCode.Ok, after.Code);
        Assert.Contains("The database file is whole.", after.Output, StringComparison.Ordinal);
    }
}
