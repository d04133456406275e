using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>What is stored to do harm when it is looked at, loaded or unpacked.</summary>
public sealed partial class PublishedAttacksTests
{
    private const string Model = Proxy + "0/m/artifacts/";

    [Theory]
    [InlineData("CVE-2024-27132", "recipe.html", "<script>fetch('/api/2.0/mlflow/users/list')</script>")]
    [InlineData("CVE-2024-27133", "dataset.html", "<table><tr><td><img src=x onerror=alert(document.domain)></td></tr></table>")]
    [InlineData("CVE-2026-33865", "MLmodel", "flavors:\n  x: !!js/function 'function(){alert(document.domain)}()'\nsignature:\n  inputs: '[]'\n")]
    [InlineData("CVE-2026-33865", "MLmodel.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")]
    public async Task What_is_stored_runs_nothing_in_the_browser_of_who_looks_at_it(string number, string name, string content)
    {
        await using var server = await TestServer.Start();
        var (_, run, _) = await MakeRun(server, number, null);
        Assert.Equal(HttpStatusCode.OK, (await server.Send(Bytes(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={name}", content))).Status);
        var model = (string)(await server.Post("/api/2.0/mlflow/logged-models", """{"experiment_id":"0","name":"m"}""")).Json["model"]!["info"]!["model_id"]!;
        var root = new Uri((string)(await server.Get("/api/2.0/mlflow/logged-models/" + model)).Json["model"]!["info"]!["artifact_uri"]!).AbsolutePath[1..];
        Assert.Equal(HttpStatusCode.OK, (await server.Send(Bytes(HttpMethod.Put, $"{Proxy}{root}/{name}", content))).Status);
        foreach (var path in new[] { $"/get-artifact?path={name}&run_uuid={run}", $"{Proxy}{root}/{name}", $"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path={name}" })
        {
            var stored = await server.Get(path);
            Assert.Equal(content, stored.Body);
            Assert.Equal("attachment", stored.Response.Content.Headers.ContentDisposition!.DispositionType);
            var policy = stored.Response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("sandbox", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("allow-scripts", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", stored.Response.Headers.GetValues("X-Content-Type-Options").Single());
        }
    }

    [Fact]
    public async Task CVE_2024_9526_a_description_with_markup_is_data_and_no_page_shows_it()
    {
        const string Markup = "<img src=x onerror=alert(document.domain)>";
        await using var server = await TestServer.Start();
        var made = await server.Post("/api/2.0/mlflow/experiments/create", new JsonObject { ["name"] = Markup }.ToJsonString());
        var experiment = (string)made.Json["experiment_id"]!;
        Assert.Equal(HttpStatusCode.OK, (await server.Post("/api/2.0/mlflow/experiments/set-experiment-tag",
            new JsonObject { ["experiment_id"] = experiment, ["key"] = "mlflow.note.content", ["value"] = Markup }.ToJsonString())).Status);
        var pages = 0;
        var routes = server.Routes.Where(route => route.Method == "GET" && !route.Path.Contains('{', StringComparison.Ordinal) && !route.Path.EndsWith("/backup", StringComparison.Ordinal)).Select(route => route.Path);
        foreach (var path in routes.Concat(Slipway.Server.PageFiles.Places.Select(place => "/" + place)))
        {
            var answer = await server.Get($"{path}?experiment_id={experiment}&experiment_name={Uri.EscapeDataString(Markup)}");
            Assert.Equal("nosniff", answer.Response.Headers.GetValues("X-Content-Type-Options").Single());
            if (answer.Response.Content.Headers.ContentType?.MediaType != "text/html") continue;
            Assert.DoesNotContain(Markup, answer.Body, StringComparison.Ordinal);
            pages++;
        }
        Assert.NotEqual(0, pages);
        Assert.Contains(Markup, (string?)(await server.Get("/api/2.0/mlflow/experiments/get?experiment_id=" + experiment)).Json["experiment"]!["name"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CVE-2024-37052", "model.pkl")]
    [InlineData("CVE-2024-37053", "model.joblib")]
    [InlineData("CVE-2024-37054", "python_model.pkl")]
    [InlineData("CVE-2024-37060", "recipe.yaml")]
    public async Task A_stored_pickle_is_never_loaded(string number, string name)
    {
        await using var server = await TestServer.Start();
        var trace = Path.Combine(outside, "loaded");
        // What a pickle looks like that runs `touch TRACE` when it is loaded (protocol 0).
        var pickle = $"cposix\nsystem\n(S'touch {trace}'\ntR.";
        Assert.Equal(HttpStatusCode.OK, (await server.Send(Bytes(HttpMethod.Put, Model + name, pickle))).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.Send(Bytes(HttpMethod.Put, Model + "MLmodel", $"flavors:\n  sklearn:\n    pickled_model: {name}\n    serialization_format: cloudpickle\n"))).Status);
        var (_, run, _) = await MakeRun(server, number, null);
        Assert.Equal(HttpStatusCode.OK, (await server.Post("/api/2.0/mlflow/runs/log-model", new JsonObject
        {
            ["run_id"] = run,
            ["model_json"] = new JsonObject { ["run_id"] = run, ["artifact_path"] = "m", ["utc_time_created"] = "2024-06-04 12:00:00", ["flavors"] = new JsonObject { ["sklearn"] = new JsonObject { ["pickled_model"] = name } } }.ToJsonString(),
        }.ToJsonString())).Status);
        await server.Post("/api/2.0/mlflow/logged-models", """{"experiment_id":"0","name":"m"}""");
        Assert.Equal(pickle, (await server.Get(Model + name)).Body);
        NothingHappenedOutside();
    }

    [Fact]
    public async Task CVE_2025_15031_archives_are_stored_as_they_are_and_never_unpacked()
    {
        await using var server = await TestServer.Start();
        foreach (var (name, archive) in new[] { ("model.zip", Zip()), ("model.tar.gz", Tar()) })
        {
            Assert.Equal(HttpStatusCode.OK, (await server.Send(new HttpRequestMessage(HttpMethod.Put, Model + name) { Content = new ByteArrayContent(archive) })).Status);
            Assert.Equal(archive, await server.Http.GetByteArrayAsync(Model + name));
        }
        Assert.Equal(["model.tar.gz", "model.zip"], (await server.Get("/api/2.0/mlflow-artifacts/artifacts?path=0/m/artifacts")).Json["files"]!.AsArray().Select(file => (string?)file!["path"]));
        NothingHappenedOutside();
    }

    private byte[] Zip()
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var name in new[] { "../../../../../../../.." + Secret, Secret })
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write("slipped"u8);
            }
        return bytes.ToArray();
    }

    // The report's entries with `..` and with an absolute path, and those of the later mend: a file through a symbolic link, and a hard link.
    private byte[] Tar()
    {
        using var bytes = new MemoryStream();
        using (var packed = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var archive = new TarWriter(packed, TarEntryFormat.Pax))
        {
            foreach (var name in new[] { "../../../../../../../.." + Secret, Secret })
                archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.ASCII.GetBytes("slipped")) });
            archive.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = outside });
            archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "link/secret.txt") { DataStream = new MemoryStream(Encoding.ASCII.GetBytes("slipped")) });
            archive.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "hard") { LinkName = Secret });
        }
        return bytes.ToArray();
    }
}
