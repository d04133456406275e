using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Slipway.Engines.Duck;
using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Cli.Score;

/// <summary>The columns that a model's outputs become, as the first run showed them.</summary>
internal sealed class ScoreOutputs
{
    /// <summary>The most columns: a tensor of more numbers a row is no table.</summary>
    public const int ColumnsMax = 10_000;

    private readonly List<(OnnxElement Element, int Width)> ports = [];

    /// <summary>Names and DuckDB's types.</summary>
    public List<(string Name, string Type)> Columns { get; } = [];

    /// <summary>Looks at a first answer.</summary>
    /// <param name="outputs">What came out.</param>
    /// <param name="specs">What was announced.</param>
    /// <param name="rows">Of how many rows.</param>
    /// <param name="taken">Names that the output has already.</param>
    public static Outcome<ScoreOutputs> Of(TensorBatch outputs, IReadOnlyList<TensorSpec> specs, int rows, IEnumerable<string> taken)
    {
        var names = taken.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var found = new ScoreOutputs();
        for (var i = 0; i < outputs.Count; i++)
        {
            ref var tensor = ref outputs[i];
            if (tensor.Count % rows != 0 || tensor.Count == 0) return Problem.Invalid($"The model's output '{NameOf(outputs, specs, i)}' has {tensor.Count} values for {rows} rows, which makes no columns.");
            var width = (int)(tensor.Count / rows);
            found.ports.Add((tensor.Element, width));
            if (found.Columns.Count + width > ColumnsMax) return Problem.Invalid($"The model's outputs have more than {ColumnsMax:N0} values a row, which makes no table.");
            for (var c = 0; c < width; c++)
            {
                var name = NameOf(outputs, specs, i) + (width == 1 ? "" : "_" + c.ToString(CultureInfo.InvariantCulture));
                while (!names.Add(name)) name += "_";
                found.Columns.Add((name, TypeOf(tensor.Element)));
            }
        }
        return found.Columns.Count > 0 ? found : Problem.Invalid("The model has no outputs.");
    }

    /// <summary>Null when an answer is like the first one, else how it differs.</summary>
    public string? Differs(TensorBatch outputs, int rows)
    {
        if (outputs.Count != ports.Count) return $"The model answers {outputs.Count} outputs, and {ports.Count} before.";
        for (var i = 0; i < ports.Count; i++)
            if (outputs[i].Element != ports[i].Element || outputs[i].Count != (long)rows * ports[i].Width)
                return $"The model answers {outputs[i].Count} values of {outputs[i].Element} for {rows} rows, and {ports[i].Width} of {ports[i].Element} a row before.";
        return null;
    }

    /// <summary>Adds the values of one row.</summary>
    public void Append(DuckAppender to, TensorBatch outputs, int row)
    {
        for (var i = 0; i < ports.Count; i++)
        {
            ref var tensor = ref outputs[i];
            for (var at = row * ports[i].Width; at < (row + 1) * ports[i].Width; at++) Append(to, ref tensor, at);
        }
    }

    private static void Append(DuckAppender to, ref Tensor tensor, int at)
    {
        switch (tensor.Element)
        {
            case OnnxElement.Float: to.Add(tensor.Values<float>()[at]); break;
            case OnnxElement.Double: to.Add(tensor.Values<double>()[at]); break;
            case OnnxElement.Float16: to.Add((float)tensor.Values<Half>()[at]); break;
            case OnnxElement.BFloat16: to.Add(BitConverter.Int32BitsToSingle(tensor.Values<ushort>()[at] << 16)); break;
            case OnnxElement.Int64: to.Add(tensor.Values<long>()[at]); break;
            case OnnxElement.Int32: to.Add((long)tensor.Values<int>()[at]); break;
            case OnnxElement.Int16: to.Add((long)tensor.Values<short>()[at]); break;
            case OnnxElement.Int8: to.Add((long)tensor.Values<sbyte>()[at]); break;
            case OnnxElement.UInt64: to.Add(tensor.Values<ulong>()[at]); break;
            case OnnxElement.UInt32: to.Add((long)tensor.Values<uint>()[at]); break;
            case OnnxElement.UInt16: to.Add((long)tensor.Values<ushort>()[at]); break;
            case OnnxElement.UInt8: to.Add((long)tensor.Values<byte>()[at]); break;
            case OnnxElement.Bool: to.Add(tensor.Values<bool>()[at]); break;
            default:
                var text = tensor.Text(at);
                to.Add(Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text)));
                break;
        }
    }

    private static string NameOf(TensorBatch outputs, IReadOnlyList<TensorSpec> specs, int index)
    {
        var port = outputs[index].Port;
        return outputs.NameOf(index) ?? (port >= 0 && port < specs.Count ? specs[port].Name : $"output_{index}");
    }

    private static string TypeOf(OnnxElement element) => element switch
    {
        OnnxElement.Float or OnnxElement.Float16 or OnnxElement.BFloat16 => "FLOAT",
        OnnxElement.Double => "DOUBLE",
        OnnxElement.UInt64 => "UBIGINT",
        OnnxElement.Bool => "BOOLEAN",
        OnnxElement.String => "VARCHAR",
        OnnxElement.Int32 => "INTEGER",
        _ => "BIGINT",
    };
}
