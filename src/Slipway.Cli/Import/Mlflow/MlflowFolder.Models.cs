using Slipway.Tracking;

namespace Slipway.Cli.Import.Mlflow;

internal sealed partial class MlflowFolder
{
    public override IEnumerable<MlflowModel> Models(MlflowExperiment experiment)
    {
        var models = Path.Combine(experiment.Folder, "models");
        if (!Directory.Exists(models)) yield break;
        foreach (var folder in Folders(models))
        {
            if (Read(folder, "logged models") is not { } meta) continue;
            yield return new MlflowModel(meta.Text("model_id") ?? Path.GetFileName(folder), meta.Text("name") ?? "", meta.Text("model_type"), meta.Text("source_run_id"), (int)(meta.Long("status") ?? 0),
                meta.Text("status_message"), meta.Text("lifecycle_stage") is "deleted", meta.Text("artifact_location") ?? "",
                [.. Texts(Path.Combine(folder, "params")).Take(CreateLoggedModel.ItemsMax).Select(pair => new LoggedModelParameter(pair.Key, pair.Value))],
                [.. Texts(Path.Combine(folder, "tags")).Take(CreateLoggedModel.ItemsMax).Select(pair => new LoggedModelTag(pair.Key, pair.Value))])
            { Folder = folder, UpdatedMs = meta.Long("last_updated_timestamp") ?? 0 };
        }
    }

    // "time value step run [data set, digest]"
    public override IEnumerable<MlflowModelPoint> ModelPoints(MlflowModel model)
    {
        foreach (var (key, file) in Files(Path.Combine(model.Folder, "metrics")))
            foreach (var (timeMs, step, value, rest) in PointsOf(file, "metric points of models"))
            {
                var parts = rest.Split(' ', 3);
                yield return new MlflowModelPoint(key, timeMs, step, value, parts[0], parts.Length > 2 ? parts[1] : null, parts.Length > 2 ? parts[2] : null);
            }
    }
}
