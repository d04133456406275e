using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Events;

public sealed class EventRetentionOnSqlite() : EventRetentionTests(Dialect.Sqlite);

public sealed class EventRetentionOnPostgres() : EventRetentionTests(Dialect.Postgres);

/// <summary>Old events lose who, from where and what; that they happened stays, and the chain verifies.</summary>
public abstract class EventRetentionTests(Dialect dialect)
{
    private readonly ManualClock clock = new();

    [Fact]
    public async Task Details_older_than_their_kind_is_kept_are_erased_in_batches_and_the_chain_verifies()
    {
        await using var test = await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"), ProductSchema.Of("Events"));
        var folder = Directory.CreateTempSubdirectory("slipway-anchor-").FullName;
        var events = new EventLog(test.Database, clock);
        using (var anchor = Anchor.Open(folder))
        {
            var sealer = new EventSealer(test.Database, events, anchor, clock);
            var retention = new EventRetention(test.Database, events, clock, new Dictionary<string, int> { ["attempt.refused"] = 90, ["member"] = 30 }, NullLogger<EventRetention>.Instance);
            await Append(600, "attempt.refused");
            await Append(3, "member.changed");
            await Append(2, "memberx.changed");
            clock.Advance(TimeSpan.FromDays(45));
            await Append(4, "attempt.refused");
            Assert.Equal(0, await retention.EraseOld(clock.GetUtcNow(), default)); // nothing is sealed yet
            await Seal();

            Assert.Equal(3, await retention.EraseOld(clock.GetUtcNow(), default));
            Assert.Equal(0, await retention.EraseOld(clock.GetUtcNow(), default));
            clock.Advance(TimeSpan.FromDays(50));
            Assert.Equal(600, await retention.EraseOld(clock.GetUtcNow(), default));
            Assert.Equal(0, await retention.EraseOld(clock.GetUtcNow(), default));
            await Append(1, "member.changed");
            await Seal();
            clock.Advance(TimeSpan.FromDays(31));
            Assert.Equal(1, await retention.EraseOld(clock.GetUtcNow(), default));

            var left = await events.After(Caller.Local(), 0, 10_000, default);
            Assert.All(left.Where(e => e.Kind == "attempt.refused").Take(600), e => Assert.Equal((null, null, null), (e.Actor, e.Address, e.Data)));
            Assert.All(left.Where(e => e.Kind == "memberx.changed"), e => Assert.Equal(("ann", "10.0.0.1"), (e.Actor, e.Address)));
            Assert.Equal(4, left.Count(e => e.Kind == "attempt.refused" && e.Actor is not null && e.Data is not null));
            await Seal();
            Assert.Equal([3L, 500, 100, 1], (await events.Of(Caller.System("x"), "events", default)).Select(e => (long)System.Text.Json.Nodes.JsonNode.Parse(e.Data!)!["events"]!));
            Assert.Empty((await new AuditVerification(test.Database, anchor).Verify(default)).Findings);

            async Task Seal()
            {
                while (await test.Database.Read(session => session.Long($"SELECT count(*) FROM events WHERE position IS NULL AND NOT ({session.Dialect.Settled("txid")})"), default) > 0) await Task.Yield();
                await sealer.SealAll(null, default);
            }
        }
        Directory.Delete(folder, recursive: true);

        Task Append(int count, string kind) => test.Database.Write<Done>(session =>
        {
            for (var n = 0; n < count; n++) events.Append(session, new Caller(0, "ann", Right.All, "10.0.0.1"), kind, "thing/" + n, """{"a":1}""");
            return new Done();
        }, default);
    }

    [Fact]
    public async Task An_event_erased_before_its_seal_is_sealed_and_verifies()
    {
        await using var test = await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"), ProductSchema.Of("Events"));
        var folder = Directory.CreateTempSubdirectory("slipway-anchor-").FullName;
        var events = new EventLog(test.Database, clock);
        using (var anchor = Anchor.Open(folder))
        {
            await test.Database.Write<Done>(session =>
            {
                events.Append(session, new Caller(0, "ann", Right.All, "10.0.0.1"), "member.changed", "person/ann", """{"a":1}""");
                events.Append(session, new Caller(0, "bob", Right.All, "10.0.0.2"), "group.member_added", "group/team", """{"member":"ann"}""");
                return new Done();
            }, default);
            Assert.Equal(2, (await new PersonInEvents(test.Database).Erase("ann", default)).Value);
            while (await test.Database.Read(session => session.Long($"SELECT count(*) FROM events WHERE NOT ({session.Dialect.Settled("txid")})"), default) > 0) await Task.Yield();
            await new EventSealer(test.Database, events, anchor, clock).SealAll(null, default);
            Assert.Empty((await new AuditVerification(test.Database, anchor).Verify(default)).Findings);
            var left = await events.After(Caller.Local(), 0, 10, default);
            Assert.Equal([("person/erased", null, null, null), ("group/team", "bob", "10.0.0.2", null)], left.Select(e => (e.Subject, e.Actor, e.Address, e.Data)));
            await test.Database.Write<int>(session => session.Execute("UPDATE events SET subject = 'person/carl' WHERE position = 1"), default);
            Assert.Single((await new AuditVerification(test.Database, anchor).Verify(default)).Findings);
        }
        Directory.Delete(folder, recursive: true);
    }
}
