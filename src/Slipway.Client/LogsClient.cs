using System.Runtime.CompilerServices;
using Slipway.Client.Logs;

namespace Slipway.Client;

/// <summary>Logs of runs on this machine: of offline runs, of processes that were killed, of runs that ended while the server was away.</summary>
public sealed class LogsClient
{
    private readonly Transport transport;

    internal LogsClient(Transport transport) => this.transport = transport;

    /// <summary>
    /// Ships what a folder of logs holds, log by log in the order the runs began. May be interrupted and repeated at will: the server knows how far it has each
    /// log. Whatever server a run was meant for, this client's gets it.
    /// </summary>
    /// <param name="folder">A folder of logs, or the folder of one; null for <see cref="SlipwayClientOptions.LogFolder"/>.</param>
    /// <param name="progress">Told after every request.</param>
    /// <param name="remove">Removes each log that the server has whole. Otherwise runs of this machine remove it when it was kept for <see cref="SlipwayClientOptions.KeepFor"/>.</param>
    /// <param name="ct">Cancels between two requests.</param>
    /// <returns>What became of each log, as it is done.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="SlipwayException">The server cannot be reached or refuses this client; what is not sent stays as it is.</exception>
    public async IAsyncEnumerable<SyncedLog> SyncAsync(string? folder = null, IProgress<SyncProgress>? progress = null, bool remove = false, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var root = Path.GetFullPath(folder ?? transport.Options.LogFolder);
        if (!Directory.Exists(root)) throw new DirectoryNotFoundException($"There is no folder '{root}' on this machine.");
        List<string> paths = LogFolder.IsOne(root) ? [root] : LogFolder.All(root);
        for (var i = 0; i < paths.Count; i++)
        {
            ct.ThrowIfCancellationRequested();
            if (LogFolder.Open(paths[i], out var damage) is not { } log) yield return new SyncedLog { Folder = paths[i], Damage = [damage ?? "It holds no log."] };
            else if (!log.TryHold()) yield return new SyncedLog { Folder = paths[i], RunId = log.Sheet.Run, IsHeld = true };
            else yield return await Sync(log, i, paths.Count, progress, remove, ct).ConfigureAwait(false);
        }
    }

    private async Task<SyncedLog> Sync(LogFolder log, int index, int count, IProgress<SyncProgress>? progress, bool remove, CancellationToken ct)
    {
        var shipper = new LogShipper(transport, log, log.Sheet, LogStream.Of(log));
        try
        {
            while (await shipper.Ship(ct).ConfigureAwait(false)) progress?.Report(new SyncProgress(index, count, log.Sheet.Run, shipper.Sent));
            shipper.Note(finished: true);
            var synced = new SyncedLog
            {
                Folder = log.Path,
                RunId = log.Sheet.Run,
                Sent = shipper.Sent,
                Refused = shipper.Refused,
                FirstRefusal = shipper.FirstRefusal,
                Missing = shipper.Missing,
                Damage = [.. shipper.Damage],
            };
            shipper.Leave();
            if (remove && synced.IsWhole) log.Delete();
            return synced;
        }
        catch (SlipwayException failure) when (failure.IsNotFound && !log.Sheet.Created)
        {
            return new SyncedLog { Folder = log.Path, RunId = log.Sheet.Run, Waits = $"The server does not know the run {log.Sheet.Run}, which another process began: ship that one's log first." };
        }
        finally
        {
            shipper.Leave();
            log.Release();
        }
    }
}

/// <summary>What became of one log.</summary>
public sealed record SyncedLog
{
    /// <summary>Where it lies.</summary>
    public required string Folder { get; init; }

    /// <summary>The run; empty when the log's sheet cannot be read.</summary>
    public string RunId { get; init; } = "";

    /// <summary>Records that were sent now; what the server had already is not counted.</summary>
    public long Sent { get; init; }

    /// <summary>Records that the server refused for good.</summary>
    public long Refused { get; init; }

    /// <summary>Why, for the first of them.</summary>
    public string? FirstRefusal { get; init; }

    /// <summary>Records that the server does not have and the log has no more: damaged, or removed because an earlier server had had them long enough.</summary>
    public long Missing { get; init; }

    /// <summary>What is damaged, by file and byte. Everything before each place was sent, and the segments behind it.</summary>
    public IReadOnlyList<string> Damage { get; init; } = [];

    /// <summary>A process is logging to it or sending it just now: it was left alone.</summary>
    public bool IsHeld { get; init; }

    /// <summary>Why it was left for a later sync, or null.</summary>
    public string? Waits { get; init; }

    /// <summary>Nothing is wrong with it.</summary>
    public bool IsWhole => !IsHeld && Waits is null && Refused == 0 && Missing == 0 && Damage.Count == 0;
}

/// <summary>How far a sync is.</summary>
/// <param name="Log">The log at hand, from 0.</param>
/// <param name="Logs">How many there are.</param>
/// <param name="RunId">The run at hand.</param>
/// <param name="Sent">Records of it that were sent.</param>
public readonly record struct SyncProgress(int Log, int Logs, string RunId, long Sent);
