using System.Text;
using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>The forms of tabular JSON that protocols share: lists of records, split tables, lists of rows, columns by name.</summary>
internal static unsafe class JsonRows
{
    private const int NameBytesMax = 1_024, ColumnsMax = 100_000;

    /// <summary>A list: of records, of rows, or simply a tensor.</summary>
    public static Problem? List(ref JsonCursor json, TensorBatch batch, InputPlan plan, string where, ErrorDetail detail)
    {
        if (json.Next() != '[') return Misfit.Of(detail, where, "an array", json.Seen());
        var look = json;
        look.At++;
        return look.Next() switch
        {
            (byte)'{' when plan.Columns.Length == 1 && IsBytes(look, plan) => Rows(ref json, batch, plan, where, detail, [0]),
            (byte)'{' => Records(ref json, batch, plan, where, detail),
            _ => Rows(ref json, batch, plan, where, detail, null),
        };
    }

    // {"b64": "..."} is a value, not a record.
    private static bool IsBytes(JsonCursor json, InputPlan plan)
    {
        json.At++;
        return json.Next() == '"' && json.Text(out var name) && name.Is("b64"u8) && !(plan.Named && plan.Find("b64"u8, -1) >= 0);
    }

    /// <summary>Records by column name.</summary>
    public static Problem? Records(ref JsonCursor json, TensorBatch batch, InputPlan plan, string where, ErrorDetail detail)
    {
        if (!json.Expect('[', $"an array in {where}")) return json.Problem;
        if (json.Take(']')) return new RowSink(plan, batch, where, detail, 1).Finish();
        if (PlanFor(ref json, ref plan, where, detail) is { } unfit) return unfit;
        var sink = new RowSink(plan, batch, where, detail);
        do
        {
            sink.Row();
            if (!Record(ref json, plan, ref sink)) return json.Problem ?? sink.Problem;
        }
        while (json.More(']'));
        return json.Problem ?? sink.Finish();
    }

    /// <summary>One record into the sink's row.</summary>
    public static bool Record(ref JsonCursor json, InputPlan plan, ref RowSink sink)
    {
        if (!json.Take('{')) return json.Broken($"an object for row {sink.Rows - 1:N0} of {sink.Where}");
        if (!json.Take('}'))
        {
            var position = 0;
            do
            {
                if (!json.Name(out var name)) return false;
                var column = name.Escaped ? name.Bytes() is { } plain ? plan.Find(plain, position) : -1 : plan.Find(name.Raw, position);
                position++;
                if (column < 0)
                {
                    if (plan.Signed) return json.Fail(sink.Unknown(name.ToString(), sink.Rows - 1));
                    if (!json.Skip()) return false;
                }
                else if (!sink.Put(column, ref json)) return false;
            }
            while (json.More('}'));
            if (json.Problem is not null) return false;
        }
        return sink.EndRow();
    }

    /// <summary>Rows as arrays in the columns' order, or in that of <paramref name="columns"/>.</summary>
    public static Problem? Rows(ref JsonCursor json, TensorBatch batch, InputPlan plan, string where, ErrorDetail detail, int[]? columns)
    {
        if (columns is null && plan.Inputs.Count == 1 && (plan.Plain || (plan.Columns is [{ Kind: ColumnKind.Any }])))
        {
            var spec = plan.Inputs[0];
            var begin = json;
            if (JsonTensor.Read(ref json, batch, spec.Element, spec.Shape, exact: false, 0, where, detail)) return null;
            // A missing value is NaN in a table, and an error in a tensor. Reading again is cheap: it happens once, on small bodies mostly.
            if (!plan.Plain || !spec.Element.IsFloat() || !Null(json)) return json.Problem;
            batch.Clear();
            json = begin;
        }
        if (!json.Expect('[', $"an array in {where}")) return json.Problem;
        var sink = new RowSink(plan, batch, where, detail);
        if (json.Take(']')) return sink.Finish();
        do
        {
            sink.Row();
            if (!Row(ref json, plan, ref sink, columns, detail)) return json.Problem ?? sink.Problem;
        }
        while (json.More(']'));
        return json.Problem ?? sink.Finish();
    }

