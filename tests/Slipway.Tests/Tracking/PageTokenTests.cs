using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class PageTokenTests
{
    private static readonly ulong Query = PageToken.Fingerprint("runs", "metrics.a > 1", "metrics.b DESC");

    [Fact]
    public void What_was_written_is_read()
    {
        TokenValue[] values = [TokenValue.Of(0), TokenValue.Of(BitConverter.DoubleToInt64Bits(double.NegativeInfinity)), TokenValue.Of("größe 🚀"), TokenValue.Of(long.MinValue), TokenValue.Of("")];
        var token = PageToken.Write(Query, values);
        Assert.Equal(values, PageToken.Read(token, Query).Value);
        Assert.Matches("^[A-Za-z0-9_-]+$", token);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void No_token_means_the_first_page(string? token)
    {
        var read = PageToken.Read(token, Query);
        Assert.True(read.Succeeded);
        Assert.Null(read.Value);
    }

    [Fact]
    public void A_token_of_another_query_is_refused()
    {
        var token = PageToken.Write(Query, TokenValue.Of(1));
        var other = PageToken.Fingerprint("runs", "metrics.a > 1metrics.b DESC", "");
        Assert.Contains("it belongs to another query", PageToken.Read(token, other).Problem!.Message, StringComparison.Ordinal);
        Assert.NotEqual(PageToken.Fingerprint("ab", "c"), PageToken.Fingerprint("a", "bc"));
    }

    [Theory]
    [InlineData("!!!", "could not base64-decode")]
    [InlineData("eyJvZmZzZXQiOiAxMH0=", "Invalid page token")]
    [InlineData("A", "could not base64-decode")]
    [InlineData("AQ", "its content is not understood")]
    [InlineData("größe", "could not base64-decode")]
    public void Garbage_is_refused(string token, string part)
    {
        var problem = PageToken.Read(token, Query).Problem!;
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
        Assert.Equal(400, problem.Status);
    }

    [Fact]
    public void A_token_longer_than_its_limit_is_refused() =>
        Assert.Contains("at most 1,048,576", PageToken.Read(new string('A', PageToken.CharsMax + 1), Query).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void A_token_damaged_anywhere_never_throws()
    {
        var token = PageToken.Write(Query, TokenValue.Of("some text"), TokenValue.Of(42)).ToCharArray();
        const string Alphabet = "ABCxyz019-_!=/+é";
        for (var i = 0; i < token.Length; i++)
        {
            foreach (var c in Alphabet)
            {
                var damaged = (char[])token.Clone();
                damaged[i] = c;
                _ = PageToken.Read(new string(damaged), Query);
            }
            Assert.False(i > 0 && PageToken.Read(new string(token, 0, i), Query).Succeeded);
        }
    }
}
