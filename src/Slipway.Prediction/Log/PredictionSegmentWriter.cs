using System.IO.Compression;

namespace Slipway.Prediction;

/// <summary>What a column of values holds.</summary>
internal enum LoggedKind : byte
{
    /// <summary>32-bit floats, also from 16-bit ones.</summary>
    Float = 1,
    /// <summary>64-bit floats.</summary>
    Double = 2,
    /// <summary>Whole numbers of any size.</summary>
    Long = 3,
    /// <summary>One byte a truth value.</summary>
    Bool = 4,
    /// <summary>UTF-8, each after its length.</summary>
    Text = 5,
}

/// <summary>The numbers and short texts of a record.</summary>
internal ref struct LoggedFields
{
    public long AtMs;
    public int Status, Rows, ParseUs, QueueUs, RunUs;
    public bool Cut;
    public string Arm, Model, Version;
    public ReadOnlySpan<char> Id, Key, Trace, Error, Protocol;
}

/// <summary>
/// Makes a segment: records of one endpoint, column by column. docs/decisions/0037 has the layout. Columns of inputs and outputs come and go with versions: where a record lacks one, a
/// zero stands in its shapes and nothing in its values.
/// </summary>
internal sealed class PredictionSegmentWriter(string endpoint)
{
    /// <summary>Raw bytes after which a segment is closed.</summary>
    public const int BytesFull = 4 * 1024 * 1024;

    /// <summary>Records after which it is closed.</summary>
    public const int RecordsFull = 100_000;

    /// <summary>The most columns of inputs and outputs.</summary>
    public const int ColumnsMax = 4_096;

    /// <summary>Columns shorter than this are not worth compressing.</summary>
    private const int CompressedFrom = 256;

    private readonly GrowingBytes ids = new(), keys = new(), traces = new(), atMs = new(), statuses = new(), rows = new(), parse = new(), queue = new(), run = new(), flags = new();
    private readonly Words arms = new(), models = new(), versions = new(), protocols = new(), errors = new();
    private readonly Dictionary<(bool Output, string Name, LoggedKind Kind), Values> values = [];
    private readonly List<Values> inOrder = [];
    private readonly List<ulong> hashes = [];
    private long raw;

    /// <summary>Records so far.</summary>
    public int Records { get; private set; }

    /// <summary>The earliest and latest record.</summary>
    public long FromMs { get; private set; } = long.MaxValue;

    /// <inheritdoc cref="FromMs"/>
    public long ToMs { get; private set; } = long.MinValue;

    /// <summary>The hashes of the ids, in the order of records.</summary>
    public IReadOnlyList<ulong> Hashes => hashes;

    /// <summary>True when it should be closed.</summary>
    public bool Full => raw >= BytesFull || Records >= RecordsFull;

    /// <summary>Begins a record; its columns follow.</summary>
    public void Begin(in LoggedFields fields)
    {
        Records++;
        (FromMs, ToMs) = (Math.Min(FromMs, fields.AtMs), Math.Max(ToMs, fields.AtMs));
        atMs.Add(fields.AtMs);
        statuses.Add(fields.Status);
        rows.Add(fields.Rows);
        parse.Add(fields.ParseUs);
        queue.Add(fields.QueueUs);
        run.Add(fields.RunUs);
        flags.Add((byte)(fields.Cut ? 1 : 0));
        ids.AddText(fields.Id);
        keys.AddText(fields.Key);
        traces.AddText(fields.Trace);
        arms.Add(fields.Arm);
        models.Add(fields.Model);
        versions.Add(fields.Version);
        protocols.Add(fields.Protocol);
        errors.Add(fields.Error);
        hashes.Add(PredictionHash.Of(fields.Id));
        raw += 80 + fields.Id.Length + fields.Key.Length + fields.Trace.Length;
    }

    /// <summary>The column that the current record's values of this name go to, or null when there are too many columns.</summary>
    public Values? Column(bool output, string name, LoggedKind kind, ReadOnlySpan<long> shape)
    {
        if (!values.TryGetValue((output, name, kind), out var column))
        {
            if (inOrder.Count == ColumnsMax) return null;
            values.Add((output, name, kind), column = new Values(output, name, kind));
            inOrder.Add(column);
        }
        // A name that a request has twice: the first one counts.
        if (column.Records == Records) return null;
        column.Shapes.AddZeros(Records - 1 - column.Records);
        column.Records = Records;
        column.Shapes.AddSmall((ulong)shape.Length + 1);
        foreach (var dimension in shape) column.Shapes.AddSmall((ulong)dimension);
        return column;
    }

