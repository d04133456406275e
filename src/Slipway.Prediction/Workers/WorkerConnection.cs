using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Workers;

/// <summary>
/// The conversation with one worker: a frame there, a frame back, by one caller at a time. A frame is the length of its header (4 bytes) and of its body (8 bytes), little-endian, the header
/// as JSON and the body: tensors as the Open Inference Protocol's binary extension has them. What comes back is believed in nothing: the worker runs somebody else's code.
/// </summary>
internal sealed class WorkerConnection(Stream stream) : IAsyncDisposable
{
    /// <summary>The longest header of an answer, in bytes.</summary>
    public const int HeaderBytesMax = 64 << 20;

    private const int PrefixBytes = 12, PieceBytesMax = 1 << 30, KeptHeaderBytes = 64 << 10;

    private static readonly JsonEncodedText Operation = JsonEncodedText.Encode("op"), Infer = JsonEncodedText.Encode("infer"), Inputs = JsonEncodedText.Encode("inputs"), Name = JsonEncodedText.Encode("name"),
        Datatype = JsonEncodedText.Encode("datatype"), Shape = JsonEncodedText.Encode("shape"), Parameters = JsonEncodedText.Encode("parameters"), Size = JsonEncodedText.Encode("binary_data_size");

    private readonly ArrayBufferWriter<byte> writing = new(1024);
    private readonly List<(nint Start, long Bytes)> parts = [];
    private byte[] header = new byte[4096];

    /// <summary>What the worker says first.</summary>
    /// <exception cref="IOException">It ended, or talks nonsense.</exception>
    public async Task<WorkerHello> Hello(CancellationToken ct)
    {
        var (length, body) = await ReadHeader(ct);
        return body == 0 ? Parse(length, WorkerJson.Default.WorkerHello) : throw Nonsense("a hello with a body");
    }

    /// <summary>Asks whether it lives.</summary>
    /// <exception cref="IOException">It does not.</exception>
    public async Task Ping(CancellationToken ct)
    {
        writing.Clear();
        writing.Write("""{"op":"ping"}"""u8);
        await Send(0, ct);
        var (length, body) = await ReadHeader(ct);
        if (body != 0 || Parse(length, WorkerJson.Default.WorkerAnswer).Pong is not true) throw Nonsense("an answer to a question that was not asked");
    }

