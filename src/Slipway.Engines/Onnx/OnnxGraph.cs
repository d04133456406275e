namespace Slipway.Engines.Onnx;

/// <summary>
/// Writes an ONNX model: inputs, outputs, operators and their attributes. Small on purpose: enough for trees, linear models and tests;
/// the runtime checks the graph when it is opened.
/// </summary>
/// <remarks>Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; operators: https://onnx.ai/onnx/operators</remarks>
public sealed class OnnxGraph(string name)
{
    private const int IrVersion = 8, Opset = 17, MlOpset = 3;
    private readonly ProtoWriter nodes = new(), inputs = new(), outputs = new(), metadata = new();
    private int nodeCount;

    /// <summary>The program that makes the model.</summary>
    public string Producer { get; init; } = "slipway";

    /// <summary>A text for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>The model's own version number.</summary>
    public long Version { get; init; } = 1;

    /// <summary>Declares an input.</summary>
    public OnnxGraph Input(string name, OnnxType type)
    {
        inputs.Message(11, value => Port(value, name, type));
        return this;
    }

    /// <summary>Declares an output.</summary>
    public OnnxGraph Output(string name, OnnxType type)
    {
        outputs.Message(12, value => Port(value, name, type));
        return this;
    }

    /// <summary>Adds an operator of ONNX's own set.</summary>
    public OnnxGraph Node(string op, string[] from, string[] to, params OnnxAttribute[] attributes) => Node("", op, from, to, attributes);

    /// <summary>Adds an operator of the machine-learning set (ai.onnx.ml): trees, encoders, ZipMap.</summary>
    public OnnxGraph MlNode(string op, string[] from, string[] to, params OnnxAttribute[] attributes) => Node("ai.onnx.ml", op, from, to, attributes);

    /// <summary>Adds an entry to the model's metadata_props.</summary>
    public OnnxGraph Note(string key, string value)
    {
        metadata.Message(14, entry =>
        {
            entry.Text(1, key);
            entry.Text(2, value);
        });
        return this;
    }

    /// <summary>The model file's bytes.</summary>
    public byte[] ToArray()
    {
        var graph = new ProtoWriter();
        graph.Text(2, name);
        var model = new ProtoWriter();
        model.Long(1, IrVersion);
        model.Text(2, Producer);
        model.Long(5, Version);
        model.Text(6, Description);
        model.Bytes(7, [.. nodes.Written, .. graph.Written, .. inputs.Written, .. outputs.Written]);
        foreach (var (domain, version) in new[] { ("", Opset), ("ai.onnx.ml", MlOpset) })
            model.Message(8, opset =>
            {
                opset.Text(1, domain);
                opset.Long(2, version);
            });
        return [.. model.Written, .. metadata.Written];
    }

    private OnnxGraph Node(string domain, string op, string[] from, string[] to, OnnxAttribute[] attributes)
    {
        nodes.Message(1, node =>
        {
            foreach (var input in from) node.Text(1, input);
            foreach (var output in to) node.Text(2, output);
            node.Text(3, $"{op}_{nodeCount++}");
            node.Text(4, op);
            foreach (var attribute in attributes) node.Message(5, attribute.Write);
            node.Text(7, domain);
        });
        return this;
    }

    private static void Port(ProtoWriter value, string name, OnnxType type)
    {
        value.Text(1, name);
        value.Message(2, proto => Type(proto, type));
    }

    private static void Type(ProtoWriter proto, OnnxType type)
    {
        switch (type.Kind)
        {
            case OnnxKind.Tensor:
                proto.Message(1, tensor =>
                {
                    tensor.Long(1, (long)type.Element);
                    tensor.Message(2, shape =>
                    {
                        for (var i = 0; i < type.Shape.Count; i++)
                        {
                            var (size, symbol) = (type.Shape[i], type.Symbols[i]);
                            shape.Message(1, dimension =>
                            {
                                if (size >= 0) dimension.Long(1, size);
                                else if (symbol.Length > 0) dimension.Text(2, symbol);
                            });
                        }
                    });
                });
                break;
            case OnnxKind.Sequence:
                proto.Message(4, sequence => sequence.Message(1, inner => Type(inner, type.Inner!)));
                break;
            case OnnxKind.Map:
                proto.Message(5, map =>
                {
                    map.Long(1, (long)type.Element);
                    map.Message(2, inner => Type(inner, type.Inner!));
                });
                break;
            default:
                throw new NotSupportedException($"A port of kind {type.Kind} cannot be written.");
        }
    }
}
