using System.Net.Http.Headers;
using Slipway.Storage;

namespace Slipway.Lineage;

/// <summary>Where events of lineage go.</summary>
/// <param name="Name">Under which its progress is kept.</param>
/// <param name="Send">Sends one event; answers why it will never be taken, or null when it was. What may pass by itself is thrown.</param>
internal sealed record LineagePlace(string Name, Func<byte[], CancellationToken, Task<string?>> Send)
{
    /// <summary>An address of OpenLineage: each event is posted.</summary>
    public static LineagePlace Url(Uri url, HttpClient http) => new("url " + url.GetLeftPart(UriPartial.Path), async (json, ct) =>
    {
        using var content = new ByteArrayContent(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.PostAsync(url, content, ct);
        var status = (int)answer.StatusCode;
        if (answer.IsSuccessStatusCode) return null;
        // What the other side finds wrong with an event is as wrong the next time; a redirect is for people to follow.
        return status is >= 300 and < 500 and not (401 or 403 or 404 or 408 or 425 or 429) ? $"It answered {status}." : throw new HttpRequestException($"It answered {status}.");
    });

    /// <summary>A file to which events are appended, one a line.</summary>
    public static LineagePlace File(string path) => new("file " + Path.GetFullPath(path), (json, _) =>
    {
        var isNew = !System.IO.File.Exists(path);
        using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read))
        {
            // What a crash left of the last line would swallow the next event.
            var torn = file.Length > 0 && file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() != '\n';
            file.Seek(0, SeekOrigin.End);
            if (torn) file.WriteByte((byte)'\n');
            file.Write([.. json, (byte)'\n']);
            file.Flush(flushToDisk: true);
        }
        if (isNew) DurableFolder.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return Task.FromResult<string?>(null);
    });
}
