using Slipway.Engines.Duck;
using Slipway.Engines.Onnx;

namespace Slipway.Registry;

/// <summary>Which columns go into which inputs of a model: one input for each column, by name; or one tensor of all of them, in the signature's order.</summary>
internal sealed class ModelInputs
{
    private readonly OnnxModel model;
    private readonly List<(OnnxPort Port, List<string> Columns)> ports;

    private ModelInputs(OnnxModel model, List<(OnnxPort, List<string>)> ports, bool single) => (this.model, this.ports, RowByRow) = (model, ports, single);

    /// <summary>True for a model that takes one row at a time.</summary>
    public bool RowByRow { get; }

    /// <summary>Finds the columns, or says what is missing.</summary>
    public static ModelInputs Map(OnnxModel model, ScoredData data, ScoringPlan plan)
    {
        var ports = new List<(OnnxPort, List<string>)>();
        var rowByRow = false;
        foreach (var port in model.Inputs)
        {
            if (port.Type.Kind is not OnnxKind.Tensor || port.Type.Shape.Count is 0 or > 2) throw new UnscorableException($"The model's input '{port.Name}' is {port.Type}; only tensors of one or two dimensions can be filled from a table.");
            if (port.Type.Shape[0] > 1) throw new UnscorableException($"The model's input '{port.Name}' takes exactly {port.Type.Shape[0]} rows at a time; export it with a first dimension that varies.");
            rowByRow |= port.Type.Shape[0] == 1;
            _ = TypeOf(port);
            var width = port.Type.Shape.Count == 1 ? 1 : port.Type.Shape[1];
            ports.Add((port, Columns(model, port, width, data, plan)));
        }
        if (ports.Count == 0) throw new UnscorableException("The model has no inputs.");
        return new ModelInputs(model, ports, rowByRow);
    }

    /// <summary>What to read, in the order of the inputs.</summary>
    public IEnumerable<string> Expressions(ScoredData data) => ports.SelectMany(port => port.Columns.Select(column => data.As(column, TypeOf(port.Port))));

    /// <summary>How many columns <see cref="Expressions"/> are.</summary>
    public int Count => ports.Sum(static port => port.Columns.Count);

    /// <summary>Runs the model on rows of a chunk.</summary>
    public OnnxResults Run(DuckChunk chunk, int first, int rows)
    {
        var values = new List<OnnxValue>();
        try
        {
            var column = 0;
            foreach (var (port, columns) in ports)
            {
                values.Add(Fill(port, columns, chunk, column, first, rows));
                column += columns.Count;
            }
            return model.Run([.. values]);
        }
        finally
        {
            foreach (var value in values) value.Dispose();
        }
    }

    private static List<string> Columns(OnnxModel model, OnnxPort port, long width, ScoredData data, ScoringPlan plan)
    {
        if (width == 1 && data.Has(port.Name)) return [port.Name];
        if (model.Inputs.Count > 1) throw new UnscorableException($"The model has an input '{port.Name}', and the dataset no column of that name. It has {ScoredData.Some(data.Features)}.");
        var columns = plan.Columns is { Length: > 0 } said ? [.. said] : data.Features.ToList();
        if (columns.Find(name => !data.Has(name)) is { } missing) throw new UnscorableException($"The model's signature has a column '{missing}', and the dataset none of that name. It has {ScoredData.Some(data.Features)}.");
        if (width > 0 && columns.Count != width)
            throw new UnscorableException($"The model's input '{port.Name}' is {width} wide, and {(plan.Columns is { Length: > 0 } ? "its signature names" : "the dataset has")} {columns.Count} columns ({ScoredData.Some(columns)}). Log the model with a signature that names its columns in their order.");
        return columns.Count > 0 ? columns : throw new UnscorableException("The dataset has no column beside target, id and weight.");
    }

    private static OnnxValue Fill(OnnxPort port, List<string> columns, DuckChunk chunk, int column, int first, int rows)
    {
        long[] shape = port.Type.Shape.Count == 1 ? [rows] : [rows, columns.Count];
        return port.Type.Element switch
        {
            OnnxElement.Float => Numbers<float>(columns, chunk, column, first, rows, shape, float.NaN),
            OnnxElement.Double => Numbers<double>(columns, chunk, column, first, rows, shape, double.NaN),
            OnnxElement.Int64 => Numbers<long>(columns, chunk, column, first, rows, shape, null),
            OnnxElement.Int32 => Numbers<int>(columns, chunk, column, first, rows, shape, null),
            OnnxElement.Bool => Numbers<bool>(columns, chunk, column, first, rows, shape, null),
            _ => Texts(columns, chunk, column, first, rows, shape),
        };
    }

    private static OnnxValue Numbers<T>(List<string> columns, DuckChunk chunk, int column, int first, int rows, long[] shape, T? empty) where T : unmanaged
    {
        var value = OnnxValue.Zeros<T>(shape);
        var into = value.Span<T>();
        for (var c = 0; c < columns.Count; c++)
        {
            var from = chunk[column + c];
            var values = from.Values<T>();
            for (var row = 0; row < rows; row++)
                into[row * columns.Count + c] = from.HasNoNulls || !from.IsNull(first + row) ? values[first + row]
                    : empty ?? throw Emptied(value, columns[c]);
        }
        return value;
    }

    private static UnscorableException Emptied(OnnxValue value, string column)
    {
        value.Dispose();
        return new UnscorableException($"'{column}' is empty in some rows, and the model takes whole numbers there. Fill it as for training.");
    }

    private static OnnxValue Texts(List<string> columns, DuckChunk chunk, int column, int first, int rows, long[] shape)
    {
        var texts = new string[rows * columns.Count];
        for (var c = 0; c < columns.Count; c++)
            for (var row = 0; row < rows; row++) texts[row * columns.Count + c] = chunk[column + c].Text(first + row) ?? "";
        return OnnxValue.Strings(texts, shape);
    }

    private static string TypeOf(OnnxPort port) => port.Type.Element switch
    {
        OnnxElement.Float => "FLOAT",
        OnnxElement.Double => "DOUBLE",
        OnnxElement.Int64 => "BIGINT",
        OnnxElement.Int32 => "INTEGER",
        OnnxElement.Bool => "BOOLEAN",
        OnnxElement.String => "VARCHAR",
        _ => throw new UnscorableException($"The model's input '{port.Name}' holds {port.Type.Element}, which cannot be filled from a table; expected Float, Double, Int64, Int32, Bool or String."),
    };
}
