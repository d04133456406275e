using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Artifacts;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// What versions are made of. The digests of files on this server are known since they came in, so that registering a model of any size costs one
/// look; what another store holds is not looked at.
/// </summary>
internal sealed class Packages(Database db, ArtifactTree tree, Inspections inspections)
{
    /// <summary>The largest MLmodel that is kept, as JSON, in characters.</summary>
    private const int KeptCharsMax = 262_144;

    private const string Insert = "INSERT INTO model_packages (version_no, files, bytes, digest, mlmodel, remark) VALUES ($1, $2, $3, $4, $5, $6)";

    private const string FilesOf = "SELECT path, size, sha256 FROM model_files WHERE version_no = $1 ORDER BY path";

    /// <summary>An MLmodel that was read before the write: by which digest, and what it says or what is wrong with it.</summary>
    public sealed record Description(string? Sha256, JsonObject? File, string? Remark);

    /// <summary>Reads the description below a location of this server; nothing where there is none.</summary>
    public async Task<Description> Describe(Caller caller, string uri, CancellationToken ct)
    {
        caller = caller with { Acting = Right.None };
        if (ArtifactPath.OfUri(uri) is not { Problem: null, Value: { IsRoot: false } root } || root.Join(ArtifactPath.Parse(MlmodelFile.Name).Value) is not { Problem: null, Value: var path }) return new Description(null, null, null);
        var found = await tree.Find(caller, path, ct);
        if (found.Problem is not null) return new Description(null, null, $"There is no {MlmodelFile.Name}.");
        if (found.Value.Size > MlmodelFile.BytesMax) return new Description(found.Value.Sha256, null, $"{MlmodelFile.Name} has more than {MlmodelFile.BytesMax:N0} bytes.");
        var opened = await tree.Open(found.Value, 0, null, ct);
        if (opened.Problem is { } lost) return new Description(found.Value.Sha256, null, lost.Message);
        await using var stream = opened.Value;
        var bytes = new byte[found.Value.Size];
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        var parsed = MlmodelFile.Parse(bytes.AsSpan(0, read));
        return new Description(found.Value.Sha256, parsed.Succeeded ? parsed.Value : null, parsed.Problem?.Message);
    }

    /// <summary>Records the files of a new version, in the write that makes it.</summary>
    public Problem? Record(Session session, Caller caller, long no, string uri, Description description)
    {
        if (ArtifactPath.OfUri(uri) is not { Problem: null, Value: { IsRoot: false } root })
        {
            session.Execute(Insert, no, 0, 0, (string?)null, (string?)null, "The files do not lie on this server.");
            return null;
        }
        var files = ArtifactTree.FilesBelow(session, caller.Workspace, root, ModelPackage.FilesMax + 1);
        if (files.Count > ModelPackage.FilesMax) return Problem.Invalid($"'{root}' holds more than {ModelPackage.FilesMax:N0} files. Register a folder that holds the model alone.");
        session.ExecuteMany("INSERT INTO model_files (version_no, path, size, sha256) VALUES ($1, $2, $3, $4)", files, (row, file) => row.Add(no).Add(file.Path).Add(file.Size).Add(file.Sha256));
        // What was read belongs to the version only if it is still the file that is recorded.
        var own = files.Find(static file => file.Path == MlmodelFile.Name).Sha256;
        var json = own is not null && own == description.Sha256 ? description.File?.ToJsonString() : null;
        var remark = files.Count == 0 ? "No file was there when it was registered." : own != description.Sha256 ? $"{MlmodelFile.Name} changed while the version was made." : description.Remark;
        if (json?.Length > KeptCharsMax) (json, remark) = (null, $"{MlmodelFile.Name} says more than {KeptCharsMax:N0} characters.");
        session.Execute(Insert, no, files.Count, files.Sum(static file => file.Size), files.Count == 0 ? null : Digest(files), json, remark);
        return files.Count == 0 ? null : inspections.Ask(session, no);
    }

    /// <summary>Forgets the files of versions that go.</summary>
    public static void Erase(Session session, string versions, params ReadOnlySpan<Arg> args)
    {
        Inspections.Erase(session, versions, args);
        session.Execute($"DELETE FROM model_files WHERE version_no IN ({versions})", args);
        session.Execute($"DELETE FROM model_packages WHERE version_no IN ({versions})", args);
        ModelEvaluations.Erase(session, versions, args);
    }

    /// <summary>Where the files are.</summary>
    public ArtifactTree Tree => tree;