    /// <summary>One row as an array into the sink's row.</summary>
    public static bool Row(ref JsonCursor json, InputPlan plan, ref RowSink sink, int[]? columns, ErrorDetail detail)
    {
        var width = columns?.Length ?? plan.Columns.Length;
        if (width == 1 && json.Next() != '[') return sink.Put(columns?[0] ?? 0, ref json);
        if (!json.Take('[')) return json.Fail(Misfit.Of(detail, $"{sink.Where}[{sink.Rows - 1}]", $"an array of {width:N0} values", json.Seen()));
        var position = 0;
        if (!json.Take(']'))
        {
            do
            {
                if (position >= width) return json.Fail(Misfit.Of(detail, $"{sink.Where}[{sink.Rows - 1}]", $"{width:N0} values", "more"));
                if (!sink.Put(columns?[position] ?? position, ref json)) return false;
                position++;
            }
            while (json.More(']'));
            if (json.Problem is not null) return false;
        }
        return position == width ? sink.EndRow() : json.Fail(Misfit.Of(detail, $"{sink.Where}[{sink.Rows - 1}]", $"{width:N0} values", $"{position:N0}"));
    }

    /// <summary>A table with its columns' names apart from the rows.</summary>
    public static Problem? Split(ref JsonCursor json, TensorBatch batch, InputPlan plan, string where, ErrorDetail detail)
    {
        if (!json.Expect('{', $"an object in {where}")) return json.Problem;
        List<string>? names = null;
        JsonCursor data = default;
        var (hasData, hasIndex, done) = (false, false, false);
        if (!json.Take('}'))
        {
            do
            {
                if (!json.Name(out var name)) return json.Problem;
                if (name.Is("columns"u8))
                {
                    if (names is not null) return Problem.Invalid($"{where}: 'columns' is there twice.");
                    if ((names = Names(ref json)) is null) return json.Problem;
                }
                else if (name.Is("data"u8))
                {
                    if (hasData) return Problem.Invalid($"{where}: 'data' is there twice.");
                    hasData = true;
                    if (names is not null)
                    {
                        // Mostly the names come first, and the rows are read once.
                        if ((Map(plan, names, where, detail, out var order) ?? Rows(ref json, batch, plan, where + ".data", detail, order)) is { } wrong) return wrong;
                        done = true;
                        continue;
                    }
                    data = json;
                    if (!json.Skip()) return json.Problem;
                }
                else if (name.Is("index"u8) && !hasIndex)
                {
                    hasIndex = true;
                    if (!json.Skip()) return json.Problem;
                }
                else return Misfit.Name(ErrorDetail.Full, where, "unknown key", name.ToString(), ["columns", "index", "data"]);
            }
            while (json.More('}'));
            if (json.Problem is not null) return json.Problem;
        }
        if (!hasData) return Problem.Invalid($"{where}: 'data' is missing; expected {{\"columns\": [...], \"data\": [[...]]}}.");
        if (done) return null;
        var mapped = Map(plan, names, where, detail, out var columns);
        return mapped ?? Rows(ref data, batch, plan, where + ".data", detail, columns);
    }

    /// <summary>An object of columns or tensors by name; what is no object is a tensor, or rows.</summary>
    public static Problem? Columns(ref JsonCursor json, TensorBatch batch, InputPlan plan, string where, ErrorDetail detail)
    {
        if (json.Next() != '{') return json.At[0] == '[' ? List(ref json, batch, plan, where, detail) : Single(ref json, batch, plan, where, detail);
        var look = json;
        look.At++;
        if (look.Next() == '}') return Misfit.Of(detail, where, "columns or tensors by name", "an empty object");
        if (!look.Name(out var first)) return look.Problem;
        var column = plan.Named ? plan.Find(first.Bytes() ?? [], -1) : -1;
        return column >= 0 && plan.Columns[column].Width == 1 ? ByColumn(ref json, batch, plan, where, detail) : ByTensor(ref json, batch, plan, where, detail);
    }

