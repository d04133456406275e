namespace Slipway.Prediction;

/// <summary>Bounds of one version's executor.</summary>
internal sealed record ExecutionLimits
{
    /// <summary>The defaults.</summary>
    public static ExecutionLimits Default { get; } = new();

    /// <summary>A run below this many microseconds, by the cost line, happens on the request's thread.</summary>
    public double InlineUs { get; init; } = 200;

    /// <summary>How many runs on requests' threads at once.</summary>
    public int InlineMax { get; init; } = 4 * Environment.ProcessorCount;

    /// <summary>How many threads a model of this process has for what is queued.</summary>
    public int ThreadsMax { get; init; } = Environment.ProcessorCount;

    /// <summary>How many runs at once of workers and other servers, whatever the measured latency says.</summary>
    public int AsyncMax { get; init; } = 64;

    /// <summary>How many requests may wait.</summary>
    public int QueuedMax { get; init; } = 1_024;

    /// <summary>How many bytes the tensors of waiting requests may have.</summary>
    public long QueuedBytesMax { get; init; } = 256L << 20;

    /// <summary>The longest predicted wait, unless two runs of the request itself take longer.</summary>
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The most rows of a merged run.</summary>
    public int MergedRowsMax { get; init; } = 1_024;

    /// <summary>The longest merged run, by the cost line.</summary>
    public TimeSpan MergedRunMax { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a thread without work waits for some.</summary>
    public TimeSpan ThreadIdle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether requests are merged at all.</summary>
    public bool Merge { get; init; } = true;
}
