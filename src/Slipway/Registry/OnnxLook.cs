using Slipway.Engines.Onnx;

namespace Slipway.Registry;

/// <summary>Opens an ONNX model by the runtime, and says what goes in and out. In the sandbox only: a file made for it can end the process.</summary>
internal static class OnnxLook
{
    private const int EntriesMax = 100, CharsMax = 1_000;

    /// <summary>Looks at a file; what is wrong with it is said in the summary.</summary>
    public static OnnxSummary Run(string name, string path)
    {
        var summary = new OnnxSummary { File = name, Bytes = new FileInfo(path).Length };
        try
        {
            using (var stream = new BufferedStream(File.OpenRead(path), 64 << 10))
            {
                var file = OnnxFile.Read(stream);
                summary = summary with
                {
                    IrVersion = file.IrVersion,
                    Producer = Cut(file.Producer),
                    ProducerVersion = Cut(file.ProducerVersion),
                    Opsets = [.. file.Opsets.Take(EntriesMax).Select(static set => new OnnxOpset(Cut(set.Key), set.Value))],
                    Nodes = file.Nodes,
                    Weights = file.Weights,
                    Operators = [.. file.Operators.OrderByDescending(static one => one.Value).ThenBy(static one => one.Key, StringComparer.Ordinal).Take(EntriesMax).Select(static one => new OnnxOperator(Cut(one.Key), one.Value))],
                };
            }
            // Not optimised: only what goes in and out is asked, and optimising takes memory and time.
            using var model = OnnxModel.Open(path, new OnnxOptions { Optimize = false, Arena = false });
            return summary with
            {
                Inputs = [.. model.Inputs.Select(static port => Column(port))],
                Outputs = [.. model.Outputs.Select(static port => Column(port))],
                Graph = Cut(model.Metadata.Graph),
                Domain = Cut(model.Metadata.Domain),
                Description = Cut(model.Metadata.Description),
                Version = model.Metadata.Version,
                Metadata = model.Metadata.Custom.Count == 0 ? null : model.Metadata.Custom.Take(EntriesMax).ToDictionary(static pair => Cut(pair.Key), static pair => Cut(pair.Value)),
            };
        }
        catch (Exception wrong) when (wrong is OnnxException or InvalidDataException or IOException or DllNotFoundException or ArgumentException or OutOfMemoryException)
        {
            return summary with { Error = Cut(wrong.Message) };
        }
    }

    /// <summary>A signature as MLflow would have it: sizes that vary are -1, and nothing may be left out.</summary>
    public static ModelColumnInfo[]? Signature(ModelColumnInfo[]? ports) => ports is null ? null : [.. ports.Select(static port => port with { Shape = port.Shape is { } shape ? Sizes(shape) : null, Required = null })];

    private static string Sizes(string shape) => $"[{string.Join(',', ((System.Text.Json.Nodes.JsonArray)System.Text.Json.Nodes.JsonNode.Parse(shape)!).Select(static size => size is System.Text.Json.Nodes.JsonValue value && value.GetValueKind() is System.Text.Json.JsonValueKind.Number ? value.ToJsonString() : "-1"))}]";

    private static ModelColumnInfo Column(OnnxPort port) => port.Type.Kind is OnnxKind.Tensor
        ? new ModelColumnInfo(Cut(port.Name), Name(port.Type.Element), new System.Text.Json.Nodes.JsonArray([.. port.Type.Shape.Select((size, i) => size >= 0 ? System.Text.Json.Nodes.JsonValue.Create(size)
            : port.Type.Symbols[i] is { Length: > 0 } symbol ? System.Text.Json.Nodes.JsonValue.Create(Cut(symbol)) : (System.Text.Json.Nodes.JsonNode)System.Text.Json.Nodes.JsonValue.Create(-1))]).ToJsonString(), null)
        : new ModelColumnInfo(Cut(port.Name), Cut(port.Type.ToString()), null, null);

    /// <summary>numpy's names, which MLflow's signatures use.</summary>
    private static string Name(OnnxElement element) => element switch
    {
        OnnxElement.Float => "float32",
        OnnxElement.Double => "float64",
        OnnxElement.String => "str",
        _ => element.ToString().ToLowerInvariant(),
    };

    private static string Cut(string text) => text.Length > CharsMax ? text[..CharsMax] : text;
}
