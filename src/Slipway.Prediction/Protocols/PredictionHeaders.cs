using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Slipway.Prediction.Protocols;

/// <summary>The headers that every protocol shares.</summary>
internal static class PredictionHeaders
{
    /// <summary>The request's id, both ways.</summary>
    public const string RequestId = "X-Request-Id";

    /// <summary>The version that answered; in a request, the one that is wanted.</summary>
    public const string Version = "X-Slipway-Version";

    /// <summary>What input rules found.</summary>
    public const string Warnings = "X-Slipway-Warnings";

    /// <summary>Takes them into the call.</summary>
    public static Problem? Read(IHeaderDictionary headers, Exchange exchange, string? version, string? label, int idCharsMax, int stickyCharsMax)
    {
        var call = exchange.Call;
        if (Text(headers, RequestId, "X-Amzn-SageMaker-Inference-Id") is { } id)
        {
            if (id.Length > idCharsMax || !Printable(id)) return Problem.Invalid($"{RequestId}: expected up to {idCharsMax} printable ASCII characters, got {id.Length}.");
            call.Id = id;
        }
        else call.Id = Guid.CreateVersion7().ToString("N");
        if ((Text(headers, "X-Sticky-Key", null) ?? Sticky(headers, exchange)) is { } key)
        {
            if (key.Length > stickyCharsMax) return Problem.Invalid($"X-Sticky-Key: expected at most {stickyCharsMax} characters, got {key.Length}.");
            call.StickyKey = key;
        }
        else if (exchange.Endpoint.Sticky is { } sticky) call.StickyKey = sticky.Header is { } own ? Text(headers, own, null) : sticky.Find(new System.Buffers.ReadOnlySequence<byte>(exchange.Body.Memory));
        call.Version = version ?? (label is null ? Text(headers, Version, null) : null);
        call.Label = call.Version is not null ? null : label ?? Text(headers, "X-Slipway-Label", "X-Amzn-SageMaker-Target-Variant") ?? Text(headers, "azureml-model-deployment", null);
        if (Text(headers, "traceparent", null) is { Length: <= 256 } trace) call.TraceParent = trace;
        if (Text(headers, "X-Request-Priority", null) is { } priority)
        {
            if (!int.TryParse(priority, NumberStyles.None, CultureInfo.InvariantCulture, out var urgent)) return Problem.Invalid($"X-Request-Priority: expected 0 (ordinary), 1 (the most urgent) or more, got '{Short(priority)}'.");
            call.Priority = urgent;
        }
        return Deadline(headers, exchange);
    }

    /// <summary>Writes those of an answer.</summary>
    public static void Write(IHeaderDictionary headers, Exchange exchange)
    {
        WriteId(headers, exchange.Call.Id);
        headers[Version] = exchange.Model.Version;
        headers["Server-Timing"] = Timing(in exchange.Call.Times);
        if (exchange.Warnings is { } warnings) headers[Warnings] = warnings;
    }

    /// <summary>Writes the id; one from a body may have letters that no header takes, and is in the answer's body then.</summary>
    public static void WriteId(IHeaderDictionary headers, string id)
    {
        if (id.Length > 0 && Printable(id)) headers[RequestId] = id;
    }

    /// <summary>Where the time went, in milliseconds.</summary>
    public static string Timing(in PredictionTimes times)
    {
        Span<byte> text = stackalloc byte[160];
        var at = 0;
        Phase(text, ref at, "parse;dur="u8, times.Began, times.Parsed);
        Phase(text, ref at, ", queue;dur="u8, times.Parsed, times.Started);
        Phase(text, ref at, ", run;dur="u8, times.Started, times.Ran);
        Phase(text, ref at, ", encode;dur="u8, times.Ran, times.Encoded);
        return Encoding.ASCII.GetString(text[..at]);
    }

    /// <summary>The milliseconds of gRPC's `grpc-timeout`, or null.</summary>
    public static double? GrpcTimeout(string text) => text.Length is >= 2 and <= 9 && long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
        ? text[^1] switch { 'H' => amount * 3_600_000.0, 'M' => amount * 60_000.0, 'S' => amount * 1_000.0, 'm' => amount, 'u' => amount / 1e3, 'n' => amount / 1e6, _ => null }
        : null;

    private static Problem? Deadline(IHeaderDictionary headers, Exchange exchange)
    {
        var call = exchange.Call;
        var milliseconds = exchange.Endpoint.Timeout?.TotalMilliseconds ?? double.PositiveInfinity;
        if (Text(headers, "X-Request-Timeout-Ms", null) is { } own)
        {
            if (!double.TryParse(own, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var asked) || asked <= 0) return Problem.Invalid($"X-Request-Timeout-Ms: expected milliseconds above 0, got '{Short(own)}'.");
            milliseconds = Math.Min(milliseconds, asked);
        }
        if (Text(headers, "grpc-timeout", null) is { } grpc)
        {
            if (GrpcTimeout(grpc) is not { } asked) return Problem.Invalid($"grpc-timeout: expected digits and one of H, M, S, m, u, n, got '{Short(grpc)}'.");
            milliseconds = Math.Min(milliseconds, asked);
        }
        if (milliseconds < 1e12) call.Deadline = Math.Min(call.Deadline, call.Times.Began + (long)(milliseconds * Stopwatch.Frequency / 1_000));
        return null;
    }

    // Where the endpoint says that requests carry it.
    private static string? Sticky(IHeaderDictionary headers, Exchange exchange) => exchange.Endpoint.Sticky switch
    {
        null => null,
        { Header: { } name } => Text(headers, name, null),
        var rule => exchange.Body.Bytes.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? rule.Find(new ReadOnlySequence<byte>(exchange.Body.Memory)) : null,
    };

    private static string? Text(IHeaderDictionary headers, string name, string? other) =>
        headers.TryGetValue(name, out var value) && !StringValues.IsNullOrEmpty(value) ? value[0] : other is not null && headers.TryGetValue(other, out value) && !StringValues.IsNullOrEmpty(value) ? value[0] : null;

    private static bool Printable(string text)
    {
        foreach (var letter in text)
            if (letter is < ' ' or > '~') return false;
        return true;
    }

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "...";

    // Three decimals: microseconds.
    private static void Phase(Span<byte> to, ref int at, ReadOnlySpan<byte> name, long from, long until)
    {
        name.CopyTo(to[at..]);
        at += name.Length;
        var microseconds = from == 0 || until <= from ? 0 : (until - from) * 1_000_000 / Stopwatch.Frequency;
        Utf8Formatter.TryFormat(Math.Min(microseconds / 1_000, 999_999_999), to[at..], out var written);
        at += written;
        to[at++] = (byte)'.';
        var rest = (int)(microseconds % 1_000);
        to[at++] = (byte)('0' + rest / 100);
        to[at++] = (byte)('0' + rest / 10 % 10);
        to[at++] = (byte)('0' + rest % 10);
    }
}
