using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>Large batches as lines of JSON, both ways: rows run as they come, 256 at once, and memory stays flat however long the stream is. A line that is wrong is answered in its place and stops nothing.</summary>
internal static class NdjsonStream
{
    /// <summary>Rows that run together.</summary>
    public const int RowsMax = 256;

    /// <summary>The longest line, in bytes.</summary>
    public const int LineBytesMax = 16 << 20;

    private const int BatchBytesMax = 4 << 20;
    private const string Type = "application/x-ndjson";

    /// <summary>Whether a request comes as lines.</summary>
    public static bool IsNdjson(HttpContext http) => http.Request.ContentType is { } type && (type.StartsWith(Type, StringComparison.OrdinalIgnoreCase) || type.StartsWith("application/jsonl", StringComparison.OrdinalIgnoreCase));

    /// <summary>Answers it.</summary>
    public static async Task Answer(PredictionHost host, HttpContext http, Caller caller, string name)
    {
        var protocol = PredictionRoutes.Mlflow;
        var found = host.Find(caller, name);
        if (!found.Succeeded)
        {
            await PredictionHost.WriteProblem(http, protocol, found.Problem);
            return;
        }
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        var reader = http.Request.BodyReader;
        var lines = new ArrayBufferWriter<byte>(64 * 1024);
        var (count, line, id) = (0, 0L, (string?)null);
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            var buffer = read.Buffer;
            while (Next(ref buffer, read.IsCompleted, out var text))
            {
                line++;
                if (text.Length > LineBytesMax)
                {
                    await Stop(http, protocol, TooLong(line));
                    return;
                }
                if (IsBlank(text)) continue;
                foreach (var piece in text) lines.Write(piece.Span);
                lines.Write("\n"u8);
                if (++count < RowsMax && lines.WrittenCount < BatchBytesMax) continue;
                if ((id = await Batch(host, http, found.Value, lines, line - count, id)) is null) return;
                count = 0;
                lines.ResetWrittenCount();
            }
            if (buffer.Length > LineBytesMax)
            {
                await Stop(http, protocol, TooLong(line + 1));
                return;
            }
            // Lines that are here run now: who sends slowly gets answers as slowly, not at the end.
            if (count > 0)
            {
                if ((id = await Batch(host, http, found.Value, lines, line - count, id)) is null) return;
                count = 0;
                lines.ResetWrittenCount();
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) break;
        }
        if (id is null && !http.Response.HasStarted) http.Response.ContentType = Type;
        await http.Response.CompleteAsync();
    }

    private static Problem TooLong(long line) => Problem.TooLarge($"Line {line} is longer than {LineBytesMax:N0} bytes.");

    // One batch: rows that cannot be read are noted, the others run together.
    private static async ValueTask<string?> Batch(PredictionHost host, HttpContext http, ServedEndpoint endpoint, ArrayBufferWriter<byte> lines, long first, string? id)
    {
        var protocol = PredictionRoutes.Mlflow;
        var exchange = PredictionHost.Begin(http, endpoint, protocol, Stopwatch.GetTimestamp());
        try
        {
            exchange.Body = RequestBytes.Of(lines.WrittenSpan);
            if (PredictionHost.Headers(http, exchange, null, null) is { } wrong)
            {
                await Stop(http, protocol, wrong);
                return null;
            }
            if (id is not null) exchange.Call.Id = id;
            var chosen = host.Choose(exchange);
            if (!chosen.Succeeded)
            {
                await Stop(http, protocol, chosen.Problem);
                return null;
            }
            var problems = Parse(exchange, out var rows);
            exchange.Call.Times.Parsed = Stopwatch.GetTimestamp();
            var failed = rows > 0 ? await host.RunRead(exchange, chosen.Value, http.RequestAborted) : null;
            if (!http.Response.HasStarted)
            {
                // Times differ from batch to batch, so that none is told.
                http.Response.ContentType = Type;
                PredictionHeaders.WriteId(http.Response.Headers, exchange.Call.Id);
                http.Response.Headers[PredictionHeaders.Version] = exchange.Model.Version;
            }
            var answer = AnswerBuffer.Rent();
            Write(exchange, answer, problems, failed, first);
            var used = exchange.Call.Id;
            await answer.WriteTo(http.Response);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            return used;
        }
        finally
        {
            exchange.Dispose();
        }
    }

    // A problem for each line, or null where the row is in the batch. A wrong row costs the rows before it a second reading, so the good ones are gathered first.
    private static unsafe Problem?[] Parse(Exchange exchange, out int rows)
    {
        var problems = new List<Problem?>();
        var batch = exchange.Call.Inputs;
        var plan = exchange.Model.Plan;
        fixed (byte* body = exchange.Body.Bytes)
        {
            var good = new List<(int Start, int Length)>();
            var bytes = exchange.Body.Bytes;
            for (var start = 0; start < bytes.Length;)
            {
                var length = bytes[start..].IndexOf((byte)'\n');
                // Alone first: whether a row is good does not depend on others.
                problems.Add(Row(body + start, length, plan, batch, exchange.Detail));
                batch.Clear();
                if (problems[^1] is null) good.Add((start, length));
                start += length + 1;
            }
            rows = good.Count;
            if (rows == 0) return [.. problems];
            var sink = new RowSink(plan, batch, "rows", exchange.Detail, rows);
            foreach (var (start, length) in good)
            {
                var json = new JsonCursor(body + start, length);
                sink.Row();
                One(ref json, plan, ref sink, exchange.Detail);
            }
            if ((sink.Finish() ?? exchange.Endpoint.Rules?.Check(exchange)) is { } together)
            {
                for (var i = 0; i < problems.Count; i++) problems[i] ??= together;
                rows = 0;
            }
        }
        return [.. problems];
    }

    private static unsafe Problem? Row(byte* at, int length, InputPlan plan, TensorBatch batch, ErrorDetail detail)
    {
        var json = new JsonCursor(at, length);
        var sink = new RowSink(plan, batch, "rows", detail, 1);
        sink.Row();
        if (!One(ref json, plan, ref sink, detail)) return json.Problem ?? sink.Problem;
        // The next line follows at once: a row that goes on into it does not end in its own.
        var over = json.Left < 0;
        json.Next();
        return over ? Problem.Invalid("The line ends in the middle of its row.") : json.Left > 0 ? Problem.Invalid($"The line goes on after its row, at byte {json.Offset:N0}.") : sink.Finish();
    }

    private static unsafe bool One(ref JsonCursor json, InputPlan plan, ref RowSink sink, ErrorDetail detail) =>
        json.Next() == '{' ? JsonRows.Record(ref json, plan, ref sink) : JsonRows.Row(ref json, plan, ref sink, null, detail);

    private static void Write(Exchange exchange, AnswerBuffer answer, Problem?[] problems, Problem? failed, long first)
    {
        var row = 0L;
        for (var i = 0; i < problems.Length; i++)
        {
            if ((problems[i] ?? failed) is { } problem)
            {
                JsonAnswer.Raw(answer, "{\"error\":"u8);
                JsonAnswer.Text(answer, problem.Message);
                JsonAnswer.Raw(answer, ",\"line\":"u8);
                JsonAnswer.Number(answer, first + i + 1);
            }
            else
            {
                JsonAnswer.Raw(answer, "{\"prediction\":"u8);
                RowAnswer.One(exchange, answer, row++);
            }
            JsonAnswer.Raw(answer, "}\n"u8);
        }
    }

    private static Task Stop(HttpContext http, Protocol protocol, Problem problem)
    {
        if (!http.Response.HasStarted) return PredictionHost.WriteProblem(http, protocol, problem);
        var answer = AnswerBuffer.Rent();
        JsonAnswer.Error(answer, problem.Message);
        JsonAnswer.Raw(answer, "\n"u8);
        return answer.WriteTo(http.Response);
    }

    private static bool Next(ref ReadOnlySequence<byte> buffer, bool last, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }
        if (!last || buffer.IsEmpty) return false;
        line = buffer;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var piece in line)
            if (piece.Span.IndexOfAnyExcept((byte)' ', (byte)'\r', (byte)'\t') >= 0) return false;
        return true;
    }
}
