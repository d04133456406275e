using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Client.Logs;
using Slipway.Tracking;

namespace Slipway.Client;

/// <summary>Files, data sets and models: sent at once while the server is there, else copied beside the run's log and sent with it.</summary>
public sealed partial class ActiveRun
{
    /// <summary>Uploads a file; with the server away it is copied and sent later.</summary>
    /// <param name="file">The file on this machine.</param>
    /// <param name="path">Its name among the artifacts, such as <c>plots/roc.csv</c>; null for the file's own.</param>
    /// <param name="ct">Cancels the upload.</param>
    /// <exception cref="SlipwayException">The server refused it, or it is away and no disk takes the copy.</exception>
    public async Task LogArtifactAsync(string file, string? path = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        var name = ArtifactName.Checked(path ?? Path.GetFileName(file));
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file '{file}'.", file);
        if (await Reaches(() => client.Artifacts.UploadAsync(Id, file, name, ct)).ConfigureAwait(false)) return;
        await Keep(LogKind.File, name, async copy =>
        {
            await using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
            await from.CopyToAsync(copy, ct).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>Uploads what a stream holds from where it stands; with the server away, or for a stream that cannot be read twice, it is copied and sent with the log.</summary>
    public async Task LogArtifactAsync(Stream content, string path, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var name = ArtifactName.Checked(path);
        var start = content.CanSeek ? content.Position : 0;
        if (content.CanSeek || log.Folder is null)
        {
            if (await Reaches(() => client.Artifacts.UploadAsync(Id, content, name, ct)).ConfigureAwait(false)) return;
            if (content.CanSeek) content.Position = start;
        }
        await Keep(LogKind.File, name, copy => content.CopyToAsync(copy, ct)).ConfigureAwait(false);
    }

    /// <summary>Uploads every file of a folder.</summary>
    /// <param name="folder">The folder on this machine.</param>
    /// <param name="path">A folder among the artifacts; null for the top.</param>
    /// <param name="ct">Cancels the upload.</param>
    public Task LogArtifactsAsync(string folder, string? path = null, CancellationToken ct = default) => LogFolderAsync(folder, path, ct);

    /// <summary>Uploads a text as a file: a table, a report, a configuration.</summary>
    public async Task LogTextAsync(string text, string path, CancellationToken ct = default)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await LogArtifactAsync(content, path, ct).ConfigureAwait(false);
    }

    /// <summary>Logs a table, row by row, in the form of MLflow's tables: `{"columns": [...], "data": [[...]]}`.</summary>
    /// <param name="table">Rows and columns; read once, not kept.</param>
    /// <param name="path">Its name among the artifacts, such as <c>predictions.json</c>.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task LogTableAsync(RunTable table, string path, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        await using var content = new FileStream(Path.GetTempFileName(), new FileStreamOptions { Mode = FileMode.Truncate, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous });
        await table.WriteTo(content, ct).ConfigureAwait(false);
        content.Position = 0;
        await LogArtifactAsync(content, path, ct).ConfigureAwait(false);
    }

    /// <summary>Records data that the run read.</summary>
    /// <param name="dataset">Which data.</param>
    /// <param name="context">What for: "training", "evaluation"; or null.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task LogDatasetAsync(DatasetVersion dataset, string? context = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return Request("api/2.0/mlflow/runs/log-inputs", new LogInputs(Id, [new UsedDataset(dataset, context).ToWire()]), ct);
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
        var files = await LogFolderAsync(folder, path, ct).ConfigureAwait(false);
        if (files == 0) throw new ArgumentException($"The folder '{folder}' holds no file: a model has at least one.", nameof(folder));
        var described = model.Describe(Id, path, Now);
        if (!File.Exists(Path.Combine(folder, ModelDescription.FileName)))
            await LogTextAsync(Yaml.Of(described), $"{path}/{ModelDescription.FileName}", ct).ConfigureAwait(false);
        await Request("api/2.0/mlflow/runs/log-model", new LogModel(Id, described.ToJsonString()), ct).ConfigureAwait(false);
    }

    private async Task<int> LogFolderAsync(string folder, string? path, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        var prefix = string.IsNullOrEmpty(path) ? "" : ArtifactName.Checked(path) + "/";
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = ArtifactsClient.FilesAtOnce, CancellationToken = ct }, async (file, stop) =>
            await LogArtifactAsync(file, prefix + Path.GetRelativePath(folder, file).Replace('\\', '/'), stop).ConfigureAwait(false)).ConfigureAwait(false);
        return files.Length;
    }

    private async Task Request<T>(string path, T body, CancellationToken ct)
    {
        if (await Reaches(() => transport.Post(path, body, ct)).ConfigureAwait(false)) return;
        await Keep(LogKind.Request, path, copy => copy.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body, Wire.Type<T>()), ct).AsTask()).ConfigureAwait(false);
    }

    /// <summary>Tries it on the server; false when that is away, or was at the last try.</summary>
    private async Task<bool> Reaches(Func<Task> send)
    {
        // Without a disk to keep it on there is nothing to lose by asking.
        if (!log.IsReached && log.Folder is not null) return false;
        try
        {
            await send().ConfigureAwait(false);
            return true;
        }
        catch (SlipwayException failure) when (log.Folder is not null && (failure.IsUnreachable || failure.Status is 408 or 429 or >= 500))
        {
            return false;
        }
    }

    private async Task Keep(LogKind kind, string name, Func<Stream, Task> write)
    {
        var spool = log.Folder!.Spool;
        var file = $"{Interlocked.Increment(ref kept).ToString("D6", CultureInfo.InvariantCulture)}-{Guid.NewGuid().ToString("N")[..8]}";
        try
        {
            Directory.CreateDirectory(spool);
            await using (var copy = new FileStream(Path.Combine(spool, file), FileMode.CreateNew, FileAccess.Write)) await write(copy).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Logs.LogFolder.TryDelete(Path.Combine(spool, file));
            throw new SlipwayException($"'{name}' can neither be sent to {transport.Options.Url} nor kept in {spool}: {fault.Message}", null, null, "Free space there, or log it when the server is back.", fault);
        }
        writer.Pair(kind, name, file);
    }

    private int kept;
}
