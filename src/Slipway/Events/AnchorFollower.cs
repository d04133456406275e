using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>
/// Carries anchored heads to one more place, behind the sealer and never in its way: a place that fails is tried again, at longest every ten
/// minutes, and then gets what it missed (the newest <see cref="Anchor.RecentMax"/> heads: each stands for all before it).
/// </summary>
internal sealed partial class AnchorFollower : IDisposable
{
    /// <summary>The longest wait before another attempt.</summary>
    public static readonly TimeSpan BackOffMax = TimeSpan.FromMinutes(10);

    private readonly Anchor anchor;
    private readonly string place;
    private readonly Func<long> begin;
    private readonly Func<AnchoredHead[], CancellationToken, Task> carry;
    private readonly int batchMax;
    private readonly TimeProvider clock;
    private readonly ILogger<AnchorFollower> log;
    private readonly SemaphoreSlim news = new(0);
    private long? last;
    private int failures;

    private AnchorFollower(Anchor anchor, string place, Func<long> begin, Func<AnchoredHead[], CancellationToken, Task> carry, int batchMax, TimeProvider clock, ILogger<AnchorFollower> log)
    {
        (this.anchor, this.place, this.begin, this.carry, this.batchMax, this.clock, this.log) = (anchor, place, begin, carry, batchMax, clock, log);
        anchor.Appended += Hint;
    }

    /// <summary>Carries until the stop.</summary>
    public async Task Run(CancellationToken ct)
    {
        while (true)
        {
            if (await Carry(ct) is { } wait) await Task.Delay(wait, clock, ct);
            else await news.WaitAsync(ct);
        }
    }

    /// <summary>Carries what is new; answers how long to wait after a failure, or null.</summary>
    public async Task<TimeSpan?> Carry(CancellationToken ct)
    {
        try
        {
            last ??= begin();
            for (var heads = anchor.After(last.Value); heads.Count > 0; heads = anchor.After(last.Value))
                foreach (var batch in heads.Chunk(batchMax))
                {
                    await carry(batch, ct);
                    (last, failures) = (batch[^1].Seal, 0);
                }
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or HttpRequestException || failure is OperationCanceledException && !ct.IsCancellationRequested)
        {
            var wait = TimeSpan.FromSeconds(Math.Min(BackOffMax.TotalSeconds, Math.Pow(2, Math.Min(++failures, 20))));
            Failed(place, failure.Message, wait);
            return wait;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        anchor.Appended -= Hint;
        news.Dispose();
    }

    private void Hint()
    {
        if (news.CurrentCount == 0) news.Release();
    }

    /// <summary>One that appends to a second file, and syncs it.</summary>
    public static AnchorFollower ToFile(Anchor anchor, string path, TimeProvider clock, ILogger<AnchorFollower> log)
    {
        long Copied() => File.Exists(path) ? Math.Min(anchor.Newest, File.ReadLines(path).Select(Anchor.Parse).LastOrDefault(static head => head is not null)?.Seal ?? 0) : 0;
        return new AnchorFollower(anchor, path, Copied, (heads, _) =>
        {
            var isNew = !File.Exists(path);
            using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read))
            {
                // What a crash left of the last line would swallow the next head.
                var torn = file.Length > 0 && file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() != '\n';
                file.Seek(0, SeekOrigin.End);
                if (torn) file.WriteByte((byte)'\n');
                foreach (var head in heads) file.Write([.. Anchor.Line(head), (byte)'\n']);
                file.Flush(flushToDisk: true);
            }
            if (isNew) DurableFolder.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return Task.CompletedTask;
        }, batchMax: 100, clock, log);
    }

    /// <summary>One that posts each head as JSON. What was delivered is remembered beside the anchor, so that a restart sends nothing twice.</summary>
    public static AnchorFollower ToUrl(Anchor anchor, Uri url, HttpClient http, string folder, TimeProvider clock, ILogger<AnchorFollower> log)
    {
        var mark = Path.Combine(folder, "audit-heads.sent");
        // A webhook that is new begins with the newest head.
        long Sent() => File.Exists(mark) && long.TryParse(File.ReadAllText(mark), out var seal) ? Math.Min(seal, anchor.Newest) : Math.Max(0, anchor.Newest - 1);
        return new AnchorFollower(anchor, url.GetLeftPart(UriPartial.Path), Sent, async (heads, ct) =>
        {
            foreach (var head in heads)
            {
                using var content = new ByteArrayContent(Anchor.Line(head));
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var answer = await http.PostAsync(url, content, ct);
                if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"It answered {(int)answer.StatusCode}.");
                await File.WriteAllTextAsync(mark, head.Seal.ToString(System.Globalization.CultureInfo.InvariantCulture), ct);
            }
        }, batchMax: 1, clock, log);
    }

    [LoggerMessage(LogLevel.Warning, "The audit head could not be carried to {Place}: {Why} It is tried again in {Wait}.")]
    private partial void Failed(string place, string why, TimeSpan wait);
}
