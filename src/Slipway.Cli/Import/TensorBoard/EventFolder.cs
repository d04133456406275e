namespace Slipway.Cli.Import.TensorBoard;

/// <summary>One folder of event files, which is one run, and how far it was read.</summary>
internal sealed class EventFolder(ImportReport report, string name)
{
    private readonly Dictionary<string, long> damaged = [];
    private long lastMs;

    /// <summary>Relative to the log folder, with slashes; "." for the log folder itself.</summary>
    public string Name => name;

    public List<(EventRecords Records, EventReader Reader)> Files { get; } = [];

    public RunWriter? Writer { get; set; }

    /// <summary>The server has it already, or does not take it.</summary>
    public bool LeftOut { get; set; }

    /// <summary>Files whose end was reported.</summary>
    public HashSet<string> Ended { get; } = [];

    /// <summary>The time of the last event, in Unix milliseconds.</summary>
    public long LastMs => Math.Max(lastMs, Files.Count == 0 ? 0 : Files.Max(file => file.Reader.LastMs));

    public void Add(string path)
    {
        if (LeftOut || Files.Exists(file => file.Records.Path == path)) return;
        Files.Add((new EventRecords(path), new EventReader(report, path)));
    }

    /// <summary>When the first event of the first file happened: with the name it says which run this is, wherever the folder lies.</summary>
    public long? FirstMs()
    {
        foreach (var (records, _) in Files)
        {
            var (peek, silent) = (new EventReader(new ImportReport(), records.Path), new EventRecords(records.Path));
            try
            {
                for (var more = true; more && peek.FirstMs == 0;) silent.Read(record => peek.Read(record, []), 1, out more);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            if (peek.FirstMs > 0) return peek.FirstMs;
        }
        return null;
    }

    /// <summary>The damaged records of a file that were reported already.</summary>
    public long DamagedBefore(EventRecords records) => damaged.GetValueOrDefault(records.Path);

    /// <summary>The damaged records of a file that were not reported yet; from now on they are.</summary>
    public long Damaged(EventRecords records)
    {
        var more = records.Damaged - DamagedBefore(records);
        damaged[records.Path] = records.Damaged;
        return more;
    }

    /// <summary>Lets go of everything but the name.</summary>
    public void Close()
    {
        lastMs = LastMs;
        Files.Clear();
        (Writer, LeftOut) = (null, true);
    }
}
