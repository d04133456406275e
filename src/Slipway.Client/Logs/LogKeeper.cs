namespace Slipway.Client.Logs;

/// <summary>
/// Tends the folder of logs: sends what runs of earlier processes left, fills up a server that was restored from a backup, and removes what a server has
/// had for long enough. Works in the background, once at the beginning and whenever the server turns out to be another than it was.
/// </summary>
internal sealed class LogKeeper(Transport transport, string root) : IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private volatile bool away;
    private string? known;
    private int toldOfLeft;
    private Task work = Task.CompletedTask;

    /// <summary>The last word about the server is that it could not be reached: one run has waited for it, the next ones need not.</summary>
    public bool IsAway => away;

    /// <summary>The server could not be reached.</summary>
    public void Missed() => away = true;

    /// <summary>A run ended and what it logged is not sent: to be looked after when the server answers again.</summary>
    public void Left()
    {
        away = true;
        Volatile.Write(ref known, null);
    }

    /// <summary>Whether this is the first run that ends so since the server answered: a thousand runs are one sentence.</summary>
    public bool IsFirstLeft() => Interlocked.Exchange(ref toldOfLeft, 1) == 0;

    /// <summary>The server answered.</summary>
    public void Met()
    {
        away = false;
        toldOfLeft = 0;
    }

    /// <summary>The server answered, and this is who it is.</summary>
    public void Heard(string incarnation)
    {
        Met();
        if (Volatile.Read(ref known) == incarnation) return;
        lock (gate)
        {
            if (known == incarnation) return;
            known = incarnation;
            work = work.ContinueWith(_ => Tend(incarnation, stop.Token), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
        }
    }

    /// <summary>Completes when what is under way is done; for tests.</summary>
    public Task Idle()
    {
        lock (gate) return work;
    }

    public void Dispose() => stop.Cancel();

    /// <summary>One look at every log that no process holds.</summary>
    public async Task Tend(string incarnation, CancellationToken ct)
    {
        try
        {
            foreach (var path in LogFolder.All(root))
            {
                ct.ThrowIfCancellationRequested();
                if (LogFolder.Open(path, out _) is not { } folder || !folder.TryHold()) continue;
                try
                {
                    await Tend(folder, incarnation, ct).ConfigureAwait(false);
                }
                finally
                {
                    folder.Release();
                }
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SlipwayException or IOException or UnauthorizedAccessException)
        {
            // The process ends, the server went away, or the folder did: the next process looks again.
        }
    }

    private async Task Tend(LogFolder folder, string incarnation, CancellationToken ct)
    {
        var options = transport.Options;
        var cursor = folder.Cursor();
        if (cursor is { Finished: true } && options.Clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(cursor.AtMs) > options.KeepFor)
        {
            folder.Delete();
            return;
        }
        if (folder.Sheet.Server != options.Url.AbsoluteUri || folder.Sheet.Workspace != options.WorkspaceName()) return;
        // All of it is there; or it belongs to a server that this one does not descend from, such as one begun anew at the same address.
        if (cursor is { Finished: true } && (cursor.Incarnation == incarnation || Founding(cursor.Incarnation) != Founding(incarnation))) return;
        var shipper = new LogShipper(transport, folder, folder.Sheet, LogStream.Of(folder));
        try
        {
            while (await shipper.Ship(ct).ConfigureAwait(false)) { }
            shipper.Note(finished: true);
        }
        catch (SlipwayException failure) when (failure.IsNotFound)
        {
            return; // Whoever made the run has yet to send it.
        }
        finally
        {
            shipper.Leave();
        }
        if (shipper.Missing > 0) options.Warn($"Slipway: {shipper.Missing} records of run {folder.Sheet.Run} are neither on the server nor kept here any more.");
        foreach (var damage in shipper.Damage) options.Warn($"Slipway: the log of run {folder.Sheet.Run} is damaged, what lies before and behind it was sent. {damage}");
    }

    /// <summary>What stays of a server's id when it is restored from a backup.</summary>
    internal static string Founding(string incarnation) => incarnation.Split('.')[0];
}
