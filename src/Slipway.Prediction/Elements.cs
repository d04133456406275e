using Slipway.Engines.Onnx;

namespace Slipway.Prediction;

/// <summary>The names that protocols and signatures have for element types.</summary>
internal static class Elements
{
    /// <summary>The Open Inference Protocol's name.</summary>
    public static string Oip(this OnnxElement element) => element switch
    {
        OnnxElement.Bool => "BOOL",
        OnnxElement.UInt8 => "UINT8",
        OnnxElement.UInt16 => "UINT16",
        OnnxElement.UInt32 => "UINT32",
        OnnxElement.UInt64 => "UINT64",
        OnnxElement.Int8 => "INT8",
        OnnxElement.Int16 => "INT16",
        OnnxElement.Int32 => "INT32",
        OnnxElement.Int64 => "INT64",
        OnnxElement.Float16 => "FP16",
        OnnxElement.BFloat16 => "BF16",
        OnnxElement.Float => "FP32",
        OnnxElement.Double => "FP64",
        _ => "BYTES",
    };

    /// <summary>TensorFlow's name.</summary>
    public static string TensorFlow(this OnnxElement element) => element switch
    {
        OnnxElement.Bool => "DT_BOOL",
        OnnxElement.UInt8 => "DT_UINT8",
        OnnxElement.UInt16 => "DT_UINT16",
        OnnxElement.UInt32 => "DT_UINT32",
        OnnxElement.UInt64 => "DT_UINT64",
        OnnxElement.Int8 => "DT_INT8",
        OnnxElement.Int16 => "DT_INT16",
        OnnxElement.Int32 => "DT_INT32",
        OnnxElement.Int64 => "DT_INT64",
        OnnxElement.Float16 => "DT_HALF",
        OnnxElement.BFloat16 => "DT_BFLOAT16",
        OnnxElement.Float => "DT_FLOAT",
        OnnxElement.Double => "DT_DOUBLE",
        _ => "DT_STRING",
    };

    /// <summary>The element type of an Open Inference name, or Undefined.</summary>
    public static OnnxElement OfOip(ReadOnlySpan<byte> name) => name switch
    {
        [(byte)'F', (byte)'P', (byte)'3', (byte)'2'] => OnnxElement.Float,
        [(byte)'F', (byte)'P', (byte)'6', (byte)'4'] => OnnxElement.Double,
        [(byte)'F', (byte)'P', (byte)'1', (byte)'6'] => OnnxElement.Float16,
        [(byte)'B', (byte)'F', (byte)'1', (byte)'6'] => OnnxElement.BFloat16,
        _ when name.SequenceEqual("INT64"u8) => OnnxElement.Int64,
        _ when name.SequenceEqual("INT32"u8) => OnnxElement.Int32,
        _ when name.SequenceEqual("BYTES"u8) => OnnxElement.String,
        _ when name.SequenceEqual("BOOL"u8) => OnnxElement.Bool,
        _ when name.SequenceEqual("UINT8"u8) => OnnxElement.UInt8,
        _ when name.SequenceEqual("INT8"u8) => OnnxElement.Int8,
        _ when name.SequenceEqual("UINT16"u8) => OnnxElement.UInt16,
        _ when name.SequenceEqual("INT16"u8) => OnnxElement.Int16,
        _ when name.SequenceEqual("UINT32"u8) => OnnxElement.UInt32,
        _ when name.SequenceEqual("UINT64"u8) => OnnxElement.UInt64,
        _ => OnnxElement.Undefined,
    };

    /// <summary>Whether it counts whole numbers.</summary>
    public static bool IsInteger(this OnnxElement element) => element is OnnxElement.Int8 or OnnxElement.Int16 or OnnxElement.Int32 or OnnxElement.Int64
        or OnnxElement.UInt8 or OnnxElement.UInt16 or OnnxElement.UInt32 or OnnxElement.UInt64;

    /// <summary>Whether it has fractions.</summary>
    public static bool IsFloat(this OnnxElement element) => element is OnnxElement.Float or OnnxElement.Double or OnnxElement.Float16 or OnnxElement.BFloat16;

    /// <summary>What a value in a message is called.</summary>
    public static string Words(this OnnxElement element) => element switch
    {
        OnnxElement.String => "a text",
        OnnxElement.Bool => "true or false",
        _ when element.IsInteger() => $"an integer ({element.Oip()})",
        _ => $"a number ({element.Oip()})",
    };

    /// <summary>A shape as people write it: [-1, 30].</summary>
    public static string Shape(ReadOnlySpan<long> shape)
    {
        var text = new System.Text.StringBuilder("[");
        for (var i = 0; i < shape.Length; i++) text.Append(i == 0 ? "" : ", ").Append(shape[i]);
        return text.Append(']').ToString();
    }
}
