using System.Security.Cryptography;
using Slipway.Registry;

namespace Slipway.Client;

/// <summary>Versions on this machine: which one a URI means, and its files.</summary>
public sealed partial class ModelsClient
{
    private const int FilesAtOnce = 4, CopyBytes = 1 << 20;

    /// <summary>The version that `models:/NAME/VERSION`, `models:/NAME@ALIAS`, `models:/NAME/STAGE` or `models:/NAME/latest` means now.</summary>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    /// <exception cref="SlipwayException">There is no such version.</exception>
    public async Task<ModelVersion> ResolveAsync(string uri, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        var rest = uri.StartsWith("models:/", StringComparison.OrdinalIgnoreCase) ? uri["models:/".Length..] : uri;
        var (slash, at) = (rest.IndexOf('/', StringComparison.Ordinal), rest.LastIndexOf('@'));
        if (slash < 0 && at > 0 && at < rest.Length - 1)
            return (await transport.Get<ModelVersionAnswer>($"{Mlflow}registered-models/alias?name={Uri.EscapeDataString(rest[..at])}&alias={Uri.EscapeDataString(rest[(at + 1)..])}", ct).ConfigureAwait(false)).ModelVersion!;
        if (slash <= 0 || slash == rest.Length - 1 || rest.IndexOf('/', slash + 1) >= 0)
            throw new ArgumentException($"Got '{uri}', expected models:/NAME/VERSION, models:/NAME@ALIAS or models:/NAME/STAGE.", nameof(uri));
        var (name, which) = (rest[..slash], rest[(slash + 1)..]);
        if (which.All(char.IsAsciiDigit))
            return (await transport.Get<ModelVersionAnswer>($"{Mlflow}model-versions/get?name={Uri.EscapeDataString(name)}&version={which}", ct).ConfigureAwait(false)).ModelVersion!;
        var latest = which.Equals("latest", StringComparison.OrdinalIgnoreCase);
        var found = (await transport.Post<GetLatestVersions, LatestVersions>(Mlflow + "registered-models/get-latest-versions", new GetLatestVersions(name, latest ? null : [which]), ct).ConfigureAwait(false)).ModelVersions ?? [];
        return found.MaxBy(static version => long.Parse(version.Version!, System.Globalization.CultureInfo.InvariantCulture))
            ?? throw new SlipwayException($"The model '{name}' has no version in the stage '{which}'.", 404, ErrorCode.RESOURCE_DOES_NOT_EXIST);
    }

    /// <summary>
    /// Brings a version's files to a folder, and compares each with the digest that was recorded when it was registered. Files that are there already and have their digest are not fetched again;
    /// what else lies in the folder is removed.
    /// </summary>
    /// <param name="name">The model.</param>
    /// <param name="version">The version's number.</param>
    /// <param name="folder">On this machine; created if need be, and given to this version alone.</param>
    /// <param name="ct">Cancels the download; whole files stay.</param>
    /// <returns>The files.</returns>
    /// <exception cref="SlipwayException">They do not lie on this server, or one is not what was recorded.</exception>
    public async Task<IReadOnlyList<ModelFile>> DownloadAsync(string name, string version, string folder, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var package = await PackageAsync(name, version, ct).ConfigureAwait(false);
        if (package.Files is not { Length: > 0 } files) throw new SlipwayException($"Version {version} of '{name}' has no files on this server: {package.Remark}", 404, ErrorCode.RESOURCE_DOES_NOT_EXIST);
        Directory.CreateDirectory(folder);
        var wanted = files.Select(file => ArtifactName.Below(folder, file.Path)).ToHashSet(StringComparer.Ordinal);
        foreach (var other in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            if (!wanted.Contains(other)) File.Delete(other);
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce, CancellationToken = ct }, async (file, stop) =>
            await FetchAsync(name, version, file, ArtifactName.Below(folder, file.Path), stop).ConfigureAwait(false)).ConfigureAwait(false);
        return files;
    }

    private async Task FetchAsync(string name, string version, ModelFile file, string path, CancellationToken ct)
    {
        if (File.Exists(path) && new FileInfo(path).Length == file.Size && await HashAsync(path, ct).ConfigureAwait(false) == file.Sha256) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var part = $"{path}.{Guid.NewGuid():n}.part";
        try
        {
            var address = $"model-versions/get-artifact?name={Uri.EscapeDataString(name)}&version={Uri.EscapeDataString(version)}&path={Uri.EscapeDataString(file.Path)}";
            using (var answer = await transport.Send(() => new HttpRequestMessage(HttpMethod.Get, address), idempotent: true, transport.Options.Timeout, ct).ConfigureAwait(false))
            await using (var source = await answer.Content.ReadAsStreamAsync(ct).ConfigureAwait(false))
            await using (var target = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous))
                await source.CopyToAsync(target, CopyBytes, ct).ConfigureAwait(false);
            if (await HashAsync(part, ct).ConfigureAwait(false) != file.Sha256)
                throw new SlipwayException($"'{file.Path}' of version {version} of '{name}' came with another digest than was recorded ({file.Sha256}).", 500, ErrorCode.DATA_LOSS, "Compare the version's files on the server: slipway models verify.");
            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task<string> HashAsync(string path, CancellationToken ct)
    {
        await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct).ConfigureAwait(false));
    }
}
