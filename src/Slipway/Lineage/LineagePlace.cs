using System.Net.Http.Headers;
using Slipway.Storage;

namespace Slipway.Lineage;

/// <summary>Where events of lineage go.</summary>
/// <param name="Name">Under which its progress is kept.</param>
/// <param name="Send">Sends one event; answers why it will never be taken, or null when it was. What may pass by itself is thrown.</param>
internal sealed record LineagePlace(string Name, Func<byte[], CancellationToken, Task<string?>> Send)
{
    /// <summary>The longest key, in characters.</summary>
    public const int TokenCharsMax = 8_192;

    /// <summary>An address of OpenLineage: each event is posted, with the key of a file if one is named. The file is read anew each time, so that a key can be replaced; no message holds what is in it.</summary>
    public static LineagePlace Url(Uri url, HttpClient http, string? tokenFile = null) => new("url " + url.GetLeftPart(UriPartial.Path), async (json, ct) =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (tokenFile is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await Token(tokenFile, ct));
        using var answer = await http.SendAsync(request, ct);
        var status = (int)answer.StatusCode;
        if (answer.IsSuccessStatusCode) return null;
        // What the other side finds wrong with an event is as wrong the next time; a redirect is for people to follow.
        return status is >= 300 and < 500 and not (401 or 403 or 404 or 408 or 425 or 429) ? $"It answered {status}." : throw new HttpRequestException($"It answered {status}.");
    });

    private static async Task<string> Token(string path, CancellationToken ct)
    {
        using var reader = new StreamReader(path);
        var text = new char[TokenCharsMax + 2];
        var token = new string(text, 0, await reader.ReadBlockAsync(text, ct)).Trim();
        // Without it the event would be refused, and the place be asked in vain: it waits until somebody puts the file right.
        return token.Length is > 0 and <= TokenCharsMax && token.All(static c => c is > ' ' and < '\x7f') ? token
            : throw new IOException($"{path} (lineage.openLineageTokenFile) holds no key: expected one line of 1 to {TokenCharsMax:N0} visible ASCII characters without spaces.");
    }

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
