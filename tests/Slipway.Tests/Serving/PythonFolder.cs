using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Registry;

namespace Slipway.Tests.Serving;

/// <summary>Folders of MLflow models, made by Debian's Python and its scikit-learn.</summary>
internal sealed class PythonFolder : IDisposable
{
    public PythonFolder()
    {
        // Not below /tmp, which the sandbox replaces.
        Path = Directory.CreateDirectory(System.IO.Path.Combine(AppContext.BaseDirectory, "python-model-" + Guid.NewGuid().ToString("N"))).FullName;
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Skips where there is no scikit-learn, unless everything must be there.</summary>
    public static void NeedScikitLearn()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Workers run in a sandbox that is built on Linux.");
        if (Directory.Exists("/usr/lib/python3/dist-packages/sklearn")) return;
        Assert.True(Environment.GetEnvironmentVariable("SLIPWAY_TESTS_REQUIRE_SERVERS") is null, "apt-get install python3-sklearn python3-pandas");
        Assert.Skip("Debian's scikit-learn is not installed.");
    }

    /// <summary>A scikit-learn model of two columns: `fit` is a line of Python that makes `model`.</summary>
    public JsonObject Sklearn(string fit, string? signature = """[{"name": "x", "type": "double"}, {"name": "y", "type": "double"}]""", string predict = "predict")
    {
        NeedScikitLearn();
        Python($"""
            import pickle, numpy as np, pandas as pd
            rng = np.random.RandomState(7)
            X = pd.DataFrame(rng.rand(200, 2), columns=["x", "y"])
            late = X.x + 2 * X.y > 1.5
            {fit}
            pickle.dump(model, open("model.pkl", "wb"))
            """);
        return Write($$"""
            flavors:
              python_function:
                loader_module: mlflow.sklearn
                model_path: model.pkl
                predict_fn: {{predict}}
                python_version: 3.11.2
              sklearn:
                pickled_model: model.pkl
                serialization_format: cloudpickle
            """, signature);
    }

    /// <summary>A model whose code lies beside it: `loads` is the module that MLmodel names.</summary>
    public JsonObject Code(string module, string? signature = """[{"name": "x", "type": "double"}]""")
    {
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "code"));
        File.WriteAllText(System.IO.Path.Combine(Path, "code", "own_model.py"), module);
        return Write("""
            flavors:
              python_function:
                loader_module: own_model
                code: code
            """, signature);
    }

    private JsonObject Write(string mlmodel, string? signature)
    {
        if (signature is not null) mlmodel += $"\nsignature:\n  inputs: '{signature}'\n";
        File.WriteAllText(System.IO.Path.Combine(Path, MlmodelFile.Name), mlmodel);
        return MlmodelFile.Parse(System.Text.Encoding.UTF8.GetBytes(mlmodel)).Value;
    }

    private void Python(string code)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", code]) { WorkingDirectory = Path, RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
    }
}
