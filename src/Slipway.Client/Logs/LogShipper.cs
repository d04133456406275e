using System.Net.Http.Headers;
using System.Text;
using Slipway.Tracking;

namespace Slipway.Client.Logs;

/// <summary>
/// Brings one log to the server, batch by batch, from wherever the server says it stands: after a restart of either side, after a repeat, and after the
/// server was restored from a backup the answer is the same - go on at the record that it names. Not thread-safe.
/// </summary>
/// <param name="transport">To the server.</param>
/// <param name="folder">Where notes and spooled content lie; null when no disk takes the log.</param>
/// <param name="sheet">What the run is.</param>
/// <param name="stream">The log's records.</param>
/// <param name="isThere">The run was made on the server just now, with its tags.</param>
internal sealed class LogShipper(Transport transport, LogFolder? folder, LogSheet sheet, LogStream stream, bool isThere = false)
{
    /// <summary>The first record of the log itself. Record 0 is its sheet, which makes the run where it is not.</summary>
    public const long FirstOrdinal = 1;

    /// <summary>So often at most the cursor is written to the disk; losing it costs one question to the server.</summary>
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(2);

    private readonly Guid log = Guid.ParseExact(sheet.Log, "N");
    private readonly IngestBatch batch = new();
    private (LogKind Kind, string Name, string Text)? errand;
    private bool asked, whole;
    private bool hasRun = isThere || sheet.Created;
    private long? notedAt;

    /// <summary>The server's id as of its last answer.</summary>
    public string? Incarnation { get; private set; }

    /// <summary>Records before this one are stored by the server.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Records that the server refused for good; they are not sent again.</summary>
    public long Refused { get; private set; }

    /// <summary>Why, for the first of them.</summary>
    public string? FirstRefusal { get; private set; }

    /// <summary>Records that this shipper sent and the server acknowledged.</summary>
    public long Sent { get; private set; }

    /// <summary>Records that the server does not have and this log has no more: damaged, or older than what is kept.</summary>
    public long Missing { get; private set; }

    /// <summary>Segments before this one are stored whole.</summary>
    public int SegmentsBefore { get; private set; }

    /// <summary>What is damaged in the log.</summary>
    public IReadOnlyList<string> Damage => stream.Damage;

    /// <summary>Sends one batch. False when there was nothing to send: everything that can be read is stored.</summary>
    /// <exception cref="SlipwayException">The server cannot be reached or refused the request; the next call tries the same again.</exception>
    public async Task<bool> Ship(CancellationToken ct)
    {
        if (!asked) await Ask(ct).ConfigureAwait(false);
        if (!hasRun)
        {
            // What belongs to a run that the server does not know would be refused for good; whoever made the run has yet to send it.
            await new RunsClient(transport).GetAsync(sheet.Run, ct).ConfigureAwait(false);
            hasRun = true;
        }
        while (!whole)
        {
            Fill();
            if (errand is null || batch.Next > batch.First)
            {
                if (batch.Next == batch.First) return false;
                whole = true;
            }
            else
            {
                await Run(errand.Value, ct).ConfigureAwait(false);
                errand = null;
                batch.Next++;
            }
        }
        var (next, count) = (batch.Next, batch.Count);
        var answer = await Post(batch.End(), ct).ConfigureAwait(false);
        Hear(answer);
        Sent += count;
        if (answer.RejectedCount is { } refused && refused > 0) Refuse(refused, answer.Rejected is [{ } one, ..] ? $"{(one.Key is null ? "the run" : $"'{one.Key}'")}: {one.Message}" : "no reason was given");
        if (answer.Acknowledged == next)
        {
            SegmentsBefore = stream.Segment;
            Begin(next);
            if (notedAt is not { } at || transport.Options.Clock.GetElapsedTime(at) >= NoteEvery) Note(finished: false);
        }
        else if (answer.Acknowledged == batch.First)
        {
            throw new SlipwayException($"{transport.Options.Url} neither stores nor refuses what run {sheet.Run} logged: its cursor stays at {answer.Acknowledged}.", null, null, "Is this the address of a Slipway server, and of the newest version?");
        }
        else
        {
            (isThere, hasRun) = (false, sheet.Created); // Another server, or the same one put back: it may not know the run.
            GoTo(answer.Acknowledged);
        }
        return true;
    }

