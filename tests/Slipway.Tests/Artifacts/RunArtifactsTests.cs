using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Artifacts;
using Slipway.Tests.Server;

namespace Slipway.Tests.Artifacts;

/// <summary>Artifacts as runs and logged models have them, over the wire.</summary>
public sealed class RunArtifactsTests : IAsyncLifetime
{
    private TestServer server = null!;
    private string run = null!;
    private string root = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.Start();
        var info = (await server.Post("/api/2.0/mlflow/runs/create", """{"experiment_id": "0"}""")).Json["run"]!["info"]!;
        (run, root) = ((string)info["run_id"]!, (string)info["artifact_uri"]!);
        Assert.Equal($"mlflow-artifacts:/0/{run}/artifacts", root);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task List_answers_paths_from_the_run_s_root_and_the_root_itself()
    {
        await Put("model/MLmodel", "12345");
        await Put("model/data/weights", "1");
        await Put("notes.txt", "12");
        Same($$"""{"root_uri": "{{root}}", "files": [{"path": "model", "is_dir": true}, {"path": "notes.txt", "is_dir": false, "file_size": 2}]}""", await List(""));
        Same($$"""{"root_uri": "{{root}}", "files": [{"path": "model/MLmodel", "is_dir": false, "file_size": 5}, {"path": "model/data", "is_dir": true}]}""", await List("&path=model"));
        Same($$"""{"root_uri": "{{root}}"}""", await List("&path=none"));
        Same($$"""{"root_uri": "{{root}}"}""", await List("&path=notes.txt"));
        Same((await List("")).Body, await server.Get($"/ajax-api/2.0/mlflow/artifacts/list?run_uuid={run}"));
    }

    [Fact]
    public async Task List_gives_large_directories_in_pages()
    {
        await Parallel.ForAsync(0, 12, async (i, _) => await Put($"many/f{i:00}", ""));
        var first = await List("&path=many&page_token=f04");
        Assert.Equal(["many/f05", "many/f06"], first.Json["files"]!.AsArray().Take(2).Select(file => (string?)file!["path"]));
        Assert.Equal(HttpStatusCode.BadRequest, (await List("&path=many&page_token=../x")).Status);
    }

    [Theory]
    [InlineData("", "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters.")]
    [InlineData("?run_id=RUN&path=../other", "Invalid path '../other': it holds '.' or '..' segments.")]
    [InlineData("?run_id=RUN&path=/etc", "Invalid path '/etc': it has an empty segment: no slash may stand at an end or beside another.")]
    [InlineData("?run_id=RUN&path=%252e%252e%252f", "Invalid path '%2e%2e%2f': it hides a slash in percent-encoding.")]
    public async Task List_refuses_bad_requests(string query, string message)
    {
        var listed = await server.Get("/api/2.0/mlflow/artifacts/list" + query.Replace("RUN", run, StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.BadRequest, message), (listed.Status, listed.Message));
    }

