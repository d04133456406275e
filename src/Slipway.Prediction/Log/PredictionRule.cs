namespace Slipway.Prediction;

/// <summary>What is done to a column before it is logged.</summary>
internal enum Redaction
{
    /// <summary>It is left out.</summary>
    Drop,
    /// <summary>A keyed hash stands in its place: equal values stay equal.</summary>
    Hash,
    /// <summary>Three asterisks stand in its place.</summary>
    Mask,
}

/// <summary>What is logged of an endpoint.</summary>
internal sealed record PredictionRule
{
    /// <summary>Everything, as it came.</summary>
    public static PredictionRule Everything { get; } = new();

    /// <summary>False logs nothing.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>False leaves inputs and outputs out.</summary>
    public bool Payload { get; init; } = true;

    /// <summary>The share of requests, 0 to 1.</summary>
    public double Sample { get; init; } = 1;

    /// <summary>What is done to columns, by name; `key` also means the sticky key.</summary>
    public IReadOnlyDictionary<string, Redaction> Columns { get; init; } = new Dictionary<string, Redaction>();

    /// <summary>The key of hashes.</summary>
    public byte[] HashKey { get; init; } = [];
}

/// <summary>An endpoint's rule, and what came of its records since the start of this process. Every record that was not written is counted once.</summary>
internal sealed class PredictionTarget(long workspace, string endpoint)
{
    private PredictionRule rule = PredictionRule.Everything;

    /// <summary>The workspace.</summary>
    public long Workspace => workspace;

    /// <summary>The endpoint's name.</summary>
    public string Endpoint => endpoint;

    /// <summary>The rule now.</summary>
    public PredictionRule Rule { get => Volatile.Read(ref rule); set => Volatile.Write(ref rule, value); }

    /// <summary>Records that were written.</summary>
    public long Logged;

    /// <summary>Records that the sample left out.</summary>
    public long SampledOut;

    /// <summary>Records that found no room in memory.</summary>
    public long LostFull;

    /// <summary>Records whose inputs and outputs were too large; they are written without.</summary>
    public long LostLarge;

    /// <summary>Records that the store did not take in time.</summary>
    public long LostWrite;
}
