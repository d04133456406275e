using System.Text;
using Slipway.Engines.Duck;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using Slipway.Registry;

namespace Slipway.Cli.Score;

/// <summary>Which columns of a file go into which inputs of a model: one input for each column, by name; or one tensor of several columns, in order.</summary>
internal sealed class ScoreColumns
{
    private readonly List<(TensorSpec Spec, string[] Columns)> ports = [];
    private readonly Dictionary<string, DuckType> types;

    private ScoreColumns(Dictionary<string, DuckType> types) => this.types = types;

    /// <summary>Rows of a run, where the model takes a number of its own; else null.</summary>
    public int? RowsOfRun { get; private set; }

    /// <summary>Finds the columns, or says what is missing.</summary>
    /// <param name="inputs">The model's.</param>
    /// <param name="fields">The file's.</param>
    /// <param name="order">The columns of a model with one input, or null.</param>
    public static Outcome<ScoreColumns> Map(IReadOnlyList<TensorSpec> inputs, IReadOnlyList<DuckField> fields, IReadOnlyList<string>? order)
    {
        var map = new ScoreColumns(fields.ToDictionary(static field => field.Name, static field => field.Type, StringComparer.Ordinal));
        var all = ScoredData.Some(fields.Select(static field => field.Name));
        foreach (var spec in inputs)
        {
            if (spec.Shape.Length is 0 or > 2) return Problem.Invalid($"The model's input '{spec.Name}' has {spec.Shape.Length} dimensions; only inputs of one or two can be filled from a table.");
            if (spec.Shape[0] > 1) return Problem.Invalid($"The model's input '{spec.Name}' takes exactly {spec.Shape[0]} rows at a time; export it with a first dimension that varies.");
            if (Type(spec.Element) is null) return Problem.Invalid($"The model's input '{spec.Name}' holds {spec.Element}, which cannot be filled from a table.");
            if (spec.Shape[0] == 1) map.RowsOfRun = 1;
            var width = spec.Shape.Length == 1 ? 1 : spec.Shape[1];
            string[] columns;
            if (width is 1 or -1 && order is null && map.types.ContainsKey(spec.Name)) columns = [spec.Name];
            else if (inputs.Count > 1) return Problem.Invalid($"The model takes a column '{spec.Name}', and the file has none of that name. It has {all}.{Near(spec.Name, fields)}");
            else
            {
                columns = [.. order ?? [.. fields.Select(static field => field.Name)]];
                if (Array.Find(columns, name => !map.types.ContainsKey(name)) is { } missing) return Problem.Invalid($"The model takes a column '{missing}', and the file has none of that name. It has {all}.{Near(missing, fields)}");
                if (width >= 0 && columns.Length != width)
                    return Problem.Invalid($"The model's input '{spec.Name}' is {width} wide, and {(order is null ? "the file has" : "the signature or --columns names")} {columns.Length} columns ({ScoredData.Some(columns)}). Say which with --columns a,b,c.");
            }
            map.ports.Add((spec, columns));
        }
        return map;
    }

    /// <summary>What is read of each row, in the order of the inputs.</summary>
    public IEnumerable<string> Expressions() => ports.SelectMany(port => port.Columns.Select(column =>
        port.Spec.Element is OnnxElement.String && types[column] is DuckType.Blob ? Quoted(column) : $"TRY_CAST({Quoted(column)} AS {Type(port.Spec.Element)})"));

    /// <summary>How many <see cref="Expressions"/> there are.</summary>
    public int Count => ports.Sum(static port => port.Columns.Length);

    /// <summary>An expression: why the row cannot go into the model, or NULL.</summary>
    public string Fault()
    {
        var cases = ports.SelectMany(port => port.Columns.SelectMany(column => Faults(port.Spec, column))).ToList();
        return cases.Count == 0 ? "CAST(NULL AS VARCHAR)" : $"CASE {string.Join(' ', cases)} END";
    }

