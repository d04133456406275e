using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Access;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

public sealed class OpenIdOnSqlite() : OpenIdTests(Dialect.Sqlite);

public sealed class OpenIdOnPostgres() : OpenIdTests(Dialect.Postgres);

/// <summary>Signing in with an OpenID provider, honest and hostile.</summary>
public abstract class OpenIdTests(Dialect dialect)
{
    private const string Me = "/api/slipway/v1/access/me";

    private sealed record World(AccessServer Access, TestProvider Provider) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Access.DisposeAsync();
            await Provider.DisposeAsync();
        }

        /// <summary>Begins at our page; answers where the provider is, and the cookie that ties the answer to this browser.</summary>
        public async Task<(Uri To, string Cookie)> Begin(string next = "/")
        {
            var begun = await Access.Server.Get("/signin/openid?next=" + Uri.EscapeDataString(next));
            Assert.Equal(HttpStatusCode.SeeOther, begun.Status);
            return (begun.Response.Headers.Location!, begun.Response.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        }

        /// <summary>The person agrees; answers where the provider sends the browser back to.</summary>
        public async Task<string> Agree(Uri to)
        {
            using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
            using var answer = await browser.GetAsync(to);
            return answer.Headers.Location!.PathAndQuery;
        }

        public async Task<Answer> Return(string path, string? cookie)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (cookie is not null) request.Headers.Add("Cookie", cookie);
            return await Access.Server.Send(request);
        }

        public async Task<Answer> SignIn(string next = "/")
        {
            var (to, cookie) = await Begin(next);
            return await Return(await Agree(to), cookie);
        }

        public async Task<JsonNode> Who(Answer signedIn)
        {
            Assert.True(signedIn.Status == HttpStatusCode.SeeOther, signedIn.Body);
            var cookie = signedIn.Response.Headers.GetValues("Set-Cookie").Single(static value => value.StartsWith(CallerSource.Cookie + "=", StringComparison.Ordinal)).Split(';')[0];
            return AccessServer.Ok(await Return(Me, cookie)).Json;
        }
    }

    private async Task<World> Start(Func<AccessOptions, AccessOptions>? change = null)
    {
        var clock = new ManualClock();
        var provider = await TestProvider.Start(clock);
        var access = await AccessServer.Start(dialect, clock, options =>
        {
            options = options with { Issuer = new Uri(provider.Issuer), ClientId = TestProvider.ClientId, ClientSecret = TestProvider.ClientSecret, DefaultRole = Role.Viewer };
            return change?.Invoke(options) ?? options;
        });
        return new World(access, provider);
    }

    [Fact]
    public async Task A_person_signs_in_is_made_and_has_the_groups_that_exist_here()
    {
        await using var world = await Start();
        AccessServer.Ok(await world.Access.As("root", "POST", "/api/slipway/v1/access/members", """{"name":"ml","kind":"group"}"""));
        AccessServer.Ok(await world.Access.As("root", "PUT", "/api/slipway/v1/access/roles", """{"name":"ml","role":"contributor"}"""));
        var signed = await world.SignIn("/openapi.json");
        Assert.Equal("/openapi.json", signed.Response.Headers.Location!.ToString());
        var who = await world.Who(signed);
        Assert.Equal("ann", (string?)who["name"]);
        Assert.Contains("WriteExperiments", who["rights"]!.AsArray().Select(static right => (string)right!));
        var member = AccessServer.Ok(await world.Access.As("root", "GET", "/api/slipway/v1/access/members/ann")).Json;
        Assert.Equal("Ann Example", (string?)member["display_name"]);
        Assert.Equal(["openid"], member["signs_in_by"]!.AsArray().Select(static way => (string)way!));

        // Out of the group there, out of the group here; what was said here stays.
        world.Provider.Person["groups"] = new JsonArray();
        Assert.DoesNotContain("WriteExperiments", (await world.Who(await world.SignIn()))["rights"]!.AsArray().Select(static right => (string)right!));
        AccessServer.Ok(await world.Access.As("root", "PUT", "/api/slipway/v1/access/groups/ml/members/ann", "{}"));
        Assert.Contains("WriteExperiments", (await world.Who(await world.SignIn()))["rights"]!.AsArray().Select(static right => (string)right!));
    }

    [Fact]
    public async Task A_claimed_name_takes_over_nobody()
    {
        await using var world = await Start();
        await world.Access.Person("ann", ["admin"]);
        world.Provider.Person["preferred_username"] = "root";
        var who = await world.Who(await world.SignIn());
        Assert.NotEqual("root", (string?)who["name"]);
        Assert.False((bool)who["administrator"]!);
        world.Provider.Person["preferred_username"] = "ann";
        world.Provider.Person["sub"] = "u-2";
        Assert.StartsWith("ann.", (string?)(await world.Who(await world.SignIn()))["name"], StringComparison.Ordinal);
        // The same subject is the same member, whatever it is called today.
        world.Provider.Person["preferred_username"] = "somebody else";
        Assert.StartsWith("ann.", (string?)(await world.Who(await world.SignIn()))["name"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_of_the_claim_makes_administrators_and_unmakes_them()
    {
        await using var world = await Start(static options => options with { AdministratorGroup = "ml" });
        Assert.True((bool)(await world.Who(await world.SignIn()))["administrator"]!);
        world.Provider.Person["groups"] = new JsonArray("other");
        Assert.False((bool)(await world.Who(await world.SignIn()))["administrator"]!);
    }

    [Fact]
    public async Task A_disabled_member_is_not_let_in_by_the_provider()
    {
        await using var world = await Start();
        await world.Who(await world.SignIn());
        AccessServer.Ok(await world.Access.As("root", "PATCH", "/api/slipway/v1/access/members/ann", """{"disabled":true}"""));
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.SignIn()).Status);
    }

    [Fact]
    public async Task An_answer_that_this_browser_did_not_ask_for_is_refused()
    {
        await using var world = await Start();
        var (to, cookie) = await world.Begin();
        var back = await world.Agree(to);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Return(back, null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Return(back.Replace("state=", "state=x", StringComparison.Ordinal), cookie)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Return(back, (await world.Begin()).Cookie)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Return("/signin/openid/callback?error=access_denied&error_description=%3Cscript%3E", cookie)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Return(back.Replace("iss=http", "iss=https", StringComparison.Ordinal), cookie)).Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await world.Return(back, cookie)).Status);
        // The code a second time.
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Return(back, cookie)).Status);
    }

    [Fact]
    public async Task A_stolen_code_is_worth_nothing_without_the_verifier()
    {
        await using var world = await Start();
        var (to, mine) = await world.Begin();
        var back = await world.Agree(to);
        // The thief has the code and a sign-in of its own.
        var (_, thief) = await world.Begin();
        var state = thief.Split('=')[1].Split('.')[0];
        var stolen = System.Text.RegularExpressions.Regex.Replace(back, "state=[^&]*", "state=" + state);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Return(stolen, thief)).Status);
    }

    [Fact]
    public async Task Every_lie_in_a_token_is_found()
    {
        await using var world = await Start();
        var (provider, now) = (world.Provider, world.Access.Clock.GetUtcNow().ToUnixTimeSeconds());
        foreach (var lie in new Action<JsonObject>[]
        {
            static claims => claims["iss"] = "https://other.example",
            static claims => claims.Remove("iss"),
            static claims => claims["aud"] = "another-client",
            static claims => claims["aud"] = new JsonArray("another-client", TestProvider.ClientId),
            static claims => claims.Remove("aud"),
            claims => claims["exp"] = now - 61,
            static claims => claims.Remove("exp"),
            claims => claims["exp"] = (now + 300).ToString(),
            claims => claims["nbf"] = now + 120,
            claims => claims["iat"] = now + 120,
            static claims => claims["nonce"] = "another sign-in",
            static claims => claims.Remove("nonce"),
            static claims => claims.Remove("sub"),
            static claims => claims["sub"] = "",
        })
        {
            provider.Lie = lie;
            var refused = await world.SignIn();
            Assert.True(refused.Status == HttpStatusCode.Unauthorized, refused.Body);
        }
        provider.Lie = claims => (claims["exp"], claims["nbf"]) = (now - 30, now + 30); // within the minute that clocks may differ
        await world.Who(await world.SignIn());
        provider.Lie = static claims => (claims["aud"], claims["azp"]) = (new JsonArray("another-client", TestProvider.ClientId), TestProvider.ClientId);
        await world.Who(await world.SignIn());
    }

    [Fact]
    public async Task Every_forged_signature_is_found()
    {
        await using var world = await Start();
        var provider = world.Provider;
        using var stranger = RSA.Create(2048);
        foreach (var forge in new Func<JsonObject, string>[]
        {
            static claims => TestProvider.Unsigned(new JsonObject { ["alg"] = "none" }, claims) + ".",
            static claims => TestProvider.Unsigned(new JsonObject { ["alg"] = "None" }, claims) + ".AAAA",
            claims =>
            {
                var text = TestProvider.Unsigned(new JsonObject { ["alg"] = "HS256", ["kid"] = provider.KeyId }, claims);
                return $"{text}.{System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(provider.PublicKey, Encoding.ASCII.GetBytes(text)))}";
            },
            claims => TestProvider.Sign(claims, provider.KeyId, stranger),
            claims => TestProvider.Sign(claims, "unheard-of", stranger),
            claims => provider.Sign(claims)[..^6] + "AAAAAA",
            claims => provider.Sign(claims) + ".x",
            static claims => "no token at all",
            claims =>
            {
                var parts = provider.Sign(claims).Split('.');
                return $"{parts[0]}.{TestProvider.Unsigned([], new JsonObject(claims.DeepClone().AsObject().Select(static p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))) { ["sub"] = "root" }).Split('.')[1]}.{parts[2]}";
            },
        })
        {
            provider.Forge = forge;
            var refused = await world.SignIn();
            Assert.True(refused.Status == HttpStatusCode.Unauthorized, refused.Body);
        }
        provider.Forge = provider.SignByCurve;
        await world.Who(await world.SignIn());
    }

    [Fact]
    public async Task Keys_rotate_and_a_retired_one_is_worth_nothing()
    {
        await using var world = await Start();
        await world.Who(await world.SignIn());
        var old = world.Provider.Sign(world.Provider.Claims(null));
        Assert.Equal(HttpStatusCode.OK, (await world.Access.With(old, "GET", Me)).Status);
        world.Access.Clock.Advance(OpenIdProvider.KeysAgainAfter);
        world.Provider.Rotate();
        await world.Who(await world.SignIn());
        world.Access.Clock.Advance(Credentials.KeptFor - TimeSpan.FromMinutes(1));
        var asked = world.Provider.KeysAsked;
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Access.With(old.Replace(old.Split('.')[2], old.Split('.')[2][..^4] + "AAAA", StringComparison.Ordinal), "GET", Me)).Status);
        // Made-up names of keys do not make us ask again and again.
        using var stranger = RSA.Create(2048);
        for (var n = 0; n < 5; n++) Assert.Equal(HttpStatusCode.Unauthorized, (await world.Access.With(TestProvider.Sign(world.Provider.Claims(null), "made-up-" + n, stranger), "GET", Me)).Status);
        Assert.True(world.Provider.KeysAsked <= asked + 1);
    }

    [Fact]
    public async Task A_program_presents_the_providers_token_until_it_expires()
    {
        await using var world = await Start();
        var token = world.Provider.Sign(world.Provider.Claims(null));
        Assert.Equal("ann", (string?)AccessServer.Ok(await world.Access.With(token, "GET", Me)).Json["name"]);
        world.Access.Clock.Advance(TimeSpan.FromMinutes(5) + OpenIdProvider.Skew);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Access.With(token, "GET", Me)).Status);
    }

    [Fact]
    public async Task A_provider_that_lies_about_itself_or_is_away_lets_nobody_in()
    {
        await using var world = await Start();
        world.Provider.OtherIssuer = "https://other.example";
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Access.Server.Get("/signin/openid")).Status);
        await world.Provider.DisposeAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Access.Server.Get("/signin/openid")).Status);
        // Passwords still work.
        Assert.Equal(HttpStatusCode.OK, (await world.Access.As("root", "GET", Me)).Status);
    }
}
