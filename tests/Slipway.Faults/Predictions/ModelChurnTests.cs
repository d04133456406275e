using System.Diagnostics;
using System.Globalization;

namespace Slipway.Faults.Predictions;

/// <summary>Versions that come and go under load leak nothing and fail nobody.</summary>
public sealed class ModelChurnTests
{
    private const long GrowthMbMax = 48;

    [Fact]
    public async Task Models_loaded_swapped_and_unloaded_under_load_fail_no_request_and_leave_no_memory_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Memory is read from /proc.");
        var cycles = Scale.Of(full: 5_000, least: 120);
        using var churn = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["swap-models", cycles.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = churn.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await churn.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await churn.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(churn.ExitCode == 0, await errors);
        var numbers = said.Split(' ').Select(static text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        Assert.True(numbers[0] > cycles, $"{numbers[0]} answers over {cycles} versions.");
        Assert.Equal(0, numbers[1]);
        Assert.True(numbers[2] < GrowthMbMax, $"Memory grew by {numbers[2]} MB over {cycles} versions.");
        Assert.Equal(0, numbers[3]);
    }
}
