using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Channels;
using Slipway.Prediction;

namespace Slipway.Serving;

/// <summary>
/// Sends logged predictions to addresses as CloudEvents of KServe's types, in the background and redacted as they are logged. What finds no room in the queue, or is not taken by the other side, is
/// counted and gone: the log itself has it.
/// </summary>
/// <remarks>CloudEvents 1.0, HTTP binding, binary mode.</remarks>
internal sealed class CloudEventSink(HttpClient http, Func<long, string, string?> addressOf)
{
    /// <summary>The most bytes of segments that wait.</summary>
    public const long BytesMax = 8L * 1024 * 1024;

    /// <summary>The most segments that wait.</summary>
    public const int SegmentsMax = 1_000;

    private readonly Channel<PredictionBatch> queue = Channel.CreateBounded<PredictionBatch>(SegmentsMax);
    private readonly ConcurrentDictionary<(long, string), Counter> counts = new();
    private long bytes;

    /// <summary>Records sent and lost since the start.</summary>
    public (long Sent, long Lost) Counts(long workspace, string endpoint) => counts.TryGetValue((workspace, endpoint), out var count) ? (Volatile.Read(ref count.Sent), Volatile.Read(ref count.Lost)) : default;

    /// <summary>Takes a segment that was kept; never waits.</summary>
    public void Take(PredictionBatch batch)
    {
        if (addressOf(batch.Target.Workspace, batch.Target.Endpoint) is null) return;
        if (Interlocked.Add(ref bytes, batch.Bytes.Length) <= BytesMax && queue.Writer.TryWrite(batch)) return;
        Interlocked.Add(ref bytes, -batch.Bytes.Length);
        Interlocked.Add(ref Of(batch.Target).Lost, batch.Records);
    }

    /// <summary>Sends until the stop; what waits then is lost and counted nowhere any more.</summary>
    public async Task Run(CancellationToken stop)
    {
        await foreach (var batch in queue.Reader.ReadAllAsync(stop))
        {
            Interlocked.Add(ref bytes, -batch.Bytes.Length);
            await Send(batch, stop);
        }
    }

    /// <summary>Sends the records of a segment; after a refusal the rest of it is not tried.</summary>
    public async Task Send(PredictionBatch batch, CancellationToken ct)
    {
        var count = Of(batch.Target);
        if (addressOf(batch.Target.Workspace, batch.Target.Endpoint) is not { } address || PredictionSegment.Open(batch.Bytes) is not { Problem: null, Value: var segment }) return;
        for (var record = 0; record < segment.Records; record++)
        {
            var one = PredictionAnswers.Of(segment.Read(record, payload: true), payload: true);
            if (await Post(address, one, "request", one with { Outputs = null }, ct) && await Post(address, one, "response", one with { Inputs = null }, ct)) Interlocked.Increment(ref count.Sent);
            else
            {
                Interlocked.Add(ref count.Lost, segment.Records - record);
                return;
            }
        }
    }

    private async Task<bool> Post(string address, PredictionRecord of, string kind, PredictionRecord body, CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, PredictionsJson.Default.PredictionRecord)) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var headers = request.Headers;
            headers.Add("ce-specversion", "1.0");
            headers.TryAddWithoutValidation("ce-id", Header(of.Id));
            headers.Add("ce-type", "org.kubeflow.serving.inference." + kind);
            headers.TryAddWithoutValidation("ce-source", $"/endpoints/{Uri.EscapeDataString(of.Endpoint)}");
            headers.Add("ce-time", DateTimeOffset.FromUnixTimeMilliseconds(of.AtMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            headers.TryAddWithoutValidation("ce-inferenceservicename", Header(of.Endpoint));
            headers.TryAddWithoutValidation("ce-component", "predictor");
            using var answer = await http.SendAsync(request, ct);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception away) when (away is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    // The binding's rule: what is no printable ASCII is percent-encoded.
    private static string Header(string text) => text.AsSpan().ContainsAnyExceptInRange('!', '~') || text.Contains('%', StringComparison.Ordinal) || text.Contains('"', StringComparison.Ordinal) ? Uri.EscapeDataString(text) : text;

    private Counter Of(PredictionTarget target) => counts.GetOrAdd((target.Workspace, target.Endpoint), static _ => new Counter());

    private sealed class Counter
    {
        public long Sent, Lost;
    }
}
