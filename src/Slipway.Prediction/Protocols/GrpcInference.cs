using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Protocols;

/// <summary>`ModelInfer` of the Open Inference Protocol over gRPC: raw contents go from the message straight into tensors.</summary>
/// <remarks>https://github.com/kserve/open-inference-protocol, field numbers of open_inference_grpc.proto.</remarks>
internal sealed class GrpcInference : Protocol
{
    private const int IdCharsMax = 128, NameBytesMax = 1_024;

    /// <inheritdoc/>
    public override string Name => "oip-grpc";

    /// <summary>Which endpoint and version a request names; the rest is read when the model is known.</summary>
    public static Problem? Head(ReadOnlySpan<byte> message, out string model, out string? version, out string? id)
    {
        (model, version, id) = ("", null, null);
        var reader = new ProtoReader(message);
        while (reader.Next())
            switch (reader.Field)
            {
                case 1: model = reader.Text(); break;
                case 2: version = reader.Text() is { Length: > 0 } text ? text : null; break;
                case 3: id = reader.Text() is { Length: > 0 } given ? given : null; break;
                default: reader.Skip(); break;
            }
        return reader.Failed ? Damaged() : id?.Length > IdCharsMax ? Problem.Invalid($"id: expected at most {IdCharsMax} characters, got {id.Length}.") : null;
    }

    /// <inheritdoc/>
    public override unsafe Problem? Read(Exchange exchange)
    {
        var message = exchange.Body.Bytes;
        var (inputs, raw) = (new List<Range>(), new List<Range>());
        var asked = new List<AskedOutput>();
        var reader = new ProtoReader(message);
        while (reader.Next())
            switch (reader.Field)
            {
                case 4:
                    if (Parameter(reader.Bytes(), exchange) is { } wrong) return wrong;
                    break;
                case 5:
                    if (inputs.Count == TensorBatch.TensorsMax) return Problem.Invalid($"A request has at most {TensorBatch.TensorsMax:N0} inputs.");
                    inputs.Add(Within(message, reader.Bytes()));
                    break;
                case 6:
                    if (Output(reader.Bytes(), exchange, asked) is { } unknown) return unknown;
                    break;
                case 7:
                    if (raw.Count == TensorBatch.TensorsMax) return Problem.Invalid($"A request has at most {TensorBatch.TensorsMax:N0} inputs.");
                    raw.Add(Within(message, reader.Bytes()));
                    break;
                default: reader.Skip(); break;
            }
        if (reader.Failed) return Damaged();
        if (raw.Count > 0 && raw.Count != inputs.Count) return Problem.Invalid($"raw_input_contents has {raw.Count} entries and inputs {inputs.Count}; expected one for each input.");
        if (asked.Count > 0) OipOutputs.Set(exchange, [.. asked]);
        var into = new OipInputs(exchange, null, 0);
        for (var i = 0; i < inputs.Count; i++)
            if (Input(message[inputs[i]], i, raw.Count > 0 ? message[raw[i]] : default, raw.Count > 0, ref into) is { } problem) return problem;
        return into.Finish();
    }

    /// <inheritdoc/>
    public override string Write(Exchange exchange, AnswerBuffer answer)
    {
        var head = new ProtoWriter();
        head.Text(1, exchange.Endpoint.Name);
        head.Text(2, exchange.Model.Version);
        if (exchange.IdGiven) head.Text(3, exchange.Call.Id);
        var outputs = exchange.Call.Outputs;
        var count = exchange.Asked?.Length ?? outputs.Count;
        for (var i = 0; i < count; i++)
        {
            var index = Index(exchange, i);
            if (index < 0) continue;
            if (exchange.Asked is { } asked && asked[i].Classes > 0) OipAnswer.Classify(exchange, ref outputs[index], asked[i]);
            var tensor = new ProtoWriter();
            tensor.Bytes(1, exchange.Model.Runtime.Outputs[outputs[index].Port].Utf8Name);
            tensor.Text(2, outputs[index].Element.Oip());
            tensor.Longs(3, outputs[index].Shape);
            head.Bytes(5, tensor.Written);
        }
        JsonAnswer.Raw(answer, head.Written);
        for (var i = 0; i < count; i++)
        {
            var index = Index(exchange, i);
            if (index < 0) continue;
            Delimited(answer, 6, BinaryTensors.Bytes(ref outputs[index]));
            BinaryTensors.Write(answer, ref outputs[index]);
        }
        return Grpc.Type;
    }

    /// <inheritdoc/>
    public override void WriteProblem(Problem problem, AnswerBuffer answer) => throw new NotSupportedException("A gRPC call ends with a status.");

    /// <inheritdoc/>
    public override Task Refuse(HttpContext http, Problem problem, Exchange? exchange)
    {
        http.Response.ContentType = Grpc.Type;
        Grpc.End(http, problem);
        return Task.CompletedTask;
    }

    private static int Index(Exchange exchange, int position) => exchange.Asked is { } asked ? OipAnswer.Find(exchange.Call.Outputs, asked[position].Port) : position;

    private static Problem Damaged() => Problem.Invalid("The message is damaged: a field's length or type does not hold together.");

    // The tag and length of a field whose bytes follow.
    private static void Delimited(AnswerBuffer answer, int field, long length)
    {
        var to = answer.GetSpan(16);
        var written = 0;
        to[written++] = (byte)((field << 3) | ProtoReader.Delimited);
        var left = (ulong)length;
        for (; left >= 0x80; left >>= 7) to[written++] = (byte)(left | 0x80);
        to[written++] = (byte)left;
        answer.Advance(written);
    }

