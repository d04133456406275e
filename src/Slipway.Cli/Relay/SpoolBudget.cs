namespace Slipway.Cli.Relay;

/// <summary>What the relay's folder may hold. Every byte that waits is taken from it before it is written.</summary>
internal sealed class SpoolBudget(long bytesMax)
{
    private long used;
    private int files;

    public long Used => Volatile.Read(ref used);

    public long Left => bytesMax - Used;

    /// <summary>False when there is no room, and nothing was taken then.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref used, bytes) <= bytesMax) return true;
        Interlocked.Add(ref used, -bytes);
        return false;
    }

    /// <summary>Counts what is there already, whatever the limit.</summary>
    public void Count(long bytes) => Interlocked.Add(ref used, bytes);

    public void Give(long bytes) => Interlocked.Add(ref used, -bytes);

    public bool TryTakeFile()
    {
        if (Interlocked.Increment(ref files) <= RelayOptions.FilesMax) return true;
        Interlocked.Decrement(ref files);
        return false;
    }

    public void GiveFile() => Interlocked.Decrement(ref files);

    /// <summary>What a client is told when there is no room.</summary>
    public Problem Full() => Problem.DiskFull(
        $"The server is away and the relay's folder is full: {Used:N0} of {bytesMax:N0} bytes, at most {RelayOptions.FilesMax:N0} artifact files. This request was not kept. Bring the server back, or raise --max-bytes.");
}
