using System.Text;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>
/// Rows as the log knows them, by column, and the way back into a model's tensors. What cannot go back (hashed, masked or left-out columns) says so.
/// </summary>
internal sealed class LoggedRows
{
    private readonly List<LoggedColumn[]> rows = [];

    private LoggedRows(string[] names) => Names = names;

    /// <summary>The columns.</summary>
    public string[] Names { get; }

    /// <summary>How many rows.</summary>
    public int Count => rows.Count;

    /// <summary>The columns of a prediction, as an empty list of rows.</summary>
    public static LoggedRows Like(LoggedPrediction one) => new([.. one.Inputs.Select(static column => column.Name)]);

    /// <summary>Adds the rows of a prediction; none when its columns or kinds are others.</summary>
    public void Add(LoggedPrediction one, int most)
    {
        if (one.Inputs.Count != Names.Length) return;
        var columns = new LoggedColumn[Names.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            if (one.Inputs.FirstOrDefault(column => column.Name == Names[i]) is not { } column || column.Shape.Length == 0) return;
            columns[i] = column;
        }
        var count = columns[0].Shape[0];
        if (count == 0 || Array.Exists(columns, column => column.Shape[0] != count)) return;
        if (rows.Count > 0)
            for (var i = 0; i < columns.Length; i++)
                if (columns[i].Type != rows[0][i].Type || columns[i].Values.Length / count != rows[0][i].Values.Length) return;
        for (var row = 0; row < count && rows.Count < most; row++) rows.Add(Array.ConvertAll(columns, column => Row(column, row)));
    }

    /// <summary>A value for people: the number or text of a row's column, the first where there are several.</summary>
    public object Value(int row, int column) => rows[row][column].Values is { Length: > 0 } values ? values.GetValue(0)! : "";

    /// <summary>Whether a row's column holds another value than a row's of another list.</summary>
    public bool Differs(int row, LoggedRows other, int otherRow, int column)
    {
        var (mine, theirs) = (rows[row][column].Values, other.rows[otherRow][column].Values);
        for (var i = 0; i < mine.Length; i++)
            if (!Equals(mine.GetValue(i), theirs.GetValue(i))) return true;
        return false;
    }

    /// <summary>Fills a model's inputs with rows, each column taken from one of two lists.</summary>
    /// <param name="batch">The inputs; empty.</param>
    /// <param name="model">The model.</param>
    /// <param name="row">The row that is explained.</param>
    /// <param name="background">The other list.</param>
    /// <param name="picks">Rows of the other list.</param>
    /// <param name="own">For each, which columns are the explained row's.</param>
    public Problem? Fill(TensorBatch batch, ServedModel model, int row, LoggedRows background, IReadOnlyList<int> picks, IReadOnlyList<bool[]> own)
    {
        var ports = model.Runtime.Inputs;
        var packed = ports.Count == 1 && Names.Length > 1 && ports[0].Shape.Length == 2 && Array.TrueForAll(rows[0], static column => column.Values.Length == 1);
        for (var port = 0; port < ports.Count; port++)
        {
            var spec = ports[port];
            int[] columns = packed ? [.. Enumerable.Range(0, Names.Length)] : [Array.IndexOf(Names, spec.Name)];
            if (columns[0] < 0 && ports.Count == 1 && Names.Length == 1) columns = [0];
            if (columns[0] < 0) return Problem.Invalid($"The log has no column '{spec.Name}', which the model needs: it has {string.Join(", ", Names.Select(static name => $"'{name}'"))}. Redacted columns cannot be explained.");
            var width = columns.Sum(column => rows[0][column].Values.Length);
            long[] shape = Shape(spec, picks.Count, width);
            if (Fill(batch, spec, port, shape, columns, row, background, picks, own) is { } problem) return problem;
        }
        return null;
    }