    /// <summary>Runs the model. Both batches must be held until the task is done.</summary>
    /// <returns>Null, or what the model said.</returns>
    /// <exception cref="IOException">The worker ended, or talks nonsense.</exception>
    public async Task<Problem?> Run(IReadOnlyList<TensorSpec> inputSpecs, TensorBatch inputs, IReadOnlyList<TensorSpec> outputSpecs, TensorBatch outputs, CancellationToken ct)
    {
        var staging = TensorBatch.Rent();
        try
        {
            var body = Compose(inputSpecs, inputs, staging);
            await Send(body, ct);
            foreach (var (start, bytes) in parts) await Move(start, bytes, toWorker: true, ct);
            var (length, expected) = await ReadHeader(ct);
            var answer = Parse(length, WorkerJson.Default.WorkerAnswer);
            if (answer.Error is { } error)
                return expected != 0 ? throw Nonsense("an error with a body") : answer.Status is 400 ? Problem.Invalid($"The model refused the values: {error}") : Problem.Internal($"The model failed: {error}");
            var said = answer.Outputs ?? throw Nonsense("an answer without outputs");
            if (said.Length != outputSpecs.Count) throw Nonsense($"{said.Length} outputs where {outputSpecs.Count} were announced");
            for (var i = 0; i < said.Length; i++) expected -= await Receive(said[i], outputSpecs[i], outputs, staging, expected, i, ct);
            return expected == 0 ? null : throw Nonsense("more bytes than its outputs have");
        }
        catch (InvalidOperationException tooLarge)
        {
            throw new IOException(tooLarge.Message, tooLarge);
        }
        finally
        {
            staging.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private long Compose(IReadOnlyList<TensorSpec> specs, TensorBatch inputs, TensorBatch staging)
    {
        writing.Clear();
        parts.Clear();
        var body = 0L;
        using var json = new Utf8JsonWriter(writing, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteString(Operation, Infer);
        json.WriteStartArray(Inputs);
        for (var i = 0; i < inputs.Count; i++)
        {
            ref var tensor = ref inputs[i];
            var part = WireTensors.Out(ref tensor, staging);
            json.WriteStartObject();
            json.WriteString(Name, specs[tensor.Port].Utf8Name);
            json.WriteString(Datatype, WireTensors.Word(tensor.Element));
            json.WriteStartArray(Shape);
            foreach (var size in tensor.Shape) json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteStartObject(Parameters);
            json.WriteNumber(Size, part.Bytes);
            json.WriteEndObject();
            json.WriteEndObject();
            parts.Add(part);
            body += part.Bytes;
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return body;
    }

    private async Task Send(long body, CancellationToken ct)
    {
        var whole = ArrayPool<byte>.Shared.Rent(PrefixBytes + writing.WrittenCount);
        try
        {
            BinaryPrimitives.WriteUInt32LittleEndian(whole, (uint)writing.WrittenCount);
            BinaryPrimitives.WriteUInt64LittleEndian(whole.AsSpan(4), (ulong)body);
            writing.WrittenSpan.CopyTo(whole.AsSpan(PrefixBytes));
            await stream.WriteAsync(whole.AsMemory(0, PrefixBytes + writing.WrittenCount), ct);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private async Task<(int Header, long Body)> ReadHeader(CancellationToken ct)
    {
        await stream.ReadExactlyAsync(header.AsMemory(0, PrefixBytes), ct);
        var (length, body) = (BinaryPrimitives.ReadUInt32LittleEndian(header), BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(4)));
        if (length is 0 or > HeaderBytesMax || body > (ulong)TensorBatch.BytesMax) throw Nonsense($"a frame of {length:N0} and {body:N0} bytes");
        if (length > header.Length || header.Length > KeptHeaderBytes) header = new byte[Math.Max(length, 4096)];
        await stream.ReadExactlyAsync(header.AsMemory(0, (int)length), ct);
        return ((int)length, (long)body);
    }

    private T Parse<T>(int length, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(header.AsSpan(0, length), type) ?? throw Nonsense("null");
        }
        catch (JsonException malformed)
        {
            throw new IOException($"The worker sent a header that is not understood: {malformed.Message}", malformed);
        }
    }

    private async Task<long> Receive(WorkerPart part, TensorSpec spec, TensorBatch outputs, TensorBatch staging, long left, int port, CancellationToken ct)
    {
        var (element, shape, bytes) = (WireTensors.Element(part.Datatype), part.Shape ?? throw Nonsense("an output without a shape"), part.Parameters?.BinaryDataSize ?? -1);
        if (element != spec.Element || bytes > left || WireTensors.In(outputs, staging, element, shape, bytes, port) is not { } room)
            throw Nonsense($"an output '{part.Name}' of {part.Datatype} [{string.Join(", ", shape)}] in {bytes:N0} bytes, where '{spec.Name}' of {WireTensors.Word(spec.Element)} was announced");
        await Move(room, bytes, toWorker: false, ct);
        if (element is OnnxElement.String && !WireTensors.Texts(outputs, shape, room, bytes, port)) throw Nonsense($"texts in '{part.Name}' that do not fit their lengths");
        return bytes;
    }

    private async Task Move(nint start, long bytes, bool toWorker, CancellationToken ct)
    {
        for (var at = 0L; at < bytes;)
        {
            var piece = new NativeBytes(start + (nint)at, (int)Math.Min(bytes - at, PieceBytesMax)).Memory;
            if (toWorker) await stream.WriteAsync(piece, ct);
            else await stream.ReadExactlyAsync(piece, ct);
            at += piece.Length;
        }
    }

    private static IOException Nonsense(string what) => new($"The worker sent {what}.");
}
