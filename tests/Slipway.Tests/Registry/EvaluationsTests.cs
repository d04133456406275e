using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Tests.Cli;

namespace Slipway.Tests.Registry;

public sealed class EvaluationsOnSqlite(RegistryOnSqlite server) : EvaluationsTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class EvaluationsOnPostgres(RegistryOnPostgres server) : EvaluationsTests(server), IClassFixture<RegistryOnPostgres>;

/// <summary>A version is scored by the server, in its sandbox, on data that is pinned.</summary>
public abstract class EvaluationsTests(RegistryServer server)
{
    private const string Data = "p,y\n0.9,1\n0.8,1\n0.3,0\n0.4,1\n0.1,0\n";

    private async Task<JsonNode> Do(string method, string path, string? json = null)
    {
        var answer = await server.Send(method, "/api/slipway/v1" + path, json);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{method} {path}: {(int)answer.Status} {answer.Body}");
        return answer.Json;
    }

    private async Task PutFile(string path, byte[] bytes)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await server.Server.Http.PutAsync(new Uri(path, UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<(string Name, string Root)> Model(byte[]? model = null)
    {
        var (name, run) = (await server.Model(), await server.Run());
        var root = ((string)(await server.TheRun(run))["info"]!["artifact_uri"]!)["mlflow-artifacts:/".Length..];
        await PutFile($"/api/2.0/mlflow-artifacts/artifacts/{root}/model/model.onnx", model ?? ScoringTests.Through("p", "probability"));
        await server.Version(name, $"runs:/{run}/model", $$""","run_id":"{{run}}" """);
        return (name, root);
    }

    private Task<string> Dataset(string data = Data, string file = "test.csv") => Dataset(Encoding.UTF8.GetBytes(data), file);

    private async Task<string> Dataset(byte[] data, string file)
    {
        var name = server.Name("data");
        using var content = new ByteArrayContent(data);
        using var answer = await server.Server.Http.PutAsync(new Uri($"/api/slipway/v1/eval-datasets/{name}/upload?file={file}", UriKind.Relative), content);
        var uploaded = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        await Do("POST", $"/eval-datasets/{name}/versions", $$"""{"source":"{{uploaded["source"]}}","target":"y"}""");
        return name;
    }

    private async Task<JsonNode> Evaluated(string model, string dataset, string more = "")
    {
        var evaluation = (await Do("POST", $"/models/{model}/versions/1/evaluations", $$"""{"dataset":"{{dataset}}"{{more}}}"""))["evaluation"]!;
        return await server.Server.Ends.Until(async () =>
            (await Do("GET", $"/models/{model}/versions/1/evaluations/{evaluation["id"]}"))["evaluation"] is { } now && (string)now["status"]! is not ("WAITING" or "RUNNING") ? now : null);
    }

    private static double Value(JsonNode evaluation, string metric) => (double)evaluation["metrics"]!.AsArray().Single(one => (string)one!["metric"]! == metric)!["value"]!;

    [Fact]
    public async Task A_version_is_scored_and_what_the_score_rests_on_is_kept()
    {
        var ((model, _), dataset) = (await Model(), await Dataset());
        var evaluation = await Evaluated(model, dataset);
        Assert.True((string)evaluation["status"]! == "DONE", evaluation.ToJsonString());
        Assert.Equal((0.8, 5, "binary"), (Value(evaluation, "accuracy"), (long)evaluation["rows"]!, (string)evaluation["task"]!));
        Assert.Equal(1, Value(evaluation, "roc_auc"));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Data))), (string)evaluation["dataset_digest"]!);
        Assert.Equal((string)(await Do("GET", $"/models/{model}/versions/1/package"))["digest"]!, (string)evaluation["model_digest"]!);
        Assert.Contains("onnxruntime", (string)evaluation["engines"]!, StringComparison.Ordinal);
        Assert.Single((await Do("GET", $"/models/{model}/versions/1/evaluations?dataset={dataset}"))["evaluations"]!.AsArray());
    }

    [Fact]
    public async Task Parquet_and_JSON_lines_are_scored_and_what_is_cut_fails_with_its_reason()
    {
        var (model, _) = await Model();
        var parquet = ScoringTests.Parquet("SELECT * FROM (VALUES (0.9::FLOAT, 1), (0.8, 1), (0.3, 0), (0.4, 1), (0.1, 0)) t(p, y)");
        foreach (var (bytes, file, format) in ((byte[], string, string)[])[(parquet, "test.parquet", "parquet"), ("{\"p\":0.9,\"y\":1}\n{\"p\":0.8,\"y\":1}\n{\"p\":0.3,\"y\":0}\n{\"p\":0.4,\"y\":1}\n{\"p\":0.1,\"y\":0}\n"u8.ToArray(), "test.ndjson", "jsonl")])
        {
            var dataset = await Dataset(bytes, file);
            Assert.Equal(format, (string)(await Do("GET", "/eval-datasets/" + dataset))["dataset"]!["versions"]![0]!["format"]!);
            var evaluation = await Evaluated(model, dataset);
            Assert.True((string)evaluation["status"]! == "DONE", evaluation.ToJsonString());
            Assert.Equal((0.8, 5), (Value(evaluation, "accuracy"), (long)evaluation["rows"]!));
        }
        var failed = await Evaluated(model, await Dataset(parquet[..^9], "cut.parquet"));
        Assert.Equal("FAILED", (string)failed["status"]!);
        Assert.Contains("parquet", (string)failed["problem"]!, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Path.GetTempPath(), (string)failed["problem"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_metric_gate_passes_on_what_was_computed_and_not_before()
    {
        var ((model, _), dataset) = (await Model(), await Dataset());
        await server.Policy(model, $"checks:\n  - check: metric\n    metric: roc_auc\n    dataset: {dataset}\n    min: 0.9\n", ",\"alias\":\"champion\"");
        var blocked = await server.Post("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"1"}""");
        Assert.NotEqual(HttpStatusCode.OK, blocked.Status);
        await Evaluated(model, dataset);
        var admitted = await server.Post("/registered-models/alias", $$"""{"name":"{{model}}","alias":"champion","version":"1"}""");
        Assert.True(admitted.Status == HttpStatusCode.OK, admitted.Body);
    }

    [Fact]
    public async Task A_file_that_changed_since_it_was_registered_fails_the_evaluation()
    {
        var ((model, root), dataset) = (await Model(), await Dataset());
        await PutFile($"/api/2.0/mlflow-artifacts/artifacts/{root}/model/model.onnx", ScoringTests.Through("p", "other"));
        var evaluation = await Evaluated(model, dataset);
        Assert.Equal("FAILED", (string)evaluation["status"]!);
        Assert.Contains("is not what it was when it was registered", (string)evaluation["problem"]!, StringComparison.Ordinal);
        Assert.Null(evaluation["metrics"]);
    }

    [Fact]
    public async Task Data_of_a_run_is_pinned_by_its_digest_and_holds_the_run()
    {
        var (model, _) = await Model();
        var run = await server.Run();
        var root = ((string)(await server.TheRun(run))["info"]!["artifact_uri"]!)["mlflow-artifacts:/".Length..];
        await PutFile($"/api/2.0/mlflow-artifacts/artifacts/{root}/data/test.csv", Encoding.UTF8.GetBytes(Data));
        var name = server.Name("data");
        var source = $$"""{"source":"runs:/{{run}}/data/test.csv","target":"y"}""";
        Assert.Equal(1, (long)(await Do("POST", $"/eval-datasets/{name}/versions", source))["dataset"]!["versions"]![0]!["version"]!);
        Assert.Equal(1, (long)(await Do("POST", $"/eval-datasets/{name}/versions", source))["dataset"]!["versions"]![0]!["version"]!); // the same is the same
        await PutFile($"/api/2.0/mlflow-artifacts/artifacts/{root}/data/test.csv", Encoding.UTF8.GetBytes(Data + "0.5,1\n"));
        Assert.Contains("is not what it was", (string)(await Evaluated(model, name))["problem"]!, StringComparison.Ordinal);
        Assert.Equal(2, (long)(await Do("POST", $"/eval-datasets/{name}/versions", source))["dataset"]!["versions"]![0]!["version"]!);
        Assert.Equal(6, (long)(await Evaluated(model, name))["rows"]!);
        Assert.Equal(409, (int)(await server.Send("DELETE", $"/api/slipway/v1/runs/{run}?hard=true")).Status);
    }

    [Theory]
    [InlineData("""{"dataset":"none"}""", 404, "no evaluation dataset")]
    [InlineData("""{}""", 400, "dataset")]
    [InlineData("""{"dataset":"none","metrics":["beauty"]}""", 400, "no 'beauty'")]
    public async Task What_cannot_be_asked_is_refused(string body, int status, string says)
    {
        var (model, _) = await Model();
        var answer = await server.Send("POST", $"/api/slipway/v1/models/{model}/versions/1/evaluations", body);
        Assert.Equal(status, (int)answer.Status);
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
        Assert.Equal(404, (int)(await server.Send("POST", $"/api/slipway/v1/models/{model}/versions/7/evaluations", """{"dataset":"none"}""")).Status);
    }

    [Theory]
    [InlineData("../test.csv")]
    [InlineData("a/test.csv")]
    [InlineData("test.exe")]
    [InlineData("")]
    public async Task Names_of_uploads_that_trick_are_refused(string file)
    {
        using var content = new ByteArrayContent([1]);
        using var answer = await server.Server.Http.PutAsync(new Uri($"/api/slipway/v1/eval-datasets/{server.Name()}/upload?file={Uri.EscapeDataString(file)}", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task What_the_registry_keeps_is_changed_by_nobody()
    {
        var dataset = await Dataset();
        var source = (string)(await Do("GET", "/eval-datasets/" + dataset))["dataset"]!["versions"]![0]!["source"]!;
        var path = "/api/2.0/mlflow-artifacts/artifacts/" + source["mlflow-artifacts:/".Length..];
        Assert.Equal(HttpStatusCode.OK, (await server.Server.Get(path)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Send("PUT", path, "other")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Send("DELETE", path)).Status);
    }

    [Fact]
    public async Task The_command_line_adds_data_and_evaluates()
    {
        var (model, _) = await Model();
        var file = Path.Combine(Directory.CreateTempSubdirectory("slipway-eval-").FullName, "held-out.csv");
        await File.WriteAllTextAsync(file, Data);
        string[] url = ["--url", server.Server.Http.BaseAddress!.AbsoluteUri];
        var name = server.Name("cli");
        var added = await Shell.Run(["eval-datasets", "add", name, file, "--target", "y", .. url]);
        Assert.True(added.Code == ExitCode.Ok, added.Error);
        var evaluated = await Shell.Run(["models", "evaluate", model, "1", "--dataset", name, "--metric", "accuracy", .. url]);
        Assert.True(evaluated.Code == ExitCode.Ok, evaluated.Error);
        Assert.Contains("0.8", evaluated.Output, StringComparison.Ordinal);
        Assert.Contains("accuracy=0.8", (await Shell.Run(["models", "evaluations", model, "1", .. url])).Output, StringComparison.Ordinal);
        Assert.Contains(name, (await Shell.Run(["eval-datasets", "list", .. url])).Output, StringComparison.Ordinal);
        Assert.Contains("held-out.csv", (await Shell.Run(["eval-datasets", "show", name, .. url])).Output, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }
}
