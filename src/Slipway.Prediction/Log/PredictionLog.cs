using System.Collections.Concurrent;
using System.Diagnostics;

namespace Slipway.Prediction;

/// <summary>A segment on its way to wherever it is kept.</summary>
/// <param name="Target">Whose records they are.</param>
/// <param name="Id">Its identity: the same segment twice is one.</param>
/// <param name="Bytes">All of it.</param>
/// <param name="Records">How many records.</param>
/// <param name="FromMs">The earliest.</param>
/// <param name="ToMs">The latest.</param>
/// <param name="Hashes">Of the ids.</param>
internal sealed record PredictionBatch(PredictionTarget Target, Guid Id, byte[] Bytes, int Records, long FromMs, long ToMs, IReadOnlyList<ulong> Hashes);

/// <summary>
/// The prediction log of a process: listens to the <see cref="Predictor"/>, copies what it needs of a call into memory that is bounded by bytes, and writes segments in the background to whatever
/// keeps them. A request never waits for it; what finds no room is counted.
/// </summary>
internal sealed class PredictionLog(TimeProvider clock, Func<PredictionBatch, CancellationToken, Task<Problem?>> keep, long memoryBytes = PredictionLog.MemoryBytesDefault) : IAsyncDisposable
{
    /// <summary>Memory for records that wait.</summary>
    public const long MemoryBytesDefault = 64L * 1024 * 1024;

    /// <summary>The most bytes of one record's inputs and outputs.</summary>
    public const int PayloadBytesMax = 256 * 1024;

    /// <summary>The most bytes of segments that the store did not take yet.</summary>
    public const long UnwrittenBytesMax = 64L * 1024 * 1024;

    /// <summary>The longest that a record waits in memory.</summary>
    public static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(2);

    /// <summary>The longest that a stop waits for the store.</summary>
    public static readonly TimeSpan LastFlushMax = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(long Workspace, string Endpoint), PredictionTarget> targets = new();
    private readonly PredictionRing ring = new(memoryBytes);
    private readonly SemaphoreSlim writing = new(1);
    private readonly Queue<PredictionBatch> unwritten = new();
    private readonly List<PredictionBatch> finished = [];
    private long unwrittenBytes;

    /// <summary>What an endpoint that nobody spoke of yet begins with.</summary>
    public Func<long, string, PredictionRule>? FirstRule { get; set; }

    /// <summary>Also told of each segment that was kept, on the background's thread: redacted as it is.</summary>
    public Action<PredictionBatch>? Kept { get; set; }

    /// <summary>Bytes that are not written yet.</summary>
    public long PendingBytes => ring.Held + Volatile.Read(ref unwrittenBytes);

    /// <summary>Every endpoint that was seen.</summary>
    public ICollection<PredictionTarget> Targets => targets.Values;

    /// <summary>An endpoint's rule and counts.</summary>
    public PredictionTarget Target(long workspace, string endpoint) => targets.TryGetValue((workspace, endpoint), out var known)
        ? known
        : targets.GetOrAdd((workspace, endpoint), key => new PredictionTarget(key.Workspace, key.Endpoint) { Rule = FirstRule?.Invoke(key.Workspace, key.Endpoint) ?? PredictionRule.Everything });

    /// <summary>Takes a call down; <see cref="Predictor.Told"/> calls it. Allocates nothing but a chunk now and then.</summary>
    public void Tell(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call, Problem? problem)
    {
        var target = Target(endpoint.Workspace, endpoint.Name);
        var rule = target.Rule;
        if (!rule.Enabled) return;
        if (rule.Sample < 1 && !PredictionHash.Within(PredictionHash.Of(call.Id), rule.Sample))
        {
            Interlocked.Increment(ref target.SampledOut);
            return;
        }
        var trace = TraceOf(call);
        // An error may quote values: where columns are redacted only its code is kept.
        var error = problem is null ? "" : rule.Columns.Count > 0 ? Codes[(int)problem.Code] : problem.Message;
        var payload = rule.Payload ? PredictionFrame.Size(call.Inputs) + PredictionFrame.Size(call.Outputs) : 0;
        var cut = payload > PayloadBytesMax;
        if (cut) Interlocked.Increment(ref target.LostLarge);
        var times = call.Times;
        var head = new PredictionFrame.Head
        {
            AtMs = clock.GetUtcNow().ToUnixTimeMilliseconds(),
            Status = problem?.Status ?? 200,
            Rows = (int)Math.Min(call.Inputs.Rows, int.MaxValue),
            ParseUs = Us(times.Began, times.Parsed),
            QueueUs = Us(times.Parsed, times.Started),
            RunUs = Us(times.Started, times.Ran),
            Inputs = (short)(cut ? -1 : rule.Payload ? call.Inputs.Count : 0),
            Outputs = (short)(cut || !rule.Payload ? 0 : call.Outputs.Count),
            Id = Chars(call.Id, PredictionFrame.TextCharsMax),
            Key = Chars(call.StickyKey, PredictionFrame.TextCharsMax),
            Trace = (short)trace.Length,
            Error = Chars(error, PredictionFrame.ErrorCharsMax),
            Protocol = Chars(call.Protocol, PredictionFrame.TextCharsMax),
        };
        head.Bytes = PredictionFrame.Size(head) + (int)(cut ? 0 : payload);
        if (!ring.TryAdd(new PredictionRing.Source(target, arm), ref head, call, trace, error)) Interlocked.Increment(ref target.LostFull);
    }

