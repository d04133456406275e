using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Tracking;

/// <summary>
/// An answer that its store has already written as UTF-8, straight from rows: no object per metric. It is sent once; its buffer then
/// goes back to the pool.
/// </summary>
[JsonConverter(typeof(WrittenJsonConverter))]
internal sealed class WrittenJson : IDisposable
{
    private byte[]? buffer;
    private readonly int length;

    /// <summary>Takes over a buffer rented from the shared pool.</summary>
    public WrittenJson(byte[] rented, int length) => (buffer, this.length) = (rented, length);

    /// <summary>The JSON text.</summary>
    public ReadOnlySpan<byte> Utf8 => buffer is { } bytes ? bytes.AsSpan(0, length) : throw new ObjectDisposedException(nameof(WrittenJson));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref buffer, null) is { } bytes) ArrayPool<byte>.Shared.Return(bytes);
    }
}

internal sealed class WrittenJsonConverter : JsonConverter<WrittenJson>
{
    public override WrittenJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("An answer is only ever written.");

    public override void Write(Utf8JsonWriter writer, WrittenJson value, JsonSerializerOptions options)
    {
        using (value) writer.WriteRawValue(value.Utf8, skipInputValidation: true);
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

    /// <summary>Hands the buffer on; the writer is empty afterwards.</summary>
    public WrittenJson Seal()
    {
        var sealedJson = new WrittenJson(buffer, Length);
        (buffer, Length) = ([], 0);
        return sealedJson;
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
