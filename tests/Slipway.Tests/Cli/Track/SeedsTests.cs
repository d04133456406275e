using Slipway.Cli.Track;

namespace Slipway.Tests.Cli.Track;

public sealed class SeedsTests
{
    [Theory]
    [InlineData("train --seed 7", "seed=7")]
    [InlineData("train --seed=7", "seed=7")]
    [InlineData("train --random-state 3 --epochs 5", "random-state=3")]
    [InlineData("train training.seed=1 model=x", "training.seed=1")]
    [InlineData("train --seeds 1,2,3", "seeds=1,2,3")]
    [InlineData("train --seed random", "seed=random")]
    [InlineData("train --seed -1", "seed=-1")]
    [InlineData("train --seed", "")]
    [InlineData("train --seed --verbose", "")]
    [InlineData("train --seedling 7", "")]
    [InlineData("seed=1", "")]
    [InlineData("train --seed hunter2", "")]
    public void Seeds_on_a_command_line_are_seen(string line, string expected) =>
        Assert.Equal(expected, string.Join(' ', Seeds.Find(line.Split(' '), []).Select(pair => $"{pair.Key}={pair.Value}")));

    [Fact]
    public void Seeds_in_variables_are_seen_and_there_is_a_limit()
    {
        Assert.Equal("0", Seeds.Find(["x"], [new("PYTHONHASHSEED", "0"), new("PATH", "/bin")])["PYTHONHASHSEED"]);
        Assert.Equal(Seeds.Max, Seeds.Find(["x", .. Enumerable.Range(0, 100).Select(i => $"--a{i}.seed={i}")], []).Count);
    }
}
