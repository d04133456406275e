using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Tracking;

/// <summary>
/// Writes ingest requests: <see cref="Begin"/>, then for each run <see cref="Run"/> and what was logged to it, then <see cref="End"/>. Used again and again
/// without allocating once its buffer has grown. Not thread-safe.
/// </summary>
public sealed class IngestWriter
{
    private readonly Dictionary<string, int> texts = new(StringComparer.Ordinal);
    private byte[] buffer = new byte[4096];
    private int length;
    private IngestHeader header;
    private int run = -1;

    /// <summary>Bytes so far, the checksum not counted. Send at the latest when the next section could pass <see cref="IngestFormat.BytesMax"/>.</summary>
    public int Length => length;

    /// <summary>Points so far; at most <see cref="IngestFormat.PointsMax"/> in one request.</summary>
    public int Points { get; private set; }

    /// <summary>Params, tags, beginnings and states so far; at most <see cref="IngestFormat.ItemsMax"/> in one request.</summary>
    public int Items { get; private set; }

    /// <summary>Starts a request, forgetting the last one. <see cref="IngestHeader.Next"/> may be set again by <see cref="End"/>.</summary>
    public void Begin(IngestHeader request)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(request.First);
        header = request;
        texts.Clear();
        (length, run, Points, Items) = (IngestFormat.HeaderBytes, -1, 0, 0);
    }

    /// <summary>The run that what follows is about.</summary>
    /// <param name="runId">Its id.</param>
    public void Run(string runId)
    {
        var text = Text(runId);
        if (text == run) return;
        Need(6);
        Put(IngestKind.Run);
        Put((ulong)text);
        run = text;
    }

    /// <summary>
    /// Points of one metric, in any order; columns of one length. More than <see cref="IngestFormat.SectionPointsMax"/> become several sections. Where timestamps
    /// or steps rise evenly, their column takes a few bytes.
    /// </summary>
    /// <param name="key">The metric.</param>
    /// <param name="timesMs">Unix milliseconds, 0 or more.</param>
    /// <param name="steps">Any number.</param>
    /// <param name="values">Any number, NaN and infinities too.</param>
    public void AddPoints(string key, ReadOnlySpan<long> timesMs, ReadOnlySpan<long> steps, ReadOnlySpan<double> values)
    {
        InRun();
        if (timesMs.Length != steps.Length || steps.Length != values.Length) throw new ArgumentException($"Columns of one length are expected, got {timesMs.Length} timestamps, {steps.Length} steps and {values.Length} values.");
        var text = Text(key);
        while (timesMs.Length > 0)
        {
            var count = Math.Min(timesMs.Length, IngestFormat.SectionPointsMax);
            Need(16 + count * 28);
            Put(IngestKind.Points);
            Put((ulong)text);
            Put((ulong)count);
            Column(timesMs[..count]);
            Column(steps[..count]);
            Values(values[..count]);
            Points += count;
            timesMs = timesMs[count..];
            steps = steps[count..];
            values = values[count..];
        }
    }

    /// <summary>A param. A value of more than 21,845 characters is cut there: over the server's limit in any case.</summary>
    /// <param name="record">The number of the record that holds it.</param>
    /// <param name="key">Its key.</param>
    /// <param name="value">Its value.</param>
    public void AddParam(long record, string key, string value) => Pair(IngestKind.Param, record, key, value);

    /// <summary>A tag; of equal keys the last one wins.</summary>
    /// <param name="record">The number of the record that holds it.</param>
    /// <param name="key">Its key.</param>
    /// <param name="value">Its value.</param>
    public void AddTag(long record, string key, string value) => Pair(IngestKind.Tag, record, key, value);

    /// <summary>The run begins: the server makes it unless it exists, and the experiment as well.</summary>
    /// <param name="record">The number of the record that says so.</param>
    /// <param name="startMs">Unix milliseconds.</param>
    /// <param name="experimentId">The experiment's id, or null where its name is given; both null: the Default experiment.</param>
    /// <param name="experimentName">The experiment's name, or null.</param>
    /// <param name="name">The run's name, or null for one that the server makes up.</param>
    /// <param name="user">Who runs it, or null.</param>
    public void AddBegin(long record, long startMs, string? experimentId, string? experimentName, string? name, string? user)
    {
        Item(IngestKind.Begin, record);
        Need(10);
        Put(Zigzag(startMs));
        Inline(experimentId ?? "", IngestFormat.TextBytesMax);
        Inline(experimentName ?? "", 2 * IngestFormat.TextBytesMax);
        Inline(name ?? "", IngestFormat.TextBytesMax);
        Inline(user ?? "", 2 * IngestFormat.TextBytesMax);
    }

    /// <summary>The run's state changes.</summary>
    /// <param name="record">The number of the record that says so.</param>
    /// <param name="status">1 RUNNING, 2 SCHEDULED, 3 FINISHED, 4 FAILED, 5 KILLED.</param>
    /// <param name="endMs">Unix milliseconds, or null when it has not ended.</param>
    public void AddState(long record, int status, long? endMs)
    {
        Item(IngestKind.State, record);
        Need(11);
        buffer[length++] = checked((byte)status);
        Put((ulong)(endMs ?? 0));
    }

    /// <summary>Ends the request; the memory holds it until the next <see cref="Begin"/>.</summary>
    /// <param name="next">One past the last record, or null for what <see cref="Begin"/> was told.</param>
    public ReadOnlyMemory<byte> End(long? next = null)
    {
        if (next is { } end) header = header with { Next = end };
        if (header.Next < header.First) throw new InvalidOperationException($"The records {header.First} to {header.Next} are no range.");
        var head = buffer.AsSpan(0, IngestFormat.HeaderBytes);
        head.Clear();
        IngestFormat.Magic.CopyTo(head);
        head[4] = IngestFormat.Version;
        head[5] = header.Begins ? IngestFormat.Begins : (byte)0;
        header.Log.TryWriteBytes(head[8..24], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], header.First);
        BinaryPrimitives.WriteInt64LittleEndian(head[32..], header.Next);
        Need(IngestFormat.ChecksumBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(length), Crc32C.Of(buffer.AsSpan(0, length)));
        return buffer.AsMemory(0, length + IngestFormat.ChecksumBytes);
    }

    private void InRun()
    {
        if (run < 0) throw new InvalidOperationException("Say which run it is first.");
    }

    private void Pair(IngestKind kind, long record, string key, string value)
    {
        var text = Text(key);
        Item(kind, record);
        Need(5);
        Put((ulong)text);
        Inline(value, IngestFormat.ValueBytesMax);
    }

    private void Item(IngestKind kind, long record)
    {
        InRun();
        ArgumentOutOfRangeException.ThrowIfLessThan(record, header.First);
        Need(11);
        Put(kind);
        Put((ulong)(record - header.First));
        Items++;
    }

    private int Text(string text)
    {
        if (texts.TryGetValue(text, out var known)) return known;
        Need(1);
        Put(IngestKind.Text);
        Inline(text, IngestFormat.TextBytesMax);
        texts.Add(text, texts.Count);
        return texts.Count - 1;
    }

    // What is too long for its place is far over the server's own limit: cut, it is refused there by name instead of with the whole request.
    private void Inline(ReadOnlySpan<char> text, int bytesMax)
    {
        var charsMax = bytesMax / 3;
        if (text.Length > charsMax) text = text[..(char.IsHighSurrogate(text[charsMax - 1]) ? charsMax - 1 : charsMax)];
        var bytes = Encoding.UTF8.GetByteCount(text);
        Need(5 + bytes);
        Put((ulong)bytes);
        length += Encoding.UTF8.GetBytes(text, buffer.AsSpan(length));
    }

    private void Column(ReadOnlySpan<long> column)
    {
        var stride = column.Length > 1 ? unchecked(column[1] - column[0]) : 0;
        var even = true;
        for (var i = 2; i < column.Length && even; i++) even = unchecked(column[i] - column[i - 1]) == stride;
        if (even)
        {
            buffer[length++] = (byte)IngestColumn.Stride;
            Put(Zigzag(column[0]));
            Put(Zigzag(stride));
            return;
        }
        buffer[length++] = (byte)IngestColumn.Deltas;
        var (before, at, bytes) = (0L, length, buffer);
        foreach (var each in column)
        {
            var delta = Zigzag(unchecked(each - before));
            before = each;
            while (delta >= 0x80)
            {
                bytes[at++] = (byte)(delta | 0x80);
                delta >>= 7;
            }
            bytes[at++] = (byte)delta;
        }
        length = at;
    }

    private void Values(ReadOnlySpan<double> values)
    {
        var into = buffer.AsSpan(length, values.Length * 8);
        if (BitConverter.IsLittleEndian) MemoryMarshal.AsBytes(values).CopyTo(into);
        else
            for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(into[(i * 8)..], values[i]);
        length += into.Length;
    }

    private void Put(IngestKind kind) => buffer[length++] = (byte)kind;

    private void Put(ulong value)
    {
        while (value >= 0x80)
        {
            buffer[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        buffer[length++] = (byte)value;
    }

    private void Need(int more)
    {
        if (length + more > buffer.Length) Array.Resize(ref buffer, Math.Max(length + more, buffer.Length * 2));
    }

    private static ulong Zigzag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
