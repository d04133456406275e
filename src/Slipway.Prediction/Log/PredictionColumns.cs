using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>From tensors to columns: each under the name that people know it by, of one of five kinds, and redacted before anything is kept. In the background, on frames.</summary>
internal static class PredictionColumns
{
    private const string Masked = "***";

    /// <summary>Adds a frame's tensors to the record that was begun.</summary>
    /// <returns>False when the segment has no room for the columns.</returns>
    public static bool Add(PredictionSegmentWriter writer, ref PredictionFrameReader frame, int count, bool output, ServedModel model, PredictionRule rule)
    {
        var whole = true;
        for (var i = 0; i < count; i++)
        {
            var part = frame.Next<PredictionFrame.Part>();
            var shape = MemoryMarshal.Cast<byte, long>(frame.Bytes(part.Rank * sizeof(long)));
            var name = part.Name >= 0 ? frame.Chars(part.Name).ToString() : null;
            var offsets = MemoryMarshal.Cast<byte, int>(frame.Bytes(part.OffsetBytes));
            var data = frame.Bytes(part.Bytes);
            var ports = output ? model.Runtime.Outputs : model.Runtime.Inputs;
            name = (uint)part.Port < (uint)ports.Count ? ports[part.Port].Name : name ?? $"tensor{i}";
            var tensor = new Piece(part.Element, shape, data, offsets);
            var columns = output ? model.Columns.Outputs : model.Columns.Inputs;
            whole &= count == 1 && Packs(columns, shape) ? AddPacked(writer, tensor, output, columns, rule) : Add(writer, tensor, output, name, rule);
        }
        return whole;
    }

    // One tensor [rows, k] for k columns: models made of tables have that more often than not.
    private static bool Packs(IReadOnlyList<ModelColumn> columns, ReadOnlySpan<long> shape)
    {
        if (shape.Length != 2 || columns.Count < 2 || shape[1] != columns.Count) return false;
        foreach (var column in columns)
            if (column.Shape is not null || column.Name is null) return false;
        return true;
    }

    private static bool AddPacked(PredictionSegmentWriter writer, Piece tensor, bool output, IReadOnlyList<ModelColumn> columns, PredictionRule rule)
    {
        var (whole, rows) = (true, tensor.Shape[0]);
        for (var i = 0; i < columns.Count; i++) whole &= Add(writer, tensor.Column(i, columns.Count, (int)rows), output, columns[i].Name!, rule);
        return whole;
    }

    private static bool Add(PredictionSegmentWriter writer, in Piece tensor, bool output, string name, PredictionRule rule)
    {
        Redaction? redaction = rule.Columns.TryGetValue(name, out var said) ? said : null;
        if (redaction is Redaction.Drop) return true;
        var kind = redaction is not null ? LoggedKind.Text : KindOf(tensor.Element);
        if (kind is null) return true;
        var shape = tensor.ColumnOf >= 0 ? tensor.Shape[..1] : tensor.Shape;
        if (writer.Column(output, name, kind.Value, shape) is not { } column) return false;
        var before = column.Content.Length;
        var count = tensor.Count;
        for (var i = 0; i < count; i++)
        {
            if (redaction is Redaction.Mask) column.Content.AddText(Masked);
            else if (redaction is Redaction.Hash) column.Content.AddText(Hashed(tensor, i, rule.HashKey));
            else if (kind is LoggedKind.Text) column.Content.AddText(tensor.Text(i));
            else if (tensor.ColumnOf < 0 && AsIs(tensor.Element))
            {
                column.Content.Add(tensor.Data);
                break;
            }
            else if (kind is LoggedKind.Float) column.Content.Add((float)tensor.Double(i));
            else if (kind is LoggedKind.Double) column.Content.Add(tensor.Double(i));
            else if (kind is LoggedKind.Long) column.Content.Add(tensor.Long(i));
            else column.Content.Add(tensor.Data[tensor.At(i)] != 0 ? (byte)1 : (byte)0);
        }
        writer.Added(column.Content.Length - before + 2);
        return true;
    }