    /// <summary>Puts rows of a chunk into a batch; the expressions begin at column <paramref name="first"/>.</summary>
    public void Fill(TensorBatch into, DuckChunk chunk, int first, ReadOnlySpan<int> rows)
    {
        for (var port = 0; port < ports.Count; port++)
        {
            var (spec, columns) = ports[port];
            ReadOnlySpan<long> shape = spec.Shape.Length == 1 ? [rows.Length] : [rows.Length, columns.Length];
            switch (spec.Element)
            {
                case OnnxElement.Float: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, float.NaN); break;
                case OnnxElement.Double: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, double.NaN); break;
                case OnnxElement.Float16: Halves(into, port, shape, chunk, first, columns.Length, rows); break;
                case OnnxElement.Int64: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, 0L); break;
                case OnnxElement.Int32: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, 0); break;
                case OnnxElement.Int16: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, (short)0); break;
                case OnnxElement.Int8: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, (sbyte)0); break;
                case OnnxElement.UInt64: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, 0UL); break;
                case OnnxElement.UInt32: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, 0U); break;
                case OnnxElement.UInt16: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, (ushort)0); break;
                case OnnxElement.UInt8: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, (byte)0); break;
                case OnnxElement.Bool: Numbers(into, spec, port, shape, chunk, first, columns.Length, rows, false); break;
                default: Texts(into, port, shape, chunk, first, columns.Length, rows); break;
            }
            first += columns.Length;
        }
    }

    /// <summary>A name as SQL has it.</summary>
    public static string Quoted(string column) => "\"" + column.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static void Numbers<T>(TensorBatch into, TensorSpec spec, int port, ReadOnlySpan<long> shape, DuckChunk chunk, int first, int width, ReadOnlySpan<int> rows, T empty) where T : unmanaged
    {
        var values = into.AddNumbers(spec.Element, shape, port).Values<T>();
        for (var c = 0; c < width; c++)
        {
            var column = chunk[first + c];
            var from = column.Values<T>();
            for (var i = 0; i < rows.Length; i++) values[i * width + c] = column.HasNoNulls || !column.IsNull(rows[i]) ? from[rows[i]] : empty;
        }
    }

    private static void Halves(TensorBatch into, int port, ReadOnlySpan<long> shape, DuckChunk chunk, int first, int width, ReadOnlySpan<int> rows)
    {
        var values = into.AddNumbers(OnnxElement.Float16, shape, port).Values<Half>();
        for (var c = 0; c < width; c++)
        {
            var column = chunk[first + c];
            var from = column.Values<float>();
            for (var i = 0; i < rows.Length; i++) values[i * width + c] = column.IsNull(rows[i]) ? Half.NaN : (Half)from[rows[i]];
        }
    }

    private static unsafe void Texts(TensorBatch into, int port, ReadOnlySpan<long> shape, DuckChunk chunk, int first, int width, ReadOnlySpan<int> rows)
    {
        var (count, bytes) = (rows.Length * width, 0L);
        for (var c = 0; c < width; c++)
            foreach (var row in rows) bytes += chunk[first + c].Bytes(row).Length;
        var offsets = (int*)into.Take(4L * (count + 1));
        var data = into.Take(checked((int)bytes));
        var at = 0;
        for (var i = 0; i < rows.Length; i++)
            for (var c = 0; c < width; c++)
            {
                var text = chunk[first + c].Bytes(rows[i]);
                offsets[i * width + c] = at;
                text.CopyTo(new Span<byte>(data + at, text.Length));
                at += text.Length;
            }
        offsets[count] = at;
        ref var tensor = ref into.Add(OnnxElement.String, shape, port);
        tensor.Data = data;
        tensor.Bytes = at;
        tensor.Offsets = offsets;
    }

    private IEnumerable<string> Faults(TensorSpec spec, string column)
    {
        if (spec.Element is OnnxElement.String) yield break;
        var (name, type, whole) = (Quoted(column), Type(spec.Element)!, spec.Element is not (OnnxElement.Float or OnnxElement.Double or OnnxElement.Float16));
        if (whole) yield return $"WHEN {name} IS NULL THEN {Text($"'{column}' is empty, and the model takes {(spec.Element is OnnxElement.Bool ? "true or false" : "whole numbers")} there.")}";
        yield return $"WHEN {name} IS NOT NULL AND TRY_CAST({name} AS {type}) IS NULL THEN {Text($"'{column}' holds what is no {type}: ")} || left(CAST({name} AS VARCHAR), 100)";
        if (whole && spec.Element is not OnnxElement.Bool && types[column] is DuckType.Float or DuckType.Double or DuckType.Decimal or DuckType.VarChar)
            yield return $"WHEN TRY_CAST({name} AS DOUBLE) <> TRY_CAST({name} AS {type}) THEN {Text($"'{column}' is no whole number: ")} || left(CAST({name} AS VARCHAR), 100)";
    }

    private static string Text(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    private static string Near(string wanted, IReadOnlyList<DuckField> fields)
    {
        var near = fields.Select(field => (field.Name, Away: Distance(wanted, field.Name))).Where(one => one.Away <= Math.Max(1, wanted.Length / 3)).OrderBy(static one => one.Away).FirstOrDefault();
        return near.Name is null ? "" : $" Did you mean '{near.Name}'?";
    }

    /// <summary>How many characters must change, whatever their case; names are short.</summary>
    private static int Distance(string one, string other)
    {
        if (one.Length > 200 || other.Length > 200) return int.MaxValue;
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= other.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (Rune.ToLowerInvariant((Rune)Plain(one[i - 1])) == Rune.ToLowerInvariant((Rune)Plain(other[j - 1])) ? 0 : 1)));
        }
        return row[^1];
    }

    private static char Plain(char letter) => char.IsSurrogate(letter) ? '?' : letter;

    private static string? Type(OnnxElement element) => element switch
    {
        OnnxElement.Float or OnnxElement.Float16 => "FLOAT",
        OnnxElement.Double => "DOUBLE",
        OnnxElement.Int64 => "BIGINT",
        OnnxElement.Int32 => "INTEGER",
        OnnxElement.Int16 => "SMALLINT",
        OnnxElement.Int8 => "TINYINT",
        OnnxElement.UInt64 => "UBIGINT",
        OnnxElement.UInt32 => "UINTEGER",
        OnnxElement.UInt16 => "USMALLINT",
        OnnxElement.UInt8 => "UTINYINT",
        OnnxElement.Bool => "BOOLEAN",
        OnnxElement.String => "VARCHAR",
        _ => null,
    };
}
