using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Tracking;

/// <summary>
/// An answer that its store has already written as UTF-8, straight from rows: no object per metric, and no array as long as the answer. It is
/// sent once; its pieces then go back to the pool.
/// </summary>
[JsonConverter(typeof(WrittenJsonConverter))]
internal sealed class WrittenJson(AnswerBuffer buffer)
{
    private AnswerBuffer? buffer = buffer;

    /// <summary>The JSON text; whoever takes it gives it back.</summary>
    public AnswerBuffer Take() => Interlocked.Exchange(ref buffer, null) ?? throw new ObjectDisposedException(nameof(WrittenJson));
}

/// <summary>For serialising one inside something else; the server sends the pieces as they are.</summary>
internal sealed class WrittenJsonConverter : JsonConverter<WrittenJson>
{
    public override WrittenJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("An answer is only ever written.");

    public override void Write(Utf8JsonWriter writer, WrittenJson value, JsonSerializerOptions options)
    {
        var buffer = value.Take();
        writer.WriteRawValue(buffer.Written, skipInputValidation: true);
        AnswerBuffer.Return(buffer);
    }
}

/// <summary>A growing buffer from the shared pool.</summary>
internal sealed class PooledWriter(int capacity = 16 * 1024) : IBufferWriter<byte>, IDisposable
{
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return buffer.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return buffer.AsSpan(Length);
    }

    public void Dispose()
    {
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        (buffer, Length) = ([], 0);
    }

    private void Grow(int sizeHint)
    {
        if (buffer.Length - Length >= Math.Max(sizeHint, 256)) return;
        var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, Length + Math.Max(sizeHint, 256)));
        Written.CopyTo(bigger);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = bigger;
    }
}
