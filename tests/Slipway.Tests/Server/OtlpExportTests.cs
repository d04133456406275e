using System.Collections.Concurrent;
using Slipway.Storage;

namespace Slipway.Tests.Server;

public sealed class OtlpExportTests
{
    [Fact]
    public async Task Traces_and_metrics_reach_a_configured_collector()
    {
        var received = new ConcurrentDictionary<string, int>();
        await using var collector = await TestServer.Start(Dialect.Sqlite, compose: parts => parts.Routes.Raw("POST", "/otlp/{**rest}", Right.None, "Collects.", async (context, _) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.AddOrUpdate(context.Request.Path, (int)body.Length, (_, sum) => sum + (int)body.Length);
            return null;
        }));
        await using (var server = await TestServer.Start(options => options with { OtlpEndpoint = new Uri(collector.Http.BaseAddress!, "/otlp") }))
            await server.Get("/health");
        Assert.True(received.GetValueOrDefault("/otlp/v1/traces") > 0);
        Assert.True(received.GetValueOrDefault("/otlp/v1/metrics") > 0);
    }

    [Fact]
    public async Task A_collector_that_is_away_harms_nothing()
    {
        await using var server = await TestServer.Start(options => options with { OtlpEndpoint = new Uri("http://127.0.0.1:1/otlp") });
        Assert.Equal("OK", (await server.Get("/health")).Body);
    }
}
