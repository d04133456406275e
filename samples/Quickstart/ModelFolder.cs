using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Quickstart.Learner;

namespace Slipway.Quickstart;

/// <summary>The model as a folder in MLflow's format: what <c>mlflow.pyfunc.load_model("runs:/ID/model")</c> opens.</summary>
internal static class ModelFolder
{
    public const string Path = "model";
    private const int ExampleRows = 5;

    // What loads it in Python; ranges, since any of these versions reads the file.
    private static readonly string[] Requirements = ["mlflow>=2.9", "numpy", "pandas", "onnx>=1.15", "onnxruntime>=1.17"];

    public static async Task Log(ActiveRun run, byte[] onnx, float[][] columns, int exampleStart, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-model-").FullName;
        try
        {
            await Write("requirements.txt", string.Join('\n', Requirements) + "\n");
            await Write("python_env.yaml", "python: \"3.10\"\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n");
            await Write("conda.yaml", "name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=3.10\n- pip\n- pip:\n" + string.Concat(Requirements.Select(line => $"  - {line}\n")));
            await Write("input_example.json", Example(columns, exampleStart).ToJsonString());
            await File.WriteAllBytesAsync(System.IO.Path.Combine(folder, "model.onnx"), onnx, ct);

            var model = ModelDescription.Onnx() with
            {
                Inputs = [.. FlightFeatures.Names.Select(name => new ModelColumn(name, "float"))],
                Outputs = [new ModelColumn(TreesToOnnx.Output, "float")],
                InputExample = "input_example.json",
                Metadata = new Dictionary<string, string> { ["question"] = $"Will this flight be more than {Flights.LateAfterMinutes} minutes late?" },
            };
            model.Flavors["python_function"]["env"] = new JsonObject { ["conda"] = "conda.yaml", ["virtualenv"] = "python_env.yaml" };
            await run.LogModelAsync(folder, model, Path, ct);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Task Write(string name, string text) => File.WriteAllTextAsync(System.IO.Path.Combine(folder, name), text, ct);
    }

    /// <summary>A few rows as pandas writes them with orient="split".</summary>
    private static JsonObject Example(float[][] columns, int start) => new()
    {
        ["columns"] = JsonSerializer.SerializeToNode(FlightFeatures.Names.ToArray(), ExampleJson.Default.StringArray),
        ["data"] = JsonSerializer.SerializeToNode(Enumerable.Range(start, ExampleRows).Select(row => columns.Select(column => column[row]).ToArray()).ToArray(), ExampleJson.Default.SingleArrayArray),
    };
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string[]))]
[System.Text.Json.Serialization.JsonSerializable(typeof(float[][]))]
internal sealed partial class ExampleJson : System.Text.Json.Serialization.JsonSerializerContext;
