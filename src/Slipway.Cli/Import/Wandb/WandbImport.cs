using RunStatus = Slipway.Client.RunStatus;

namespace Slipway.Cli.Import.Wandb;

/// <summary>Moves W&amp;B runs that were logged offline into a server: numbers, config, summary, system statistics, and the run's files.</summary>
/// <param name="experiment">The experiment's name; null for each run's project.</param>
/// <param name="target">What is written.</param>
/// <param name="clock">Says how long ago a log was written to.</param>
internal sealed class WandbImport(string? experiment, ImportTarget target, TimeProvider clock)
{
    /// <summary>A log without an end that was written to within this time is of a run at work.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    private const string Tool = "wandb";

    private readonly Dictionary<string, ImportedExperiment?> experiments = new(StringComparer.Ordinal);

    /// <summary>The logs that a path names: itself, or those in the folder and its runs' folders, oldest names first.</summary>
    public static IEnumerable<string> Logs(string path) => File.Exists(path)
        ? [path]
        : Directory.EnumerateFiles(path, "*.wandb", new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true, RecurseSubdirectories = true, MaxRecursionDepth = 4 }).Where(RegularFile.Is).Order(StringComparer.Ordinal);

    /// <summary>Imports one log. What is damaged in it is reported; what is whole is imported.</summary>
    public async Task Import(string path, CancellationToken ct)
    {
        var log = new WandbLog(path);
        var run = new WandbRun(target.Report, path);
        try
        {
            while (log.Next(run.Read)) ct.ThrowIfCancellationRequested();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            target.Report.LeftOut("logs", fault is InvalidDataException ? fault.Message : "the file cannot be read", path);
            return;
        }
        if (log.Damaged > 0) target.Report.LeftOut("stretches of logs", "damaged: a chunk does not match its checksum or place; reading went on behind it", $"{path}, byte {log.FirstDamage}", log.Damaged);
        if (run.Id.Length == 0)
        {
            target.Report.LeftOut("logs", "no record in it says which run it is", path);
            return;
        }
        var name = experiment ?? (run.Project.Length > 0 ? run.Project : "wandb");
        if (!experiments.TryGetValue(name, out var there)) experiments.Add(name, there = await target.Experiment(name, [], Tool, ct));
        if (there is null || await target.Begin(there, Describe(run, name, path), ct) is not { } writer) return;
        foreach (var (key, value) in run.Config) await writer.Param(key, value, ct);
        foreach (var (key, value) in run.Tags) await writer.Tag(key, value, ct);
        var lastMs = await Points(log, run, writer, ct);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && Path.Combine(folder, "files") is var files && Directory.Exists(files)) await writer.Files(files, "wandb", ct);
        if (run.ExitCode is null && !IsLive(path)) await writer.End(lastMs, ct);
        else await writer.End(ct);
    }

    private ImportedRun Describe(WandbRun run, string experiment, string path) => new()
    {
        Id = ImportId.Of(Tool, experiment, run.Entity, run.Project, run.Id),
        SourceId = run.Id,
        Tool = Tool,
        Name = run.Name.Length > 0 ? run.Name : run.Id,
        Status = run.ExitCode switch { 0 => RunStatus.Finished, null => IsLive(path) ? RunStatus.Running : RunStatus.Failed, _ => RunStatus.Failed },
        StartMs = run.StartMs,
        EndMs = run.ExitCode is null ? null : run.StartMs + 1000L * run.RuntimeSeconds,
        State = $"1 {new FileInfo(path).Length} bytes {(IsLive(path) && run.ExitCode is null ? "live" : "whole")}",
    };

    private async Task<long> Points(WandbLog log, WandbRun run, RunWriter writer, CancellationToken ct)
    {
        var points = new WandbPoints(target.Report, log.Path, run.StartMs);
        log.Rewind();
        for (var more = true; more;)
        {
            more = log.Next(points.Read);
            foreach (var (key, timeMs, step, value) in points.Ready) await writer.Point(key, timeMs, step, value, ct);
            points.Ready.Clear();
        }
        foreach (var (key, json) in run.Summary)
            if (points.Seen.Contains(key) || key.StartsWith('_')) continue;
            else if (WandbJson.TryNumber(System.Text.Encoding.UTF8.GetBytes(json), out var value)) await writer.Point(key, points.LastMs, points.LastStep, value, ct);
            else if (json.Contains("\"_type\"", StringComparison.Ordinal)) target.Report.LeftOut("media, tables and histograms in the summary", "only numbers and texts are kept", $"{log.Path}: {key}");
            else await writer.Tag($"wandb.summary.{key}", json.Length > 1 && json[0] == '"' && json[^1] == '"' ? json[1..^1] : json, ct);
        return points.LastMs;
    }

    private bool IsLive(string path) => clock.GetUtcNow() - File.GetLastWriteTimeUtc(path) < Silence;
}
