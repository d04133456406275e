using Microsoft.Playwright;

namespace Slipway.EndToEnd.Pages;

/// <summary>One Chromium for all tests, the distribution's own, started on first use.</summary>
internal static class Chromium
{
    private static readonly Lazy<Task<IBrowser>> Browser = new(Start);

    /// <summary>The browser; skips the test where none is installed, unless servers are required.</summary>
    public static Task<IBrowser> Shared()
    {
        if (Path() is not null) return Browser.Value;
        Assert.False(Environment.GetEnvironmentVariable("SLIPWAY_TESTS_REQUIRE_SERVERS") == "1", "Chromium is required and not installed (Debian: apt-get install chromium).");
        Assert.Skip("Chromium is not installed (Debian: apt-get install chromium).");
        return null!;
    }

    private static string? Path() => new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    private static async Task<IBrowser> Start()
    {
        // A machine that builds and tests on two cores is slow at times; what is wrong stays wrong.
        Assertions.SetDefaultExpectTimeout(20_000);
        var playwright = await Playwright.CreateAsync();
        // Its own sandbox needs rights that root in a container lacks; the pages under test are ours.
        string[] arguments = Environment.UserName == "root" ? ["--no-sandbox"] : [];
        return await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Path(), Args = [.. arguments, "--disable-dev-shm-usage"] });
    }
}