    private unsafe Problem? Fill(TensorBatch batch, TensorSpec spec, int port, long[] shape, int[] columns, int row, LoggedRows background, IReadOnlyList<int> picks, IReadOnlyList<bool[]> own)
    {
        IEnumerable<(LoggedColumn Column, int Index)> Values()
        {
            for (var i = 0; i < picks.Count; i++)
                foreach (var column in columns)
                {
                    var from = own[i][column] ? rows[row][column] : background.rows[picks[i]][column];
                    for (var at = 0; at < from.Values.Length; at++) yield return (from, at);
                }
        }
        if (spec.Element is OnnxElement.String)
        {
            var texts = Values().Select(static one => one.Column.Values is string[] all ? Encoding.UTF8.GetBytes(all[one.Index]) : null).ToList();
            if (texts.Contains(null)) return Mismatch(spec);
            ref var tensor = ref batch.Add(spec.Element, shape, port);
            tensor.Bytes = texts.Sum(static text => (long)text!.Length);
            tensor.Data = batch.Take(Math.Max(1, tensor.Bytes));
            tensor.Offsets = (int*)batch.Take((texts.Count + 1) * sizeof(int));
            tensor.Offsets[0] = 0;
            for (var i = 0; i < texts.Count; i++)
            {
                texts[i].CopyTo(new Span<byte>(tensor.Data + tensor.Offsets[i], texts[i]!.Length));
                tensor.Offsets[i + 1] = tensor.Offsets[i] + texts[i]!.Length;
            }
            return null;
        }
        if (columns.Any(column => rows[0][column].Values is string[])) return Mismatch(spec);
        batch.AddNumbers(spec.Element, shape, port);
        ref var numbers = ref batch[batch.Count - 1];
        var place = 0;
        foreach (var (column, index) in Values()) Put(ref numbers, place++, column, index);
        return null;
    }

    private static void Put(ref Tensor tensor, int at, LoggedColumn column, int index)
    {
        switch (tensor.Element)
        {
            case OnnxElement.Float: tensor.Values<float>()[at] = (float)column.Number(index); break;
            case OnnxElement.Double: tensor.Values<double>()[at] = column.Number(index); break;
            case OnnxElement.Float16: tensor.Values<Half>()[at] = (Half)column.Number(index); break;
            case OnnxElement.Int64: tensor.Values<long>()[at] = Whole(column, index); break;
            case OnnxElement.Int32: tensor.Values<int>()[at] = (int)Whole(column, index); break;
            case OnnxElement.Int16: tensor.Values<short>()[at] = (short)Whole(column, index); break;
            case OnnxElement.Int8: tensor.Values<sbyte>()[at] = (sbyte)Whole(column, index); break;
            case OnnxElement.UInt8: tensor.Values<byte>()[at] = (byte)Whole(column, index); break;
            case OnnxElement.UInt16: tensor.Values<ushort>()[at] = (ushort)Whole(column, index); break;
            case OnnxElement.UInt32: tensor.Values<uint>()[at] = (uint)Whole(column, index); break;
            case OnnxElement.UInt64: tensor.Values<ulong>()[at] = (ulong)Whole(column, index); break;
            case OnnxElement.Bool: tensor.Values<byte>()[at] = (byte)(column.Number(index) != 0 ? 1 : 0); break;
            default: tensor.Values<ushort>()[at] = (ushort)(BitConverter.SingleToUInt32Bits((float)column.Number(index)) >> 16); break;
        }
    }

    private static long Whole(LoggedColumn column, int index) => column.Values is long[] all ? all[index] : (long)column.Number(index);

    private static long[] Shape(TensorSpec spec, int count, int width)
    {
        long[] shape = [count, .. spec.Shape.Skip(1)];
        // What the graph leaves open takes what is there.
        var known = shape.Skip(1).Where(static dimension => dimension > 0).Aggregate(1L, static (all, one) => all * one);
        for (var i = 1; i < shape.Length; i++)
            if (shape[i] < 0) (shape[i], known) = (Math.Max(1, width / known), width);
        return shape;
    }

    private static LoggedColumn Row(LoggedColumn column, int row)
    {
        var width = column.Values.Length / (int)column.Shape[0];
        var values = Array.CreateInstance(column.Values.GetType().GetElementType()!, width);
        Array.Copy(column.Values, row * width, values, 0, width);
        return column with { Shape = [1, .. column.Shape.Skip(1)], Values = values };
    }

    private static Problem Mismatch(TensorSpec spec) => Problem.Invalid($"The log's values of '{spec.Name}' are not of the model's type {spec.Element}: the column is hashed or masked, and cannot be explained.");
}
