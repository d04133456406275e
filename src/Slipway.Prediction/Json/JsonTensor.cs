using System.Diagnostics.CodeAnalysis;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Json;

/// <summary>
/// A tensor from nested or flat arrays, read into the batch's memory in one pass: its shape is found and compared while the elements are read.
/// </summary>
internal unsafe ref struct JsonTensor
{
    private readonly TensorBatch batch;
    private readonly TensorShape wanted;
    private readonly int wantedRank;
    private readonly ErrorDetail detail;
    private readonly string where;
    private readonly OnnxElement element;
    private TensorShape dimensions, index;
    private int rank;
    private byte* data;
    private int* offsets;
    private long count, capacity, bytes, bytesMax;

    private JsonTensor(TensorBatch batch, OnnxElement element, scoped ReadOnlySpan<long> expected, string where, ErrorDetail detail)
    {
        this.batch = batch;
        this.element = element;
        expected.CopyTo(wanted);
        wantedRank = expected.Length;
        this.where = where;
        this.detail = detail;
        rank = -1;
        ((Span<long>)dimensions).Fill(-1);
    }

    /// <summary>Reads the value under the cursor and adds the tensor.</summary>
    /// <param name="json">Where the value stands.</param>
    /// <param name="batch">What gets the tensor.</param>
    /// <param name="element">The type of its elements: the model's.</param>
    /// <param name="expected">The shape it must have, -1 for any; a flat array of as many elements will do when <paramref name="exact"/>.</param>
    /// <param name="exact">The request stated the shape: it has no -1.</param>
    /// <param name="port">Which input it is.</param>
    /// <param name="where">The value's path, for messages.</param>
    /// <param name="detail">How much messages tell.</param>
    /// <returns>False after a fault, which the cursor holds.</returns>
    public static bool Read(ref JsonCursor json, TensorBatch batch, OnnxElement element, scoped ReadOnlySpan<long> expected, bool exact, int port, string where, ErrorDetail detail)
    {
        var reader = new JsonTensor(batch, element, expected, where, detail);
        var most = json.Left / 2 + 1; // an element and its comma; so a shape in a short body claims no memory
        if (exact)
        {
            var all = 1L;
            foreach (var dimension in expected) all = dimension < 0 || (dimension > 0 && all > long.MaxValue / dimension) ? long.MaxValue : all * dimension;
            reader.Reserve(Math.Max(1, Math.Min(all, most)), json.Left);
            if (!reader.Value(ref json)) return false;
            var flat = reader.rank == 1 && expected.Length != 1;
            if (reader.count != all || (!flat && !reader.Same(expected)))
                return json.Fail(Misfit.Of(detail, where, $"{all:N0} elements of shape {Elements.Shape(expected)}, nested or flat", $"{reader.count:N0} of shape {Elements.Shape(reader.Found)}", "Make shape and data agree."));
            reader.Add(port, expected);
            return true;
        }
        reader.Reserve(Math.Min(most, Math.Max(16, Floor(expected))), json.Left);
        if (!reader.Value(ref json)) return false;
        Span<long> shape = stackalloc long[TensorShape.RankMax];
        reader.Found.CopyTo(shape);
        var rank = Math.Max(0, reader.rank);
        // A column of n, or n rows of one: the same elements. And no rows have no width.
        if (rank == 1 && expected.Length > 1 && (reader.count == 0 || (expected.Length == 2 && expected[1] == 1)))
        {
            for (var i = 1; i < expected.Length; i++) shape[i] = Math.Max(expected[i], 1);
            rank = expected.Length;
        }
        else if (expected.Length == 1 && rank == 2 && shape[1] == 1) rank = 1;
        shape = shape[..rank];
        if (!Fits(shape, expected))
            return json.Fail(Misfit.Of(detail, where, $"shape {Elements.Shape(expected)}", $"shape {Elements.Shape(shape)}", rank == expected.Length - 1 ? "Put one more pair of brackets around it." : ""));
        reader.Add(port, shape);
        return true;
    }

    /// <summary>Whether a shape is one of those that a model takes.</summary>
    public static bool Fits(ReadOnlySpan<long> shape, ReadOnlySpan<long> expected)
    {
        if (shape.Length != expected.Length) return false;
        for (var i = 0; i < shape.Length; i++)
            if (expected[i] >= 0 && expected[i] != shape[i]) return false;
        return true;
    }

    [UnscopedRef]
    private readonly ReadOnlySpan<long> Found => ((ReadOnlySpan<long>)dimensions)[..Math.Max(0, rank)];

    private static long Floor(ReadOnlySpan<long> expected)
    {
        var floor = 1L;
        foreach (var dimension in expected) floor *= Math.Clamp(dimension, 1, 4_096);
        return Math.Min(floor, 65_536);
    }

    private readonly bool Same(ReadOnlySpan<long> shape) => Found.SequenceEqual(shape);

    private void Reserve(long elements, long left)
    {
        capacity = elements;
        if (element is OnnxElement.String)
        {
            // Texts never grow by undoing escapes, so that what is left of the body bounds them; most bodies hold one tensor.
            bytesMax = Math.Min(left, 256);
            data = batch.Take(bytesMax);
            offsets = (int*)batch.Take((elements + 1) * sizeof(int));
            offsets[0] = 0;
        }
        else data = batch.Take(elements * element.Bytes());
    }

    private void Add(int port, scoped ReadOnlySpan<long> shape)
    {
        ref var tensor = ref batch.Add(element, shape, port);
        tensor.Data = data;
        tensor.Bytes = element is OnnxElement.String ? bytes : count * element.Bytes();
        tensor.Offsets = offsets;
    }

    private bool Value(ref JsonCursor json)
    {
        if (json.Next() == '[') return Level(ref json, 0);
        rank = 0;
        return Leaf(ref json, single: true, out _);
    }

    private bool Level(ref JsonCursor json, int depth)
    {
        if (depth == TensorShape.RankMax) return json.Fail(Misfit.Of(detail, where, $"at most {TensorShape.RankMax} dimensions", "more"));
        json.At++;
        long found = 0;
        var next = json.Next();
        if (next == '[')
        {
            do
            {
                if (json.Next() != '[') return Ragged(ref json, depth, found, "an array like the others beside it", json.Seen());
                index[depth] = found;
                if (!Level(ref json, depth + 1)) return false;
                found++;
            }
            while (json.More(']'));
            if (json.Problem is not null) return false;
        }
        else if (next == ']')
        {
            json.At++;
            if (rank < depth + 1) rank = depth + 1;
        }
        else
        {
            if (rank >= 0 && rank != depth + 1) return Ragged(ref json, depth, -1, "arrays of the same depth", json.Seen());
            rank = depth + 1;
            if (!Leaf(ref json, single: false, out found)) return false;
        }
        if (dimensions[depth] < 0)
        {
            dimensions[depth] = found;
            // Inner dimensions are known after the first row: a wrong width is not read to its end.
            return depth == 0 || rank != wantedRank || wanted[depth] < 0 || wanted[depth] == found || Ragged(ref json, depth, -1, $"{wanted[depth]:N0} elements", $"{found:N0}");
        }
        return dimensions[depth] == found || Ragged(ref json, depth, -1, $"{dimensions[depth]:N0} elements, as before", $"{found:N0}");
    }

    private readonly string Path(int depth, long last)
    {
        var path = new System.Text.StringBuilder(where);
        for (var i = 0; i < depth; i++) path.Append('[').Append(index[i]).Append(']');
        if (last >= 0) path.Append('[').Append(last).Append(']');
        return path.ToString();
    }

    private readonly bool Ragged(ref JsonCursor json, int depth, long last, string wanted, string got) => json.Fail(Misfit.Of(detail, Path(depth, last), wanted, got));

    private bool Leaf(ref JsonCursor json, bool single, out long found) => element switch
    {
        OnnxElement.Float => Numbers<float>(ref json, single, out found),
        OnnxElement.Double => Numbers<double>(ref json, single, out found),
        OnnxElement.Int64 => Numbers<long>(ref json, single, out found),
        OnnxElement.Int32 => Numbers<int>(ref json, single, out found),
        OnnxElement.String => Texts(ref json, single, out found),
        OnnxElement.Bool => Numbers<bool>(ref json, single, out found),
        OnnxElement.UInt8 => Numbers<byte>(ref json, single, out found),
        OnnxElement.Int8 => Numbers<sbyte>(ref json, single, out found),
        OnnxElement.UInt16 => Numbers<ushort>(ref json, single, out found),
        OnnxElement.Int16 => Numbers<short>(ref json, single, out found),
        OnnxElement.UInt32 => Numbers<uint>(ref json, single, out found),
        OnnxElement.UInt64 => Numbers<ulong>(ref json, single, out found),
        OnnxElement.Float16 => Numbers<Half>(ref json, single, out found),
        OnnxElement.BFloat16 => Numbers<Brain>(ref json, single, out found),
        _ => throw new NotSupportedException($"A tensor of {element} is not read from JSON."),
    };

    private bool Numbers<T>(ref JsonCursor json, bool single, out long found) where T : unmanaged
    {
        var begin = count;
        var at = json.At;
        while (true)
        {
            if (count == capacity) Grow();
            var after = JsonElementReader.Read(at, (T*)data + count);
            if (after == null) return Wrong(ref json, at, single, found = count - begin);
            count++;
            at = after;
            if (single) break;
            if (*at == ',') at++;
            else
            {
                json.At = at;
                if (json.Next() == ']') { at = json.At + 1; break; }
                if (*json.At != ',') return Wrong(ref json, after, single, found = count - begin);
                at = json.At + 1;
            }
            if (*at <= ' ')
            {
                json.At = at;
                json.Next();
                at = json.At;
            }
        }
        json.At = at;
        found = count - begin;
        return true;
    }

    private bool Texts(ref JsonCursor json, bool single, out long found)
    {
        var begin = count;
        found = 0;
        do
        {
            json.Next();
            if (*json.At != '"') return Wrong(ref json, json.At, single, count - begin);
            if (!json.Text(out var text)) return false;
            if (count == capacity) Grow();
            var most = bytes + text.Raw.Length;
            if (most > bytesMax)
            {
                if (most > int.MaxValue) return json.Fail(Problem.TooLarge($"{where}: the texts of a tensor have at most 2 GB together."));
                var more = Math.Max(most, bytesMax * 2);
                data = batch.Grow(data, bytes, more);
                bytesMax = more;
            }
            var written = text.Write(data + bytes);
            if (written < 0) return json.Fail(Misfit.Of(detail, Path(rank - 1, count - begin), "a text", "a wrong escape or half of a surrogate pair"));
            bytes += written;
            offsets[++count] = (int)bytes;
            if (single) break;
        }
        while (json.More(']'));
        found = count - begin;
        return json.Problem is null;
    }

    private void Grow()
    {
        var more = capacity * 2;
        if (element is OnnxElement.String) offsets = (int*)batch.Grow((byte*)offsets, (count + 1) * sizeof(int), (more + 1) * sizeof(int));
        else data = batch.Grow(data, count * element.Bytes(), more * element.Bytes());
        capacity = more;
    }

    private readonly bool Wrong(ref JsonCursor json, byte* at, bool single, long position)
    {
        json.At = at;
        var got = json.Seen();
        var before = new JsonCursor(at, json.Left);
        // What is no JSON at all is said so; a value of another kind is a misfit.
        if (!before.Skip() && before.Problem is { } broken && !got.StartsWith("text", StringComparison.Ordinal) && got is not ("null" or "NaN" or "Infinity" or "-Infinity"))
            return json.Broken(broken.Message.Contains("expected a value", StringComparison.Ordinal) ? element.Words() : "JSON");
        return json.Fail(Misfit.Of(detail, single ? where : Path(rank - 1, position), element.Words(), got, Advice(got)));
    }

    private readonly string Advice(string got) =>
        element.IsInteger() && double.TryParse(got, out _) ? "Integers have no fraction or exponent and must fit the type."
        : element.IsFloat() && got == "null" ? "Send NaN where a value is missing."
        : element is OnnxElement.Bool && got is "0" or "1" ? "Send true or false." : "";
}
