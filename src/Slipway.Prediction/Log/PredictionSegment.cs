using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Prediction;

/// <summary>How a column's bytes are to be read.</summary>
internal enum ColumnForm : byte
{
    /// <summary>64 bits a record.</summary>
    Long = 1,
    /// <summary>32 bits a record.</summary>
    Int = 2,
    /// <summary>8 bits a record.</summary>
    Byte = 3,
    /// <summary>A length and UTF-8 a record; empty for none.</summary>
    Text = 4,
    /// <summary>The texts once, then a number a record.</summary>
    Words = 5,
    /// <summary>Of the values that follow: a record's count of dimensions plus one, then them; 0 where it has no such values.</summary>
    Shapes = 6,
    /// <summary>Values: this plus a <see cref="LoggedKind"/>.</summary>
    FirstValues = 16,
}

/// <summary>
/// A segment as it is read: bounds and checksums are looked at before anything is believed, since segments also come from other machines. Columns are unpacked when they are
/// asked for. Not for two threads at once.
/// </summary>
internal sealed class PredictionSegment
{
    /// <summary>The version that is written.</summary>
    public const int Version = 1;

    /// <summary>The most bytes of a segment.</summary>
    public const int BytesMax = 64 * 1024 * 1024;

    /// <summary>The most bytes of one column, unpacked.</summary>
    public const int ColumnBytesMax = 128 * 1024 * 1024;

    /// <summary>The most records.</summary>
    public const int RecordsMax = 1_000_000;

    private const int HeadColumnsMax = 2 * PredictionSegmentWriter.ColumnsMax + 64;

    private readonly ReadOnlyMemory<byte> bytes;
    private readonly List<Column> columns;
    private readonly Dictionary<string, Column> fixedColumns = new(StringComparer.Ordinal);
    private List<LoggedValues>? values;

    private PredictionSegment(ReadOnlyMemory<byte> bytes, Guid id, string endpoint, int records, long fromMs, long toMs, List<Column> columns)
    {
        (this.bytes, Id, Endpoint, Records, FromMs, ToMs, this.columns) = (bytes, id, endpoint, records, fromMs, toMs, columns);
        foreach (var column in columns)
            if (column.Form < ColumnForm.Shapes) fixedColumns.TryAdd(column.Name, column);
    }

    /// <summary>What every segment begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "SLIPPRED"u8;

    /// <summary>Which one it is, wherever it lies.</summary>
    public Guid Id { get; }

    /// <summary>The endpoint's name.</summary>
    public string Endpoint { get; }

    /// <summary>How many records.</summary>
    public int Records { get; }

    /// <summary>The earliest record.</summary>
    public long FromMs { get; }

    /// <summary>The latest.</summary>
    public long ToMs { get; }

