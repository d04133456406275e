using System.Net;
using System.Text;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>Somebody else's page, or a link, that makes a browser work for it.</summary>
public sealed partial class PublishedAttacksTests
{
    [Fact]
    public async Task CVE_2023_6568_and_CVE_2023_6571_nothing_of_a_request_comes_back_as_a_page()
    {
        const string Script = "<script>alert(document.domain)</script>";
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/2.0/mlflow/users/create") { Content = new ByteArrayContent([]) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", Script);
        var path = Uri.EscapeDataString(Script);
        foreach (var answer in new[]
        {
            await access.Server.Send(request), await access.Server.Get("/" + path), await access.Server.Get("/?ns=" + path), await access.Server.Get("/signin?next=/" + path),
            await access.Server.Get("/setup?code=" + path), await access.As("root", "GET", "/get-artifact?run_uuid=0&path=" + path), await access.As("root", "GET", "/api/2.0/mlflow/runs/get?run_id=" + path),
        })
        {
            // An answer of JSON may quote it, where no browser takes it for a page.
            if (answer.Response.Content.Headers.ContentType?.MediaType != "application/json") Assert.DoesNotContain(Script, answer.Body, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Contains("default-src 'none'", answer.Response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("CVE-2020-13944", "javascript:alert(document.domain)")]
    [InlineData("CVE-2020-13944", "/\"><script>alert(1)</script>")]
    [InlineData("CVE-2021-28359", "data:text/html,<script>alert(1)</script>")]
    [InlineData("CVE-2021-45229", "/x\" onfocus=\"alert(1)\" autofocus=\"")]
    [InlineData("CVE-2022-40754", "//evil.example/confirm")]
    [InlineData("CVE-2022-43985", "https://evil.example/")]
    [InlineData("CVE-2022-45402", "/\\evil.example")]
    [InlineData("CVE-2022-45402", "http:evil.example")]
    [InlineData("CVE-2022-45402", "\t//evil.example")]
    [InlineData("CVE-2022-45402", "/\n/evil.example")]
    public async Task Where_to_go_next_is_a_place_here_and_no_script(string number, string next)
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        var page = await access.Server.Get("/signin?next=" + Uri.EscapeDataString(next));
        Assert.DoesNotContain(next, page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Body, StringComparison.OrdinalIgnoreCase);
        var signed = await access.Server.Send(new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent([new("name", "root"), new("password", AccessServer.Password), new("next", next)]) });
        Assert.Equal(HttpStatusCode.SeeOther, signed.Status);
        var here = access.Server.Http.BaseAddress!;
        var to = new Uri(here, signed.Response.Headers.GetValues("Location").Single());
        Assert.True(to.Scheme == here.Scheme && to.Authority == here.Authority, $"{number}: {to}");
    }

    [Fact]
    public async Task CVE_2023_43472_a_foreign_page_changes_nothing_with_text_that_needs_no_leave()
    {
        await using var server = await TestServer.Start();
        // Reported: a page that a developer looked at renamed Default with text/plain, and made another Default whose artifacts go to the attacker.
        foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json" })
            foreach (var origin in new[] { "https://evil.example", "null" })
                foreach (var prefix in new[] { "/ajax-api", "/api" })
                {
                    TellsNothing(await FromPage(server, origin, prefix + "/2.0/mlflow/experiments/update", """{"experiment_id":"0","new_name":"stolen"}""", type));
                    TellsNothing(await FromPage(server, origin, prefix + "/2.0/mlflow/experiments/create", """{"name":"Stolen","artifact_location":"s3://evil/"}""", type));
                }
        Assert.Equal("ENDPOINT_NOT_FOUND", (await server.Get("/api/2.0/preview/mlflow/experiments/list")).ErrorCode);
        await OnlyDefaultIsThere(server);
    }

    [Fact]
    public async Task CVE_2025_14279_a_rebound_name_reads_changes_and_deletes_nothing()
    {
        await using var server = await TestServer.Start();
        // To the browser the rebound name is the page's own: Host and Origin agree, and GET has no Origin at all.
        foreach (var host in new[] { "rebound.evil.example", $"rebound.evil.example:{server.Address.Port}", "evil.attacker.com", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.1.evil.example" })
            foreach (var (path, body) in new (string, string?)[]
            {
                ("/api/2.0/mlflow/experiments/search", """{"max_results":5}"""), ("/ajax-api/2.0/mlflow/experiments/search", """{"max_results":5}"""), ("/api/2.0/mlflow/experiments/get?experiment_id=0", null),
                ("/api/2.0/mlflow/experiments/update", """{"experiment_id":"0","new_name":"stolen"}"""), ("/api/2.0/mlflow/experiments/delete", """{"experiment_id":"0"}"""),
                ("/api/2.0/mlflow/experiments/create", """{"name":"Stolen"}"""),
            })
            {
                using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
                request.Headers.Host = host;
                if (body is not null) request.Headers.TryAddWithoutValidation("Origin", "http://" + host);
                var answer = await server.Send(request);
                Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
                Assert.DoesNotContain("Default", answer.Body, StringComparison.Ordinal);
            }
        await OnlyDefaultIsThere(server);
    }

    [Fact]
    public async Task CVE_2025_1473_another_sites_form_makes_no_account()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        var signed = await access.Server.Send(new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent([new("name", "root"), new("password", AccessServer.Password)]) });
        var cookie = signed.Response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        foreach (var origin in new[] { "https://evil.example", "null", null })
            foreach (var path in new[] { "/api/2.0/mlflow/users/create-ui", "/api/2.0/mlflow/users/create", "/ajax-api/2.0/mlflow/users/create", "/api/slipway/v1/access/members", "/signup", "/setup" })
                foreach (var json in new[] { false, true })
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, path);
                    request.Content = json ? new StringContent("""{"username":"eve","name":"eve","password":"a password of mine"}""", Encoding.UTF8, "text/plain")
                        : new FormUrlEncodedContent([new("username", "eve"), new("name", "eve"), new("password", "a password of mine"), new("csrf_token", "")]);
                    request.Headers.Add("Cookie", cookie);
                    if (origin is not null) request.Headers.TryAddWithoutValidation("Origin", origin);
                    TellsNothing(await access.Server.Send(request));
                }
        Assert.Equal(HttpStatusCode.NotFound, (await access.As("root", "GET", "/api/2.0/mlflow/users/get?username=eve")).Status);
        Assert.Equal(["root"], AccessServer.Ok(await access.As("root", "GET", "/api/slipway/v1/access/members")).Json["members"]!.AsArray().Select(member => (string?)member!["name"]));
    }

    private static async Task<Answer> FromPage(TestServer server, string origin, string path, string body, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8) };
        request.Content.Headers.Remove("Content-Type");
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        request.Headers.TryAddWithoutValidation("Origin", origin);
        var answer = await server.Send(request);
        Assert.DoesNotContain(answer.Response.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        return answer;
    }

    private static async Task OnlyDefaultIsThere(TestServer server)
    {
        var there = (await server.Post("/api/2.0/mlflow/experiments/search", """{"max_results":10,"view_type":"ALL"}""")).Json["experiments"]!.AsArray();
        var (name, stage) = ((string?)Assert.Single(there)!["name"], (string?)there[0]!["lifecycle_stage"]);
        Assert.Equal(("Default", "active"), (name, stage));
    }
}
