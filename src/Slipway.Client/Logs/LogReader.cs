using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Slipway.Client.Logs;

/// <summary>Where a reader stands after a step.</summary>
internal enum LogStep
{
    /// <summary>There is a record.</summary>
    Record,

    /// <summary>Nothing more is there yet; the writer may add to it.</summary>
    Waiting,

    /// <summary>The segment ends here, as its writer meant or as its death left it.</summary>
    End,

    /// <summary>What follows in this segment cannot be trusted: see <see cref="LogReader.Damage"/>.</summary>
    Damaged,
}

/// <summary>One record. The spans are valid until the next step.</summary>
internal ref struct LogRecord
{
    public LogKind Kind;

    /// <summary>Of a point.</summary>
    public string Key;

    /// <summary>Of a point: the key's number in this segment.</summary>
    public int KeyNumber;

    public long Step, TimeMs;

    public double Value;

    /// <summary>Param and tag: the key. Request: the method and path. File: the artifact's name. UTF-8.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>Param and tag: the value. Request and file: the name of the file beside the log that holds it. UTF-8.</summary>
    public ReadOnlySpan<byte> Text;

    public RunStatus Status;
}

/// <summary>
/// Reads one segment record by record from anything that copies bytes, in bounded memory: the file of a process that is gone, or the segment that a
/// writer is still adding to.
/// </summary>
/// <param name="read">Copies bytes from an offset, as many as there are; 0 at the end.</param>
/// <param name="isOver">Whether nothing will be added any more. Asked before the read whose 0 counts.</param>
/// <param name="buffer">At least <see cref="BufferBytes"/>, for one reader at a time.</param>
internal sealed class LogReader(LogReader.ReadAt read, Func<bool> isOver, byte[] buffer)
{
    public delegate int ReadAt(long offset, Span<byte> into);

    public const int BufferBytes = 256 * 1024;

    private const int KeysMax = 1 << 20;

    private readonly List<string?> keys = [];
    private int start, end;
    private long bufferAt;
    private long step, timeMs;
    private bool begun, sealedHere;

    /// <summary>What the header says, once <see cref="Next"/> was called with success.</summary>
    public Guid Log { get; private set; }

    /// <summary>The ordinal of the next record.</summary>
    public long Ordinal { get; private set; }

    /// <summary>Where in the segment the next record begins.</summary>
    public long Offset => bufferAt + start;

    /// <summary>What is wrong, and where, or null.</summary>
    public string? Damage { get; private set; }

    /// <summary>Whether the writer said that this is the segment's end.</summary>
    public bool IsSealed => sealedHere;