    /// <summary>Reads the head and checks everything that does not need unpacking.</summary>
    public static Outcome<PredictionSegment> Open(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > BytesMax) return Problem.TooLarge($"A segment of predictions has at most {BytesMax:N0} bytes, got {bytes.Length:N0}.");
        try
        {
            var head = new SmallReader(bytes.Span);
            if (!head.Bytes(8).SequenceEqual(Magic)) return Wrong("it does not begin with SLIPPRED");
            if (head.Number<uint>() is var version and not Version) return Problem.Invalid($"This server reads segments of predictions of version {Version}, got version {version}. Update the older of the two programs.");
            var id = new Guid(head.Bytes(16), bigEndian: true);
            var (records, count) = (head.Number<uint>(), head.Number<uint>());
            if (records > RecordsMax || count > HeadColumnsMax) return Wrong($"it says {records:N0} records in {count:N0} columns; at most {RecordsMax:N0} and {HeadColumnsMax:N0} are expected");
            var endpoint = head.Text();
            var (from, to) = (head.Number<long>(), head.Number<long>());
            List<Column> columns = [];
            for (var i = 0; i < count; i++)
            {
                var (name, form, packed) = (head.Text(), (ColumnForm)head.Number<byte>(), head.Number<byte>());
                var (raw, stored, crc) = (head.Number<uint>(), head.Number<uint>(), head.Number<uint>());
                if (raw > ColumnBytesMax || stored > BytesMax || packed > 1 || packed == 0 && raw != stored) return Wrong($"the column '{name}' says {stored:N0} bytes for {raw:N0}");
                columns.Add(new Column(name, form, packed == 1, (int)raw, (int)stored, crc));
            }
            var end = head.At;
            if (head.Number<uint>() != Crc32C.Of(bytes.Span[..end])) return Wrong("its head does not fit its checksum");
            var at = head.At;
            foreach (var column in columns)
            {
                column.At = at;
                at = checked(at + column.Stored);
            }
            if (at != bytes.Length) return Wrong($"its columns end at {at:N0}, it has {bytes.Length:N0} bytes");
            foreach (var column in columns)
                if (Crc32C.Of(bytes.Span.Slice(column.At, column.Stored)) != column.Crc) return Wrong($"the column '{column.Name}' does not fit its checksum");
            return new PredictionSegment(bytes, id, endpoint, (int)records, from, to, columns);
        }
        catch (Exception malformed) when (malformed is InvalidDataException or OverflowException or ArgumentException)
        {
            return Wrong(malformed.Message);
        }
    }

    /// <summary>A column of numbers, one a record.</summary>
    /// <exception cref="InvalidDataException">It does not hold what it says.</exception>
    public ReadOnlySpan<T> Numbers<T>(string name) where T : unmanaged
    {
        var numbers = MemoryMarshal.Cast<byte, T>(Fixed(name).Unpack(bytes.Span));
        return numbers.Length == Records ? numbers : throw new InvalidDataException($"the column '{name}' has {numbers.Length:N0} values for {Records:N0} records");
    }

    /// <summary>A column of texts, one a record, empty for none.</summary>
    /// <exception cref="InvalidDataException">It does not hold what it says.</exception>
    public LoggedTexts Texts(string name) => Fixed(name).TextsOf(bytes.Span, Records);

    /// <summary>The columns of inputs and outputs.</summary>
    /// <exception cref="InvalidDataException">They do not hold what they say.</exception>
    public IReadOnlyList<LoggedValues> Values()
    {
        if (values is not null) return values;
        List<LoggedValues> found = [];
        for (var i = 0; i + 1 < columns.Count; i++)
        {
            if (columns[i].Form != ColumnForm.Shapes) continue;
            var content = columns[i + 1];
            var kind = (LoggedKind)(content.Form - ColumnForm.FirstValues);
            if (content.Name != columns[i].Name || kind is < LoggedKind.Float or > LoggedKind.Text) throw new InvalidDataException($"the shapes of '{columns[i].Name}' are not followed by its values");
            found.Add(new LoggedValues(columns[i].Name, kind, columns[i].Unpack(bytes.Span), content.Unpack(bytes.Span), Records));
        }
        return values = found;
    }

    /// <summary>All fields of a record.</summary>
    /// <param name="record">Its position.</param>
    /// <param name="payload">With inputs and outputs.</param>
    /// <exception cref="InvalidDataException">The segment does not hold what it says.</exception>
    public LoggedPrediction Read(int record, bool payload)
    {
        List<LoggedColumn> inputs = [], outputs = [];
        if (payload)
            foreach (var column in Values())
                if (column.Read(record) is { } value) (column.Output ? outputs : inputs).Add(value);
        return new LoggedPrediction
        {
            Id = Texts("id")[record],
            AtMs = Numbers<long>("at_ms")[record],
            Endpoint = Endpoint,
            Arm = Texts("arm")[record],
            Model = Texts("model")[record],
            Version = Texts("version")[record],
            Protocol = Texts("protocol")[record],
            Status = Numbers<int>("status")[record],
            Error = Texts("error")[record],
            Key = Texts("key")[record],
            TraceId = Texts("trace_id")[record],
            Rows = Numbers<int>("rows")[record],
            ParseUs = Numbers<int>("parse_us")[record],
            QueueUs = Numbers<int>("queue_us")[record],
            RunUs = Numbers<int>("run_us")[record],
            Cut = Numbers<byte>("flags")[record] != 0,
            Inputs = inputs,
            Outputs = outputs,
        };
    }

    /// <summary>Reads everything once: true when nothing in it contradicts itself.</summary>
    public Problem? Check()
    {
        try
        {
            for (var record = 0; record < Records; record++) _ = Read(record, payload: true);
            return null;
        }
        catch (Exception malformed) when (malformed is InvalidDataException or OverflowException or ArgumentException)
        {
            return Wrong(malformed.Message);
        }
    }

    private Column Fixed(string name) => fixedColumns.TryGetValue(name, out var column) ? column : throw new InvalidDataException($"there is no column '{name}'");

    private static Problem Wrong(string what) => Problem.Invalid($"The segment of predictions is damaged: {what}. Nothing of it was taken; send it again from its source.");

    private sealed class Column(string name, ColumnForm form, bool packed, int raw, int stored, uint crc)
    {
        private byte[]? unpacked;
        private LoggedTexts? texts;

        public string Name => name;

        public ColumnForm Form => form;

        public int Stored => stored;

        public uint Crc => crc;

        public int At { get; set; }

        public byte[] Unpack(ReadOnlySpan<byte> segment)
        {
            if (unpacked is not null) return unpacked;
            var bytes = segment.Slice(At, stored);
            if (!packed) return unpacked = bytes.ToArray();
            var to = new byte[raw];
            return BrotliDecoder.TryDecompress(bytes, to, out var written) && written == raw ? unpacked = to : throw new InvalidDataException($"the column '{name}' does not unpack to {raw:N0} bytes");
        }

        public LoggedTexts TextsOf(ReadOnlySpan<byte> segment, int records) => texts ??= form is ColumnForm.Words ? LoggedTexts.OfWords(Unpack(segment), records) : LoggedTexts.Of(Unpack(segment), records);
    }
}

