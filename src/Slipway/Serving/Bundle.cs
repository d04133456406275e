using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Serving;

/// <summary>An endpoint in a folder: what it serves with which digests, so that it answers without any server.</summary>
/// <param name="Folder">The full path.</param>
/// <param name="Manifest">What is in it.</param>
internal sealed record Bundle(string Folder, BundleManifest Manifest)
{
    /// <summary>The file that describes it.</summary>
    public const string FileName = "bundle.json";

    /// <summary>The folder of models.</summary>
    public const string Models = "models";

    /// <summary>The folder of the program.</summary>
    public const string Program = "bin";

    /// <summary>The folder that a running bundle writes in.</summary>
    public const string Data = "data";

    /// <summary>The largest description, in bytes.</summary>
    public const int BytesMax = 16 << 20;

    /// <summary>Opens a folder and compares every file with its digest.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="program">Whether the program's own files are compared too.</param>
    /// <param name="ct">Stops the comparison.</param>
    /// <returns>The bundle, or the first file that is not what it was when it was exported.</returns>
    public static async Task<Outcome<Bundle>> Open(string folder, bool program, CancellationToken ct)
    {
        folder = Path.GetFullPath(folder);
        var file = new FileInfo(Path.Combine(folder, FileName));
        if (!file.Exists) return Problem.NotFound($"There is no {FileName} in {folder}. Expected a folder that slipway export wrote.");
        if (file.Length > BytesMax) return Problem.Invalid($"{file.FullName} has more than {BytesMax:N0} bytes.");
        BundleManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(file.FullName, ct), BundleJson.Default.BundleManifest);
        }
        catch (JsonException malformed)
        {
            return Problem.Damaged($"{file.FullName} is not understood: {malformed.Message}");
        }
        if (manifest is null || manifest.Endpoint?.Name is not { Length: > 0 } || manifest.Arms is not { Length: > 0 } || manifest.Files is null) return Problem.Damaged($"{file.FullName} names no endpoint, arms or files.");
        if (manifest.Format != BundleManifest.FormatNow) return Problem.Invalid($"{file.FullName} has the format {manifest.Format}, expected {BundleManifest.FormatNow}. Export it with this version of slipway.");
        var bundle = new Bundle(folder, manifest);
        return await bundle.Differs(program, ct) is { } problem ? problem : bundle;
    }

    /// <summary>The full path of a file or folder in it.</summary>
    public string At(string relative) => Path.Combine(Folder, relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Describes a file.</summary>
    public static async Task<BundleFile> Describe(string folder, string relative, CancellationToken ct)
    {
        await using var content = new FileStream(Path.Combine(folder, relative.Replace('/', Path.DirectorySeparatorChar)), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return new BundleFile(relative, content.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct)));
    }

    /// <summary>Writes the description, in one step.</summary>
    public static void Write(string folder, BundleManifest manifest)
    {
        var path = Path.Combine(folder, FileName);
        File.WriteAllBytes(path + ".part", JsonSerializer.SerializeToUtf8Bytes(manifest, BundleJson.Default.BundleManifest));
        File.Move(path + ".part", path, overwrite: true);
    }

    private async Task<Problem?> Differs(bool program, CancellationToken ct)
    {
        var wanted = Manifest.Files.Where(file => program || !file.Path.StartsWith(Program + "/", StringComparison.Ordinal)).ToList();
        foreach (var file in wanted)
            if (!IsPlain(file.Path)) return Problem.Damaged($"{FileName} names a file '{file.Path}', which is no path below the bundle.");
        foreach (var arm in Manifest.Arms)
            if (arm.Folder is null || !IsPlain(arm.Folder) || !arm.Folder.StartsWith(Models + "/", StringComparison.Ordinal)) return Problem.Damaged($"{FileName} names a folder '{arm.Folder}' for the arm '{arm.Name}'; expected one below {Models}/.");
        var known = wanted.Select(static file => file.Path).ToHashSet(StringComparer.Ordinal);
        if (Directory.Exists(At(Models)))
            foreach (var path in Directory.EnumerateFiles(At(Models), "*", SearchOption.AllDirectories))
                if (Path.GetRelativePath(Folder, path).Replace(Path.DirectorySeparatorChar, '/') is var relative && !known.Contains(relative)) return Problem.Damaged($"{relative} was added to the bundle after it was exported.");
        Problem? first = null;
        await Parallel.ForEachAsync(wanted, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = ct }, async (file, stop) =>
        {
            if (first is not null) return;
            try
            {
                var now = await Describe(Folder, file.Path, stop);
                if (now.Sha256 != file.Sha256) Interlocked.CompareExchange(ref first, Problem.Damaged($"{file.Path} is not what it was when the bundle was exported: expected SHA-256 {file.Sha256}, got {now.Sha256}. Export it again."), null);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                Interlocked.CompareExchange(ref first, Problem.Damaged($"{file.Path} cannot be read: {gone.Message}"), null);
            }
        });
        return first;
    }

    private static bool IsPlain(string path) => path is { Length: > 0 } && !path.Contains('\\') && !path.Contains('\0') && path.Split('/').All(static part => part is not ("" or "." or "..") && !part.Contains(':'));
}

/// <summary>What a bundle serves.</summary>
/// <param name="Format">The version of this form.</param>
/// <param name="MadeMs">When, Unix milliseconds.</param>
/// <param name="MadeBy">The program that made it.</param>
/// <param name="From">The server that it came from.</param>
/// <param name="Forward">Where its predictions are told when that can be reached; null for nowhere.</param>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Arms">What it routes to.</param>
/// <param name="Files">Every file with its digest, but this one.</param>
internal sealed record BundleManifest(int Format, long MadeMs, string? MadeBy, string? From, string? Forward, BundleEndpoint Endpoint, BundleArm[] Arms, BundleFile[] Files)
{
    /// <summary>The form that this program writes and reads.</summary>
    public const int FormatNow = 1;
}

/// <summary>What requests meet, whichever arm they get.</summary>
internal sealed record BundleEndpoint(string Name, string? Workspace, string? Detail, long? TimeoutMs, StickyKey? Sticky, InputRule[]? InputRules, long Revision);

/// <summary>A version, and its share.</summary>
internal sealed record BundleArm(string Name, string Model, string Version, string? Label, double Weight, string Folder);

/// <summary>A file.</summary>
internal sealed record BundleFile(string Path, long Bytes, string Sha256);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(BundleManifest))]
internal sealed partial class BundleJson : JsonSerializerContext;
