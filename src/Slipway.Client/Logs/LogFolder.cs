using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Client.Logs;

/// <summary>What a log is about: enough to make its run on a server that has never heard of it.</summary>
/// <param name="Log">The log's id, 32 hexadecimal digits: whoever sends names it.</param>
/// <param name="Run">The run's id, 32 hexadecimal digits.</param>
/// <param name="Experiment">The experiment's name, or null when its id was given.</param>
/// <param name="ExperimentId">The experiment's id, where it is known.</param>
/// <param name="Name">The run's name.</param>
/// <param name="StartedMs">Unix milliseconds.</param>
/// <param name="Tags">The tags that the run begins with.</param>
/// <param name="Server">The address that the run is meant for; null for whichever it is shipped to.</param>
/// <param name="Workspace">The workspace it is meant for; null for the credentials' own.</param>
/// <param name="Created">False when the log goes on with a run that a server has.</param>
internal sealed record LogSheet(string Log, string Run, string? Experiment, string? ExperimentId, string? Name, long StartedMs, Dictionary<string, string>? Tags,
    string? Server, string? Workspace, bool Created);

/// <summary>How far a server has a log.</summary>
/// <param name="Incarnation">The server's: another one has other data.</param>
/// <param name="Ordinal">Records before this one are stored there.</param>
/// <param name="AtMs">When this was written, Unix milliseconds.</param>
/// <param name="Finished">Whether the log was closed and all of it is there.</param>
/// <param name="Refused">Records that the server refused for what they hold.</param>
internal sealed record LogCursor(string Incarnation, long Ordinal, long AtMs, bool Finished, long Refused);

/// <summary>The folder of one log: `run.json`, segments `000001.log`, a cursor, a lock, and the content of requests and artifacts that wait.</summary>
internal sealed class LogFolder
{
    private const string SheetName = "run.json", CursorName = "cursor.json", LockName = "lock";

    /// <summary>The segments' first size; each is four times the last, up to <see cref="SegmentBytesMax"/>: a small run takes little, a large one few files.</summary>
    public const int SegmentBytesMin = 256 * 1024;

    public const int SegmentBytesMax = 8 * 1024 * 1024;

    private FileStream? held;

    private LogFolder(string path, LogSheet sheet) => (Path, Sheet) = (path, sheet);

    public string Path { get; }

    public LogSheet Sheet { get; }

    /// <summary>Whether its segments are mapped; false where that could kill the process.</summary>
    public bool IsMapped { get; init; }

    /// <summary>Where the content of requests and artifacts waits.</summary>
    public string Spool => System.IO.Path.Combine(Path, "spool");

    /// <summary>Makes the folder and holds it.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder above does not allow it.</exception>
    /// <param name="root">The folder of all logs.</param>
    /// <param name="sheet">What the run is.</param>
    /// <param name="mapped">Whether segments may be mapped; null to ask the file system.</param>
    public static LogFolder Create(string root, LogSheet sheet, bool? mapped = null)
    {
        var path = System.IO.Path.Combine(root, $"{sheet.Run}-{sheet.Log[^12..]}");
        // What is logged may be nobody else's business.
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var made = new LogFolder(path, sheet) { IsMapped = mapped ?? LogSegment.OverwritesInPlace(path) };
        try
        {
            made.Hold();
            // Without it the log belongs to no run: it alone is worth a wait for the disk.
            Replace(System.IO.Path.Combine(path, SheetName), JsonSerializer.SerializeToUtf8Bytes(sheet, LogJson.Default.LogSheet), toDisk: true);
            return made;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            made.Release();
            TryDelete(System.IO.Path.Combine(path, LockName));
            throw;
        }
    }

    /// <summary>Whether a folder is that of a log.</summary>
    public static bool IsOne(string path) => File.Exists(System.IO.Path.Combine(path, SheetName));

