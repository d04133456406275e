using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace Slipway.Client;

/// <summary>
/// Artifacts of runs: any files, streamed both ways. Every method throws <see cref="SlipwayException"/> when the server refuses or cannot be
/// reached, and <see cref="ArgumentException"/> for a path that is not relative.
/// </summary>
public sealed partial class ArtifactsClient
{
    /// <summary>How many files of a folder travel at once.</summary>
    public const int FilesAtOnce = 4;

    private const string Scheme = "mlflow-artifacts:";
    private const int LocationsMax = 10_000;

    private readonly Transport transport;
    private readonly RunsClient runs;
    private readonly ConcurrentDictionary<string, string> locations = new();

    static ArtifactsClient() => Wire.Add(ArtifactJson.Default);

    internal ArtifactsClient(Transport transport, RunsClient runs) => (this.transport, this.runs) = (transport, runs);

    /// <summary>The files and folders of a run.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="path">A folder among its artifacts; null for the top.</param>
    /// <param name="recursive">True to go down into folders; a folder comes before what it holds.</param>
    /// <param name="ct">Cancels the listing.</param>
    public async IAsyncEnumerable<ArtifactFile> ListAsync(string runId, string? path = null, bool recursive = false, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var folders = new Stack<string?>([string.IsNullOrEmpty(path) ? null : ArtifactName.Checked(path)]);
        while (folders.TryPop(out var folder))
            for (string? token = null; ;)
            {
                var query = $"api/2.0/mlflow/artifacts/list?run_id={Uri.EscapeDataString(runId)}"
                    + (folder is null ? "" : "&path=" + Uri.EscapeDataString(folder)) + (token is null ? "" : "&page_token=" + Uri.EscapeDataString(token));
                var page = await transport.Get<ListedArtifacts>(query, ct).ConfigureAwait(false);
                foreach (var file in page.Files ?? [])
                {
                    var isFolder = file.IsDir ?? false;
                    if (recursive && isFolder) folders.Push(file.Path);
                    yield return new ArtifactFile(file.Path ?? "", isFolder, isFolder ? null : file.FileSize);
                }
                if (string.IsNullOrEmpty(token = page.NextPageToken)) break;
            }
    }

    /// <summary>Removes a file or a folder with all it holds.</summary>
    public async Task DeleteAsync(string runId, string path, CancellationToken ct = default)
    {
        var address = await Address(runId, path, ct).ConfigureAwait(false);
        await transport.Delete(address, ct).ConfigureAwait(false);
    }

    /// <summary>Remembers where a run's artifacts lie: the run's answer said so already.</summary>
    internal void Learn(string runId, string artifactUri)
    {
        if (locations.Count >= LocationsMax) locations.Clear();
        locations[runId] = artifactUri;
    }

    private async Task<string> Address(string runId, string path, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var name = ArtifactName.Checked(path);
        if (!locations.TryGetValue(runId, out var uri)) Learn(runId, uri = (await runs.GetAsync(runId, ct).ConfigureAwait(false)).ArtifactUri);
        return AddressBelow(uri, name, $"run {runId}");
    }

    private static string AddressBelow(string uri, string name, string whose)
    {
        if (!uri.StartsWith(Scheme, StringComparison.Ordinal))
            throw new SlipwayException($"The artifacts of {whose} lie at {uri}, outside the server's own store, where this client does not reach.", null, null,
                "Create the experiment without an artifact location, or copy the files with the tools of that store.");
        var root = uri[Scheme.Length..];
        if (root.StartsWith("//", StringComparison.Ordinal)) root = root.IndexOf('/', 2) is var slash and >= 0 ? root[slash..] : "/";
        return $"api/2.0/mlflow-artifacts/artifacts/{ArtifactName.Escaped(root.Trim('/'))}/{ArtifactName.Escaped(name)}";
    }

    internal sealed record ListedArtifacts(string? RootUri = null, ListedFile[]? Files = null, string? NextPageToken = null);

    internal sealed record ListedFile(string? Path = null, bool? IsDir = null, long? FileSize = null);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(ArtifactsClient.ListedArtifacts))]
internal sealed partial class ArtifactJson : JsonSerializerContext;
