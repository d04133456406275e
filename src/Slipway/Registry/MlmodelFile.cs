using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Registry;

/// <summary>MLflow's description of a model, the file MLmodel in its folder: which flavors load it, what goes in and out.</summary>
internal static class MlmodelFile
{
    /// <summary>The file's name.</summary>
    public const string Name = "MLmodel";

    /// <summary>The largest file, in bytes.</summary>
    public const int BytesMax = 1024 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The file as JSON, or what is wrong with it.</summary>
    public static Outcome<JsonObject> Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax) return Problem.Invalid($"{Name} has more than {BytesMax:N0} bytes.");
        string text;
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Problem.Invalid($"{Name} is not UTF-8.");
        }
        var read = YamlText.Parse(text);
        if (read.Problem is { } malformed) return malformed with { Message = $"{Name}: {malformed.Message}" };
        if (read.Value is not JsonObject file) return Problem.Invalid($"{Name}: expected a mapping at the top.");
        return file["flavors"] is JsonObject { Count: > 0 } ? file : Problem.Invalid($"{Name}: expected 'flavors', a mapping of at least one flavor to its settings.");
    }

    /// <summary>What it says, for the wire.</summary>
    public static ModelPackage Describe(JsonObject file)
    {
        var flavors = (JsonObject)file["flavors"]!;
        var python = flavors["python_function"] as JsonObject;
        var signature = file["signature"] as JsonObject;
        return new ModelPackage
        {
            Flavors = [.. flavors.Select(static flavor => flavor.Key).Order(StringComparer.Ordinal)],
            LoaderModule = Text(python?["loader_module"]),
            PythonVersion = Text(python?["python_version"]),
            MlflowVersion = Text(file["mlflow_version"]),
            RunId = Text(file["run_id"]),
            ModelId = Text(file["model_id"]),
            MadeAt = Text(file["utc_time_created"]),
            InputExample = Text((file["saved_input_example_info"] as JsonObject)?["artifact_path"]),
            Inputs = Columns(signature?["inputs"]),
            Outputs = Columns(signature?["outputs"]),
            Params = Columns(signature?["params"]),
        };
    }

    /// <summary>The file that the flavor of ONNX names, of a description as it is kept; null where there is none.</summary>
    public static string? OnnxFile(string? json) => json is not null && (JsonNode.Parse(json) as JsonObject)?["flavors"] is JsonObject flavors && flavors["onnx"] is JsonObject onnx ? Text(onnx["data"]) : null;

    private static string? Text(JsonNode? node) => node is JsonValue value ? value.GetValueKind() is JsonValueKind.String ? (string?)value : value.ToJsonString() : null;

    /// <summary>A signature's part is JSON in a text: a list of columns or tensors. Something else is shown as nothing.</summary>
    private static ModelColumnInfo[]? Columns(JsonNode? node)
    {
        if (Text(node) is not { Length: > 0 } text) return null;
        try
        {
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 32 }) is JsonArray columns ? [.. columns.OfType<JsonObject>().Select(Column)] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ModelColumnInfo Column(JsonObject column)
    {
        var tensor = column["tensor-spec"] as JsonObject;
        return new ModelColumnInfo(Text(column["name"]), tensor is null ? Text(column["type"]) : Text(tensor["dtype"]),
            (tensor?["shape"] ?? column["shape"])?.ToJsonString(), column["required"] is JsonValue required && required.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? (bool)required : null);
    }
}
