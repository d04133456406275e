namespace Slipway.Storage;

/// <summary>The failures that both blob stores tell in the same words.</summary>
internal static class BlobProblems
{
    public static Problem Absent(BlobId id) =>
        Problem.NotFound($"The blob {id} is not in the store. If a row names it, the store was changed by hand or is not the one that belongs to this database.");

    public static Problem BeyondEnd(BlobId id, long offset, long size) =>
        Problem.Invalid($"The blob {id} has {size} bytes: no byte at offset {offset}. Ask for an offset of at most {size}.");
}
