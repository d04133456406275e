using System.Text;

namespace Slipway.Storage;

/// <summary>Which bucket holds the blobs and how to reach it. Printing it never shows a credential.</summary>
public sealed record S3Options
{
    /// <summary>The bucket; it must exist.</summary>
    public required string Bucket { get; init; }

    /// <summary>What every key begins with, without slashes at the ends; empty for the whole bucket.</summary>
    public string Prefix { get; init => field = value.Trim('/'); } = "";

    /// <summary>The address of an S3-compatible server (`http://127.0.0.1:7480`), or null for Amazon's.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The region that signatures name.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>`http://host/bucket/key` rather than `http://bucket.host/key`: what servers of one's own expect.</summary>
    public bool PathStyle { get; init; }

    /// <summary>
    /// Send and check the SDK's own trailing checksums on every request. Off by default: servers of a few years ago (Ceph 16, say) answer them with
    /// an error, and Slipway keeps a SHA-256 of every blob anyway.
    /// </summary>
    public bool TrailingChecksums { get; init; }

    /// <summary>The access key, or null to look where the AWS SDK looks: environment, profile, instance role.</summary>
    public string? AccessKey { get; init; }

    /// <summary>The secret of <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; init; }

    /// <summary>The token of temporary credentials, if they are such.</summary>
    public string? SessionToken { get; init; }

    /// <summary>Reads `s3://BUCKET/PREFIX`.</summary>
    public static Outcome<S3Options> Parse(string text)
    {
        const string scheme = "s3://";
        if (!text.StartsWith(scheme, StringComparison.Ordinal)) return Problem.Invalid($"'{text}' is no S3 address: expected s3://BUCKET or s3://BUCKET/PREFIX.");
        var (bucket, prefix) = text[scheme.Length..].Split('/', 2) is [var name, var rest] ? (name, rest) : (text[scheme.Length..], "");
        return bucket.Length is < 3 or > 63
            ? Problem.Invalid($"'{text}' names no bucket: S3 bucket names have 3 to 63 characters. Expected s3://BUCKET or s3://BUCKET/PREFIX.")
            : new S3Options { Bucket = bucket, Prefix = prefix };
    }

    private bool PrintMembers(StringBuilder text)
    {
        text.Append($"s3://{Bucket}/{Prefix}, endpoint {Endpoint ?? "Amazon's"}, region {Region}, credentials {(AccessKey is null ? "from the environment" : "given")}");
        return true;
    }
}
