using System.Collections;

namespace Slipway.Engines.Onnx;

/// <summary>A run's outputs. Disposing them disposes every one.</summary>
public sealed class OnnxResults : IReadOnlyList<OnnxValue>, IDisposable
{
    private readonly OnnxModel model;
    private readonly OnnxValue[] values;

    private OnnxResults(OnnxModel model, OnnxValue[] values) => (this.model, this.values) = (model, values);

    /// <summary>How many outputs there are.</summary>
    public int Count => values.Length;

    /// <summary>An output by its position in <see cref="OnnxModel.Outputs"/>.</summary>
    public OnnxValue this[int index] => values[index];

    /// <summary>An output by its name.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such output; the message names those it has.</exception>
    public OnnxValue this[string name]
    {
        get
        {
            for (var i = 0; i < values.Length; i++)
                if (model.Outputs[i].Name == name) return values[i];
            throw new KeyNotFoundException($"The model has no output {name}; it has {string.Join(", ", model.Outputs.Select(output => output.Name))}.");
        }
    }

    /// <summary>Takes the outputs over; should one not be readable, all of them are released.</summary>
    internal static OnnxResults Own(OnnxModel model, ReadOnlySpan<nint> results)
    {
        var values = new OnnxValue[results.Length];
        var taken = 0;
        try
        {
            // Own releases what it could not read, so counting first is right.
            while (taken < values.Length)
            {
                var result = results[taken++];
                values[taken - 1] = OnnxValue.Own(result);
            }
            return new(model, values);
        }
        catch
        {
            foreach (var value in values) value?.Dispose();
            while (taken < results.Length) OnnxApi.Release(results[taken++]);
            throw;
        }
    }

    /// <inheritdoc/>
    public IEnumerator<OnnxValue> GetEnumerator() => ((IEnumerable<OnnxValue>)values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var value in values) value.Dispose();
    }
}
