using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Client;
using Slipway.Registry;

namespace Slipway.Models;

/// <summary>A version's files on this machine, verified, with what its signature says.</summary>
/// <param name="Version">The version.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="Package">What the registry recorded.</param>
internal sealed record CachedVersion(string Version, string Folder, ModelPackage Package);

/// <summary>Brings a version's files here: each is compared with the digest that the registry recorded, and the folder appears when all are right.</summary>
internal sealed class ModelCache(SlipwayClient client, string folder)
{
    /// <summary>The name of what is noted beside the files.</summary>
    private const string Note = "slipway-package.json";

    /// <summary>The version that was used last under a reference, for a start without the server; null when there is none.</summary>
    public CachedVersion? Last(ModelReference reference)
    {
        var pointer = Pointer(reference);
        return File.Exists(pointer) && File.ReadAllText(pointer) is { Length: > 0 } version ? Kept(reference.Name, version) : null;
    }

    /// <summary>Notes which version a reference meant.</summary>
    public void Remember(ModelReference reference, string version)
    {
        var part = $"{Pointer(reference)}.{Guid.NewGuid():n}";
        File.WriteAllText(part, version);
        File.Move(part, Pointer(reference), overwrite: true);
    }

    /// <summary>A version's files, from here or from the server.</summary>
    /// <exception cref="InvalidDataException">A file is not what was registered.</exception>
    /// <exception cref="SlipwayException">The server does not have it, or is away.</exception>
    public async Task<CachedVersion> GetAsync(string name, string version, CancellationToken ct)
    {
        var package = await client.Models.PackageAsync(name, version, ct).ConfigureAwait(false);
        // Under the digest: a number may come to mean other files when a model was deleted and made anew.
        var target = FolderOf(name, version);
        if (Kept(name, version) is { } kept && kept.Package.Digest == package.Digest) return kept;
        if (package.Files is not { Length: > 0 } files) throw new InvalidDataException($"The registry recorded no files of '{name}' version {version}: {package.Remark ?? "they do not lie on the server"}. Register it from files on the server.");
        var source = (await client.Wire.Get<ModelVersionDownloadUri>($"api/2.0/mlflow/model-versions/get-download-uri?name={Uri.EscapeDataString(name)}&version={version}", ct).ConfigureAwait(false)).ArtifactUri ?? "";
        if (!source.StartsWith("mlflow-artifacts:/", StringComparison.Ordinal) && !source.StartsWith("runs:/", StringComparison.Ordinal)) throw new InvalidDataException($"The files of '{name}' version {version} are at {source}, not on the server: they cannot be verified.");
        var part = $"{target}.{Guid.NewGuid():n}.part";
        try
        {
            foreach (var file in files) await Fetch(source, file, part, ct).ConfigureAwait(false);
            await File.WriteAllBytesAsync(Path.Combine(part, Note), JsonSerializer.SerializeToUtf8Bytes(package, Wire.Type<ModelPackage>()), ct).ConfigureAwait(false);
            if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
            Directory.Move(part, target);
        }
        finally
        {
            if (Directory.Exists(part)) Directory.Delete(part, recursive: true);
        }
        return new CachedVersion(version, target, package);
    }

    private async Task<Stream> Open(string source, string path, CancellationToken ct)
    {
        if (source.StartsWith("runs:/", StringComparison.Ordinal))
        {
            var rest = source["runs:/".Length..].Trim('/');
            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            return slash < 0 ? await client.Artifacts.OpenAsync(rest, path, ct).ConfigureAwait(false) : await client.Artifacts.OpenAsync(rest[..slash], $"{rest[(slash + 1)..]}/{path}", ct).ConfigureAwait(false);
        }
        var address = $"api/2.0/mlflow-artifacts/artifacts/{string.Join('/', $"{source["mlflow-artifacts:/".Length..].Trim('/')}/{path}".Split('/').Select(Uri.EscapeDataString))}";
        var answer = await client.Wire.Send(() => new HttpRequestMessage(HttpMethod.Get, address), idempotent: true, timeout: null, ct).ConfigureAwait(false);
        return await answer.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
    }

    private async Task Fetch(string source, ModelFile file, string part, CancellationToken ct)
    {
        var target = Path.GetFullPath(Path.Combine(part, file.Path));
        if (!target.StartsWith(Path.GetFullPath(part) + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw new InvalidDataException($"The registry names a file outside of its model: {file.Path}.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var from = await Open(source, file.Path, ct).ConfigureAwait(false);
        await using var to = File.Create(target);
        var buffer = new byte[128 * 1024];
        for (int read; (read = await from.ReadAsync(buffer, ct).ConfigureAwait(false)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await to.WriteAsync(buffer.AsMemory(0, read), ct).ConfigureAwait(false);
        }
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) is var got && got != file.Sha256)
            throw new InvalidDataException($"'{file.Path}' is not the file that was registered: expected SHA-256 {file.Sha256}, got {got}. It was not used.");
    }

    private CachedVersion? Kept(string name, string version)
    {
        var target = FolderOf(name, version);
        if (!File.Exists(Path.Combine(target, Note))) return null;
        var package = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(target, Note)), Wire.Type<ModelPackage>());
        return package is not null && Whole(target, package) ? new CachedVersion(version, target, package) : null;
    }

    // What lies on a disk for months may not be what was written: looked at each time it is opened.
    private static bool Whole(string target, ModelPackage package)
    {
        foreach (var file in package.Files ?? [])
        {
            var path = Path.Combine(target, file.Path);
            if (!File.Exists(path)) return false;
            using var stream = File.OpenRead(path);
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != file.Sha256) return false;
        }
        return true;
    }

    private string FolderOf(string name, string version) => Path.Combine(Root(), $"{Short(name)}-{version}");

    private string Pointer(ModelReference reference) => Path.Combine(Root(), Short(reference.ToString()) + ".last");

    private string Root() => Directory.CreateDirectory(Path.Combine(folder, Short(client.Wire.Options.Url.ToString()))).FullName;

    // Names may hold anything; a digest of them is a file's name everywhere.
    private static string Short(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 10));
}
