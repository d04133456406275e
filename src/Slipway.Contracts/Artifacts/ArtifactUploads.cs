namespace Slipway.Artifacts;

/// <summary>Begins MLflow's multipart upload of a file.</summary>
/// <param name="ArtifactPath">The directory, from the request's path.</param>
/// <param name="Path">The file; only its last segment counts, as in the reference.</param>
/// <param name="NumParts">How many parts will come.</param>
public sealed record CreateMultipartUpload(string? ArtifactPath = null, string? Path = null, long? NumParts = null)
{
    /// <summary>The most parts of an upload.</summary>
    public const int PartsMax = 10_000;
}

/// <summary>Where the parts go.</summary>
/// <param name="UploadId">Names the upload in what follows.</param>
/// <param name="Credentials">One address per part.</param>
public sealed record MultipartUpload(string? UploadId = null, MultipartUploadCredential[]? Credentials = null);

/// <summary>The address of one part.</summary>
/// <param name="Url">Takes the part's bytes by PUT.</param>
/// <param name="PartNumber">From 1.</param>
/// <param name="Headers">To be sent along.</param>
public sealed record MultipartUploadCredential(string? Url = null, long? PartNumber = null, Dictionary<string, string>? Headers = null);

/// <summary>One part that was sent.</summary>
/// <param name="PartNumber">From 1.</param>
/// <param name="Etag">The ETag of the answer to the part.</param>
/// <param name="Url">Where it was sent.</param>
public sealed record MultipartUploadPart(long? PartNumber = null, string? Etag = null, string? Url = null);

/// <summary>Joins the parts into the file.</summary>
/// <param name="ArtifactPath">The directory, from the request's path.</param>
/// <param name="Path">The file.</param>
/// <param name="UploadId">Which upload.</param>
/// <param name="Parts">The parts in order.</param>
public sealed record CompleteMultipartUpload(string? ArtifactPath = null, string? Path = null, string? UploadId = null, MultipartUploadPart[]? Parts = null);

/// <summary>Gives an upload up.</summary>
/// <param name="ArtifactPath">The directory, from the request's path.</param>
/// <param name="Path">The file.</param>
/// <param name="UploadId">Which upload.</param>
public sealed record AbortMultipartUpload(string? ArtifactPath = null, string? Path = null, string? UploadId = null);

/// <summary>Begins a resumable upload.</summary>
/// <param name="Path">Where the file will be in the artifact store.</param>
public sealed record CreateUpload(string? Path = null);

/// <summary>A resumable upload.</summary>
/// <param name="UploadId">Names it.</param>
/// <param name="Path">Where the file will be.</param>
/// <param name="Offset">How many bytes are durable: the next part begins here.</param>
public sealed record Upload(string? UploadId = null, string? Path = null, long? Offset = null);

/// <summary>Publishes an upload as a file.</summary>
/// <param name="UploadId">Which upload.</param>
/// <param name="Size">How many bytes the sender meant to send, or null.</param>
/// <param name="Sha256">The SHA-256 of what the sender meant to send, in hex, or null.</param>
public sealed record CompleteUpload(string? UploadId = null, long? Size = null, string? Sha256 = null);

/// <summary>A stored file.</summary>
/// <param name="Path">Where it is in the artifact store.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">The SHA-256 of its content in lower-case hex.</param>
public sealed record StoredArtifact(string? Path = null, long? Size = null, string? Sha256 = null);
