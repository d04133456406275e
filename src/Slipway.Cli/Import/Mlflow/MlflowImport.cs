using Slipway.Client;

namespace Slipway.Cli.Import.Mlflow;

/// <summary>
/// Moves what MLflow tracked into a server: experiments by name, runs and logged models with their ids. Several runs travel at once. May be
/// broken off and begun again at any time.
/// </summary>
/// <param name="source">What is read.</param>
/// <param name="target">What is written.</param>
/// <param name="artifacts">Where artifacts are found; null to leave them.</param>
/// <param name="progress">Gets a line for each experiment.</param>
internal sealed class MlflowImport(MlflowSource source, ImportTarget target, ArtifactFolders? artifacts, Action<string> progress)
{
    /// <summary>How many runs are read at once: reading and sending take turns within each.</summary>
    public const int RunsAtOnce = 4;

    private const string Tool = "mlflow";

    private readonly System.Collections.Concurrent.ConcurrentBag<MlflowSource> readers = [];

    /// <summary>Imports the experiments of these names; all when there are none.</summary>
    /// <exception cref="CommandFailure">A name is not in the source.</exception>
    public async Task Run(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        if (names.Count > 0)
        {
            var missing = names.ToHashSet();
            foreach (var experiment in source.Experiments()) missing.Remove(experiment.Name);
            if (missing.Count > 0)
                throw new CommandFailure(ExitCode.NotFound, $"{source.Description} has no experiment named '{missing.First()}'.", $"It has: {string.Join(", ", source.Experiments().Take(20).Select(one => ImportReport.Cut(one.Name)))}.");
        }
        try
        {
            foreach (var experiment in source.Experiments().Where(one => names.Count == 0 || names.Contains(one.Name))) await Import(experiment, ct);
        }
        finally
        {
            foreach (var reader in readers) reader.Dispose();
        }
        source.ReportRest();
    }

    private async Task Import(MlflowExperiment experiment, CancellationToken ct)
    {
        if (await target.Experiment(experiment.Name, experiment.Tags, Tool, ct) is not { } there) return;
        var models = new LoggedModelWriter(target, there, artifacts);
        foreach (var model in source.Models(experiment)) await models.Make(model, ct);
        var runs = 0;
        await Parallel.ForEachAsync(source.Runs(experiment), new ParallelOptions { MaxDegreeOfParallelism = RunsAtOnce, CancellationToken = ct }, async (run, stop) =>
        {
            if (!readers.TryTake(out var reader)) reader = source.Another();
            try
            {
                await Import(experiment, there, run, reader, stop);
                Interlocked.Increment(ref runs);
            }
            finally
            {
                readers.Add(reader);
            }
        });
        foreach (var model in source.Models(experiment)) await models.End(model, source.ModelPoints(model), ct);
        await there.End(experiment.IsDeleted, ct);
        progress($"{ImportReport.Cut(experiment.Name)}: {runs:N0} runs; {target.Report.Count("metric points"):N0} points so far");
    }

    private async Task Import(MlflowExperiment experiment, ImportedExperiment there, MlflowRun run, MlflowSource reader, CancellationToken ct)
    {
        // MLflow marks the runs of an experiment as deleted when it deletes the experiment; one that was deleted before stays deleted when it comes back.
        var with = experiment.IsDeleted && (run.DeletedMs is null || experiment.UpdatedMs is null || run.DeletedMs >= experiment.UpdatedMs - 1_000);
        var tags = reader.Tags(run).Where(tag => tag.Key is "mlflow.runName" or "mlflow.user").Take(2).ToDictionary(tag => tag.Key, tag => tag.Value);
        var imported = new ImportedRun
        {
            Id = RunId(run.Id),
            SourceId = run.Id,
            Tool = Tool,
            Name = run.Name.Length > 0 ? run.Name : tags.GetValueOrDefault("mlflow.runName", ""),
            UserId = run.UserId,
            Status = run.Status,
            StartMs = run.StartMs,
            EndMs = run.EndMs,
            IsDeleted = run.IsDeleted,
            IsDeletedWithExperiment = run.IsDeleted && with,
            State = $"1 {Words.Of(run.Status)} {run.StartMs} {run.EndMs} {(run.IsDeleted ? "deleted" : "active")} {(artifacts is null ? "no artifacts" : "artifacts")} {reader.Measure(run)}",
        };
        if (await target.Begin(there, imported, ct) is not { } writer) return;
        foreach (var (key, value) in reader.Params(run)) await writer.Param(key, value, ct);
        foreach (var (key, value) in reader.Tags(run)) await writer.Tag(key, key is "mlflow.parentRunId" ? RunId(value) : value, ct);
        if (!tags.ContainsKey("mlflow.user") && run.UserId is not ("" or "unknown")) await writer.Tag("mlflow.user", run.UserId, ct);
        if (run.Code.Name.Length > 0) await writer.Tag("mlflow.source.name", run.Code.Name, ct);
        if (run.Code.Version.Length > 0) await writer.Tag("mlflow.source.git.commit", run.Code.Version, ct);
        foreach (var point in reader.Points(run)) await writer.Point(point.Key, point.TimeMs, point.Step, point.Value, ct);
        var links = reader.Links(run);
        await writer.Links(links.Datasets, [.. links.Read.Select(model => model with { ModelId = LoggedModelWriter.Id(model.ModelId ?? "") })],
            [.. links.Written.Select(model => model with { ModelId = LoggedModelWriter.Id(model.ModelId ?? "") })], ct);
        if (artifacts is not null) await Artifacts(writer, run, ct);
        await writer.End(ct);
    }

    private async Task Artifacts(RunWriter writer, MlflowRun run, CancellationToken ct)
    {
        var own = run.Folder.Length > 0 ? Path.Combine(run.Folder, "artifacts") : "";
        var (folder, why) = own.Length > 0 && Directory.Exists(own) ? artifacts!.Find(own) : artifacts!.Find(run.ArtifactUri);
        if (folder is not null) await writer.Files(folder, "", ct);
        else if (why is not null) target.Report.LeftOut("artifacts of runs", why, $"run {run.Id}: {run.ArtifactUri}");
    }

    /// <summary>The id itself where it can be kept.</summary>
    private static string RunId(string id) => ImportId.IsRunId(id) ? id : ImportId.Of(Tool, id);
}
