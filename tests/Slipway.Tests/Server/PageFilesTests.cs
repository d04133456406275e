using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Tests.Server;

public sealed partial class PageFilesTests : IAsyncLifetime
{
    private TestServer server = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(Dialect.Sqlite);

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    [Theory]
    [InlineData("/")]
    [InlineData("/experiments/1,2")]
    [InlineData("/runs/0123?tab=metrics")]
    [InlineData("/settings/audit")]
    [InlineData("/endpoints/late")]
    public async Task Every_place_of_the_pages_is_the_same_document_under_a_strict_policy(string path)
    {
        var answer = await server.Get(path);
        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (answer.Status, answer.Response.Content.Headers.ContentType!.ToString()));
        var policy = answer.Response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Equal("DENY", answer.Response.Headers.GetValues("X-Frame-Options").Single());
        // Nothing inline, nothing from elsewhere.
        Assert.DoesNotMatch("<script(?![^>]* src=\"/)|<style|https?://| on[a-z]+=", answer.Body);
        Assert.DoesNotContain("{{", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", "HomePage-")]
    [InlineData("/experiments", "ExperimentsPage-")]
    [InlineData("/experiments/1", "RunsPage-")]
    [InlineData("/runs/0123?tab=metrics", "echarts-")]
    [InlineData("/runs/0123?tab=%3Cscript%3E", "RunPage-")]
    [InlineData("/compare?runs=1", "ComparePage-")]
    public async Task A_document_names_the_files_that_its_place_needs_and_they_are_there(string path, string file)
    {
        var names = Ahead().Matches((await server.Get(path)).Body).Select(match => match.Groups[1].Value).ToList();
        Assert.Contains(names, name => name.StartsWith("/assets/" + file, StringComparison.Ordinal));
        Assert.Equal(names.Distinct().Count(), names.Count);
        foreach (var name in names) Assert.Equal(HttpStatusCode.OK, (await server.Get(name)).Status);
    }

    [Fact]
    public async Task Each_document_has_a_nonce_of_its_own_that_its_policy_names()
    {
        async Task<string> One()
        {
            var answer = await server.Get("/");
            var nonce = Nonce().Match(answer.Body).Groups[1].Value;
            Assert.Contains($"'nonce-{nonce}'", answer.Response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            return nonce;
        }
        Assert.NotEqual(await One(), await One());
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip, deflate")]
    [InlineData(null)]
    public async Task A_file_comes_in_a_form_that_the_client_reads_and_is_asked_for_once(string? accepted)
    {
        var path = Script().Match((await server.Get("/")).Body).Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accepted is not null) request.Headers.Add("Accept-Encoding", accepted);
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var bytes = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Stream plain = answer.Content.Headers.ContentEncoding.SingleOrDefault() switch
        {
            "br" => new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress),
            "gzip" => new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress),
            _ => new MemoryStream(bytes),
        };
        Assert.Equal(accepted?.Split(',')[0], answer.Content.Headers.ContentEncoding.SingleOrDefault());
        using var reader = new StreamReader(plain, Encoding.UTF8);
        Assert.Contains("import", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("text/javascript; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        if (accepted is not null) again.Headers.Add("Accept-Encoding", accepted);
        again.Headers.Add("If-None-Match", answer.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, (await server.Send(again)).Status);
    }

    [Theory]
    [InlineData("GET", "/assets/none.js", 404)]
    [InlineData("GET", "/assets/..%2findex.html", 404)]
    [InlineData("GET", "/assets/", 404)]
    [InlineData("GET", "/elsewhere", 404)]
    [InlineData("GET", "/endpoints/late/nothing", 404)]
    [InlineData("GET", "/api/2.0/mlflow/nothing", 404)]
    [InlineData("POST", "/", 404)]
    [InlineData("POST", "/experiments", 404)]
    public async Task What_is_no_page_is_refused_as_before(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        var answer = await server.Send(request);
        Assert.Equal(status, (int)answer.Status);
        Assert.Equal("application/json", answer.Response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public void The_server_knows_every_place_that_the_pages_have()
    {
        var router = File.ReadAllText(Path.Combine(Repository.Root, "web", "src", "app", "router.tsx"));
        var places = Place().Matches(router).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Contains("experiments", places);
        Assert.Empty(places.Except(PageFiles.Places));
    }

    [Fact]
    public async Task A_page_that_asks_without_a_sign_in_is_told_so_without_a_window_of_the_browser()
    {
        await using var people = await TestServer.Start(options => options with { Access = options.Access with { Mode = AccessMode.People } });
        using var byScript = new HttpRequestMessage(HttpMethod.Get, "/api/slipway/v1/access/me");
        byScript.Headers.Add("X-Requested-With", "XMLHttpRequest");
        var answer = await people.Send(byScript);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Empty(answer.Response.Headers.WwwAuthenticate);
        Assert.NotEmpty((await people.Get("/api/slipway/v1/access/me")).Response.Headers.WwwAuthenticate);
        // The document itself holds nothing of anybody.
        Assert.Equal(HttpStatusCode.OK, (await people.Get("/experiments")).Status);
    }

    [GeneratedRegex("<link rel=\"(?:modulepreload|stylesheet)\"[^>]* href=\"([^\"]+)\"")]
    private static partial Regex Ahead();

    [GeneratedRegex("name=\"csp-nonce\" content=\"([^\"]+)\"")]
    private static partial Regex Nonce();

    [GeneratedRegex("type=\"module\"[^>]* src=\"([^\"]+)\"")]
    private static partial Regex Script();

    // Those right below the root; what lies below them is the pages' own.
    [GeneratedRegex(@"getParentRoute: \(\) => root,\s*path: '/([a-z]*)")]
    private static partial Regex Place();
}
