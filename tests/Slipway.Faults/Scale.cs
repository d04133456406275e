namespace Slipway.Faults;

/// <summary>
/// The one variable that shrinks or grows the rounds: SLIPWAY_TEST_SCALE, 1 = the long run whose results bench/RESULTS.md keeps.
/// `dotnet test` alone uses a small share of it.
/// </summary>
internal static class Scale
{
    private const double Fast = 0.03;

    private static readonly double Share = double.TryParse(Environment.GetEnvironmentVariable("SLIPWAY_TEST_SCALE"), out var share) && share > 0 ? share : Fast;

    /// <summary>How many of the full number, at least <paramref name="least"/>.</summary>
    public static int Of(int full, int least) => Math.Max(least, (int)Math.Min(int.MaxValue, full * Share));

    /// <summary>A new seed, or the one of SLIPWAY_TEST_SEED to see a failure again; printed with the test's output.</summary>
    public static int Seed()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SLIPWAY_TEST_SEED"), out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"SLIPWAY_TEST_SEED={seed}");
        return seed;
    }
}
