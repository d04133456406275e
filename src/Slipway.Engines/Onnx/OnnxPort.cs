using static Slipway.Engines.Onnx.OnnxApi;

namespace Slipway.Engines.Onnx;

/// <summary>What kind of value an input or output is, numbered as in ONNX Runtime.</summary>
public enum OnnxKind
{
    /// <summary>Unknown.</summary>
    Unknown = 0,
    /// <summary>A dense array of one element type.</summary>
    Tensor = 1,
    /// <summary>A list of values of one type.</summary>
    Sequence = 2,
    /// <summary>Keys and values, as classifiers with a ZipMap give.</summary>
    Map = 3,
    /// <summary>Something of a custom operator.</summary>
    Opaque = 4,
    /// <summary>A sparse array.</summary>
    SparseTensor = 5,
    /// <summary>A value that may be absent.</summary>
    Optional = 6,
}

/// <summary>One input or output of a model.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Type">What it holds.</param>
public sealed record OnnxPort(string Name, OnnxType Type);

/// <summary>A dimension of a tensor's type: a size, or the name of one that may vary.</summary>
/// <param name="Size">The size; -1 where it varies.</param>
/// <param name="Symbol">The name; "" where the size is fixed.</param>
public readonly record struct OnnxDimension(long Size, string Symbol)
{
    /// <summary>A fixed size.</summary>
    public static implicit operator OnnxDimension(int size) => new(size, "");

    /// <summary>A size that may vary.</summary>
    public static implicit operator OnnxDimension(string symbol) => new(-1, symbol);
}

/// <summary>The type of an input or output.</summary>
/// <param name="Kind">Tensor, sequence or map.</param>
/// <param name="Element">A tensor's element type; a map's key type.</param>
/// <param name="Shape">A tensor's dimensions; -1 where any size will do.</param>
/// <param name="Symbols">The dimensions' names (<c>batch</c>), "" where they have none.</param>
/// <param name="Inner">The element type of a sequence, the value type of a map.</param>
public sealed record OnnxType(OnnxKind Kind, OnnxElement Element, IReadOnlyList<long> Shape, IReadOnlyList<string> Symbols, OnnxType? Inner)
{
    /// <summary>A tensor's type; a dimension is a size or the name of one that may vary.</summary>
    public static OnnxType Tensor(OnnxElement element, params ReadOnlySpan<OnnxDimension> dimensions)
    {
        var shape = new long[dimensions.Length];
        var symbols = new string[dimensions.Length];
        for (var i = 0; i < shape.Length; i++) (shape[i], symbols[i]) = (dimensions[i].Size, dimensions[i].Symbol);
        return new(OnnxKind.Tensor, element, shape, symbols, null);
    }

    /// <summary>A list's type.</summary>
    public static OnnxType Sequence(OnnxType inner) => new(OnnxKind.Sequence, OnnxElement.Undefined, [], [], inner);

    /// <summary>A dictionary's type.</summary>
    public static OnnxType Map(OnnxElement key, OnnxType value) => new(OnnxKind.Map, key, [], [], value);

    /// <summary>Such as <c>Float[batch, 30]</c> or <c>Sequence(Map(Int64, Float[]))</c>.</summary>
    public override string ToString() => Kind switch
    {
        OnnxKind.Tensor => $"{Element}[{string.Join(", ", Shape.Select((size, i) => size >= 0 ? $"{size}" : Symbols[i] is { Length: > 0 } symbol ? symbol : "?"))}]",
        OnnxKind.Map => $"Map({Element}, {Inner})",
        OnnxKind.Sequence => $"Sequence({Inner})",
        _ => Kind.ToString(),
    };

    /// <summary>Reads a type the caller owns; releasing it stays the caller's.</summary>
    internal static unsafe OnnxType Read(nint type)
    {
        Check(GetKind(type, out var kind));
        switch ((OnnxKind)kind)
        {
            case OnnxKind.Tensor:
                Check(CastToTensorType(type, out var tensor));
                return ReadTensor(tensor);
            case OnnxKind.Sequence:
                Check(CastToSequenceType(type, out var sequence));
                Check(GetSequenceElement(sequence, out var element));
                return new(OnnxKind.Sequence, OnnxElement.Undefined, [], [], Owned(element));
            case OnnxKind.Map:
                Check(CastToMapType(type, out var map));
                Check(GetMapKey(map, out var key));
                Check(GetMapValue(map, out var value));
                return new(OnnxKind.Map, key, [], [], Owned(value));
            default:
                return new((OnnxKind)kind, OnnxElement.Undefined, [], [], null);
        }
    }

    internal static unsafe OnnxType Owned(nint type)
    {
        try
        {
            return Read(type);
        }
        finally
        {
            ReleaseType(type);
        }
    }

    internal static unsafe OnnxType ReadTensor(nint info)
    {
        Check(GetElement(info, out var element));
        Check(GetRank(info, out var rank));
        var shape = new long[rank];
        var symbols = new byte*[rank];
        fixed (long* dimensions = shape) Check(GetDimensions(info, dimensions, rank));
        fixed (byte** names = symbols) Check(GetSymbolicDimensions(info, names, rank));
        var texts = new string[rank];
        for (var i = 0; i < texts.Length; i++) texts[i] = Utf8(symbols[i]);
        return new(OnnxKind.Tensor, element, shape, texts, null);
    }
}
