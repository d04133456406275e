using System.Security.Cryptography;
using Slipway.Artifacts;
using Slipway.Storage;

namespace Slipway.Tests.Artifacts;

public sealed class ArtifactTreeOnSqlite() : ArtifactTreeTests(Dialect.Sqlite);

public sealed class ArtifactTreeOnPostgres() : ArtifactTreeTests(Dialect.Postgres)
{
    [Theory]
    [InlineData(409, true)]
    [InlineData(503, false)]
    [InlineData(500, false)]
    public void A_blob_is_removed_only_when_its_row_is_certain_not_to_be_there(int status, bool removed) =>
        Assert.Equal(removed, ArtifactTree.IsRefused(new Problem(ErrorCode.INTERNAL_ERROR, "", status)));

    [Fact]
    public async Task A_file_and_a_file_below_it_racing_leave_one_of_them()
    {
        await using var bench = await ArtifactBench.Create(Dialect.Postgres);
        for (var round = 0; round < 20; round++)
        {
            var name = $"r{round}";
            var results = await Task.WhenAll(Task.Run(() => bench.Put(name, "file")), Task.Run(() => bench.Put(name + "/below", "below")));
            Assert.Single(results, result => result.Succeeded);
        }
    }

    [Fact]
    public async Task Uploads_into_a_directory_that_is_being_deleted_are_either_gone_or_listed()
    {
        await using var bench = await ArtifactBench.Create(Dialect.Postgres);
        for (var round = 0; round < 20; round++)
        {
            var folder = $"d{round}";
            await bench.Put(folder + "/first", "1");
            await Task.WhenAll(
                Task.Run(() => bench.Put(folder + "/deep/second", "2")),
                Task.Run(() => bench.Tree.Delete(ArtifactBench.Me, ArtifactBench.At(folder), default)));
            var readable = await bench.Read(folder + "/deep/second") == "2";
            Assert.Equal(readable ? "second:1" : "", await bench.List(folder + "/deep"));
            Assert.Equal(readable, (await bench.List("")).Split(' ').Contains(folder + "/"));
        }
    }
}