    private static Problem? Single(ref JsonCursor json, TensorBatch batch, InputPlan plan, string where, ErrorDetail detail)
    {
        if (plan.Inputs is not [{ } only]) return Misfit.Of(detail, where, "an object of tensors by name", json.Seen());
        return JsonTensor.Read(ref json, batch, only.Element, only.Shape, exact: false, 0, where, detail) ? null : json.Problem;
    }

    private static Problem? ByTensor(ref JsonCursor json, TensorBatch batch, InputPlan plan, string where, ErrorDetail detail)
    {
        var got = new bool[plan.Inputs.Count];
        json.Expect('{');
        do
        {
            if (!json.Name(out var name)) return json.Problem;
            var port = plan.Port(name.Bytes() ?? []);
            if (port < 0) return Misfit.Name(detail, where, "unknown input", name.ToString(), Names(plan));
            if (got[port]) return Problem.Invalid($"{where}: the input '{plan.Inputs[port].Name}' is there twice.");
            got[port] = true;
            var spec = plan.Inputs[port];
            if (!JsonTensor.Read(ref json, batch, spec.Element, spec.Shape, exact: false, port, $"{where}.{spec.Name}", detail)) return json.Problem;
        }
        while (json.More('}'));
        return json.Problem ?? AllThere(plan, got, where, detail) ?? SameRows(batch, plan, where, detail);
    }

    private static Problem? ByColumn(ref JsonCursor json, TensorBatch batch, InputPlan plan, string where, ErrorDetail detail)
    {
        var sink = new RowSink(plan, batch, where, detail);
        var got = new bool[plan.Columns.Length];
        long rows = -1;
        var position = 0;
        json.Expect('{');
        do
        {
            if (!json.Name(out var name)) return json.Problem;
            var column = plan.Find(name.Bytes() ?? [], position++);
            if (column < 0) return sink.Unknown(name.ToString(), -1);
            if (got[column]) return Problem.Invalid($"{where}: the column '{plan.Columns[column].Name}' is there twice.");
            got[column] = true;
            if (json.Next() != '[') return Misfit.Of(detail, $"{where}.{plan.Columns[column].Name}", "an array with a value for each row", json.Seen());
            json.At++;
            long row = 0;
            if (!json.Take(']'))
                do
                {
                    sink.At(row++);
                    if (!sink.Put(column, ref json)) return json.Problem ?? sink.Problem;
                }
                while (json.More(']'));
            if (json.Problem is not null) return json.Problem;
            if (rows >= 0 && rows != row) return Misfit.Of(detail, $"{where}.{plan.Columns[column].Name}", $"{rows:N0} values, as the other columns have", $"{row:N0}");
            rows = row;
        }
        while (json.More('}'));
        if (json.Problem is not null) return json.Problem;
        for (var i = 0; i < got.Length; i++)
        {
            if (got[i]) continue;
            if (plan.Columns[i].Required) return Misfit.Name(detail, where, "missing column", plan.Columns[i].Name, []);
            for (long row = 0; row < rows; row++)
            {
                sink.At(row);
                if (!sink.PutMissing(i)) return sink.Problem;
            }
        }
        return sink.Finish();
    }

    /// <summary>Each input has come.</summary>
    public static Problem? AllThere(InputPlan plan, ReadOnlySpan<bool> got, string where, ErrorDetail detail)
    {
        var missing = got.IndexOf(false);
        return missing < 0 ? null : Misfit.Name(detail, where, "missing input", plan.Inputs[missing].Name, []);
    }

    /// <summary>Inputs whose first dimension is free have as many rows as each other.</summary>
    public static Problem? SameRows(TensorBatch batch, InputPlan plan, string where, ErrorDetail detail)
    {
        long rows = -1;
        for (var i = 0; i < batch.Count; i++)
        {
            ref var tensor = ref batch[i];
            if (tensor.Rank == 0 || plan.Inputs[tensor.Port].Shape is not [-1, ..]) continue;
            if (rows >= 0 && tensor.Rows != rows) return Misfit.Of(detail, $"{where}.{plan.Inputs[tensor.Port].Name}", $"{rows:N0} rows, as the other inputs have", $"{tensor.Rows:N0}");
            rows = tensor.Rows;
        }
        return null;
    }

