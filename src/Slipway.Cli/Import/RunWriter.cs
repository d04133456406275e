using Slipway.Client;
using Slipway.Tracking;
using Run = Slipway.Client.Run;
using RunStatus = Slipway.Client.RunStatus;

namespace Slipway.Cli.Import;

/// <summary>
/// Writes what was logged to one run, in requests as large as the server takes, reading ahead while one is on its way. Used by one reader at a
/// time; <see cref="End(CancellationToken)"/> makes the run whole.
/// </summary>
internal sealed partial class RunWriter(ImportTarget target, ImportedRun imported, Run there, bool isNew)
{
    private const string Runs = "api/2.0/mlflow/runs/";

    private readonly ImportNames names = new(target.Report, imported.SourceId), paramNames = new(target.Report, imported.SourceId);
    private ImportedRun run = imported;
    private readonly List<Param> paramsToSend = [];
    private readonly List<RunTag> tagsToSend = [];
    private long itemChars;

    /// <summary>One param. Params never change: one that is there with another value stays, and is reported.</summary>
    public async ValueTask Param(string name, string value, CancellationToken ct)
    {
        var key = paramNames.Key(name);
        value = target.Cut(ImportNames.Text(value), Tracking.Param.ValueCharsMax, $"run {run.SourceId}, param {key}");
        if (there.Params.TryGetValue(key, out var before))
        {
            if (before != value) target.Report.LeftOut("params", "there already with another value; params never change", $"run {run.SourceId}: {key}");
            return;
        }
        paramsToSend.Add(new Param(key, value));
        itemChars += key.Length + value.Length;
        if (paramsToSend.Count >= LogBatch.ParamsMax || itemChars > 100_000) await SendItems(ct);
    }

    /// <summary>One tag.</summary>
    public async ValueTask Tag(string name, string value, CancellationToken ct)
    {
        if (name.Length == 0 || name is "mlflow.runName") return; // the name was said when the run was made
        var key = paramNames.Key(name);
        value = target.Cut(ImportNames.Text(value), RunTag.ValueCharsMax, $"run {run.SourceId}, tag {key}");
        if (there.Tags.GetValueOrDefault(key) == value) return;
        tagsToSend.Add(new RunTag(key, value));
        itemChars += key.Length + value.Length;
        if (tagsToSend.Count >= LogBatch.TagsMax || itemChars > 100_000) await SendItems(ct);
    }

    /// <summary>Data sets and models that it read, models that it wrote.</summary>
    public async Task Links(IReadOnlyList<DatasetInput> datasets, IReadOnlyList<ModelInput> read, IReadOnlyList<ModelOutput> written, CancellationToken ct)
    {
        // One at a time where there are few: one that the server refuses must not take the others along.
        foreach (var dataset in datasets)
            if (await Refused("data sets", dataset.Dataset?.Name, () => target.Client.Wire.Post(Runs + "log-inputs", new LogInputs(run.Id, [dataset]), ct)) is false) target.Report.Moved("data sets of runs");
        foreach (var model in read)
            if (await Refused("models that a run read", model.ModelId, () => target.Client.Wire.Post(Runs + "log-inputs", new LogInputs(run.Id, null, [model]), ct)) is false) target.Report.Moved("models of runs");
        foreach (var model in written)
            if (await Refused("models that a run wrote", model.ModelId, () => target.Client.Wire.Post(Runs + "outputs", new LogOutputs(run.Id, [model]), ct)) is false) target.Report.Moved("models of runs");
    }

    /// <summary>Sends what waits, params and tags too; durable when it returns.</summary>
    public async Task Flush(CancellationToken ct)
    {
        await SendItems(ct);
        await FlushPoints(ct);
    }

    /// <summary>Ends a run that was kept running, at this time in Unix milliseconds.</summary>
    public async Task End(long endMs, CancellationToken ct)
    {
        run = run with { Status = run.Status is RunStatus.Running ? RunStatus.Finished : run.Status, EndMs = Math.Max(run.StartMs, endMs) };
        await End(ct);
    }

    /// <summary>Sends the rest, then says how the run ended and that it is whole.</summary>
    public async Task End(CancellationToken ct)
    {
        await Flush(ct);
        var ended = run.Status is RunStatus.Running or RunStatus.Scheduled ? (long?)null : Math.Clamp(run.EndMs ?? run.StartMs, 0, TimeMax);
        if (isNew ? run.Status is not RunStatus.Running : there.Status != run.Status || there.EndedAt?.ToUnixTimeMilliseconds() != ended)
            await Refused("ends of runs", run.SourceId, () => target.Client.Wire.Post<UpdateRun, RunUpdated>(Runs + "update", new UpdateRun(run.Id, null, Words.Of(run.Status), ended), ct));
        if (run.State is { } state) await target.Client.Runs.SetTagAsync(run.Id, ImportTags.State, state, ct);
        if (run.IsDeleted && !run.IsDeletedWithExperiment) await target.Client.Runs.DeleteAsync(run.Id, ct);
        if (!isNew) target.Report.Moved("runs that were there already, brought up to date");
    }

    private async Task SendItems(CancellationToken ct)
    {
        if (paramsToSend.Count + tagsToSend.Count == 0) return;
        await SendSome([.. paramsToSend], [.. tagsToSend], ct);
        paramsToSend.Clear();
        tagsToSend.Clear();
        itemChars = 0;
    }

    // A batch is all or nothing: one that is refused is halved until the culprit stands alone.
    private async Task SendSome(Param[] logged, RunTag[] tags, CancellationToken ct)
    {
        try
        {
            await target.Client.Wire.Post(Runs + "log-batch", new LogBatch(run.Id, null, logged, tags), ct);
            if (logged.Length > 0) target.Report.Moved("params", logged.Length);
            if (tags.Length > 0) target.Report.Moved("tags", tags.Length);
        }
        catch (SlipwayException refused) when (ImportTarget.IsRefusal(refused))
        {
            if (logged.Length + tags.Length == 1) target.Report.LeftOut(logged.Length == 1 ? "params" : "tags", refused.Message, $"run {run.SourceId}: {(logged.Length == 1 ? logged[0].Key : tags[0].Key)}");
            else if (logged.Length > 0 && tags.Length > 0)
            {
                await SendSome(logged, [], ct);
                await SendSome([], tags, ct);
            }
            else
            {
                await SendSome(logged[..(logged.Length / 2)], tags[..(tags.Length / 2)], ct);
                await SendSome(logged[(logged.Length / 2)..], tags[(tags.Length / 2)..], ct);
            }
        }
    }

    private async Task<bool> Refused(string what, string? which, Func<Task> call)
    {
        try
        {
            await call();
            return false;
        }
        catch (SlipwayException refused) when (ImportTarget.IsRefusal(refused))
        {
            target.Report.LeftOut(what, refused.Message, $"run {run.SourceId}: {which}");
            return true;
        }
    }
}
