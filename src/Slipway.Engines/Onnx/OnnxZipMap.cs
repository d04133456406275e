using System.Globalization;

namespace Slipway.Engines.Onnx;

/// <summary>
/// Takes the dictionaries out of a classifier: converters of scikit-learn and others end the graph with a ZipMap, which makes a map for each row and costs more than small models do.
/// The operator becomes an Identity, so that the output keeps the name that clients ask for, and its type the tensor that went in.
/// </summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx_aionnxml_ZipMap.html; field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto</remarks>
internal sealed class OnnxZipMap
{
    /// <summary>The largest file that is edited: it is in memory twice while it is.</summary>
    public const long FileBytesMax = 256L << 20;

    private readonly Dictionary<string, string[]> labels = [];      // by the ZipMap's output
    private readonly HashSet<string> used = [];

    private OnnxZipMap(byte[] model) => Model = model;

    /// <summary>The model without them.</summary>
    public byte[] Model { get; private set; }

    /// <summary>The class labels in the order of the columns, of the first output that had them.</summary>
    public IReadOnlyList<string> Labels { get; private set; } = [];

    /// <summary>Edits a model; null when it has no ZipMap, or one that something else in the graph uses.</summary>
    /// <exception cref="InvalidDataException">The bytes are no message of the protocol.</exception>
    public static OnnxZipMap? Strip(byte[] model)
    {
        var edit = new OnnxZipMap(model);
        var graph = default(ReadOnlySpan<byte>);
        for (var reader = new ProtoReader(model); reader.Next();)
            if (reader is { Field: 7, Wire: 2 }) graph = reader.Bytes;
        if (!edit.Find(graph)) return null;
        edit.Write(graph);
        return edit;
    }

    private bool Find(ReadOnlySpan<byte> graph)
    {
        var outputs = new HashSet<string>();
        for (var reader = new ProtoReader(graph); reader.Next();)
        {
            if (reader is { Field: 12, Wire: 2 }) outputs.Add(NameOf(reader.Bytes));
            if (reader is not { Field: 1, Wire: 2 }) continue;
            var node = Node.Read(reader.Bytes);
            foreach (var input in node.Inputs) used.Add(input);
            if (!node.IsZipMap) continue;
            if (node.Inputs.Count != 1 || node.Outputs.Count != 1 || node.Labels.Count == 0) return false;
            labels[node.Outputs[0]] = [.. node.Labels];
            if (Labels.Count == 0) Labels = labels[node.Outputs[0]];
        }
        return labels.Count > 0 && labels.Keys.All(output => outputs.Contains(output) && !used.Contains(output));
    }

    private void Write(ReadOnlySpan<byte> graph)
    {
        var (inner, whole) = (new ProtoWriter(), new ProtoWriter());
        for (var reader = new ProtoReader(graph); reader.Next();)
        {
            if (reader is { Field: 1, Wire: 2 } && Node.Read(reader.Bytes) is { IsZipMap: true } node) inner.Message(1, identity => Identity(identity, node));
            else if (reader is { Field: 12, Wire: 2 } && NameOf(reader.Bytes) is var name && labels.TryGetValue(name, out var classes)) inner.Message(12, port => Port(port, name, classes.Length));
            else inner.Copy(reader.Whole);
        }
        var core = false;
        for (var reader = new ProtoReader(Model); reader.Next();)
        {
            if (reader is { Field: 7, Wire: 2 }) whole.Bytes(7, inner.Written);
            else whole.Copy(reader.Whole);
            if (reader is { Field: 8, Wire: 2 }) core |= NameOf(reader.Bytes) is "" or "ai.onnx";
        }
        // A file of the machine-learning operators alone need not have declared the set that Identity is of.
        if (!core) whole.Message(8, static set => { set.Text(1, ""); set.Long(2, 13); });
        Model = whole.Written.ToArray();
    }

    private static void Identity(ProtoWriter writer, Node node)
    {
        writer.Text(1, node.Inputs[0]);
        writer.Text(2, node.Outputs[0]);
        writer.Text(3, node.Name);
        writer.Text(4, "Identity");
    }

    private static void Port(ProtoWriter port, string name, int classes)
    {
        port.Text(1, name);
        port.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Long(1, (long)OnnxElement.Float);
            tensor.Message(2, shape =>
            {
                shape.Message(1, static _ => { });
                shape.Message(1, dimension => dimension.Long(1, classes));
            });
        }));
    }

    // Ports and sets of operators have their name in the first field.
    private static string NameOf(ReadOnlySpan<byte> message)
    {
        for (var reader = new ProtoReader(message); reader.Next();)
            if (reader is { Field: 1, Wire: 2 }) return reader.Text;
        return "";
    }

    private sealed record Node(List<string> Inputs, List<string> Outputs, List<string> Labels)
    {
        public string Name { get; private set; } = "";

        public bool IsZipMap { get; private set; }

        public static Node Read(ReadOnlySpan<byte> message)
        {
            var node = new Node([], [], []);
            var (op, domain) = ("", "");
            for (var reader = new ProtoReader(message); reader.Next();)
            {
                if (reader.Wire != 2) continue;
                switch (reader.Field)
                {
                    case 1: node.Inputs.Add(reader.Text); break;
                    case 2: node.Outputs.Add(reader.Text); break;
                    case 3: node.Name = reader.Text; break;
                    case 4: op = reader.Text; break;
                    case 7: domain = reader.Text; break;
                }
            }
            node.IsZipMap = op == "ZipMap" && domain == "ai.onnx.ml";
            if (node.IsZipMap)
                for (var reader = new ProtoReader(message); reader.Next();)
                    if (reader is { Field: 5, Wire: 2 }) node.Attribute(reader.Bytes);
            return node;
        }

        private void Attribute(ReadOnlySpan<byte> message)
        {
            var name = NameOf(message);
            if (name is not ("classlabels_strings" or "classlabels_int64s")) return;
            for (var reader = new ProtoReader(message); reader.Next();)
            {
                if (reader is { Field: 9, Wire: 2 }) Labels.Add(reader.Text);
                else if (reader is { Field: 8, Wire: 0 }) Labels.Add(reader.Number.ToString(CultureInfo.InvariantCulture));
                else if (reader is { Field: 8, Wire: 2 })
                    for (var packed = new ProtoReader(reader.Bytes); packed.NextPacked(out var label);) Labels.Add(label.ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}
