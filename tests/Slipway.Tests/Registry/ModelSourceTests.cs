using System.Text.Json;
using Slipway.Registry;

namespace Slipway.Tests.Registry;

public sealed class ModelSourceOnSqlite(RegistryOnSqlite server) : ModelSourceTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class ModelSourceOnPostgres(RegistryOnPostgres server) : ModelSourceTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>What a version's source may say: nothing that leads to a file of a server, above where it says, or to another place once it is decoded.</summary>
public abstract class ModelSourceTests(RegistryServer server)
{
    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("etc/passwd")]
    [InlineData("../../etc/passwd")]
    [InlineData("file:///etc/passwd")]
    [InlineData("FILE:/etc/passwd")]
    [InlineData("file://localhost/etc/passwd")]
    [InlineData("file://elsewhere/etc/passwd")]
    [InlineData("file:etc/passwd")]
    [InlineData("C:\\secrets")]
    [InlineData("~/.ssh/id_rsa")]
    [InlineData("mlflow-artifacts:/../../etc/passwd")]
    [InlineData("mlflow-artifacts:/models/..%2f..%2f..%2fetc")]
    [InlineData("mlflow-artifacts:/models/%252e%252e/x")]
    [InlineData("mlflow-artifacts:/models/%2525252525252525252e")]
    [InlineData("mlflow-artifacts:models")]
    [InlineData("mlflow-artifacts:/")]
    [InlineData("mlflow-artifacts:/a\\..\\b")]
    [InlineData("mlflow-artifacts://host:9000/models/../../../../")]
    [InlineData("http://host:9000/models/../../../../etc")]
    [InlineData("http://host:9000/models/artifacts%00")]
    [InlineData("https://host/api/2.0/mlflow-artifacts/artifacts/..%2f..%2f")]
    [InlineData("s3:/my_bucket/models/path/../../other/path")]
    [InlineData("s3://bucket")]
    [InlineData("s3://bucket/a/./b")]
    [InlineData("s3://bucket/a?x=../b")]
    [InlineData("runs:/../x")]
    [InlineData("models:/../1")]
    public async Task Sources_that_lead_astray_are_refused(string source)
    {
        var name = await server.Model();
        var answer = await server.Post("/model-versions/create", $$"""{"name":"{{name}}","source":{{JsonSerializer.Serialize(source)}}}""");
        Assert.InRange((int)answer.Status, 400, 404);
        Assert.Null((await server.TheModel(name))["latest_versions"]);
    }

    [Theory]
    [InlineData("s3://bucket/a/model")]
    [InlineData("s3://bucket/a b/100%/..../x")]
    [InlineData("gs://bucket//a///b/")]
    [InlineData("http://host:9000/models/artifact/model")]
    [InlineData("dbfs:/models/a")]
    [InlineData("runs:/abc/model")]
    [InlineData("mlflow-artifacts:/models///")]
    [InlineData("mlflow-artifacts://host:9000/models/artifact/..../")]
    public async Task Remote_sources_are_taken_as_they_are(string source)
    {
        var name = await server.Model();
        await server.Version(name, source);
        Assert.Equal(source, (string)(await server.Ok($"/model-versions/get-download-uri?name={name}&version=1"))["artifact_uri"]!);
    }

    [Fact]
    public async Task Local_path_must_lie_in_the_artifacts_of_its_run()
    {
        var name = await server.Model();
        var experiment = (string)(await server.Ok("/experiments/create", $$"""{"name":"{{server.Name()}}","artifact_location":"file:///shared/runs"}"""))["experiment_id"]!;
        var run = await server.Run(experiment);
        var root = (string)(await server.TheRun(run))["info"]!["artifact_uri"]!;
        foreach (var inside in (string[])[root, root + "/model", root + "/.", root + "/model/..", root["file://".Length..]]) await server.Version(name, inside, $$""","run_id":"{{run}}" """);
        foreach (var outside in (string[])[root + "/..", root + "x", root + "/../../other", "/shared", "file:///shared/runs"])
            await server.Invalid("/model-versions/create", $$"""{"name":"{{name}}","source":"{{outside}}","run_id":"{{run}}"}""", "To use a local path as a model version source, the run_id request parameter has to be specified");
        await server.Invalid("/model-versions/create", $$"""{"name":"{{name}}","source":"{{root}}"}""", "To use a local path");
        await server.Invalid("/model-versions/create", $$"""{"name":"{{name}}","source":"{{root}}","run_id":"unknown"}""", "To use a local path");
    }

    [Theory]
    [InlineData("/etc/passwd", "Local source paths are not allowed for prompts")]
    [InlineData("file:///etc/passwd", "Local source paths are not allowed for prompts")]
    [InlineData("../x", "Local source paths are not allowed for prompts")]
    [InlineData("https://host/a/../b", "without relative path references")]
    public async Task Source_of_a_prompt_is_no_path_either(string source, string says)
    {
        var name = await server.Model("prompt", """[{"key":"mlflow.prompt.is_prompt","value":"true"}]""");
        await server.Version(name, "prompt-template");
        await server.Invalid("/model-versions/create", $$"""{"name":"{{name}}","source":"{{source}}"}""", says);
        // Nor does the word alone make a path of a model's source harmless.
        var model = await server.Model();
        await server.Invalid("/model-versions/create", $$"""{"name":"{{model}}","source":"{{source}}","tags":[{"key":"mlflow.prompt.is_prompt","value":"x"}]}""", says);
    }

    [Fact]
    public async Task File_of_a_version_is_sent_and_nothing_beside_it()
    {
        var (name, run) = (await server.Model(), await server.Run());
        var root = (string)(await server.TheRun(run))["info"]!["artifact_uri"]!;
        foreach (var (path, text) in ((string, string)[])[("model/MLmodel", "flavors"), ("secret.txt", "no")])
            Assert.Equal(200, (int)(await server.Send("PUT", "/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..] + "/" + path, text)).Status);
        await server.Version(name, $"runs:/{run}/model", $$""","run_id":"{{run}}" """);
        await server.Version(name, root + "/model", $$""","run_id":"{{run}}" """);
        await server.Version(name, $"models:/{name}/1");
        for (var version = 1; version <= 3; version++)
        {
            var sent = await server.Server.Get($"/model-versions/get-artifact?name={name}&version={version}&path=MLmodel");
            Assert.Equal((200, "flavors"), ((int)sent.Status, sent.Body));
            foreach (var path in (string[])["../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "secret.txt"])
                Assert.InRange((int)(await server.Server.Get($"/model-versions/get-artifact?name={name}&version={version}&path={Uri.EscapeDataString(path)}")).Status, 400, 404);
        }
        Assert.Equal(400, (int)(await server.Server.Get($"/model-versions/get-artifact?name={name}&version=1")).Status);
    }

    [Theory]
    [InlineData("models:/a/1", "a", 1L, null, null)]
    [InlineData("models:/a b@best", "a b", null, null, "best")]
    [InlineData("models:/a@b@best", "a@b", null, null, "best")]
    [InlineData("models:/a/production", "a", null, "Production", null)]
    public void Model_uris_are_read(string uri, string name, long? version, string? stage, string? alias) => Assert.Equal(new ModelUri(name, version, stage, alias), ModelUri.Parse(uri));

    [Fact]
    public void No_text_makes_the_readers_fail()
    {
        var random = new Random(7);
        string[] parts = ["..", "/", "\\", "%2e", "%25", ":", "file", "s3", "models", "runs", "mlflow-artifacts", "@", "\0", "a", "//", "?", "#", "\uD800", ".", "é"];
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => parts[random.Next(parts.Length)]));
            var (local, remote) = (SourceText.IsLocal(text), SourceText.CheckRemote(text));
            SourceText.CheckLocal(text, ["file:///root/a"], "run_id");
            SourceText.CheckPrompt(text);
            SourceText.RunOf(text);
            if (ModelUri.Is(text)) ModelUri.Parse(text);
            if (!local && remote is null) Assert.DoesNotContain("..", text.Split('/', '\\'));
        }
    }
}
