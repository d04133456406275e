using System.Buffers;
using System.Text.Json;
using Slipway.Tracking;

namespace Slipway.Client;

/// <summary>Cuts logged values into requests within the protocol's limits and writes them without an object a point.</summary>
internal sealed class LogBody(string runId)
{
    /// <summary>The server counts 1,000,000 bytes; what surrounds the values stays well below the rest.</summary>
    private const int BytesMax = LogBatch.BytesMax - 10_000;

    private readonly ArrayBufferWriter<byte> buffer = new(16 * 1024);
    private readonly HashSet<string> paramKeys = [];

    /// <summary>Moves as many values from the queue as one request may hold, in order; at least one.</summary>
    public void Take(Queue<LogItem> from, List<LogItem> into)
    {
        var (counts, bytes) = (new int[3], 0);
        paramKeys.Clear();
        while (into.Count < LogBatch.ItemsMax && from.TryPeek(out var item))
        {
            var most = item.Kind switch { ItemKind.Metric => LogBatch.MetricsMax, ItemKind.Param => LogBatch.ParamsMax, _ => LogBatch.TagsMax };
            bytes += item.JsonBytesMax;
            if (into.Count > 0 && (counts[(int)item.Kind] >= most || bytes > BytesMax)) return;
            // A param key twice in one request is refused as a whole, even with one value.
            if (item.Kind is ItemKind.Param && !paramKeys.Add(item.Key)) return;
            counts[(int)item.Kind]++;
            into.Add(from.Dequeue());
        }
    }

    /// <summary>The body of log-batch; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Write(ReadOnlySpan<LogItem> items)
    {
        buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("run_id"u8, runId);
            WriteAll(writer, "metrics"u8, items, ItemKind.Metric);
            WriteAll(writer, "params"u8, items, ItemKind.Param);
            WriteAll(writer, "tags"u8, items, ItemKind.Tag);
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private static void WriteAll(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<LogItem> items, ItemKind kind)
    {
        var started = false;
        foreach (ref readonly var item in items)
        {
            if (item.Kind != kind) continue;
            if (!started) writer.WriteStartArray(name);
            started = true;
            item.Write(writer);
        }
        if (started) writer.WriteEndArray();
    }
}