    /// <summary>Steps to the next record.</summary>
    public LogStep Next(out LogRecord record)
    {
        record = default;
        if (Damage is not null) return LogStep.Damaged;
        if (sealedHere) return LogStep.End;
        if (!begun && Begin() is { } early) return early;
        while (true)
        {
            var over = isOver();
            if (!Have(2)) return !over ? LogStep.Waiting : end == start ? LogStep.End : Broken("the file ends within a record");
            int length = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(start));
            if (length == 0) return AfterEnd();
            if (!Have(LogFormat.FrameBytes + length)) return over ? Broken("the file ends within a record") : LogStep.Waiting;
            ReadOnlySpan<byte> payload = buffer.AsSpan(start + LogFormat.FrameBytes, length);
            if (LogFormat.Sum(payload) != BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(start + 2))) return Broken("a record's checksum does not match");
            if (!Parse(payload, ref record)) return Broken("a record is not of a known form");
            start += LogFormat.FrameBytes + length;
            if (record.Kind is LogKind.Key) continue;
            if (record.Kind is LogKind.Seal) return LogStep.End;
            Ordinal++;
            return LogStep.Record;
        }
    }

    private LogStep? Begin()
    {
        var over = isOver();
        if (!Have(LogFormat.HeaderBytes))
        {
            if (!over) return LogStep.Waiting;
            return end == start ? LogStep.End : Broken("the file ends within its header");
        }
        var header = buffer.AsSpan(start, LogFormat.HeaderBytes);
        // Made ready and never begun: the process ended first.
        if (!header.ContainsAnyExcept((byte)0)) return over ? AfterEnd() : LogStep.Waiting;
        if (LogFormat.ReadHeader(header) is not { } read) return Broken("it does not begin as a log does, or its header's checksum does not match");
        (Log, Ordinal, timeMs) = (read.Log, read.FirstOrdinal, read.TimeMs);
        start += LogFormat.HeaderBytes;
        begun = true;
        return null;
    }

    private bool Parse(ReadOnlySpan<byte> payload, ref LogRecord record)
    {
        record.Kind = (LogKind)payload[0];
        payload = payload[1..];
        switch (record.Kind)
        {
            case LogKind.Point:
                if (!LogFormat.TryReadVarint(ref payload, out var key) || !LogFormat.TryReadVarint(ref payload, out var stepBy) || !LogFormat.TryReadVarint(ref payload, out var timeBy)) return false;
                if (payload.Length != sizeof(double) || key >= (ulong)keys.Count || keys[(int)key] is not { } name) return false;
                (record.Step, record.TimeMs) = (step += LogFormat.UnZigZag(stepBy), timeMs += LogFormat.UnZigZag(timeBy));
                (record.Key, record.KeyNumber, record.Value) = (name, (int)key, BinaryPrimitives.ReadDoubleLittleEndian(payload));
                return true;
            case LogKind.Key:
                if (!LogFormat.TryReadVarint(ref payload, out var number) || number >= KeysMax) return false;
                while ((ulong)keys.Count <= number) keys.Add(null);
                keys[(int)number] = Encoding.UTF8.GetString(payload);
                return true;
            case LogKind.Param or LogKind.Tag or LogKind.Request or LogKind.File:
                if (!LogFormat.TryReadVarint(ref payload, out var length) || length > (ulong)payload.Length) return false;
                record.Name = payload[..(int)length];
                record.Text = payload[(int)length..];
                return true;
            case LogKind.End:
                if (payload.Length == 0) return false;
                record.Status = (RunStatus)payload[0];
                payload = payload[1..];
                if (!Enum.IsDefined(record.Status) || !LogFormat.TryReadVarint(ref payload, out var ended)) return false;
                record.TimeMs = LogFormat.UnZigZag(ended);
                return true;
            case LogKind.Seal:
                if (!LogFormat.TryReadVarint(ref payload, out var next) || next != (ulong)Ordinal) return false;
                return sealedHere = true;
            default:
                return false;
        }
    }

    /// <summary>
    /// After an end mark there may be what a call wrote that its process did not survive, then only zeros. A whole record there was lost its
    /// predecessor, which a process cannot do: pages of the file are missing.
    /// </summary>
    private LogStep AfterEnd()
    {
        if (!isOver()) return LogStep.Waiting;
        var mark = Offset;
        for (var skipped = 0L; Have(1); skipped++)
        {
            if (buffer[start] == 0 && skipped > LogFormat.PayloadBytesMax + LogFormat.FrameBytes)
            {
                // Far behind the mark: zeros are passed at once.
                var zeros = buffer.AsSpan(start, end - start).IndexOfAnyExcept((byte)0);
                start = zeros < 0 ? end : start + zeros;
                if (zeros < 0) continue;
            }
            if (skipped > LogFormat.PayloadBytesMax + LogFormat.FrameBytes || IsRecord()) return Broken("records are missing here: others follow", mark);
            start++;
        }
        sealedHere = false;
        return LogStep.End;
    }

    private bool IsRecord()
    {
        if (!Have(LogFormat.FrameBytes + 1)) return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(start));
        return length > 0 && Have(LogFormat.FrameBytes + length)
            && LogFormat.Sum(buffer.AsSpan(start + LogFormat.FrameBytes, length)) == BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(start + 2));
    }

    private LogStep Broken(string what, long? at = null)
    {
        Damage = $"{what} (byte {(at ?? Offset).ToString(System.Globalization.CultureInfo.InvariantCulture)})";
        return LogStep.Damaged;
    }

    /// <summary>Whether so many bytes are in the buffer, after a look for more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Have(int bytes) => end - start >= bytes || Fill(bytes);

    private bool Fill(int bytes)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (bufferAt, end, start) = (bufferAt + start, end - start, 0);
        }
        while (end < bytes)
        {
            var count = read(bufferAt + end, buffer.AsSpan(end));
            if (count == 0) return false;
            end += count;
        }
        return true;
    }
}
