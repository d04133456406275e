using System.Net.Http.Headers;
using Slipway.Events;

namespace Slipway.Client;

/// <summary>The installation as a whole: its backup and its event log. Needs the rights to administer and to audit.</summary>
public sealed class InstallationClient
{
    private readonly Transport transport;

    internal InstallationClient(Transport transport) => this.transport = transport;

    /// <summary>Streams a backup of everything, taken while the server runs, to <paramref name="to"/>. The server first writes it whole, then sends it.</summary>
    /// <param name="to">Where the bytes go; a cut-off backup is told from a whole one when it is restored.</param>
    /// <param name="progress">Told now and then how many bytes have arrived.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="SlipwayException">The server refuses or fails: another backup is under way, its disk is full, an artifact is damaged.</exception>
    public async Task<long> BackupAsync(Stream to, IProgress<long>? progress = null, CancellationToken ct = default)
    {
        using var answer = await transport.Send(() => new HttpRequestMessage(HttpMethod.Get, "api/slipway/v1/backup") { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/octet-stream") } } },
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

    /// <summary>Checks the event log against its seals and the heads that are kept outside the database.</summary>
    public Task<AuditReport> VerifyAuditAsync(CancellationToken ct = default) => transport.Get<AuditReport>("api/slipway/v1/audit/verify", ct);
}
