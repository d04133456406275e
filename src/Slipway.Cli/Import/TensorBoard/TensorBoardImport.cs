using Slipway.Client;

namespace Slipway.Cli.Import.TensorBoard;

/// <summary>
/// Moves the numbers of a TensorBoard log folder into a server: a run for each folder that holds event files, once or for as long as they grow.
/// Reading begins anew whenever in doubt: points are sets, a second time changes nothing.
/// </summary>
/// <param name="root">The log folder.</param>
/// <param name="experiment">The experiment's name.</param>
/// <param name="target">What is written.</param>
/// <param name="withFiles">Whether the event files become artifacts.</param>
/// <param name="live">Whether runs stay RUNNING until <see cref="End"/>.</param>
internal sealed class TensorBoardImport(string root, string experiment, ImportTarget target, bool withFiles, bool live)
{
    /// <summary>Records that are read between two looks at everything else.</summary>
    private const int RecordsAtOnce = 5_000;

    private const string Tool = "tensorboard";

    private static readonly EnumerationOptions Below = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true, RecurseSubdirectories = true, MaxRecursionDepth = 50 };

    private readonly SortedDictionary<string, EventFolder> folders = new(StringComparer.Ordinal);
    private ImportedExperiment? there;

    /// <summary>Reads what is new in every file, and sends it. New folders and files are found.</summary>
    public async Task Pass(CancellationToken ct)
    {
        foreach (var folder in Directory.EnumerateFiles(root, "*tfevents*", Below).Where(file => !file.EndsWith(".profile-empty", StringComparison.Ordinal) && RegularFile.Is(file)).GroupBy(file => Path.GetDirectoryName(file)!, StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(root, folder.Key).Replace('\\', '/');
            if (!folders.TryGetValue(name, out var known)) folders.Add(name, known = new EventFolder(target.Report, name));
            foreach (var file in folder.Order(StringComparer.Ordinal)) known.Add(file);
        }
        foreach (var folder in folders.Values)
        {
            await Read(folder, ct);
            if (!live) folder.Close(); // its writer and readers are not needed again
        }
    }

    /// <summary>Runs that were kept RUNNING end where their last event stands.</summary>
    public async Task End(CancellationToken ct)
    {
        foreach (var folder in folders.Values.Where(folder => folder.Writer is not null)) await folder.Writer!.End(folder.LastMs, ct);
    }

    /// <summary>Forgets how far reading was: after a failure what was on its way is read again.</summary>
    public void Forget()
    {
        folders.Clear();
        there = null;
    }

    private async Task Read(EventFolder folder, CancellationToken ct)
    {
        if (folder.Writer is null && !await Begin(folder, ct)) return;
        var items = new List<EventItem>();
        foreach (var (records, reader) in folder.Files)
        {
            for (var more = true; more;)
            {
                items.Clear();
                var end = Grown(records, record => reader.Read(record, items), out more);
                if (end is RecordsEnd.Damaged or RecordsEnd.TooLarge && folder.Ended.Add(records.Path))
                    target.Report.LeftOut("ends of event files", end is RecordsEnd.Damaged ? "a record's length is damaged: what is behind it cannot be found" : "a record is larger than any that TensorBoard writes", $"{records.Path}, byte {records.Offset}");
                foreach (var item in items)
                    if (item.Text is { } text) await folder.Writer!.Param(item.Tag, text, ct);
                    else await folder.Writer!.Point(item.Tag, item.TimeMs, item.Step, item.Value, ct);
            }
            if (records.Damaged > folder.DamagedBefore(records)) target.Report.LeftOut("events", "the content does not match its checksum", records.Path, folder.Damaged(records));
        }
        if (live)
        {
            await folder.Writer!.Flush(ct);
            return;
        }
        if (withFiles)
            foreach (var (records, _) in folder.Files) await folder.Writer!.File(records.Path, $"tensorboard/{Path.GetFileName(records.Path)}", new FileInfo(records.Path).Length, ct);
        await folder.Writer!.End(folder.LastMs, ct);
    }

    private RecordsEnd Grown(EventRecords records, Action<ReadOnlySpan<byte>> visit, out bool more)
    {
        try
        {
            return records.Read(visit, RecordsAtOnce, out more);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            target.Report.LeftOut("event files", "the file cannot be read", records.Path);
            more = false;
            return RecordsEnd.Here;
        }
    }

    private async Task<bool> Begin(EventFolder folder, CancellationToken ct)
    {
        if (folder.FirstMs() is not { } first)
        {
            if (!live) target.Report.LeftOut("runs", "no event in it can be read", folder.Name);
            return false;
        }
        if (folder.LeftOut) return false;
        there ??= await target.Experiment(experiment, [], Tool, ct) ?? throw new CommandFailure(ExitCode.Refused, $"The server refuses the experiment '{experiment}'.", "Name another with --experiment.");
        var name = folder.Name is "." ? Path.GetFileName(root) : folder.Name;
        var run = new ImportedRun
        {
            Id = ImportId.Of(Tool, experiment, folder.Name, first.ToString()),
            SourceId = folder.Name,
            Tool = Tool,
            Name = name,
            Status = live ? RunStatus.Running : RunStatus.Finished,
            StartMs = first,
            State = live ? null : $"1 {folder.Files.Count} files, {folder.Files.Sum(file => new FileInfo(file.Records.Path).Length)} bytes, {(withFiles ? "kept" : "read")}",
            Tags = [new("mlflow.source.type", "LOCAL"), new("mlflow.source.name", "tensorboard")],
        };
        folder.Writer = await target.Begin(there, run, ct);
        if (folder.Writer is null) folder.LeftOut = true;
        else if (live) await target.Client.Runs.UpdateAsync(run.Id, new RunUpdate { Status = RunStatus.Running }, ct);
        return folder.Writer is not null;
    }
}