    /// <summary>Counts what was added to a column.</summary>
    public void Added(int bytes) => raw += bytes;

    /// <summary>The segment.</summary>
    public byte[] Finish(Guid id)
    {
        List<(string Name, ColumnForm Form, byte[] Bytes)> columns =
        [
            ("at_ms", ColumnForm.Long, atMs.Span.ToArray()), ("status", ColumnForm.Int, statuses.Span.ToArray()), ("rows", ColumnForm.Int, rows.Span.ToArray()), ("parse_us", ColumnForm.Int, parse.Span.ToArray()),
            ("queue_us", ColumnForm.Int, queue.Span.ToArray()), ("run_us", ColumnForm.Int, run.Span.ToArray()), ("flags", ColumnForm.Byte, flags.Span.ToArray()), ("id", ColumnForm.Text, ids.Span.ToArray()),
            ("key", ColumnForm.Text, keys.Span.ToArray()), ("trace_id", ColumnForm.Text, traces.Span.ToArray()), ("arm", ColumnForm.Words, arms.Finish()), ("model", ColumnForm.Words, models.Finish()),
            ("version", ColumnForm.Words, versions.Finish()), ("protocol", ColumnForm.Words, protocols.Finish()), ("error", ColumnForm.Words, errors.Finish()),
        ];
        foreach (var column in inOrder)
        {
            column.Shapes.AddZeros(Records - column.Records);
            column.Records = Records;
            var name = (column.Output ? "out." : "in.") + column.Name;
            columns.Add((name, ColumnForm.Shapes, column.Shapes.Span.ToArray()));
            columns.Add((name, (ColumnForm)((byte)ColumnForm.FirstValues + (byte)column.Kind), column.Content.Span.ToArray()));
        }
        var head = new GrowingBytes();
        head.Add(PredictionSegment.Magic);
        head.Add((uint)PredictionSegment.Version);
        head.Add(id.ToByteArray(bigEndian: true));
        head.Add((uint)Records);
        head.Add((uint)columns.Count);
        head.AddText(endpoint);
        head.Add(Records == 0 ? 0 : FromMs);
        head.Add(Records == 0 ? 0 : ToMs);
        var body = new GrowingBytes();
        foreach (var (name, form, content) in columns)
        {
            var stored = Compressed(content);
            head.AddText(name);
            head.Add((byte)form);
            head.Add((byte)(stored is null ? 0 : 1));
            head.Add((uint)content.Length);
            stored ??= content;
            head.Add((uint)stored.Length);
            head.Add(Crc32C.Of(stored));
            body.Add(stored);
        }
        head.Add(Crc32C.Of(head.Span));
        return [.. head.Span, .. body.Span];
    }

    private static byte[]? Compressed(byte[] raw)
    {
        if (raw.Length < CompressedFrom) return null;
        var to = new byte[raw.Length];
        return BrotliEncoder.TryCompress(raw, to, out var written, quality: 1, window: 18) && written < raw.Length * 0.9 ? to[..written] : null;
    }

    /// <summary>The values of one name and kind.</summary>
    internal sealed class Values(bool output, string name, LoggedKind kind)
    {
        public bool Output => output;

        public string Name => name;

        public LoggedKind Kind => kind;

        /// <summary>How many records its shapes speak of.</summary>
        public int Records { get; set; }

        public GrowingBytes Shapes { get; } = new();

        public GrowingBytes Content { get; } = new();
    }

    /// <summary>Texts of which most are alike: each once, then numbers.</summary>
    private sealed class Words
    {
        private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup;
        private readonly List<string> words = [];
        private readonly GrowingBytes indexes = new();

        public Words() => lookup = known.GetAlternateLookup<ReadOnlySpan<char>>();

        public void Add(ReadOnlySpan<char> word)
        {
            if (!lookup.TryGetValue(word, out var index))
            {
                lookup[word] = index = words.Count;
                words.Add(word.ToString());
            }
            indexes.AddSmall((ulong)index);
        }

        public byte[] Finish()
        {
            var all = new GrowingBytes();
            all.AddSmall((ulong)words.Count);
            foreach (var word in words) all.AddText(word);
            all.Add(indexes.Span);
            return all.Span.ToArray();
        }
    }
}
