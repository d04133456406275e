using Slipway.Events;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Events;

public sealed class EventLogOnSqlite() : EventLogTests(Dialect.Sqlite);

public sealed class EventLogOnPostgres() : EventLogTests(Dialect.Postgres);

public abstract class EventLogTests(Dialect dialect)
{
    private static readonly Caller Someone = Caller.Local("10.0.0.1");
    private readonly ManualClock clock = new();

    private sealed record Log(TestDatabase Test, EventLog Events, Anchor Anchor, EventSealer Sealer, AuditVerification Audit, string Folder) : IAsyncDisposable
    {
        public Task Append(int count) => Task.WhenAll(Enumerable.Range(0, count).Select(n => Test.Database.Write<Done>(session =>
        {
            Events.Append(session, Someone, "run.created", "run/" + n, n % 2 == 0 ? null : $$"""{"name":"r{{n}}"}""");
            return new Done();
        }, default)));

        /// <summary>Seals once all that was appended is settled: in PostgreSQL any transaction of the whole cluster, another test's too, holds that up for a moment.</summary>
        public async Task<int> Seal()
        {
            while (await Test.Database.Read(session => session.Long($"SELECT count(*) FROM events WHERE position IS NULL AND NOT ({session.Dialect.Settled("txid")})"), default) > 0) await Task.Yield();
            return await Sealer.SealAll(null, default);
        }

        public Task Sql(string sql) => Test.Database.Write<int>(session => session.Execute(sql), default);

        public async ValueTask DisposeAsync()
        {
            Anchor.Dispose();
            await Test.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }
    }

    private async Task<Log> Create()
    {
        var test = await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"), ProductSchema.Of("Events"));
        var folder = Directory.CreateTempSubdirectory("slipway-anchor-").FullName;
        var (events, anchor) = (new EventLog(test.Database, clock), Anchor.Open(folder));
        return new Log(test, events, anchor, new EventSealer(test.Database, events, anchor, clock), new AuditVerification(test.Database, anchor), folder);
    }

    [Fact]
    public async Task Positions_are_dense_and_readers_miss_nothing()
    {
        await using var log = await Create();
        await log.Append(1_300);
        Assert.Equal(1_300, await log.Seal());
        var read = new List<Event>();
        while (await log.Events.After(Someone, read.Count, 500, default) is { Count: > 0 } page) read.AddRange(page);
        Assert.Equal(Enumerable.Range(1, 1_300).Select(n => (long?)n), read.Select(e => e.Position));
        Assert.Equal(1_300, read.Select(e => e.Subject).Distinct().Count());
    }

    [Fact]
    public async Task Events_that_a_dump_brought_from_another_cluster_are_sealed()
    {
        await using var log = await Create();
        await log.Append(3);
        await log.Sql("UPDATE events SET txid = 9000000000000000000");
        await log.Append(2);
        Assert.Equal(5, await log.Seal());
        Assert.True((await log.Audit.Verify(default)).Whole);
    }

