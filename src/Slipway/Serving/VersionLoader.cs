using System.Text.Json;
using Slipway.Prediction;
using Slipway.Registry;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Makes a version ready to answer: its rules, its files, its runtime by flavor, one run before the first request.</summary>
internal sealed class VersionLoader(Database db, VersionFolders folders, Inspections inspections, ModelOpener opener)
{
    /// <summary>Runs a version once on its input example, before requests come; a problem is no reason not to serve it.</summary>
    public Func<ServedModel, VersionFolder, CancellationToken, ValueTask> Warming { get; set; } = static (model, _, ct) => Warmth.Zeros(model, ct);

    /// <summary>Loads one; what it answers is owned by the caller. 503 says: not yet, try again.</summary>
    public async Task<Outcome<(ServedModel Model, VersionFolder Folder)>> Load(long workspace, long model, long version, CancellationToken ct)
    {
        if (await Refused(model, version, ct) is { } refused) return refused;
        var fetched = await folders.Fetch(workspace, model, version, ct);
        if (fetched.Problem is { } missing) return missing;
        var folder = fetched.Value;
        var opened = await opener.Open(folder.Path, ct);
        if (opened.Problem is { } unfit) return unfit with { Message = $"Version {version} of '{folder.Model}': {unfit.Message}" };
        var served = new ServedModel(folder.Model, RegisteredModels.Text(version), opened.Value.Runtime, Columns(folder.Package, opened.Value.Runtime));
        await Warming(served, folder, ct);
        return (served, folder);
    }

    /// <summary>Removes a version's files; nobody serves it any more.</summary>
    public static void Forget(VersionFolder folder) => VersionFolders.Remove(folder.Path);

    // What was found in the sandbox counts: a file that ended the child that opened it is not opened here.
    private Task<Problem?> Refused(long model, long version, CancellationToken ct) => db.Read(session =>
    {
        if (ModelVersions.Row(session, model, version) is not { } row) return Problem.NotFound($"Version {version} was deleted.");
        if (inspections.Blocked(session, row) is { } blocked) return blocked;
        var (scan, onnx) = Inspections.Of(session, row.No);
        if (scan.Status == ModelScan.Pending) return Problem.Busy($"The files of version {version} of '{row.Name}' are being looked into.");
        return onnx?.FirstOrDefault(static one => one.Error is not null) is { } broken ? Problem.Invalid($"'{broken.File}' of version {version} of '{row.Name}' cannot be opened: {broken.Error}") : null;
    }, ct);

    private static ModelColumns Columns(ModelPackage package, ModelRuntime runtime)
    {
        // What was derived from the graph says nothing that the graph does not.
        if (package.SignatureDerived is true) package = package with { Inputs = null, Outputs = null };
        return new ModelColumns(Columns(package.Inputs), Columns(package.Outputs), runtime is OnnxServed onnx ? onnx.Labels : []);
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
