using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Tests.Server;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Artifacts;

public sealed class ArtifactsApiOnFolder() : ArtifactsApiTests(server => server);

public sealed class ArtifactsApiOnS3() : ArtifactsApiTests(server =>
{
    var s3 = CephServer.Shared().NewPrefix();
    return server with
    {
        Artifacts = $"s3://{s3.Bucket}/{s3.Prefix}",
        S3 = new() { Endpoint = new Uri(s3.Endpoint!), PathStyle = true, AccessKey = s3.AccessKey, SecretKey = s3.SecretKey },
    };
});

/// <summary>The wire, by exact requests and answers.</summary>
public abstract class ArtifactsApiTests(Func<Slipway.Server.ServerOptions, Slipway.Server.ServerOptions> change) : IAsyncLifetime
{
    private const string Proxy = "/api/2.0/mlflow-artifacts/artifacts/";

    private TestServer server = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(change);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Put_answers_an_empty_object_and_get_sends_the_file_with_headers_that_make_it_harmless()
    {
        var put = await Put("1/r/artifacts/page.html", "<script>alert(1)</script>");
        Assert.Equal((HttpStatusCode.OK, "{}"), (put.Status, put.Body));

        var got = await server.Get(Proxy + "1/r/artifacts/page.html");
        Assert.Equal("<script>alert(1)</script>", got.Body);
        var sha = Convert.ToHexStringLower(SHA256.HashData("<script>alert(1)</script>"u8));
        Assert.Equal($"\"{sha}\"", got.Response.Headers.ETag?.Tag);
        Assert.Equal(25, got.Response.Content.Headers.ContentLength);
        Assert.Equal("text/html", got.Response.Content.Headers.ContentType?.ToString());
        Assert.Equal("attachment; filename=page.html; filename*=UTF-8''page.html", got.Response.Content.Headers.ContentDisposition?.ToString());
        Assert.Equal("nosniff", got.Response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("default-src 'none'; sandbox; frame-ancestors 'none'", got.Response.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Theory]
    [InlineData("größe.txt")]
    [InlineData("模型 \"1\".bin")]
    [InlineData("🚀;a=b.png")]
    [InlineData("100%.txt")]
    public async Task Names_in_any_alphabet_work(string name)
    {
        var escaped = Uri.EscapeDataString(name);
        Assert.Equal(HttpStatusCode.OK, (await Put("1/r/artifacts/" + escaped, "x")).Status);
        var got = await server.Get(Proxy + "1/r/artifacts/" + escaped);
        Assert.Equal("x", got.Body);
        Assert.Equal(name, got.Response.Content.Headers.ContentDisposition?.FileNameStar);
        var listed = await server.Get("/api/2.0/mlflow-artifacts/artifacts?path=1/r/artifacts");
        Assert.Equal(name, (string?)listed.Json["files"]![0]!["path"]);
    }

    [Fact]
    public async Task List_answers_base_names_and_an_empty_object_for_what_is_not_there()
    {
        await Put("1/r/artifacts/model/MLmodel", "12345");
        await Put("1/r/artifacts/a.txt", "1");
        var listed = await server.Get("/api/2.0/mlflow-artifacts/artifacts?path=1/r/artifacts");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"files": [{"path": "a.txt", "is_dir": false, "file_size": 1}, {"path": "model", "is_dir": true}]}"""), listed.Json), listed.Body);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"files": [{"path": "1", "is_dir": true}]}"""), (await server.Get("/ajax-api/2.0/mlflow-artifacts/artifacts")).Json));
        Assert.Equal("{}", (await server.Get("/api/2.0/mlflow-artifacts/artifacts?path=2/no/such")).Body);
        Assert.Equal("{}", (await server.Get("/api/2.0/mlflow-artifacts/artifacts?path=1/r/artifacts/a.txt")).Body);
    }

    [Theory]
    [InlineData("bytes=0-0", "0", "bytes 0-0/10")]
    [InlineData("bytes=3-5", "345", "bytes 3-5/10")]
    [InlineData("bytes=7-", "789", "bytes 7-9/10")]
    [InlineData("bytes=7-99", "789", "bytes 7-9/10")]
    [InlineData("bytes=-3", "789", "bytes 7-9/10")]
    [InlineData("bytes=-99", "0123456789", "bytes 0-9/10")]
    public async Task A_range_is_sent_as_asked(string range, string body, string contentRange)
    {
        await Put("1/f", "0123456789");
        var got = await Get("1/f", "Range", range);
        Assert.Equal((HttpStatusCode.PartialContent, body), (got.Status, got.Body));
        Assert.Equal(contentRange, got.Response.Content.Headers.ContentRange?.ToString());
        Assert.Equal(body.Length, got.Response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("bytes=10-")]
    [InlineData("bytes=99-100")]
    [InlineData("bytes=-0")]
    public async Task A_range_outside_is_416_with_the_size(string range)
    {
        await Put("1/f", "0123456789");
        var got = await Get("1/f", "Range", range);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, got.Status);
        Assert.Equal("bytes */10", got.Response.Content.Headers.ContentRange?.ToString());
        Assert.Equal("INVALID_PARAMETER_VALUE", got.ErrorCode);
    }

    [Theory]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("bytes=5-3")]
    [InlineData("lines=1-2")]
    [InlineData("nonsense")]
    public async Task Ranges_that_are_several_or_not_understood_get_the_whole(string range)
    {
        await Put("1/f", "0123456789");
        var got = await Get("1/f", "Range", range);
        Assert.Equal((HttpStatusCode.OK, "0123456789"), (got.Status, got.Body));
    }

    [Fact]
    public async Task Validators_spare_the_body_of_what_is_known_and_protect_a_resumed_download()
    {
        var etag = (await Put("1/f", "0123456789")).Response.Headers.ETag!.Tag;
        var known = await Get("1/f", "If-None-Match", $"\"other\", W/{etag}");
        Assert.Equal((HttpStatusCode.NotModified, ""), (known.Status, known.Body));
        Assert.Equal(HttpStatusCode.NotModified, (await Get("1/f", "If-None-Match", "*")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Get("1/f", "If-None-Match", "\"other\"")).Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Get("1/f", "If-Match", "\"other\"")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Get("1/f", "If-Match", etag)).Status);
        Assert.Equal("56789", (await Get("1/f", "Range", "bytes=5-", ("If-Range", etag))).Body);
        Assert.Equal("0123456789", (await Get("1/f", "Range", "bytes=5-", ("If-Range", "\"other\""))).Body);
    }

    [Fact]
    public async Task Head_answers_the_headers_alone()
    {
        await Put("1/f", "0123456789");
        var head = await server.Send(new HttpRequestMessage(HttpMethod.Head, Proxy + "1/f"));
        Assert.Equal((HttpStatusCode.OK, "", 10L), (head.Status, head.Body, head.Response.Content.Headers.ContentLength));
        Assert.NotNull(head.Response.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send(new HttpRequestMessage(HttpMethod.Head, Proxy + "1/g"))).Status);
    }

    [Fact]
    public async Task An_empty_file_and_one_of_unknown_length_arrive_whole()
    {
        Assert.Equal(HttpStatusCode.OK, (await Put("1/empty", "")).Status);
        Assert.Equal((HttpStatusCode.OK, ""), ((await server.Get(Proxy + "1/empty")).Status, (await server.Get(Proxy + "1/empty")).Body));

        var bytes = new byte[3_000_001];
        new Random(1).NextBytes(bytes);
        var chunked = new HttpRequestMessage(HttpMethod.Put, Proxy + "1/chunked") { Content = new StreamContent(new MemoryStream(bytes)) };
        chunked.Headers.TransferEncodingChunked = true;
        Assert.Equal(HttpStatusCode.OK, (await server.Send(chunked)).Status);
        Assert.Equal(bytes, await server.Http.GetByteArrayAsync(Proxy + "1/chunked"));
    }

    [Fact]
    public async Task Delete_removes_a_file_or_a_tree()
    {
        await Put("1/d/a", "1");
        await Put("1/d/b/c", "1");
        Assert.Equal("{}", (await server.Send(new HttpRequestMessage(HttpMethod.Delete, Proxy + "1/d/a"))).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get(Proxy + "1/d/a")).Status);
        Assert.Equal("{}", (await server.Send(new HttpRequestMessage(HttpMethod.Delete, Proxy + "1/d"))).Body);
        var absent = await server.Send(new HttpRequestMessage(HttpMethod.Delete, Proxy + "1/d"));
        Assert.Equal((HttpStatusCode.NotFound, "RESOURCE_DOES_NOT_EXIST"), (absent.Status, absent.ErrorCode));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get(Proxy + "1/d/b/c")).Status);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("1/../../2")]
    [InlineData("%2e%2e/%2e%2e/x")]
    [InlineData("1/%2e%2e%2fx")]
    [InlineData("%2f..%2fx")]
    [InlineData("%252e%252e/x")]
    [InlineData("%252e%252e%252fx")]
    [InlineData("..%5c..%5cx")]
    [InlineData("%5c%5chost%5cshare")]
    [InlineData("C:/x")]
    [InlineData("C%3A%5Cx")]
    [InlineData("/etc/passwd")]
    [InlineData("%2fetc/passwd")]
    [InlineData("a%00b")]
    [InlineData("a%2500b")]
    [InlineData("%c0%ae%c0%ae/x")]
    [InlineData("%ff")]
    [InlineData("a//b")]
    [InlineData("a%0ab")]
    public async Task Every_form_of_traversal_is_refused_by_every_method(string path)
    {
        foreach (var method in new[] { "PUT", "GET", "DELETE" })
        {
            var status = await Raw(method, Proxy + path);
            Assert.True(status is 400 or 404, $"{method} {path}: {status}");
            Assert.False(method == "PUT" && status == 404 && (await server.Get("/api/2.0/mlflow-artifacts/artifacts")).Body != "{}");
        }
        Assert.Equal("{}", (await server.Get("/api/2.0/mlflow-artifacts/artifacts")).Body);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("%2e%2e")]
    [InlineData("%252e%252e")]
    [InlineData("/etc")]
    [InlineData("a/../b")]
    [InlineData("%2f..")]
    [InlineData("a%00")]
    [InlineData("%ff")]
    public async Task Traversal_in_the_query_is_refused_too(string path) =>
        Assert.Equal((400, "Invalid path"), ((int)(await server.Get("/api/2.0/mlflow-artifacts/artifacts?path=" + path)).Status, (await server.Get("/api/2.0/mlflow-artifacts/artifacts?path=" + path)).Message[..12]));

    [Fact]
    public async Task A_resumable_upload_goes_on_where_it_was()
    {
        var begun = await server.Post("/api/slipway/v1/uploads", """{"path": "1/r/artifacts/big.bin"}""");
        var upload = "/api/slipway/v1/uploads/" + (string)begun.Json["upload_id"]!;
        Assert.Equal(0, (long)begun.Json["offset"]!);
        Assert.Equal(6, (long)(await Send(HttpMethod.Put, upload + "?offset=0", "hello ")).Json["offset"]!);

        var lost = await Send(HttpMethod.Put, upload + "?offset=0", "hello ");
        Assert.Equal((HttpStatusCode.Conflict, "RESOURCE_CONFLICT"), (lost.Status, lost.ErrorCode));
        var head = await server.Send(new HttpRequestMessage(HttpMethod.Head, upload));
        Assert.Equal("6", head.Response.Headers.GetValues("Upload-Offset").Single());
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Put, upload + "?offset=6", "world")).Status);

        var wrong = await server.Post(upload + "/complete", """{"size": 12}""");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        var done = await server.Post(upload + "/complete", """{"size": 11, "sha256": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"}""");
        Assert.Equal("1/r/artifacts/big.bin", (string?)done.Json["path"]);
        Assert.Equal("hello world", (await server.Get(Proxy + "1/r/artifacts/big.bin")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get(upload)).Status);
    }

    [Fact]
    public async Task An_aborted_upload_is_gone()
    {
        var begun = await server.Post("/api/slipway/v1/uploads", """{"path": "1/x"}""");
        var upload = "/api/slipway/v1/uploads/" + (string)begun.Json["upload_id"]!;
        Assert.Equal("{}", (await server.Send(new HttpRequestMessage(HttpMethod.Delete, upload))).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await Send(HttpMethod.Put, upload + "?offset=0", "x")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(HttpMethod.Put, upload, "x")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Post("/api/slipway/v1/uploads", """{"path": "../x"}""")).Status);
    }

    [Fact]
    public async Task Mlflow_s_multipart_upload_works_as_its_client_does_it()
    {
        // The client sends its local path, of which only the base name counts, and takes each part's ETag from the answer.
        var begun = await server.Post("/api/2.0/mlflow-artifacts/mpu/create/1/r/artifacts/model", """{"path": "/home/me/weights.bin", "num_parts": 2}""");
        var credentials = begun.Json["credentials"]!.AsArray();
        Assert.Equal([1L, 2L], credentials.Select(credential => (long)credential!["part_number"]!));
        var parts = new JsonArray();
        foreach (var (credential, text) in credentials.Zip(["first ", "second"]).Reverse())
        {
            var url = (string)credential!["url"]!;
            var put = await Send(HttpMethod.Put, url, text);
            parts.Insert(0, new JsonObject { ["part_number"] = (long)credential["part_number"]!, ["etag"] = put.Response.Headers.ETag!.Tag, ["url"] = url });
        }
        var complete = new JsonObject { ["path"] = "/home/me/weights.bin", ["upload_id"] = (string)begun.Json["upload_id"]!, ["parts"] = parts };

        var elsewhere = await server.Post("/api/2.0/mlflow-artifacts/mpu/complete/2/other", complete.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, elsewhere.Status);
        var done = await server.Post("/api/2.0/mlflow-artifacts/mpu/complete/1/r/artifacts/model", complete.ToJsonString());
        Assert.Equal((HttpStatusCode.OK, "{}"), (done.Status, done.Body));
        Assert.Equal("first second", (await server.Get(Proxy + "1/r/artifacts/model/weights.bin")).Body);
    }

    [Fact]
    public async Task A_multipart_upload_with_a_missing_or_damaged_part_is_refused_and_can_be_aborted()
    {
        var begun = await server.Post("/api/2.0/mlflow-artifacts/mpu/create/1/a", """{"path": "f", "num_parts": 2}""");
        var id = (string)begun.Json["upload_id"]!;
        await Send(HttpMethod.Put, (string)begun.Json["credentials"]![0]!["url"]!, "first");
        string Complete(string parts) => $$"""{"path": "f", "upload_id": "{{id}}", "parts": {{parts}}}""";
        foreach (var parts in new[] { "[]", """[{"part_number": 1, "etag": "x"}]""", """[{"part_number": 1}, {"part_number": 2}]""" })
            Assert.Equal(HttpStatusCode.BadRequest, (await server.Post("/api/2.0/mlflow-artifacts/mpu/complete/1/a", Complete(parts))).Status);
        Assert.Equal("{}", (await server.Post("/api/2.0/mlflow-artifacts/mpu/abort/1/a", $$"""{"path": "f", "upload_id": "{{id}}"}""")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Post("/api/2.0/mlflow-artifacts/mpu/abort/1/a", $$"""{"path": "f", "upload_id": "{{id}}"}""")).Status);
        foreach (var bad in new[] { "{}", "", "no json", """{"path": "f", "num_parts": 0}""", """{"path": "f", "num_parts": 10001}""", """{"num_parts": 1}""" })
            Assert.Equal(HttpStatusCode.BadRequest, (await server.Post("/api/2.0/mlflow-artifacts/mpu/create/1/a", bad)).Status);
    }

    [Fact]
    public async Task An_upload_id_with_a_nul_character_names_no_upload() =>
        Assert.Equal(HttpStatusCode.NotFound, (await server.Post("/api/2.0/mlflow-artifacts/mpu/complete/1/a", """{"path": "f", "upload_id": "a\u0000b"}""")).Status);

    [Fact]
    public async Task Presigned_addresses_are_not_offered()
    {
        Assert.Equal((HttpStatusCode.NotImplemented, "NOT_IMPLEMENTED"), ((await server.Get("/api/2.0/mlflow-artifacts/presigned/1/a")).Status, (await server.Get("/api/2.0/mlflow-artifacts/presigned/1/a")).ErrorCode));
        Assert.Equal(HttpStatusCode.NotImplemented, (await server.Post("/api/2.0/mlflow/artifacts/presigned-upload-url", "{}")).Status);
    }

    [Fact]
    public async Task A_client_that_breaks_off_leaves_no_file()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(server.Address);
        await using (var stream = tcp.GetStream())
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"PUT {Proxy}1/broken HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + new string('x', 200_000)));
            tcp.Client.Shutdown(SocketShutdown.Send);
            try
            {
                await stream.CopyToAsync(Stream.Null);
            }
            catch (IOException)
            {
                // A server that resets the connection has answered as well.
            }
        }
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get(Proxy + "1/broken")).Status);
        // A stop waits for the request that still tidies up behind its broken connection.
        await server.Server.Stop();
        if (Directory.Exists(Path.Combine(server.Data, "blobs"))) Assert.Empty(Directory.GetFiles(Path.Combine(server.Data, "blobs"), "*", SearchOption.AllDirectories));
    }

    private Task<Answer> Put(string path, string text) => Send(HttpMethod.Put, Proxy + path, text);

    private Task<Answer> Send(HttpMethod method, string path, string text) =>
        server.Send(new HttpRequestMessage(method, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) });

    private Task<Answer> Get(string path, string header, string value, params (string Name, string Value)[] more)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Proxy + path);
        foreach (var (name, text) in more.Prepend((header, value))) request.Headers.TryAddWithoutValidation(name, text);
        return server.Send(request);
    }

    /// <summary>HttpClient would tidy the path up: this sends it as it is.</summary>
    private async Task<int> Raw(string method, string target)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(server.Address);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"));
        var answer = await new StreamReader(stream).ReadToEndAsync();
        return int.Parse(answer.AsSpan(9, 3));
    }
}
