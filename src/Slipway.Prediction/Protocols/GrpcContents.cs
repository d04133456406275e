using System.Buffers.Binary;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Protocols;

/// <summary>Typed contents of a tensor (`InferTensorContents`) as the bytes that raw contents would be.</summary>
internal static class GrpcContents
{
    /// <summary>A number of variable length from the front.</summary>
    public static bool Number(ref ReadOnlySpan<byte> packed, out ulong value)
    {
        value = 0;
        for (var i = 0; i < packed.Length && i < 10; i++)
        {
            value |= (ulong)(packed[i] & 0x7F) << (7 * i);
            if (packed[i] >= 0x80) continue;
            packed = packed[(i + 1)..];
            return true;
        }
        return false;
    }

    /// <summary>Turns them into bytes; packed floats are these bytes already.</summary>
    public static Problem? ToBytes(ReadOnlySpan<byte> contents, OnnxElement datatype, string where, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        var field = Field(datatype);
        if (field == 0) return Problem.Invalid($"{where}: {datatype.Oip()} is sent in raw_input_contents; there is no typed form of it.");
        var (size, fixedBytes) = (datatype.Bytes(), field is 6 ? 4 : field is 7 ? 8 : 0);
        MemoryStream? gathered = null;
        Span<byte> element = stackalloc byte[8];
        var reader = new ProtoReader(contents);
        var parts = 0;
        while (reader.Next())
        {
            if (reader.Field != field) return Problem.Invalid($"{where}: the contents are in field {reader.Field}; {datatype.Oip()} belongs into field {field}.");
            if (field == 8)
            {
                var text = reader.Bytes();
                BinaryPrimitives.WriteInt32LittleEndian(element, text.Length);
                gathered ??= new MemoryStream();
                gathered.Write(element[..4]);
                gathered.Write(text);
            }
            else if (reader.Wire == ProtoReader.Delimited)
            {
                var packed = reader.Bytes();
                if (fixedBytes > 0)
                {
                    if (parts++ == 0) bytes = packed;
                    else
                    {
                        gathered ??= Begin(bytes);
                        gathered.Write(packed);
                    }
                    continue;
                }
                gathered ??= new MemoryStream(packed.Length * size);
                while (!packed.IsEmpty)
                {
                    if (!Number(ref packed, out var value)) return Damaged(where);
                    if (!Fits(datatype, value)) return Problem.Invalid($"{where}: {(long)value} does not fit {datatype.Oip()}.");
                    BinaryPrimitives.WriteUInt64LittleEndian(element, value);
                    gathered.Write(element[..size]);
                }
            }
            else
            {
                gathered ??= Begin(bytes);
                var value = fixedBytes > 0 ? reader.Fixed(fixedBytes) : reader.Number();
                if (fixedBytes == 0 && !Fits(datatype, value)) return Problem.Invalid($"{where}: {(long)value} does not fit {datatype.Oip()}.");
                BinaryPrimitives.WriteUInt64LittleEndian(element, value);
                gathered.Write(element[..size]);
            }
        }
        if (reader.Failed) return Damaged(where);
        if (gathered is not null) bytes = gathered.ToArray();
        return null;
    }

    private static MemoryStream Begin(ReadOnlySpan<byte> bytes)
    {
        var stream = new MemoryStream();
        stream.Write(bytes);
        return stream;
    }

    private static Problem Damaged(string where) => Problem.Invalid($"{where}: the contents are damaged.");

    private static int Field(OnnxElement datatype) => datatype switch
    {
        OnnxElement.Bool => 1,
        OnnxElement.Int8 or OnnxElement.Int16 or OnnxElement.Int32 => 2,
        OnnxElement.Int64 => 3,
        OnnxElement.UInt8 or OnnxElement.UInt16 or OnnxElement.UInt32 => 4,
        OnnxElement.UInt64 => 5,
        OnnxElement.Float => 6,
        OnnxElement.Double => 7,
        OnnxElement.String => 8,
        _ => 0,
    };

    private static bool Fits(OnnxElement datatype, ulong value) => datatype switch
    {
        OnnxElement.Bool => value <= 1,
        OnnxElement.Int8 => (long)value is >= sbyte.MinValue and <= sbyte.MaxValue,
        OnnxElement.Int16 => (long)value is >= short.MinValue and <= short.MaxValue,
        OnnxElement.Int32 => (long)value is >= int.MinValue and <= int.MaxValue,
        OnnxElement.UInt8 => value <= byte.MaxValue,
        OnnxElement.UInt16 => value <= ushort.MaxValue,
        OnnxElement.UInt32 => value <= uint.MaxValue,
        _ => true,
    };
}
