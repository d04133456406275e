using RunStatus = Slipway.Client.RunStatus;

namespace Slipway.Cli.Import.Mlflow;

/// <summary>
/// An mlruns folder: one folder for each experiment and run, one file for each metric, param and tag. Experiments and runs here; what was logged
/// in MlflowFolder.Logged.cs, models in MlflowFolder.Models.cs. A folder or file that cannot be read is reported and left out.
/// </summary>
internal sealed partial class MlflowFolder(string root, ImportReport report) : MlflowSource(report)
{
    private const string Meta = "meta.yaml", Trash = ".trash";

    /// <summary>Folders beside the runs of an experiment.</summary>
    private static readonly HashSet<string> NoRuns = ["datasets", "models", "tags", "traces", "assessments"];

    private static readonly EnumerationOptions Here = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true, ReturnSpecialDirectories = false };

    public override string? Folder => root;

    public override string Description => $"{root} (MLflow folder)";

    /// <summary>True for a folder that MLflow's file store wrote.</summary>
    public static bool Is(string folder) => Directory.Exists(Path.Combine(folder, Trash)) || Directory.EnumerateDirectories(folder, "*", Here).Any(one => File.Exists(Path.Combine(one, Meta)) && Path.GetFileName(one).All(char.IsAsciiDigit));

    public override MlflowSource Another() => new MlflowFolder(root, Report);

    public override IEnumerable<MlflowExperiment> Experiments()
    {
        var deleted = Path.Combine(root, Trash);
        foreach (var folder in Folders(root).Concat(Directory.Exists(deleted) ? Folders(deleted) : []))
        {
            var id = Path.GetFileName(folder);
            if (id is "models" or Trash || id.Length == 0) continue;
            if (Read(folder, "experiments") is not { } meta) continue;
            yield return new MlflowExperiment(meta.Text("experiment_id") ?? id, meta.Text("name") ?? id, meta.Text("lifecycle_stage") is "deleted", meta.Long("last_update_time"),
                [.. Texts(Path.Combine(folder, "tags"))])
            { Folder = folder };
        }
    }

    public override IEnumerable<MlflowRun> Runs(MlflowExperiment experiment)
    {
        foreach (var folder in Folders(experiment.Folder))
        {
            if (NoRuns.Contains(Path.GetFileName(folder))) continue;
            if (Read(folder, "runs") is not { } meta) continue;
            var status = meta.Text("status");
            yield return new MlflowRun(meta.Text("run_id") ?? meta.Text("run_uuid") ?? Path.GetFileName(folder), meta.Text("run_name") ?? meta.Text("name") ?? "", meta.Text("user_id") ?? "",
                status switch { "1" or "RUNNING" => RunStatus.Running, "2" or "SCHEDULED" => RunStatus.Scheduled, "4" or "FAILED" => RunStatus.Failed, "5" or "KILLED" => RunStatus.Killed, _ => RunStatus.Finished },
                meta.Long("start_time") ?? 0, meta.Long("end_time"), meta.Text("lifecycle_stage") is "deleted", meta.Long("deleted_time"), meta.Text("artifact_uri") ?? "")
            { Folder = folder, Code = (meta.Text("source_name") ?? "", meta.Text("source_version") ?? "", meta.Text("entry_point_name") ?? "") };
        }
    }

    public override void ReportRest()
    {
        var models = Path.Combine(root, "models");
        if (Directory.Exists(models)) Report.LeftOut("registered models", "this server has no place for them yet", null, Folders(models).Count());
        foreach (var folder in Folders(root))
            if (Path.Combine(folder, "traces") is var traces && Directory.Exists(traces)) Report.LeftOut("traces", "this server has no place for them yet", null, Folders(traces).Count());
    }

    public override void Dispose() { }

    private static IEnumerable<string> Folders(string folder) => Directory.EnumerateDirectories(folder, "*", Here).Order(StringComparer.Ordinal);

    /// <summary>A folder's meta.yaml; null, and reported, when there is none that can be read.</summary>
    private MetaYaml? Read(string folder, string what)
    {
        try
        {
            return MetaYaml.Read(Path.Combine(folder, Meta));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Report.LeftOut(what, fault is FileNotFoundException ? $"the folder has no {Meta}" : fault is InvalidDataException ? fault.Message : "the folder's meta.yaml cannot be read", Path.GetRelativePath(root, folder));
            return null;
        }
    }

    /// <summary>Every file below a folder with its name there, as keys with slashes; links are not followed.</summary>
    private static IEnumerable<(string Key, string File)> Files(string folder)
    {
        if (!Directory.Exists(folder)) yield break;
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true, RecurseSubdirectories = true, MaxRecursionDepth = 100 };
        foreach (var file in Directory.EnumerateFiles(folder, "*", options).Where(RegularFile.Is).Order(StringComparer.Ordinal))
            yield return (Path.GetRelativePath(folder, file).Replace('\\', '/'), file);
    }

    /// <summary>A folder of small texts: params and tags.</summary>
    private IEnumerable<KeyValuePair<string, string>> Texts(string folder)
    {
        foreach (var (key, file) in Files(folder))
            if (TextOf(file) is { } text) yield return KeyValuePair.Create(key, text);
    }

    private string? TextOf(string file)
    {
        try
        {
            using var reader = new StreamReader(file);
            var buffer = new char[Math.Min(TextCharsMax, new FileInfo(file).Length + 1)];
            var length = reader.ReadBlock(buffer);
            return new string(buffer, 0, length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Report.LeftOut("params and tags", "the file cannot be read", Path.GetRelativePath(root, file));
            return null;
        }
    }
}
