using Slipway.Artifacts;
using Slipway.Storage;

namespace Slipway.Tests.Artifacts;

public sealed class UploadsOnSqlite() : UploadsTests(Dialect.Sqlite);

public sealed class UploadsOnPostgres() : UploadsTests(Dialect.Postgres);

public abstract class UploadsTests(Dialect dialect)
{
    private static readonly Caller Me = ArtifactBench.Me;

    [Fact]
    public async Task Parts_by_offset_become_one_file()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var id = (await bench.Uploads.Create(Me, ArtifactBench.At("a/big"), numbered: false, default)).Value;
        await Put(bench, id, 0, "hello ");
        Assert.Equal(6, (await bench.Uploads.Find(Me, id, default)).Value.Offset);
        await Put(bench, id, 6, "world");
        Assert.Equal("404", await bench.Read("a/big"));

        var done = await Complete(bench, id, (11, null));

        Assert.Equal(11, done.Value.Size);
        Assert.Equal("hello world", await bench.Read("a/big"));
        Assert.Equal(404, (await bench.Uploads.Find(Me, id, default)).Problem?.Status);
        Assert.Equal(new Swept(2, 0, 0, 0), await bench.SweepAfter(TimeSpan.FromHours(25)));
        Assert.Equal("hello world", await bench.Read("a/big"));
    }

    [Fact]
    public async Task A_part_at_another_offset_is_refused_with_the_right_one()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var id = (await bench.Uploads.Create(Me, ArtifactBench.At("a"), numbered: false, default)).Value;
        await Put(bench, id, 0, "12345");
        foreach (var offset in new[] { 0, 4, 6 })
        {
            var refused = await bench.Uploads.PutAt(Me, id, offset, ArtifactBench.Text("x"), default);
            Assert.Equal(409, refused.Problem?.Status);
            Assert.Contains("from offset 5", refused.Problem!.Message, StringComparison.Ordinal);
        }
        Assert.Equal(1, await bench.BlobCount());
    }

    [Fact]
    public async Task A_wrong_size_or_digest_is_refused_and_the_parts_stay()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var id = (await bench.Uploads.Create(Me, ArtifactBench.At("a"), numbered: false, default)).Value;
        await Put(bench, id, 0, "hello");
        Assert.Contains("5 bytes", (await Complete(bench, id, (6, null))).Problem?.Message, StringComparison.Ordinal);
        Assert.Contains("SHA-256", (await Complete(bench, id, (5, new string('0', 64)))).Problem?.Message, StringComparison.Ordinal);
        Assert.Equal(1, await bench.BlobCount());
        Assert.Null((await Complete(bench, id, (5, "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824"))).Problem);
        Assert.Equal("hello", await bench.Read("a"));
    }

    [Fact]
    public async Task Numbered_parts_come_in_any_order_and_replace_each_other()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var id = (await bench.Uploads.Create(Me, ArtifactBench.At("a"), numbered: true, default)).Value;
        foreach (var (number, text) in new[] { (3, "c"), (1, "x"), (2, "b"), (1, "a") })
            Assert.Null((await bench.Uploads.PutNumbered(Me, id, number, ArtifactBench.Text(text), default)).Problem);
        Assert.Null((await Complete(bench, id, default)).Problem);
        Assert.Equal("abc", await bench.Read("a"));
        Assert.Equal(400, (await bench.Uploads.PutNumbered(Me, id, 0, ArtifactBench.Text(""), default)).Problem?.Status);
        Assert.Equal(400, (await bench.Uploads.PutNumbered(Me, id, Uploads.PartsMax + 1, ArtifactBench.Text(""), default)).Problem?.Status);
        Assert.Equal(4, (await bench.SweepAfter(TimeSpan.FromHours(25))).Unnamed);
    }

    [Fact]
    public async Task An_aborted_upload_and_one_left_alone_are_swept()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var aborted = (await bench.Uploads.Create(Me, ArtifactBench.At("a"), numbered: false, default)).Value;
        await Put(bench, aborted, 0, "1");
        Assert.Null((await bench.Uploads.Abort(Me, aborted, default)).Problem);
        Assert.Equal(404, (await bench.Uploads.Abort(Me, aborted, default)).Problem?.Status);
        var left = (await bench.Uploads.Create(Me, ArtifactBench.At("b"), numbered: false, default)).Value;
        await Put(bench, left, 0, "1");

        Assert.Equal(new Swept(1, 0, 0, 0), await bench.SweepAfter(TimeSpan.FromDays(6)));
        Assert.Equal(1, (await bench.Uploads.Find(Me, left, default)).Value.Offset);
        Assert.Equal(new Swept(0, 0, 0, 1), await bench.SweepAfter(TimeSpan.FromDays(2)));
        Assert.Equal(404, (await bench.Uploads.Find(Me, left, default)).Problem?.Status);
        Assert.Equal(new Swept(1, 0, 0, 0), await bench.SweepAfter(TimeSpan.FromDays(2)));
        Assert.Equal(0, await bench.BlobCount());
    }

    [Fact]
    public async Task Nobody_else_s_upload_and_no_malformed_id_is_found()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var id = (await bench.Uploads.Create(Me, ArtifactBench.At("a"), numbered: false, default)).Value;
        var other = Me with { Workspace = 7 };
        Assert.Equal(404, (await bench.Uploads.Find(other, id, default)).Problem?.Status);
        Assert.Equal(404, (await bench.Uploads.PutAt(other, id, 0, ArtifactBench.Text("x"), default)).Problem?.Status);
        Assert.Equal(404, (await bench.Uploads.Complete(other, id, (_, _) => null, default, default)).Problem?.Status);
        foreach (var bad in new[] { "", "x", "\0", id.ToUpperInvariant() + "\0" }) Assert.Equal(404, (await bench.Uploads.Find(Me, bad, default)).Problem?.Status);
    }

    [Fact]
    public async Task Two_senders_of_the_same_offset_get_one_part_in()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var id = (await bench.Uploads.Create(Me, ArtifactBench.At("a"), numbered: false, default)).Value;
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => bench.Uploads.PutAt(Me, id, 0, ArtifactBench.Text($"{i}"), default))));
        Assert.Single(results, result => result.Succeeded);
        Assert.Equal(1, (await bench.Uploads.Find(Me, id, default)).Value.Offset);
        Assert.Equal(1, await bench.BlobCount());
    }

    private static async Task Put(ArtifactBench bench, string id, long offset, string text) =>
        Assert.Null((await bench.Uploads.PutAt(Me, id, offset, ArtifactBench.Text(text), default)).Problem);

    private static Task<Outcome<Artifact>> Complete(ArtifactBench bench, string id, (long?, string?) expected) =>
        bench.Uploads.Complete(Me, id, (_, _) => null, expected, default);
}
