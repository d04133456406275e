using System.Globalization;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Protocols;

/// <summary>The answer of the Open Inference Protocol.</summary>
internal static class OipAnswer
{
    /// <summary>Writes it; binary tensors lie behind the JSON.</summary>
    /// <returns>The content type.</returns>
    public static string Write(Exchange exchange, AnswerBuffer answer)
    {
        var (outputs, specs) = (exchange.Call.Outputs, exchange.Model.Runtime.Outputs);
        JsonAnswer.Raw(answer, "{\"model_name\":"u8);
        JsonAnswer.Text(answer, exchange.Endpoint.Name);
        JsonAnswer.Raw(answer, ",\"model_version\":"u8);
        JsonAnswer.Text(answer, exchange.Model.Version);
        if (exchange.IdGiven)
        {
            JsonAnswer.Raw(answer, ",\"id\":"u8);
            JsonAnswer.Text(answer, exchange.Call.Id);
        }
        JsonAnswer.Raw(answer, ",\"outputs\":["u8);
        var binary = 0;
        var count = exchange.Asked?.Length ?? outputs.Count;
        for (var i = 0; i < count; i++)
        {
            var asked = Asked(exchange, i);
            var index = Find(outputs, asked.Port);
            if (index < 0) continue;
            if (i > 0) JsonAnswer.Raw(answer, ","u8);
            if (asked.Classes > 0) Classify(exchange, ref outputs[index], asked);
            ref var tensor = ref outputs[index];
            JsonAnswer.Raw(answer, "{\"name\":"u8);
            JsonAnswer.Text(answer, specs[asked.Port].Utf8Name);
            JsonAnswer.Raw(answer, ",\"datatype\":\""u8);
            JsonAnswer.Raw(answer, System.Text.Encoding.ASCII.GetBytes(tensor.Element.Oip()));
            JsonAnswer.Raw(answer, "\",\"shape\":"u8);
            JsonAnswer.Shape(answer, tensor.Shape);
            if (asked.Binary ?? exchange.BinaryAll)
            {
                binary++;
                JsonAnswer.Raw(answer, ",\"parameters\":{\"binary_data_size\":"u8);
                JsonAnswer.Number(answer, BinaryTensors.Bytes(ref tensor));
                JsonAnswer.Raw(answer, "}}"u8);
                continue;
            }
            JsonAnswer.Raw(answer, ",\"data\":["u8);
            JsonAnswer.Elements(answer, ref tensor, 0, tensor.Count);
            JsonAnswer.Raw(answer, "]}"u8);
        }
        JsonAnswer.Raw(answer, "]}"u8);
        if (binary == 0) return "application/json";
        if (exchange.Http is { } http) http.Response.Headers[OpenInference.HeaderLength] = answer.Length.ToString(CultureInfo.InvariantCulture);
        for (var i = 0; i < count; i++)
            if (Asked(exchange, i) is var asked && (asked.Binary ?? exchange.BinaryAll) && Find(outputs, asked.Port) is >= 0 and var index) BinaryTensors.Write(answer, ref outputs[index]);
        return "application/octet-stream";
    }

    /// <summary>The tensor of a port, or -1.</summary>
    public static int Find(TensorBatch outputs, int port)
    {
        for (var i = 0; i < outputs.Count; i++)
            if (outputs[i].Port == port) return i;
        return -1;
    }

    /// <summary>Puts the best classes of each row in a tensor's place, as texts `value:index[:label]`, the best first.</summary>
    public static unsafe void Classify(Exchange exchange, ref Tensor tensor, AskedOutput asked)
    {
        if (tensor.Element is OnnxElement.String or OnnxElement.Bool || tensor.Count == 0) return;
        var width = tensor.Rank < 2 ? tensor.Count : tensor.Dimensions[tensor.Rank - 1];
        var (rows, many) = (tensor.Count / width, (int)Math.Min(asked.Classes, width));
        var labels = exchange.Model.Columns.Labels;
        var texts = new MemoryStream();
        var batch = exchange.Call.Outputs;
        var offsets = (int*)batch.Take((rows * many + 1) * sizeof(int));
        var order = new int[width];
        var values = new double[width];
        for (var row = 0L; row < rows; row++)
        {
            for (var i = 0; i < width; i++) (order[i], values[i]) = (i, -Value(ref tensor, row * width + i));
            Array.Sort(values, order);
            for (var i = 0; i < many; i++)
            {
                offsets[row * many + i] = (int)texts.Length;
                var index = order[i];
                var value = Value(ref tensor, row * width + index);
                var number = tensor.Element is OnnxElement.Float ? ((float)value).ToString(CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);
                texts.Write(System.Text.Encoding.UTF8.GetBytes($"{number}:{index}{(index < labels.Count ? ":" + labels[index] : "")}"));
            }
        }
        offsets[rows * many] = (int)texts.Length;
        var data = batch.Take(Math.Max(1, texts.Length));
        texts.GetBuffer().AsSpan(0, (int)texts.Length).CopyTo(new Span<byte>(data, (int)texts.Length));
        tensor.Element = OnnxElement.String;
        tensor.Data = data;
        tensor.Offsets = offsets;
        tensor.Bytes = texts.Length;
        tensor.Dimensions[Math.Max(0, tensor.Rank - 1)] = many;
        if (tensor.Rank == 0) tensor.Rank = 1;
    }

    private static AskedOutput Asked(Exchange exchange, int position) => exchange.Asked is { } asked ? asked[position] : new AskedOutput(exchange.Call.Outputs[position].Port, null, 0);

    /// <summary>An element as a double.</summary>
    public static unsafe double Value(ref Tensor tensor, long index) => tensor.Element switch
    {
        OnnxElement.Float => ((float*)tensor.Data)[index],
        OnnxElement.Double => ((double*)tensor.Data)[index],
        OnnxElement.Int64 => ((long*)tensor.Data)[index],
        OnnxElement.Int32 => ((int*)tensor.Data)[index],
        OnnxElement.Float16 => (double)((Half*)tensor.Data)[index],
        OnnxElement.BFloat16 => ((Json.Brain*)tensor.Data)[index].ToFloat(),
        OnnxElement.UInt8 or OnnxElement.Bool => tensor.Data[index],
        OnnxElement.Int8 => ((sbyte*)tensor.Data)[index],
        OnnxElement.UInt16 => ((ushort*)tensor.Data)[index],
        OnnxElement.Int16 => ((short*)tensor.Data)[index],
        OnnxElement.UInt32 => ((uint*)tensor.Data)[index],
        OnnxElement.UInt64 => ((ulong*)tensor.Data)[index],
        _ => double.NaN,
    };
}
