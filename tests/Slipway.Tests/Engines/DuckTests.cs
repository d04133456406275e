using Slipway.Engines.Duck;

namespace Slipway.Tests.Engines;

public sealed class DuckTests : IDisposable
{
    private readonly DuckDatabase database = DuckDatabase.InMemory(new() { Threads = 1, MemoryLimit = "256MB" });
    private readonly DuckConnection duck;

    public DuckTests() => duck = database.Connect();

    public void Dispose()
    {
        duck.Dispose();
        database.Dispose();
    }

    [Fact]
    public void Every_parameter_type_comes_back_as_it_went_in()
    {
        using var rows = duck.Query("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
            true, 42, 1L << 40, 1.5f, 0.1, "läuft", new byte[] { 0, 255 }, new DateOnly(2001, 2, 3), new DateTime(2001, 2, 3, 4, 5, 6), (string?)null);
        var chunk = rows.Next()!;

        Assert.True(chunk[0].Values<bool>()[0]);
        Assert.Equal(42, chunk[1].Values<int>()[0]);
        Assert.Equal(1L << 40, chunk[2].Values<long>()[0]);
        Assert.Equal(1.5f, chunk[3].Values<float>()[0]);
        Assert.Equal(0.1, chunk[4].Values<double>()[0]);
        Assert.Equal("läuft", chunk[5].Text(0));
        Assert.Equal([0, 255], chunk[6].Bytes(0).ToArray());
        Assert.Equal(new DateOnly(2001, 2, 3).DayNumber - new DateOnly(1970, 1, 1).DayNumber, chunk[7].Values<int>()[0]);
        Assert.Equal(new DateTime(2001, 2, 3, 4, 5, 6), DateTime.UnixEpoch.AddMicroseconds(chunk[8].Values<long>()[0]));
        Assert.True(chunk[9].IsNull(0));
        Assert.Null(rows.Next());
    }

    [Fact]
    public void Text_of_every_length_is_read_whole()
    {
        using var rows = duck.Query("SELECT repeat('x', i::INT) FROM range(40) t(i) ORDER BY i");
        Assert.Equal(Enumerable.Range(0, 40).Select(i => new string('x', i)), rows.ToList((chunk, row) => chunk[0].Text(row)));
    }

    [Fact]
    public void A_large_result_streams_in_chunks_and_adds_up()
    {
        using var rows = duck.Query("SELECT i, i % 7 = 0, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 2.0::DOUBLE END FROM range(100000) t(i)");
        long sum = 0, sevenths = 0, nulls = 0, count = 0;
        while (rows.Next() is { } chunk)
        {
            Assert.InRange(chunk.Length, 1, 2_048);
            for (var row = 0; row < chunk.Length; row++)
            {
                sum += chunk[0].Values<long>()[row];
                sevenths += chunk[1].Values<bool>()[row] ? 1 : 0;
                nulls += chunk[2].IsNull(row) ? 1 : 0;
                count++;
            }
        }
        Assert.Equal((100_000, 4_999_950_000, 14_286, 33_334), (count, sum, sevenths, nulls));
    }

    [Fact]
    public void A_prepared_insert_runs_many_times_and_says_what_it_changed()
    {
        duck.Execute("CREATE TABLE points (x INTEGER, y DOUBLE)");
        using (var insert = duck.Prepare("INSERT INTO points VALUES (?, ?)"))
        {
            Assert.Equal(2, insert.Parameters);
            for (var i = 0; i < 10; i++) Assert.Equal(1, insert.Execute(i, i / 10.0));
        }
        Assert.Equal(4, duck.Execute("UPDATE points SET y = 0 WHERE x < $1", 4));
        Assert.Equal(6, duck.Execute("DELETE FROM points WHERE y > 0"));
    }

    [Fact]
    public void Parquet_written_is_read_back()
    {
        var file = Path.Combine(Path.GetTempPath(), $"slipway-{Guid.NewGuid():n}.parquet");
        try
        {
            duck.Execute($"COPY (SELECT i::INTEGER AS id, TIMESTAMP '2001-01-01' + INTERVAL (i) MINUTE AS taken FROM range(5000) t(i)) TO '{file}' (FORMAT parquet)");
            using var rows = duck.Query("SELECT count(*), max(taken) FROM read_parquet($1)", file);
            var chunk = rows.Next()!;
            Assert.Equal(DuckType.Timestamp, rows.Fields[1].Type);
            Assert.Equal(5_000, chunk[0].Values<long>()[0]);
            Assert.Equal(new DateTime(2001, 1, 1).AddMinutes(4_999), DateTime.UnixEpoch.AddMicroseconds(chunk[1].Values<long>()[0]));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_wrong_statement_fails_with_DuckDBs_message_and_the_statement()
    {
        var parse = Assert.Throws<DuckException>(() => duck.Query("SELECT nothing FROM nowhere"));
        Assert.Contains("nowhere does not exist", parse.Message);
        Assert.Contains("Statement: SELECT nothing FROM nowhere", parse.Message);

        // Fails on the way, not when it is prepared: a streamed error must not look like an early end.
        var late = Assert.Throws<DuckException>(() => duck.Query("SELECT CASE WHEN i = 50000 THEN error('row 50000') ELSE i END FROM range(100000) t(i)").ToList((c, r) => 0));
        Assert.Contains("row 50000", late.Message);
    }

    [Fact]
    public void The_wrong_number_of_parameters_is_refused_by_count()
    {
        var e = Assert.Throws<DuckException>(() => duck.Query("SELECT $1 + $2", 1));
        Assert.Contains("has 2 parameters, got 1", e.Message);
    }

    [Fact]
    public void A_column_read_as_another_type_says_its_own()
    {
        using var rows = duck.Query("SELECT 1::INTEGER AS n");
        var chunk = rows.Next()!;
        Assert.Contains("Column n is Integer", Assert.Throws<InvalidOperationException>(() => { chunk[0].Values<double>(); }).Message);
        Assert.Contains("cannot be read as text", Assert.Throws<InvalidOperationException>(() => chunk[0].Text(0)).Message);
    }

    [Fact]
    public void A_memory_limit_is_kept()
    {
        using var rows = duck.Query("SELECT current_setting('memory_limit'), current_setting('threads')::INTEGER");
        var chunk = rows.Next()!;
        Assert.Equal("244.1 MiB", chunk[0].Text(0));
        Assert.Equal(1, chunk[1].Values<int>()[0]);
        Assert.Contains("memory_limit", Assert.Throws<DuckException>(() => DuckDatabase.InMemory(new() { MemoryLimit = "much" })).Message);
    }

    [Fact]
    public void A_connection_outlives_its_database_and_refuses_work_once_closed()
    {
        var own = DuckDatabase.InMemory(new() { Threads = 1 });
        var connection = own.Connect();
        own.Dispose();
        Assert.Equal(0, connection.Execute("CREATE TABLE t (x INT)"));
        connection.Dispose();
        Assert.Throws<ObjectDisposedException>(() => connection.Execute("SELECT 1"));
        Assert.Throws<ObjectDisposedException>(own.Connect);
    }
}
