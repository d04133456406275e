using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Prediction;

namespace Slipway.Models;

/// <summary>Between a type's properties and a model's tensors: compared once when a version is loaded, compiled then, so that a call looks nothing up.</summary>
internal sealed class ColumnBinding<TIn, TOut>
{
    private readonly List<(ColumnSlot Slot, Func<TIn, double>? Number, Func<TIn, string?>? Text)> inputs = [];
    private readonly List<(int Port, int Width, Action<object, double[]>? Numbers, Action<object, string>? Text, Action<object, long>? Whole)> outputs = [];
    private readonly ServedModel model;
    private readonly Func<object> make;

    /// <exception cref="InvalidOperationException">The types do not fit the signature; the message says every difference.</exception>
    public ColumnBinding(ServedModel model)
    {
        this.model = model;
        List<string> wrong = [];
        var properties = typeof(TIn).GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var slot in model.Plan.Columns)
        {
            var property = Named(properties, slot.Name) ?? (model.Plan.Columns.Length == 1 && properties.Length == 1 ? properties[0] : null);
            if (property is null)
            {
                if (slot.Required) wrong.Add($"column '{slot.Name}': expected a property of {typeof(TIn).Name} with this name or [SlipwayColumn(\"{slot.Name}\")], got none");
                else inputs.Add((slot, slot.Kind is ColumnKind.String ? null : static _ => double.NaN, slot.Kind is ColumnKind.String ? static _ => "" : null));
                continue;
            }
            if (slot.Width != 1) wrong.Add($"column '{slot.Name}': tensors of {(slot.Width < 0 ? "any number of" : slot.Width.ToString(System.Globalization.CultureInfo.InvariantCulture))} values a row are not bound to properties; serve the model by an endpoint");
            else if (model.Plan.Inputs[slot.Port].Element is OnnxElement.String)
            {
                if (property.PropertyType == typeof(string)) inputs.Add((slot, null, Getter<string?>(property)));
                else wrong.Add($"column '{slot.Name}': expected a property of type string, got {property.PropertyType.Name}");
            }
            else if (Numeric(property.PropertyType)) inputs.Add((slot, Getter<double>(property), null));
            else wrong.Add($"column '{slot.Name}': expected a number or bool, got {property.PropertyType.Name}");
        }
        var named = typeof(TOut).GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var property in named) Bind(property, named.Length == 1, wrong);
        if (wrong.Count > 0) throw new InvalidOperationException($"{typeof(TIn).Name} and {typeof(TOut).Name} do not fit version {model.Version} of '{model.Name}': {string.Join("; ", wrong)}. Run `slipway models codegen {model.Name}/{model.Version}` for types that fit.");
        make = Maker();
    }

    /// <summary>Writes rows into a model's inputs.</summary>
    public unsafe void Write(TensorBatch batch, IReadOnlyList<TIn> rows)
    {
        for (var port = 0; port < model.Plan.Inputs.Count; port++)
        {
            var spec = model.Plan.Inputs[port];
            var width = InputPlan.Width(spec) is > 0 and var fixedWidth ? fixedWidth : inputs.Where(one => one.Slot.Port == port).Sum(static one => one.Slot.Width);
            long[] shape = spec.Shape.Length <= 1 ? [rows.Count] : [rows.Count, .. spec.Shape.Skip(1).Select((dimension, i) => dimension > 0 ? dimension : i == spec.Shape.Length - 2 ? width : 1)];
            if (spec.Element is OnnxElement.String)
            {
                Texts(batch, port, shape, rows, width);
                continue;
            }
            batch.AddNumbers(spec.Element, shape, port);
            ref var tensor = ref batch[batch.Count - 1];
            foreach (var (slot, number, _) in inputs)
            {
                if (slot.Port != port || number is null) continue;
                for (var row = 0; row < rows.Count; row++) Put(ref tensor, row * width + slot.Offset, number(rows[row]));
            }
        }
    }

    /// <summary>Reads a model's outputs as one object a row.</summary>
    public TOut[] Read(TensorBatch batch, int rows)
    {
        var all = new object[rows];
        for (var i = 0; i < rows; i++) all[i] = make();
        foreach (var (port, _, numbers, text, whole) in outputs)
            for (var at = 0; at < batch.Count; at++)
            {
                ref var tensor = ref batch[at];
                if (tensor.Port != port) continue;
                var width = (int)(tensor.Count / Math.Max(1, rows));
                for (var row = 0; row < rows; row++)
                {
                    if (text is not null) text(all[row], tensor.Element is OnnxElement.String ? Encoding.UTF8.GetString(tensor.Text(row * width)) : Number(ref tensor, row * width).ToString(System.Globalization.CultureInfo.InvariantCulture));
                    else if (whole is not null) whole(all[row], tensor.Element is OnnxElement.Int64 ? tensor.Values<long>()[row * width] : (long)Number(ref tensor, row * width));
                    else if (numbers is not null)
                    {
                        var values = new double[width];
                        for (var i = 0; i < width; i++) values[i] = Number(ref tensor, row * width + i);
                        numbers(all[row], values);
                    }
                }
            }
        return Array.ConvertAll(all, static one => (TOut)one);
    }

    private void Bind(PropertyInfo property, bool only, List<string> wrong)
    {
        var ports = model.Runtime.Outputs;
        var port = -1;
        for (var i = 0; i < ports.Count; i++)
            if (Same(NameOf(property), ports[i].Name)) port = i;
        // A model with one output answers whatever the signature calls it.
        if (port < 0 && (ports.Count == 1 || only)) port = ports.Count - 1;
        if (port < 0)
        {
            wrong.Add($"property '{property.Name}' of {typeof(TOut).Name}: expected an output of this name among {string.Join(", ", ports.Select(static one => $"'{one.Name}'"))}");
            return;
        }
        if (!property.CanWrite)
        {
            wrong.Add($"property '{property.Name}' of {typeof(TOut).Name} cannot be written");
            return;
        }
        var type = property.PropertyType;
        if (type == typeof(string)) outputs.Add((port, 1, null, (of, text) => property.SetValue(of, text), null));
        else if (type == typeof(long) || type == typeof(int)) outputs.Add((port, 1, null, null, type == typeof(long) ? Setter<long>(property) : (of, value) => property.SetValue(of, checked((int)value))));
        else if (type == typeof(float[])) outputs.Add((port, -1, (of, values) => property.SetValue(of, Array.ConvertAll(values, static value => (float)value)), null, null));
        else if (type == typeof(double[])) outputs.Add((port, -1, (of, values) => property.SetValue(of, values), null, null));
        else if (type == typeof(float) || type == typeof(double) || type == typeof(bool))
        {
            var set = SetNumber(property);
            // The last column of several is the probability of the positive class.
            outputs.Add((port, 1, (of, values) => set(of, values[^1]), null, null));
        }
        else wrong.Add($"property '{property.Name}' of {typeof(TOut).Name}: expected float, double, long, int, bool, string, float[] or double[], got {type.Name}");
    }

    private unsafe void Texts(TensorBatch batch, int port, long[] shape, IReadOnlyList<TIn> rows, int width)
    {
        var bound = inputs.Where(one => one.Slot.Port == port && one.Text is not null).OrderBy(static one => one.Slot.Offset).ToList();
        var texts = new byte[rows.Count * width][];
        Array.Fill(texts, []);
        for (var row = 0; row < rows.Count; row++)
            foreach (var (slot, _, text) in bound) texts[row * width + slot.Offset] = Encoding.UTF8.GetBytes(text!(rows[row]) ?? "");
        ref var tensor = ref batch.Add(OnnxElement.String, shape, port);
        tensor.Bytes = texts.Sum(static text => (long)text.Length);
        tensor.Data = batch.Take(Math.Max(1, tensor.Bytes));
        tensor.Offsets = (int*)batch.Take((texts.Length + 1) * sizeof(int));
        tensor.Offsets[0] = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i].CopyTo(new Span<byte>(tensor.Data + tensor.Offsets[i], texts[i].Length));
            tensor.Offsets[i + 1] = tensor.Offsets[i] + texts[i].Length;
        }
    }

    private static void Put(ref Tensor tensor, int at, double value)
    {
        switch (tensor.Element)
        {
            case OnnxElement.Float: tensor.Values<float>()[at] = (float)value; break;
            case OnnxElement.Double: tensor.Values<double>()[at] = value; break;
            case OnnxElement.Float16: tensor.Values<Half>()[at] = (Half)value; break;
            case OnnxElement.Int64: tensor.Values<long>()[at] = (long)value; break;
            case OnnxElement.Int32: tensor.Values<int>()[at] = (int)value; break;
            case OnnxElement.Int16: tensor.Values<short>()[at] = (short)value; break;
            case OnnxElement.Int8: tensor.Values<sbyte>()[at] = (sbyte)value; break;
            case OnnxElement.UInt8 or OnnxElement.Bool: tensor.Values<byte>()[at] = (byte)value; break;
            case OnnxElement.UInt16: tensor.Values<ushort>()[at] = (ushort)value; break;
            case OnnxElement.UInt32: tensor.Values<uint>()[at] = (uint)value; break;
            case OnnxElement.UInt64: tensor.Values<ulong>()[at] = (ulong)value; break;
            default: throw new NotSupportedException($"Inputs of {tensor.Element} are not bound to properties.");
        }
    }

    private static double Number(ref Tensor tensor, int at) => tensor.Element switch
    {
        OnnxElement.Float => tensor.Values<float>()[at],
        OnnxElement.Double => tensor.Values<double>()[at],
        OnnxElement.Int64 => tensor.Values<long>()[at],
        OnnxElement.Int32 => tensor.Values<int>()[at],
        OnnxElement.Float16 => (double)tensor.Values<Half>()[at],
        OnnxElement.Bool or OnnxElement.UInt8 => tensor.Values<byte>()[at],
        _ => throw new NotSupportedException($"Outputs of {tensor.Element} are not bound to properties."),
    };

    private static Func<TIn, T> Getter<T>(PropertyInfo property)
    {
        var of = Expression.Parameter(typeof(TIn));
        Expression value = Expression.Property(of, property);
        if (Nullable.GetUnderlyingType(property.PropertyType) is { } inner)
        {
            var given = Convert(Expression.Property(value, "Value"), inner);
            value = Expression.Condition(Expression.Property(value, "HasValue"), given, Expression.Constant(double.NaN));
        }
        else if (typeof(T) == typeof(double)) value = Convert(value, property.PropertyType);
        return Expression.Lambda<Func<TIn, T>>(value, of).Compile();
    }

    private static Expression Convert(Expression value, Type type) => type == typeof(bool) ? Expression.Condition(value, Expression.Constant(1.0), Expression.Constant(0.0)) : Expression.Convert(value, typeof(double));

    private static Action<object, T> Setter<T>(PropertyInfo property) => (of, value) => property.SetValue(of, value);

    private static Action<object, double> SetNumber(PropertyInfo property) => property.PropertyType == typeof(float) ? (of, value) => property.SetValue(of, (float)value)
        : property.PropertyType == typeof(bool) ? (of, value) => property.SetValue(of, value != 0) : (of, value) => property.SetValue(of, value);

    private static Func<object> Maker()
    {
        // A record with positions has no constructor without any: its fields are filled by their setters.
        if (typeof(TOut).GetConstructor(Type.EmptyTypes) is not null || typeof(TOut).IsValueType) return static () => Activator.CreateInstance<TOut>()!;
        return static () => System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(typeof(TOut));
    }

    private static PropertyInfo? Named(PropertyInfo[] properties, string name) => Array.Find(properties, property => Same(NameOf(property), name));

    private static string NameOf(PropertyInfo property) => property.GetCustomAttribute<SlipwayColumnAttribute>()?.Name ?? property.Name;

    private static bool Same(string mine, string theirs) => string.Equals(mine, theirs, StringComparison.OrdinalIgnoreCase) || string.Equals(mine, theirs.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

    private static bool Numeric(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var inner && (inner == typeof(bool) || inner.IsPrimitive && inner != typeof(char) && inner != typeof(nint) && inner != typeof(nuint));
}
