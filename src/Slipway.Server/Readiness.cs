using Slipway.Storage;

namespace Slipway.Server;

/// <summary>
/// Whether this server can do its work now: a write commits and the blob store answers. Probes come often and from several sides, so an answer
/// is good for a second.
/// </summary>
internal sealed class Readiness(Database database, IBlobs blobs, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim gate = new(1);
    private Ready? last;
    private long lastAt;

    /// <summary>Looks, or answers what was seen within the last second.</summary>
    public async Task<Ready> Check(CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            if (last is not null && clock.GetElapsedTime(lastAt) < GoodFor) return last;
            var (databaseSays, blobsSay) = (Try(Write), Try(Read));
            last = new Ready(await databaseSays, await blobsSay);
            lastAt = clock.GetTimestamp();
            return last;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private async Task<string> Write(CancellationToken ct)
    {
        var written = await database.Write<long>(static session => session.Long("SELECT 1") ?? 0, ct).WaitAsync(ct);
        return written.Problem?.Message ?? Ready.Ok;
    }

    private async Task<string> Read(CancellationToken ct)
    {
        // An id that is not there: the store must answer so, and that is all the work it has with it.
        var opened = await blobs.Open(BlobId.New(), 0, 1, ct);
        return opened.Problem is { Status: not 404 } problem ? problem.Message : Ready.Ok;
    }

    private async Task<string> Try(Func<CancellationToken, Task<string>> probe)
    {
        using var deadline = new CancellationTokenSource(Within, clock);
        try
        {
            return await probe(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            return $"No answer within {Within.TotalSeconds} s.";
        }
        catch (Exception failure)
        {
            // Whatever stands in the way is the answer that was asked for.
            return failure.Message;
        }
    }
}

/// <summary>The parts that must work, each `ok` or what is wrong with it.</summary>
/// <param name="Database">Whether a write commits.</param>
/// <param name="Artifacts">Whether the blob store answers.</param>
internal sealed record Ready(string Database, string Artifacts)
{
    internal const string Ok = "ok";

    internal bool IsReady => Database == Ok && Artifacts == Ok;
}
