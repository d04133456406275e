using System.Collections.Concurrent;
using Slipway.Client;
using Slipway.Tracking;
using Run = Slipway.Client.Run;
using RunStatus = Slipway.Client.RunStatus;

namespace Slipway.Cli.Import;

/// <summary>
/// The server that an import writes to. Everything here may be done again: experiments are found by name, runs by their id, points are sets, and a
/// run that is whole carries a tag that says so. What the server refuses is reported and left out; a server that is away or full ends the import.
/// </summary>
internal sealed class ImportTarget(SlipwayClient client, ImportReport report)
{
    private const string Runs = "api/2.0/mlflow/runs/";

    private readonly ConcurrentBag<PointChannel> channels = [];

    public SlipwayClient Client => client;

    public ImportReport Report => report;

    /// <summary>True for what is wrong with one thing; false for what would be wrong with everything after it too.</summary>
    public static bool IsRefusal(SlipwayException failure) => failure.Status is 400 or 404 or 409 or 413;

    /// <summary>The experiment of a name, made if it is not there; null when the server refuses it.</summary>
    public async Task<ImportedExperiment?> Experiment(string name, IEnumerable<KeyValuePair<string, string>> tags, string tool, CancellationToken ct)
    {
        name = ImportNames.Text(name);
        try
        {
            var wanted = tags.Select(tag => (Key: ImportNames.Text(tag.Key), Value: Cut(ImportNames.Text(tag.Value), ExperimentTag.ValueCharsMax, $"experiment '{name}', tag {tag.Key}")))
                .DistinctBy(tag => tag.Key).Take(CreateExperiment.TagsMax - 1).ToList();
            if (await client.Experiments.FindAsync(name, ct) is { } found)
            {
                if (!found.IsDeleted)
                    foreach (var (key, value) in wanted.Where(tag => found.Tags.GetValueOrDefault(tag.Key) != tag.Value)) await client.Experiments.SetTagAsync(found.Id, key, value, ct);
                return new ImportedExperiment(client, found.Id, name, found.IsDeleted, found.Tags.ContainsKey(ImportTags.Tool));
            }
            var begin = wanted.Append((Key: ImportTags.Tool, Value: tool)).ToDictionary(tag => tag.Key, tag => tag.Value);
            var made = await client.Experiments.CreateAsync(name, new ExperimentOptions { Tags = begin }, ct);
            report.Moved("experiments");
            return new ImportedExperiment(client, made.Id, name, isDeleted: false, made: true);
        }
        catch (Exception failure) when (failure is ArgumentException || failure is SlipwayException refused && IsRefusal(refused))
        {
            report.LeftOut("experiments", failure.Message, name);
            return null;
        }
    }

    /// <summary>Makes the run or finds it. Null when there is nothing to do: it is there already and unchanged, or it was left out.</summary>
    public async Task<RunWriter?> Begin(ImportedExperiment experiment, ImportedRun run, CancellationToken ct)
    {
        var there = await Find(run.Id, ct);
        if (there is null)
        {
            await experiment.EnsureActive(ct);
            return await Make(experiment, run, ct) is { } made ? new RunWriter(this, run, made, isNew: true) : null;
        }
        if (there.ExperimentId != experiment.Id)
        {
            report.LeftOut("runs", "a run of this id is in another experiment of the server", $"{run.SourceId}: there in experiment {there.ExperimentId}, expected {experiment.Id}");
            return null;
        }
        if (run.State is not null && run.Status is not RunStatus.Running && there.Tags.GetValueOrDefault(ImportTags.State) == run.State)
        {
            // The tag is set before the run is deleted, which cannot be done after: an import that was broken off in between is finished here.
            if (run.IsDeleted && !run.IsDeletedWithExperiment && !there.IsDeleted) await client.Runs.DeleteAsync(run.Id, ct);
            report.Moved("runs that were there already, unchanged");
            return null;
        }
        if (there.IsDeleted)
        {
            if (!run.IsDeleted)
            {
                report.LeftOut("runs", "deleted on the server after an earlier import; restore it there to import it again", run.SourceId);
                return null;
            }
            await experiment.EnsureActive(ct);
            await client.Runs.RestoreAsync(run.Id, ct);
        }
        else await experiment.EnsureActive(ct);
        return new RunWriter(this, run, there, isNew: false);
    }

    /// <summary>Sends points of a run, durable when it returns; answers with what the server refused. Many may send at once.</summary>
    public async Task<IngestAnswer> Send(string run, PointBuffer points, CancellationToken ct)
    {
        if (!channels.TryTake(out var channel)) channel = new PointChannel();
        var answer = await channel.Send(client, run, points, ct);
        // Not after a failure: what became of the last request is not known then.
        channels.Add(channel);
        return answer;
    }

    public async Task<Run?> Find(string id, CancellationToken ct)
    {
        try
        {
            var run = await client.Runs.GetAsync(id, ct);
            client.Artifacts.Learn(run.Id, run.ArtifactUri);
            return run;
        }
        catch (SlipwayException failure) when (failure is { IsNotFound: true, Code: ErrorCode.RESOURCE_DOES_NOT_EXIST })
        {
            return null;
        }
    }

    /// <summary>A value that is no longer than the server keeps; a cut is reported.</summary>
    public string Cut(string value, int charsMax, string which)
    {
        if (value.Length <= charsMax) return value;
        report.LeftOut("ends of long values", $"longer than the server keeps ({charsMax:N0} characters)", which);
        return value[..(char.IsHighSurrogate(value[charsMax - 1]) ? charsMax - 1 : charsMax)];
    }

    private async Task<Run?> Make(ImportedExperiment experiment, ImportedRun run, CancellationToken ct)
    {
        RunTag[] tags = [new(ImportTags.Tool, run.Tool), new(ImportTags.SourceId, Cut(ImportNames.Text(run.SourceId), RunTag.ValueCharsMax, run.SourceId)), .. run.Tags.Select(tag => new RunTag(tag.Key, tag.Value))];
        var name = ImportNames.Text(run.Name).Trim();
        name = name.Length == 0 ? null : Cut(name, RunInfo.NameCharsMax, $"run {run.SourceId}, its name");
        Tracking.Run? answer;
        try
        {
            // With an id of its own the request may be repeated: the second finds what the first made.
            answer = (await client.Wire.Post<CreateRun, RunAnswer>(Runs + "create",
                new CreateRun(experiment.Id, run.UserId.Length == 0 ? null : Cut(ImportNames.Text(run.UserId), RunInfo.UserIdCharsMax, $"run {run.SourceId}, its user"), name, Math.Clamp(run.StartMs, 0, RunWriter.TimeMax), tags, run.Id), ct)).Run;
        }
        catch (SlipwayException refused) when (IsRefusal(refused))
        {
            report.LeftOut("runs", refused.Message, run.SourceId);
            return null;
        }
        var made = Run.From(answer ?? new Tracking.Run());
        if (made.Id != run.Id)
        {
            if (made.Id.Length > 0) await client.Runs.DeleteAsync(made.Id, ct);
            throw new CommandFailure(ExitCode.Refused, $"{client.Url} gives runs ids of its own, so that a second import would make every run again.", "Import into a Slipway server of this version or newer.");
        }
        client.Artifacts.Learn(made.Id, made.ArtifactUri);
        report.Moved("runs");
        return made;
    }
}
