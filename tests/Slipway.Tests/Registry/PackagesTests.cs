using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Registry;

namespace Slipway.Tests.Registry;

public sealed class PackagesOnSqlite(RegistryOnSqlite server) : PackagesTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class PackagesOnPostgres(RegistryOnPostgres server) : PackagesTests(server), IClassFixture<RegistryOnPostgres>;

public abstract class PackagesTests(RegistryServer server)
{
    private const string Mlmodel = """
        artifact_path: model
        flavors:
          python_function:
            env:
              conda: conda.yaml
              virtualenv: python_env.yaml
            loader_module: mlflow.sklearn
            python_version: 3.10.12
          sklearn:
            code: null
            pickled_model: model.pkl
        mlflow_version: 3.11.0
        model_id: m-1
        saved_input_example_info:
          artifact_path: input_example.json
        signature:
          inputs: '[{"type": "double", "name": "distance", "required": true}, {"type": "string", "name":
            "carrier", "required": false}]'
          outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]'
          params: null
        utc_time_created: '2026-01-02 03:04:05.678'
        """;

    private Task Put(string root, string path, string text) => Assert200(server.Send("PUT", "/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..] + "/" + path, text));

    private static async Task Assert200(Task<Server.Answer> sent)
    {
        var answer = await sent;
        Assert.True((int)answer.Status == 200, answer.Body);
    }

    private async Task<(string Name, string Run, string Root)> Registered()
    {
        var (name, run) = (await server.Model(), await server.Run());
        var root = (string)(await server.TheRun(run))["info"]!["artifact_uri"]!;
        foreach (var (path, text) in ((string, string)[])[("model/MLmodel", Mlmodel), ("model/model.pkl", "weights"), ("model/a/b/c.txt", "deep"), ("modelx/no.txt", "beside"), ("other.txt", "beside")]) await Put(root, path, text);
        await server.Version(name, $"runs:/{run}/model", $$""","run_id":"{{run}}" """);
        return (name, run, root);
    }

    private async Task<JsonNode> Own(string name, string what)
    {
        var answer = await server.Send("GET", $"/api/slipway/v1/models/{name}/versions/1/{what}");
        Assert.True((int)answer.Status == 200, answer.Body);
        return answer.Json;
    }

    [Fact]
    public async Task Files_and_description_are_recorded_when_a_version_is_made()
    {
        var (name, _, _) = await Registered();
        var package = await Own(name, "package");
        Assert.Equal(["MLmodel", "a/b/c.txt", "model.pkl"], package["files"]!.AsArray().Select(file => (string)file!["path"]!));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("weights"u8)), (string)package["files"]![2]!["sha256"]!);
        Assert.Equal(Mlmodel.Length + "weights".Length + "deep".Length, (long)package["bytes"]!);
        var lines = string.Concat(package["files"]!.AsArray().Select(file => $"{file!["sha256"]}  {file["path"]}\n"));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(lines))), (string)package["digest"]!);
        Assert.Equal("""["python_function","sklearn"]""", package["flavors"]!.ToJsonString());
        Assert.Equal(("mlflow.sklearn", "3.10.12", "3.11.0", "m-1", "input_example.json"), ((string)package["loader_module"]!, (string)package["python_version"]!, (string)package["mlflow_version"]!, (string)package["model_id"]!, (string)package["input_example"]!));
        Assert.Equal("""[{"name":"distance","type":"double","required":true},{"name":"carrier","type":"string","required":false}]""", package["inputs"]!.ToJsonString());
        Assert.Equal("""[{"type":"float32","shape":"[-1,2]"}]""", package["outputs"]!.ToJsonString());
        Assert.Null(package["params"]);
        Assert.Null(package["remark"]);
    }

    [Fact]
    public async Task File_that_changed_after_registration_is_named_and_not_sent()
    {
        var (name, _, root) = await Registered();
        Assert.True((bool)(await Own(name, "verify"))["whole"]!);
        await Put(root, "model/model.pkl", "others");
        await Put(root, "model/new.txt", "new");
        var check = await Own(name, "verify");
        Assert.Equal((false, 3L, """["model.pkl"]""", """["new.txt"]"""), ((bool)check["whole"]!, (long)check["files"]!, check["changed"]!.ToJsonString(), check["added"]!.ToJsonString()));
        foreach (var path in (string[])["model.pkl", "new.txt"])
        {
            var sent = await server.Server.Get($"/model-versions/get-artifact?name={name}&version=1&path={path}");
            Assert.Equal((409, "RESOURCE_CONFLICT"), ((int)sent.Status, sent.ErrorCode));
        }
        Assert.Equal("deep", (await server.Server.Get($"/model-versions/get-artifact?name={name}&version=1&path=a/b/c.txt")).Body);
        Assert.Equal("deep", (await server.Server.Get($"/model-versions/get-artifact?name={name}&version=1&path=a/b/c.txt&workspace=default")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Server.Get($"/model-versions/get-artifact?name={name}&version=1&path=a/b/c.txt&workspace=another")).Status);
        await server.Version(name, $"models:/{name}/1");
        Assert.Equal("others", (await server.Server.Get($"/model-versions/get-artifact?name={name}&version=2&path=model.pkl")).Body);
        await server.Done("DELETE", "/model-versions/delete", $$"""{"name":"{{name}}","version":"2"}""");
    }

    [Fact]
    public async Task Run_whose_files_are_a_versions_is_not_deleted_for_good()
    {
        var (name, run, _) = await Registered();
        var refused = await server.Send("DELETE", $"/api/slipway/v1/runs/{run}?hard=true");
        Assert.Equal((409, "RESOURCE_CONFLICT"), ((int)refused.Status, refused.ErrorCode));
        await server.Ok("/runs/delete", $$"""{"run_id":"{{run}}"}""");
        var other = await server.Run();
        await server.Ok("/runs/delete", $$"""{"run_id":"{{other}}"}""");
        var listed = (await server.Send("GET", "/api/slipway/v1/gc?older_than_seconds=0")).Json["runs"]!.AsArray().Single(one => (string)one!["run_id"]! == run)!;
        Assert.Contains("model_version/", listed["references"]!.ToJsonString(), StringComparison.Ordinal);
        await Assert200(server.Send("POST", "/api/slipway/v1/gc", """{"older_than_seconds":0}"""));
        Assert.Equal(404, (int)(await server.Get("/runs/get?run_id=" + other)).Status);
        Assert.True((bool)(await Own(name, "verify"))["whole"]!);
        await server.Done("DELETE", "/registered-models/delete", $$"""{"name":"{{name}}"}""");
        await Assert200(server.Send("POST", "/api/slipway/v1/gc", """{"older_than_seconds":0}"""));
        Assert.Equal(404, (int)(await server.Get("/runs/get?run_id=" + run)).Status);
    }

    [Theory]
    [InlineData("flavors: [", "no YAML")]
    [InlineData("- a", "expected a mapping")]
    [InlineData("name: x", "expected 'flavors'")]
    [InlineData("flavors: {}", "expected 'flavors'")]
    [InlineData("a: 1\na: 2", "stands there twice")]
    public async Task Description_that_cannot_be_read_is_a_remark_and_no_obstacle(string text, string says)
    {
        var (name, run) = (await server.Model(), await server.Run());
        await Put((string)(await server.TheRun(run))["info"]!["artifact_uri"]!, "model/MLmodel", text);
        await server.Version(name, $"runs:/{run}/model");
        var package = await Own(name, "package");
        Assert.Contains(says, (string)package["remark"]!, StringComparison.Ordinal);
        Assert.Single(package["files"]!.AsArray());
        Assert.Null(package["flavors"]);
    }

    [Fact]
    public async Task Files_elsewhere_and_none_at_all_are_remarked()
    {
        var name = await server.Model();
        await server.Version(name, "s3://bucket/model");
        Assert.Equal("The files do not lie on this server.", (string)(await Own(name, "package"))["remark"]!);
        Assert.Equal(400, (int)(await server.Send("GET", $"/api/slipway/v1/models/{name}/versions/1/verify")).Status);
        var (empty, run) = (await server.Model(), await server.Run());
        await server.Version(empty, $"runs:/{run}/nothing");
        Assert.Equal("No file was there when it was registered.", (string)(await Own(empty, "package"))["remark"]!);
    }

    [Fact]
    public void Text_that_refers_to_itself_is_as_short_as_it_looks()
    {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Contains("more than 100,000 values", YamlText.Parse(bomb).Problem!.Message, StringComparison.Ordinal);
        Assert.NotNull(YamlText.Parse(new string('[', 10_000)).Problem);
        Assert.NotNull(YamlText.Parse("a: &a [*a]").Problem);
        Assert.Equal("""{"a":[1],"b":[1]}""", YamlText.Parse("a: &x [1]\nb: *x").Value!.ToJsonString());
    }

    [Fact]
    public void No_text_makes_the_reader_fail()
    {
        var random = new Random(11);
        string[] parts = ["a", ": ", "- ", "\n", "  ", "'", "\"", "[", "]", "{", "}", ",", "&x ", "*x", "!!str ", "|", ">", "#", "---\n", "...\n", "\t", "\0", "\u0085", "1.5", "null", "%YAML 1.2\n", "? ", "\\x", "é", "\uD800", "<<: "];
        for (var i = 0; i < 30_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => parts[random.Next(parts.Length)]));
            var parsed = MlmodelFile.Parse(Encoding.UTF8.GetBytes(text));
            if (parsed.Succeeded) MlmodelFile.Describe(parsed.Value);
        }
        Assert.Contains("not UTF-8", MlmodelFile.Parse([0xff, 0xfe]).Problem!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: 010", """{"a":"010"}""")]
    [InlineData("a: 1.50", """{"a":1.5}""")]
    [InlineData("a: 3.10.12", """{"a":"3.10.12"}""")]
    [InlineData("a: '1'", """{"a":"1"}""")]
    [InlineData("a: yes", """{"a":"yes"}""")]
    [InlineData("a: ~", """{"a":null}""")]
    [InlineData("a: |\n  x\n  y\n", """{"a":"x\ny\n"}""")]
    public void Scalars_mean_what_they_say(string text, string json) => Assert.Equal(json, YamlText.Parse(text).Value!.ToJsonString());
}
