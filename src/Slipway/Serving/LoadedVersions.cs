using System.Collections.Concurrent;
using Slipway.Prediction;

namespace Slipway.Serving;

/// <summary>
/// The versions that this server has loaded or is loading. A failure is tried again after a while: files may come back, an inspection may end. What nobody routes to any more goes
/// after a moment in which requests that just chose it lease it.
/// </summary>
internal sealed class LoadedVersions(Func<long, long, long, CancellationToken, Task<Outcome<(ServedModel Model, VersionFolder Folder)>>> load, Action<VersionFolder> forget, TimeProvider clock, Action changed) : IDisposable
{
    /// <summary>How long a version is kept after nobody routes to it.</summary>
    public static readonly TimeSpan LingerFor = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RetryBusy = TimeSpan.FromMilliseconds(500), RetryLeast = TimeSpan.FromSeconds(5), RetryMost = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(long Model, long Version), Entry> entries = new();
    private readonly SemaphoreSlim loading = new(2);
    private volatile bool isClosed;

    private sealed class Entry
    {
        public ServedModel? Model;
        public VersionFolder? Folder;
        public Problem? Problem;
        public DateTimeOffset RetryAt;
        public int Failures;
        public volatile bool Loading;
        public DateTimeOffset? UnwantedSince;
    }

    /// <summary>The version, if it is loaded.</summary>
    public ServedModel? Of(long model, long version) => entries.TryGetValue((model, version), out var entry) ? entry.Model : null;

    /// <summary>Why it is not loaded; null while nothing is known against it.</summary>
    public Problem? ProblemOf(long model, long version) => entries.TryGetValue((model, version), out var entry) && entry.Model is null ? entry.Problem : null;

    /// <summary>Begins to load what is wanted and not there, and lets go what nobody wants. Does not wait.</summary>
    public void Want(IReadOnlyDictionary<(long Model, long Version), long> workspaceOf, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        foreach (var (key, workspace) in workspaceOf)
        {
            var entry = entries.GetOrAdd(key, static _ => new Entry());
            entry.UnwantedSince = null;
            if (entry.Model is not null || entry.Loading || entry.Problem is not null && now < entry.RetryAt) continue;
            entry.Loading = true;
            _ = Task.Run(() => Load(workspace, key, entry, ct), CancellationToken.None);
        }
        foreach (var (key, entry) in entries)
        {
            if (workspaceOf.ContainsKey(key) || entry.Loading) continue;
            entry.UnwantedSince ??= now;
            if (now - entry.UnwantedSince >= LingerFor && entries.TryRemove(key, out _)) Drop(entry);
        }
    }

    /// <summary>True while something is to be tried again or let go: then a look is worth it though nothing changed.</summary>
    public bool IsWaiting
    {
        get
        {
            var now = clock.GetUtcNow();
            foreach (var entry in entries.Values)
                if (entry.UnwantedSince is { } since && now - since >= LingerFor || entry is { Model: null, Loading: false, Problem: not null } && now >= entry.RetryAt) return true;
            return false;
        }
    }

    /// <summary>Lets everything go.</summary>
    public void Dispose()
    {
        isClosed = true;
        foreach (var key in entries.Keys)
            if (entries.TryRemove(key, out var entry) && Interlocked.Exchange(ref entry.Model, null) is { } model) model.Release();
        loading.Dispose();
    }

    private async Task Load(long workspace, (long Model, long Version) key, Entry entry, CancellationToken ct)
    {
        Outcome<(ServedModel Model, VersionFolder Folder)> loaded;
        try
        {
            await loading.WaitAsync(ct);
            try
            {
                loaded = await load(workspace, key.Model, key.Version, ct);
            }
            finally
            {
                loading.Release();
            }
        }
        catch (OperationCanceledException)
        {
            entry.Loading = false;
            return; // the stop
        }
        catch (Exception failure)
        {
            // Whatever a model's load does, the endpoint says it and the others go on.
            loaded = Problem.Internal($"It could not be loaded: {failure.Message}");
        }
        if (loaded.Problem is { } problem)
        {
            entry.Failures++;
            var wait = problem.Status == 503 ? RetryBusy : TimeSpan.FromSeconds(Math.Min(RetryMost.TotalSeconds, RetryLeast.TotalSeconds * Math.Pow(2, Math.Min(10, entry.Failures - 1))));
            entry.RetryAt = clock.GetUtcNow() + wait;
            entry.Problem = problem;
        }
        else (entry.Folder, entry.Problem, entry.Model) = (loaded.Value.Folder, null, loaded.Value.Model);
        entry.Loading = false;
        if (!isClosed) changed();
        else if (Interlocked.Exchange(ref entry.Model, null) is { } late) late.Release(); // it came after the stop
    }

    private void Drop(Entry entry)
    {
        entry.Model?.Release();
        // Readers of the files have them mapped or read: what is removed stays theirs.
        if (entry.Folder is { } folder) forget(folder);
    }
}
