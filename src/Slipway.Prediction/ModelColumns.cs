namespace Slipway.Prediction;

/// <summary>What a signature says of one column or tensor.</summary>
/// <param name="Name">Its name; null for a tensor without one.</param>
/// <param name="Type">MLflow's word: `double`, `float`, `long`, `integer`, `boolean`, `string`, `binary`, `datetime`, or NumPy's for tensors (`float32`).</param>
/// <param name="Required">False when rows may lack it.</param>
/// <param name="Shape">Of a tensor; null for a column.</param>
internal sealed record ModelColumn(string? Name, string Type, bool Required = true, long[]? Shape = null);

/// <summary>A model's signature: what people send and get, which may be more columns than the graph has inputs.</summary>
/// <param name="Inputs">Empty when it has no signature.</param>
/// <param name="Outputs">Empty when it does not say.</param>
/// <param name="Labels">The class labels that a ZipMap held, in the order of the probabilities' columns; empty otherwise.</param>
internal sealed record ModelColumns(IReadOnlyList<ModelColumn> Inputs, IReadOnlyList<ModelColumn> Outputs, IReadOnlyList<string> Labels)
{
    /// <summary>The input example as the JSON body of a request to `/invocations`, for documents and forms; null when there is none.</summary>
    public string? Example { get; init; }

    /// <summary>No signature.</summary>
    public static ModelColumns None { get; } = new([], [], []);
}
