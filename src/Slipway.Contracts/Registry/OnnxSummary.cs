namespace Slipway.Registry;

/// <summary>What ONNX Runtime and the file itself say of an ONNX model.</summary>
public sealed record OnnxSummary
{
    /// <summary>The version's file.</summary>
    public string? File { get; init; }

    /// <summary>What goes in.</summary>
    public ModelColumnInfo[]? Inputs { get; init; }

    /// <summary>What comes out.</summary>
    public ModelColumnInfo[]? Outputs { get; init; }

    /// <summary>The sets of operators that it uses.</summary>
    public OnnxOpset[]? Opsets { get; init; }

    /// <summary>The version of the format.</summary>
    public long? IrVersion { get; init; }

    /// <summary>The program that wrote it.</summary>
    public string? Producer { get; init; }

    /// <summary>That program's version.</summary>
    public string? ProducerVersion { get; init; }

    /// <summary>The graph's name.</summary>
    public string? Graph { get; init; }

    /// <summary>The model's namespace.</summary>
    public string? Domain { get; init; }

    /// <summary>A text for people.</summary>
    public string? Description { get; init; }

    /// <summary>The model's own version number.</summary>
    public long? Version { get; init; }

    /// <summary>How many operators the graph has, those of inner graphs not counted.</summary>
    public long? Nodes { get; init; }

    /// <summary>Which, the most frequent first; at most 100.</summary>
    public OnnxOperator[]? Operators { get; init; }

    /// <summary>How many numbers its weights are.</summary>
    public long? Weights { get; init; }

    /// <summary>The file's size.</summary>
    public long? Bytes { get; init; }

    /// <summary>What its author wrote into it; at most 100 entries of 1,000 characters.</summary>
    public Dictionary<string, string>? Metadata { get; init; }

    /// <summary>Why it cannot be opened.</summary>
    public string? Error { get; init; }
}

/// <summary>A set of operators.</summary>
/// <param name="Domain">Its name.</param>
/// <param name="Version">Its version.</param>
public sealed record OnnxOpset(string Domain, long Version);

/// <summary>An operator.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How often the graph has it.</param>
public sealed record OnnxOperator(string Name, long Count);
