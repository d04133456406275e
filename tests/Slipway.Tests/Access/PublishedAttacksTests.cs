using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>
/// Published attacks on servers of this kind, rebuilt by their kind: the requests are ours, and not every one was compared with its report. docs/security.md lists what prevents each.
/// </summary>
public sealed class PublishedAttacksTests : IDisposable
{
    private const string Marker = "only-on-the-server's-disk-7f3a";

    private readonly string outside = Directory.CreateTempSubdirectory("slipway-outside-").FullName;

    public PublishedAttacksTests() => File.WriteAllText(Secret, Marker);

    private string Secret => Path.Combine(outside, "secret.txt");

    public void Dispose() => Directory.Delete(outside, recursive: true);

    /// <summary>Locations by which an artifact root was made to point into the server's disk.</summary>
    public static TheoryData<string, string> Locations => new()
    {
        { "CVE-2023-1177", "file://{outside}" },
        { "CVE-2023-2356", "mlflow-artifacts:/../../../../../../../..{outside}" },
        { "CVE-2023-2780", @"file:///\..\..\..\..\..\..{outside}" },
        { "CVE-2023-3765", "{outside}" },
        { "CVE-2023-6753", "C:/../../../../../..{outside}" },
        { "CVE-2023-6909", "http:///#/../../../../../../../..{outside}" },
        { "CVE-2023-6977", "file://localhost{outside}" },
        { "CVE-2024-1483", "http:///?/../../../../../../../..{outside}" },
        { "CVE-2024-1558", "mlflow-artifacts:/x/%2e%2e/%2e%2e/%2e%2e/%2e%2e{outside}" },
        { "CVE-2024-1593", "http:///;/../../../../../../../..{outside}" },
        { "CVE-2024-1594", "http:///#/../../../../../../../..{outside}?" },
        { "CVE-2024-2928", "mlflow-artifacts:/#/../../../../../../../..{outside}" },
        { "CVE-2024-3573", "FILE://{outside}" },
        { "CVE-2024-3848", "mlflow-artifacts:/x#/../../../../../../../..{outside}" },
        { "CVE-2024-8859", "dbfs:/..{outside}" },
    };

