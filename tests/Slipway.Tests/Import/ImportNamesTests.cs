using Slipway.Cli.Import;
using Slipway.Tracking;

namespace Slipway.Tests.Import;

public sealed class ImportNamesTests
{
    [Theory]
    [InlineData("loss", "loss")]
    [InlineData("val/acc top-5", "val/acc top-5")]
    [InlineData("größe", "größe")]
    [InlineData("acc (top 1)", "acc _top 1_")]
    [InlineData("/a//b/", "a/b")]
    [InlineData("a/../b", "a/_/b")]
    [InlineData("..", "_")]
    [InlineData("", "_")]
    [InlineData("\0", "_")]
    public void Names_become_keys(string name, string key) => Assert.Equal(key, new ImportNames(new ImportReport(), "r").Key(name));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_name_becomes_a_key_that_the_server_takes_and_no_two_become_one(int seed)
    {
        var random = new Random(seed);
        string[] pieces = ["a", "b", "/", "//", ".", "..", " ", "(", "\0", "\n", "ü", "\ud83d\ude00", "\ud83d", "_", "-", ":", "x".PadRight(200, 'y')];
        var names = new ImportNames(new ImportReport(), "r");
        var keys = new Dictionary<string, string>();
        for (var n = 0; n < 20_000; n++)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => pieces[random.Next(pieces.Length)]));
            var key = names.Key(name);
            Assert.Null(WireCheck.Key(key, "key", ImportNames.CharsMax));
            Assert.Equal(name, keys.GetValueOrDefault(key, name));
            keys[key] = name;
            Assert.Equal(key, names.Key(name));
        }
    }

    [Fact]
    public void Ids_are_the_same_for_the_same_and_others_for_others()
    {
        Assert.Equal(ImportId.Of("a", "b"), ImportId.Of("a", "b"));
        Assert.NotEqual(ImportId.Of("ab", ""), ImportId.Of("a", "b"));
        Assert.True(ImportId.IsRunId(ImportId.Of("x")));
        Assert.Null(WireCheck.ChosenId(ImportId.Of("x"), "run_id"));
    }
}
