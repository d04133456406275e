using System.Net;
using Slipway.Prediction;
using Slipway.Serving;

namespace Slipway.Tests.Serving;

/// <summary>Predictions as CloudEvents of KServe's types.</summary>
public sealed class CloudEventSinkTests
{
    private sealed class Heard(HttpStatusCode status) : HttpMessageHandler
    {
        public List<(string Type, string Id, string Body)> Events { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            Events.Add((request.Headers.GetValues("ce-type").Single(), request.Headers.GetValues("ce-id").Single(), await request.Content!.ReadAsStringAsync(ct)));
            return new HttpResponseMessage(status);
        }
    }

    private static async Task<PredictionBatch> Batch(params string[] ids)
    {
        PredictionBatch? made = null;
        await using var log = new PredictionLog(new ManualClock(), (batch, _) =>
        {
            made = batch;
            return Task.FromResult<Problem?>(null);
        });
        foreach (var id in ids) new PredictionScene().Tell(log, PredictionScene.Call(id, [1, 2], y: [0.5f]));
        await log.Flush(default);
        return made!;
    }

    [Fact]
    public async Task Each_prediction_is_a_request_and_a_response()
    {
        using var heard = new Heard(HttpStatusCode.Accepted);
        using var http = new HttpClient(heard);
        var sink = new CloudEventSink(http, static (_, _) => "http://sink.example/");
        await sink.Send(await Batch("r1", "ü 2"), default);
        Assert.Equal([("request", "r1"), ("response", "r1"), ("request", "%C3%BC%202"), ("response", "%C3%BC%202")], heard.Events.Select(static one => (one.Type["org.kubeflow.serving.inference.".Length..], one.Id)));
        Assert.Contains("\"inputs\"", heard.Events[0].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"inputs\"", heard.Events[1].Body, StringComparison.Ordinal);
        Assert.Equal((2, 0), sink.Counts(0, "churn"));
    }

    [Fact]
    public async Task What_nobody_takes_and_what_finds_no_room_is_counted()
    {
        using var heard = new Heard(HttpStatusCode.InternalServerError);
        using var http = new HttpClient(heard);
        var sink = new CloudEventSink(http, static (_, _) => "http://sink.example/");
        var batch = await Batch("a", "b", "c");
        await sink.Send(batch, default);
        Assert.Equal((0, 3), sink.Counts(0, "churn"));
        for (var i = 0; i <= CloudEventSink.SegmentsMax; i++) sink.Take(batch);
        Assert.Equal(6, sink.Counts(0, "churn").Lost);
    }

    [Fact]
    public async Task An_endpoint_without_an_address_sends_nothing()
    {
        using var heard = new Heard(HttpStatusCode.OK);
        using var http = new HttpClient(heard);
        var sink = new CloudEventSink(http, static (_, _) => null);
        sink.Take(await Batch("a"));
        await sink.Send(await Batch("a"), default);
        Assert.Empty(heard.Events);
        Assert.Equal((0, 0), sink.Counts(0, "churn"));
    }
}