    [Fact]
    public async Task A_log_that_grows_while_it_is_verified_is_whole()
    {
        await using var log = await Create();
        using var stop = new CancellationTokenSource();
        var growing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await log.Append(1);
                await log.Seal();
            }
        });
        for (var n = 0; n < 50; n++) Assert.Empty((await log.Audit.Verify(default)).Findings);
        await stop.CancelAsync();
        await growing;
    }

    [Fact]
    public async Task An_event_is_undone_with_its_change()
    {
        await using var log = await Create();
        await log.Test.Database.Write<Done>(session =>
        {
            log.Events.Append(session, Someone, "run.created", "run/1");
            return Problem.Invalid("no");
        }, default);
        Assert.Equal(0, await log.Seal());
    }

    [Fact]
    public async Task A_whole_log_verifies_also_after_erasing_payloads()
    {
        await using var log = await Create();
        await log.Append(30);
        await log.Seal();
        await log.Append(5);
        await log.Seal();
        await log.Append(2);
        var report = await log.Audit.Verify(default);
        Assert.Empty(report.Findings);
        Assert.Equal((35, 2, 2, 2), (report.Events, report.Seals, report.Unsealed, report.Heads));
        var erased = await log.Test.Database.Read(session => session.First("SELECT data_salt, data FROM events WHERE position = 2", row => SealChain.Commit(row.Bytes(0), row.TextOrNull(1))), default);
        await log.Test.Database.Write<int>(session => session.Execute("UPDATE events SET data = NULL, data_salt = NULL, data_commitment = $1 WHERE position = 2", erased), default);
        Assert.Empty((await log.Audit.Verify(default)).Findings);
    }

    [Theory]
    [InlineData("UPDATE events SET actor = 'someone else' WHERE position = 7", "position 7 was changed")]
    [InlineData("UPDATE events SET data = '{\"name\":\"forged\"}' WHERE position = 3", "position 3 was changed")]
    [InlineData("UPDATE events SET data = '' WHERE position = (SELECT min(position) FROM events WHERE data IS NULL)", "was changed")]
    [InlineData("UPDATE events SET address = '10.0.0.9' WHERE position = 6", "position 6 was changed")]
    [InlineData("UPDATE events SET subject = 'run/other' WHERE position = 6", "position 6 was changed")]
    [InlineData("UPDATE events SET form = 1 WHERE position = 6", "position 6 was changed")]
    [InlineData("UPDATE events SET form = 3 WHERE position = 6", "position 6 was changed")]
    [InlineData("UPDATE events SET at_ms = at_ms + 1 WHERE position = 9", "position 9 was changed")]
    [InlineData("DELETE FROM events WHERE position = 12", "position 12 is missing")]
    [InlineData("UPDATE events SET position = -position WHERE position IN (4, 5)", "position 4 is missing")]
    [InlineData("DELETE FROM event_seals WHERE no = 1", "Seal 1 is missing")]
    [InlineData("DELETE FROM event_seals WHERE no = 2", "cut off")]
    [InlineData("UPDATE event_seals SET at_ms = at_ms + 1 WHERE no = 2", "hash of seal 2")]
    [InlineData("DELETE FROM event_seals; DELETE FROM events", "cut off")]
    public async Task Tampering_is_found(string sql, string expected)
    {
        await using var log = await Create();
        await log.Append(10);
        await log.Seal();
        await log.Append(10);
        await log.Seal();
        foreach (var statement in sql.Split(';')) await log.Sql(statement);
        Assert.Contains((await log.Audit.Verify(default)).Findings, finding => finding.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_value_put_beside_the_commitment_of_an_erased_one_is_found()
    {
        await using var log = await Create();
        await log.Append(3);
        await log.Seal();
        var kept = await log.Test.Database.Read(session => session.First("SELECT actor_salt, actor FROM events WHERE position = 2", row => SealChain.Commit(row.Bytes(0), row.TextOrNull(1))), default);
        await log.Test.Database.Write<int>(session => session.Execute("UPDATE events SET actor = 'innocent', actor_salt = NULL, actor_commitment = $1 WHERE position = 2", kept), default);
        Assert.Contains("position 2 was changed", Assert.Single((await log.Audit.Verify(default)).Findings));
    }

    [Fact]
    public async Task Events_of_the_first_form_verify_beside_those_of_the_second()
    {
        await using var log = await Create();
        await log.Append(4);
        await log.Sql("UPDATE events SET form = 1, address = NULL, address_salt = NULL");
        await log.Seal();
        await log.Append(4);
        await log.Seal();
        Assert.Empty((await log.Audit.Verify(default)).Findings);
        await log.Sql("UPDATE events SET subject = 'run/other' WHERE position = 1");
        Assert.Single((await log.Audit.Verify(default)).Findings);
    }

    [Fact]
    public async Task A_page_looks_at_a_bounded_stretch_and_says_where_to_go_on()
    {
        await using var log = await Create();
        await log.Append(45);
        await log.Seal();
        var search = new EventSearch(log.Test.Database, scanMax: 10);
        async Task<List<long>> Walk(ListEvents request)
        {
            var (found, pages) = (new List<long>(), 0);
            while (true)
            {
                var page = (await search.List(Someone, request, default)).Value;
                found.AddRange(page.Events.Select(e => e.Position));
                pages++;
                if ((page.NextAfter ?? page.NextBefore) is not { } next) break;
                request = request.NewestFirst is true ? request with { Before = next } : request with { After = next };
            }
            Assert.Equal(5, pages);
            return found;
        }
        var last = (await search.List(Someone, new ListEvents(After: 44), default)).Value.Events.Single().Subject;
        Assert.Equal([45L], await Walk(new ListEvents(Subject: last)));
        Assert.Equal([45L], await Walk(new ListEvents(Subject: last, NewestFirst: true)));
        Assert.Empty(await Walk(new ListEvents(Actor: "nobody")));
        Assert.Equal(Enumerable.Range(1, 45).Select(n => (long)n), await Walk(new ListEvents()));
    }

    [Fact]
    public async Task Since_a_time_finds_what_happened_then_without_looking_at_what_came_before()
    {
        await using var log = await Create();
        for (var day = 0; day < 20; day++)
        {
            await log.Append(3);
            await log.Seal();
            clock.Advance(TimeSpan.FromDays(1));
        }
        var search = new EventSearch(log.Test.Database, scanMax: 10);
        for (var days = 1; days <= 20; days++)
        {
            var page = (await search.List(Someone, new ListEvents(Since: clock.GetUtcNow().AddDays(-days).ToUnixTimeMilliseconds()), default)).Value;
            Assert.Equal(60 - 3 * days + 1, page.Events[0].Position);
        }
    }

    [Fact]
    public async Task Reordering_two_events_is_found()
    {
        await using var log = await Create();
        await log.Append(10);
        await log.Seal();
        await log.Sql("UPDATE events SET position = 1000 WHERE position = 2");
        await log.Sql("UPDATE events SET position = 2 WHERE position = 3");
        await log.Sql("UPDATE events SET position = 3 WHERE position = 1000");
        Assert.Equal(2, (await log.Audit.Verify(default)).Findings.Count);
    }

    [Fact]
    public async Task A_log_rewritten_with_every_later_hash_is_found_by_the_anchored_head()
    {
        await using var log = await Create();
        await log.Append(10);
        await log.Seal();
        await log.Append(10);
        await log.Seal();
        // The forger changes an event and seals everything again, with a chain that is whole in itself but anchored elsewhere.
        await log.Sql("UPDATE events SET actor = 'innocent' WHERE position = 5");
        await log.Sql("DELETE FROM event_seals");
        await log.Sql("UPDATE events SET position = NULL");
        var elsewhere = Directory.CreateTempSubdirectory("slipway-forger-").FullName;
        using (var forged = Anchor.Open(elsewhere)) await new EventSealer(log.Test.Database, log.Events, forged, clock).SealAll(null, default);
        Directory.Delete(elsewhere, recursive: true);
        Assert.Contains((await log.Audit.Verify(default)).Findings, finding => finding.Contains("rewritten", StringComparison.Ordinal) || finding.Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_forged_head_line_is_found()
    {
        await using var log = await Create();
        await log.Append(3);
        await log.Seal();
        var path = Anchor.HeadsPath(log.Folder);
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("\"seal\":1", "\"seal\":9", StringComparison.Ordinal));
        Assert.Contains("signature", Assert.Single((await log.Audit.Verify(default)).Findings));
    }

    [Fact]
    public void The_key_is_for_its_owner_alone()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-anchor-").FullName;
        using (Anchor.Open(folder)) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "audit.key")));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Long_details_are_cut_with_digest_and_length_kept()
    {
        await using var log = await Create();
        var data = "{\"x\":\"" + new string('\u0001', 50_000) + "\"}";
        await log.Test.Database.Write<Done>(session =>
        {
            log.Events.Append(session, Someone, "run.created", "run/1", data);
            return new Done();
        }, default);
        var kept = (await log.Events.Of(Someone, "run/1", default)).Single().Data!;
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(kept), 100, EventLog.DataBytesMax);
        Assert.Contains("\"bytes\":50008", kept);
        Assert.Contains("sha256", kept);
    }

    [Fact]
    public async Task Refused_attempts_are_written_but_bounded()
    {
        await using var log = await Create();
        for (var n = 0; n < EventLog.RefusalsPerMinute + 20; n++) await log.Events.Refused(Someone, "run/x", Problem.Denied("no"), default);
        Assert.Equal(EventLog.RefusalsPerMinute, (await log.Events.Of(Someone, "run/x", default)).Count);
        clock.Advance(TimeSpan.FromMinutes(1));
        await log.Events.Refused(Someone, "run/x", Problem.Denied("no"), default);
        Assert.Contains("\"unwritten_before\":20", (await log.Events.Of(Someone, "run/x", default))[^1].Data);
    }
}
