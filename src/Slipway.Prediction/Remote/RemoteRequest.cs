using System.Buffers;
using System.Net;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Prediction.Workers;

namespace Slipway.Prediction.Remote;

/// <summary>The body of a request to a server elsewhere.</summary>
internal static class RemoteRequest
{
    private static readonly JsonWriterOptions Unchecked = new() { SkipValidation = true };

    /// <summary>Open Inference: JSON, then the tensors' bytes.</summary>
    /// <returns>The bytes of JSON, and what follows them.</returns>
    public static (ArrayBufferWriter<byte> Header, List<(nint Start, long Bytes)> Parts) Oip(IReadOnlyList<TensorSpec> specs, TensorBatch inputs, TensorBatch staging)
    {
        var (header, parts) = (new ArrayBufferWriter<byte>(512), new List<(nint, long)>(inputs.Count));
        using var json = new Utf8JsonWriter(header, Unchecked);
        json.WriteStartObject();
        json.WriteStartObject("parameters");
        json.WriteBoolean("binary_data_output", true);
        json.WriteEndObject();
        json.WriteStartArray("inputs");
        for (var i = 0; i < inputs.Count; i++)
        {
            ref var tensor = ref inputs[i];
            var part = WireTensors.Out(ref tensor, staging);
            json.WriteStartObject();
            json.WriteString("name", specs[tensor.Port].Utf8Name);
            json.WriteString("datatype", WireTensors.Word(tensor.Element));
            json.WriteStartArray("shape");
            foreach (var size in tensor.Shape) json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteStartObject("parameters");
            json.WriteNumber("binary_data_size", part.Bytes);
            json.WriteEndObject();
            json.WriteEndObject();
            parts.Add(part);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return (header, parts);
    }

    /// <summary>The JSON dialects.</summary>
    public static ArrayBufferWriter<byte> Json(RemoteProtocol protocol, IReadOnlyList<TensorSpec> specs, TensorBatch inputs)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(body, Unchecked);
        json.WriteStartObject();
        if (protocol is RemoteProtocol.KserveV1) Instances(json, specs, inputs);
        else if (protocol is RemoteProtocol.Mlflow && IsTable(inputs)) Table(json, specs, inputs);
        else
        {
            json.WritePropertyName("inputs");
            if (inputs.Count == 1) Whole(json, ref inputs[0]);
            else
            {
                json.WriteStartObject();
                for (var i = 0; i < inputs.Count; i++)
                {
                    json.WritePropertyName(specs[inputs[i].Port].Utf8Name);
                    Whole(json, ref inputs[i]);
                }
                json.WriteEndObject();
            }
        }
        json.WriteEndObject();
        json.Flush();
        return body;
    }

