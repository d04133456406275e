using Slipway.Client;
using Slipway.Tracking;

namespace Slipway.Cli.Import.Mlflow;

/// <summary>Writes logged models: made before the runs, so that runs can name them; finished after, with files, points and state.</summary>
internal sealed class LoggedModelWriter(ImportTarget target, ImportedExperiment experiment, ArtifactFolders? artifacts)
{
    private const string Root = "api/2.0/mlflow/logged-models";

    private readonly Dictionary<string, (string ArtifactUri, bool Unchanged)> made = [];

    /// <summary>The id itself where it can be kept.</summary>
    public static string Id(string id) => ImportId.IsModelId(id) ? id : "m-" + ImportId.Of("mlflow model", id);

    /// <summary>Makes the model, pending, with params and tags.</summary>
    public async Task Make(MlflowModel model, CancellationToken ct)
    {
        if (model.IsDeleted)
        {
            target.Report.LeftOut("logged models", "deleted in the source", model.Id);
            return;
        }
        try
        {
            await experiment.EnsureActive(ct);
            var answer = await target.Client.Wire.Post<CreateLoggedModel, LoggedModelAnswer>(Root, new CreateLoggedModel(experiment.Id, Name(model), Limited(model.Type, LoggedModelInfo.ModelTypeCharsMax), RunId(model.SourceRunId),
                [.. Params(model)], [.. Tags(model)], Id(model.Id)), ct);
            if (answer.Model?.Info is not { } info) return;
            made[model.Id] = (info.ArtifactUri ?? "", info.Tags?.Any(tag => tag.Key is ImportTags.State && tag.Value == State(model)) ?? false);
            target.Report.Moved(made[model.Id].Unchanged ? "logged models that were there already, unchanged" : "logged models");
        }
        catch (SlipwayException refused) when (ImportTarget.IsRefusal(refused))
        {
            target.Report.LeftOut("logged models", refused.Message, model.Id);
        }
    }

    /// <summary>Uploads its files, links its points, and says that it is whole.</summary>
    public async Task End(MlflowModel model, IEnumerable<MlflowModelPoint> points, CancellationToken ct)
    {
        if (!made.TryGetValue(model.Id, out var there) || there.Unchanged) return;
        foreach (var point in points.Where(point => point.RunId.Length > 0))
            await Try("metric points of models", $"{model.Id}: {point.Key}", () => target.Client.Wire.Post("api/2.0/mlflow/runs/log-batch",
                new LogBatch(RunId(point.RunId), [new Metric(point.Key, point.Value, point.TimeMs, point.Step, point.DatasetName, point.DatasetDigest, Id(model.Id))]), ct));
        if (artifacts is not null) await Artifacts(model, there.ArtifactUri, ct);
        var status = model.Status switch { 1 => "LOGGED_MODEL_PENDING", 3 => "LOGGED_MODEL_UPLOAD_FAILED", _ => "LOGGED_MODEL_READY" };
        await Try("states of logged models", model.Id, () => target.Client.Wire.Write<FinalizeLoggedModel, LoggedModelAnswer>(HttpMethod.Patch, $"{Root}/{Id(model.Id)}", new FinalizeLoggedModel(null, status, model.StatusMessage), ct));
        await Try("states of logged models", model.Id, () => target.Client.Wire.Write<SetLoggedModelTags, LoggedModelAnswer>(HttpMethod.Patch, $"{Root}/{Id(model.Id)}/tags", new SetLoggedModelTags(null, [new LoggedModelTag(ImportTags.State, State(model))]), ct));
    }

    private async Task Artifacts(MlflowModel model, string uri, CancellationToken ct)
    {
        var own = model.Folder.Length > 0 ? Path.Combine(model.Folder, "artifacts") : "";
        var (folder, why) = own.Length > 0 && Directory.Exists(own) ? artifacts!.Find(own) : artifacts!.Find(model.ArtifactUri);
        if (folder is null)
        {
            if (why is not null) target.Report.LeftOut("artifacts of logged models", why, $"{model.Id}: {model.ArtifactUri}");
            return;
        }
        await Parallel.ForEachAsync(ArtifactFolders.Files(folder, target.Report), new ParallelOptions { MaxDegreeOfParallelism = ArtifactsClient.FilesAtOnce, CancellationToken = ct }, async (file, stop) =>
        {
            if (await Try("artifacts", file.File, () => target.Client.Artifacts.UploadBelowAsync(uri, file.File, file.Name, stop))) (_, _) = (Moved("artifacts", 1), Moved("bytes of artifacts", file.Bytes));
        });
    }

    private bool Moved(string what, long count)
    {
        target.Report.Moved(what, count);
        return true;
    }

    private async Task<bool> Try(string what, string which, Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception failure) when (failure is ArgumentException or IOException or UnauthorizedAccessException || failure is SlipwayException refused && ImportTarget.IsRefusal(refused))
        {
            target.Report.LeftOut(what, failure is IOException or UnauthorizedAccessException ? "the file cannot be read" : failure.Message, which);
            return false;
        }
    }

    private static string State(MlflowModel model) => $"1 {model.Status} {model.UpdatedMs}";

    private static string? RunId(string? id) => string.IsNullOrEmpty(id) || ImportId.IsRunId(id) ? id : ImportId.Of("mlflow", id);

    private static string? Limited(string? text, int charsMax) => text is null || text.Length <= charsMax ? text : text[..charsMax];

    // What the server does not take in a name becomes an underscore.
    private static string Name(MlflowModel model) => Limited(string.Concat(ImportNames.Text(model.Name).Select(c => "/:.%\"'".Contains(c, StringComparison.Ordinal) ? '_' : c)), LoggedModelInfo.NameCharsMax)!;

    private IEnumerable<LoggedModelParameter> Params(MlflowModel model)
    {
        var names = new ImportNames(target.Report, model.Id);
        return model.Params.Select(param => new LoggedModelParameter(names.Key(param.Key ?? ""), target.Cut(ImportNames.Text(param.Value ?? ""), Param.ValueCharsMax, $"model {model.Id}, param {param.Key}")));
    }

    private IEnumerable<LoggedModelTag> Tags(MlflowModel model)
    {
        var names = new ImportNames(target.Report, model.Id);
        return model.Tags.Take(CreateLoggedModel.ItemsMax - 1).Select(tag => new LoggedModelTag(names.Key(tag.Key ?? ""), target.Cut(ImportNames.Text(tag.Value ?? ""), RunTag.ValueCharsMax, $"model {model.Id}, tag {tag.Key}")))
            .Append(new LoggedModelTag(ImportTags.Tool, "mlflow"));
    }
}
