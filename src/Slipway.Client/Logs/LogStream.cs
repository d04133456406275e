using System.Globalization;

namespace Slipway.Client.Logs;

/// <summary>One segment that can be read: of a writer that lives, or a file.</summary>
internal readonly record struct LogPart(LogReader.ReadAt Read, Func<bool> IsOver, Action Close)
{
    /// <summary>What a writer is adding to, or has sealed.</summary>
    public static LogPart Of(LogSegment segment) => new(segment.Read, () => segment.IsSealed, segment.StopReading);

    /// <summary>A file that nobody adds to; null when there is none.</summary>
    public static LogPart? Of(string path)
    {
        if (!File.Exists(path)) return null;
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new LogPart((offset, into) => RandomAccess.Read(file, into, offset), static () => true, file.Dispose);
    }
}

/// <summary>
/// Reads a log from segment to segment. Damage to one ends that one: it is noted with its file and place, and the next, which stands alone, is read.
/// </summary>
/// <param name="open">The segment of a number, or null when there is none (any more, or yet).</param>
/// <param name="numbers">The numbers of all segments, in order.</param>
/// <param name="name">What a segment is called in reports.</param>
/// <param name="isOver">Whether no segment will be added.</param>
internal sealed class LogStream(Func<int, LogPart?> open, Func<List<int>> numbers, Func<int, string> name, Func<bool> isOver)
{
    private readonly byte[] buffer = new byte[LogReader.BufferBytes];
    private LogReader? reader;
    private LogPart part;

    /// <summary>The log of a folder whose writer is gone.</summary>
    public static LogStream Of(LogFolder folder) => new(number => LogPart.Of(folder.SegmentPath(number)), folder.Segments, folder.SegmentPath, static () => true);

    /// <summary>The log of a writer that lives; what it has let go of is read from the folder.</summary>
    public static LogStream Of(LogWriter writer, LogFolder? folder) => new(
        number => writer.Segment(number) is { } segment ? LogPart.Of(segment) : folder is null ? null : LogPart.Of(folder.SegmentPath(number)),
        () => [.. (folder?.Segments() ?? []).Union(writer.Numbers).Order()],
        number => folder?.SegmentPath(number) ?? $"segment {number}",
        () => writer.IsClosed);

    /// <summary>The segment at hand; 0 before the first.</summary>
    public int Segment { get; private set; }

    /// <summary>The ordinal of the record that <see cref="Next"/> answers next, as far as it is known.</summary>
    public long Ordinal => reader?.Ordinal ?? 0;

    /// <summary>What was wrong, one line a place. Bounded by the number of segments.</summary>
    public List<string> Damage { get; } = [];

    /// <summary>Goes to the segment that holds this record, or the first one behind it that is there; records before it in that segment are answered too.</summary>
    public void Seek(long ordinal)
    {
        var target = 0;
        foreach (var number in numbers())
        {
            if (target == 0) target = number;
            if (FirstOrdinal(number) is not { } first) continue;
            if (first > ordinal && target != 0) break;
            target = number;
        }
        Leave();
        Segment = target - 1;
    }

    /// <summary>Steps to the next record of any segment; Damaged is never answered: see <see cref="Damage"/>.</summary>
    public LogStep Next(out LogRecord record)
    {
        while (true)
        {
            if (reader is null)
            {
                record = default;
                var over = isOver();
                if (!Enter()) return over ? LogStep.End : LogStep.Waiting;
            }
            var step = reader!.Next(out record);
            if (step is LogStep.Record or LogStep.Waiting) return step;
            if (step is LogStep.Damaged) Note(reader.Damage!);
            else if (!reader.IsSealed && IsFollowed()) Note(string.Create(CultureInfo.InvariantCulture, $"it ends without its seal, though another follows: records are missing (byte {reader.Offset})"));
            Leave();
        }
    }

    /// <summary>Closes the file at hand.</summary>
    public void Leave()
    {
        if (reader is null) return;
        reader = null;
        part.Close();
    }

    /// <summary>The next segment; when that was removed, the first behind it.</summary>
    private bool Enter()
    {
        if (TryEnter(Segment + 1)) return true;
        foreach (var number in numbers())
            if (number > Segment + 1 && TryEnter(number)) return true;
        return false;
    }

    private bool TryEnter(int number)
    {
        if (open(number) is not { } there) return false;
        (Segment, part) = (number, there);
        reader = new LogReader(part.Read, part.IsOver, buffer);
        return true;
    }

    private bool IsFollowed() => numbers().Exists(number => number > Segment);

    private void Note(string damage)
    {
        var line = $"{name(Segment)}: {damage}";
        if (!Damage.Contains(line)) Damage.Add(line);
    }

    private long? FirstOrdinal(int number)
    {
        if (open(number) is not { } candidate) return null;
        Span<byte> header = stackalloc byte[LogFormat.HeaderBytes];
        var have = 0;
        while (have < header.Length && candidate.Read(have, header[have..]) is var count and > 0) have += count;
        candidate.Close();
        return LogFormat.ReadHeader(header[..have])?.FirstOrdinal;
    }
}