    [Theory]
    [MemberData(nameof(Locations))]
    public async Task A_location_never_reaches_the_servers_disk(string number, string location)
    {
        await using var server = await TestServer.Start();
        location = location.Replace("{outside}", outside, StringComparison.Ordinal);
        var made = await server.Post("/api/2.0/mlflow/experiments/create", new JsonObject { ["name"] = number, ["artifact_location"] = location }.ToJsonString());
        if (made.Status == HttpStatusCode.OK)
        {
            var run = await server.Post("/api/2.0/mlflow/runs/create", new JsonObject { ["experiment_id"] = (string)made.Json["experiment_id"]! }.ToJsonString());
            var info = run.Json["run"]!["info"]!;
            var id = (string)info["run_id"]!;
            foreach (var path in new[] { "secret.txt", "../secret.txt", "../../secret.txt", "%2e%2e/%2e%2e/secret.txt", "%252e%252e/secret.txt" })
            {
                await MustNotTell(await server.Get($"/get-artifact?path={path}&run_uuid={id}"));
                await MustNotTell(await server.Get($"/api/2.0/mlflow/artifacts/list?run_id={id}&path={path}"));
            }
            await MustNotTell(await server.Get("/api/2.0/mlflow/artifacts/list?run_id=" + id), "secret.txt");
            await server.Send(new HttpRequestMessage(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={id}&path=secret.txt") { Content = new StringContent("overwritten") });
        }
        Assert.Equal(Marker, await File.ReadAllTextAsync(Secret));
        Assert.Equal(["secret.txt"], Directory.GetFileSystemEntries(outside).Select(Path.GetFileName));
    }

    /// <summary>Paths by which the artifact proxy was made to read, write or delete elsewhere.</summary>
    public static TheoryData<string, string> Paths => new()
    {
        { "CVE-2023-6015", "/../../../../../../../../{outside}" },
        { "CVE-2023-6018", "%2f..%2f..%2f..%2f..%2f..%2f..%2f{encoded}" },
        { "CVE-2023-6831", "%2E%2E%2F%2E%2E%2F%2E%2E%2F%2E%2E%2F{encoded}" },
        { "CVE-2023-6975", "..%5C..%5C..%5C..%5C{encoded}" },
        { "CVE-2023-6976", "C:%2f..%2f..{encoded}" },
        { "CVE-2024-1560", "%252E%252E%252F%252E%252E%252F%252E%252E%252F{encoded}" },
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task The_proxy_reads_writes_and_deletes_nothing_outside(string number, string path)
    {
        await using var server = await TestServer.Start();
        path = path.Replace("{outside}", outside, StringComparison.Ordinal).Replace("{encoded}", Uri.EscapeDataString(outside.TrimStart('/')), StringComparison.Ordinal);
        foreach (var method in new[] { "GET", "PUT", "DELETE" })
            foreach (var file in new[] { "", "/secret.txt" })
            {
                var answer = await Raw(server, method, "/api/2.0/mlflow-artifacts/artifacts/" + path + file, method == "PUT" ? "overwritten" : "");
                Assert.DoesNotContain(Marker, answer, StringComparison.Ordinal);
                if (method != "DELETE") Assert.True(answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), $"{number} {method}: {answer}");
            }
        Assert.Equal(Marker, await File.ReadAllTextAsync(Secret));
    }

    [Fact]
    public async Task CVE_2023_6974_and_CVE_2024_4642_an_artifact_address_makes_the_server_call_nobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var inside = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/redirect";
        await using var server = await TestServer.Start();
        var made = await server.Post("/api/2.0/mlflow/experiments/create", new JsonObject { ["name"] = "x", ["artifact_location"] = inside }.ToJsonString());
        var run = (string)(await server.Post("/api/2.0/mlflow/runs/create", new JsonObject { ["experiment_id"] = (string)made.Json["experiment_id"]! }.ToJsonString())).Json["run"]!["info"]!["run_id"]!;
        await server.Get("/api/2.0/mlflow/artifacts/list?run_id=" + run);
        await server.Get($"/get-artifact?path=a.txt&run_uuid={run}");
        // CVE-2023-6570 asked a server to fetch an address of the caller's choice; no route takes one.
        await server.Get("/proxy?url=" + Uri.EscapeDataString(inside));
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task CVE_2023_6568_and_CVE_2023_6571_nothing_of_a_request_comes_back_as_a_page()
    {
        await using var server = await TestServer.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/2.0/mlflow/users/create") { Content = new ByteArrayContent([1]) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "<script>alert(1)</script>");
        foreach (var answer in new[] { await server.Send(request), await server.Get("/%3Cscript%3Ealert(1)%3C/script%3E"), await server.Get("/signin?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E") })
        {
            Assert.NotEqual("text/html", answer.Response.Content.Headers.ContentType?.MediaType);
            Assert.Equal("nosniff", answer.Response.Headers.GetValues("X-Content-Type-Options").Single());
        }
    }

    [Fact]
    public async Task CVE_2024_27132_and_CVE_2024_27133_stored_html_runs_nothing()
    {
        await using var server = await TestServer.Start();
        var page = new HttpRequestMessage(HttpMethod.Put, "/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/card.html") { Content = new StringContent("<script>fetch('/')</script>", Encoding.UTF8, "text/html") };
        Assert.Equal(HttpStatusCode.OK, (await server.Send(page)).Status);
        var stored = await server.Get("/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/card.html");
        Assert.Equal("attachment", stored.Response.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Contains("sandbox", stored.Response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", stored.Response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("CVE-2024-37052")]
    [InlineData("CVE-2024-37060")]
    public async Task A_stored_pickle_is_never_loaded(string number)
    {
        await using var server = await TestServer.Start();
        var trace = Path.Combine(outside, number);
        // What a pickle looks like that runs `touch TRACE` when it is loaded (protocol 0).
        var pickle = Encoding.ASCII.GetBytes($"cposix\nsystem\n(S'touch {trace}'\ntR.");
        foreach (var name in new[] { "model.pkl", "python_model.pkl", "model.joblib", "recipe.yaml" })
            Assert.Equal(HttpStatusCode.OK, (await server.Send(new HttpRequestMessage(HttpMethod.Put, "/api/2.0/mlflow-artifacts/artifacts/0/m/artifacts/" + name) { Content = new ByteArrayContent(pickle) })).Status);
        await server.Post("/api/2.0/mlflow/logged-models", """{"experiment_id":"0","name":"m"}""");
        await server.Get("/api/2.0/mlflow-artifacts/artifacts/0/m/artifacts/model.pkl");
        Assert.False(File.Exists(trace));
    }

    [Fact]
    public async Task Archives_are_stored_as_they_are_and_never_unpacked()
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = archive.CreateEntry("../../../../../../../.." + Secret).Open()) entry.Write("slipped"u8);
        await using var server = await TestServer.Start();
        const string Path = "/api/2.0/mlflow-artifacts/artifacts/0/m/artifacts/model.zip";
        Assert.Equal(HttpStatusCode.OK, (await server.Send(new HttpRequestMessage(HttpMethod.Put, Path) { Content = new ByteArrayContent(zip.ToArray()) })).Status);
        Assert.Equal(zip.ToArray(), await server.Http.GetByteArrayAsync(Path));
        Assert.Equal(Marker, await File.ReadAllTextAsync(Secret));
    }

    [Fact]
    public async Task CVE_2025_14279_a_rebound_name_reaches_nothing()
    {
        await using var server = await TestServer.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/2.0/mlflow/experiments/search") { Content = new StringContent("""{"max_results":5}""", Encoding.UTF8, "application/json") };
        request.Headers.Host = "rebound.evil.example";
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Send(request)).Status);
    }

    [Fact]
    public async Task CVE_2025_0453_there_is_no_graphql_to_exhaust()
    {
        await using var server = await TestServer.Start();
        Assert.Equal("ENDPOINT_NOT_FOUND", (await server.Post("/graphql", """{"query":"{a}"}""")).ErrorCode);
        Assert.Equal("ENDPOINT_NOT_FOUND", (await server.Post("/ajax-api/2.0/mlflow/graphql", """{"query":"{a}"}""")).ErrorCode);
    }

    [Fact]
    public async Task CVE_2026_2635_no_password_is_known_before_somebody_chose_it()
    {
        await using var access = await AccessServer.WithoutAdministrator(Dialect.Sqlite);
        foreach (var (name, password) in new[] { ("admin", "password1234"), ("admin", "password"), ("admin", "admin"), ("airflow", "airflow"), ("user@example.com", "12341234"), ("minio", "minio123"), ("root", ""), ("", "") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/slipway/v1/access/me");
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
            Assert.Equal(HttpStatusCode.Unauthorized, (await access.Server.Send(request)).Status);
        }
    }

    [Fact]
    public async Task CVE_2023_6014_CVE_2025_1473_and_CVE_2025_1474_nobody_makes_an_account_for_himself_or_by_somebody_elses_browser_or_without_a_password()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        foreach (var path in new[] { "/api/2.0/mlflow/users/create", "/ajax-api/2.0/mlflow/users/create", "/API/2.0/mlflow/users/create" })
            Assert.NotEqual(HttpStatusCode.OK, (await access.As(null, "POST", path, """{"username":"eve","password":"a password of mine"}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await access.As(null, "GET", "/signup")).Status);
        using var form = new HttpRequestMessage(HttpMethod.Post, "/api/2.0/mlflow/users/create-ui") { Content = new FormUrlEncodedContent([new("username", "eve"), new("password", "a password of mine")]) };
        form.Headers.Add("Origin", "https://evil.example");
        Assert.NotEqual(HttpStatusCode.OK, (await access.Server.Send(form)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "POST", "/api/2.0/mlflow/users/create", """{"username":"eve","password":""}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await access.As("root", "GET", "/api/2.0/mlflow/users/get?username=eve")).Status);
    }

    [Fact]
    public async Task CVE_2024_4263_who_may_edit_may_not_delete_artifacts()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        await access.Person("ann", ["viewer"]);
        var experiment = await access.Experiment("root", "e");
        await access.Grant("ann", experiment, "edit");
        var path = $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/r/artifacts/f.txt";
        AccessServer.Ok(await access.As("ann", "PUT", path, "content"));
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "DELETE", path)).Status);
        await access.Grant("ann", experiment, "manage");
        AccessServer.Ok(await access.As("ann", "DELETE", path));
    }

    [Fact]
    public async Task CVE_2020_13927_and_CVE_2021_38540_no_route_answers_without_asking_who_comes()
    {
        // AuthorizationMatrixTests walks them all; here the start: a port that others reach needs people, or an explicit word.
        var refused = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.Start(static options => options with { Urls = ["http://0.0.0.0:0"] }));
        Assert.Contains("access.mode", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CVE_2020_17526_a_session_of_one_installation_is_none_of_another()
    {
        await using var one = await AccessServer.Start(Dialect.Sqlite);
        await using var other = await AccessServer.Start(Dialect.Sqlite);
        var signed = await one.Server.Send(new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent([new("name", "root"), new("password", AccessServer.Password)]) });
        var cookie = signed.Response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        async Task<HttpStatusCode> Status(AccessServer at)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/slipway/v1/access/me");
            request.Headers.Add("Cookie", cookie);
            return (await at.Server.Send(request)).Status;
        }
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await Status(one), await Status(other)));
    }

    // HttpClient would tidy the path up before sending it.
    private static async Task<string> Raw(TestServer server, string method, string path, string body)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Address);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static Task MustNotTell(Answer answer, string what = Marker)
    {
        Assert.DoesNotContain(what, answer.Body, StringComparison.Ordinal);
        return Task.CompletedTask;
    }
}
