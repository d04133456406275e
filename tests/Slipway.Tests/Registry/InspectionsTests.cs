using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Registry;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Registry;

public sealed class InspectionsOnSqlite() : InspectionsTests(Dialect.Sqlite);

public sealed class InspectionsOnPostgres() : InspectionsTests(Dialect.Postgres);

/// <summary>From the registration to the answer, through the job and the sandbox, with the built program as child.</summary>
public abstract class InspectionsTests(Dialect dialect) : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private TestServer server = null!;
    private int names;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(dialect, clock: clock);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task<JsonNode> Ok(string method, string path, string? json = null, byte[]? bytes = null)
    {
        var answer = await Send(method, path, json, bytes);
        Assert.True((int)answer.Status == 200, $"{path}: {answer.Body}");
        return answer.Body.Length == 0 ? new JsonObject() : answer.Json;
    }

    private Task<Answer> Send(string method, string path, string? json = null, byte[]? bytes = null) => server.Send(new HttpRequestMessage(new HttpMethod(method), path)
    {
        Content = bytes is not null ? new ByteArrayContent(bytes) : json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json"),
    });

    private async Task<string> Register(params (string Path, byte[] Content)[] files)
    {
        var name = $"m{Interlocked.Increment(ref names)}";
        var experiment = (string)(await Ok("POST", "/api/2.0/mlflow/experiments/create", $$"""{"name":"e-{{name}}"}"""))["experiment_id"]!;
        var run = (await Ok("POST", "/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"{{experiment}}"}"""))["run"]!["info"]!;
        foreach (var (path, content) in files) await Ok("PUT", $"/api/2.0/mlflow-artifacts/artifacts/{((string)run["artifact_uri"]!)["mlflow-artifacts:/".Length..]}/model/{path}", bytes: content);
        await Ok("POST", "/api/2.0/mlflow/registered-models/create", $$"""{"name":"{{name}}"}""");
        await Ok("POST", "/api/2.0/mlflow/model-versions/create", $$"""{"name":"{{name}}","source":"runs:/{{run["run_id"]}}/model"}""");
        return name;
    }

    /// <summary>The package when the job has ended.</summary>
    private async Task<JsonNode> Inspected(string name)
    {
        return await server.Ends.Until(async () => await Ok("GET", $"/api/slipway/v1/models/{name}/versions/1/package") is var package && (string)package["scan"]!["status"]! != ModelScan.Pending ? package : null);
    }

    private static byte[] Onnx() => new OnnxGraph("late") { Producer = "tests", Version = 7 }
        .Input("features", OnnxType.Tensor(OnnxElement.Float, "batch", 3)).Output("same", OnnxType.Tensor(OnnxElement.Float, "batch", 3)).Node("Identity", ["features"], ["same"]).Note("classes", "on time,late").ToArray();

    [Fact]
    public async Task Findings_are_answered_with_file_and_place_and_the_event_tells()
    {
        var name = await Register(("model.pkl", Pickles.Call("posix", "system", "rm -rf /")), ("nested/x.zip", Pickles.Zip(("a/data.pkl", Pickles.Call("mine", "Thing")))), ("notes.txt", "hello"u8.ToArray()));
        var scan = (await Inspected(name))["scan"]!;
        Assert.Equal(("unsafe", 3L), ((string)scan["status"]!, (long)scan["files"]!));
        Assert.Contains((string)scan["mechanism"]!, (string[])["bubblewrap", "user", "limits"]);
        var findings = scan["findings"]!.AsArray();
        Assert.Equal(["posix.system", "mine.Thing"], findings.Select(static one => (string)one!["name"]!));
        Assert.Equal(("nested/x.zip", "a/data.pkl", "suspicious"), ((string)findings[1]!["file"]!, (string)findings[1]!["inside"]!, (string)findings[1]!["severity"]!));
        Assert.Contains("rm -rf /", (string)findings[0]!["what"]!, StringComparison.Ordinal);
        // The sealer comes by once a second: the clock is turned until it did.
        for (var looks = 0; !(await Ok("GET", "/api/slipway/v1/events?kind=model_version.inspected")).ToJsonString().Contains("unsafe", StringComparison.Ordinal); looks++)
        {
            Assert.True(looks < 1_000, "No event tells of it.");
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Clean_version_gets_the_signature_of_its_ONNX_model()
    {
        var name = await Register(("model.onnx", Onnx()), ("MLmodel", "flavors:\n  onnx:\n    data: model.onnx\n"u8.ToArray()));
        var package = await Inspected(name);
        Assert.Equal("clean", (string)package["scan"]!["status"]!);
        Assert.True((bool)package["signature_derived"]!);
        Assert.Equal("""[{"name":"features","type":"float32","shape":"[-1,3]"}]""", package["inputs"]!.ToJsonString());
        var onnx = Assert.Single(package["onnx"]!.AsArray())!;
        Assert.Null(onnx["error"]);
        Assert.Equal("""[{"name":"features","type":"float32","shape":"[\"batch\",3]"}]""", onnx["inputs"]!.ToJsonString().Replace("\\u0022", "\\\""));
        Assert.Equal(("tests", "late", 7L, 8L, 1L), ((string)onnx["producer"]!, (string)onnx["graph"]!, (long)onnx["version"]!, (long)onnx["ir_version"]!, (long)onnx["nodes"]!));
        Assert.Equal("""[{"domain":"ai.onnx","version":17},{"domain":"ai.onnx.ml","version":3}]""", onnx["opsets"]!.ToJsonString());
        Assert.Equal("on time,late", (string)onnx["metadata"]!["classes"]!);
    }

    [Fact]
    public async Task Broken_ONNX_model_has_an_error_and_the_server_lives()
    {
        var cut = Onnx();
        var name = await Register(("cut.onnx", cut[..(cut.Length / 2)]), ("text.onnx", "hello"u8.ToArray()), ("good.onnx", Onnx()));
        var package = await Inspected(name);
        var models = package["onnx"]!.AsArray().ToDictionary(static one => (string)one!["file"]!, static one => (string?)one!["error"]);
        Assert.Equal(3, models.Count);
        Assert.NotNull(models["cut.onnx"]);
        Assert.NotNull(models["text.onnx"]);
        Assert.Null(models["good.onnx"]);
        Assert.Null(package["signature_derived"]); // of three nobody knows which
    }

    [Fact]
    public async Task File_that_ends_the_scan_is_a_finding_and_hides_no_other()
    {
        // A header of a tar archive that says that more than the child's memory follows.
        var header = new byte[512];
        "x"u8.CopyTo(header);
        "0000644\00000000\00000000\011100000000\000000000000\0"u8.CopyTo(header.AsSpan(100));
        (header[156], header[148 + 6], header[148 + 7]) = ((byte)'x', 0, (byte)' ');
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        header.AsSpan(148, 8).Fill((byte)' ');
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(static one => (long)one), 8).PadLeft(6, '0')).CopyTo(header.AsSpan(148));
        var name = await Register(("a.tar", [.. header, .. new byte[4096]]), ("z.pkl", Pickles.Call("posix", "system")));
        var scan = (await Inspected(name))["scan"]!;
        var findings = scan["findings"]!.AsArray();
        Assert.Contains(findings, static one => (string)one!["file"]! == "a.tar" && (string)one["severity"]! == "suspicious");
        Assert.Contains(findings, static one => (string)one!["file"]! == "z.pkl" && (string?)one["name"] == "posix.system");
        Assert.Equal(("unsafe", 2L), ((string)scan["status"]!, (long)scan["files"]!));
    }

    [Fact]
    public async Task Looking_again_answers_pending_and_then_the_same()
    {
        var name = await Register(("a.txt", "a"u8.ToArray()));
        Assert.Equal("clean", (string)(await Inspected(name))["scan"]!["status"]!);
        Assert.Equal("pending", (string)(await Ok("POST", $"/api/slipway/v1/models/{name}/versions/1/inspect", "{}"))["status"]!);
        Assert.Equal("clean", (string)(await Inspected(name))["scan"]!["status"]!);
        Assert.Equal(404, (int)(await Send("POST", $"/api/slipway/v1/models/{name}/versions/9/inspect", "{}")).Status);
        await Ok("POST", "/api/2.0/mlflow/model-versions/create", $$"""{"name":"{{name}}","source":"s3://elsewhere/model"}""");
        Assert.Equal(400, (int)(await Send("POST", $"/api/slipway/v1/models/{name}/versions/2/inspect", "{}")).Status);
        Assert.Equal("not-scanned", (string)(await Ok("GET", $"/api/slipway/v1/models/{name}/versions/2/package"))["scan"]!["status"]!);
        await Ok("DELETE", "/api/2.0/mlflow/registered-models/delete", $$"""{"name":"{{name}}"}""");
    }

    [Fact]
    public async Task Installation_that_blocks_uses_clean_versions_only()
    {
        await server.DisposeAsync();
        server = await TestServer.Start(dialect, static options => options with { Registry = new RegistryChoices { BlockUnsafe = true } });
        var bad = await Register(("model.pkl", Pickles.Call("posix", "system")));
        var good = await Register(("model.txt", "fine"u8.ToArray()));
        await Inspected(bad);
        await Inspected(good);
        Task<Answer> Stage(string name, string stage) => Send("POST", "/api/2.0/mlflow/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"1","stage":"{{stage}}"}""");
        Task<Answer> Alias(string name, string version) => Send("POST", "/api/2.0/mlflow/registered-models/alias", $$"""{"name":"{{name}}","alias":"champion","version":"{{version}}"}""");
        foreach (var refused in (Answer[])[await Stage(bad, "Production"), await Alias(bad, "1"), await Send("GET", $"/model-versions/get-artifact?name={bad}&version=1&path=model.pkl"),
            await Send("POST", $"/api/slipway/v1/models/{bad}/moves", """{"moves":[{"alias":"champion","version":"1"}]}""")])
        {
            Assert.Equal((409, "RESOURCE_CONFLICT"), ((int)refused.Status, refused.ErrorCode));
            Assert.Contains("are unsafe (1 findings)", refused.Message, StringComparison.Ordinal);
            Assert.Contains($"slipway models inspect {bad} 1", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(200, (int)(await Stage(bad, "Archived")).Status);
        Assert.Equal(200, (int)(await Stage(good, "Production")).Status);
        Assert.Equal(200, (int)(await Alias(good, "1")).Status);
        Assert.Equal("fine", (await Send("GET", $"/model-versions/get-artifact?name={good}&version=1&path=model.txt")).Body);
        await Ok("POST", "/api/2.0/mlflow/model-versions/create", $$"""{"name":"{{good}}","source":"s3://elsewhere/model"}""");
        Assert.Contains("were not looked into", (await Alias(good, "2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_several_people_share_a_server_without_a_sandbox_nothing_is_looked_into()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Elsewhere there is no sandbox at all.");
        await server.DisposeAsync();
        server = await TestServer.Start(dialect, static options => options with { Sandbox = new SandboxChoices { Mechanism = "limits" } });
        var alone = await Inspected(await Register(("a.txt", "a"u8.ToArray())));
        Assert.Equal(("clean", "limits"), ((string)alone["scan"]!["status"]!, (string)alone["scan"]!["mechanism"]!));
    }
}
