using System.Threading.Channels;

namespace Slipway.Tracking;

/// <summary>One thing to be sent to a stream.</summary>
/// <param name="Position">The event's position in the log, or 0 when it is none.</param>
/// <param name="Name">The name of the server-sent event.</param>
/// <param name="Data">Its data: one line of JSON in UTF-8, shared by all streams it goes to.</param>
internal readonly record struct LiveItem(long Position, string Name, byte[] Data);

/// <summary>
/// One stream's bounded queue between the feed, which never waits, and a reader that may be slow. A queue that is full ends the stream: its
/// reader is told to look again at what it shows.
/// </summary>
internal abstract class LiveListener
{
    /// <summary>The most items that wait for a slow reader.</summary>
    public const int QueueMax = 256;

    /// <summary>With so many waiting, metrics are left out: what changed meanwhile goes together, later.</summary>
    public const int QueueBusy = 16;

    private readonly Channel<LiveItem> queue = Channel.CreateBounded<LiveItem>(new BoundedChannelOptions(QueueMax) { SingleReader = true });

    /// <summary>What waits to be sent.</summary>
    public ChannelReader<LiveItem> Items => queue.Reader;

    /// <summary>True when the reader was too slow.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>True while the reader has enough to do.</summary>
    public bool Busy => queue.Reader.Count >= QueueBusy;

    public abstract long Workspace { get; }

    /// <summary>Whether news of the listener's workspace is for it.</summary>
    public abstract bool Wants(LiveNews news);

    /// <summary>How the stream says where it stands.</summary>
    public virtual byte[] Hello(long position) => LiveJson.Say(position);

    /// <summary>What the stream says about news.</summary>
    public virtual LiveItem Tell(LiveNews news) => news.Item;

    /// <summary>Queues an item, or ends the stream when the queue is full.</summary>
    public void Send(LiveItem item)
    {
        if (Overflowed || queue.Writer.TryWrite(item)) return;
        Overflowed = true;
        queue.Writer.TryComplete();
    }
}

/// <summary>What the stream of one run or of one experiment listens to.</summary>
internal sealed class LiveSubscription(long workspace, long experimentId, string? runId, long runNo) : LiveListener
{
    private readonly string runSubject = runId is null ? "" : Runs.Subject(runId);
    private readonly string experimentSubject = Experiments.Subject(experimentId);
    private readonly string artifacts = $"artifact/{experimentId}/{(runId is null ? "" : runId + "/")}";

    public override long Workspace { get; } = workspace;

    public long ExperimentId { get; } = experimentId;

    /// <summary>The run, or null for a whole experiment.</summary>
    public string? RunId { get; } = runId;

    public long RunNo { get; } = runNo;

    /// <summary>The latest point of each metric that was sent; empty at first, so that a stream begins with all of them.</summary>
    public Dictionary<string, SeriesPoint> Sent { get; } = new(StringComparer.Ordinal);

    /// <summary>True when metrics changed and were not sent yet.</summary>
    public bool Behind { get; set; } = true;

    public override bool Wants(LiveNews news) => news.IsEdit ? news.Experiments.Contains(ExperimentId) && (RunId is null || !news.Subject.StartsWith("run/", StringComparison.Ordinal) || news.Subject == runSubject)
        : (RunId is null ? news.Experiments.Contains(ExperimentId) || news.Subject == experimentSubject : news.Subject == runSubject) || news.Subject.StartsWith(artifacts, StringComparison.Ordinal);
}