    private static void Instances(Utf8JsonWriter json, IReadOnlyList<TensorSpec> specs, TensorBatch inputs)
    {
        json.WriteStartArray("instances");
        for (var row = 0; row < inputs.Rows; row++)
        {
            if (inputs.Count > 1) json.WriteStartObject();
            for (var i = 0; i < inputs.Count; i++)
            {
                if (inputs.Count > 1) json.WritePropertyName(specs[inputs[i].Port].Utf8Name);
                Row(json, ref inputs[i], row);
            }
            if (inputs.Count > 1) json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static bool IsTable(TensorBatch inputs)
    {
        for (var i = 0; i < inputs.Count; i++)
            if (inputs[i].Rank is 0 or > 2 || inputs[i].Rank == 2 && inputs[i].Dimensions[1] != 1) return false;
        return true;
    }

    private static void Table(Utf8JsonWriter json, IReadOnlyList<TensorSpec> specs, TensorBatch inputs)
    {
        json.WriteStartObject("dataframe_split");
        json.WriteStartArray("columns");
        for (var i = 0; i < inputs.Count; i++) json.WriteStringValue(specs[inputs[i].Port].Utf8Name);
        json.WriteEndArray();
        json.WriteStartArray("data");
        for (var row = 0; row < inputs.Rows; row++)
        {
            json.WriteStartArray();
            for (var i = 0; i < inputs.Count; i++) Value(json, ref inputs[i], row);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Whole(Utf8JsonWriter json, ref Tensor tensor)
    {
        var at = 0;
        Nested(json, ref tensor, 0, ref at);
    }

    private static void Row(Utf8JsonWriter json, ref Tensor tensor, int row)
    {
        var at = tensor.Rows == 0 ? 0 : (int)(row * (tensor.Count / tensor.Rows));
        Nested(json, ref tensor, 1, ref at);
    }

    private static void Nested(Utf8JsonWriter json, ref Tensor tensor, int dimension, ref int at)
    {
        if (dimension >= tensor.Rank)
        {
            Value(json, ref tensor, at++);
            return;
        }
        json.WriteStartArray();
        for (var i = 0L; i < tensor.Dimensions[dimension]; i++) Nested(json, ref tensor, dimension + 1, ref at);
        json.WriteEndArray();
    }

    private static void Value(Utf8JsonWriter json, ref Tensor tensor, int at)
    {
        switch (tensor.Element)
        {
            case OnnxElement.Float: Number(json, tensor.Values<float>()[at]); break;
            case OnnxElement.Double: Number(json, tensor.Values<double>()[at]); break;
            case OnnxElement.Float16: Number(json, (float)tensor.Values<Half>()[at]); break;
            case OnnxElement.Int64: json.WriteNumberValue(tensor.Values<long>()[at]); break;
            case OnnxElement.Int32: json.WriteNumberValue(tensor.Values<int>()[at]); break;
            case OnnxElement.Int16: json.WriteNumberValue(tensor.Values<short>()[at]); break;
            case OnnxElement.Int8: json.WriteNumberValue(tensor.Values<sbyte>()[at]); break;
            case OnnxElement.UInt64: json.WriteNumberValue(tensor.Values<ulong>()[at]); break;
            case OnnxElement.UInt32: json.WriteNumberValue(tensor.Values<uint>()[at]); break;
            case OnnxElement.UInt16: json.WriteNumberValue(tensor.Values<ushort>()[at]); break;
            case OnnxElement.UInt8: json.WriteNumberValue(tensor.Values<byte>()[at]); break;
            case OnnxElement.Bool: json.WriteBooleanValue(tensor.Values<bool>()[at]); break;
            case OnnxElement.String: json.WriteStringValue(tensor.Text(at)); break;
            default: throw new NotSupportedException($"{tensor.Element} has no form in JSON.");
        }
    }

    // Bare words, as these protocols have them.
    private static void Number(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteRawValue(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8, skipInputValidation: true);
    }

    private static void Number(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value)) json.WriteNumberValue(value);
        else Number(json, (double)value);
    }
}

/// <summary>JSON with tensors behind it, sent from where they lie. Whoever sends it holds the batches.</summary>
internal sealed class TensorContent(ReadOnlyMemory<byte> header, List<(nint Start, long Bytes)> parts) : HttpContent
{
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool begun;

    /// <summary>Done when nothing reads the tensors any more: an answer, or its caller's patience, may end before the sending does.</summary>
    public Task Over => begun ? over.Task : Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Write(stream, CancellationToken.None);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => Write(stream, cancellationToken);

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = header.Length;
        foreach (var (_, bytes) in parts) length += bytes;
        return true;
    }

    private async Task Write(Stream stream, CancellationToken ct)
    {
        begun = true;
        try
        {
            await stream.WriteAsync(header, ct);
            foreach (var (start, bytes) in parts)
                for (var at = 0L; at < bytes; at += 1 << 20) await stream.WriteAsync(new NativeBytes(start + (nint)at, (int)Math.Min(bytes - at, 1 << 20)).Memory, ct);
        }
        finally
        {
            over.TrySetResult();
        }
    }
}
