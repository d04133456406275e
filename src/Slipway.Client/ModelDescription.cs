using System.Text.Json.Nodes;

namespace Slipway.Client;

/// <summary>What a model's folder holds, as MLflow's MLmodel file says it: flavors and the signature.</summary>
public sealed record ModelDescription
{
    /// <summary>The name of MLflow's description file in a model's folder.</summary>
    public const string FileName = "MLmodel";

    /// <summary>The format of MLflow that is written.</summary>
    private const string FormatVersion = "2.22.0";

    /// <summary>How the model can be loaded: flavor name to its settings. At least one.</summary>
    public required IReadOnlyDictionary<string, JsonObject> Flavors { get; init; }

    /// <summary>The model's inputs, in order; none when unknown.</summary>
    public IReadOnlyList<ModelColumn> Inputs { get; init; } = [];

    /// <summary>The model's outputs, in order; none when unknown.</summary>
    public IReadOnlyList<ModelColumn> Outputs { get; init; } = [];

    /// <summary>Anything else worth keeping beside the model.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The file in the folder that holds a few rows of input as pandas writes them with orient="split"; null when there is none.</summary>
    public string? InputExample { get; init; }

    /// <summary>An ONNX model, loadable by MLflow's onnx and python_function flavors.</summary>
    /// <param name="file">The file inside the folder.</param>
    /// <param name="opsetVersion">The version of the onnx package that understands it, as MLflow notes it.</param>
    public static ModelDescription Onnx(string file = "model.onnx", string opsetVersion = "1.16.0") => new()
    {
        Flavors = new Dictionary<string, JsonObject>
        {
            ["onnx"] = new()
            {
                ["code"] = null,
                ["data"] = file,
                ["onnx_version"] = opsetVersion,
                ["providers"] = new JsonArray("CPUExecutionProvider"),
            },
            ["python_function"] = new() { ["data"] = file, ["loader_module"] = "mlflow.onnx" },
        },
    };

    internal JsonObject Describe(string runId, string path, DateTimeOffset at)
    {
        var described = new JsonObject
        {
            ["artifact_path"] = path,
            ["flavors"] = new JsonObject(Flavors.Select(flavor => KeyValuePair.Create(flavor.Key, (JsonNode?)flavor.Value.DeepClone()))),
            ["mlflow_version"] = FormatVersion,
            ["model_uuid"] = Guid.NewGuid().ToString("n"),
            ["run_id"] = runId,
            // MLflow's own spelling: microseconds and a space, no zone.
            ["utc_time_created"] = at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff"),
        };
        // MLflow keeps each side of a signature as a JSON text.
        if (Inputs.Count > 0 || Outputs.Count > 0)
            described["signature"] = new JsonObject { ["inputs"] = Columns(Inputs), ["outputs"] = Columns(Outputs), ["params"] = null };
        if (InputExample is not null)
            described["saved_input_example_info"] = new JsonObject { ["artifact_path"] = InputExample, ["type"] = "dataframe", ["pandas_orient"] = "split" };
        if (Metadata.Count > 0)
            described["metadata"] = new JsonObject(Metadata.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        return described;
    }

    private static JsonNode? Columns(IReadOnlyList<ModelColumn> columns) => columns.Count == 0
        ? null
        : new JsonArray([.. columns.Select(column => column.ToJson())]).ToJsonString();
}

/// <summary>One input or output of a model: a column, or a tensor when it has a shape.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">A column's boolean, integer, long, float, double or string; a tensor's float32, int64 and so on.</param>
/// <param name="Shape">A tensor's dimensions, -1 for any; null for a column.</param>
public sealed record ModelColumn(string Name, string Type, IReadOnlyList<long>? Shape = null)
{
    internal JsonNode ToJson() => Shape is null
        ? new JsonObject { ["type"] = Type, ["name"] = Name, ["required"] = true }
        : new JsonObject
        {
            ["name"] = Name,
            ["type"] = "tensor",
            ["tensor-spec"] = new JsonObject { ["dtype"] = Type, ["shape"] = new JsonArray([.. Shape.Select(size => (JsonNode?)size)]) },
        };
}