    /// <summary>Writes how far the server has the log.</summary>
    /// <param name="finished">Nothing will be added, and all of it is stored.</param>
    public void Note(bool finished)
    {
        if (folder is null || Incarnation is null) return;
        notedAt = transport.Options.Clock.GetTimestamp();
        folder.TryNote(new LogCursor(Incarnation, Acknowledged, transport.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds(), finished, Refused));
    }

    /// <summary>Closes the file that is being read.</summary>
    public void Leave() => stream.Leave();

    /// <summary>Asks where the server stands before anything is sent: it may know more than this folder's note, or less.</summary>
    private async Task Ask(CancellationToken ct)
    {
        Begin(0);
        var answer = await Post(batch.End(), ct).ConfigureAwait(false);
        asked = true;
        Hear(answer);
        GoTo(answer.Acknowledged);
    }

    private void Hear(IngestAnswer answer) => (Acknowledged, Incarnation) = (answer.Acknowledged, answer.Incarnation ?? Incarnation);

    private void GoTo(long ordinal)
    {
        errand = null;
        stream.Seek(ordinal);
        SegmentsBefore = 0;
        Begin(ordinal);
    }

    private void Begin(long ordinal)
    {
        whole = false;
        batch.Begin(log, sheet.Run, ordinal);
    }

    /// <summary>Adds what there is until the batch is full, or an errand waits for what came before it.</summary>
    private void Fill()
    {
        if (batch.Next == 0)
        {
            if (sheet.Created) batch.Add(sheet, withTags: !isThere);
            else batch.Next = FirstOrdinal;
        }
        while (errand is null && !batch.IsFull && stream.Next(out var record) is LogStep.Record)
        {
            var ordinal = stream.Ordinal - 1;
            if (ordinal < batch.Next) continue; // Stored already: its segment began before the place that the server named.
            Missing += ordinal - batch.Next;
            batch.Next = ordinal;
            if (record.Kind is LogKind.Request or LogKind.File) errand = (record.Kind, Encoding.UTF8.GetString(record.Name), Encoding.UTF8.GetString(record.Text));
            else batch.Add(record);
        }
    }

    /// <summary>What is not a record of the ingest format: a request of its own, or an upload. Both may happen twice.</summary>
    private async Task Run((LogKind Kind, string Name, string Text) what, CancellationToken ct)
    {
        var file = folder is null ? what.Text : Path.Combine(folder.Spool, what.Text);
        try
        {
            if (what.Kind is LogKind.File) await new ArtifactsClient(transport, new RunsClient(transport)).UploadAsync(sheet.Run, file, what.Name, ct).ConfigureAwait(false);
            else await transport.PostJson(what.Name, await File.ReadAllBytesAsync(file, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
            Sent++;
        }
        catch (SlipwayException failure) when (failure.Status is >= 400 and < 500 and not (401 or 403 or 408 or 429))
        {
            Refuse(1, $"'{what.Name}': {failure.Message}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Refuse(1, $"'{what.Name}': {fault.Message}");
        }
    }

    private void Refuse(int count, string why)
    {
        Refused += count;
        FirstRefusal ??= why;
    }

    private async Task<IngestAnswer> Post(ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        using var response = await transport.Send(() => new HttpRequestMessage(HttpMethod.Post, IngestFormat.Path.TrimStart('/'))
        {
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(IngestFormat.ContentType) } },
        }, idempotent: true, transport.Options.Timeout, ct).ConfigureAwait(false);
        return await transport.Read<IngestAnswer>(response, IngestFormat.Path, ct).ConfigureAwait(false);
    }
}
