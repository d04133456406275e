using System.Text;

namespace Slipway.Engines.Onnx;

/// <summary>
/// What an ONNX file says about itself beside what the runtime tells: versions, operators, how many weights. Read as a stream, weights passed over, so that a file of any size takes no memory.
/// </summary>
/// <remarks>Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto</remarks>
public sealed class OnnxFile
{
    /// <summary>The longest text that is kept, in bytes; longer ones are cut.</summary>
    public const int TextBytesMax = 4_000;

    /// <summary>The most sets of operators, and different operators, that are kept.</summary>
    public const int KindsMax = 1_000;

    private readonly Dictionary<string, long> operators = [], opsets = [];
    private readonly Stream stream;

    private OnnxFile(Stream stream) => this.stream = stream;

    /// <summary>The version of the format.</summary>
    public long IrVersion { get; private set; }

    /// <summary>The program that wrote it.</summary>
    public string Producer { get; private set; } = "";

    /// <summary>That program's version.</summary>
    public string ProducerVersion { get; private set; } = "";

    /// <summary>Sets of operators by name.</summary>
    public IReadOnlyDictionary<string, long> Opsets => opsets;

    /// <summary>How often the graph has each operator.</summary>
    public IReadOnlyDictionary<string, long> Operators => operators;

    /// <summary>Operators of the graph, those of inner graphs not counted.</summary>
    public long Nodes { get; private set; }

    /// <summary>Numbers in its weights, as their shapes say.</summary>
    public long Weights { get; private set; }

    /// <summary>Reads a seekable stream from its beginning.</summary>
    /// <exception cref="InvalidDataException">It is no message of the protocol, or one that does not end.</exception>
    public static OnnxFile Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var file = new OnnxFile(stream);
        stream.Position = 0;
        file.Message(stream.Length, file.Model);
        return file;
    }

    /// <summary>Whether a file begins as ONNX models do: the version of the format first.</summary>
    public static bool LooksLike(ReadOnlySpan<byte> head) => head.Length > 4 && head[0] == 0x08 && head[1] is > 0 and < 64 && head[2] is 0x12 or 0x1a or 0x22 or 0x28 or 0x32 or 0x3a or 0x42;

    private void Model(int field, int wire, long end)
    {
        switch (field)
        {
            case 1 when wire == 0: IrVersion = Varint(end); break;
            case 2 when wire == 2: Producer = Text(end); break;
            case 3 when wire == 2: ProducerVersion = Text(end); break;
            case 7 when wire == 2: Message(end, Graph); break;
            case 8 when wire == 2: Opset(end); break;
            default: Skip(wire, end); break;
        }
    }

    private void Graph(int field, int wire, long end)
    {
        if (field == 1 && wire == 2) Node(end);
        else if (field == 5 && wire == 2) Tensor(end);
        else Skip(wire, end);
    }

    private void Opset(long end)
    {
        var (domain, version) = ("", 0L);
        Message(end, (field, wire, inner) =>
        {
            if (field == 1 && wire == 2) domain = Text(inner);
            else if (field == 2 && wire == 0) version = Varint(inner);
            else Skip(wire, inner);
        });
        if (opsets.Count < KindsMax) opsets[domain.Length == 0 ? "ai.onnx" : domain] = version;
    }

    private void Node(long end)
    {
        var (name, domain) = ("", "");
        Message(end, (field, wire, inner) =>
        {
            if (field == 4 && wire == 2) name = Text(inner);
            else if (field == 7 && wire == 2) domain = Text(inner);
            else Skip(wire, inner);
        });
        Nodes++;
        if (domain.Length > 0 && domain != "ai.onnx") name = domain + "." + name;
        if (operators.Count < KindsMax || operators.ContainsKey(name)) operators[name] = operators.GetValueOrDefault(name) + 1;
    }

    private void Tensor(long end)
    {
        var count = (UInt128)1;
        Message(end, (field, wire, inner) =>
        {
            if (field != 1 || wire is not (0 or 2)) Skip(wire, inner);
            else if (wire == 0) count = Times(count, Varint(inner));
            else
                while (stream.Position < inner) count = Times(count, Varint(inner));
        });
        Weights = (long)UInt128.Min((UInt128)Weights + count, long.MaxValue);
    }

    // A shape that no memory holds is told as the largest number there is.
    private static UInt128 Times(UInt128 count, long dimension) => dimension < 0 ? 0 : UInt128.Min(count, long.MaxValue) * (UInt128)dimension;

    private void Message(long end, Action<int, int, long> read)
    {
        while (stream.Position < end)
        {
            var tag = Varint(end);
            var (field, wire) = ((int)(tag >> 3), (int)(tag & 7));
            var inner = end;
            if (wire == 2)
            {
                var length = Varint(end);
                inner = length >= 0 && length <= end - stream.Position ? stream.Position + length : throw new InvalidDataException($"A field of {length:N0} bytes at {stream.Position:N0} is longer than what holds it.");
            }
            read(field, wire, inner);
            if (wire == 2) stream.Position = inner;
        }
    }

    private void Skip(int wire, long end)
    {
        stream.Position = wire switch
        {
            0 => Varint(end) is var _ ? stream.Position : 0,
            1 => stream.Position + 8,
            2 => end,
            5 => stream.Position + 4,
            _ => throw new InvalidDataException($"There is no wire type {wire}, at {stream.Position:N0}."),
        };
        if (stream.Position > end) throw new InvalidDataException("The file ends within a field.");
    }

    private string Text(long end)
    {
        var bytes = new byte[Math.Min(end - stream.Position, TextBytesMax)];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private long Varint(long end)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var one = stream.Position < end ? stream.ReadByte() : -1;
            if (one < 0) throw new InvalidDataException("The file ends within a number.");
            value |= shift < 64 ? (ulong)(one & 0x7f) << shift : 0;
            if (one < 0x80) return (long)value;
        }
        throw new InvalidDataException($"A number is too long, at {stream.Position:N0}.");
    }
}
