using System.Text;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Prediction.Workers;

namespace Slipway.Prediction.Remote;

/// <summary>What a server elsewhere answers, as tensors. It is believed in nothing: another length or type than announced is a failure, not a crash.</summary>
internal static class RemoteAnswer
{
    /// <summary>The deepest nesting of values.</summary>
    private const int RankMax = TensorShape.RankMax;

    /// <summary>Open Inference: tensors in JSON, or behind it.</summary>
    public static unsafe Problem? Oip(ReadOnlySpan<byte> body, int headerBytes, IReadOnlyList<TensorSpec> specs, TensorBatch outputs, TensorBatch staging)
    {
        if (headerBytes < 0 || headerBytes > body.Length) return Odd("a header that is longer than its answer");
        using var json = Parse(body[..headerBytes]);
        if (json is null || json.RootElement.ValueKind is not JsonValueKind.Object || !json.RootElement.TryGetProperty("outputs", out var said) || said.ValueKind is not JsonValueKind.Array) return Odd("no 'outputs'");
        var at = headerBytes;
        foreach (var output in said.EnumerateArray())
        {
            if (output.ValueKind is not JsonValueKind.Object || !output.TryGetProperty("name", out var name) || name.ValueKind is not JsonValueKind.String || !output.TryGetProperty("shape", out var sizes) || sizes.ValueKind is not JsonValueKind.Array
                || !output.TryGetProperty("datatype", out var datatype) || datatype.ValueKind is not JsonValueKind.String) return Odd("an output without name, shape or datatype");
            var port = PortOf(specs, name.GetString()!);
            if (port < 0) continue; // more than was announced
            var element = WireTensors.Element(datatype.GetString());
            if (sizes.GetArrayLength() > RankMax) return Odd($"{sizes.GetArrayLength()} dimensions");
            long[] shape = [.. sizes.EnumerateArray().Select(static one => one.ValueKind is JsonValueKind.Number && one.TryGetInt64(out var size) ? size : -1)];
            if (output.TryGetProperty("parameters", out var parameters) && parameters.ValueKind is JsonValueKind.Object && parameters.TryGetProperty("binary_data_size", out var size) && size.ValueKind is JsonValueKind.Number && size.TryGetInt64(out var bytes))
            {
                if (bytes < 0 || bytes > body.Length - at || WireTensors.In(outputs, staging, element, shape, bytes, port) is not { } room) return Odd($"'{name.GetString()}' with {bytes:N0} bytes");
                body.Slice(at, (int)bytes).CopyTo(new Span<byte>((void*)room, (int)bytes));
                if (element is OnnxElement.String && !WireTensors.Texts(outputs, shape, room, bytes, port)) return Odd("texts that do not fit their lengths");
                at += (int)bytes;
            }
            else
            {
                if (!output.TryGetProperty("data", out var data)) return Odd("an output without data");
                var values = new List<JsonElement>();
                if (!Flatten(data, values, 0) || WireTensors.Count(shape) != values.Count) return Odd($"'{name.GetString()}' with {values.Count:N0} values");
                if (!Add(outputs, element, shape, values, port)) return Odd($"'{name.GetString()}' with values that are no {datatype.GetString()}");
            }
        }
        return outputs.Count == specs.Count ? null : Odd($"{outputs.Count} of its {specs.Count} outputs");
    }

    /// <summary>TensorFlow Serving's `outputs`, KServe's and MLflow's `predictions`.</summary>
    public static Problem? Json(ReadOnlySpan<byte> body, IReadOnlyList<TensorSpec> specs, TensorBatch outputs)
    {
        using var json = Parse(body);
        if (json is null || json.RootElement.ValueKind is not JsonValueKind.Object || !json.RootElement.TryGetProperty("predictions", out var said) && !json.RootElement.TryGetProperty("outputs", out said)) return Odd("neither 'predictions' nor 'outputs'");
        if (said.ValueKind is JsonValueKind.Object)
        {
            for (var i = 0; i < specs.Count; i++)
                if (!said.TryGetProperty(specs[i].Name, out var column) || Column(outputs, specs[i], column, i) is not null) return Odd($"nothing that fits the output '{specs[i].Name}'");
            return null;
        }
        if (said.ValueKind is not JsonValueKind.Array) return Odd("no list of predictions");
        if (said.GetArrayLength() == 0 || said[0].ValueKind is not JsonValueKind.Object) return specs.Count == 1 ? Column(outputs, specs[0], said, 0) : Odd($"one output where {specs.Count} were announced");
        for (var i = 0; i < specs.Count; i++)
        {
            var rows = new List<JsonElement>(said.GetArrayLength());
            foreach (var row in said.EnumerateArray())
            {
                if (row.ValueKind is not JsonValueKind.Object || !row.TryGetProperty(specs[i].Name, out var value)) return Odd($"a row without the output '{specs[i].Name}'");
                rows.Add(value);
            }
            if (Rows(outputs, specs[i], rows, i) is { } problem) return problem;
        }
        return null;
    }

    private static Problem? Column(TensorBatch outputs, TensorSpec spec, JsonElement values, int port) => values.ValueKind is JsonValueKind.Array ? Rows(outputs, spec, [.. values.EnumerateArray()], port) : Odd($"no list for '{spec.Name}'");

    private static Problem? Rows(TensorBatch outputs, TensorSpec spec, List<JsonElement> rows, int port)
    {
        Span<long> shape = stackalloc long[RankMax];
        shape[0] = rows.Count;
        var rank = 1;
        if (rows.Count > 0)
            for (var inner = rows[0]; inner.ValueKind is JsonValueKind.Array; inner = inner[0])
            {
                if (rank == RankMax) return Odd("values that are nested too deep");
                shape[rank++] = inner.GetArrayLength();
                if (inner.GetArrayLength() == 0) break;
            }
        var values = new List<JsonElement>(rows.Count);
        foreach (var row in rows)
            if (!Flatten(row, values, 1)) return Odd("values that are nested too deep");
        if (WireTensors.Count(shape[..rank]) != values.Count) return Odd($"rows of different lengths in '{spec.Name}'");
        return Add(outputs, spec.Element, shape[..rank], values, port) ? null : Odd($"values in '{spec.Name}' that are no {WireTensors.Word(spec.Element)}");
    }

