using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Slipway.EndToEnd;

/// <summary>The main job of the README, as a newcomer runs it.</summary>
public sealed class QuickstartTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("slipway-quickstart-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_model_is_trained_registered_scored_let_through_its_gates_and_a_second_one_has_to_be_as_good()
    {
        var first = await Run("first.json");
        Assert.Equal(("late-flights", "1", true), ((string?)first["model"], (string?)first["version"], (bool)first["promoted"]!));
        var gates = first["gates"]!.AsArray();
        Assert.All(gates, gate => Assert.Equal("passed", (string?)gate!["status"]));
        Assert.True(gates.Count >= 6);
        Assert.InRange((double)first["metrics"]!["roc_auc"]!, 0.63, 0.75);

        // The same seed makes the same model: no worse than the champion, which stands in the way now.
        var second = await Run("second.json");
        Assert.Equal(("2", true), ((string?)second["version"], (bool)second["promoted"]!));
        Assert.Equal((double)first["metrics"]!["roc_auc"]!, (double)second["metrics"]!["roc_auc"]!, 1e-9);
    }

    private async Task<JsonNode> Run(string file)
    {
        var json = Path.Combine(folder.FullName, file);
        using var process = Process.Start(new ProcessStartInfo(ServerProcess.Executable, ["quickstart", "--exit", "--urls", "http://127.0.0.1:0", "--data", Path.Combine(folder.FullName, "data"), "--json", json])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.FullName,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode is 0, $"{await output}\n{await errors}");
        Assert.Contains("/models/late-flights/versions/", await output, StringComparison.Ordinal);
        return JsonNode.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken))!["release"]!;
    }
}
