namespace Slipway.Prediction;

/// <summary>A model version that is loaded. Its runtime goes when it was retired and the last request that uses it has ended.</summary>
internal sealed class ServedModel
{
    private int leases = 1;
    private long lastUsedMs = Environment.TickCount64;

    /// <summary>Takes a runtime over.</summary>
    public ServedModel(string name, string version, ModelRuntime runtime, ModelColumns columns, ExecutionLimits? limits = null, TimeProvider? clock = null)
    {
        (Name, Version, Runtime, Columns) = (name, version, runtime, columns);
        Executor = new ModelExecutor(this, limits ?? ExecutionLimits.Default, clock ?? TimeProvider.System);
    }

    /// <summary>The registered model's name.</summary>
    public string Name { get; }

    /// <summary>The version's number, as text.</summary>
    public string Version { get; }

    /// <summary>What runs it. Requests go through <see cref="Executor"/>.</summary>
    public ModelRuntime Runtime { get; }

    /// <summary>What its signature says of the columns and tensors that people send and get.</summary>
    public ModelColumns Columns { get; }

    /// <summary>Decides where and when a request runs.</summary>
    public ModelExecutor Executor { get; }

    /// <summary>When a request last leased it, in milliseconds of <see cref="Environment.TickCount64"/>: what was used least recently leaves the shelf first.</summary>
    public long LastUsedMs => Volatile.Read(ref lastUsedMs);

    /// <summary>How the columns that people send become inputs.</summary>
    public InputPlan Plan => field ??= InputPlan.Of(Runtime.Inputs, Columns);

    /// <summary>Keeps it loaded for a request; false when it is gone already.</summary>
    public bool TryLease()
    {
        for (var now = Volatile.Read(ref leases); now > 0;)
        {
            var seen = Interlocked.CompareExchange(ref leases, now + 1, now);
            if (seen == now)
            {
                Volatile.Write(ref lastUsedMs, Environment.TickCount64);
                return true;
            }
            now = seen;
        }
        return false;
    }

    /// <summary>The end of a lease, or, once, of the owner's interest.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref leases) != 0) return;
        Executor.Dispose();
        _ = Runtime.DisposeAsync().AsTask();
    }
}
