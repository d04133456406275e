using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using Slipway.Registry;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Makes a version ready to answer: its rules, its files, its runtime by flavor, one run before the first request.</summary>
internal sealed class VersionLoader(Database db, VersionFolders folders, Inspections inspections)
{
    /// <summary>Opens versions by flavor, the first that a version has: others than ONNX's are added by whoever runs them.</summary>
    public List<(string Flavor, Func<VersionFolder, CancellationToken, Task<Outcome<ModelRuntime>>> Open)> Runtimes { get; } = [("onnx", OpenOnnx)];

    /// <summary>Runs a version once on its input example, before requests come; a problem is no reason not to serve it.</summary>
    public Func<ServedModel, VersionFolder, CancellationToken, ValueTask> Warming { get; set; } = static (model, _, ct) => Warmth.Zeros(model, ct);

    /// <summary>Loads one; what it answers is owned by the caller. 503 says: not yet, try again.</summary>
    public async Task<Outcome<(ServedModel Model, VersionFolder Folder)>> Load(long workspace, long model, long version, CancellationToken ct)
    {
        if (await Refused(model, version, ct) is { } refused) return refused;
        var fetched = await folders.Fetch(workspace, model, version, ct);
        if (fetched.Problem is { } missing) return missing;
        var folder = fetched.Value;
        var flavors = Flavors(folder.Package);
        var known = Runtimes.Find(one => flavors.Contains(one.Flavor));
        if (known.Open is null)
            return Problem.Invalid($"Version {version} of '{folder.Model}' has the flavors {(flavors.Count == 0 ? "none" : string.Join(", ", flavors))}; this server runs {string.Join(", ", Runtimes.Select(static one => one.Flavor))}. Log the model as one of these.");
        var opened = await known.Open(folder, ct);
        if (opened.Problem is { } unfit) return unfit;
        var served = new ServedModel(folder.Model, RegisteredModels.Text(version), opened.Value, Columns(folder.Package, opened.Value));
        await Warming(served, folder, ct);
        return (served, folder);
    }

    /// <summary>Removes a version's files; nobody serves it any more.</summary>
    public void Forget(VersionFolder folder) => folders.Remove(folder.Path);

    // What was found in the sandbox counts: a file that ended the child that opened it is not opened here.
    private Task<Problem?> Refused(long model, long version, CancellationToken ct) => db.Read(session =>
    {
        if (ModelVersions.Row(session, model, version) is not { } row) return Problem.NotFound($"Version {version} was deleted.");
        if (inspections.Blocked(session, row) is { } blocked) return blocked;
        var (scan, onnx) = Inspections.Of(session, row.No);
        if (scan.Status == ModelScan.Pending) return Problem.Busy($"The files of version {version} of '{row.Name}' are being looked into.");
        return onnx?.FirstOrDefault(static one => one.Error is not null) is { } broken ? Problem.Invalid($"'{broken.File}' of version {version} of '{row.Name}' cannot be opened: {broken.Error}") : null;
    }, ct);

    private static HashSet<string> Flavors(ModelPackage package)
    {
        var flavors = new HashSet<string>(package.Flavors ?? [], StringComparer.Ordinal);
        // A folder without an MLmodel, or one that knows the model as something else only.
        if (OnnxFile(package) is not null) flavors.Add("onnx");
        return flavors;
    }

    private static string? OnnxFile(ModelPackage package)
    {
        var files = (package.Files ?? []).Where(static file => file.Path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)).ToList();
        return files.Count == 1 ? files[0].Path : package.Onnx is [{ File: { } only }] ? only : null;
    }

    private static Task<Outcome<ModelRuntime>> OpenOnnx(VersionFolder folder, CancellationToken ct) => Task.Run<Outcome<ModelRuntime>>(() =>
    {
        if (OnnxFile(folder.Package) is not { } file) return Problem.Invalid($"Version {folder.Version} of '{folder.Model}' has no one ONNX file: expected exactly one *.onnx.");
        try
        {
            return OnnxServed.Open(folder.File(file));
        }
        catch (Exception failure) when (failure is OnnxException or IOException or DllNotFoundException)
        {
            return Problem.Invalid($"'{file}' cannot be opened: {failure.Message}");
        }
    }, ct);

    private static ModelColumns Columns(ModelPackage package, ModelRuntime runtime)
    {
        // What was derived from the graph says nothing that the graph does not.
        if (package.SignatureDerived is true) package = package with { Inputs = null, Outputs = null };
        return new ModelColumns(Columns(package.Inputs), Columns(package.Outputs), []);
    }

    private static List<ModelColumn> Columns(ModelColumnInfo[]? columns) => [.. (columns ?? []).Select(static one => new ModelColumn(one.Name, one.Type ?? "", one.Required ?? true, Shape(one.Shape)))];

    private static long[]? Shape(string? json)
    {
        if (json is null) return null;
        try
        {
            using var shape = JsonDocument.Parse(json);
            return [.. shape.RootElement.EnumerateArray().Select(static size => size.TryGetInt64(out var number) ? number : -1)];
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
