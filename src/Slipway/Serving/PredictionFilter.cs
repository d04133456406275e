using System.Globalization;
using System.Text;
using Slipway.Prediction;

namespace Slipway.Serving;

/// <summary>Which predictions are wanted.</summary>
internal sealed class PredictionFilter
{
    private byte[]? version, arm, key, id;
    private int? status;
    private bool? failed;

    /// <summary>What a request asks for.</summary>
    public static Outcome<PredictionFilter> Of(ListPredictions request)
    {
        int? status = null;
        if (!string.IsNullOrEmpty(request.Status) && request.Status is not ("ok" or "error"))
        {
            if (!int.TryParse(request.Status, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return Problem.Invalid($"'status' is ok, error, or a number such as 400, got '{request.Status}'.");
            status = number;
        }
        return new PredictionFilter
        {
            version = Bytes(request.Version),
            arm = Bytes(request.Arm),
            key = Bytes(request.Key),
            id = Bytes(request.Id),
            status = status,
            failed = request.Status switch { "ok" => false, "error" => true, _ => null },
        };
    }

    /// <summary>Whether a record of a segment is wanted.</summary>
    public bool Keeps(PredictionSegment segment, int record, long fromMs, long toMs)
    {
        if (segment.Numbers<long>("at_ms")[record] is var at && (at < fromMs || at >= toMs)) return false;
        if (status is not null || failed is not null)
        {
            var got = segment.Numbers<int>("status")[record];
            if (status is { } wanted && got != wanted || failed is { } wrong && got >= 400 != wrong) return false;
        }
        return Is(version, "version") && Is(arm, "arm") && Is(key, "key") && Is(id, "id");

        bool Is(byte[]? wanted, string column) => wanted is null || segment.Texts(column).Utf8(record).SequenceEqual(wanted);
    }

    private static byte[]? Bytes(string? text) => string.IsNullOrEmpty(text) ? null : Encoding.UTF8.GetBytes(text);
}
