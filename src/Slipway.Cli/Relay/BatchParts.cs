using System.Text.Json;
using Slipway.Tracking;

namespace Slipway.Cli.Relay;

/// <summary>A refused batch in smaller ones, so that only what is wrong with it stays behind.</summary>
internal static class BatchParts
{
    /// <summary>The parts, in the order in which they are to be sent; one part when it cannot be divided.</summary>
    public static List<byte[]> Split(byte[] body)
    {
        if (JsonSerializer.Deserialize(body, TrackingJson.Default.LogBatch) is not { } batch) return [body];
        var (metrics, @params, tags) = (batch.Metrics ?? [], batch.Params ?? [], batch.Tags ?? []);
        // Params are what a server refuses most, for another value; they also fail alone.
        if (@params.Length > 0 && metrics.Length + tags.Length > 0) return [Json(batch with { Params = null }), Json(batch with { Metrics = null, Tags = null })];
        if (metrics.Length > 0 && tags.Length > 0) return [Json(batch with { Tags = null }), Json(batch with { Metrics = null })];
        if (metrics.Length > 1) return [Json(batch with { Metrics = metrics[..(metrics.Length / 2)] }), Json(batch with { Metrics = metrics[(metrics.Length / 2)..] })];
        if (@params.Length > 1) return [Json(batch with { Params = @params[..(@params.Length / 2)] }), Json(batch with { Params = @params[(@params.Length / 2)..] })];
        if (tags.Length > 1) return [Json(batch with { Tags = tags[..(tags.Length / 2)] }), Json(batch with { Tags = tags[(tags.Length / 2)..] })];
        return [body];
    }

    private static byte[] Json(LogBatch batch) => JsonSerializer.SerializeToUtf8Bytes(batch, TrackingJson.Default.LogBatch);
}
