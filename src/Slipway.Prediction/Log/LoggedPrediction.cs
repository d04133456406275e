using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Prediction;

/// <summary>A prediction as it was logged.</summary>
internal sealed record LoggedPrediction
{
    /// <summary>The id that feedback names.</summary>
    public required string Id { get; init; }

    /// <summary>When, in milliseconds since 1970.</summary>
    public required long AtMs { get; init; }

    /// <summary>Which endpoint.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Which of its arms.</summary>
    public required string Arm { get; init; }

    /// <summary>The registered model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>By which protocol it was asked.</summary>
    public required string Protocol { get; init; }

    /// <summary>As HTTP says it; 200 when it was answered.</summary>
    public required int Status { get; init; }

    /// <summary>What went wrong, or empty.</summary>
    public required string Error { get; init; }

    /// <summary>The sticky key, or empty.</summary>
    public required string Key { get; init; }

    /// <summary>The W3C trace, or empty.</summary>
    public required string TraceId { get; init; }

    /// <summary>Rows asked for.</summary>
    public required int Rows { get; init; }

    /// <summary>Microseconds until the body was read.</summary>
    public required int ParseUs { get; init; }

    /// <summary>Microseconds until the model began.</summary>
    public required int QueueUs { get; init; }

    /// <summary>Microseconds in the model.</summary>
    public required int RunUs { get; init; }

    /// <summary>True where inputs and outputs were too large to log.</summary>
    public required bool Cut { get; init; }

    /// <summary>What went in.</summary>
    public required IReadOnlyList<LoggedColumn> Inputs { get; init; }

    /// <summary>What came out.</summary>
    public required IReadOnlyList<LoggedColumn> Outputs { get; init; }
}

/// <summary>A column's values in one record: exactly one of the arrays is there.</summary>
/// <param name="Name">The column's or tensor's name.</param>
/// <param name="Shape">Its dimensions, rows first.</param>
/// <param name="Values">`float[]`, `double[]`, `long[]`, `bool[]` or `string[]`, row by row.</param>
internal sealed record LoggedColumn(string Name, long[] Shape, Array Values)
{
    /// <summary>The kind's name on the wire.</summary>
    public string Type => Values switch
    {
        float[] => "float",
        double[] => "double",
        long[] => "long",
        bool[] => "boolean",
        _ => "string",
    };

    /// <summary>A value as a number; NaN for texts.</summary>
    public double Number(int index) => Values switch
    {
        float[] all => all[index],
        double[] all => all[index],
        long[] all => all[index],
        bool[] all => all[index] ? 1 : 0,
        _ => double.NaN,
    };
}

/// <summary>The values of one name and kind in all records of a segment.</summary>
internal sealed class LoggedValues
{
    private readonly byte[] content;
    private readonly int[] starts;
    private readonly long[]?[] shapes;

    /// <exception cref="InvalidDataException">Shapes and values do not fit.</exception>
    internal LoggedValues(string name, LoggedKind kind, byte[] shapeBytes, byte[] content, int records)
    {
        (Output, Name, Kind, this.content) = (name.StartsWith("out.", StringComparison.Ordinal), name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..], kind, content);
        (starts, shapes) = (new int[records + 1], new long[records][]);
        var reader = new SmallReader(shapeBytes);
        var texts = new SmallReader(content);
        var at = 0L;
        long[]? last = null;
        for (var record = 0; record < records; record++)
        {
            starts[record] = (int)at;
            var rank = reader.Small();
            if (rank == 0) continue;
            if (rank > TensorShape.RankMax + 1) throw new InvalidDataException($"'{name}' has {rank - 1} dimensions");
            var shape = new long[rank - 1];
            var count = 1L;
            for (var i = 0; i < shape.Length; i++) count = checked(count * (shape[i] = checked((long)reader.Small())));
            // Most requests look alike: they share one shape.
            shapes[record] = last = last is not null && last.AsSpan().SequenceEqual(shape) ? last : shape;
            if (kind is LoggedKind.Text)
            {
                if (count > content.Length) throw new InvalidDataException($"'{name}' has fewer texts than its shape says");
                for (var i = 0; i < count; i++) texts.Bytes(checked((int)texts.Small()));
                at = texts.At;
            }
            else at = checked(at + count * Size(kind));
            if (at > content.Length) throw new InvalidDataException($"'{name}' has fewer values than its shapes say");
        }
        starts[records] = (int)at;
        if (at != content.Length) throw new InvalidDataException($"'{name}' has more values than its shapes say");
    }

    /// <summary>True for what came out.</summary>
    public bool Output { get; }

    /// <summary>The column's or tensor's name.</summary>
    public string Name { get; }

    /// <summary>What it holds.</summary>
    public LoggedKind Kind { get; }

    /// <summary>The bytes of one value; 0 for texts.</summary>
    public static int Size(LoggedKind kind) => kind switch
    {
        LoggedKind.Float => 4,
        LoggedKind.Double or LoggedKind.Long => 8,
        LoggedKind.Bool => 1,
        _ => 0,
    };

    /// <summary>A record's values as they lie there; false where it has none.</summary>
    public bool TryRaw(int record, out ReadOnlySpan<long> shape, out ReadOnlySpan<byte> values)
    {
        shape = shapes[record];
        values = content.AsSpan(starts[record], starts[record + 1] - starts[record]);
        return shapes[record] is not null;
    }

    /// <summary>A record's values, or null where it has none.</summary>
    public LoggedColumn? Read(int record)
    {
        if (!TryRaw(record, out var shape, out var raw)) return null;
        return new LoggedColumn(Name, shape.ToArray(), Kind switch
        {
            LoggedKind.Float => MemoryMarshal.Cast<byte, float>(raw).ToArray(),
            LoggedKind.Double => MemoryMarshal.Cast<byte, double>(raw).ToArray(),
            LoggedKind.Long => MemoryMarshal.Cast<byte, long>(raw).ToArray(),
            LoggedKind.Bool => Array.ConvertAll(raw.ToArray(), static one => one != 0),
            _ => Texts(raw),
        });
    }

    private static string[] Texts(ReadOnlySpan<byte> raw)
    {
        List<string> texts = [];
        for (var reader = new SmallReader(raw); reader.At < raw.Length;) texts.Add(Encoding.UTF8.GetString(reader.Bytes((int)reader.Small())));
        return [.. texts];
    }
}
