using System.Net;
using System.Net.Http.Headers;

namespace Slipway.Client;

public sealed partial class ArtifactsClient
{
    /// <summary>Opens an artifact for reading, as it arrives. The caller disposes the stream.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="path">The artifact.</param>
    /// <param name="ct">Cancels the request, not the reading.</param>
    public async Task<Stream> OpenAsync(string runId, string path, CancellationToken ct = default)
    {
        var address = await Address(runId, path, ct).ConfigureAwait(false);
        var answer = await transport.Send(() => new HttpRequestMessage(HttpMethod.Get, address), idempotent: true, transport.Options.Timeout, ct).ConfigureAwait(false);
        return await answer.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
    }

    /// <summary>
    /// Downloads an artifact to a file. The file appears when it is whole; a connection that breaks is resumed where it broke.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="path">The artifact.</param>
    /// <param name="file">The file on this machine; its folder is created, an existing file replaced.</param>
    /// <param name="ct">Cancels the download; no file appears then.</param>
    public async Task DownloadAsync(string runId, string path, string file, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        var address = await Address(runId, path, ct).ConfigureAwait(false);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var part = $"{file}.{Guid.NewGuid():n}.part";
        try
        {
            await using (var target = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous))
                await Fetch(address, target, ct).ConfigureAwait(false);
            File.Move(part, file, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Downloads every file below a folder of artifacts, <see cref="FilesAtOnce"/> at a time, keeping the folders.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="path">A folder among the artifacts; null for everything.</param>
    /// <param name="folder">The folder on this machine; created if need be.</param>
    /// <param name="ct">Cancels the download; files that arrived stay.</param>
    /// <returns>The number of files.</returns>
    public async Task<int> DownloadFolderAsync(string runId, string? path, string folder, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        var files = 0;
        var skip = string.IsNullOrEmpty(path) ? 0 : ArtifactName.Checked(path).Length + 1;
        await Parallel.ForEachAsync(ListAsync(runId, path, recursive: true, ct), new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce, CancellationToken = ct }, async (artifact, stop) =>
        {
            if (artifact.IsFolder) return;
            await DownloadAsync(runId, artifact.Path, ArtifactName.Below(folder, artifact.Path[skip..]), stop).ConfigureAwait(false);
            Interlocked.Increment(ref files);
        }).ConfigureAwait(false);
        return files;
    }

    /// <summary>Reads to the end, beginning again where a connection broke as long as the artifact is the same (its ETag says so).</summary>
    private async Task Fetch(string address, FileStream target, CancellationToken ct)
    {
        EntityTagHeaderValue? version = null;
        for (var broken = 0; ;)
        {
            var offset = target.Position;
            using var answer = await transport.Send(() => Ranged(address, offset, version), idempotent: true, transport.Options.Timeout, ct).ConfigureAwait(false);
            if (answer.StatusCode is not HttpStatusCode.PartialContent && offset > 0)
            {
                target.SetLength(0);
                target.Position = 0;
            }
            version = answer.Headers.ETag is { IsWeak: false } tag ? tag : null;
            try
            {
                await Copy(answer, target, ct).ConfigureAwait(false);
                return;
            }
            catch (Exception fault) when (!ct.IsCancellationRequested && fault is IOException or HttpRequestException or OperationCanceledException && ++broken <= transport.Options.RetriesMax)
            {
                await Task.Delay(RetryPlan.Pause(broken - 1, transport.Options, null, Random.Shared.NextDouble()), transport.Options.Clock, ct).ConfigureAwait(false);
            }
        }
    }

    private static HttpRequestMessage Ranged(string address, long offset, EntityTagHeaderValue? version)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        // Without a version to compare, a part of another file could be appended: then from the start.
        if (offset == 0 || version is null) return request;
        request.Headers.Range = new RangeHeaderValue(offset, null);
        request.Headers.IfRange = new RangeConditionHeaderValue(version);
        return request;
    }

    private async Task Copy(HttpResponseMessage answer, FileStream target, CancellationToken ct)
    {
        await using var source = await answer.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var buffer = new byte[CopyBytes];
        while (true)
        {
            stalled.CancelAfter(transport.Options.Timeout);
            var read = await source.ReadAsync(buffer, stalled.Token).ConfigureAwait(false);
            if (read == 0) return;
            await target.WriteAsync(buffer.AsMemory(0, read), ct).ConfigureAwait(false);
        }
    }
}
