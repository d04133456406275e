using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Slipway.Cli;
using Slipway.Cli.Relay;
using static Slipway.Tests.Cli.Relay.RelayFixture;

namespace Slipway.Tests.Cli.Relay;

/// <summary>Limits, hostile requests, credentials and damage.</summary>
public sealed class RelayEdgeTests : IAsyncLifetime
{
    private readonly RelayFixture world = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Theory]
    [InlineData("/api/2.0/mlflow-artifacts/artifacts/../../../etc/passwd")]
    [InlineData("/api/2.0/mlflow-artifacts/artifacts/a/%2e%2e/b")]
    [InlineData("/api/2.0/mlflow-artifacts/artifacts/a%2F..%2Fb")]
    [InlineData("/api/2.0/mlflow-artifacts/artifacts/a/%252e%252e/b")]
    [InlineData("/api/2.0/mlflow-artifacts/artifacts/a%00b")]
    [InlineData("/api/2.0/mlflow-artifacts/artifacts//etc")]
    public async Task A_path_that_leads_elsewhere_is_refused_and_nothing_is_kept(string path)
    {
        await world.StartRelay();
        Assert.Equal(HttpStatusCode.BadRequest, (await world.Put(path, [1])).Status);
        Assert.Equal(0, world.Relay.Pending);
    }

    [Theory]
    [InlineData("runs/create", "not json")]
    [InlineData("runs/create", "[]")]
    [InlineData("runs/create", """{"run_id":7}""")]
    [InlineData("runs/create", """{"run_id":"../../x"}""")]
    [InlineData("runs/create", """{"experiment_id":"../x"}""")]
    [InlineData("runs/log-batch", """{"run_id":"x","metrics":[{"key":"a","value":NaN}]}""")]
    [InlineData("runs/log-metric", """{"key":"a","value":1}""")]
    [InlineData("runs/log-batch", "")]
    [InlineData("experiments/create", "{}")]
    [InlineData("experiments/create", """{"name":"Default"}""")]
    [InlineData("logged-models", """{"model_id":"x","experiment_id":"0"}""")]
    public async Task What_no_server_would_take_is_refused_at_once(string route, string body)
    {
        await world.StartRelay();
        Assert.Equal(HttpStatusCode.BadRequest, (await world.Post(Api + route, body)).Status);
        Assert.Equal(0, world.Relay.Pending);
    }

    [Fact]
    public async Task A_body_that_is_not_UTF8_is_refused()
    {
        await world.StartRelay();
        Assert.Equal(HttpStatusCode.BadRequest, (await world.Send(HttpMethod.Post, world.Relay.Url, Api + "runs/set-tag", new ByteArrayContent([(byte)'{', 0xFF, 0xFE, (byte)'}']))).Status);
    }

    [Fact]
    public async Task A_full_folder_refuses_what_it_cannot_keep_and_keeps_what_it_has()
    {
        await world.StartRelay(options => options with { BytesMax = 300_000 });
        var (run, root) = await world.NewRun();
        var path = "/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..];
        Assert.Equal(HttpStatusCode.OK, (await world.Put(path + "/a", new byte[150_000])).Status);
        var refused = await world.Put(path + "/b", new byte[250_000]);
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.Status);
        Assert.Contains("--max-bytes", refused.Message, StringComparison.Ordinal);
        var text = new string('x', 8_000);
        HttpStatusCode last;
        var taken = 0;
        for (; (last = (await world.Post(Api + "runs/set-tag", $$"""{"run_id":"{{run}}","key":"t{{taken}}","value":"{{text}}"}""")).Status) == HttpStatusCode.OK; taken++) Assert.InRange(taken, 0, 40);
        Assert.Equal(HttpStatusCode.InsufficientStorage, last);
        await world.StartServer();
        await world.Delivered();
        Assert.Equal(text, (string)Value((await world.Direct($"{Api}runs/get?run_id={run}")).Json, "tags", $"t{taken - 1}")!);
        Assert.Equal(HttpStatusCode.OK, (await world.Put(path + "/b", new byte[250_000])).Status); // its room is free again, or it needs none
        Assert.Equal(HttpStatusCode.OK, (await world.Put(path + "/c", new byte[900_000])).Status);
    }

    [Fact]
    public async Task A_page_of_another_site_is_refused()
    {
        await world.StartRelay();
        var origin = await world.Send(HttpMethod.Post, world.Relay.Url, Api + "runs/create", new StringContent("{}"), request => request.Headers.Add("Origin", "https://evil.example"));
        var rebound = await world.Send(HttpMethod.Get, world.Relay.Url, Api + "experiments/get?experiment_id=0", null, request => request.Headers.Host = "evil.example");
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (origin.Status, rebound.Status));
    }

    [Fact]
    public async Task Credentials_are_passed_on_kept_apart_and_never_written()
    {
        await world.StartRelay();
        void As(HttpRequestMessage request, string who) => request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(who)));
        var made = await world.Send(HttpMethod.Post, world.Relay.Url, Api + "runs/create", new StringContent("{}", Encoding.UTF8, "application/json"), request => As(request, "ada:correct-horse"));
        var run = (string)made.Json["run"]!["info"]!["run_id"]!;
        Assert.Equal(HttpStatusCode.OK, (await world.Send(HttpMethod.Get, world.Relay.Url, $"{Api}runs/get?run_id={run}", null, request => As(request, "ada:correct-horse"))).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.Send(HttpMethod.Get, world.Relay.Url, $"{Api}runs/get?run_id={run}", null, request => As(request, "bob:correct-horse"))).Status);
        await world.StopRelay();
        foreach (var file in Directory.EnumerateFiles(world.Data, "*", SearchOption.AllDirectories))
        {
            var text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            Assert.DoesNotContain("correct-horse", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String("ada:correct-horse"u8), text, StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.GetDirectoryName(file)!) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute));
        }

        // Started anew, what waits goes when its owner speaks again, and not before.
        await world.StartServer();
        await world.StartRelay();
        await world.Post(Api + "runs/create", "{}");
        Assert.Equal(1, world.Relay.Pending);
        await world.Send(HttpMethod.Get, world.Relay.Url, Api + "experiments/get?experiment_id=0", null, request => As(request, "ada:correct-horse"));
        await world.Delivered();
        Assert.Equal(HttpStatusCode.OK, (await world.Direct($"{Api}runs/get?run_id={run}")).Status);
    }

    [Fact]
    public async Task Damage_is_told_and_what_stands_around_it_arrives()
    {
        await world.StartRelay();
        var (first, _) = await world.NewRun();
        await world.StopRelay();
        await world.StartRelay();
        var (second, _) = await world.NewRun();
        var (third, _) = await world.NewRun();
        await world.StopRelay();
        var lane = Assert.Single(RelayFolder.Lanes(world.Data));
        var file = Directory.EnumerateFiles(lane, "*.spool").Order(StringComparer.Ordinal).First(path => new FileInfo(path).Length > 0 && File.ReadAllText(path).Contains(third, StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^3] ^= 0x40;
        await File.WriteAllBytesAsync(file, bytes);
        await world.StartRelay();
        var (fourth, _) = await world.NewRun();
        await world.StartServer();
        await world.Delivered();
        foreach (var run in (string[])[first, second, fourth]) Assert.Equal(HttpStatusCode.OK, (await world.Direct($"{Api}runs/get?run_id={run}")).Status);
        Assert.Contains("cannot be read", Assert.Single(RelayStatus.Read(world.Data, 0).Refused).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_spool_that_is_cut_at_any_byte_gives_what_stands_before_it()
    {
        await world.StartRelay();
        for (var i = 0; i < 3; i++) await world.NewRun();
        await world.StopRelay();
        var lane = Assert.Single(RelayFolder.Lanes(world.Data));
        var file = Directory.EnumerateFiles(lane, "*.spool").Single(path => new FileInfo(path).Length > 0);
        var whole = await File.ReadAllBytesAsync(file);
        var copy = Directory.CreateTempSubdirectory("slipway-spool-").FullName;
        try
        {
            var ends = new List<int>();
            for (var at = 0; at < whole.Length; ends.Add(at)) at += SpoolFormat.FrameBytes + BitConverter.ToInt32(whole, at);
            for (var length = 0; length <= whole.Length; length++)
            {
                foreach (var old in Directory.EnumerateFiles(copy)) File.Delete(old);
                await File.WriteAllBytesAsync(Path.Combine(copy, "000001.spool"), whole[..length]);
                var (waits, damaged) = (0, 0);
                using (Spool.Open(copy, new SpoolBudget(1 << 20), _ => waits++, (_, _, _) => damaged++)) { }
                Assert.Equal((ends.Count(end => end <= length), 0), (waits, damaged));
            }
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task A_server_that_takes_requests_and_never_answers_stops_nobody()
    {
        var stalled = new TcpListener(IPAddress.Loopback, world.ServerUrl.Port);
        stalled.Start();
        await world.StartRelay(options => options with { AnswerWithin = TimeSpan.FromMilliseconds(300) });
        var (run, _) = await world.NewRun();
        Assert.Equal(HttpStatusCode.OK, (await world.Post(Api + "runs/set-tag", $$"""{"run_id":"{{run}}","key":"t","value":"1"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.Get($"{Api}runs/get?run_id={run}")).Status);
        stalled.Dispose();
        await world.StartServer();
        await world.Delivered();
        Assert.Equal("1", (string)Value((await world.Direct($"{Api}runs/get?run_id={run}")).Json, "tags", "t")!);
    }

    [Fact]
    public async Task Something_else_at_the_servers_address_takes_nothing_away()
    {
        string run;
        using (var other = new HttpListener())
        {
            other.Prefixes.Add(world.ServerUrl.ToString());
            other.Start();
            _ = Answer(other, "text/html", "<html>Sign in to the network</html>");
            await world.StartRelay();
            (run, _) = await world.NewRun();
            Assert.Equal(1, world.Relay.Pending);
        }
        await world.StartServer();
        await world.Delivered();
        Assert.Equal(HttpStatusCode.OK, (await world.Direct($"{Api}runs/get?run_id={run}")).Status);
        Assert.Equal(0, RelayStatus.Read(world.Data, 0).RefusedCount);
    }

    private static async Task Answer(HttpListener server, string type, string body)
    {
        try
        {
            while (server.IsListening)
            {
                var context = await server.GetContextAsync();
                context.Response.ContentType = type;
                context.Response.OutputStream.Write(Encoding.UTF8.GetBytes(body));
                context.Response.Close();
            }
        }
        catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // It was stopped.
        }
    }

    [Fact]
    public async Task A_relay_that_forwards_to_itself_says_so()
    {
        await world.StartRelay(options => options with { Server = world.ServerUrl, Listen = world.ServerUrl });
        var made = await world.Get("/api/2.0/mlflow/registered-models/search");
        Assert.Equal((HttpStatusCode)508, made.Status);
        Assert.Contains("--server", made.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_relays_do_not_share_a_folder()
    {
        await world.StartRelay();
        var failure = await Assert.ThrowsAsync<CommandFailure>(() => RelayServer.Start(world.Options, TimeProvider.System, _ => { }, CancellationToken.None));
        Assert.Equal(ExitCode.Refused, failure.Code);
    }

    [Fact]
    public async Task Many_clients_at_once_lose_nothing_while_the_server_goes_and_comes()
    {
        await world.StartServer();
        await world.StartRelay();
        var (run, _) = await world.NewRun();
        var clients = Enumerable.Range(0, 8).Select(async client =>
        {
            for (var step = 0; step < 60; step++)
                Assert.Equal(HttpStatusCode.OK, (await world.Post(Api + "runs/log-metric", $$"""{"run_id":"{{run}}","key":"m{{client}}","value":{{step}},"timestamp":{{step}},"step":{{step}}}""")).Status);
        }).ToList();
        for (var i = 0; i < 2; i++)
        {
            await world.StopServer();
            await world.StartServer();
        }
        await Task.WhenAll(clients);
        await world.Delivered();
        for (var client = 0; client < 8; client++)
            Assert.Equal(60, (await world.Direct($"{Api}metrics/get-history?run_id={run}&metric_key=m{client}&max_results=1000")).Json["metrics"]!.AsArray().Count);
        Assert.Equal(0, RelayStatus.Read(world.Data, 0).RefusedCount);
    }
}
