using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Slipway;

/// <summary>
/// Pooled pieces of memory an answer is serialised into: the length is known before the first byte leaves, no array grows by copying, and
/// none reaches the large object heap.
/// </summary>
internal sealed class AnswerBuffer : IBufferWriter<byte>
{
    private const int PieceBytes = 32 * 1024;

    [ThreadStatic]
    private static AnswerBuffer? cached;

    private readonly List<(byte[] Bytes, int Used)> full = [];
    private byte[] current = ArrayPool<byte>.Shared.Rent(PieceBytes);
    private int used;

    private AnswerBuffer() => Json = new Utf8JsonWriter(this, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Writes JSON into this buffer.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>An empty buffer.</summary>
    public static AnswerBuffer Rent()
    {
        var buffer = cached ?? new AnswerBuffer();
        cached = null;
        return buffer;
    }

    /// <summary>Gives the buffer back, whatever it holds.</summary>
    public static void Return(AnswerBuffer buffer)
    {
        buffer.Clear();
        cached = buffer;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        used += count;
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return current.AsMemory(used);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return current.AsSpan(used);
    }

    /// <summary>Everything written, valid until the buffer is given back.</summary>
    public ReadOnlySequence<byte> Written
    {
        get
        {
            if (full.Count == 0) return new(current, 0, used);
            Piece? first = null, last = null;
            foreach (var (bytes, count) in full) Piece.Add(ref first, ref last, bytes.AsMemory(0, count));
            Piece.Add(ref first, ref last, current.AsMemory(0, used));
            return new(first!, 0, last!, used);
        }
    }

    /// <summary>Sends everything, waiting for a slow reader piece by piece, and gives the buffer back.</summary>
    public Task WriteTo(HttpResponse response)
    {
        if (full.Count > 0) return WritePieces(response);
        response.BodyWriter.Write(current.AsSpan(0, used));
        Return(this);
        // The server flushes when the request ends: one write of headers and body together.
        return Task.CompletedTask;
    }

    private async Task WritePieces(HttpResponse response)
    {
        try
        {
            foreach (var (bytes, count) in full) await response.BodyWriter.WriteAsync(bytes.AsMemory(0, count), response.HttpContext.RequestAborted);
            await response.BodyWriter.WriteAsync(current.AsMemory(0, used), response.HttpContext.RequestAborted);
        }
        finally
        {
            Return(this);
        }
    }

    private void Reserve(int sizeHint)
    {
        if (current.Length - used >= Math.Max(sizeHint, 1)) return;
        full.Add((current, used));
        current = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, PieceBytes));
        used = 0;
    }

    private void Clear()
    {
        foreach (var (bytes, _) in full) ArrayPool<byte>.Shared.Return(bytes);
        full.Clear();
        used = 0;
        Length = 0;
        Json.Reset();
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public static void Add(ref Piece? first, ref Piece? last, ReadOnlyMemory<byte> memory)
        {
            var piece = new Piece { Memory = memory, RunningIndex = last is null ? 0 : last.RunningIndex + last.Memory.Length };
            if (last is not null) last.Next = piece;
            first ??= piece;
            last = piece;
        }
    }
}
