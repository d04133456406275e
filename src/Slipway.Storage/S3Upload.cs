using System.Buffers;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace Slipway.Storage;

/// <summary>
/// Sends a stream of unknown length to S3: what fits one part as one object, more as a multipart upload, one part on its way while the next one
/// fills. Memory is two parts whatever the size. Any failure aborts the upload.
/// </summary>
internal sealed class S3Upload(IAmazonS3 s3, string bucket, string key)
{
    /// <summary>The first parts: small, because most artifacts are; at least 5 MB by S3's rule.</summary>
    public const int PartBytes = 8 * 1024 * 1024;

    /// <summary>From this part on they are larger, because an upload has at most 10,000: (2,000 x 8 + 8,000 x 64) MiB = 516 GiB.</summary>
    public const int LargeFrom = 2_000;

    private const int LargePartBytes = 64 * 1024 * 1024;
    private const int PartsMax = 10_000;

    private readonly List<PartETag> parts = [];
    private string? uploadId;

    public async Task<Outcome<Stored>> Send(Stream content, CancellationToken ct)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var filling = ArrayPool<byte>.Shared.Rent(PartBytes);
        byte[]? other = null;
        var sending = Task.CompletedTask;
        var done = false;
        long size = 0;
        try
        {
            for (var number = 1; ; number++)
            {
                var partBytes = number < LargeFrom ? PartBytes : LargePartBytes;
                var count = await BlobWriter.Fill(content, filling.AsMemory(0, partBytes), ct);
                sha.AppendData(filling, 0, count);
                size += count;
                await sending;
                if (number == 1 && count < partBytes)
                {
                    await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(filling, 0, count), AutoCloseStream = true }, ct);
                    break;
                }
                if (number > PartsMax) return Problem.TooLarge($"A blob on S3 holds at most {PartsMax} parts: {size - count} bytes were sent and more came. Split the file.");
                if (count > 0) sending = SendPart(number, filling, count, ct);
                if (count < partBytes)
                {
                    await sending;
                    await s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = uploadId, PartETags = parts }, ct);
                    break;
                }
                var next = number + 1 < LargeFrom ? PartBytes : LargePartBytes;
                if (other is null || other.Length < next)
                {
                    if (other is not null) ArrayPool<byte>.Shared.Return(other);
                    other = ArrayPool<byte>.Shared.Rent(next);
                }
                (filling, other) = (other, filling);
            }
            done = true;
            return new Stored(size, Convert.ToHexStringLower(sha.GetHashAndReset()));
        }
        finally
        {
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(filling);
            if (other is not null) ArrayPool<byte>.Shared.Return(other);
            if (!done && uploadId is not null) await Abort();
        }
    }

    private async Task SendPart(int number, byte[] bytes, int count, CancellationToken ct)
    {
        uploadId ??= (await s3.InitiateMultipartUploadAsync(bucket, key, ct)).UploadId;
        var sent = await s3.UploadPartAsync(new UploadPartRequest
        {
            BucketName = bucket,
            Key = key,
            UploadId = uploadId,
            PartNumber = number,
            InputStream = new MemoryStream(bytes, 0, count, writable: false),
            PartSize = count,
        }, ct);
        parts.Add(new PartETag(number, sent.ETag));
    }

    /// <summary>Best effort: what cannot be aborted now is found by age later.</summary>
    private async Task Abort()
    {
        try
        {
            await s3.AbortMultipartUploadAsync(bucket, key, uploadId, CancellationToken.None);
        }
        catch (Exception e) when (e is Amazon.Runtime.AmazonServiceException or HttpRequestException)
        {
            // RemoveUnfinished comes back for it.
        }
    }
}
