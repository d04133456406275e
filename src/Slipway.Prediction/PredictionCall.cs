using System.Diagnostics;

namespace Slipway.Prediction;

/// <summary>One request for predictions, whatever protocol it came by: made by its decoder, run by the <see cref="Predictor"/>, read by its encoder.</summary>
internal sealed class PredictionCall
{
    /// <summary>What goes in. Whoever made the call releases it.</summary>
    public TensorBatch Inputs { get; } = TensorBatch.Rent();

    /// <summary>What came out.</summary>
    public TensorBatch Outputs { get; } = TensorBatch.Rent();

    /// <summary>The client's id of the request, or one that was made for it; feedback names it.</summary>
    public string Id { get; set; } = "";

    /// <summary>What the same arm is chosen by each time, or null.</summary>
    public string? StickyKey { get; set; }

    /// <summary>Asked for by the request: a version by number, or null for whatever the endpoint routes to.</summary>
    public string? Version { get; set; }

    /// <summary>Asked for by the request: a label or alias, or null.</summary>
    public string? Label { get; set; }

    /// <summary>Positions of the outputs that are wanted; null for all.</summary>
    public int[]? Wanted { get; set; }

    /// <summary>1 is the most urgent, 0 is ordinary, 2 and above go last.</summary>
    public int Priority { get; set; }

    /// <summary>A <see cref="Stopwatch"/> time after which nobody waits for the answer; <see cref="long.MaxValue"/> for none.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>Which protocol, for the log: `oip`, `oip-grpc`, `mlflow`, `tfserving`...</summary>
    public string Protocol { get; set; } = "";

    /// <summary>The client's W3C trace context, or null: for workers, remote models and the log.</summary>
    public string? TraceParent { get; set; }

    /// <summary>The version that answered; leased until the call is disposed.</summary>
    public ServedModel? Model { get; set; }

    /// <summary>Stopwatch times: when it came in, was read, began to wait, to run, and was through.</summary>
    public PredictionTimes Times;

    /// <summary>Gives everything back.</summary>
    public void Dispose()
    {
        Inputs.Release();
        Outputs.Release();
        Model?.Release();
        Model = null;
    }
}

/// <summary>Where the time of a request went, as <see cref="Stopwatch"/> times; 0 for what did not happen.</summary>
internal struct PredictionTimes
{
    /// <summary>The request came in.</summary>
    public long Began;

    /// <summary>The body was read into tensors.</summary>
    public long Parsed;

    /// <summary>The model began to run.</summary>
    public long Started;

    /// <summary>The model was done.</summary>
    public long Ran;

    /// <summary>The answer was written.</summary>
    public long Encoded;
}
