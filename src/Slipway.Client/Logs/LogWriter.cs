using System.Text;

namespace Slipway.Client.Logs;

/// <summary>
/// Appends to a local log from any number of threads: a short lock, a copy into memory that is the file's, no allocation once a key is known. Never
/// throws for troubles of the disk and never waits for anything else: without a disk it goes on in memory, and without memory it counts what it drops.
/// </summary>
internal sealed unsafe partial class LogWriter : IThreadPoolWorkItem, IDisposable
{
    /// <summary>Keys that are remembered at a time; one more forgets them all, and they are named anew.</summary>
    public const int KeysMax = 65_536;

    /// <summary>Longer values of params and tags are cut: far above what a server keeps, far below what a record may hold.</summary>
    public const int TextCharsMax = 16_000;

    /// <summary>The sender is woken when so much waits, without its pause being over.</summary>
    private const int WakeBytes = 256 * 1024;

    /// <summary>How long <see cref="Close"/> waits for a file that another thread is making just then.</summary>
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(5);

    private const int KeyFrameMax = LogFormat.FrameBytes + 1 + LogFormat.VarintBytesMax + 3 * ActiveRun.KeyCharsMax;

    private readonly Lock gate = new();
    private readonly LogFolder? folder;
    private readonly Guid log;
    private readonly long memoryMax;
    private readonly Action<string> warn;
    private readonly Action wake;
    private readonly List<LogSegment> segments = [];
    private readonly Queue<LogSegment> retired = [];
    private readonly ManualResetEventSlim prepares = new(true);
    private readonly Dictionary<string, int> keys = new(StringComparer.Ordinal);

    private LogSegment current;
    private LogSegment? prepared;
    private bool preparing, warned;
    private volatile bool closed;
    private int[] declared = new int[64];
    private int mark, number, spares;
    private long ordinal, step, timeMs, inMemory, dropped, diskAgainAt;

    /// <summary>A log with its first segment.</summary>
    /// <param name="folder">Where it lies; null for memory alone.</param>
    /// <param name="log">Its id.</param>
    /// <param name="firstOrdinal">Of the first record.</param>
    /// <param name="timeMs">Now.</param>
    /// <param name="memoryMax">The most bytes that a log without a disk takes.</param>
    /// <param name="warn">Told once when the disk does not take the log.</param>
    /// <param name="wake">Told when there is much to send; must return at once.</param>
    public LogWriter(LogFolder? folder, Guid log, long firstOrdinal, long timeMs, long memoryMax, Action<string> warn, Action wake)
    {
        (this.folder, this.log, this.memoryMax, this.warn, this.wake) = (folder, log, memoryMax, warn, wake);
        (ordinal, this.timeMs) = (firstOrdinal, timeMs);
        current = Begun(Create(1)) ?? Begun(LogSegment.InMemory(MemorySegment))!;
        Start(current);
    }

    /// <summary>The ordinal of the next record.</summary>
    public long Ordinal => Volatile.Read(ref ordinal);

    /// <summary>Values that found no room: no disk, no memory.</summary>
    public long Dropped => Volatile.Read(ref dropped);

    /// <summary>Whether nothing will be added.</summary>
    public bool IsClosed => closed;

    /// <summary>The segments that wait to be sent.</summary>
    public IEnumerable<int> Numbers
    {
        get
        {
            lock (gate) return [.. segments.Select(static segment => segment.Number)];
        }
    }

    /// <summary>Logs a point.</summary>
    public void Point(string key, double value, long atStep, long atMs)
    {
        lock (gate)
        {
            if (!Ready(LogFormat.PointBytesMax) || Number(key) is var named && named < 0)
            {
                dropped++;
                return;
            }
            var payload = current.Next();
            payload[0] = (byte)LogKind.Point;
            var at = 1 + LogFormat.WriteVarint(ref payload[1], (ulong)named);
            at += LogFormat.WriteVarint(ref payload[at], LogFormat.ZigZag(atStep - step));
            at += LogFormat.WriteVarint(ref payload[at], LogFormat.ZigZag(atMs - timeMs));
            *(double*)(payload + at) = value;
            (step, timeMs) = (atStep, atMs);
            Append(at + sizeof(double));
        }
    }

    /// <summary>Logs two texts: a param, a tag, a request or a file.</summary>
    public bool Pair(LogKind kind, string name, string text)
    {
        if (text.Length > TextCharsMax) text = text[..(char.IsHighSurrogate(text[TextCharsMax - 1]) ? TextCharsMax - 1 : TextCharsMax)];
        var (nameBytes, textBytes) = (Encoding.UTF8.GetByteCount(name), Encoding.UTF8.GetByteCount(text));
        lock (gate)
        {
            if (!Ready(LogFormat.FrameBytes + 1 + LogFormat.VarintBytesMax + nameBytes + textBytes))
            {
                dropped++;
                return false;
            }
            var payload = current.Next();
            payload[0] = (byte)kind;
            var at = 1 + LogFormat.WriteVarint(ref payload[1], (ulong)nameBytes);
            at += Encoding.UTF8.GetBytes(name, new Span<byte>(payload + at, nameBytes));
            at += Encoding.UTF8.GetBytes(text, new Span<byte>(payload + at, textBytes));
            Append(at);
            return true;
        }
    }