    /// <summary>The inputs' names.</summary>
    public static IEnumerable<string> Names(InputPlan plan) => plan.Inputs.Select(static input => input.Name);

    // The first record says which names are meant: columns, inputs of the graph, or those of a model that has none.
    private static Problem? PlanFor(ref JsonCursor json, ref InputPlan plan, string where, ErrorDetail detail)
    {
        if (json.Next() != '{') return Misfit.Of(detail, $"{where}[0]", "an object", json.Seen());
        var look = json;
        look.At++;
        if (look.Next() != '"' || !look.Name(out var first)) return null;
        var name = first.Bytes() ?? [];
        if (plan.Named && plan.Find(name, 0) >= 0) return null;
        if (plan.Port(name) >= 0)
        {
            plan = plan.Tensors;
            return null;
        }
        if (plan.Named) return null;
        var names = new List<string>();
        look = json;
        look.At++;
        do
        {
            if (!look.Name(out var one) || !look.Skip()) return look.Problem;
            if (names.Count == ColumnsMax || one.Raw.Length > NameBytesMax) return Problem.Invalid($"{where}[0]: a record has at most {ColumnsMax:N0} columns with names of at most {NameBytesMax:N0} bytes.");
            names.Add(one.ToString());
        }
        while (look.More('}'));
        if (look.Problem is not null) return look.Problem;
        if (plan.Renamed(names) is not { } renamed) return Misfit.Of(detail, $"{where}[0]", $"{plan.Columns.Length:N0} columns", $"{names.Count:N0}");
        plan = renamed;
        return null;
    }

    private static List<string>? Names(ref JsonCursor json)
    {
        var names = new List<string>();
        if (!json.Expect('[')) return null;
        if (json.Take(']')) return names;
        do
        {
            if (names.Count == ColumnsMax)
            {
                json.Fail(Problem.Invalid($"A table has at most {ColumnsMax:N0} columns."));
                return null;
            }
            if (json.Next() == '"')
            {
                if (!json.Text(out var name)) return null;
                if (name.Raw.Length > NameBytesMax)
                {
                    json.Fail(Problem.Invalid($"The name of a column has at most {NameBytesMax:N0} bytes, got {name.Raw.Length:N0}."));
                    return null;
                }
                names.Add(name.ToString());
                continue;
            }
            // Columns of a table without names are numbered.
            var before = json.Offset;
            var text = json.Seen();
            if (!json.Skip()) return null;
            names.Add(json.Offset - before > 20 ? "" : text);
        }
        while (json.More(']'));
        return json.Problem is null ? names : null;
    }

    private static Problem? Map(InputPlan plan, List<string>? names, string where, ErrorDetail detail, out int[]? columns)
    {
        columns = null;
        if (names is null || !plan.Named)
            return names is not null && plan.Columns.Length > 0 && names.Count != plan.Columns.Length ? Misfit.Of(detail, where + ".columns", $"{plan.Columns.Length:N0} columns", $"{names.Count:N0}") : null;
        var map = new int[names.Count];
        var used = new bool[plan.Columns.Length];
        var straight = names.Count == plan.Columns.Length;
        for (var i = 0; i < map.Length; i++)
        {
            map[i] = plan.Find(Encoding.UTF8.GetBytes(names[i]), i);
            if (map[i] < 0) return Misfit.Name(detail, where + ".columns", "unknown column", names[i], plan.Names);
            if (used[map[i]]) return Misfit.Name(detail, where + ".columns", "the column is there twice:", names[i], []);
            used[map[i]] = true;
            straight &= map[i] == i;
        }
        for (var i = 0; i < used.Length; i++)
            if (!used[i] && plan.Columns[i].Required) return Misfit.Name(detail, where + ".columns", "missing column", plan.Columns[i].Name, []);
        if (!straight) columns = map;
        return null;
    }

    // Whether the value that did not fit was a null.
    private static bool Null(JsonCursor json) => json.Next() == 'n';
}
