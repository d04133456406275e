using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;

namespace Slipway.Tracking;

/// <summary>
/// What is the same in every point of a series' answer, encoded once: `{"key":"loss","value":` ... `,"run_id":"..."}`. Between them go three
/// numbers. Half the time of writing a long history would otherwise be names.
/// </summary>
internal readonly struct PointParts
{
    private const int NumbersBytesMax = 32 + 20 + 20; // a double at its longest is 24 characters

    private readonly byte[] head;
    private readonly byte[] tail;

    public PointParts(string key, string? runId)
    {
        head = Encoding.UTF8.GetBytes($"{{\"key\":\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(key)}\",\"value\":");
        tail = Encoding.UTF8.GetBytes(runId is null ? "}" : $",\"run_id\":\"{runId}\"}}");
    }

    private static ReadOnlySpan<byte> Timestamp => ",\"timestamp\":"u8;
    private static ReadOnlySpan<byte> Step => ",\"step\":"u8;

    /// <summary>Writes points separated by commas; <paramref name="first"/> is false when others stand before them.</summary>
    public void Write(AnswerBuffer into, ReadOnlySpan<long> times, ReadOnlySpan<long> steps, ReadOnlySpan<double> values, bool first)
    {
        for (var i = 0; i < times.Length; i++)
        {
            var span = into.GetSpan(BytesMax);
            var comma = !first || i > 0 ? 1 : 0;
            span[0] = (byte)',';
            into.Advance(comma + Write(span[comma..], new(times[i], steps[i], values[i])));
        }
    }

    /// <summary>Writes one point.</summary>
    public void Write(PooledWriter into, SeriesPoint point) => into.Advance(Write(into.GetSpan(BytesMax), point));

    private int BytesMax => head.Length + tail.Length + Timestamp.Length + Step.Length + NumbersBytesMax + 1;

    private int Write(Span<byte> span, SeriesPoint point)
    {
        var at = Put(span, head);
        at += Value(span[at..], point.Value);
        at += Put(span[at..], Timestamp);
        at += Number(span[at..], point.TimeMs);
        at += Put(span[at..], Step);
        at += Number(span[at..], point.Step);
        return at + Put(span[at..], tail);
    }

    private static int Put(Span<byte> into, ReadOnlySpan<byte> text)
    {
        text.CopyTo(into);
        return text.Length;
    }

    private static int Number(Span<byte> into, long number)
    {
        Utf8Formatter.TryFormat(number, into, out var written);
        return written;
    }

    private static int Value(Span<byte> into, double value)
    {
        if (double.IsNaN(value)) return Put(into, "\"NaN\""u8);
        // The shortest text that reads back as the same double; JSON knows no infinity.
        Math.Clamp(value, double.MinValue, double.MaxValue).TryFormat(into, out var written);
        return written;
    }
}
