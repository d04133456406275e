using System.Text;
using Slipway.Tracking;

namespace Slipway.Client;

public sealed partial class ActiveRun
{
    /// <summary>Uploads a file. See <see cref="ArtifactsClient.UploadAsync(string, string, string?, CancellationToken)"/>.</summary>
    /// <param name="file">The file on this machine.</param>
    /// <param name="path">Its name among the artifacts, such as <c>plots/roc.csv</c>; null for the file's own.</param>
    /// <param name="ct">Cancels the upload.</param>
    public Task LogArtifactAsync(string file, string? path = null, CancellationToken ct = default) => client.Artifacts.UploadAsync(Id, file, path, ct);

    /// <summary>Uploads what a stream holds. See <see cref="ArtifactsClient.UploadAsync(string, Stream, string, CancellationToken)"/>.</summary>
    public Task LogArtifactAsync(Stream content, string path, CancellationToken ct = default) => client.Artifacts.UploadAsync(Id, content, path, ct);

    /// <summary>Uploads every file of a folder.</summary>
    /// <param name="folder">The folder on this machine.</param>
    /// <param name="path">A folder among the artifacts; null for the top.</param>
    /// <param name="ct">Cancels the upload.</param>
    public Task LogArtifactsAsync(string folder, string? path = null, CancellationToken ct = default) => client.Artifacts.UploadFolderAsync(Id, folder, path, ct);

    /// <summary>Uploads a text as a file: a table, a report, a configuration.</summary>
    public async Task LogTextAsync(string text, string path, CancellationToken ct = default)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await client.Artifacts.UploadAsync(Id, content, path, ct).ConfigureAwait(false);
    }

    /// <summary>Records data that the run read.</summary>
    /// <param name="dataset">Which data.</param>
    /// <param name="context">What for: "training", "evaluation"; or null.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task LogDatasetAsync(DatasetVersion dataset, string? context = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return transport.Post("api/2.0/mlflow/runs/log-inputs", new LogInputs(Id, [new UsedDataset(dataset, context).ToWire()]), ct);
    }

    /// <summary>
    /// Uploads a model's folder in MLflow's format and tells the run about it. An MLmodel file is written from the description unless the folder has one.
    /// </summary>
    /// <param name="folder">The folder on this machine, such as one that holds model.onnx.</param>
    /// <param name="model">What kind of model it is.</param>
    /// <param name="path">A folder among the artifacts.</param>
    /// <param name="ct">Cancels the upload.</param>
    public async Task LogModelAsync(string folder, ModelDescription model, string path = "model", CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var files = await client.Artifacts.UploadFolderAsync(Id, folder, path, ct).ConfigureAwait(false);
        if (files == 0) throw new ArgumentException($"The folder '{folder}' holds no file: a model has at least one.", nameof(folder));
        var described = model.Describe(Id, path, Now);
        if (!File.Exists(Path.Combine(folder, ModelDescription.FileName)))
            await LogTextAsync(Yaml.Of(described), $"{path}/{ModelDescription.FileName}", ct).ConfigureAwait(false);
        await transport.Post("api/2.0/mlflow/runs/log-model", new LogModel(Id, described.ToJsonString()), ct).ConfigureAwait(false);
    }
}
