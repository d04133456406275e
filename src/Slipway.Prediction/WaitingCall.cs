namespace Slipway.Prediction;

/// <summary>
/// A request that waits or runs. Whoever claims it first decides its answer: the run that ends, the client that goes, or the deadline. Its inputs are held until the executor is through with them.
/// </summary>
internal sealed class WaitingCall : TaskCompletionSource<Problem?>
{
    private int over;

    public WaitingCall(PredictionCall call, long rows, long bytes, long since) : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        (Call, Rows, Bytes, Deadline, Wanted) = (call, rows, bytes, call.Deadline, call.Wanted);
        Since = since;
        Lane = WaitingLine.LaneOf(call);
        Inputs = call.Inputs.Hold();
    }

    /// <summary>The request. To be written to after <see cref="Claim"/> only: it may be somebody else's already.</summary>
    public PredictionCall Call { get; }

    public TensorBatch Inputs { get; }

    public long Rows { get; }

    public long Bytes { get; }

    public long Deadline { get; }

    public int[]? Wanted { get; }

    /// <summary>When it came, by the executor's clock.</summary>
    public long Since { get; }

    /// <summary>How long it was to wait, by the executor's reckoning, in microseconds.</summary>
    public double ExpectedUs { get; set; }

    /// <summary>0 goes first.</summary>
    public int Lane { get; }

    /// <summary>Stops its run, when it runs alone.</summary>
    public CancellationTokenSource Stop { get; } = new();

    /// <summary>Whether it is in the line; guarded by the executor.</summary>
    public bool Queued { get; set; }

    /// <summary>Its neighbours in the line.</summary>
    public WaitingCall? Before { get; set; }

    /// <inheritdoc cref="Before"/>
    public WaitingCall? After { get; set; }

    /// <summary>True for the one who may answer it.</summary>
    public bool Claim() => Interlocked.Exchange(ref over, 1) == 0;
}
