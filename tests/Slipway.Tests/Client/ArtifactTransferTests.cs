using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Slipway.Client;

namespace Slipway.Tests.Client;

public sealed class ArtifactTransferTests : IDisposable
{
    private const string Run = "0123456789abcdef0123456789abcdef";
    private readonly FakeServer server = new();
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-transfer-").FullName;

    public void Dispose()
    {
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_download_that_breaks_is_resumed_where_it_broke()
    {
        var content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i:000000}\n")));
        server.Answer = one =>
        {
            if (one.Method is not "GET" || !one.Path.Contains("mlflow-artifacts", StringComparison.Ordinal)) return null;
            var from = (int)(one.Request.Headers.Range?.Ranges.Single().From ?? 0);
            var to = Math.Min(content.Length, from + 300_000);
            var answer = new HttpResponseMessage(from > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK) { Content = new StreamContent(new Breaking(content[from..to], breaks: to < content.Length)) };
            answer.Headers.ETag = new EntityTagHeaderValue("\"one\"");
            return answer;
        };
        using var client = server.Client();
        var file = Path.Combine(folder, "big.txt");
        await client.Artifacts.DownloadAsync(Run, "big.txt", file);

        Assert.Equal(content, await File.ReadAllBytesAsync(file));
        var ranged = server.All.Where(one => one.Request.Headers.Range is not null).ToList();
        Assert.NotEmpty(ranged);
        Assert.All(ranged, one => Assert.Equal("\"one\"", one.Request.Headers.IfRange!.EntityTag!.Tag));
        Assert.Equal(["big.txt"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_download_begins_anew_when_the_artifact_changed_meanwhile()
    {
        var gets = 0;
        server.Answer = one =>
        {
            if (one.Method is not "GET" || !one.Path.Contains("mlflow-artifacts", StringComparison.Ordinal)) return null;
            var first = ++gets == 1;
            var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new Breaking(Encoding.ASCII.GetBytes(first ? "old old old" : "new"), breaks: first)) };
            answer.Headers.ETag = new EntityTagHeaderValue(first ? "\"one\"" : "\"two\"");
            return answer;
        };
        using var client = server.Client();
        var file = Path.Combine(folder, "a.txt");
        await client.Artifacts.DownloadAsync(Run, "a.txt", file);
        Assert.Equal("new", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task An_upload_is_sent_whole_again_after_a_try_that_failed()
    {
        var puts = 0;
        server.Answer = one => one.Method is "PUT" && ++puts == 1 ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        using var client = server.Client();
        using var content = new MemoryStream("skipped;whole"u8.ToArray()) { Position = 8 };
        await client.Artifacts.UploadAsync(Run, content, "notes/größe 1.txt");

        var sent = server.All.Where(one => one.Method is "PUT").ToList();
        Assert.Equal(["whole", "whole"], sent.Select(one => one.Body));
        Assert.EndsWith($"/api/2.0/mlflow-artifacts/artifacts/7/{Run}/artifacts/notes/gr%C3%B6%C3%9Fe%201.txt", sent[0].Path, StringComparison.Ordinal);
        Assert.True(content.CanRead);
    }

    [Theory]
    [InlineData("../up.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("..\\up.txt")]
    public async Task A_path_that_leads_elsewhere_is_a_mistake_of_the_program(string path)
    {
        using var client = server.Client();
        using var content = new MemoryStream();
        await Assert.ThrowsAsync<ArgumentException>(() => client.Artifacts.UploadAsync(Run, content, path));
        Assert.DoesNotContain(server.All, one => one.Method is "PUT");
    }

    [Fact]
    public async Task A_hostile_listing_writes_nothing_outside_the_folder()
    {
        server.Answer = one => one.Path.EndsWith("/artifacts/list", StringComparison.Ordinal) ? FakeServer.Say(HttpStatusCode.OK, """{"files":[{"path":"../escaped.txt","is_dir":false,"file_size":3}]}""") : null;
        using var client = server.Client();
        var inner = Path.Combine(folder, "inner");
        await Assert.ThrowsAsync<SlipwayException>(() => client.Artifacts.DownloadFolderAsync(Run, null, inner));
        Assert.False(File.Exists(Path.Combine(folder, "escaped.txt")));
    }

    [Fact]
    public async Task Artifacts_outside_the_servers_own_store_are_named_as_such()
    {
        server.Answer = one => one.Path.EndsWith("/runs/get", StringComparison.Ordinal) ? FakeServer.Say(HttpStatusCode.OK, """{"run":{"info":{"run_id":"x","artifact_uri":"s3://bucket/x"}}}""") : null;
        using var client = server.Client();
        var failure = await Assert.ThrowsAsync<SlipwayException>(() => client.Artifacts.OpenAsync("x", "a.txt"));
        Assert.Contains("s3://bucket/x", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Gives what it has, then breaks as a lost connection does.</summary>
    private sealed class Breaking(byte[] content, bool breaks) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            breaks && Position == Length ? ValueTask.FromException<int>(new IOException("The connection was lost.")) : base.ReadAsync(buffer, cancellationToken);
    }
}