    /// <summary>What stands in the place of a text: the first 128 bits of an HMAC-SHA-256.</summary>
    public static string Hashed(ReadOnlySpan<byte> utf8, byte[] key) => Convert.ToHexStringLower(HMACSHA256.HashData(key, utf8).AsSpan(0, 16));

    // Numbers are hashed by their shortest text, so that 41 as a float and as a double are one value.
    private static string Hashed(in Piece tensor, int index, byte[] key) => tensor.Element switch
    {
        OnnxElement.String => Hashed(tensor.Text(index), key),
        OnnxElement.Float or OnnxElement.Float16 or OnnxElement.BFloat16 => Hashed(Encoding.ASCII.GetBytes(((float)tensor.Double(index)).ToString("R", CultureInfo.InvariantCulture)), key),
        OnnxElement.Double => Hashed(Encoding.ASCII.GetBytes(tensor.Double(index).ToString("R", CultureInfo.InvariantCulture)), key),
        OnnxElement.Bool => Hashed(tensor.Data[tensor.At(index)] != 0 ? "true"u8 : "false"u8, key),
        _ => Hashed(Encoding.ASCII.GetBytes(tensor.Long(index).ToString(CultureInfo.InvariantCulture)), key),
    };

    private static LoggedKind? KindOf(OnnxElement element) => element switch
    {
        OnnxElement.Float or OnnxElement.Float16 or OnnxElement.BFloat16 => LoggedKind.Float,
        OnnxElement.Double => LoggedKind.Double,
        OnnxElement.Bool => LoggedKind.Bool,
        OnnxElement.String => LoggedKind.Text,
        OnnxElement.Undefined => null,
        _ => LoggedKind.Long,
    };

    private static bool AsIs(OnnxElement element) => element is OnnxElement.Float or OnnxElement.Double or OnnxElement.Int64;

    /// <summary>A tensor in a frame, or one column of it.</summary>
    private readonly ref struct Piece(OnnxElement element, ReadOnlySpan<long> shape, ReadOnlySpan<byte> data, ReadOnlySpan<int> offsets)
    {
        private readonly ReadOnlySpan<int> offsets = offsets;

        public OnnxElement Element { get; } = element;

        public ReadOnlySpan<long> Shape { get; } = shape;

        public ReadOnlySpan<byte> Data { get; } = data;

        public int ColumnOf { get; private init; } = -1;

        public int Stride { get; private init; } = 1;

        private int Rows { get; init; }

        public int Count => ColumnOf >= 0 ? Rows : Element is OnnxElement.String ? Math.Max(0, offsets.Length - 1) : Data.Length / Element.Bytes();

        public Piece Column(int index, int stride, int rows) => new(Element, Shape, Data, offsets) { ColumnOf = index, Stride = stride, Rows = rows };

        public int At(int index) => ColumnOf < 0 ? index : index * Stride + ColumnOf;

        public ReadOnlySpan<byte> Text(int index) => Data[offsets[At(index)]..offsets[At(index) + 1]];

        public double Double(int index) => Element switch
        {
            OnnxElement.Float => Value<float>(index),
            OnnxElement.Double => Value<double>(index),
            OnnxElement.Float16 => (double)Value<Half>(index),
            OnnxElement.BFloat16 => BitConverter.UInt32BitsToSingle((uint)Value<ushort>(index) << 16),
            _ => Long(index),
        };

        public long Long(int index) => Element switch
        {
            OnnxElement.Int64 => Value<long>(index),
            OnnxElement.Int32 => Value<int>(index),
            OnnxElement.Int16 => Value<short>(index),
            OnnxElement.Int8 => Value<sbyte>(index),
            OnnxElement.UInt8 => Value<byte>(index),
            OnnxElement.UInt16 => Value<ushort>(index),
            OnnxElement.UInt32 => Value<uint>(index),
            OnnxElement.UInt64 => (long)Math.Min(Value<ulong>(index), long.MaxValue),
            _ => 0,
        };

        private T Value<T>(int index) where T : unmanaged => MemoryMarshal.Cast<byte, T>(Data)[At(index)];
    }
}
