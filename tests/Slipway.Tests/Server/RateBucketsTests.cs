using Slipway.Server;

namespace Slipway.Tests.Server;

public sealed class RateBucketsTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public void A_second_fills_a_bucket_and_no_more_than_fills_it()
    {
        var buckets = new RateBuckets<string>(clock);
        Assert.Equal(10, Taken(buckets, "a", 10));
        clock.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(3, Taken(buckets, "a", 10));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(10, Taken(buckets, "a", 10));
        Assert.Equal(10, Taken(buckets, "b", 10));
    }

    [Fact]
    public void A_rate_that_is_lowered_holds_at_once()
    {
        var buckets = new RateBuckets<string>(clock);
        Assert.True(buckets.Take("a", 1_000));
        Assert.Equal(5, Taken(buckets, "a", 5));
    }

    [Fact]
    public void Many_keys_are_forgotten_when_they_say_nothing_any_more()
    {
        var buckets = new RateBuckets<int>(clock);
        for (var key = 0; key <= RateBuckets<int>.KeysMax; key++) Assert.True(buckets.Take(key, 1));
        clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.True(buckets.Take(-1, 1));
        Assert.False(buckets.Take(0, 1)); // none was forgotten before its second was over
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(buckets.Take(-2, 1));
        Assert.Equal(1, buckets.Count);
    }

    [Fact]
    public async Task Writers_at_once_take_no_more_than_there_is()
    {
        var buckets = new RateBuckets<string>(clock);
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 100).Count(_ => buckets.Take("a", 50)))));
        Assert.Equal(50, taken.Sum());
    }

    private static int Taken(RateBuckets<string> buckets, string key, int rate) => Enumerable.Range(0, 100).Count(_ => buckets.Take(key, rate));
}
