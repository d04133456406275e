using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Slipway.Events;
using Slipway.Tracking;

namespace Slipway.Client;

/// <summary>The installation as a whole: its backup and its event log. Needs the rights to administer and to audit.</summary>
public sealed class InstallationClient
{
    private const int EventsPageSize = 1_000;

    private readonly Transport transport;

    internal InstallationClient(Transport transport) => this.transport = transport;

    /// <summary>Streams a backup of everything, taken while the server runs, to <paramref name="to"/>. The server first writes it whole, then sends it.</summary>
    /// <param name="to">Where the bytes go; a cut-off backup is told from a whole one when it is restored.</param>
    /// <param name="progress">Told now and then how many bytes have arrived.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="SlipwayException">The server refuses or fails: another backup is under way, its disk is full, an artifact is damaged.</exception>
    public Task<long> BackupAsync(Stream to, IProgress<long>? progress = null, CancellationToken ct = default) =>
        Receive("api/slipway/v1/backup", "application/octet-stream", to, progress, ct);

    /// <summary>Checks the event log against its seals and the heads that are kept outside the database: some seconds for a million events, and no time limit but yours.</summary>
    public Task<AuditReport> VerifyAuditAsync(CancellationToken ct = default) => transport.GetPatiently<AuditReport>("api/slipway/v1/audit/verify", ct);

    /// <summary>Checks the event log also against heads that were kept elsewhere, at most 40,000: lines of an anchor file, or what the anchor's webhook received.</summary>
    public Task<AuditReport> VerifyAuditAsync(IReadOnlyCollection<AnchoredHead> heads, CancellationToken ct = default) =>
        transport.PostPatiently<CompareHeads, AuditReport>("api/slipway/v1/audit/verify", new CompareHeads([.. heads]), ct);

    /// <summary>Sealed events, page after page as they are read. An event younger than about a second may not be sealed yet.</summary>
    public async IAsyncEnumerable<EventEntry> EventsAsync(EventQuery? query = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var filter = query ?? new EventQuery();
        for (var at = ""; ;)
        {
            var page = await transport.Get<EventsPage>($"api/slipway/v1/events?max_results={EventsPageSize}{filter.Text}{at}", ct).ConfigureAwait(false);
            foreach (var entry in page.Events) yield return entry;
            if ((filter.NewestFirst ? page.NextBefore : page.NextAfter) is not { } next) yield break;
            at = (filter.NewestFirst ? "&before=" : "&after=") + next;
        }
    }

    /// <summary>Streams sealed events to <paramref name="to"/> as JSON Lines; answers how many bytes. <see cref="EventQuery.NewestFirst"/> does not count.</summary>
    public Task<long> ExportEventsAsync(Stream to, EventQuery? query = null, CancellationToken ct = default)
    {
        var filter = (query ?? new EventQuery()) with { NewestFirst = false };
        return Receive("api/slipway/v1/audit/export" + (filter.Text is { Length: > 0 } text ? "?" + text[1..] : ""), "application/x-ndjson", to, null, ct);
    }

    /// <summary>The public key that signs the heads of the event log and evidence.</summary>
    /// <param name="ct">Cancels the request.</param>
    public Task<AuditKey> AuditKeyAsync(CancellationToken ct = default) => transport.Get<AuditKey>("api/slipway/v1/audit/key", ct);

    /// <summary>What a collection would delete for good, run by run, in every workspace; nothing is changed.</summary>
    /// <param name="olderThan">Deleted at least so long ago; null is the server's retention.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Pages of runs; the first one also names the experiments.</returns>
    public async IAsyncEnumerable<GarbagePage> GarbageAsync(TimeSpan? olderThan = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? token = null; ;)
        {
            var page = await transport.Get<GarbagePage>($"api/slipway/v1/gc?max_results={ListGarbage.MaxResultsMax}{(Seconds(olderThan) is { } seconds ? "&older_than_seconds=" + seconds : "")}{(token is null ? "" : "&page_token=" + token)}", ct).ConfigureAwait(false);
            yield return page;
            if ((token = page.NextPageToken) is null) yield break;
        }
    }

    /// <summary>Deletes for good what was deleted softly long enough ago, in every workspace. What was deleted before a failure stays deleted; call it again.</summary>
    /// <param name="olderThan">Deleted at least so long ago; null is the server's retention.</param>
    /// <param name="ct">Cancels between two requests.</param>
    public async Task<GarbageCollected> CollectGarbageAsync(TimeSpan? olderThan = null, CancellationToken ct = default)
    {
        var total = new GarbageCollected();
        while (true)
        {
            var some = await transport.PostPatiently<CollectGarbage, GarbageCollected>("api/slipway/v1/gc", new CollectGarbage(Seconds(olderThan)), ct).ConfigureAwait(false);
            total = some.And(total);
            if (!some.More) return total;
        }
    }

    private static long? Seconds(TimeSpan? olderThan) => olderThan is { } span ? (long)span.TotalSeconds : null;

    private async Task<long> Receive(string path, string type, Stream to, IProgress<long>? progress, CancellationToken ct)
    {
        using var answer = await transport.Send(() => new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Accept = { new MediaTypeWithQualityHeaderValue(type) } } },
            idempotent: false, timeout: null, ct).ConfigureAwait(false);
        await using var body = await answer.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        var buffer = new byte[256 * 1024];
        long total = 0;
        for (int read; (read = await body.ReadAsync(buffer, ct).ConfigureAwait(false)) > 0;)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), ct).ConfigureAwait(false);
            total += read;
            progress?.Report(total);
        }
        return total;
    }
}
