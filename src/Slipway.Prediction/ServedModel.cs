namespace Slipway.Prediction;

/// <summary>A model version that is loaded. Its runtime goes when it was retired and the last request that uses it has ended.</summary>
internal sealed class ServedModel(string name, string version, ModelRuntime runtime, ModelColumns columns)
{
    private int leases = 1;

    /// <summary>The registered model's name.</summary>
    public string Name => name;

    /// <summary>The version's number, as text.</summary>
    public string Version => version;

    /// <summary>What runs it.</summary>
    public ModelRuntime Runtime => runtime;

    /// <summary>What its signature says of the columns and tensors that people send and get.</summary>
    public ModelColumns Columns => columns;

    /// <summary>Keeps it loaded for a request; false when it is gone already.</summary>
    public bool TryLease()
    {
        for (var now = Volatile.Read(ref leases); now > 0;)
        {
            var seen = Interlocked.CompareExchange(ref leases, now + 1, now);
            if (seen == now) return true;
            now = seen;
        }
        return false;
    }

    /// <summary>The end of a lease, or, once, of the owner's interest.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref leases) == 0) _ = runtime.DisposeAsync().AsTask();
    }
}
