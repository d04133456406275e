using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;

namespace Slipway.Tracking;

/// <summary>JSON written straight from rows, where one object per field would be the cost of an answer.</summary>
internal static class JsonText
{
    private const byte Quote = (byte)'"';

    /// <summary>Writes a number.</summary>
    public static void Write(PooledWriter into, long number)
    {
        Utf8Formatter.TryFormat(number, into.GetSpan(20), out var written);
        into.Advance(written);
    }

    /// <summary>Writes a text in quotes. Nearly all are plain and copied as they are.</summary>
    public static void Write(PooledWriter into, ReadOnlySpan<byte> utf8)
    {
        var encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        var plain = encoder.FindFirstCharacterToEncodeUtf8(utf8) is var at and >= 0 ? at : utf8.Length;
        var span = into.GetSpan(plain + 2);
        span[0] = Quote;
        utf8[..plain].CopyTo(span[1..]);
        span[1 + plain] = Quote;
        if (plain == utf8.Length)
        {
            into.Advance(plain + 2);
            return;
        }
        into.Advance(plain + 1);
        for (var left = utf8[plain..]; left.Length > 0;)
        {
            var status = encoder.EncodeUtf8(left, into.GetSpan(Math.Min(left.Length, 1_024) + 64), out var consumed, out var written);
            into.Advance(written);
            left = left[consumed..];
            if (status is OperationStatus.Done) break;
        }
        into.Write("\""u8);
    }
}
