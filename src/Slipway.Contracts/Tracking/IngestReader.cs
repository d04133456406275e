using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Slipway.Tracking;

/// <summary>
/// Reads an ingest request section by section, straight from its bytes. They may be anything: what is wrong is a <see cref="Problem"/>, loops are bounded by
/// limits and by the bytes there are, never by a number that was read.
/// </summary>
public ref struct IngestReader
{
    private readonly ReadOnlySpan<byte> bytes;
    private readonly List<string> texts = [];
    private int position = IngestFormat.HeaderBytes;
    private int points, items;
    private bool pointsRead = true;

    private IngestReader(ReadOnlySpan<byte> sections, IngestHeader header)
    {
        bytes = sections;
        Header = header;
    }

    /// <summary>Which records the request carries.</summary>
    public IngestHeader Header { get; }

    /// <summary>What the section at hand is.</summary>
    public IngestKind Kind { get; private set; }

    /// <summary>Set when the request is malformed; <see cref="Read"/> answers false then.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>The run's id (of <see cref="IngestKind.Run"/>), or the key (of points, a param, a tag).</summary>
    public string Name { get; private set; } = "";

    /// <summary>The number of the text that <see cref="Name"/> is.</summary>
    public int NameNumber { get; private set; }

    /// <summary>The number of the record (of params, tags, beginnings, states).</summary>
    public long Record { get; private set; }

    /// <summary>The value of a param or tag.</summary>
    public string Value { get; private set; } = "";

    /// <summary>How many points there are; read them with <see cref="ReadPoints"/> before the next section.</summary>
    public int Count { get; private set; }

    /// <summary>The start of a beginning or the end of a state (null: none), Unix milliseconds.</summary>
    public long? TimeMs { get; private set; }

    /// <summary>The state's number.</summary>
    public int Status { get; private set; }

    /// <summary>Of a beginning: the experiment's id, its name, the run's name, the user; empty where none was given.</summary>
    public (string ExperimentId, string ExperimentName, string Name, string User) Beginning { get; private set; }

    /// <summary>Checks length, version, flags, range and checksum; answers what is wrong.</summary>
    public static Problem? Open(ReadOnlySpan<byte> request, out IngestReader reader)
    {
        reader = default;
        if (request.Length < IngestFormat.HeaderBytes + IngestFormat.ChecksumBytes)
            return Problem.Invalid($"An ingest request has at least {IngestFormat.HeaderBytes + IngestFormat.ChecksumBytes} bytes, got {request.Length}.");
        if (!request.StartsWith(IngestFormat.Magic)) return Problem.Invalid("An ingest request begins with the bytes 53 4C 57 49 (SLWI).");
        if (request[4] != IngestFormat.Version) return Problem.Invalid($"The ingest request has format version {request[4]}; this server reads version {IngestFormat.Version}.");
        var sections = request[..^IngestFormat.ChecksumBytes];
        if (Crc32C.Of(sections) != BinaryPrimitives.ReadUInt32LittleEndian(request[sections.Length..]))
            return Problem.Invalid("The checksum of the ingest request is wrong: it was damaged on its way. Send it again.");
        if (request[5] > IngestFormat.Begins || request[6] != 0 || request[7] != 0) return Problem.Invalid("The ingest request sets flags that this server does not know.");
        var header = new IngestHeader(new Guid(request[8..24], bigEndian: true), BinaryPrimitives.ReadInt64LittleEndian(request[24..]), BinaryPrimitives.ReadInt64LittleEndian(request[32..]),
            request[5] == IngestFormat.Begins);
        if (header.First < 0 || header.Next < header.First) return Problem.Invalid($"The records {header.First} to {header.Next} of the ingest request are no range.");
        if (header.Log == Guid.Empty) return Problem.Invalid("The ingest request names no log: the id is zero.");
        reader = new IngestReader(sections, header);
        return null;
    }

    /// <summary>Goes to the next section; texts are kept on the way. False at the end, or with a <see cref="Problem"/>.</summary>
    public bool Read()
    {
        if (!pointsRead) throw new InvalidOperationException("The points of the section were not read.");
        while (Problem is null && position < bytes.Length)
        {
            var kind = (IngestKind)bytes[position++];
            switch (kind)
            {
                case IngestKind.Text:
                    if (texts.Count == IngestFormat.TextsMax) return Fail($"it has more than {IngestFormat.TextsMax} texts");
                    texts.Add(Inline(IngestFormat.TextBytesMax));
                    continue;
                case IngestKind.Run:
                    ReadName();
                    break;
                case IngestKind.Points:
                    ReadName();
                    Count = (int)Math.Min(Varint(), int.MaxValue);
                    if (Count is 0 or > IngestFormat.SectionPointsMax) return Fail($"a section holds 1 to {IngestFormat.SectionPointsMax} points, got {Count}");
                    if ((points += Count) > IngestFormat.PointsMax) return Fail($"it has more than {IngestFormat.PointsMax} points");
                    // Values alone take 8 bytes each: a count that cannot be true reserves no memory.
                    if (bytes.Length - position < Count * 8L) return Fail($"{Count} points do not fit into the {bytes.Length - position} bytes left");
                    pointsRead = Problem is not null;
                    break;
                case IngestKind.Param or IngestKind.Tag or IngestKind.Begin or IngestKind.State:
                    if (++items > IngestFormat.ItemsMax) return Fail($"it has more than {IngestFormat.ItemsMax} params, tags, beginnings and states");
                    var offset = Varint();
                    if (offset >= (ulong)(Header.Next - Header.First)) return Fail($"a record lies {offset} behind the first one, outside of the request");
                    Record = Header.First + (long)offset;
                    ReadItem(kind);
                    break;
                default:
                    return Fail($"a section has the unknown kind {(byte)kind}");
            }
            Kind = kind;
            return Problem is null;
        }
        return false;
    }

    /// <summary>Reads the section's points into columns of <see cref="Count"/>; values as they were sent. False with a <see cref="Problem"/>.</summary>
    public bool ReadPoints(Span<long> timesMs, Span<long> steps, Span<double> values)
    {
        pointsRead = true;
        if (!Column(timesMs) || !Column(steps)) return false;
        var size = values.Length * 8;
        if (bytes.Length - position < size) return Fail("it ends within a column of values");
        if (BitConverter.IsLittleEndian) bytes.Slice(position, size).CopyTo(MemoryMarshal.AsBytes(values));
        else
            for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes[(position + i * 8)..]);
        position += size;
        return true;
    }

    private void ReadItem(IngestKind kind)
    {
        switch (kind)
        {
            case IngestKind.Param or IngestKind.Tag:
                ReadName();
                Value = Inline(IngestFormat.ValueBytesMax);
                break;
            case IngestKind.Begin:
                TimeMs = Unzigzag(Varint());
                Beginning = (Inline(IngestFormat.TextBytesMax), Inline(IngestFormat.TextBytesMax * 2), Inline(IngestFormat.TextBytesMax), Inline(IngestFormat.TextBytesMax * 2));
                break;
            default:
                Status = (int)Math.Min(Varint(), int.MaxValue);
                TimeMs = Varint() is var end and > 0 and <= long.MaxValue ? (long)end : null;
                break;
        }
    }

    private bool Column(Span<long> column)
    {
        if (position == bytes.Length) return Fail("it ends before a column");
        var form = (IngestColumn)bytes[position++];
        if (form is IngestColumn.Stride)
        {
            var (first, stride) = (Unzigzag(Varint()), Unzigzag(Varint()));
            for (var i = 0; i < column.Length; i++, first = unchecked(first + stride)) column[i] = first;
            return Problem is null;
        }
        if (form is not IngestColumn.Deltas) return Fail($"a column has the unknown form {(byte)form}");
        var (last, at) = (0L, position);
        for (var i = 0; i < column.Length; i++)
        {
            if ((uint)at >= (uint)bytes.Length) return Fail("it ends within a column");
            ulong delta = bytes[at++];
            if (delta >= 0x80)
            {
                position = at - 1;
                delta = Varint();
                if (Problem is not null) return false;
                at = position;
            }
            last = unchecked(last + Unzigzag(delta));
            column[i] = last;
        }
        position = at;
        return true;
    }

    private void ReadName()
    {
        var number = Varint();
        if (number >= (ulong)texts.Count) Fail($"it names text {number}, and has {texts.Count} so far");
        else (Name, NameNumber) = (texts[(int)number], (int)number);
    }

    private string Inline(int bytesMax)
    {
        var size = Varint();
        if (size > (ulong)bytesMax)
        {
            Fail($"a text holds at most {bytesMax} bytes here, got {size}");
            return "";
        }
        if (bytes.Length - position < (int)size)
        {
            Fail("it ends within a text");
            return "";
        }
        var utf8 = bytes.Slice(position, (int)size);
        position += (int)size;
        if (Utf8.IsValid(utf8)) return Encoding.UTF8.GetString(utf8);
        Fail("a text is not UTF-8");
        return "";
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64 && position < bytes.Length; shift += 7)
        {
            var next = bytes[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        Fail("it ends within a number, or a number is too long");
        return 0;
    }

    private bool Fail(string what)
    {
        Problem ??= Problem.Invalid($"The ingest request is malformed at byte {position}: {what}. Its checksum is right, so whatever wrote it is at fault.");
        return false;
    }

    private static long Unzigzag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