    [Fact]
    public async Task Get_artifact_sends_a_file_of_a_run()
    {
        await Put("größe/page.html", "<b>");
        var got = await server.Get($"/get-artifact?run_id={run}&path={Uri.EscapeDataString("größe/page.html")}");
        Assert.Equal("<b>", got.Body);
        Assert.Equal("attachment", got.Response.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Contains("sandbox", got.Response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("<b>", (await server.Get($"/get-artifact?run_uuid={run}&path=gr%C3%B6%C3%9Fe/page.html")).Body);

        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"/get-artifact?run_id={run}&path=none")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"/get-artifact?run_id={new string('0', 32)}&path=a")).Status);
        foreach (var bad in new[] { "", $"?run_id={run}", "?path=a", $"?run_id={run}&path=../x", $"?run_id={run}&path=a%5c..%5cb", $"?run_id={run}&path=%00" })
            Assert.Equal(HttpStatusCode.BadRequest, (await server.Get("/get-artifact" + bad)).Status);
    }

    [Fact]
    public async Task An_HTML_page_is_sent_for_a_frame_in_which_nothing_runs_and_anything_else_stays_a_download()
    {
        await Put("page.html", "<script>alert(1)</script>");
        await Put("picture.svg", "<svg onload=alert(1)>");
        var page = await server.Get($"/get-artifact?run_id={run}&path=page.html&sandbox=1");
        Assert.Equal("text/html", page.Response.Content.Headers.ContentType?.ToString());
        Assert.Equal("inline", page.Response.Content.Headers.ContentDisposition?.ToString());
        Assert.Equal("nosniff", page.Response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'", page.Response.Headers.GetValues("Content-Security-Policy").Single());

        foreach (var kept in new[] { "page.html", "page.html&sandbox=0", "picture.svg&sandbox=1" })
        {
            var got = await server.Get($"/get-artifact?run_id={run}&path={kept}");
            Assert.Equal("attachment", got.Response.Content.Headers.ContentDisposition?.DispositionType);
            Assert.Equal("default-src 'none'; sandbox; frame-ancestors 'none'", got.Response.Headers.GetValues("Content-Security-Policy").Single());
        }
    }

    [Fact]
    public async Task A_link_to_a_file_may_name_the_workspace_and_the_address_of_nothing_else_does()
    {
        await Put("a.txt", "1");
        Assert.Equal("1", (await server.Get($"/get-artifact?run_id={run}&path=a.txt&workspace=default")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"/get-artifact?run_id={run}&path=a.txt&workspace=another")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.Get($"/api/2.0/mlflow/runs/get?run_id={run}&workspace=another")).Status);
    }

    [Theory]
    [InlineData("model/MLmodel", "text/plain")]
    [InlineData("MLproject", "text/plain")]
    [InlineData("conf.d/a.YAML", "text/plain")]
    [InlineData("table.json", "text/plain")]
    [InlineData("plot.png", "image/png")]
    [InlineData("report.pdf", "application/pdf")]
    [InlineData("page.html", "text/html")]
    [InlineData("model.pkl", "application/octet-stream")]
    [InlineData("weights", "application/octet-stream")]
    public async Task A_file_s_type_goes_by_its_name(string name, string type)
    {
        await Put(name, "1");
        Assert.Equal(type, (await server.Get($"/get-artifact?run_id={run}&path={name}")).Response.Content.Headers.ContentType?.ToString());
        Assert.Equal(type, (await server.Get($"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{name}")).Response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task The_pages_upload_a_file_of_up_to_ten_megabytes()
    {
        var path = $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=dir/a.bin";
        Assert.Equal((HttpStatusCode.OK, "{}"), await Upload(path, 5));
        Assert.Equal("xxxxx", (await server.Get($"/get-artifact?run_id={run}&path=dir/a.bin")).Body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Upload(path, (int)ArtifactsApi.PageUploadBytesMax + 1)).Status);
        Assert.Equal("xxxxx", (await server.Get($"/get-artifact?run_id={run}&path=dir/a.bin")).Body);
        foreach (var (query, size, says) in new[] { ("path=a", 1, "Request must specify run_uuid."), ($"run_uuid={run}", 0, "Request must specify path."), ($"run_uuid={run}&path=", 1, "Request must specify path."),
            ($"run_uuid={run}&path=../a", 1, "Invalid path"), ($"run_uuid={run}&path=a", 0, "Request must specify data.") })
        {
            var (status, body) = await Upload("/ajax-api/2.0/mlflow/upload-artifact?" + query, size);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains(says, body, StringComparison.Ordinal);
        }

        async Task<(HttpStatusCode Status, string Body)> Upload(string to, int size)
        {
            var answer = await server.Send(new HttpRequestMessage(HttpMethod.Post, to) { Content = new StringContent(new string('x', size)) });
            return (answer.Status, answer.Body);
        }
    }

    [Fact]
    public async Task A_logged_model_lists_and_sends_its_files()
    {
        var created = await server.Post("/api/2.0/mlflow/logged-models", """{"experiment_id": "0", "name": "m"}""");
        var info = created.Json["model"]!["info"]!;
        var (model, uri) = ((string)info["model_id"]!, (string)info["artifact_uri"]!);
        Assert.Equal($"mlflow-artifacts:/0/models/{model}/artifacts", uri);
        await server.Send(new HttpRequestMessage(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/0/models/{model}/artifacts/data/MLmodel") { Content = new StringContent("12345") });

        Same($$"""{"root_uri": "{{uri}}", "files": [{"path": "data", "is_dir": true}]}""", await server.Get($"/api/2.0/mlflow/logged-models/{model}/artifacts/directories"));
        Same($$"""{"root_uri": "{{uri}}", "files": [{"path": "data/MLmodel", "is_dir": false, "file_size": 5}]}""",
            await server.Get($"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/directories?artifact_directory_path=data"));
        Assert.Equal("12345", (await server.Get($"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path=data/MLmodel")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"/ajax-api/2.0/mlflow/logged-models/m-{new string('0', 32)}/artifacts/files?artifact_file_path=data")).Status);
    }

    [Fact]
    public async Task Removing_a_run_for_good_removes_its_artifacts_and_soft_deletion_does_not()
    {
        await Put("a", "1");
        await server.Post("/api/2.0/mlflow/runs/delete", $$"""{"run_id": "{{run}}"}""");
        Assert.Equal("1", (await server.Get($"/get-artifact?run_id={run}&path=a")).Body);
        var removed = await server.Send(new HttpRequestMessage(HttpMethod.Delete, $"/api/slipway/v1/runs/{run}?hard=true"));
        Assert.Equal(HttpStatusCode.OK, removed.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/a")).Status);
    }

    [Fact]
    public async Task Artifacts_in_another_store_are_said_to_be_there()
    {
        var experiment = (string)(await server.Post("/api/2.0/mlflow/experiments/create", """{"name": "far", "artifact_location": "s3://bucket/x"}""")).Json["experiment_id"]!;
        var far = (string)(await server.Post("/api/2.0/mlflow/runs/create", $$"""{"experiment_id": "{{experiment}}"}""")).Json["run"]!["info"]!["run_id"]!;
        var listed = await server.Get($"/api/2.0/mlflow/artifacts/list?run_id={far}");
        Assert.Equal(HttpStatusCode.BadRequest, listed.Status);
        Assert.Contains("s3://bucket/x", listed.Message, StringComparison.Ordinal);
    }

    private Task<Answer> List(string more) => server.Get($"/api/2.0/mlflow/artifacts/list?run_id={run}{more}");

    private async Task Put(string path, string text)
    {
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        var put = await server.Send(new HttpRequestMessage(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{escaped}") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) });
        Assert.Equal(HttpStatusCode.OK, put.Status);
    }

    private static void Same(string expected, Answer answer) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), answer.Json), answer.Body);
}
