using System.Text.Json;

namespace Slipway.Cli.Relay;

/// <summary>What a relay's folder holds.</summary>
/// <param name="Waiting">Requests that wait for the server.</param>
/// <param name="WaitingFiles">Artifacts among them.</param>
/// <param name="Bytes">What the folder holds in all.</param>
/// <param name="Since">When the oldest that waits was taken in.</param>
/// <param name="RefusedCount">How many were refused or changed.</param>
/// <param name="Refused">Those, oldest first.</param>
internal sealed record RelayStatus(long Waiting, long WaitingFiles, long Bytes, DateTimeOffset? Since, long RefusedCount, List<RefusedRequest> Refused)
{
    /// <summary>Reads a folder, which a running relay may change meanwhile.</summary>
    public static RelayStatus Read(string folder, int limit)
    {
        long waiting = 0, files = 0, refusedCount = 0;
        DateTimeOffset? since = null;
        var refused = new List<RefusedRequest>();
        foreach (var lane in RelayFolder.Lanes(folder))
        {
            foreach (var head in Spool.Waiting(lane))
            {
                waiting++;
                if (head.File is not null) files++;
                var at = DateTimeOffset.FromUnixTimeMilliseconds(head.AtMs);
                if (since is null || at < since) since = at;
            }
            foreach (var entry in Refusals.Read(lane).Concat(Refusals.Read(lane, Refusals.RetryName)))
            {
                refusedCount++;
                if (limit == 0 || refused.Count < limit) refused.Add(RefusedRequest.From(entry, lane));
            }
        }
        return new RelayStatus(waiting, files, Size(folder), since, refusedCount, refused);
    }

    private static long Size(string folder)
    {
        long bytes = 0;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
                // It arrived just now.
            }
        return bytes;
    }
}

/// <summary>One request that was refused or changed on its way.</summary>
/// <param name="At">When its client sent it.</param>
/// <param name="Request">Method and path.</param>
/// <param name="Of">The run or model that it is about, where the body says.</param>
/// <param name="Status">The server's status.</param>
/// <param name="Why">The server's words, or the relay's.</param>
/// <param name="File">An artifact's content, kept in this file.</param>
internal sealed record RefusedRequest(DateTimeOffset At, string Request, string? Of, int Status, string Why, string? File)
{
    public static RefusedRequest From(SpoolEntry entry, string lane) => new(DateTimeOffset.FromUnixTimeMilliseconds(entry.Head.AtMs), $"{entry.Head.Method} {entry.Head.Target}".Trim(), About(entry.Body),
        entry.Head.Status, entry.Head.Refused ?? "", entry.Head.File is { } file ? Path.Combine(lane, "files", file) : null);

    private static string? About(byte[] body)
    {
        if (body.Length == 0) return null;
        try
        {
            using var json = JsonDocument.Parse(body);
            foreach (var name in (string[])["run_id", "run_uuid", "source_run_id", "name"])
                if (json.RootElement.ValueKind is JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String) return value.GetString();
        }
        catch (JsonException)
        {
            // The body is what it is.
        }
        return null;
    }
}
