using System.Text.Json.Nodes;
using Slipway.Access;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Access;

public sealed class AccessReviewOnSqlite() : AccessReviewTests(Dialect.Sqlite);

public sealed class AccessReviewOnPostgres() : AccessReviewTests(Dialect.Postgres);

/// <summary>What is weak in accounts and tokens.</summary>
public abstract class AccessReviewTests(Dialect dialect)
{
    [Fact]
    public async Task Accounts_without_a_way_in_and_tokens_that_last_or_lie_unused_are_found()
    {
        await using var access = await AccessServer.Start(dialect);
        var sound = await Review(access);
        Assert.Equal((1L, 0L, 0L, 0L), Counts(sound));

        await access.Person("ann", ["viewer"]);
        foreach (var body in (string[])["""{"name":"ben"}""", """{"name":"ci","kind":"service"}""", """{"name":"team","kind":"group"}""", """{"name":"gone"}""", """{"name":"away"}"""])
            AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members", body));
        AccessServer.Ok(await access.As("root", "DELETE", "/api/slipway/v1/access/members/gone"));
        AccessServer.Ok(await access.As("root", "PATCH", "/api/slipway/v1/access/members/away", """{"disabled":true}"""));
        Assert.Equal(["ben", "ci"], (await Review(access))["cannot_sign_in"]!.AsArray().Select(static name => (string)name!));

        var lasting = (string)AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/tokens", """{"name":"for ever","owner":"ci","expires_in_days":3650}""")).Json["info"]!["id"]!;
        var used = AccessServer.Ok(await access.As("ann", "POST", "/api/slipway/v1/access/tokens", """{"name":"laptop"}""")).Json;
        AccessServer.Ok(await access.As("ann", "POST", "/api/slipway/v1/access/tokens", """{"name":"short","expires_in_days":1}"""));
        var now = await Review(access);
        Assert.Equal((1L, 1L, 1L, 0L), Counts(now));
        Assert.Equal(lasting, (string)Assert.Single(now["lasting_tokens"]!.AsArray())!["id"]!);

        access.Clock.Advance(AccessReviews.UnusedLong + TimeSpan.FromHours(1));
        AccessServer.Ok(await access.With((string)used["token"]!, "GET", "/api/slipway/v1/access/me"));
        var later = await Review(access);
        Assert.Equal((1L, 1L, 1L, 1L), Counts(later));
        Assert.Equal(lasting, (string)Assert.Single(later["unused_tokens"]!.AsArray())!["id"]!);
    }

    [Fact]
    public async Task Without_an_administrator_the_set_up_link_is_open()
    {
        await using var test = await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"), ProductSchema.Of("Events"), ProductSchema.Of("Access"));
        Assert.Equal(0, (await test.Database.Read(session => AccessReviews.Read(session, DateTimeOffset.UnixEpoch), CancellationToken.None)).Administrators);
    }

    private static async Task<JsonNode> Review(AccessServer access) => AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/review")).Json;

    private static (long, long, long, long) Counts(JsonNode review) =>
        ((long)review["administrators"]!, (long)review["cannot_sign_in_count"]!, (long)review["lasting_tokens_count"]!, (long)review["unused_tokens_count"]!);
}
