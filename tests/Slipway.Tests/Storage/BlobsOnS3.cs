using Amazon.S3.Model;
using Slipway.Storage;

namespace Slipway.Tests.Storage;

public sealed class BlobsOnS3 : BlobsTests, IDisposable
{
    private readonly CephServer server = CephServer.Shared();
    private readonly S3Options options;
    private readonly S3Blobs blobs;

    public BlobsOnS3() => blobs = new S3Blobs(options = server.NewPrefix());

    public override IBlobs Blobs => blobs;

    public void Dispose() => blobs.Dispose();

    [Fact]
    public async Task A_blob_is_one_object_under_the_prefix()
    {
        var id = await Stored(Bytes(1000));
        using var client = server.Client();
        var found = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix });
        Assert.Equal($"{options.Prefix}/{id}", Assert.Single(found.S3Objects).Key);
    }

    [Fact]
    public async Task A_killed_upload_is_aborted_by_age_and_uploads_of_others_are_not()
    {
        using var client = server.Client();
        await client.InitiateMultipartUploadAsync(options.Bucket, $"{options.Prefix}/{BlobId.New()}");
        await client.InitiateMultipartUploadAsync(options.Bucket, $"{options.Prefix}/not-ours");

        Assert.Equal(0, await blobs.RemoveUnfinished(DateTimeOffset.UtcNow.AddHours(-1), default));
        Assert.Equal(1, await blobs.RemoveUnfinished(DateTimeOffset.UtcNow.AddHours(1), default));
        Assert.Equal(0, await blobs.RemoveUnfinished(DateTimeOffset.UtcNow.AddHours(1), default));
    }

    [Fact]
    public async Task List_goes_on_after_the_first_thousand()
    {
        await Parallel.ForAsync(0, 1005, async (i, _) => await Stored([(byte)i]));
        var listed = await Listed(null);
        Assert.Equal(1005, listed.Count);
        Assert.Equal(listed.Select(entry => entry.Id).Order(), listed.Select(entry => entry.Id));
    }

    [Fact]
    public async Task Wrong_credentials_and_an_absent_bucket_are_problems_that_say_where_to_look_and_show_no_secret()
    {
        using var absent = new S3Blobs(options with { Bucket = "no-such-bucket" });
        var nowhere = (await absent.Open(BlobId.New(), 0, null, default)).Problem!.Message;
        Assert.True(nowhere.Contains("NoSuchBucket", StringComparison.Ordinal), nowhere); // whole: what a gateway answers instead is the finding

        // Nothing in the upload: a gateway that refuses one without reading it may take the rest for the next request on that connection, whosever it is, and answer 400.
        using var wrong = new S3Blobs(options with { SecretKey = "a-wrong-secret" });
        var refused = await wrong.Put(BlobId.New(), new MemoryStream(), default);
        Assert.Equal(503, refused.Problem?.Status);
        Assert.Contains("credentials", refused.Problem!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-wrong-secret", refused.Problem.Message, StringComparison.Ordinal);
    }
}

public sealed class S3OptionsTests
{
    [Theory]
    [InlineData("s3://models", "models", "")]
    [InlineData("s3://models/", "models", "")]
    [InlineData("s3://models/a/b/", "models", "a/b")]
    public void Parse_reads_bucket_and_prefix(string text, string bucket, string prefix)
    {
        var options = S3Options.Parse(text).Value;
        Assert.Equal((bucket, prefix), (options.Bucket, options.Prefix));
    }

    [Theory]
    [InlineData("models")]
    [InlineData("s3://")]
    [InlineData("s3:///prefix")]
    [InlineData("https://models")]
    public void Parse_refuses_what_names_no_bucket(string text) => Assert.Equal(400, S3Options.Parse(text).Problem?.Status);

    [Fact]
    public void Printing_options_shows_no_credential()
    {
        var text = new S3Options { Bucket = "models", AccessKey = "AKIAEXAMPLE", SecretKey = "very-secret", SessionToken = "token-too" }.ToString();
        Assert.Contains("s3://models", text, StringComparison.Ordinal);
        Assert.DoesNotContain("AKIA", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("token", text, StringComparison.Ordinal);
    }
}
