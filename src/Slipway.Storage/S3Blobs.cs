using System.Net;
using System.Runtime.CompilerServices;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Slipway.Storage;

/// <summary>
/// Blobs as objects `PREFIX/ID` of an S3 bucket. An object appears whole or not at all, so publishing needs no second step; an upload that was
/// killed leaves a multipart upload, which costs money and is invisible until <see cref="RemoveUnfinished"/> aborts it.
/// </summary>
public sealed class S3Blobs : IBlobs, IDisposable
{
    private readonly S3Options options;
    private readonly AmazonS3Client s3;
    private readonly string keyPrefix;

    /// <summary>Opens the bucket; nothing is sent yet.</summary>
    public S3Blobs(S3Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        keyPrefix = options.Prefix.Length == 0 ? "" : options.Prefix + "/";
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle,
            RequestChecksumCalculation = options.TrailingChecksums ? RequestChecksumCalculation.WHEN_SUPPORTED : RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = options.TrailingChecksums ? ResponseChecksumValidation.WHEN_SUPPORTED : ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint) (config.ServiceURL, config.AuthenticationRegion) = (endpoint, options.Region);
        else config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        s3 = options switch
        {
            { AccessKey: { } key, SecretKey: { } secret, SessionToken: { } token } => new AmazonS3Client(key, secret, token, config),
            { AccessKey: { } key, SecretKey: { } secret } => new AmazonS3Client(key, secret, config),
            _ => new AmazonS3Client(config),
        };
    }

    /// <inheritdoc/>
    public async Task<Outcome<Stored>> Put(BlobId id, Stream content, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(content);
        try
        {
            return await new S3Upload(s3, options.Bucket, Key(id)).Send(content, ct);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return Failed("store", e);
        }
    }

    /// <inheritdoc/>
    public async Task<Outcome<Stream>> Open(BlobId id, long offset, long? length, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (length is { } asked) ArgumentOutOfRangeException.ThrowIfNegative(asked, nameof(length));
        var request = new GetObjectRequest { BucketName = options.Bucket, Key = Key(id) };
        if (length is 0) return await OpenAtEnd(id, offset, ct);
        if (length is { } count) request.ByteRange = new ByteRange(offset, offset > long.MaxValue - count ? long.MaxValue : offset + count - 1);
        else if (offset > 0) request.ByteRange = new ByteRange($"bytes={offset}-");
        try
        {
            var answer = await s3.GetObjectAsync(request, ct);
            return new OwnedStream(answer.ResponseStream, answer);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return await OpenAtEnd(id, offset, ct);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotFound)
        {
            return e.ErrorCode == "NoSuchBucket" ? Failed("read", e) : BlobProblems.Absent(id);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return Failed("read", e);
        }
    }

    /// <summary>Always null: there is no file.</summary>
    public string? PathOf(BlobId id) => null;

    /// <inheritdoc/>
    public Task Remove(BlobId id, CancellationToken ct) => s3.DeleteObjectAsync(options.Bucket, Key(id), ct);

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> List(BlobId? after, [EnumeratorCancellation] CancellationToken ct)
    {
        var request = new ListObjectsV2Request { BucketName = options.Bucket, Prefix = keyPrefix, StartAfter = after is { } last ? Key(last) : null };
        while (true)
        {
            var page = await s3.ListObjectsV2Async(request, ct);
            foreach (var found in page.S3Objects ?? [])
            {
                if (!BlobId.TryParse(found.Key[keyPrefix.Length..], out var id)) continue;
                yield return new BlobEntry(id, found.Size ?? 0, new DateTimeOffset(found.LastModified?.ToUniversalTime() ?? DateTime.UnixEpoch));
            }
            if (page.IsTruncated is not true) yield break;
            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    /// <inheritdoc/>
    public async Task<int> RemoveUnfinished(DateTimeOffset before, CancellationToken ct)
    {
        var removed = 0;
        var request = new ListMultipartUploadsRequest { BucketName = options.Bucket, Prefix = keyPrefix };
        while (true)
        {
            var page = await s3.ListMultipartUploadsAsync(request, ct);
            foreach (var upload in page.MultipartUploads ?? [])
            {
                // Only keys that are ours: the prefix "" is the whole bucket, which others may use too.
                if (!BlobId.TryParse(upload.Key[keyPrefix.Length..], out _)) continue;
                if (upload.Initiated is not { } initiated || new DateTimeOffset(initiated.ToUniversalTime()) >= before) continue;
                await s3.AbortMultipartUploadAsync(options.Bucket, upload.Key, upload.UploadId, ct);
                removed++;
            }
            if (page.IsTruncated is not true) return removed;
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => s3.Dispose();

    /// <summary>S3 has no empty ranges: answers an empty stream when the offset is within or at the end.</summary>
    private async Task<Outcome<Stream>> OpenAtEnd(BlobId id, long offset, CancellationToken ct)
    {
        try
        {
            var size = (await s3.GetObjectMetadataAsync(options.Bucket, Key(id), ct)).ContentLength;
            return offset > size ? BlobProblems.BeyondEnd(id, offset, size) : Stream.Null;
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotFound)
        {
            return BlobProblems.Absent(id);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return Failed("read", e);
        }
    }

    private string Key(BlobId id) => keyPrefix + id;

    /// <summary>Faults of the bucket or the way to it, not those of the content's stream (which are IOExceptions).</summary>
    private static bool IsRefusal(Exception e) => e is AmazonServiceException or AmazonClientException or HttpRequestException;

    /// <summary>A refusal of the bucket, as the fault of the installation that it is. The SDK's messages hold no credentials.</summary>
    private Problem Failed(string what, Exception e)
    {
        var code = e is AmazonServiceException service ? service.ErrorCode ?? service.StatusCode.ToString() : e.GetType().Name;
        return code is "QuotaExceeded" or "InsufficientStorage"
            ? Problem.DiskFull($"The bucket {options.Bucket} is full: nothing of this upload was kept. Raise its quota and send it again.")
            : Problem.Busy($"The bucket {options.Bucket} did not {what} the blob: {code}: {e.Message} Check endpoint, region, credentials and that the bucket exists; then try again.");
    }
}
