using Slipway.Client;

namespace Slipway.Cli.Import;

internal sealed partial class RunWriter
{
    private Dictionary<string, long?>? present;

    /// <summary>Uploads every file of a folder that is not there already with the same length.</summary>
    /// <param name="folder">On this machine.</param>
    /// <param name="prefix">A folder among the artifacts; empty for the top.</param>
    /// <param name="ct">Cancels; files that arrived stay.</param>
    public async Task Files(string folder, string prefix, CancellationToken ct)
    {
        await ListPresent(ct);
        await Parallel.ForEachAsync(ArtifactFolders.Files(folder, target.Report), new ParallelOptions { MaxDegreeOfParallelism = ArtifactsClient.FilesAtOnce, CancellationToken = ct }, async (file, stop) =>
            await File(file.File, prefix.Length == 0 ? file.Name : $"{prefix}/{file.Name}", file.Bytes, stop));
    }

    /// <summary>Uploads one file unless it is there already with the same length.</summary>
    public async Task File(string path, string name, long bytes, CancellationToken ct)
    {
        await ListPresent(ct);
        if (present!.TryGetValue(name, out var there) && there == bytes)
        {
            target.Report.Moved("artifacts that were there already");
            return;
        }
        try
        {
            await target.Client.Artifacts.UploadAsync(run.Id, path, name, ct);
            target.Report.Moved("artifacts");
            target.Report.Moved("bytes of artifacts", bytes);
        }
        catch (Exception failure) when (failure is ArgumentException or IOException or UnauthorizedAccessException || failure is SlipwayException refused && ImportTarget.IsRefusal(refused))
        {
            target.Report.LeftOut("artifacts", failure is IOException or UnauthorizedAccessException ? "the file cannot be read" : failure.Message, path);
        }
    }

    private async Task ListPresent(CancellationToken ct)
    {
        if (present is not null) return;
        var found = new Dictionary<string, long?>(StringComparer.Ordinal);
        if (!isNew)
            await foreach (var file in target.Client.Artifacts.ListAsync(run.Id, null, recursive: true, ct))
                if (!file.IsFolder) found[file.Path] = file.Bytes;
        present = found;
    }
}
