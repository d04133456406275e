using Slipway.Datasets;

namespace Slipway.Tests.Datasets;

/// <summary>Where data lies, read from what clients say about its source.</summary>
public sealed class DatasetAddressTests
{
    [Theory]
    [InlineData("""{"uri": "s3://bucket/a/b.csv"}""", "s3://bucket", "a/b.csv")]
    [InlineData("""{"uri": "s3a://bucket/a/b.csv/"}""", "s3://bucket", "a/b.csv")]
    [InlineData("""{"url": "https://user:pass@host:8443/x.csv?token=1#y"}""", "https://host:8443", "x.csv")]
    [InlineData("""{"uri": "/data/x.parquet"}""", "file", "data/x.parquet")]
    [InlineData("file:///data/x", "file", "data/x")]
    [InlineData("file:/data/x", "file", "data/x")]
    [InlineData("gs://b/x", "gs://b", "x")]
    [InlineData("abfss://c@a.dfs.core.windows.net/x", "abfss://c@a.dfs.core.windows.net", "x")]
    [InlineData("HDFS://nn:8020/x/y", "hdfs://nn:8020", "x/y")]
    public void Source_has_an_address(string source, string space, string name) => Assert.Equal(new DatasetAddress(space, name), DatasetAddress.Of(source));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{")]
    [InlineData("""{"uri": 7}""")]
    [InlineData("""{"uri": "\ud800"}""")]
    [InlineData("[\"s3://b/x\"]")]
    [InlineData("relative/path.csv")]
    [InlineData("s3://bucket")]
    [InlineData("s3://bucket/")]
    [InlineData("://x/y")]
    [InlineData("a b://x/y")]
    public void Source_without_an_address_joins_with_nothing(string? source) => Assert.Null(DatasetAddress.Of(source));

    [Fact]
    public void No_text_makes_the_reader_fail()
    {
        var random = new Random(3);
        string[] parts = ["s3", "://", ":", "/", "//", "?", "#", "@", "{", "\"uri\"", ":", "\"", "}", "a", "\\u0000", "\0", "é", "\ud800", "file:", "..", " "];
        for (var i = 0; i < 20_000; i++) DatasetAddress.Of(string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => parts[random.Next(parts.Length)])));
        Assert.Null(DatasetAddress.Of("s3://b/" + new string('x', 513)));
        Assert.NotNull(DatasetAddress.Of("s3://b/" + new string('x', 512)));
    }
}
