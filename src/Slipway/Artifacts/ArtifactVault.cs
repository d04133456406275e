using Slipway.Access;
using Slipway.Storage;

namespace Slipway.Artifacts;

/// <summary>How a blob holds its content.</summary>
/// <param name="Format">1 as it came, 2 encrypted in frames.</param>
/// <param name="KeyId">The workspace's key that opens it, or null.</param>
internal readonly record struct BlobForm(int Format, string? KeyId)
{
    /// <summary>The bytes as they came.</summary>
    public static readonly BlobForm Plain = new(1, null);
}

/// <summary>A durable blob: size and digest are those of its content, however it is held.</summary>
internal readonly record struct Kept(Stored Stored, BlobForm Form)
{
    /// <summary>A blob that holds the bytes as they came.</summary>
    public static implicit operator Kept(Stored stored) => new(stored, BlobForm.Plain);
}

/// <summary>
/// Puts blobs encrypted where the workspace wants it, and opens each as it was put: switching encryption on or off changes what comes, and
/// everything that is there stays readable.
/// </summary>
/// <param name="blobs">The store.</param>
/// <param name="keys">The workspaces' keys.</param>
/// <param name="encrypts">Whether a workspace wants its artifacts encrypted.</param>
internal sealed class ArtifactVault(IBlobs blobs, DataKeys? keys, Func<long, CancellationToken, ValueTask<bool>> encrypts)
{
    /// <summary>Encrypts nothing and knows no keys.</summary>
    public static ArtifactVault Plain(IBlobs blobs) => new(blobs, null, static (_, _) => ValueTask.FromResult(false));

    /// <summary>The store.</summary>
    public IBlobs Blobs => blobs;

    /// <summary>Stores content for a workspace.</summary>
    public async Task<Outcome<Kept>> Put(long workspace, BlobId id, Stream content, CancellationToken ct)
    {
        if (!await encrypts(workspace, ct))
        {
            var stored = await blobs.Put(id, content, ct);
            return stored.Problem is { } failed ? failed : (Kept)stored.Value;
        }
        var key = await keys!.Of(workspace, ct);
        if (key.Problem is { } problem) return problem;
        var sealedBlob = await blobs.PutSealed(id, content, key.Value.Bytes, ct);
        return sealedBlob.Problem is { } refused ? refused : new Kept(sealedBlob.Value, new BlobForm(SealedFrames.Format, key.Value.Id));
    }

    /// <summary>Opens a range of a blob's content.</summary>
    public async Task<Outcome<Stream>> Open(BlobId id, BlobForm form, long size, long offset, long? length, CancellationToken ct)
    {
        if (form.KeyId is null) return await blobs.Open(id, offset, length, ct);
        if (form.Format != SealedFrames.Format || keys is null) return Problem.Damaged($"Blob {id} is held in format {form.Format}, which this server does not know. Use a newer slipway.");
        var key = await keys.Find(form.KeyId, ct);
        return key.Problem is { } problem ? problem : await blobs.OpenSealed(id, size, key.Value.Bytes, offset, length, ct);
    }
}
