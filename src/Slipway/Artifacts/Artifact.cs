using Slipway.Storage;

namespace Slipway.Artifacts;

/// <summary>A stored file.</summary>
/// <param name="Path">Where it is in the tree.</param>
/// <param name="Blob">What holds its bytes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">The SHA-256 of the content, 64 lower-case hex digits.</param>
/// <param name="At">When it was stored.</param>
internal sealed record Artifact(ArtifactPath Path, BlobId Blob, long Size, string Sha256, DateTimeOffset At)
{
    /// <summary>How the blob holds them.</summary>
    public BlobForm Form { get; init; } = BlobForm.Plain;
}

/// <summary>One name of a directory.</summary>
internal sealed record ArtifactName(string Name, bool IsFolder, long Size);

/// <summary>
/// Says, in the transaction of the write or read itself, why a caller may not touch a path: contributed by the layers that know what
/// experiments there are and whose. A gate asks at most a query or two.
/// </summary>
/// <param name="session">The transaction.</param>
/// <param name="caller">Who asks.</param>
/// <param name="path">The file or directory.</param>
/// <param name="write">Whether it would change.</param>
/// <returns>The refusal, or null.</returns>
internal delegate Problem? ArtifactGate(Session session, Caller caller, ArtifactPath path, bool write);