/// <summary>Texts, one a record.</summary>
internal sealed class LoggedTexts
{
    private readonly byte[] bytes;
    private readonly int[] starts, lengths;
    private readonly int[]? words;
    private readonly string?[] made;

    private LoggedTexts(byte[] bytes, int[] starts, int[] lengths, int[]? words) => (this.bytes, this.starts, this.lengths, this.words, made) = (bytes, starts, lengths, words, new string?[starts.Length]);

    /// <summary>The text of a record.</summary>
    public string this[int record]
    {
        get
        {
            var at = words is null ? record : words[record];
            return made[at] ??= Encoding.UTF8.GetString(bytes, starts[at], lengths[at]);
        }
    }

    /// <summary>The text of a record as it lies there.</summary>
    public ReadOnlySpan<byte> Utf8(int record)
    {
        var at = words is null ? record : words[record];
        return bytes.AsSpan(starts[at], lengths[at]);
    }

    internal static LoggedTexts Of(byte[] bytes, int records)
    {
        var reader = new SmallReader(bytes);
        var (starts, lengths) = Walk(ref reader, records, bytes.Length);
        return new LoggedTexts(bytes, starts, lengths, null);
    }

    internal static LoggedTexts OfWords(byte[] bytes, int records)
    {
        var reader = new SmallReader(bytes);
        var count = (int)Math.Min(reader.Small(), int.MaxValue);
        if (count > bytes.Length) throw new InvalidDataException("there are more words than bytes");
        var (starts, lengths) = Walk(ref reader, count, bytes.Length);
        var words = new int[records];
        for (var i = 0; i < records; i++)
        {
            var index = reader.Small();
            words[i] = index < (ulong)count ? (int)index : throw new InvalidDataException($"word {index} of {count}");
        }
        return new LoggedTexts(bytes, starts, lengths, words);
    }

    private static (int[] Starts, int[] Lengths) Walk(ref SmallReader reader, int count, int bytesMax)
    {
        if (count > bytesMax) throw new InvalidDataException("there are more texts than bytes");
        var (starts, lengths) = (new int[count], new int[count]);
        for (var i = 0; i < count; i++)
        {
            var length = reader.Small();
            if (length > (ulong)bytesMax) throw new InvalidDataException("a text is longer than its column");
            (starts[i], lengths[i]) = (reader.At, (int)length);
            reader.Bytes((int)length);
        }
        return (starts, lengths);
    }
}

/// <summary>Reads numbers and texts one after the other; reading beyond the end throws.</summary>
internal ref struct SmallReader(ReadOnlySpan<byte> all)
{
    private readonly ReadOnlySpan<byte> all = all;

    /// <summary>How far it is.</summary>
    public int At { get; private set; }

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > all.Length - At) throw new InvalidDataException($"it ends at byte {all.Length:N0}, where more was expected");
        At += count;
        return all.Slice(At - count, count);
    }

    /// <summary>The next number of fixed size.</summary>
    public T Number<T>() where T : unmanaged => MemoryMarshal.Read<T>(Bytes(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));

    /// <summary>The next number in seven bits a byte.</summary>
    public ulong Small()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var one = Bytes(1)[0];
            value |= (ulong)(one & 0x7f) << shift;
            if (one < 0x80) return value;
        }
        throw new InvalidDataException("a number has more than ten bytes");
    }

    /// <summary>The next text.</summary>
    public string Text()
    {
        var length = Small();
        return length <= 10_000 ? Encoding.UTF8.GetString(Bytes((int)length)) : throw new InvalidDataException($"a name has {length:N0} bytes");
    }
}
