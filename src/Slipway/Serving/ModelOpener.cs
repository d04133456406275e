using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Prediction;
using Slipway.Prediction.Remote;
using Slipway.Registry;

namespace Slipway.Serving;

/// <summary>Opens a version's folder with what can run it: ONNX in this process, a server elsewhere, workers of Python.</summary>
/// <param name="python">Runs python_function models; null where none may be.</param>
/// <param name="outbound">Calls other servers by the rules for that; null where none may be called.</param>
internal sealed class ModelOpener(PythonWorkers? python, HttpClient? outbound = null)
{
    /// <summary>Opens it. The files must stay as long as the runtime.</summary>
    /// <param name="folder">A version's files as they were registered.</param>
    /// <param name="ct">Stops a start that takes long.</param>
    /// <returns>What runs it, and its MLmodel where it has one; 400 when nothing here can.</returns>
    public async Task<Outcome<(ModelRuntime Runtime, JsonObject? Mlmodel)>> Open(string folder, CancellationToken ct)
    {
        JsonObject? mlmodel = null;
        var description = Path.Combine(folder, MlmodelFile.Name);
        if (File.Exists(description))
        {
            if (new FileInfo(description).Length > MlmodelFile.BytesMax) return Problem.Invalid($"{MlmodelFile.Name} has more than {MlmodelFile.BytesMax:N0} bytes.");
            var parsed = MlmodelFile.Parse(await File.ReadAllBytesAsync(description, ct));
            if (parsed.Problem is { } malformed) return malformed;
            mlmodel = parsed.Value;
        }
        var runtime = await Choose(folder, mlmodel, ct);
        return runtime.Problem is { } problem ? problem : (runtime.Value, mlmodel);
    }

    private async Task<Outcome<ModelRuntime>> Choose(string folder, JsonObject? mlmodel, CancellationToken ct)
    {
        if (File.Exists(Path.Combine(folder, RemoteTarget.FileName)))
        {
            if (outbound is null) return Problem.Invalid($"The version is a server elsewhere ({RemoteTarget.FileName}), and no other server is called from here.");
            if (new FileInfo(Path.Combine(folder, RemoteTarget.FileName)).Length > RemoteTarget.BytesMax) return Problem.Invalid($"{RemoteTarget.FileName} has more than {RemoteTarget.BytesMax:N0} bytes.");
            var target = RemoteTarget.Read(await File.ReadAllBytesAsync(Path.Combine(folder, RemoteTarget.FileName), ct));
            if (target.Problem is { } malformed) return malformed;
            var remote = await RemoteRuntime.Open(target.Value, outbound, Columns(mlmodel), ct);
            return remote.Problem is { } unreachable ? unreachable : remote.Value;
        }
        if (OnnxFile(folder, mlmodel) is { } onnx)
        {
            if (onnx.Problem is { } wrong) return wrong;
            try
            {
                return OnnxServed.Open(onnx.Value);
            }
            catch (Exception refused) when (refused is Engines.Onnx.OnnxException or IOException or DllNotFoundException)
            {
                return Problem.Invalid($"{Path.GetFileName(onnx.Value)} cannot be opened: {refused.Message}");
            }
        }
        if (mlmodel?["flavors"] is JsonObject flavors && flavors["python_function"] is JsonObject)
        {
            if (python is null) return Problem.Invalid("The model needs Python, and none is run here.");
            var started = await python.Open(folder, mlmodel, ct);
            return started.Problem is { } failed ? failed : started.Value;
        }
        return Problem.Invalid(mlmodel?["flavors"] is JsonObject others
            ? $"Nothing here runs the flavors {string.Join(", ", others.Select(static one => one.Key))}; expected onnx or python_function. Log the model with one of them."
            : $"There is neither {MlmodelFile.Name} nor one file .onnx nor {RemoteTarget.FileName} in the version's files. Log the model with MLflow, or register a folder with its ONNX file.");
    }

    /// <summary>The signature of an MLmodel as the data plane knows it.</summary>
    public static ModelColumns Columns(JsonObject? mlmodel)
    {
        if (mlmodel is null) return ModelColumns.None;
        var said = MlmodelFile.Describe(mlmodel);
        return new ModelColumns(Columns(said.Inputs), Columns(said.Outputs), []);
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

    /// <summary>The ONNX file that the description names, or the only one; null where it is no ONNX model.</summary>
    private static Outcome<string>? OnnxFile(string folder, JsonObject? mlmodel)
    {
        if (mlmodel is not null)
        {
            if (MlmodelFile.OnnxFile(mlmodel.ToJsonString()) is not { } named) return null;
            var path = Path.GetFullPath(Path.Combine(folder, named));
            return path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal) && File.Exists(path) ? (Outcome<string>)path
                : Problem.Invalid($"{MlmodelFile.Name} names the ONNX file '{named}', which is not among the version's files.");
        }
        var found = Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Take(2).ToList();
        if (found.Count == 0) return null;
        return found.Count == 1 ? (Outcome<string>)found[0] : Problem.Invalid($"There are several files .onnx and no {MlmodelFile.Name} that says which one is the model.");
    }
}
