using System.Diagnostics;

namespace Slipway.Storage;

/// <summary>
/// Named places where a fault test ends the process, as a kill or a power failure there would: SLIPWAY_FAILPOINT=NAME or NAME:n for the n-th
/// passing. Without the variable a hit is one comparison.
/// </summary>
public static class FailPoint
{
    /// <summary>A group of writes has run and is not committed.</summary>
    public const string BeforeCommit = "before-commit";

    /// <summary>A group is durable and nobody has been told.</summary>
    public const string CommittedNotAcknowledged = "committed-not-acknowledged";

    /// <summary>A blob has its name, which is not durable yet.</summary>
    public const string BlobRenamedNotSynced = "blob-renamed-not-synced";

    /// <summary>A blob is durable and no row names it.</summary>
    public const string BlobStoredNotNamed = "blob-stored-not-named";

    /// <summary>A seal is committed and its head is not anchored.</summary>
    public const string SealedNotAnchored = "sealed-not-anchored";

    /// <summary>Segments are encoded and not written.</summary>
    public const string BeforeCompaction = "before-compaction";

    /// <summary>Segments are written and their batches still in the log.</summary>
    public const string CompactedNotConsumed = "compacted-not-consumed";

    /// <summary>A pass of compaction is whole.</summary>
    public const string AfterCompaction = "after-compaction";

    /// <summary>A file of a version on its way to another workspace is there and noted.</summary>
    public const string PromotionFileCopied = "promotion-file-copied";

    /// <summary>All files are there and the version is not made.</summary>
    public const string PromotionAllCopied = "promotion-all-copied";

    /// <summary>The version is made and its job gone.</summary>
    public const string PromotionPublished = "promotion-published";

    /// <summary>Those that every load passes, for the test that dies at each.</summary>
    public static IReadOnlyList<string> All { get; } =
        [BeforeCommit, CommittedNotAcknowledged, BlobRenamedNotSynced, BlobStoredNotNamed, SealedNotAnchored, BeforeCompaction, CompactedNotConsumed, AfterCompaction];

    private static readonly string? Armed = Environment.GetEnvironmentVariable("SLIPWAY_FAILPOINT")?.Split(':')[0];
    private static int left = Environment.GetEnvironmentVariable("SLIPWAY_FAILPOINT")?.Split(':') is [_, var n] ? int.Parse(n) : 1;

    /// <summary>Ends the process here if this is the place it was told to end at.</summary>
    public static void Hit(string name)
    {
        if (Armed is null || Armed != name || Interlocked.Decrement(ref left) != 0) return;
        using var self = Process.GetCurrentProcess();
        self.Kill(); // SIGKILL: no finally runs, nothing is flushed
        Thread.Sleep(Timeout.Infinite);
    }
}
