using System.Buffers.Binary;

namespace Slipway.Cli.Import.TensorBoard;

/// <summary>The number in a summary value, if it holds one: TensorFlow 1 and PyTorch write a float, TensorFlow 2 a tensor without dimensions.</summary>
internal static class EventValue
{
    /// <summary>Reads a tensor of exactly one number.</summary>
    /// <param name="message">A TensorProto.</param>
    /// <param name="value">The number.</param>
    /// <returns>False for anything else: text, images, several numbers.</returns>
    public static bool TryScalar(ReadOnlySpan<byte> message, out double value)
    {
        value = 0;
        var (type, elements, found) = (0, 1L, false);
        ReadOnlySpan<byte> content = default;
        var fields = new ProtoReader(message);
        while (fields.Next())
            switch (fields.Field)
            {
                case 1: type = (int)fields.Long; break;
                case 2: elements = Elements(fields.Bytes); break;
                case 4: content = fields.Bytes; break;
                case 5 or 6 or 7 or 10 or 11 or 13 or 16 or 17 when !found: found = TryFirst(in fields, out value); break;
            }
        if (fields.IsBroken || elements != 1) return false;
        if (type == 19 && found) value = (double)BitConverter.Int16BitsToHalf((short)value); // half_val holds the bits
        if (type == 14 && found) value = BitConverter.UInt32BitsToSingle((uint)(ushort)value << 16);
        return found || TryContent(type, content, out value);
    }

    private static bool TryContent(int type, ReadOnlySpan<byte> content, out double value)
    {
        (var known, value) = (type, content.Length) switch
        {
            (1, 4) => (true, BinaryPrimitives.ReadSingleLittleEndian(content)),
            (2, 8) => (true, BinaryPrimitives.ReadDoubleLittleEndian(content)),
            (3, 4) => (true, BinaryPrimitives.ReadInt32LittleEndian(content)),
            (4, 1) => (true, content[0]),
            (9, 8) => (true, BinaryPrimitives.ReadInt64LittleEndian(content)),
            (10, 1) => (true, content[0] != 0 ? 1.0 : 0.0),
            (14, 2) => (true, BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(content) << 16)),
            (19, 2) => (true, (double)BinaryPrimitives.ReadHalfLittleEndian(content)),
            _ => (false, 0.0),
        };
        return known;
    }

    // One number alone or the first of packed ones.
    private static bool TryFirst(in ProtoReader field, out double value)
    {
        value = 0;
        if (field.WireType != 2)
        {
            value = field.Field is 5 or 6 ? field.Double : field.Long;
            return true;
        }
        var packed = field.Bytes;
        if (field.Field == 5 && packed.Length >= 4) value = BinaryPrimitives.ReadSingleLittleEndian(packed);
        else if (field.Field == 6 && packed.Length >= 8) value = BinaryPrimitives.ReadDoubleLittleEndian(packed);
        else if (field.Field is 5 or 6) return false;
        else
        {
            var number = 0UL;
            for (var i = 0; ; i++)
            {
                if (i >= packed.Length || i >= 10) return false;
                number |= (ulong)(packed[i] & 0x7f) << (7 * i);
                if (packed[i] < 0x80) break;
            }
            value = (long)number;
        }
        return true;
    }

    private static long Elements(ReadOnlySpan<byte> shape)
    {
        var elements = 1L;
        var dimensions = new ProtoReader(shape);
        while (dimensions.Next())
        {
            if (dimensions.Field != 2) continue;
            var size = new ProtoReader(dimensions.Bytes);
            var length = 0L;
            while (size.Next())
                if (size.Field == 1) length = size.Long;
            elements = length is 0 or 1 ? elements * length : -1;
            if (elements < 0) return -1;
        }
        return elements;
    }
}
