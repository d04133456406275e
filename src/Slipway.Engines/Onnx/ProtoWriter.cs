using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Engines.Onnx;

/// <summary>
/// Writes protocol-buffer messages field by field. ONNX files need three of the wire's types only, so this replaces a generated model of a thousand fields.
/// </summary>
/// <remarks>https://protobuf.dev/programming-guides/encoding</remarks>
internal sealed class ProtoWriter
{
    private const int Varint = 0, LengthDelimited = 2, Fixed32 = 5;
    private readonly ArrayBufferWriter<byte> bytes = new();

    public ReadOnlySpan<byte> Written => bytes.WrittenSpan;

    public void Long(int field, long value)
    {
        Tag(field, Varint);
        Raw((ulong)value);
    }

    public void Float(int field, float value)
    {
        Tag(field, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.GetSpan(4), value);
        bytes.Advance(4);
    }

    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, LengthDelimited);
        Raw((ulong)value.Length);
        bytes.Write(value);
    }

    /// <summary>A field as it stands elsewhere, with its tag.</summary>
    public void Copy(ReadOnlySpan<byte> field) => bytes.Write(field);

    public void Message(int field, Action<ProtoWriter> write)
    {
        var inner = new ProtoWriter();
        write(inner);
        Bytes(field, inner.Written);
    }

    /// <summary>Packed: one field for the whole array.</summary>
    public void Floats(int field, ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian) Bytes(field, MemoryMarshal.AsBytes(values));
        else throw new PlatformNotSupportedException("ONNX files are written on little-endian machines only.");
    }

    /// <summary>Packed: one field for the whole array.</summary>
    public void Longs(int field, ReadOnlySpan<long> values)
    {
        var inner = new ProtoWriter();
        foreach (var value in values) inner.Raw((ulong)value);
        Bytes(field, inner.Written);
    }

    private void Tag(int field, int wireType) => Raw((ulong)((field << 3) | wireType));

    private void Raw(ulong value)
    {
        var span = bytes.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7) span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        bytes.Advance(length);
    }
}
