using System.Security.Cryptography;
using Slipway.Artifacts;
using Slipway.Registry;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>A version's files on this machine, each what it was when the version was registered.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Workspace">Of the model.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version's number.</param>
/// <param name="Package">What is known of it: flavors, signature, input example, what its inspection found.</param>
internal sealed record VersionFolder(string Path, long Workspace, string Model, long Version, ModelPackage Package)
{
    /// <summary>The full path of one of its files.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name.Replace('/', System.IO.Path.DirectorySeparatorChar));
}

/// <summary>
/// Folders of versions, fetched from the blob store. A file that is there already is read once more and kept if its digest is the recorded one, so that nothing that somebody put
/// there is ever opened; a download that was cut off begins anew.
/// </summary>
internal sealed class VersionFolders(Database db, ArtifactTree tree, string root)
{
    private const int BufferBytes = 128 << 10;

    private sealed record Found(string Uri, ModelPackage Package, List<ModelFile> Files, ModelVersionRow Row);

    /// <summary>The folder of a version, or why there is none.</summary>
    public async Task<Outcome<VersionFolder>> Fetch(long workspace, long model, long version, CancellationToken ct)
    {
        var caller = Caller.System("serving") with { Workspace = workspace };
        var found = await db.Read<Outcome<Found>>(session =>
        {
            if (ModelVersions.Row(session, model, version) is not { } row) return Problem.NotFound($"Version {version} was deleted.");
            var uri = ModelSource.Files(session, caller, row.DownloadUri);
            if (uri.Problem is { } gone) return gone;
            return new Found(uri.Value, Packages.Read(session, row.No), Packages.Recorded(session, row.No), row);
        }, ct);
        if (found.Problem is { } missing) return missing;
        var (place, package, files, name) = (found.Value.Uri, found.Value.Package, found.Value.Files, found.Value.Row.Name);
        if (files.Count == 0) return Problem.Invalid($"The files of version {version} of '{name}' do not lie on this server.");
        if (ArtifactPath.OfUri(place) is not { Problem: null, Value: var below }) return Problem.Invalid($"The files of version {version} of '{name}' do not lie on this server.");
        var folder = Folder(found.Value.Row.No, package.Digest);
        foreach (var file in files)
            if (await Fetch(caller, below, file, folder, ct) is { } failed) return failed;
        return new VersionFolder(folder, workspace, name, version, package);
    }

    /// <summary>Removes the folders of versions that nobody serves any more.</summary>
    public static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // What is left is read again, or removed, when the version comes back.
        }
    }

    // Keys of versions are never given twice.
    private string Folder(long no, string? digest) => Path.Combine(root, $"{no}-{(digest ?? "none")[..Math.Min(12, digest?.Length ?? 4)]}");

    private async Task<Problem?> Fetch(Caller caller, ArtifactPath below, ModelFile file, string folder, CancellationToken ct)
    {
        if (ArtifactPath.Parse(file.Path) is not { Problem: null, Value: { IsRoot: false } relative } || below.Join(relative) is not { Problem: null, Value: var from }) return Problem.Damaged($"'{file.Path}' is no path of a file.");
        var to = Path.GetFullPath(Path.Combine(folder, relative.ToString()));
        if (!to.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return Problem.Damaged($"'{file.Path}' leads out of its folder.");
        try
        {
            if (new FileInfo(to) is { Exists: true, LinkTarget: null } there && there.Length == file.Size)
            {
                await using var kept = new FileStream(to, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, useAsync: true);
                if (Convert.ToHexStringLower(await SHA256.HashDataAsync(kept, ct)) == file.Sha256) return null;
            }
            var found = await tree.Find(caller, from, ct);
            if (found.Problem is { } missing) return missing;
            if (found.Value.Sha256 != file.Sha256) return Problem.Conflict($"'{file.Path}' is not what it was when the version was registered.");
            var opened = await tree.Open(found.Value, 0, null, ct);
            if (opened.Problem is { } lost) return lost;
            await using var content = opened.Value;
            DurableFolder.Create(Path.GetDirectoryName(to)!);
            var part = to + ".part";
            if (File.Exists(to)) File.Delete(to);
            string digest;
            using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
            {
                await using var writing = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes, useAsync: true);
                var buffer = new byte[BufferBytes];
                for (int read; (read = await content.ReadAsync(buffer, ct)) > 0;)
                {
                    hash.AppendData(buffer, 0, read);
                    await writing.WriteAsync(buffer.AsMemory(0, read), ct);
                }
                digest = Convert.ToHexStringLower(hash.GetHashAndReset());
            }
            if (digest != file.Sha256)
            {
                File.Delete(part);
                return Problem.Damaged($"'{file.Path}' came with the digest {digest}, expected {file.Sha256}: its content in the blob store is damaged. Restore it from a backup, or register the model anew.");
            }
            File.Move(part, to, overwrite: true);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Problem.Internal($"'{file.Path}' could not be fetched to {folder}: {failure.Message}");
        }
    }
}