    /// <summary>Logs the run's end.</summary>
    public void End(RunStatus status, long atMs)
    {
        lock (gate)
        {
            if (!Ready(LogFormat.FrameBytes + 2 + LogFormat.VarintBytesMax)) return;
            var payload = current.Next();
            (payload[0], payload[1]) = ((byte)LogKind.End, (byte)status);
            Append(2 + LogFormat.WriteVarint(ref payload[2], LogFormat.ZigZag(atMs)));
        }
    }

    /// <summary>The segment of this number while it waits to be sent, or null.</summary>
    public LogSegment? Segment(int number)
    {
        lock (gate) return segments.Find(one => one.Number == number);
    }

    /// <summary>Everything in this segment is stored by the server. Its file stays.</summary>
    public void Release(int number)
    {
        lock (gate)
        {
            var at = segments.FindIndex(one => one.Number == number);
            if (at < 0 || segments[at] == current) return;
            if (segments[at].IsInMemoryAlone)
            {
                inMemory -= segments[at].Bytes;
                segments[at].Dispose();
            }
            segments.RemoveAt(at);
        }
    }

    /// <summary>Whether something waits in memory that no disk took.</summary>
    public bool HasMemoryAlone
    {
        get
        {
            lock (gate) return segments.Exists(one => one.IsInMemoryAlone && one.Tail > LogFormat.HeaderBytes);
        }
    }

    /// <summary>Asks the disk to keep what was logged, for a cut of power.</summary>
    public void Flush()
    {
        LogSegment now;
        lock (gate) now = current;
        try
        {
            now.Flush();
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // The kernel writes it all the same, when it can.
        }
    }

    /// <summary>Nothing will be logged any more: the last segment is sealed. What waits can still be read.</summary>
    public void Close()
    {
        LogSegment? unused;
        lock (gate)
        {
            if (closed) return;
            Seal();
            closed = true; // A reader that sees this has all there is.
        }
        prepares.Wait(CloseMax);
        lock (gate) (unused, prepared) = (prepared, null);
        if (unused is not null) Remove(unused);
        SaveMemory();
        Retire();
    }

    /// <summary>Lets go of everything; the files stay.</summary>
    public void Dispose()
    {
        Close();
        lock (gate)
        {
            foreach (var segment in segments) segment.Dispose();
            segments.Clear();
        }
    }

    private static int MemorySegment => 1024 * 1024;

    private bool Ready(int frameBytes) => !closed && (current.HasRoom(frameBytes) || Roll(frameBytes));

    private void Append(int payloadBytes)
    {
        ordinal++;
        Put(payloadBytes);
        if (current.Tail >= mark) Marked();
    }

    private void Put(int payloadBytes)
    {
        try
        {
            current.Append(payloadBytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            inMemory += current.Bytes;
            Refused(fault);
        }
    }

    /// <summary>The key's number in the current segment, which names it first if need be; -1 when there is no room.</summary>
    private int Number(string key)
    {
        if (keys.TryGetValue(key, out var named) && declared[named] == current.Number) return named;
        if (!Ready(KeyFrameMax + LogFormat.PointBytesMax)) return -1;
        if (!keys.ContainsKey(key))
        {
            if (keys.Count == KeysMax - 1)
            {
                keys.Clear();
                declared.AsSpan().Clear();
            }
            keys.Add(key, named = keys.Count);
            if (named >= declared.Length) Array.Resize(ref declared, 2 * declared.Length);
        }
        var payload = current.Next();
        payload[0] = (byte)LogKind.Key;
        var at = 1 + LogFormat.WriteVarint(ref payload[1], (ulong)named);
        at += Encoding.UTF8.GetBytes(key, new Span<byte>(payload + at, KeyFrameMax - LogFormat.FrameBytes - at));
        declared[named] = current.Number;
        Put(at);
        return named;
    }

    /// <summary>Gives a segment its header and name; null when the disk does not take even that.</summary>
    private LogSegment? Begun(LogSegment? segment)
    {
        if (segment is null) return null;
        try
        {
            segment.Begin(log, number + 1, folder?.SegmentPath(number + 1), ordinal, timeMs);
            number++;
            return segment;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            segment.Dispose();
            Refused(fault);
            return null;
        }
    }

    private void Start(LogSegment segment)
    {
        current = segment;
        segments.Add(segment);
        if (segment.IsInMemoryAlone) inMemory += segment.Bytes;
        step = 0;
        mark = Math.Min(segment.Bytes / 2, WakeBytes);
    }

    private void Seal()
    {
        if (current.IsSealed) return;
        try
        {
            current.Seal(ordinal);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            inMemory += current.Bytes;
            Refused(fault);
        }
        if (!current.IsInMemoryAlone) retired.Enqueue(current);
    }

    /// <summary>The disk does not take it: it is not asked again for a while, and a person is told once.</summary>
    private void Refused(Exception fault)
    {
        Volatile.Write(ref diskAgainAt, Environment.TickCount64 + (long)DiskPause.TotalMilliseconds);
        if (warned) return;
        warned = true;
        warn($"The disk does not take the local log of this run{(folder is null ? "" : $" in {folder.Path}")}: {fault.Message} Logging goes on in memory, up to {memoryMax >> 20} MB; values beyond that are dropped and counted.");
    }
}