    private static unsafe Range Within(ReadOnlySpan<byte> all, ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty) return ..0;
        var start = (int)System.Runtime.CompilerServices.Unsafe.ByteOffset(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(all), ref System.Runtime.InteropServices.MemoryMarshal.GetReference(part));
        return start..(start + part.Length);
    }

    private static Problem? Input(ReadOnlySpan<byte> bytes, int position, ReadOnlySpan<byte> raw, bool isRaw, ref OipInputs into)
    {
        var where = $"inputs[{position}]";
        var reader = new ProtoReader(bytes);
        ReadOnlySpan<byte> name = default, contents = default;
        var (datatype, hasContents, rank) = (OnnxElement.Undefined, false, 0);
        Span<long> shape = stackalloc long[TensorShape.RankMax];
        while (reader.Next())
            switch (reader.Field)
            {
                case 1: name = reader.Bytes(); break;
                case 2:
                    var type = reader.Bytes();
                    datatype = Elements.OfOip(type);
                    if (datatype is OnnxElement.Undefined && !reader.Failed) return Misfit.Name(ErrorDetail.Full, where + ".datatype", "unknown datatype", System.Text.Encoding.UTF8.GetString(type), OipInputs.Datatypes);
                    break;
                case 3:
                    if (reader.Wire == ProtoReader.Varint)
                    {
                        if (rank == TensorShape.RankMax) return Problem.Invalid($"{where}.shape: expected at most {TensorShape.RankMax} dimensions, got more.");
                        shape[rank++] = (long)reader.Number();
                        break;
                    }
                    var packed = reader.Bytes();
                    while (!packed.IsEmpty)
                    {
                        if (rank == TensorShape.RankMax) return Problem.Invalid($"{where}.shape: expected at most {TensorShape.RankMax} dimensions, got more.");
                        if (!GrpcContents.Number(ref packed, out var dimension)) return Damaged();
                        shape[rank++] = (long)dimension;
                    }
                    break;
                case 5:
                    contents = reader.Bytes();
                    hasContents = !contents.IsEmpty;
                    break;
                default: reader.Skip(); break;
            }
        if (reader.Failed) return Damaged();
        if (name.IsEmpty) return Problem.Invalid($"{where}: 'name' is missing.");
        if (name.Length > NameBytesMax) return Problem.Invalid($"{where}.name: expected at most {NameBytesMax:N0} bytes, got {name.Length:N0}.");
        if (datatype is OnnxElement.Undefined) return Problem.Invalid($"{where}: 'datatype' is missing; expected one of {string.Join(", ", OipInputs.Datatypes)}.");
        foreach (var dimension in shape[..rank])
            if (dimension < 0) return Problem.Invalid($"{where}.shape: expected dimensions of 0 or more, got {Elements.Shape(shape[..rank])}.");
        if (isRaw && hasContents) return Problem.Invalid($"{where}: has contents beside raw_input_contents; expected one of them.");
        if (isRaw) return into.Add(name, datatype, shape[..rank], raw);
        return GrpcContents.ToBytes(contents, datatype, where, out var bytesOfContents) ?? into.Add(name, datatype, shape[..rank], bytesOfContents);
    }

    private static Problem? Output(ReadOnlySpan<byte> bytes, Exchange exchange, List<AskedOutput> asked)
    {
        var reader = new ProtoReader(bytes);
        var (port, classes) = (-1, 0L);
        while (reader.Next())
            if (reader.Field == 1)
            {
                var name = reader.Bytes();
                port = OipOutputs.Port(exchange.Model.Runtime.Outputs, name);
                if (port < 0) return OipOutputs.Unknown(exchange, $"outputs[{asked.Count}]", System.Text.Encoding.UTF8.GetString(name));
            }
            else if (reader.Field == 2)
            {
                if (Entry(reader.Bytes(), out var key, out var number, out _) is { } damaged) return damaged;
                if (key == "classification") classes = number;
            }
            else reader.Skip();
        if (reader.Failed) return Damaged();
        if (port < 0) return Problem.Invalid($"outputs[{asked.Count}]: 'name' is missing.");
        if (asked.Exists(other => other.Port == port)) return Problem.Invalid($"outputs[{asked.Count}]: the output '{exchange.Model.Runtime.Outputs[port].Name}' is there twice.");
        asked.Add(new AskedOutput(port, true, (int)Math.Clamp(classes, 0, int.MaxValue)));
        return null;
    }

    private static Problem? Parameter(ReadOnlySpan<byte> bytes, Exchange exchange)
    {
        if (Entry(bytes, out var key, out var number, out _) is { } damaged) return damaged;
        if (key == "priority") exchange.Call.Priority = (int)Math.Clamp(number, 0, int.MaxValue);
        else if (key == "timeout" && number > 0) exchange.Call.Deadline = Math.Min(exchange.Call.Deadline, Stopwatch.GetTimestamp() + (long)(Math.Min(number, 1e13) * Stopwatch.Frequency / 1e6));
        return null;
    }

    // An entry of map<string, InferParameter>.
    private static Problem? Entry(ReadOnlySpan<byte> bytes, out string key, out long number, out string text)
    {
        (key, number, text) = ("", 0, "");
        var entry = new ProtoReader(bytes);
        while (entry.Next())
            if (entry.Field == 1) key = entry.Text();
            else if (entry.Field == 2)
            {
                var value = new ProtoReader(entry.Bytes());
                while (value.Next())
                    if (value.Field is 1 or 2 or 5 && value.Wire == ProtoReader.Varint) number = (long)value.Number();
                    else if (value.Field == 3) text = value.Text();
                    else value.Skip();
                if (value.Failed) return Damaged();
            }
            else entry.Skip();
        return entry.Failed ? Damaged() : null;
    }
}