    /// <summary>Writes every two seconds, and at once when a chunk is full, until the stop; what is there then is written too.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var filled = new SemaphoreSlim(0);
        ring.Filled = () =>
        {
            if (filled.CurrentCount == 0) filled.Release();
        };
        using var timer = new PeriodicTimer(FlushEvery, clock);
        var tick = timer.WaitForNextTickAsync(stop).AsTask();
        var full = filled.WaitAsync(stop);
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAny(tick, full);
            if (stop.IsCancellationRequested) break;
            try
            {
                await Flush(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            if (tick.IsCompleted) tick = timer.WaitForNextTickAsync(stop).AsTask();
            if (full.IsCompleted) full = filled.WaitAsync(stop);
        }
        ring.Filled = null;
        await FlushLast();
    }

    /// <summary>Writes what is in memory now. A store that refuses is asked again at the next flush, until what waits passes <see cref="UnwrittenBytesMax"/>.</summary>
    public async Task Flush(CancellationToken ct)
    {
        await writing.WaitAsync(ct);
        try
        {
            foreach (var batch in Finish(ring.TakeAll()))
            {
                unwritten.Enqueue(batch);
                Interlocked.Add(ref unwrittenBytes, batch.Bytes.Length);
            }
            while (unwritten.TryPeek(out var next))
            {
                if (await Keep(next, ct) is { } problem && problem.Status is >= 500 or 429 && unwrittenBytes <= UnwrittenBytesMax) break;
                unwritten.Dequeue();
                Interlocked.Add(ref unwrittenBytes, -next.Bytes.Length);
            }
        }
        finally
        {
            writing.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await FlushLast();
        writing.Dispose();
    }

    // A store that is away must not keep a program from ending.
    private async Task FlushLast()
    {
        using var limit = new CancellationTokenSource(LastFlushMax);
        try
        {
            await Flush(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // What is left is lost, as the documentation says.
        }
    }

    private async Task<Problem?> Keep(PredictionBatch batch, CancellationToken ct)
    {
        Problem? problem;
        try
        {
            problem = await keep(batch, ct);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            problem = Problem.Busy(failure.Message);
        }
        if (problem is null)
        {
            Interlocked.Add(ref batch.Target.Logged, batch.Records);
            Kept?.Invoke(batch);
        }
        else if (problem.Status is not (>= 500 or 429) || unwrittenBytes > UnwrittenBytesMax) Interlocked.Add(ref batch.Target.LostWrite, batch.Records);
        return problem;
    }

    private List<PredictionBatch> Finish(List<PredictionRing.Chunk> chunks)
    {
        finished.Clear();
        Dictionary<PredictionTarget, PredictionSegmentWriter> open = [];
        foreach (var chunk in chunks)
        {
            for (var at = 0; at < chunk.Used;)
            {
                var frame = new PredictionFrameReader(chunk.Bytes.AsSpan(at, chunk.Used - at));
                var head = frame.Next<PredictionFrame.Head>();
                at += head.Bytes;
                var source = chunk.Sources[head.Source];
                if (!open.TryGetValue(source.Target, out var writer)) open.Add(source.Target, writer = new PredictionSegmentWriter(source.Target.Endpoint));
                Add(writer, ref frame, head, source);
                if (!writer.Full) continue;
                Close(source.Target, writer);
                open.Remove(source.Target);
            }
            ring.Return(chunk);
        }
        foreach (var (target, writer) in open) Close(target, writer);
        return finished;
    }

    private static void Add(PredictionSegmentWriter writer, ref PredictionFrameReader frame, in PredictionFrame.Head head, in PredictionRing.Source source)
    {
        var (rule, model) = (source.Target.Rule, source.Arm.Model);
        var id = frame.Chars(head.Id);
        var key = frame.Chars(head.Key);
        var trace = frame.Chars(head.Trace);
        var error = frame.Chars(head.Error);
        var protocol = frame.Chars(head.Protocol);
        if (!key.IsEmpty && rule.Columns.TryGetValue("key", out var redaction))
            key = redaction is Redaction.Hash ? PredictionColumns.Hashed(System.Text.Encoding.UTF8.GetBytes(key.ToString()), rule.HashKey) : redaction is Redaction.Mask ? "***" : "";
        writer.Begin(new LoggedFields
        {
            AtMs = head.AtMs,
            Status = head.Status,
            Rows = head.Rows,
            ParseUs = head.ParseUs,
            QueueUs = head.QueueUs,
            RunUs = head.RunUs,
            Cut = head.Inputs < 0,
            Arm = source.Arm.Name,
            Model = model.Name,
            Version = model.Version,
            Protocol = protocol,
            Id = id,
            Key = key,
            Trace = trace,
            Error = error,
        });
        PredictionColumns.Add(writer, ref frame, head.Inputs, output: false, model, rule);
        PredictionColumns.Add(writer, ref frame, head.Outputs, output: true, model, rule);
    }

    private void Close(PredictionTarget target, PredictionSegmentWriter writer)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        finished.Add(new PredictionBatch(target, id, writer.Finish(id), writer.Records, writer.FromMs, writer.ToMs, writer.Hashes));
    }

    // 00-TRACE-PARENT-FLAGS: the client's own where it sent one, since that is the one it looks for.
    private static ReadOnlySpan<char> TraceOf(PredictionCall call) => call.TraceParent is { Length: >= 35 } parent ? parent.AsSpan(3, 32)
        : Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToHexString() : "";

    private static short Chars(string? text, int max) => (short)Math.Min(text?.Length ?? 0, max);

    private static int Us(long from, long to) => from == 0 || to <= from ? 0 : (int)Math.Min(int.MaxValue, (to - from) * 1_000_000.0 / Stopwatch.Frequency);

    private static readonly string[] Codes = [.. Enum.GetValues<ErrorCode>().Select(static code => code.ToString())];
}
