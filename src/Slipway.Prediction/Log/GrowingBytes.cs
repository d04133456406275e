using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Prediction;

/// <summary>Bytes that grow at their end, and small numbers in few of them.</summary>
internal sealed class GrowingBytes
{
    private byte[] bytes = new byte[64];

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>All of them, valid until more are added.</summary>
    public ReadOnlySpan<byte> Span => bytes.AsSpan(0, Length);

    /// <summary>Room for more, to be written at once.</summary>
    public Span<byte> Take(int count)
    {
        if (bytes.Length - Length < count) Array.Resize(ref bytes, Math.Max(checked(Length + count), (int)Math.Min(bytes.Length * 2L, Array.MaxLength)));
        var taken = bytes.AsSpan(Length, count);
        Length += count;
        return taken;
    }

    /// <summary>Bytes as they are.</summary>
    public void Add(ReadOnlySpan<byte> more) => more.CopyTo(Take(more.Length));

    /// <summary>A number as it lies in memory, little-endian.</summary>
    public void Add<T>(T value) where T : unmanaged => MemoryMarshal.Write(Take(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()), in value);

    /// <summary>A number of 0 or more, seven bits a byte.</summary>
    public void AddSmall(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Add((byte)(value | 0x80));
        Add((byte)value);
    }

    /// <summary>Its length, then the text in UTF-8; half a surrogate pair becomes U+FFFD.</summary>
    public void AddText(ReadOnlySpan<char> text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        AddSmall((ulong)size);
        Encoding.UTF8.GetBytes(text, Take(size));
    }

    /// <summary>Its length, then the text.</summary>
    public void AddText(ReadOnlySpan<byte> utf8)
    {
        AddSmall((ulong)utf8.Length);
        Add(utf8);
    }

    /// <summary>This many zeros.</summary>
    public void AddZeros(int count) => Take(count).Clear();

    /// <summary>Overwrites four bytes.</summary>
    public void Put(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at, 4), value);
}