    private static bool Flatten(JsonElement from, List<JsonElement> into, int depth)
    {
        if (from.ValueKind is not JsonValueKind.Array)
        {
            into.Add(from);
            return true;
        }
        if (depth == RankMax) return false;
        foreach (var one in from.EnumerateArray())
            if (!Flatten(one, into, depth + 1)) return false;
        return true;
    }

    private static unsafe bool Add(TensorBatch outputs, OnnxElement element, ReadOnlySpan<long> shape, List<JsonElement> values, int port)
    {
        if (element is OnnxElement.String)
        {
            byte[][] texts = [.. values.Select(static one => Encoding.UTF8.GetBytes(one.ValueKind is JsonValueKind.String ? one.GetString()! : one.GetRawText()))];
            var offsets = (int*)outputs.Take(4L * (texts.Length + 1));
            var data = outputs.Take(texts.Sum(static text => (long)text.Length));
            var at = 0;
            for (var i = 0; i < texts.Length; i++)
            {
                offsets[i] = at;
                texts[i].CopyTo(new Span<byte>(data + at, texts[i].Length));
                at += texts[i].Length;
            }
            offsets[texts.Length] = at;
            ref var text = ref outputs.Add(OnnxElement.String, shape, port);
            text.Data = data;
            text.Bytes = at;
            text.Offsets = offsets;
            return true;
        }
        ref var tensor = ref outputs.AddNumbers(element, shape, port);
        for (var i = 0; i < values.Count; i++)
            if (!Put(ref tensor, i, values[i])) return false;
        return true;
    }

    private static bool Put(ref Tensor tensor, int at, JsonElement value)
    {
        if (tensor.Element is OnnxElement.Bool)
        {
            if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) return false;
            tensor.Values<bool>()[at] = value.ValueKind is JsonValueKind.True;
            return true;
        }
        var special = value.ValueKind switch { JsonValueKind.Null => double.NaN, JsonValueKind.String => value.GetString() switch { "NaN" => double.NaN, "Infinity" => double.PositiveInfinity, "-Infinity" => double.NegativeInfinity, _ => (double?)null }, _ => null };
        if (value.ValueKind is not JsonValueKind.Number && special is null) return false;
        switch (tensor.Element)
        {
            case OnnxElement.Float: tensor.Values<float>()[at] = (float)(special ?? value.GetDouble()); return true;
            case OnnxElement.Double: tensor.Values<double>()[at] = special ?? value.GetDouble(); return true;
            case OnnxElement.Int64 when special is null && value.TryGetInt64(out var number): tensor.Values<long>()[at] = number; return true;
            case OnnxElement.Int32 when special is null && value.TryGetInt32(out var number): tensor.Values<int>()[at] = number; return true;
            case OnnxElement.Int16 when special is null && value.TryGetInt16(out var number): tensor.Values<short>()[at] = number; return true;
            case OnnxElement.Int8 when special is null && value.TryGetSByte(out var number): tensor.Values<sbyte>()[at] = number; return true;
            case OnnxElement.UInt64 when special is null && value.TryGetUInt64(out var number): tensor.Values<ulong>()[at] = number; return true;
            case OnnxElement.UInt32 when special is null && value.TryGetUInt32(out var number): tensor.Values<uint>()[at] = number; return true;
            case OnnxElement.UInt16 when special is null && value.TryGetUInt16(out var number): tensor.Values<ushort>()[at] = number; return true;
            case OnnxElement.UInt8 when special is null && value.TryGetByte(out var number): tensor.Values<byte>()[at] = number; return true;
            default: return false;
        }
    }

    private static int PortOf(IReadOnlyList<TensorSpec> specs, string name)
    {
        for (var i = 0; i < specs.Count; i++)
            if (specs[i].Name == name) return i;
        return -1;
    }

    /// <summary>JSON, also with the bare words NaN and Infinity that these servers write; null when it is none.</summary>
    private static JsonDocument? Parse(ReadOnlySpan<byte> text)
    {
        foreach (var quoted in (bool[])[false, true])
        {
            try
            {
                return JsonDocument.Parse(quoted ? Quoted(text) : text.ToArray(), new JsonDocumentOptions { MaxDepth = 32 });
            }
            catch (JsonException)
            {
                continue;
            }
        }
        return null;
    }

    private static byte[] Quoted(ReadOnlySpan<byte> text)
    {
        var made = new List<byte>(text.Length + 64);
        var inText = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (inText && text[i] == '\\' && i + 1 < text.Length)
            {
                made.Add(text[i++]);
                made.Add(text[i]);
                continue;
            }
            if (text[i] == '"') inText = !inText;
            var word = inText ? default : text[i..].StartsWith("NaN"u8) ? "NaN"u8 : text[i..].StartsWith("-Infinity"u8) ? "-Infinity"u8 : text[i..].StartsWith("Infinity"u8) ? "Infinity"u8 : default;
            if (word.Length == 0)
            {
                made.Add(text[i]);
                continue;
            }
            made.Add((byte)'"');
            made.AddRange(word);
            made.Add((byte)'"');
            i += word.Length - 1;
        }
        return [.. made];
    }

    private static Problem Odd(string what) => Problem.Internal($"The server elsewhere answered {what}, which is not what its protocol or the version's signature says.");
}
