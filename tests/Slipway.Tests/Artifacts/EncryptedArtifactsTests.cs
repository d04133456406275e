using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Slipway.Access;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Artifacts;

public sealed class EncryptedArtifactsOnSqlite() : EncryptedArtifactsTests(Dialect.Sqlite);

public sealed class EncryptedArtifactsOnPostgres() : EncryptedArtifactsTests(Dialect.Postgres);

/// <summary>Artifacts that are encrypted at rest, through the same routes as any other.</summary>
public abstract class EncryptedArtifactsTests(Dialect dialect)
{
    private const string Files = "/api/2.0/mlflow-artifacts/artifacts/";

    private static readonly string Content = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"line {i}\n"));

    [Fact]
    public async Task The_store_holds_nothing_readable_and_clients_notice_nothing()
    {
        await using var server = await Start();
        await Put(server, "a/big.txt", Content);
        await Put(server, "empty", "");
        Assert.DoesNotContain(Stored(server), static blob => blob.AsSpan().IndexOf("line 1"u8) >= 0);
        var whole = await server.Get(Files + "a/big.txt");
        Assert.Equal(Content, whole.Body);
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Content)))}\"", whole.Response.Headers.ETag?.Tag);
        Assert.Equal("", (await server.Get(Files + "empty")).Body);
        Assert.Contains($"\"file_size\":{Content.Length}", (await server.Get("/api/2.0/mlflow-artifacts/artifacts?path=a")).Body);
    }

    [Fact]
    public async Task Ranges_are_those_of_the_content()
    {
        await using var server = await Start();
        await Put(server, "big.txt", Content);
        foreach (var (from, to) in new (int?, int?)[] { (0, 9), (65_530, 65_545), (131_072, 131_072), (Content.Length - 5, null), (null, 100_000), (1_000, 150_000) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Files + "big.txt") { Headers = { Range = new RangeHeaderValue(from, to) } };
            var answer = await server.Send(request);
            var begin = from ?? Content.Length - to!.Value;
            Assert.Equal(HttpStatusCode.PartialContent, answer.Status);
            Assert.Equal(Content[begin..(from is null || to is null ? Content.Length : to.Value + 1)], answer.Body);
        }
    }

    [Fact]
    public async Task Uploads_in_parts_are_encrypted_part_by_part_and_whole()
    {
        await using var server = await Start();
        var id = (string)(await server.Post("/api/slipway/v1/uploads", """{"path":"joined.txt"}""")).Json["upload_id"]!;
        foreach (var (from, to) in new[] { (0, 70_000), (70_000, 70_001), (70_001, Content.Length) })
        {
            using var part = new HttpRequestMessage(HttpMethod.Put, $"/api/slipway/v1/uploads/{id}?offset={from}") { Content = new StringContent(Content[from..to]) };
            Assert.Equal(HttpStatusCode.OK, (await server.Send(part)).Status);
        }
        var sha = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Content)));
        var done = await server.Post($"/api/slipway/v1/uploads/{id}/complete", $$"""{"size":{{Content.Length}},"sha256":"{{sha}}"}""");
        Assert.Equal((HttpStatusCode.OK, sha), (done.Status, (string?)done.Json["sha256"]));
        Assert.Equal(Content, (await server.Get(Files + "joined.txt")).Body);
        Assert.DoesNotContain(Stored(server), static blob => blob.AsSpan().IndexOf("line 1"u8) >= 0);
    }

    [Fact]
    public async Task Switching_it_changes_what_comes_and_everything_stays_readable()
    {
        await using var server = await TestServer.Start(dialect);
        await Put(server, "before", Content);
        await Switch(server, true);
        await Put(server, "during", Content);
        await Switch(server, false);
        await Put(server, "after", Content);
        Assert.Equal(2, Stored(server).Count(static blob => blob.AsSpan().IndexOf("line 1"u8) >= 0));
        foreach (var name in new[] { "before", "during", "after" }) Assert.Equal(Content, (await server.Get(Files + name)).Body);
    }

    [Fact]
    public async Task A_damaged_blob_is_an_error_and_never_wrong_bytes()
    {
        await using var server = await Start();
        await Put(server, "small", "precious");
        var path = Assert.Single(Directory.GetFiles(Path.Combine(server.Data, "blobs"), "*", SearchOption.AllDirectories));
        var bytes = File.ReadAllBytes(path);
        bytes[3] ^= 1;
        File.WriteAllBytes(path, bytes);
        var answer = await server.Get(Files + "small");
        Assert.Equal((HttpStatusCode.InternalServerError, "DATA_LOSS"), (answer.Status, answer.ErrorCode));
        Assert.Contains("Restore it from a backup", answer.Message);
    }

    [Fact]
    public async Task Damage_that_is_met_half_way_breaks_the_answer_off()
    {
        await using var server = await Start();
        await Put(server, "big", Content);
        var path = Assert.Single(Directory.GetFiles(Path.Combine(server.Data, "blobs"), "*", SearchOption.AllDirectories));
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => server.Get(Files + "big"));
        using var request = new HttpRequestMessage(HttpMethod.Get, Files + "big") { Headers = { Range = new RangeHeaderValue(0, 1_000) } };
        Assert.Equal(Content[..1_001], (await server.Send(request)).Body);
    }

    [Fact]
    public async Task A_backup_restores_with_the_key_and_without_it_only_what_is_not_encrypted()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-restored-").FullName;
        try
        {
            var backup = Path.Combine(folder, "all.backup");
            string key;
            await using (var server = await TestServer.Start(dialect))
            {
                await Put(server, "plain", "for everybody");
                await Switch(server, true);
                await Put(server, "closed", Content);
                await File.WriteAllBytesAsync(backup, await server.Http.GetByteArrayAsync("/api/slipway/v1/backup"));
                key = File.ReadAllText(Path.Combine(server.Data, SecretKeys.FileName));
            }
            Assert.Equal(-1, File.ReadAllBytes(backup).AsSpan().IndexOf("line 1"u8));
            var options = new ServerOptions { Urls = ["http://127.0.0.1:0"], Data = Path.Combine(folder, "data") };
            Assert.Null((await Installation.Restore(options, backup, null, default)).Problem);
            await using (var without = await SlipwayServer.Start(options, TimeProvider.System, static _ => { }, null, Right.All, default))
            using (var http = new HttpClient { BaseAddress = new Uri(without.Urls[0]) })
            {
                Assert.Equal("for everybody", await http.GetStringAsync(Files + "plain"));
                var refused = await http.GetAsync(Files + "closed");
                Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
                Assert.Contains("secrets.keyFile", await refused.Content.ReadAsStringAsync());
            }
            File.AppendAllText(Path.Combine(options.Data, SecretKeys.FileName), key);
            await using var with = await SlipwayServer.Start(options, TimeProvider.System, static _ => { }, null, Right.All, default);
            using var client = new HttpClient { BaseAddress = new Uri(with.Urls[0]) };
            Assert.Equal(Content, await client.GetStringAsync(Files + "closed"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<TestServer> Start() => TestServer.Start(dialect, static options => options with { EncryptArtifacts = true });

    private static async Task Switch(TestServer server, bool on)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, "/api/3.0/mlflow/workspaces/default") { Content = new StringContent($$"""{"encrypt_artifacts":{{(on ? "true" : "false")}}}""", Encoding.UTF8, "application/json") };
        var answer = await server.Send(request);
        Assert.Equal(on, (bool?)answer.Json["workspace"]!["encrypt_artifacts"] ?? false);
    }

    private static async Task Put(TestServer server, string path, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, Files + path) { Content = new StringContent(text) };
        var answer = await server.Send(request);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Body);
    }

    private static IEnumerable<byte[]> Stored(TestServer server) => Directory.GetFiles(Path.Combine(server.Data, "blobs"), "*", SearchOption.AllDirectories).Select(File.ReadAllBytes);
}
