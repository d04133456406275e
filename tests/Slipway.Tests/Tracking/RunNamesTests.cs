using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class RunNamesTests
{
    [Fact]
    public void A_name_is_two_words_and_a_number_given_by_the_seed()
    {
        Assert.Matches("^[a-z]+-[a-z]+-[1-9][0-9]{0,2}$", new RunNames(new Random(1)).Next());
        Assert.Equal(Names(7), Names(7));
        Assert.NotEqual(Names(7), Names(8));
    }

    /// <summary>A Random that several threads use without a lock ends up answering nothing but zero.</summary>
    [Fact]
    public void Names_stay_different_though_many_threads_ask()
    {
        var names = new RunNames(new Random(3));
        var given = new string[20_000];
        Parallel.For(0, given.Length, n => given[n] = names.Next());
        Assert.True(given.Distinct().Count() > 19_900, $"{given.Distinct().Count()} different names.");
    }

    private static List<string> Names(int seed)
    {
        var names = new RunNames(new Random(seed));
        return [.. Enumerable.Range(0, 20).Select(_ => names.Next())];
    }
}
