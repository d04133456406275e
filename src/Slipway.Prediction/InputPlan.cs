using System.Text;

namespace Slipway.Prediction;

/// <summary>What MLflow calls the type of a column: which values it takes.</summary>
internal enum ColumnKind
{
    /// <summary>Whatever the graph's input takes.</summary>
    Any,
    /// <summary>Numbers; null is NaN.</summary>
    Double,
    /// <summary>Integers.</summary>
    Long,
    /// <summary>true and false.</summary>
    Boolean,
    /// <summary>Texts.</summary>
    String,
    /// <summary>Bytes, as base64.</summary>
    Binary,
    /// <summary>Times, ISO 8601.</summary>
    Datetime,
}

/// <summary>A column that people send, and where its values go.</summary>
/// <param name="Name">Its name; empty where nobody gave it one.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="TypeName">How messages call that.</param>
/// <param name="Port">Which input of the graph it belongs to.</param>
/// <param name="Offset">Where in that input's row its elements begin.</param>
/// <param name="Width">How many elements it has in a row; -1 when the first row says.</param>
/// <param name="Required">False when rows may lack it.</param>
internal sealed record ColumnSlot(string Name, ColumnKind Kind, string TypeName, int Port, int Offset, int Width, bool Required)
{
    /// <summary>The name as it stands on the wire.</summary>
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);
}

/// <summary>
/// How the columns that people send become the inputs of a graph: made once for a version that is loaded. Either each column is an input of its own, or several lie side by side in the rows of one.
/// </summary>
internal sealed class InputPlan
{
    private readonly Dictionary<string, int> byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup;
    private readonly int[] order;

    private InputPlan(IReadOnlyList<TensorSpec> inputs, ColumnSlot[] columns, bool signed, bool named)
    {
        (Inputs, Columns, Signed, Named) = (inputs, columns, signed, named);
        for (var i = 0; i < columns.Length; i++)
            if (named) byName.TryAdd(columns[i].Name, i);
        lookup = byName.GetAlternateLookup<ReadOnlySpan<char>>();
        order = new int[columns.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        Plain = inputs.Count == 1 && Array.TrueForAll(columns, static column => column.Width == 1 && column.Kind is ColumnKind.Double or ColumnKind.Any)
            && (inputs[0].Element.IsFloat() || Array.TrueForAll(columns, static column => column.Kind is ColumnKind.Any));
    }

    /// <summary>The graph's inputs.</summary>
    public IReadOnlyList<TensorSpec> Inputs { get; }

    /// <summary>The columns, in the signature's order.</summary>
    public ColumnSlot[] Columns { get; }

    /// <summary>Whether a signature names them: then others are refused.</summary>
    public bool Signed { get; }

    /// <summary>Whether columns have names at all.</summary>
    public bool Named { get; }

    /// <summary>Whether rows of all columns are simply rows of the one input.</summary>
    public bool Plain { get; }

    /// <summary>The same inputs, each one a column of its own: for who sends tensors by the graph's names.</summary>
    public InputPlan Tensors => field ??= Whole(Inputs);

    /// <summary>The names, for messages.</summary>
    public IEnumerable<string> Names => Columns.Select(static column => column.Name);

    /// <summary>The plan of a model.</summary>
    public static InputPlan Of(IReadOnlyList<TensorSpec> inputs, ModelColumns signature)
    {
        var columns = signature.Inputs.Where(static column => column.Shape is null && column.Name is not null).ToList();
        if (columns.Count == 0) return Unsigned(inputs);
        var taken = new HashSet<int>();
        var slots = new ColumnSlot?[columns.Count];
        // First by name; what is left lies side by side in the one input that is left, or goes to the inputs in order.
        for (var i = 0; i < slots.Length; i++)
            if (IndexOf(inputs, columns[i].Name!) is >= 0 and var port && Width(inputs[port]) is 1 or -1 && taken.Add(port)) slots[i] = Slot(columns[i], port, 0, 1);
        var free = Enumerable.Range(0, inputs.Count).Where(port => !taken.Contains(port)).ToList();
        var left = Enumerable.Range(0, slots.Length).Where(i => slots[i] is null).ToList();
        if (free.Count == 1)
            for (var i = 0; i < left.Count; i++) slots[left[i]] = Slot(columns[left[i]], free[0], i, 1);
        else
            for (var i = 0; i < left.Count && i < free.Count; i++) slots[left[i]] = Slot(columns[left[i]], free[i], 0, 1);
        return new InputPlan(inputs, [.. slots.OfType<ColumnSlot>()], signed: true, named: true);
    }

    /// <summary>The same inputs with names for the columns of the only one: those of the first record, for a model that knows none. Null when their number does not fit.</summary>
    public InputPlan? Renamed(IReadOnlyList<string> names)
    {
        if (Named || Inputs.Count != 1 || (Columns.Length > 0 && Columns.Length != names.Count)) return null;
        return new InputPlan(Inputs, [.. names.Select((name, i) => new ColumnSlot(name, ColumnKind.Any, Inputs[0].Element.Words(), 0, i, 1, true))], signed: false, named: true);
    }

    /// <summary>How many elements a row of an input has; -1 when any number will do.</summary>
    public static int Width(TensorSpec input)
    {
        var width = 1L;
        for (var i = 1; i < input.Shape.Length; i++)
        {
            if (input.Shape[i] < 0) return -1;
            width *= input.Shape[i];
        }
        return (int)Math.Min(width, int.MaxValue);
    }

    /// <summary>The column of this name.</summary>
    /// <param name="name">The name as it stands on the wire.</param>
    /// <param name="position">Where among its row's it stands: rows mostly have the same order, and then nothing is looked up.</param>
    /// <returns>-1 when there is none.</returns>
    public int Find(ReadOnlySpan<byte> name, int position)
    {
        if ((uint)position < (uint)order.Length)
        {
            // Others may write here at the same time: any value is a guess that is checked.
            var guess = order[position];
            if (name.SequenceEqual(Columns[guess].Utf8Name)) return guess;
        }
        Span<char> text = stackalloc char[256];
        int found;
        if (name.Length <= text.Length)
        {
            var length = Encoding.UTF8.GetChars(name, text);
            if (!lookup.TryGetValue(text[..length], out found)) return -1;
        }
        else if (!byName.TryGetValue(Encoding.UTF8.GetString(name), out found)) return -1;
        if ((uint)position < (uint)order.Length) order[position] = found;
        return found;
    }

    /// <summary>The input of this name, or -1.</summary>
    public int Port(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < Inputs.Count; i++)
            if (name.SequenceEqual(Inputs[i].Utf8Name)) return i;
        return -1;
    }

