using Slipway.Prediction;

namespace Slipway.Tests.Prediction;

public sealed class CostLineTests
{
    [Fact]
    public void The_line_is_found_among_noise_and_interruptions()
    {
        var random = new Random(1);
        var cost = new CostLine();
        for (var i = 0; i < 2_000; i++)
        {
            var rows = random.Next(1, 257);
            var us = 20 + 1.2 * rows;
            cost.LearnUs(rows, i % 50 == 0 ? us + 10_000 : us * (0.9 + 0.2 * random.NextDouble()));
        }
        var line = cost.Now!;
        Assert.True(line.Sloped);
        Assert.InRange(line.RowUs, 0.9, 1.6);
        Assert.InRange(line.Us(256), 260, 450);
    }

    [Fact]
    public void Runs_of_one_size_count_as_their_rows()
    {
        var cost = new CostLine();
        for (var i = 0; i < 100; i++) cost.LearnUs(4, 40);
        Assert.False(cost.Now!.Sloped);
        Assert.Equal(40, cost.Now.Us(4), 3);
        Assert.Equal(100, cost.Now.Us(10), 3);
    }

    [Fact]
    public void Nothing_is_known_before_enough_runs_and_a_model_that_became_slow_is_noticed()
    {
        var cost = new CostLine();
        for (var i = 0; i < CostLine.RunsNeeded - 1; i++)
        {
            cost.LearnUs(1, 5);
            Assert.Null(cost.Now);
        }
        for (var i = 0; i < 100; i++) cost.LearnUs(1, 5);
        Assert.Equal(5, cost.Now!.Us(1), 3);
        for (var i = 0; i < 2_500; i++) cost.LearnUs(1, 1_000);
        Assert.InRange(cost.Now.Us(1), 800, 1_001);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void The_number_of_runs_at_once_settles_near_what_the_other_side_takes(int capacity)
    {
        // Above its capacity the other side shares its time among all: latency grows in proportion.
        var limit = new RunLimit(1, 64);
        for (var i = 0; i < 5_000; i++)
        {
            var running = limit.Now;
            limit.Ended(1, 1_000.0 * Math.Max(1, (double)running / capacity), running);
        }
        Assert.InRange(limit.Now, Math.Max(1, capacity / 2), capacity * 4);
        for (var i = 0; i < 60; i++) limit.Failed();
        Assert.Equal(1, limit.Now);
    }
}
