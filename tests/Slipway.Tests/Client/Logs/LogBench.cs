using System.Text;
using Slipway.Client.Logs;

namespace Slipway.Tests.Client.Logs;

/// <summary>A folder for local logs, and what is in them as text, one line a record.</summary>
internal sealed class LogBench : IDisposable
{
    public static readonly Guid Log = Guid.ParseExact("0123456789abcdef0123456789abcdef", "N");

    public string Root { get; } = Directory.CreateTempSubdirectory("slipway-logs-").FullName;

    public List<string> Warnings { get; } = [];

    public LogFolder Folder(bool? mapped = null) => LogFolder.Create(Root, new LogSheet(Log.ToString("N"), new string('a', 32), "flights", null, "one", 1_000, null, null, null, true), mapped);

    public LogWriter Writer(LogFolder? folder, long memoryMax = 64 << 20) => new(folder, Log, 1, 1_000, memoryMax, Warnings.Add, static () => { });

    /// <summary>Reads a whole folder as one does when its writer is gone.</summary>
    public static (List<string> Records, List<string> Damage) Read(LogFolder folder)
    {
        var (records, damage) = (new List<string>(), new List<string>());
        foreach (var number in folder.Segments())
        {
            var (part, broken) = Read(File.ReadAllBytes(folder.SegmentPath(number)));
            records.AddRange(part);
            if (broken is not null) damage.Add($"{number}: {broken}");
        }
        return (records, damage);
    }

    public static (List<string> Records, string? Damage) Read(byte[] file)
    {
        var records = new List<string>();
        var reader = Reader(file);
        while (reader.Next(out var record) is LogStep.Record) records.Add(Line(record));
        return (records, reader.Damage);
    }

    public static LogReader Reader(byte[] file) => new((offset, into) =>
    {
        var count = (int)Math.Min(into.Length, Math.Max(0, file.Length - offset));
        file.AsSpan((int)Math.Min(offset, file.Length), count).CopyTo(into);
        return count;
    }, () => true, new byte[LogReader.BufferBytes]);

    public static string Line(in LogRecord record) => record.Kind switch
    {
        LogKind.Point => Point(record.Key, record.Value, record.Step, record.TimeMs),
        LogKind.End => $"end {record.Status} {record.TimeMs}",
        _ => $"{record.Kind} {Encoding.UTF8.GetString(record.Name)}={Encoding.UTF8.GetString(record.Text)}",
    };

    public static string Point(string key, double value, long step, long timeMs) => $"{key} {BitConverter.DoubleToInt64Bits(value):x} {step} {timeMs}";

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
