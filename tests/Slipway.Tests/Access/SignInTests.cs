using System.Net;
using System.Text.Json.Nodes;
using Slipway.Access;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

public sealed class SignInOnSqlite() : SignInTests(Dialect.Sqlite);

public sealed class SignInOnPostgres() : SignInTests(Dialect.Postgres);

/// <summary>Who one is: passwords, tokens, cookies, the first administrator, and everything that is none of them.</summary>
public abstract class SignInTests(Dialect dialect)
{
    private const string Me = "/api/slipway/v1/access/me";

    [Fact]
    public async Task Nobody_gets_in_without_credentials_and_is_told_how()
    {
        await using var access = await AccessServer.Start(dialect);
        var refused = await access.As(null, "POST", "/api/2.0/mlflow/experiments/search", """{"max_results":10}""");
        Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHENTICATED"), (refused.Status, refused.ErrorCode));
        Assert.Equal("Basic realm=\"mlflow\"", refused.Response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(HttpStatusCode.OK, (await access.As(null, "GET", "/health")).Status);
        Assert.Equal(HttpStatusCode.OK, (await access.As(null, "GET", "/version")).Status);
    }

    [Fact]
    public async Task The_first_administrator_is_made_once_with_the_code_of_the_start()
    {
        await using var access = await AccessServer.WithoutAdministrator(dialect);
        var server = access.Server;
        string Body(string? code, string name = "root", string password = AccessServer.Password) => $$"""{"code":"{{code}}","name":"{{name}}","password":"{{password}}"}""";
        const string Path = "/api/slipway/v1/access/set-up";
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Post(Path, Body("wrong"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Post(Path, Body(server.Server.SetUpCode, password: "short"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Post(Path, Body(server.Server.SetUpCode, name: "local"))).Status);
        Assert.True((bool)(await server.Post(Path, Body(server.Server.SetUpCode))).Json["administrator"]!);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Post(Path, Body(server.Server.SetUpCode, "second"))).Status);
        Assert.Equal("root", (string?)AccessServer.Ok(await access.As("root", "GET", Me)).Json["name"]);
    }

    [Fact]
    public async Task A_code_is_void_after_a_day()
    {
        await using var access = await AccessServer.WithoutAdministrator(dialect);
        access.Clock.Advance(SetUp.LifeMax + TimeSpan.FromMinutes(1));
        var late = await access.Server.Post("/api/slipway/v1/access/set-up", $$"""{"code":"{{access.Server.Server.SetUpCode}}","name":"root","password":"{{AccessServer.Password}}"}""");
        Assert.Equal(HttpStatusCode.Forbidden, late.Status);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_are_refused_alike()
    {
        await using var access = await AccessServer.Start(dialect);
        var wrong = await access.Server.Send(Basic("root", "not the password"));
        var unknown = await access.Server.Send(Basic("nobody", "not the password"));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.Status);
        Assert.Equal((wrong.Status, wrong.Body), (unknown.Status, unknown.Body));
        foreach (var header in new[] { "Basic !!!", "Basic " + Convert.ToBase64String([0xff, 0xfe, (byte)':']), "Digest x", "Bearer ", "Bearer slw_", "Bearer slw__", "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic " + new string('A', 5_000) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Me);
            request.Headers.TryAddWithoutValidation("Authorization", header);
            Assert.Equal(HttpStatusCode.Unauthorized, (await access.Server.Send(request)).Status);
        }
    }

    [Fact]
    public async Task Guessing_is_slowed_down_and_ends_with_the_window()
    {
        await using var access = await AccessServer.Start(dialect);
        for (var n = 0; n < Attempts.PairMax; n++) Assert.Equal(HttpStatusCode.Unauthorized, (await access.Server.Send(Basic("root", "guess " + n))).Status);
        var limited = await access.Server.Send(Basic("root", "one more guess"));
        Assert.Equal(HttpStatusCode.TooManyRequests, limited.Status);
        Assert.True(limited.Response.Headers.RetryAfter!.Delta > TimeSpan.FromMinutes(1));
        access.Clock.Advance(Attempts.Window + TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await access.As("root", "GET", Me)).Status);
    }

