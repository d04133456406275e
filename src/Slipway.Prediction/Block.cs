using Slipway.Engines.Onnx;
using Slipway.Prediction.Json;

namespace Slipway.Prediction;

/// <summary>Rows of one input while they come, in the batch's memory. Texts may come in any order; they are put in order at the end.</summary>
internal unsafe struct Block
{
    private byte* data;
    private Piece* pieces;
    private long capacity, textCapacity;
    private bool shuffled;
    private long last;

    /// <summary>Where a text lies.</summary>
    private struct Piece
    {
        public int Start, Length;
    }

    /// <summary>What it holds.</summary>
    public OnnxElement Element;

    /// <summary>Elements of a row; -1 until the first row says.</summary>
    public long Width;

    /// <summary>Room at first, in rows.</summary>
    public int FirstRows;

    /// <summary>Where each text begins, after <see cref="End"/>.</summary>
    public int* Offsets;

    /// <summary>Bytes of all texts.</summary>
    public long TextBytes;

    /// <summary>Makes room for a row; false when the batch has no more.</summary>
    public bool Room(TensorBatch batch, long row)
    {
        if (row < capacity) return true;
        var more = Math.Max(FirstRows, Math.Max(row + 1, capacity * 2));
        var cell = Element is OnnxElement.String ? sizeof(Piece) : Element.Bytes();
        if (Width > 0 && more > TensorBatch.BytesMax / 2 / (Width * cell)) return false;
        var bytes = more * Width * cell;
        if (Element is OnnxElement.String)
        {
            pieces = (Piece*)(capacity == 0 ? batch.Take(bytes) : batch.Grow((byte*)pieces, capacity * Width * cell, bytes));
            new Span<byte>((byte*)(pieces + capacity * Width), checked((int)((more - capacity) * Width * cell))).Clear();
        }
        else data = capacity == 0 ? batch.Take(bytes) : batch.Grow(data, capacity * Width * cell, bytes);
        capacity = more;
        return true;
    }

    /// <summary>Where an element lies.</summary>
    public readonly byte* Cell(long row, long cell) => data + (row * Width + cell) * Element.Bytes();

    /// <summary>Puts a number at its type.</summary>
    public readonly bool Number(long row, long cell, double value)
    {
        Write(Cell(row, cell), Element, value);
        return true;
    }

    /// <summary>Puts a whole number, exactly where the type can hold it.</summary>
    public readonly bool Whole(long row, long cell, long value)
    {
        if (Element is OnnxElement.Int64) *(long*)Cell(row, cell) = value;
        else Write(Cell(row, cell), Element, value);
        return true;
    }

    /// <summary>Puts a text.</summary>
    public bool Text(TensorBatch batch, long row, long cell, ReadOnlySpan<byte> text)
    {
        var position = row * Width + cell;
        if (TextBytes + text.Length > textCapacity)
        {
            var more = Math.Max(256, Math.Max(TextBytes + text.Length, textCapacity * 2));
            if (more > int.MaxValue) return false;
            data = textCapacity == 0 ? batch.Take(more) : batch.Grow(data, TextBytes, more);
            textCapacity = more;
        }
        text.CopyTo(new Span<byte>(data + TextBytes, text.Length));
        shuffled |= position < last;
        last = position + 1;
        pieces[position] = new Piece { Start = (int)TextBytes, Length = text.Length };
        TextBytes += text.Length;
        return true;
    }

    /// <summary>No more rows come: the memory as the tensor wants it.</summary>
    public byte* End(TensorBatch batch, long rows)
    {
        if (Element is not OnnxElement.String) return data;
        var count = rows * Width;
        Offsets = (int*)batch.Take((count + 1) * sizeof(int));
        var ordered = data;
        if (shuffled) ordered = batch.Take(Math.Max(1, TextBytes));
        var at = 0;
        for (var i = 0L; i < count; i++)
        {
            Offsets[i] = at;
            if (shuffled) new ReadOnlySpan<byte>(data + pieces[i].Start, pieces[i].Length).CopyTo(new Span<byte>(ordered + at, pieces[i].Length));
            at += pieces[i].Length;
        }
        Offsets[count] = at;
        TextBytes = at;
        return ordered;
    }

    /// <summary>Writes a number at a type.</summary>
    public static void Write(byte* to, OnnxElement element, double value)
    {
        switch (element)
        {
            case OnnxElement.Float: *(float*)to = (float)value; break;
            case OnnxElement.Double: *(double*)to = value; break;
            case OnnxElement.Int64: *(long*)to = (long)value; break;
            case OnnxElement.Int32: *(int*)to = (int)value; break;
            case OnnxElement.Int16 or OnnxElement.UInt16: *(short*)to = (short)value; break;
            case OnnxElement.Int8 or OnnxElement.UInt8 or OnnxElement.Bool: *to = (byte)(long)value; break;
            case OnnxElement.UInt32: *(uint*)to = (uint)value; break;
            case OnnxElement.UInt64: *(ulong*)to = (ulong)value; break;
            case OnnxElement.Float16: *(Half*)to = (Half)value; break;
            case OnnxElement.BFloat16: *(Brain*)to = Brain.Of((float)value); break;
            default: break;
        }
    }
}
