using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Slipway.Client;
using Slipway.Tracking;

namespace Slipway.Cli.Import;

/// <summary>
/// One way to the server's binary ingest: a log of its own with one request under way at a time, as docs/ingest.md asks. A request that is repeated
/// after a broken connection is counted once.
/// </summary>
internal sealed class PointChannel
{
    private readonly IngestWriter writer = new();
    private readonly Guid log = Guid.NewGuid();
    private long next;

    /// <summary>Sends the points of one run, durable when it returns.</summary>
    /// <returns>With what the server refused.</returns>
    /// <exception cref="SlipwayException">The server refuses the whole request, or is away.</exception>
    public async Task<IngestAnswer> Send(SlipwayClient client, string run, PointBuffer buffer, CancellationToken ct)
    {
        writer.Begin(new IngestHeader(log, next, next + 1, Begins: true));
        writer.Run(run);
        foreach (var column in buffer.Columns)
            if (column.Values.Count > 0) writer.AddPoints(column.Key, CollectionsMarshal.AsSpan(column.Times), CollectionsMarshal.AsSpan(column.Steps), CollectionsMarshal.AsSpan(column.Values));
        var body = writer.End();
        using var response = await client.Wire.Send(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, IngestFormat.Path.TrimStart('/')) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(IngestFormat.ContentType);
            return request;
        }, idempotent: true, client.Wire.Options.Timeout, ct);
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        IngestAnswer answer;
        try
        {
            answer = await JsonSerializer.DeserializeAsync(stream, Wire.Type<IngestAnswer>(), ct) ?? new IngestAnswer();
        }
        catch (Exception fault) when (fault is JsonException or IOException or HttpRequestException)
        {
            throw new SlipwayException($"{client.Url} did not answer an ingest request to its end: {fault.Message}", (int)response.StatusCode, null, null, fault);
        }
        if (answer.Acknowledged != next + 1)
            throw new SlipwayException($"{client.Url} acknowledges {answer.Acknowledged} of the log {log:N}, expected {next + 1}: it was changed for another while this import ran.", (int)response.StatusCode);
        next++;
        return answer;
    }
}