    [Fact]
    public async Task A_token_works_until_it_expires_and_never_beyond_its_scopes()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", ["contributor"]);
        var made = AccessServer.Ok(await access.As("ann", "POST", "/api/slipway/v1/access/tokens", """{"name":"ci","scopes":["read"],"expires_in_days":2}"""));
        var token = (string)made.Json["token"]!;
        Assert.Equal("ann", (string?)AccessServer.Ok(await access.With(token, "GET", Me)).Json["name"]);
        Assert.Equal(HttpStatusCode.OK, (await access.With(token, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.With(token, "POST", "/api/2.0/mlflow/experiments/create", """{"name":"x"}""")).Status);

        // The same token as password, which is what an MLflow client sends that knows names and passwords alone.
        Assert.Equal(HttpStatusCode.OK, (await access.Server.Send(Basic("ann", token))).Status);
        var stronger = AccessServer.Ok(await access.With(token, "POST", "/api/slipway/v1/access/tokens", """{"name":"more","scopes":["write"]}"""));
        Assert.Equal(HttpStatusCode.Forbidden, (await access.With((string)stronger.Json["token"]!, "POST", "/api/2.0/mlflow/experiments/create", """{"name":"x"}""")).Status);

        var listed = (await access.As("ann", "GET", "/api/slipway/v1/access/tokens")).Body;
        Assert.DoesNotContain(token, listed, StringComparison.Ordinal);
        access.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.With(token, "GET", Me)).Status);
    }

    [Fact]
    public async Task A_revoked_token_and_those_of_a_disabled_or_removed_member_are_refused_at_once()
    {
        await using var access = await AccessServer.Start(dialect);
        async Task<(string Token, string Id)> Make(string name)
        {
            await access.Person(name, ["viewer"]);
            var made = AccessServer.Ok(await access.As(name, "POST", "/api/slipway/v1/access/tokens", """{"name":"t"}""")).Json;
            AccessServer.Ok(await access.With((string)made["token"]!, "GET", Me));
            return ((string)made["token"]!, (string)made["info"]!["id"]!);
        }
        var (revoked, disabled, removed) = (await Make("ann"), await Make("ben"), await Make("cas"));
        Assert.Equal(HttpStatusCode.NotFound, (await access.As("ben", "DELETE", "/api/slipway/v1/access/tokens/" + revoked.Id)).Status);
        AccessServer.Ok(await access.As("ann", "DELETE", "/api/slipway/v1/access/tokens/" + revoked.Id));
        AccessServer.Ok(await access.As("root", "PATCH", "/api/slipway/v1/access/members/ben", """{"disabled":true}"""));
        AccessServer.Ok(await access.As("root", "DELETE", "/api/slipway/v1/access/members/cas"));
        foreach (var (token, _) in new[] { revoked, disabled, removed }) Assert.Equal(HttpStatusCode.Unauthorized, (await access.With(token, "GET", Me)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.As("ben", "GET", Me)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.As("cas", "GET", Me)).Status);

        // The name is free again and means somebody else.
        await access.Person("cas", []);
        Assert.Empty((await access.As("cas", "GET", "/api/slipway/v1/access/tokens")).Json["tokens"]!.AsArray());
    }

    [Fact]
    public async Task Administrators_list_the_tokens_of_everybody_and_nobody_else_does()
    {
        await using var access = await AccessServer.Start(dialect);
        foreach (var name in new[] { "ann", "ben" })
        {
            await access.Person(name, ["admin"]);
            AccessServer.Ok(await access.As(name, "POST", "/api/slipway/v1/access/tokens", """{"name":"t"}"""));
        }
        const string All = "/api/slipway/v1/access/tokens?all=true";
        var tokens = AccessServer.Ok(await access.As("root", "GET", All)).Json["tokens"]!.AsArray();
        Assert.Equal(["ann", "ben"], tokens.Select(static token => (string?)token!["owner"]).Order());
        Assert.Single(AccessServer.Ok(await access.As("root", "GET", $"{All}&after={(string?)tokens[0]!["id"]}")).Json["tokens"]!.AsArray());
        Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "GET", All + "&owner=ann")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "GET", All)).Status);
    }

    [Fact]
    public async Task Members_are_found_by_a_part_of_any_of_their_names()
    {
        await using var access = await AccessServer.Start(dialect);
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/members", """{"name":"a_b","display_name":"Zoë 100%","email":"Sea@example.com"}"""));
        await access.Person("axb", []);
        async Task<string[]> Find(string text) => [.. AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/members?contains=" + Uri.EscapeDataString(text))).Json["members"]!.AsArray().Select(static one => (string)one!["name"]!)];
        Assert.Equal(["a_b"], await Find("A_B"));
        Assert.Equal(["a_b"], await Find("0%"));
        Assert.Equal(["a_b"], await Find("sea@"));
        Assert.Equal(["axb"], await Find("xb"));
        Assert.Empty(await Find("!"));
        Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "GET", "/api/slipway/v1/access/members?contains=" + new string('a', 201))).Status);
    }

    [Fact]
    public async Task A_browser_signs_in_writes_from_our_pages_alone_and_signs_out()
    {
        await using var access = await AccessServer.Start(dialect);
        var page = await access.As(null, "GET", "/signin?next=%2F%2Fevil.example%22%3E%3Cscript%3E");
        Assert.DoesNotContain("evil.example", page.Body, StringComparison.Ordinal);
        Assert.Equal("same-origin", page.Response.Headers.GetValues("Referrer-Policy").Single());
        var wrong = await SignIn(access, "wrong password here", "/");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.Status);
        Assert.Contains("role=\"alert\"", wrong.Body, StringComparison.Ordinal);
        var signed = await SignIn(access, AccessServer.Password, "//evil.example");
        Assert.Equal((HttpStatusCode.SeeOther, "/"), (signed.Status, signed.Response.Headers.Location!.ToString()));
        var cookie = signed.Response.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);

        var value = cookie[..cookie.IndexOf(';')];
        Assert.Equal("root", (string?)AccessServer.Ok(await access.Server.Send(Browser(HttpMethod.Get, Me, value))).Json["name"]);
        const string Create = "/api/2.0/mlflow/experiments/create";
        var own = access.Server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority);
        Assert.Equal(HttpStatusCode.OK, (await access.Server.Send(Browser(HttpMethod.Post, Create, value, own, """{"name":"a"}"""))).Status);
        foreach (var origin in new[] { null, "http://localhost:3000", "http://127.0.0.1:1", "https://evil.example", "null" })
            Assert.Equal(HttpStatusCode.Forbidden, (await access.Server.Send(Browser(HttpMethod.Post, Create, value, origin, """{"name":"b"}"""))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.Server.Send(Browser(HttpMethod.Get, Me, value[..^1] + (value[^1] == 'A' ? "E" : "A")))).Status);

        Assert.Equal(HttpStatusCode.SeeOther, (await access.Server.Send(Browser(HttpMethod.Post, "/signout", value, own))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.Server.Send(Browser(HttpMethod.Get, Me, value))).Status);
    }

    [Fact]
    public async Task A_sign_in_ends_by_itself_and_with_a_new_password()
    {
        await using var access = await AccessServer.Start(dialect);
        async Task<string> Cookie() => (await SignIn(access, AccessServer.Password, "/")).Response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var idle = await Cookie();
        AccessServer.Ok(await access.Server.Send(Browser(HttpMethod.Get, Me, idle)));
        access.Clock.Advance(SignIns.IdleMax + TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.Server.Send(Browser(HttpMethod.Get, Me, idle))).Status);
        var other = await Cookie();
        AccessServer.Ok(await access.Server.Send(Browser(HttpMethod.Get, Me, other)));
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("root", "POST", "/api/slipway/v1/access/password", """{"password":"another long one","current":"wrong"}""")).Status);
        AccessServer.Ok(await access.As("root", "POST", "/api/slipway/v1/access/password", new JsonObject { ["password"] = "another long one", ["current"] = AccessServer.Password }.ToJsonString()));
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.Server.Send(Browser(HttpMethod.Get, Me, other))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await access.As("root", "GET", Me)).Status);
        Assert.Equal(HttpStatusCode.OK, (await access.Server.Send(Basic("root", "another long one"))).Status);
    }

    private static HttpRequestMessage Basic(string name, string password)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Me);
        request.Headers.TryAddWithoutValidation("Authorization", "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{name}:{password}")));
        return request;
    }

    private static HttpRequestMessage Browser(HttpMethod method, string path, string cookie, string? origin = null, string? json = null)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Cookie", cookie);
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (json is not null) request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        return request;
    }

    private static Task<Answer> SignIn(AccessServer access, string password, string next) => access.Server.Send(new HttpRequestMessage(HttpMethod.Post, "/signin")
    {
        Content = new FormUrlEncodedContent([new("name", "root"), new("password", password), new("next", next)]),
    });
}
