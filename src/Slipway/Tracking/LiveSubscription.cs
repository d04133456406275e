using System.Threading.Channels;

namespace Slipway.Tracking;

/// <summary>One thing to be sent to a stream.</summary>
/// <param name="Position">The event's position in the log, or 0 when it is none.</param>
/// <param name="Name">The name of the server-sent event.</param>
/// <param name="Data">Its data: one line of JSON in UTF-8, shared by all streams it goes to.</param>
internal readonly record struct LiveItem(long Position, string Name, byte[] Data);

/// <summary>
/// What one stream listens to, and the bounded queue between the feed, which never waits, and a reader that may be slow. A queue that is full ends the stream: its
/// reader is told to look again at what it shows.
/// </summary>
internal sealed class LiveSubscription(long workspace, long experimentId, string? runId, long runNo)
{
    /// <summary>The most items that wait for a slow reader.</summary>
    public const int QueueMax = 256;

    /// <summary>With so many waiting, metrics are left out: what changed meanwhile goes together, later.</summary>
    public const int QueueBusy = 16;

    private readonly Channel<LiveItem> queue = Channel.CreateBounded<LiveItem>(new BoundedChannelOptions(QueueMax) { SingleReader = true });
    private readonly string runSubject = runId is null ? "" : Runs.Subject(runId);
    private readonly string experimentSubject = Experiments.Subject(experimentId);
    private readonly string artifacts = $"artifact/{experimentId}/{(runId is null ? "" : runId + "/")}";

    public long Workspace { get; } = workspace;

    public long ExperimentId { get; } = experimentId;

    /// <summary>The run, or null for a whole experiment.</summary>
    public string? RunId { get; } = runId;

    public long RunNo { get; } = runNo;

    /// <summary>What waits to be sent.</summary>
    public ChannelReader<LiveItem> Items => queue.Reader;

    /// <summary>True when the reader was too slow.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>True while the reader has enough to do.</summary>
    public bool Busy => queue.Reader.Count >= QueueBusy;

    /// <summary>The latest point of each metric that was sent; empty at first, so that a stream begins with all of them.</summary>
    public Dictionary<string, SeriesPoint> Sent { get; } = new(StringComparer.Ordinal);

    /// <summary>True when metrics changed and were not sent yet.</summary>
    public bool Behind { get; set; } = true;

    /// <summary>Whether an event is for this stream. <paramref name="experiment"/> is the experiment of a run or model that the event is about, 0 when it is about none.</summary>
    public bool Wants(long eventWorkspace, string subject, long experiment) =>
        eventWorkspace == Workspace && (RunId is null ? experiment == ExperimentId || subject == experimentSubject : subject == runSubject)
        || eventWorkspace == Workspace && subject.StartsWith(artifacts, StringComparison.Ordinal);

    /// <summary>Queues an item, or ends the stream when the queue is full.</summary>
    public void Send(LiveItem item)
    {
        if (Overflowed || queue.Writer.TryWrite(item)) return;
        Overflowed = true;
        queue.Writer.TryComplete();
    }
}