    /// <summary>What a version is made of.</summary>
    public async Task<Outcome<ModelPackage>> Get(Caller caller, ModelVersionRef request, CancellationToken ct)
    {
        if (Check(request, out var version) is { } bad) return bad;
        return await db.Read<Outcome<ModelPackage>>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version, "", out var row) is { } refused) return refused;
            return Read(session, row.No) with { Signatures = RegisteredModels.Some(ModelSignatures.Of(session, caller.Workspace, row.No).ConvertAll(static one => one with { Envelope = null })) };
        }, ct);
    }

    /// <summary>What a version is made of, by its key.</summary>
    public static ModelPackage Read(Session session, long no)
    {
        var kept = session.First("SELECT bytes, digest, mlmodel, remark FROM model_packages WHERE version_no = $1",
            static one => (Bytes: (long?)one.Long(0), Digest: one.TextOrNull(1), Mlmodel: one.TextOrNull(2), Remark: one.TextOrNull(3)), no);
        var (scan, onnx) = Inspections.Of(session, no);
        if (kept.Bytes is null) return new ModelPackage { Remark = "It was registered before files were recorded.", Scan = scan };
        var said = kept.Mlmodel is { } json ? MlmodelFile.Describe((JsonObject)JsonNode.Parse(json)!) : new ModelPackage();
        return WithSignature(said, onnx) with { Scan = scan, Onnx = onnx, Files = RegisteredModels.Some(Recorded(session, no)), Bytes = kept.Bytes, Digest = kept.Digest, Remark = kept.Remark };
    }

    /// <summary>What goes in and out as the only ONNX model says, where the MLmodel does not say it.</summary>
    public static ModelPackage WithSignature(ModelPackage said, OnnxSummary[]? onnx) => said is { Inputs: null, Outputs: null } && onnx is [{ Error: null } only]
        ? said with { Inputs = OnnxLook.Signature(only.Inputs), Outputs = OnnxLook.Signature(only.Outputs), SignatureDerived = true } : said;

    /// <summary>Compares a version's files with what was recorded.</summary>
    public async Task<Outcome<ModelPackageCheck>> Verify(Caller caller, ModelVersionRef request, CancellationToken ct)
    {
        if (Check(request, out var version) is { } bad) return bad;
        return await db.Read<Outcome<ModelPackageCheck>>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version, "", out var row) is { } refused) return refused;
            var uri = ModelSource.Files(session, caller with { Acting = Right.None }, row.DownloadUri);
            if (uri.Problem is { } gone) return gone;
            var recorded = Recorded(session, row.No);
            if (recorded.Count == 0) return Problem.Invalid($"Nothing was recorded of version {version} of '{row.Name}', so there is nothing to compare with. Register it anew from files on this server.");
            if (ArtifactPath.OfUri(uri.Value) is not { Problem: null, Value: var root }) return Problem.Invalid("Its files do not lie on this server.");
            if (TrackedArtifacts.Gate(session, caller with { Acting = Right.None }, root, write: false) is { } denied) return denied;
            var now = ArtifactTree.FilesBelow(session, caller.Workspace, root, ModelPackage.FilesMax + 1).ToDictionary(static file => file.Path, static file => file.Sha256);
            var changed = recorded.Where(file => now.TryGetValue(file.Path, out var sha256) && sha256 != file.Sha256).Select(static file => file.Path).ToArray();
            var missing = recorded.Where(file => !now.ContainsKey(file.Path)).Select(static file => file.Path).ToArray();
            var added = now.Keys.Except(recorded.Select(static file => file.Path)).Order(StringComparer.Ordinal).ToArray();
            return new ModelPackageCheck(changed.Length + missing.Length + added.Length == 0, recorded.Count, changed.Length == 0 ? null : changed, missing.Length == 0 ? null : missing, added.Length == 0 ? null : added);
        }, ct);
    }

    /// <summary>Null while a file is what it was when the version was registered, or was not recorded at all; else the refusal to send it.</summary>
    public async Task<Problem?> Changed(Caller caller, ModelVersionRef request, string path, string sha256, CancellationToken ct)
    {
        if (Check(request, out var version) is { } bad) return bad;
        return await db.Read(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version, "", out var row) is { } refused) return refused;
            if (inspections.Blocked(session, row) is { } blocked) return blocked;
            var files = session.Long("SELECT files FROM model_packages WHERE version_no = $1", row.No) ?? 0;
            if (files == 0) return null;
            return session.Text("SELECT sha256 FROM model_files WHERE version_no = $1 AND path = $2", row.No, path) == sha256 ? null
                : Problem.Conflict($"'{path}' is not what it was when version {version} of '{row.Name}' was registered: a version never changes. Register the new file as a version of its own.");
        }, ct);
    }

    /// <summary>The files of a version as they were recorded, by path.</summary>
    public static List<ModelFile> Recorded(Session session, long no) => session.Query(FilesOf, static row => new ModelFile(row.Text(0), row.Long(1), row.Text(2)), no);

    /// <summary>The digest of all files: SHA-256 of what sha256sum would print for them, by path.</summary>
    public static string Digest(List<(string Path, long Size, string Sha256)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files.OrderBy(static file => file.Path, StringComparer.Ordinal)) hash.AppendData(Encoding.UTF8.GetBytes($"{file.Sha256}  {file.Path}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static Problem? Check(ModelVersionRef request, out long version)
    {
        version = 0;
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var number = RegistryCheck.Version(request.Version);
        version = number.Succeeded ? number.Value : 0;
        return number.Problem;
    }
}
