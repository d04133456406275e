using System.Diagnostics;
using System.Text.Json;
using Slipway.Tests;

namespace Slipway.EndToEnd.Pages;

public sealed class WebTests
{
    [Fact]
    public async Task Logic_of_the_pages_passes_its_own_tests()
    {
        var web = Path.Combine(Repository.Root, "web");
        var report = Path.Combine(Directory.CreateTempSubdirectory("slipway-web-").FullName, "report.json");
        var start = new ProcessStartInfo("node", ["node_modules/vitest/vitest.mjs", "run", "--reporter=json", "--outputFile=" + report]) { WorkingDirectory = web, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(File.Exists(report), await output + await errors);
        using var results = JsonDocument.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken));
        Directory.Delete(Path.GetDirectoryName(report)!, recursive: true);
        var failed = results.RootElement.GetProperty("testResults").EnumerateArray()
            .SelectMany(file => file.GetProperty("assertionResults").EnumerateArray())
            .Where(test => test.GetProperty("status").GetString() is "failed")
            .Select(test => $"{test.GetProperty("fullName")}: {test.GetProperty("failureMessages")}");
        Assert.Empty(failed);
        Assert.True(results.RootElement.GetProperty("numPassedTests").GetInt32() > 50, "Few tests were found: is the pattern of test files right?");
        Assert.Equal(0, process.ExitCode);
    }
}