    private static InputPlan Unsigned(IReadOnlyList<TensorSpec> inputs)
    {
        if (inputs.Count == 1 && inputs[0].Shape.Length == 2 && inputs[0].Shape[1] != 1)
        {
            var width = (int)Math.Clamp(inputs[0].Shape[1], 0, 100_000);
            var many = Enumerable.Range(0, width).Select(i => new ColumnSlot("", ColumnKind.Any, inputs[0].Element.Words(), 0, i, 1, true));
            return new InputPlan(inputs, [.. many], signed: false, named: false);
        }
        return Whole(inputs);
    }

    private static InputPlan Whole(IReadOnlyList<TensorSpec> inputs) =>
        new(inputs, [.. inputs.Select(static (input, port) => new ColumnSlot(input.Name, ColumnKind.Any, input.Element.Words(), port, 0, Width(input), true))], signed: true, named: true);

    private static ColumnSlot Slot(ModelColumn column, int port, int offset, int width) =>
        new(column.Name!, Kind(column.Type), column.Type, port, offset, width, column.Required);

    private static ColumnKind Kind(string type) => type switch
    {
        "double" or "float" => ColumnKind.Double,
        "long" or "integer" => ColumnKind.Long,
        "boolean" => ColumnKind.Boolean,
        "string" => ColumnKind.String,
        "binary" => ColumnKind.Binary,
        "datetime" => ColumnKind.Datetime,
        _ => ColumnKind.Any,
    };

    private static int IndexOf(IReadOnlyList<TensorSpec> inputs, string name)
    {
        for (var i = 0; i < inputs.Count; i++)
            if (inputs[i].Name == name) return i;
        return -1;
    }
}