public abstract class ArtifactTreeTests(Dialect dialect)
{
    [Fact]
    public async Task A_stored_file_is_found_listed_and_read()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var stored = await bench.Put("1/run/artifacts/größe/模型.txt", "hello");
        Assert.Equal(5, stored.Value.Size);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("hello"u8)), stored.Value.Sha256);
        Assert.Equal("hello", await bench.Read("1/run/artifacts/größe/模型.txt"));
        Assert.Equal("1/", await bench.List(""));
        Assert.Equal("größe/", await bench.List("1/run/artifacts"));
        Assert.Equal("模型.txt:5", await bench.List("1/run/artifacts/größe"));
        Assert.Equal("", await bench.List("no/such"));
        Assert.Equal("404", await bench.Read("1/run/artifacts/größe"));
        Assert.Equal("404", await bench.Read("1/run/artifacts/other"));
    }

    [Fact]
    public async Task Names_list_in_the_order_of_their_bytes_and_in_pages()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        foreach (var name in new[] { "b", "B", "a-b", "a/b", "a.b", "é", "_" }) await bench.Put("d/" + name, "");
        Assert.Equal("B:0 _:0 a/ a-b:0 a.b:0 b:0 é:0", await bench.List("d"));

        var seen = new List<string>();
        for (string? after = null; ;)
        {
            var (names, more) = (await bench.Tree.List(ArtifactBench.Me, ArtifactBench.At("d"), after, 2, default)).Value;
            seen.AddRange(names.Select(name => name.Name));
            if (!more) break;
            after = names[^1].Name;
        }
        Assert.Equal(["B", "_", "a", "a-b", "a.b", "b", "é"], seen);
    }

    [Fact]
    public async Task A_file_replaces_one_of_its_name_and_the_old_content_is_swept_by_age()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        await bench.Put("a/model", "old");
        var old = (await bench.Tree.Find(ArtifactBench.Me, ArtifactBench.At("a/model"), default)).Value;
        await bench.Put("a/model", "newer");

        Assert.Equal("newer", await bench.Read("a/model"));
        Assert.Equal("model:5", await bench.List("a"));
        // A download that had begun goes on.
        await using (var content = (await bench.Tree.Open(old, 0, null, default)).Value) Assert.Equal("old", await new StreamReader(content).ReadToEndAsync());

        Assert.Equal(new Swept(0, 0, 0, 0), await bench.SweepAfter(TimeSpan.FromHours(23)));
        Assert.Equal(new Swept(1, 0, 0, 0), await bench.SweepAfter(TimeSpan.FromHours(2)));
        Assert.Equal(1, await bench.BlobCount());
        Assert.Equal("newer", await bench.Read("a/model"));
        Assert.Equal(500, (await bench.Tree.Open(old, 0, null, default)).Problem?.Status);
    }

    [Fact]
    public async Task A_file_where_a_directory_is_and_the_other_way_round_are_refused_and_keep_no_blob()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        await bench.Put("a/b/c", "1");
        foreach (var folder in new[] { "a", "a/b" }) Assert.Contains("is a directory", (await bench.Put(folder, "2")).Problem?.Message, StringComparison.Ordinal);
        Assert.Contains("'a/b/c' is a file", (await bench.Put("a/b/c/d/e", "2")).Problem?.Message, StringComparison.Ordinal);
        Assert.Equal(1, await bench.BlobCount());
        Assert.Equal("c:1", await bench.List("a/b"));
    }

    [Fact]
    public async Task Workspaces_do_not_see_each_other()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var other = ArtifactBench.Me with { Workspace = 7 };
        await bench.Put("1/x", "mine");
        await bench.Put("1/x", "theirs", other);
        Assert.Equal("mine", await bench.Read("1/x"));
        Assert.Equal("theirs", await bench.Read("1/x", other));
        Assert.Equal(404, (await bench.Tree.Delete(ArtifactBench.Me with { Workspace = 8 }, ArtifactBench.At("1"), default)).Problem?.Status);
        Assert.Null((await bench.Tree.Delete(other, ArtifactBench.At("1"), default)).Problem);
        Assert.Equal("mine", await bench.Read("1/x"));
        Assert.Equal("", await bench.List("", other));
    }

    [Fact]
    public async Task Delete_takes_a_file_or_a_tree_and_nothing_beside_it()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        foreach (var path in new[] { "r/a", "r/d/x", "r/d/e/y", "r/d0", "r/d-", "r/dd/z" }) await bench.Put(path, "1");
        Assert.Null((await bench.Tree.Delete(ArtifactBench.Me, ArtifactBench.At("r/a"), default)).Problem);
        Assert.Null((await bench.Tree.Delete(ArtifactBench.Me, ArtifactBench.At("r/d"), default)).Problem);
        Assert.Equal("d-:1 d0:1 dd/", await bench.List("r"));
        Assert.Equal("404", await bench.Read("r/d/e/y"));
        Assert.Equal(404, (await bench.Tree.Delete(ArtifactBench.Me, ArtifactBench.At("r/d"), default)).Problem?.Status);
        await bench.SweepAfter(ArtifactSweep.OrphansKeptFor * 2);
        Assert.Equal(3, await bench.BlobCount());
    }

    [Fact]
    public async Task DeleteUnder_joins_the_caller_s_transaction_and_is_undone_with_it()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        await bench.Put("1/run/artifacts/a", "1");
        await bench.Put("1/run/artifacts/b/c", "1");
        await bench.Put("1/run2/artifacts/a", "1");
        var undone = await bench.Database.Write<long>(session =>
        {
            Assert.Equal(2, bench.Tree.DeleteUnder(session, ArtifactBench.Me, ArtifactBench.At("1/run")));
            return Problem.Invalid("no");
        }, default);
        Assert.Equal("no", undone.Problem?.Message);
        Assert.Equal("a:1 b/", await bench.List("1/run/artifacts"));

        var done = await bench.Database.Write<long>(session => bench.Tree.DeleteUnder(session, ArtifactBench.Me, ArtifactBench.At("1/run")), default);
        Assert.Equal(2, done.Value);
        Assert.Equal("run2/", await bench.List("1"));
        Assert.Equal(0, (await bench.Database.Write<long>(session => bench.Tree.DeleteUnder(session, ArtifactBench.Me, ArtifactBench.At("1/run")), default)).Value);
    }

    [Fact]
    public async Task The_gate_from_above_is_asked_for_every_path_in_the_write_s_own_transaction()
    {
        Problem? Gate(Session session, Caller caller, ArtifactPath path, bool write) =>
            path.Text.StartsWith('2') && session.Long("SELECT 1") == 1 ? Problem.NotFound($"No experiment 2, write {write}.") : null;
        await using var bench = await ArtifactBench.Create(dialect, Gate);
        Assert.Null((await bench.Put("1/x", "1")).Problem);
        Assert.Equal("No experiment 2, write True.", (await bench.Put("2/x", "1")).Problem?.Message);
        Assert.Equal("No experiment 2, write False.", (await bench.Tree.Find(ArtifactBench.Me, ArtifactBench.At("2/x"), default)).Problem?.Message);
        Assert.Equal("No experiment 2, write False.", (await bench.Tree.List(ArtifactBench.Me, ArtifactBench.At("2"), null, 10, default)).Problem?.Message);
        Assert.Equal("No experiment 2, write True.", (await bench.Tree.Delete(ArtifactBench.Me, ArtifactBench.At("2"), default)).Problem?.Message);
        Assert.Equal(1, await bench.BlobCount());
    }

    [Fact]
    public async Task A_second_file_of_a_directory_takes_five_statements_beside_its_event()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        await bench.Put("1/run/artifacts/a", "1");
        var statements = await bench.Database.Write<int>(session =>
        {
            var before = session.Statements;
            Assert.Null(bench.Tree.Register(session, ArtifactBench.Me, ArtifactBench.At("1/run/artifacts/b"), BlobId.New(), new Stored(1, "00")).Problem);
            return session.Statements - before;
        }, default);
        Assert.Equal(6, statements.Value);
    }

    [Fact]
    public async Task A_blob_that_a_crash_left_without_a_row_is_swept_by_age()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        await bench.Put("a", "kept");
        Assert.Null((await bench.Blobs.Put(BlobId.New(), ArtifactBench.Text("orphan"), default)).Problem);
        Assert.Equal(new Swept(0, 0, 0, 0), await bench.SweepAfter(TimeSpan.FromHours(23)));
        Assert.Equal(new Swept(0, 1, 0, 0), await bench.SweepAfter(TimeSpan.FromHours(2)));
        Assert.Equal("kept", await bench.Read("a"));
    }

    [Fact]
    public async Task A_sweep_touches_nothing_in_a_store_that_belongs_to_another_database()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        for (var i = 0; i <= ArtifactSweep.UnknownMax; i++) await bench.Blobs.Put(BlobId.New(), new MemoryStream(), default);
        bench.Clock.Advance(TimeSpan.FromDays(36500));
        var swept = await bench.Sweep.Sweep(bench.Clock.GetUtcNow(), default);
        Assert.Equal(409, swept.Problem?.Status);
        Assert.Equal(ArtifactSweep.UnknownMax + 1, await bench.BlobCount());
    }

    [Fact]
    public async Task A_blob_missing_from_the_store_is_named_as_lost_data()
    {
        await using var bench = await ArtifactBench.Create(dialect);
        var stored = (await bench.Put("a", "1")).Value;
        await bench.Blobs.Remove(stored.Blob, default);
        var opened = await bench.Tree.Open(stored, 0, null, default);
        Assert.Equal(ErrorCode.DATA_LOSS, opened.Problem?.Code);
        Assert.Contains("'a'", opened.Problem!.Message, StringComparison.Ordinal);
    }
}