    /// <summary>The folders of all logs, in the order the runs began; of one run's logs the one that makes it comes first.</summary>
    public static List<string> All(string root) => !Directory.Exists(root) ? [] :
        [.. Directory.EnumerateDirectories(root).Where(IsOne).Select(path => (Path: path, Sheet: Open(path, out _)?.Sheet))
            .OrderBy(one => one.Sheet?.Run ?? "", StringComparer.Ordinal).ThenBy(one => one.Sheet is { Created: true } ? 0 : 1).ThenBy(one => one.Path, StringComparer.Ordinal).Select(one => one.Path)];

    /// <summary>The log in a folder, or null when there is none; what is wrong with it otherwise.</summary>
    public static LogFolder? Open(string path, out string? damage)
    {
        damage = null;
        var file = System.IO.Path.Combine(path, SheetName);
        if (!File.Exists(file)) return null;
        try
        {
            var bytes = File.ReadAllBytes(file);
            if (JsonSerializer.Deserialize(bytes, LogJson.Default.LogSheet) is { Log: { } log, Run.Length: 32 } sheet && Guid.TryParseExact(log, "N", out _)) return new LogFolder(path, sheet);
            damage = $"{file}: expected the sheet of a run, with its id and the log's.";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            damage = $"{file}: {fault.Message}";
        }
        return null;
    }

    /// <summary>Claims the folder for this process; false when another one writes or ships it.</summary>
    public bool TryHold()
    {
        try
        {
            Hold();
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Release()
    {
        held?.Dispose();
        held = null;
    }

    public string SegmentPath(int number) => System.IO.Path.Combine(Path, number.ToString("D6", CultureInfo.InvariantCulture) + ".log");

    /// <summary>What will be a segment lies here until it begins.</summary>
    public string SparePath(int number) => System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"spare-{number}"));

    /// <summary>The numbers of the segments that are there, in order.</summary>
    public List<int> Segments()
    {
        var numbers = new List<int>();
        foreach (var file in Directory.EnumerateFiles(Path, "*.log"))
            if (int.TryParse(System.IO.Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0) numbers.Add(number);
        numbers.Sort();
        return numbers;
    }

    /// <summary>How far a server has the log; null when that was never noted, or the note is damaged: then the server is asked.</summary>
    public LogCursor? Cursor()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(System.IO.Path.Combine(Path, CursorName)), LogJson.Default.LogCursor);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Notes how far a server has it. A note that cannot be written costs a repetition, which a server takes for what it is.</summary>
    public bool TryNote(LogCursor cursor)
    {
        try
        {
            Replace(System.IO.Path.Combine(Path, CursorName), JsonSerializer.SerializeToUtf8Bytes(cursor, LogJson.Default.LogCursor));
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Removes what a server has had for long enough, and the oldest of it where it is much: segments before this one.</summary>
    public void Trim(int before, TimeSpan keepFor, long keepBytes, DateTimeOffset now)
    {
        try
        {
            var kept = 0L;
            foreach (var number in Enumerable.Reverse(Segments()))
            {
                if (number >= before) continue;
                var file = new FileInfo(SegmentPath(number));
                kept += file.Length;
                if (kept > keepBytes || now - file.LastWriteTimeUtc > keepFor) file.Delete();
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next trim tries again.
        }
    }

    /// <summary>Removes the log from the disk.</summary>
    public void Delete()
    {
        Release();
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next sweep tries again.
        }
    }

    public static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It is in nobody's way.
        }
    }

    // The lock goes with the process, however that ends.
    private void Hold() => held ??= new FileStream(System.IO.Path.Combine(Path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private static void Replace(string file, byte[] content, bool toDisk = false)
    {
        var whole = file + ".new";
        using (var stream = new FileStream(whole, FileMode.Create, FileAccess.Write))
        {
            stream.Write(content);
            if (toDisk) stream.Flush(flushToDisk: true);
        }
        File.Move(whole, file, overwrite: true);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LogSheet))]
[JsonSerializable(typeof(LogCursor))]
internal sealed partial class LogJson : JsonSerializerContext;
