using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Events;
using Slipway.Server;
using Slipway.Tests.Server;

namespace Slipway.Tests.Events;

/// <summary>Heads in a second place: a file, a webhook, and what happens while it is away.</summary>
public sealed class AnchorFollowerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-anchor-").FullName;
    private readonly ManualClock clock = new();
    private readonly Anchor anchor;

    public AnchorFollowerTests() => anchor = Anchor.Open(folder);

    public void Dispose()
    {
        anchor.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_second_file_gets_every_head_once_also_across_restarts_and_torn_lines()
    {
        var path = Path.Combine(folder, "elsewhere", "heads.jsonl");
        Seal(1, 2);
        using (var follower = ToFile(path))
        {
            Assert.Equal(TimeSpan.FromSeconds(2), await follower.Carry(default)); // the disk is not there
            Assert.Equal(TimeSpan.FromSeconds(4), await follower.Carry(default));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Assert.Null(await follower.Carry(default));
            Seal(3);
            Assert.Null(await follower.Carry(default));
        }
        File.AppendAllText(path, "{\"seal\":4,\"posi");
        Seal(4);
        using (var again = ToFile(path)) Assert.Null(await again.Carry(default));
        var copied = File.ReadAllLines(path).Select(Anchor.Parse).OfType<AnchoredHead>().ToList();
        Assert.Equal([1L, 2, 3, 4], copied.Select(head => head.Seal));
        Assert.All(copied, head => Assert.True(anchor.Verifies(head)));
    }

    [Fact]
    public async Task The_wait_after_failures_doubles_up_to_ten_minutes()
    {
        using var follower = ToFile(Path.Combine(folder, "nowhere", "heads.jsonl"));
        Seal(1);
        var waits = new List<TimeSpan?>();
        for (var n = 0; n < 12; n++) waits.Add(await follower.Carry(default));
        Assert.Equal([2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600], waits.Select(wait => wait!.Value.TotalSeconds));
    }

    [Fact]
    public async Task A_webhook_gets_each_new_head_and_after_an_outage_what_it_missed()
    {
        Seal(1, 2, 3);
        var (answer, got) = (HttpStatusCode.OK, new List<AnchoredHead>());
        using var http = new HttpClient(new Fake(async request =>
        {
            if (answer is HttpStatusCode.OK) got.Add(JsonSerializer.Deserialize(await request.Content!.ReadAsStringAsync(), EventsJson.Default.AnchoredHead)!);
            return new HttpResponseMessage(answer);
        }));
        using (var follower = AnchorFollower.ToUrl(anchor, new Uri("https://audit.example.com/heads"), http, folder, clock, NullLogger<AnchorFollower>.Instance))
        {
            Assert.Null(await follower.Carry(default)); // a new webhook begins with the newest head
            answer = HttpStatusCode.ServiceUnavailable;
            Seal(4, 5);
            Assert.NotNull(await follower.Carry(default));
            answer = HttpStatusCode.OK;
            Assert.Null(await follower.Carry(default));
        }
        Seal(6);
        using (var again = AnchorFollower.ToUrl(anchor, new Uri("https://audit.example.com/heads"), http, folder, clock, NullLogger<AnchorFollower>.Instance))
            Assert.Null(await again.Carry(default));
        Assert.Equal([3L, 4, 5, 6], got.Select(head => head.Seal));
        Assert.All(got, head => Assert.True(anchor.Verifies(head)));
    }

    [Fact]
    public async Task A_server_carries_its_heads_to_the_second_file_that_its_options_name()
    {
        var (path, manual) = (Path.Combine(folder, "copy.jsonl"), new ManualClock());
        await using var server = await TestServer.Start(Slipway.Storage.Dialect.Sqlite, options => options with { Audit = new AuditOptions { AnchorFile = path } }, clock: manual);
        await server.Post("/api/2.0/mlflow/experiments/create", """{"name":"one"}""");
        while (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            manual.Advance(TimeSpan.FromSeconds(1));
            await server.Get("/health");
        }
        Assert.Equal(1, Anchor.Parse(File.ReadLines(path).First())!.Seal);
    }

    [Fact]
    public async Task A_server_posts_its_heads_to_the_webhook_that_its_options_name()
    {
        var (got, manual) = (new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously), new ManualClock());
        await using var elsewhere = await TestServer.Start(Slipway.Storage.Dialect.Sqlite, compose: parts => parts.Routes.Raw("POST", "/heads", Right.None, "Takes a head.", async (context, _) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            got.TrySetResult(await reader.ReadToEndAsync());
            return null;
        }));
        var url = new Uri(elsewhere.Http.BaseAddress!, "heads");
        await Assert.ThrowsAsync<ServerStartException>(() => TestServer.Start(options => options with { Audit = new AuditOptions { AnchorUrl = url } }));
        await using var server = await TestServer.Start(Slipway.Storage.Dialect.Sqlite, options => options with { Audit = new AuditOptions { AnchorUrl = url }, OutboundAllowPrivate = true }, clock: manual);
        await server.Post("/api/2.0/mlflow/experiments/create", """{"name":"one"}""");
        while (!got.Task.IsCompleted)
        {
            manual.Advance(TimeSpan.FromSeconds(1));
            await server.Get("/health");
        }
        Assert.Equal(1, JsonSerializer.Deserialize(await got.Task, EventsJson.Default.AnchoredHead)!.Seal);
    }

    private AnchorFollower ToFile(string path) => AnchorFollower.ToFile(anchor, path, clock, NullLogger<AnchorFollower>.Instance);

    private void Seal(params ReadOnlySpan<int> seals)
    {
        foreach (var seal in seals) anchor.Append(seal, seal, new byte[32], 0);
    }

    private sealed class Fake(Func<HttpRequestMessage, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request);
    }
}
