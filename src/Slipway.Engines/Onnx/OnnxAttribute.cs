namespace Slipway.Engines.Onnx;

/// <summary>An operator's attribute: a name with a number, a text, or an array of either.</summary>
public sealed class OnnxAttribute
{
    private readonly string name;
    private readonly object value;

    private OnnxAttribute(string name, object value) => (this.name, this.value) = (name, value);

    /// <summary>A whole number.</summary>
    public OnnxAttribute(string name, long value) : this(name, (object)value) { }

    /// <summary>A float.</summary>
    public OnnxAttribute(string name, float value) : this(name, (object)value) { }

    /// <summary>A text.</summary>
    public OnnxAttribute(string name, string value) : this(name, (object)value) { }

    /// <summary>Whole numbers.</summary>
    public OnnxAttribute(string name, long[] values) : this(name, (object)values) { }

    /// <summary>Floats.</summary>
    public OnnxAttribute(string name, float[] values) : this(name, (object)values) { }

    /// <summary>Texts.</summary>
    public OnnxAttribute(string name, string[] values) : this(name, (object)values) { }

    internal void Write(ProtoWriter attribute)
    {
        attribute.Text(1, name);
        switch (value)
        {
            case float number:
                attribute.Float(2, number);
                attribute.Long(20, 1);
                break;
            case long number:
                attribute.Long(3, number);
                attribute.Long(20, 2);
                break;
            case string text:
                attribute.Text(4, text);
                attribute.Long(20, 3);
                break;
            case float[] numbers:
                attribute.Floats(7, numbers);
                attribute.Long(20, 6);
                break;
            case long[] numbers:
                attribute.Longs(8, numbers);
                attribute.Long(20, 7);
                break;
            case string[] texts:
                foreach (var text in texts) attribute.Text(9, text);
                attribute.Long(20, 8);
                break;
        }
    }
}
