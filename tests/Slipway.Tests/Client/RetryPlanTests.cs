using System.Net;
using Slipway.Client;

namespace Slipway.Tests.Client;

public sealed class RetryPlanTests
{
    private static readonly SlipwayClientOptions Options = new() { RetryDelay = TimeSpan.FromSeconds(1), RetryDelayMax = TimeSpan.FromSeconds(20) };

    [Theory]
    [InlineData(408, true, true)]
    [InlineData(408, false, false)]
    [InlineData(429, false, true)]
    [InlineData(500, true, true)]
    [InlineData(500, false, false)]
    [InlineData(501, true, false)]
    [InlineData(503, false, true)]
    [InlineData(504, true, true)]
    [InlineData(507, true, false)]
    [InlineData(400, true, false)]
    [InlineData(404, true, false)]
    public void Only_what_may_pass_and_does_no_harm_is_tried_again(int status, bool idempotent, bool again) =>
        Assert.Equal(again, RetryPlan.Again((HttpStatusCode)status, idempotent));

    [Fact]
    public void A_connection_that_was_never_made_did_nothing()
    {
        Assert.True(RetryPlan.Again(HttpRequestError.ConnectionError, idempotent: false));
        Assert.False(RetryPlan.Again(HttpRequestError.ResponseEnded, idempotent: false));
        Assert.True(RetryPlan.Again(HttpRequestError.ResponseEnded, idempotent: true));
    }

    [Theory]
    [InlineData(0, 0.0, 0.5)]
    [InlineData(0, 1.0, 1.0)]
    [InlineData(3, 0.5, 6.0)]
    [InlineData(1_000, 1.0, 20.0)]
    public void Pauses_double_up_to_the_longest_with_half_of_them_random(int attempt, double random, double seconds) =>
        Assert.Equal(seconds, RetryPlan.Pause(attempt, Options, null, random).TotalSeconds, 6);

    [Fact]
    public void The_server_says_how_long_within_reason()
    {
        Assert.Equal(TimeSpan.FromSeconds(7), RetryPlan.Pause(0, Options, TimeSpan.FromSeconds(7), 0.5));
        Assert.Equal(Options.RetryDelayMax, RetryPlan.Pause(0, Options, TimeSpan.FromHours(3), 0.5));
    }

    [Fact]
    public void The_address_comes_from_the_environment()
    {
        Assert.Equal("http://a:1/", Url(("SLIPWAY_URL", "http://a:1"), ("MLFLOW_TRACKING_URI", "http://b:2")));
        Assert.Equal("http://b:2/", Url(("MLFLOW_TRACKING_URI", "http://b:2/")));
        Assert.Equal("http://127.0.0.1:5000/", Url(("MLFLOW_TRACKING_URI", "file:///mlruns")));
        Assert.Equal("http://127.0.0.1:5000/", Url());

        static string Url(params (string Name, string Value)[] variables) =>
            SlipwayClientOptions.FromEnvironment(name => variables.FirstOrDefault(one => one.Name == name).Value).AbsoluteUri;
    }

    [Fact]
    public void Options_guard_themselves()
    {
        Assert.Throws<ArgumentException>(() => new SlipwayClientOptions { Url = new Uri("ftp://x") });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SlipwayClientOptions { BufferBytesMax = 10 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SlipwayClientOptions { FlushEvery = TimeSpan.Zero });
    }
}
