using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Prediction.Json;

namespace Slipway.Prediction;

/// <summary>
/// Takes rows, value by value and by column, into the inputs of a graph. Each input is a block of memory with a row after the other; it doubles when it is full.
/// </summary>
internal unsafe ref struct RowSink
{
    private const int NumberBytesMax = 240;

    private readonly InputPlan plan;
    private readonly TensorBatch batch;
    private readonly ErrorDetail detail;
    private readonly Block[] blocks;
    private readonly ulong[] seen;
    private long rows, row = -1;

    /// <summary>A sink without rows.</summary>
    /// <param name="plan">Where columns go.</param>
    /// <param name="batch">What gets the tensors.</param>
    /// <param name="where">The path of the rows, such as `dataframe_records`.</param>
    /// <param name="detail">How much messages tell.</param>
    /// <param name="rows">How many to make room for at first.</param>
    public RowSink(InputPlan plan, TensorBatch batch, string where, ErrorDetail detail, int rows = 16)
    {
        (this.plan, this.batch, Where, this.detail) = (plan, batch, where, detail);
        blocks = new Block[plan.Inputs.Count];
        seen = new ulong[(plan.Columns.Length + 63) / 64];
        for (var i = 0; i < blocks.Length; i++)
        {
            var width = InputPlan.Width(plan.Inputs[i]);
            blocks[i] = new Block { Element = plan.Inputs[i].Element, Width = width, FirstRows = Math.Max(1, rows) };
        }
        // A graph that takes rows of any width gets those of the columns.
        foreach (var column in plan.Columns)
            if (column.Width > 0 && InputPlan.Width(plan.Inputs[column.Port]) < 0) blocks[column.Port].Width = Math.Max(blocks[column.Port].Width, column.Offset + column.Width);
    }

    /// <summary>The path of the rows, for messages.</summary>
    public string Where { get; set; }

    /// <summary>Rows so far.</summary>
    public readonly long Rows => rows;

    /// <summary>What was wrong, or null.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>Begins the next row.</summary>
    public bool Row()
    {
        rows++;
        row++;
        Array.Clear(seen);
        return true;
    }

    /// <summary>Goes back to a row, or on to the next: for input that comes column by column.</summary>
    public void At(long position)
    {
        row = position;
        rows = Math.Max(rows, position + 1);
        Array.Clear(seen);
    }

    /// <summary>A value of the row from JSON.</summary>
    public bool Put(int column, ref JsonCursor json)
    {
        var slot = plan.Columns[column];
        if (!Mark(column)) return json.Fail(Problem = Misfit.Name(detail, $"{Where}[{row}]", "the column is there twice:", slot.Name, []));
        ref var block = ref blocks[slot.Port];
        json.Next();
        if (block.Width < 0 && !Measure(ref block, json)) return json.Fail(Problem ?? Value(slot, "values", json.Seen()));
        if (!block.Room(batch, row)) return json.Fail(Problem = TooMuch());
        if (*json.At == '[')
        {
            long at = 0;
            var width = slot.Width < 0 ? block.Width : slot.Width;
            if (!Nested(ref json, slot, ref block, width, ref at, 0)) return false;
            return at == width || json.Fail(Problem = Value(slot, $"{width:N0} values", $"{at:N0}"));
        }
        if ((slot.Width < 0 ? block.Width : slot.Width) != 1) return json.Fail(Problem = Value(slot, $"an array of {slot.Width:N0} values", json.Seen()));
        return One(ref json, slot, ref block, slot.Offset);
    }

    /// <summary>A value of the row from CSV: no type but what its column says. The text lies before at least 8 readable bytes that belong to no number.</summary>
    public bool Put(int column, scoped ReadOnlySpan<byte> text)
    {
        var slot = plan.Columns[column];
        Mark(column);
        ref var block = ref blocks[slot.Port];
        if (block.Width < 0) block.Width = 1;
        if (!block.Room(batch, row)) return Fail(TooMuch());
        if (text.IsEmpty && slot.Kind is not ColumnKind.String && block.Element is not OnnxElement.String) return Missing(slot, ref block);
        if (block.Element is OnnxElement.String)
        {
            if (slot.Kind is ColumnKind.Datetime && Time(text) is null) return Fail(Value(slot, "a time as ISO 8601", Shown(text)));
            return block.Text(batch, row, slot.Offset, text);
        }
        if (text.Length > NumberBytesMax) return Fail(Value(slot, Expected(slot, block.Element), Shown(text)));
        Span<byte> padded = stackalloc byte[NumberBytesMax + 16];
        padded.Slice(0, text.Length + 16).Clear();
        text.Trim((byte)' ').CopyTo(padded);
        fixed (byte* first = padded)
        {
            var at = first;
            if (*at == '+') at++;
            if (*at == 'n' && JsonNumber.Begins(at, "nan"u8)) at = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference("NaN\0\0\0\0\0"u8));
            // Booleans are written in many ways by programs that write CSV.
            if (Boolean(slot, block.Element) && (text.SequenceEqual("True"u8) || text.SequenceEqual("TRUE"u8) || text.SequenceEqual("1"u8))) return block.Number(row, slot.Offset, 1);
            if (Boolean(slot, block.Element) && (text.SequenceEqual("False"u8) || text.SequenceEqual("FALSE"u8) || text.SequenceEqual("0"u8))) return block.Number(row, slot.Offset, 0);
            if (slot.Kind is ColumnKind.Datetime) return Time(text) is { } time ? block.Whole(row, slot.Offset, time) : Fail(Value(slot, "a time as ISO 8601", Shown(text)));
            var to = block.Cell(row, slot.Offset);
            var after = slot.Kind is ColumnKind.Long && block.Element.IsFloat() ? Whole(at, to, block.Element) : Element(at, to, block.Element);
            return (after != null && *after == 0) || Fail(Value(slot, Expected(slot, block.Element), Shown(text)));
        }
    }

    /// <summary>The row has no more values: fills what may be missing.</summary>
    public bool EndRow()
    {
        for (var i = 0; i < plan.Columns.Length; i++)
        {
            if ((seen[i >> 6] & (1UL << (i & 63))) != 0) continue;
            var slot = plan.Columns[i];
            if (slot.Required) return Fail(Misfit.Name(detail, $"{Where}[{row}]", "missing column", slot.Name, []));
            if (!PutMissing(i)) return false;
        }
        return true;
    }

    /// <summary>A number of the row that is no text: whole when it came as an integer or a boolean.</summary>
    public bool PutNumber(int column, OnnxElement from, long whole, double number)
    {
        var slot = plan.Columns[column];
        ref var block = ref blocks[slot.Port];
        if (block.Width < 0) block.Width = 1;
        if (!block.Room(batch, row)) return Fail(TooMuch());
        var to = block.Cell(row, slot.Offset);
        var boolean = Boolean(slot, block.Element);
        if (block.Element is not OnnxElement.String && boolean == from is OnnxElement.Bool)
        {
            if (boolean) return block.Number(row, slot.Offset, whole);
            if (block.Element.IsFloat() && !(slot.Kind is ColumnKind.Long && from.IsFloat())) return block.Number(row, slot.Offset, from.IsFloat() ? number : whole);
            if (from.IsInteger() && Protocols.BinaryTensors.Whole(to, block.Element, whole)) return true;
        }
        return Fail(Value(slot, Expected(slot, block.Element), from.Oip()));
    }

    /// <summary>A text of the row.</summary>
    public bool PutText(int column, scoped ReadOnlySpan<byte> text)
    {
        var slot = plan.Columns[column];
        ref var block = ref blocks[slot.Port];
        if (block.Width < 0) block.Width = 1;
        if (!block.Room(batch, row)) return Fail(TooMuch());
        return block.Element is OnnxElement.String ? block.Text(batch, row, slot.Offset, text) || Fail(TooMuch()) : Fail(Value(slot, Expected(slot, block.Element), Shown(text)));
    }

    /// <summary>Nothing for a column of the row that may be missing.</summary>
    public bool PutMissing(int column)
    {
        var slot = plan.Columns[column];
        ref var block = ref blocks[slot.Port];
        if (block.Width < 0) block.Width = 1;
        return block.Room(batch, row) ? Missing(slot, ref block) : Fail(TooMuch());
    }

    /// <summary>A name that no column has: refused when a signature knows all of them.</summary>
    public Problem Unknown(string name, long at) => Problem = Misfit.Name(detail, at >= 0 ? $"{Where}[{at}]" : Where, "unknown column", name, plan.Names);

    /// <summary>Adds the tensors.</summary>
    public Problem? Finish()
    {
        Span<long> room = stackalloc long[TensorShape.RankMax];
        for (var port = 0; port < blocks.Length; port++)
        {
            var spec = plan.Inputs[port];
            ref var block = ref blocks[port];
            if (block.Width < 0) block.Width = 1;
            if (!block.Room(batch, Math.Max(rows - 1, 0))) return TooMuch();
            spec.Shape.CopyTo(room);
            var shape = room[..spec.Shape.Length];
            if (shape.Length > 0 && shape[0] >= 0 && shape[0] != rows) return Misfit.Of(detail, Where, $"{shape[0]:N0} rows at a time", $"{rows:N0}");
            if (shape.Length == 0 && rows != 1) return Misfit.Of(detail, Where, "one row", $"{rows:N0}");
            if (shape.Length > 0) shape[0] = rows;
            // One dimension may be free: it has what the others leave.
            long known = 1, free = -1;
            for (var i = 1; i < shape.Length; i++)
                if (shape[i] >= 0) known *= shape[i];
                else if (free < 0) free = i;
                else shape[i] = 1;
            if (free >= 0) shape[(int)free] = known == 0 ? 0 : block.Width / known;
            var data = block.End(batch, rows);
            ref var tensor = ref batch.Add(block.Element, shape, port);
            tensor.Data = data;
            tensor.Bytes = block.Element is OnnxElement.String ? block.TextBytes : rows * block.Width * block.Element.Bytes();
            tensor.Offsets = block.Offsets;
        }
        return null;
    }

    private bool Fail(Problem problem)
    {
        Problem ??= problem;
        return false;
    }

    private readonly bool Mark(int column)
    {
        ref var word = ref seen[column >> 6];
        var bit = 1UL << (column & 63);
        if ((word & bit) != 0) return false;
        word |= bit;
        return true;
    }

    private readonly Problem TooMuch() => Problem.TooLarge($"{Where}: the rows have more than 2 GB together. Send fewer at a time, or as NDJSON.");

    private readonly string Path(ColumnSlot slot) => slot.Name.Length > 0 ? $"{Where}[{row}].{slot.Name}" : $"{Where}[{row}][{slot.Offset}]";

    private readonly Problem Value(ColumnSlot slot, string expected, string got) => Misfit.Of(detail, Path(slot), expected, got, Advice(slot, got));

    private static string Advice(ColumnSlot slot, string got) => slot.Kind switch
    {
        ColumnKind.Double => got == "null" ? "" : "Send a number, or null where it is missing.",
        ColumnKind.Long => got == "null" ? "Integers cannot be missing; make the column double in the signature." : "Send an integer without fraction or exponent.",
        ColumnKind.Boolean => "Send true or false.",
        ColumnKind.String => "Put it in quotes.",
        ColumnKind.Binary => "Send base64.",
        ColumnKind.Datetime => "Send a time such as 2026-01-31T12:00:00Z.",
        _ => "",
    };

    private static string Shown(ReadOnlySpan<byte> text) => $"text \"{Encoding.UTF8.GetString(text.Length > 40 ? text[..40] : text)}\"";

    private static bool Boolean(ColumnSlot slot, OnnxElement element) => slot.Kind is ColumnKind.Boolean || element is OnnxElement.Bool;

    private static string Expected(ColumnSlot slot, OnnxElement element) => slot.Kind is ColumnKind.Any ? element.Words() : slot.TypeName;

    private readonly bool Measure(ref Block block, JsonCursor json)
    {
        if (*json.At != '[')
        {
            block.Width = 1;
            return true;
        }
        long count = 0;
        if (!Count(ref json, ref count, 0)) return false;
        block.Width = count;
        return true;
    }

    private static bool Count(ref JsonCursor json, ref long count, int depth)
    {
        if (depth > TensorShape.RankMax) return false;
        if (json.Next() != '[')
        {
            count++;
            return json.Skip(1);
        }
        json.At++;
        if (json.Take(']')) return true;
        do if (!Count(ref json, ref count, depth + 1)) return false;
        while (json.More(']'));
        return json.Problem is null;
    }

    private bool Nested(ref JsonCursor json, ColumnSlot slot, ref Block block, long width, ref long at, int depth)
    {
        if (depth > TensorShape.RankMax) return json.Fail(Problem = Value(slot, $"at most {TensorShape.RankMax} dimensions", "more"));
        json.At++;
        if (json.Take(']')) return true;
        do
        {
            if (json.Next() == '[')
            {
                if (!Nested(ref json, slot, ref block, width, ref at, depth + 1)) return false;
                continue;
            }
            if (at >= width) return json.Fail(Problem = Value(slot, $"{width:N0} values", "more"));
            if (!One(ref json, slot, ref block, slot.Offset + at)) return false;
            at++;
        }
        while (json.More(']'));
        return json.Problem is null;
    }

    private bool One(ref JsonCursor json, ColumnSlot slot, ref Block block, long cell)
    {
        if (block.Element is OnnxElement.String) return Texts(ref json, slot, ref block, cell);
        json.Next();
        var to = block.Cell(row, cell);
        byte* after;
        if (slot.Kind is ColumnKind.Boolean && block.Element is not OnnxElement.Bool)
        {
            byte yes;
            after = JsonElementReader.Read(json.At, (bool*)&yes);
            if (after != null) block.Number(row, cell, yes);
        }
        else if (slot.Kind is ColumnKind.Datetime)
        {
            if (*json.At != '"' || !json.Text(out var text) || Time(text.Raw) is not { } time) return json.Fail(Problem = json.Problem ?? Value(slot, Expected(slot, block.Element), json.Seen()));
            return block.Whole(row, cell, time);
        }
        else if (slot.Kind is ColumnKind.Long && block.Element.IsFloat()) after = Whole(json.At, to, block.Element);
        else after = Element(json.At, to, block.Element);
        if (after != null)
        {
            json.At = after;
            return true;
        }
        if (*json.At == 'n' && json.Word("null"u8))
        {
            if (slot.Kind is ColumnKind.Double or ColumnKind.Any && block.Element.IsFloat()) return block.Number(row, cell, double.NaN);
            if (!slot.Required) return Missing(slot, ref block);
            json.At -= 4;
        }
        return json.Fail(Problem = Value(slot, Expected(slot, block.Element), json.Seen()));
    }

    private bool Texts(ref JsonCursor json, ColumnSlot slot, ref Block block, long cell)
    {
        if (json.Next() == '{') return Wrapped(ref json, slot, ref block, cell);
        if (*json.At != '"')
        {
            if (!slot.Required && json.Word("null"u8)) return block.Text(batch, row, cell, []);
            return json.Fail(Problem = Value(slot, Expected(slot, OnnxElement.String), json.Seen()));
        }
        var before = json.At;
        if (!json.Text(out var text)) return false;
        if (slot.Kind is ColumnKind.Binary) return Base64(ref json, before, text, slot, ref block, cell);
        if (!text.Escaped)
        {
            if (slot.Kind is ColumnKind.Datetime && Time(text.Raw) is null)
            {
                json.At = before;
                return json.Fail(Problem = Value(slot, "a time as ISO 8601", json.Seen()));
            }
            return block.Text(batch, row, cell, text.Raw) || json.Fail(Problem = TooMuch());
        }
        return text.Bytes() is { } bytes ? block.Text(batch, row, cell, bytes) || json.Fail(Problem = TooMuch()) : json.Fail(Problem = Value(slot, "a text", "a wrong escape or half of a surrogate pair"));
    }

    // TensorFlow Serving's way to send bytes: {"b64": "..."}.
    private bool Wrapped(ref JsonCursor json, ColumnSlot slot, ref Block block, long cell)
    {
        var before = json.At++;
        if (!json.Name(out var name) || !name.Is("b64"u8) || !json.Text(out var text)) return json.Fail(Problem = json.Problem ?? Value(slot, "a text or {\"b64\": \"...\"}", "another object"));
        return Base64(ref json, before, text, slot, ref block, cell) && json.Expect('}');
    }

    private bool Base64(ref JsonCursor json, byte* before, JsonText text, ColumnSlot slot, ref Block block, long cell)
    {
        var encoded = text.Bytes() ?? [];
        if (Decoded(encoded) is { } bytes) return block.Text(batch, row, cell, bytes) || json.Fail(Problem = TooMuch());
        json.At = before;
        return json.Fail(Problem = Value(slot, "base64", json.Seen()));
    }

    private static byte[]? Decoded(byte[] encoded)
    {
        var status = System.Buffers.Text.Base64.DecodeFromUtf8InPlace(encoded, out var written);
        return status is System.Buffers.OperationStatus.Done ? encoded[..written] : null;
    }

    private bool Missing(ColumnSlot slot, ref Block block)
    {
        var width = slot.Width < 0 ? block.Width : slot.Width;
        for (var i = 0L; i < width; i++)
        {
            if (block.Element is OnnxElement.String) block.Text(batch, row, slot.Offset + i, []);
            else if (slot.Required && (!block.Element.IsFloat() || slot.Kind is ColumnKind.Long or ColumnKind.Boolean)) return Fail(Value(slot, Expected(slot, block.Element), "nothing"));
            else block.Number(row, slot.Offset + i, block.Element.IsFloat() ? double.NaN : 0);
        }
        return true;
    }

    // Nanoseconds since 1970, as pandas counts.
    private static long? Time(ReadOnlySpan<byte> text)
    {
        Span<char> chars = stackalloc char[64];
        if (text.Length > 40 || Encoding.UTF8.GetCharCount(text) > 64) return null;
        var length = Encoding.UTF8.GetChars(text, chars);
        return DateTimeOffset.TryParse(chars[..length], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? unchecked((time - DateTimeOffset.UnixEpoch).Ticks * 100) : null;
    }

    // An integer column in an input of floats: an integer is read, so that a fraction is refused.
    private static byte* Whole(byte* at, byte* to, OnnxElement element)
    {
        var after = JsonNumber.Long(at, out var value);
        if (after == null) return null;
        Block.Write(to, element, value);
        return after;
    }

    internal static byte* Element(byte* at, byte* to, OnnxElement element) => element switch
    {
        OnnxElement.Float => JsonElementReader.Read(at, (float*)to),
        OnnxElement.Double => JsonElementReader.Read(at, (double*)to),
        OnnxElement.Int64 => JsonElementReader.Read(at, (long*)to),
        OnnxElement.Int32 => JsonElementReader.Read(at, (int*)to),
        OnnxElement.Bool => JsonElementReader.Read(at, (bool*)to),
        OnnxElement.UInt8 => JsonElementReader.Read(at, to),
        OnnxElement.Int8 => JsonElementReader.Read(at, (sbyte*)to),
        OnnxElement.UInt16 => JsonElementReader.Read(at, (ushort*)to),
        OnnxElement.Int16 => JsonElementReader.Read(at, (short*)to),
        OnnxElement.UInt32 => JsonElementReader.Read(at, (uint*)to),
        OnnxElement.UInt64 => JsonElementReader.Read(at, (ulong*)to),
        OnnxElement.Float16 => JsonElementReader.Read(at, (Half*)to),
        OnnxElement.BFloat16 => JsonElementReader.Read(at, (Brain*)to),
        _ => null,
    };
}
