namespace Slipway.Storage;

/// <summary>
/// Where large content lies: a local folder or an S3 bucket. Every blob has a random key of its own and never changes; names, owners
/// and digests are rows in the database, written only after the blob is durable, so that a crash leaves an orphan and never a hole.
/// </summary>
public interface IBlobs
{
    /// <summary>Streams the content in and publishes it at once when all of it is durable; a failure leaves nothing behind.</summary>
    /// <returns>The size and digest, which are known only at the end; <see cref="Problem.DiskFull"/> when it does not fit.</returns>
    Task<Outcome<Stored>> Put(BlobId id, Stream content, CancellationToken ct);

    /// <summary>Opens the bytes from an offset, as many as asked for or as there are.</summary>
    /// <returns>A stream that reads without buffering the whole; a 404 problem when there is no such blob, a 400 problem for an offset beyond its end.</returns>
    Task<Outcome<Stream>> Open(BlobId id, long offset, long? length, CancellationToken ct);

    /// <summary>The file that holds exactly the blob, or null where there is none: lets HTTP send it without copying it through the process.</summary>
    string? PathOf(BlobId id);

    /// <summary>Removes a blob; removing one that is not there is no failure.</summary>
    Task Remove(BlobId id, CancellationToken ct);

    /// <summary>Every published blob in the order of ids, after the given one.</summary>
    IAsyncEnumerable<BlobEntry> List(BlobId? after, CancellationToken ct);

    /// <summary>Removes what uploads that never finished have left, begun before the given time; answers how many.</summary>
    Task<int> RemoveUnfinished(DateTimeOffset before, CancellationToken ct);
}

/// <summary>A blob as stored.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">The SHA-256 of the content as 64 lower-case hex digits.</param>
public readonly record struct Stored(long Size, string Sha256);

/// <summary>One line of a listing.</summary>
/// <param name="Id">The blob's key.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Written">When it was published.</param>
public readonly record struct BlobEntry(BlobId Id, long Size, DateTimeOffset Written);
