using System.Buffers;
using System.Text;
using Slipway.Prediction;

namespace Slipway.Tests.Serving;

public sealed class StickyKeyTests
{
    private static ServedEndpoint Endpoint(params double[] weights) => new(0, "e", [.. weights.Select(static (weight, i) => new EndpointArm("arm" + i, null!, weight))]) { Salt = 17 };

    [Fact]
    public void Hash_is_XXH64_with_a_seed()
    {
        Assert.Equal(0xEF46DB3751D8E999, StickyKeys.Hash("", 0)); // the reference's vector of nothing
        Assert.NotEqual(StickyKeys.Hash("a", 1), StickyKeys.Hash("a", 2));
        Assert.NotEqual(StickyKeys.Hash("ab", 0), StickyKeys.Hash("ac", 0));
        Assert.Equal(StickyKeys.Hash(new string('x', 256), 3), StickyKeys.Hash(new string('x', 300), 3));
    }

    [Fact]
    public void Shares_are_the_weights()
    {
        var endpoint = Endpoint(70, 25, 5, 0);
        var counts = Enumerable.Range(0, 100_000).CountBy(i => StickyKeys.Choose(endpoint, "user" + i)!.Name).ToDictionary();
        Assert.InRange(counts["arm0"], 69_000, 71_000);
        Assert.InRange(counts["arm1"], 24_300, 25_700);
        Assert.InRange(counts["arm2"], 4_700, 5_300);
        Assert.False(counts.ContainsKey("arm3"));
    }

    [Fact]
    public void Only_those_move_that_must()
    {
        var (before, after) = (Endpoint(99, 1), Endpoint(75, 25));
        var moved = Enumerable.Range(0, 20_000).Where(i => StickyKeys.Choose(before, "k" + i)!.Name != StickyKeys.Choose(after, "k" + i)!.Name).ToList();
        Assert.InRange(moved.Count, 4_500, 5_100);
        // Who had the canary has it still: nobody moves back.
        Assert.All(moved, i => Assert.Equal("arm0", StickyKeys.Choose(before, "k" + i)!.Name));
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(StickyKeys.Choose(before, "k" + i)!.Name, StickyKeys.Choose(Endpoint(99, 1), "k" + i)!.Name));
    }

    [Fact]
    public void Two_endpoints_choose_differently()
    {
        var other = Endpoint(50, 50) with { Salt = 18 };
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => StickyKeys.Choose(Endpoint(50, 50), "k" + i)!.Name == StickyKeys.Choose(other, "k" + i)!.Name), 4_700, 5_300);
    }

    [Theory]
    [InlineData("/user/id", """{"a":[1,{"user":2}],"user":{"x":0,"id":"u1"}}""", "u1")]
    [InlineData("/user/id", """{"user":{"id":17}}""", "17")]
    [InlineData("/rows/1/k", """{"rows":[{"k":"a"},{"k":"b"}]}""", "b")]
    [InlineData("/a~1b/c~0d", """{"a/b":{"c~d":"x"}}""", "x")]
    [InlineData("/user", """{"user":{"id":17}}""", null)]
    [InlineData("/user/id", """[1,2]""", null)]
    [InlineData("/user/id", """{"user":"id"}""", null)]
    [InlineData("/user/id", "", null)]
    [InlineData("/user/id", "{", null)]
    [InlineData("/user/id", "\u0001", null)]
    public void Pointer_finds_its_value_or_nothing(string pointer, string body, string? expected)
    {
        var rule = new StickyRule(null, pointer, null);
        Assert.Equal(expected, rule.Find(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body))));
        Assert.Equal(expected, rule.Find(Split(body)));
    }

    [Theory]
    [InlineData("""{"dataframe_split":{"columns":["age","customer"],"data":[[41,"c1"],[42,"c2"]]}}""", "c1")]
    [InlineData("""{"dataframe_records":[{"age":41,"customer":"c1"},{"customer":"c2"}]}""", "c1")]
    [InlineData("""{"instances":[{"age":41,"customer":7}]}""", "7")]
    [InlineData("""{"inputs":{"age":[41,42],"customer":["c1","c2"]}}""", "c1")]
    [InlineData("""{"inputs":[{"name":"age","datatype":"FP32","shape":[1],"data":[1]},{"name":"customer","datatype":"BYTES","shape":[2],"data":["c1","c2"]}]}""", "c1")]
    [InlineData("""{"dataframe_split":{"columns":["age"],"data":[[41]]}}""", null)]
    [InlineData("""{"inputs":[[1,2,3]]}""", null)]
    [InlineData("no json", null)]
    public void Column_is_found_in_every_form(string body, string? expected) => Assert.Equal(expected, new StickyRule(null, null, "customer").Find(Split(body)));

    // In pieces of three bytes.
    private static ReadOnlySequence<byte> Split(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        if (bytes.Length == 0) return default;
        Piece? first = null, last = null;
        for (var at = 0; at < bytes.Length; at += 3)
        {
            last = new Piece(bytes.AsMemory(at, Math.Min(3, bytes.Length - at)), last);
            first ??= last;
        }
        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            (Memory, RunningIndex) = (memory, before is null ? 0 : before.RunningIndex + before.Memory.Length);
            if (before is not null) before.Next = this;
        }
    }
}
