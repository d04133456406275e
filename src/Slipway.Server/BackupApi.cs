using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>
/// A backup of the running installation. It is written to the data folder first and then sent: a snapshot must not wait for a network.
/// </summary>
internal sealed class BackupApi(Parts parts) : IDisposable
{
    private readonly SemaphoreSlim one = new(1, 1);

    /// <summary>Adds the route.</summary>
    public void Map(Routes routes)
    {
        Directory.CreateDirectory(Folder);
        // What a killed server left behind.
        foreach (var old in Directory.GetFiles(Folder)) File.Delete(old);
        routes.Raw("GET", "/api/slipway/v1/backup", Right.Administer, "Sends a backup of everything, taken live from one snapshot.", Send);
    }

    /// <inheritdoc/>
    public void Dispose() => one.Dispose();

    private string Folder => Path.Combine(parts.Data, "backups");

    private async Task<Problem?> Send(HttpContext context, Caller caller)
    {
        if (!await one.WaitAsync(0, context.RequestAborted)) return Problem.Busy("Another backup is under way. Try again when it has ended.", TimeSpan.FromSeconds(30));
        var path = Path.Combine(Folder, Guid.NewGuid().ToString("N"));
        try
        {
            var written = await Installation.Backup(parts, path, null, context.RequestAborted);
            if (written.Problem is { } problem) return problem;
            await parts.Database.Write<Done>(session =>
            {
                parts.Events.Append(session, caller, "installation.backed_up", "installation", $$"""{"bytes":{{written.Value.Bytes}},"rows":{{written.Value.Rows}},"blobs":{{written.Value.Blobs}}}""");
                return new Done();
            }, context.RequestAborted);
            var response = context.Response;
            response.ContentType = "application/octet-stream";
            response.ContentLength = written.Value.Bytes;
            response.Headers.ContentDisposition = $"attachment; filename=\"slipway-{parts.Clock.GetUtcNow():yyyyMMdd-HHmmss}.backup\"";
            await response.SendFileAsync(path, context.RequestAborted);
            return null;
        }
        finally
        {
            File.Delete(path);
            one.Release();
        }
    }
}
