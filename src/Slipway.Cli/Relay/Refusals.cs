using Microsoft.Win32.SafeHandles;

namespace Slipway.Cli.Relay;

/// <summary>
/// What the server refused when it was delivered, whole, with the reason: `refused.spool` in the spool's own format. Nothing here stops what follows,
/// and nothing here goes away by itself.
/// </summary>
internal sealed class Refusals(string folder, SpoolBudget budget)
{
    public const string FileName = "refused.spool", RetryName = "refused.retry";

    private readonly Lock writes = new();

    /// <summary>Keeps a request. Its space was taken from the budget when it was taken in, so there is room.</summary>
    /// <exception cref="IOException">The disk does not take it: it must stay in the spool.</exception>
    public void Keep(SpoolEntry entry, string why, int status)
    {
        var frame = SpoolFormat.Write(entry with { Head = entry.Head with { Refused = why, Status = status } });
        lock (writes)
        {
            using var file = File.OpenHandle(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            var end = RandomAccess.GetLength(file);
            RandomAccess.Write(file, frame, end);
            RandomAccess.FlushToDisk(file);
        }
        budget.Count(frame.Length);
    }

    /// <summary>Reads what was refused, oldest first; damage ends it.</summary>
    public static IEnumerable<SpoolEntry> Read(string folder, string name = FileName)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) yield break;
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long offset = 0;
        while (SpoolFormat.Read(file, ref offset, out var entry) is SpoolMark.Entry) yield return entry!;
    }
}
