using System.Net;
using System.Text.Json.Nodes;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>Routes that forgot to ask who comes, or what of theirs it is.</summary>
public sealed partial class PublishedAttacksTests
{
    [Fact]
    public async Task CVE_2024_4263_who_may_edit_may_not_delete_artifacts()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        await access.Person("ann", ["viewer"]);
        var experiment = await access.Experiment("root", "e");
        await access.Grant("ann", experiment, "edit");
        var (folder, file) = ($"{Proxy}{experiment}/r/artifacts/folder", $"{Proxy}{experiment}/r/artifacts/folder/f.txt");
        AccessServer.Ok(await access.As("ann", "PUT", file, "content"));
        // The report deleted a folder within an artifact.
        foreach (var prefix in new[] { "/api/", "/ajax-api/" })
            foreach (var path in new[] { folder, file })
                Assert.Equal(HttpStatusCode.Forbidden, (await access.As("ann", "DELETE", path.Replace("/api/", prefix, StringComparison.Ordinal))).Status);
        Assert.Equal("content", (await access.As("ann", "GET", file)).Body);
        await access.Grant("ann", experiment, "manage");
        AccessServer.Ok(await access.As("ann", "DELETE", folder));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("complete")]
    [InlineData("abort")]
    public async Task CVE_2026_2651_parts_of_an_upload_need_the_same_right_as_the_whole(string action)
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        await access.Person("eve", ["creator"]);
        var experiment = await access.Experiment("root", "victim");
        var file = $"{Proxy}{experiment}/r/artifacts/model/python_model.pkl";
        AccessServer.Ok(await access.As("root", "PUT", file, "honest"));
        var upload = (string)AccessServer.Ok(await access.As("root", "POST", $"/api/2.0/mlflow-artifacts/mpu/create/{experiment}/r/artifacts/model", """{"path":"python_model.pkl","num_parts":1}""")).Json["upload_id"]!;
        foreach (var prefix in new[] { "/api", "/ajax-api" })
            foreach (var target in new[] { $"{experiment}/r/artifacts/model", $"{experiment}/artifacts/model", $"{experiment}//r/artifacts/model", $"%2e/{experiment}/r/artifacts/model" })
            {
                var answer = await access.As("eve", "POST", $"{prefix}/2.0/mlflow-artifacts/mpu/{action}/{target}",
                    new JsonObject { ["path"] = "python_model.pkl", ["num_parts"] = 1, ["upload_id"] = upload, ["parts"] = new JsonArray() }.ToJsonString());
                TellsNothing(answer);
                Assert.DoesNotContain("upload_id\":", answer.Body, StringComparison.Ordinal);
            }
        Assert.Equal(HttpStatusCode.Forbidden, (await access.As("eve", "PUT", file.Replace("/api/", "/ajax-api/", StringComparison.Ordinal), "poisoned")).Status);
        Assert.Equal("honest", (await access.As("root", "GET", file)).Body);
        // The victim's own upload goes on as if nobody had been there.
        AccessServer.Ok(await access.As("root", "POST", $"/api/2.0/mlflow-artifacts/mpu/abort/{experiment}/r/artifacts/model", new JsonObject { ["path"] = "python_model.pkl", ["upload_id"] = upload }.ToJsonString()));
    }

    [Fact]
    public async Task CVE_2026_33866_the_pages_routes_ask_for_the_same_right_as_the_others()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        await access.Person("eve", ["viewer"]);
        var experiment = await access.Experiment("root", "secret");
        var run = await access.Run("root", experiment);
        var model = (string)AccessServer.Ok(await access.As("root", "POST", "/api/2.0/mlflow/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"m"}""")).Json["model"]!["info"]!["model_id"]!;
        AccessServer.Ok(await access.As("root", "PUT", $"{Proxy}{experiment}/models/{model}/artifacts/test.txt", Marker));
        AccessServer.Ok(await access.As("root", "PUT", $"{Proxy}{experiment}/{run}/artifacts/test.txt", Marker));
        string[] reads =
        [
            $"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path=test.txt", $"/api/2.0/mlflow/logged-models/{model}/artifacts/directories", $"/ajax-api/2.0/mlflow/logged-models/{model}",
            $"/get-artifact?run_uuid={run}&path=test.txt", $"/ajax-api/2.0/mlflow/artifacts/list?run_id={run}", $"/ajax-api/2.0/mlflow-artifacts/artifacts?path={experiment}/{run}/artifacts",
            $"/ajax-api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/test.txt", $"{Proxy}{experiment}/models/{model}/artifacts/test.txt",
            $"/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={run}&metric_key=m", $"/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids={run}&metric_key=m",
        ];
        foreach (var path in reads) AccessServer.Ok(await access.As("eve", "GET", path));
        await access.Grant("eve", experiment, "denied");
        foreach (var path in reads)
        {
            TellsNothing(await access.As("eve", "GET", path));
            TellsNothing(await access.As(null, "GET", path));
        }
        TellsNothing(await access.As("eve", "POST", $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=test.txt", "poisoned"));
        Assert.Equal(Marker, (await access.As("root", "GET", reads[0])).Body);
        // Nor by the way round: an experiment of one's own whose artifacts lie where the others' do.
        foreach (var name in new[] { "mallory", "trudy" })
        {
            await access.Person(name, ["creator"]);
            if (name == "mallory") await access.Grant(name, experiment, "denied");
            var own = await access.Run(name, (string)AccessServer.Ok(await access.As(name, "POST", "/api/2.0/mlflow/experiments/create",
                new JsonObject { ["name"] = name, ["artifact_location"] = $"mlflow-artifacts:/{experiment}" }.ToJsonString())).Json["experiment_id"]!);
            TellsNothing(await access.As(name, "GET", $"/get-artifact?run_uuid={own}&path=../../{run}/artifacts/test.txt"));
            TellsNothing(await access.As(name, "POST", $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={own}&path=planted.txt", "planted"));
            TellsNothing(await access.As(name, "PUT", $"{Proxy}{experiment}/{own}/artifacts/planted.txt", "planted"));
        }
        Assert.Equal(2, AccessServer.Ok(await access.As("root", "GET", "/api/2.0/mlflow-artifacts/artifacts?path=" + experiment)).Json["files"]!.AsArray().Count);
    }

    [Fact]
    public async Task CVE_2020_13927_CVE_2021_38540_CVE_2026_0545_and_CVE_2026_2652_no_route_answers_without_asking_who_comes()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        var run = await access.Run("root", await access.Experiment("root", "private"));
        // As reported, where the routes are not ours they must not be anybody's.
        TellsNothing(await access.As(null, "GET", "/api/experimental/latest_runs"));
        using var form = new MultipartFormDataContent { { new StringContent("""{"planted":"1"}"""), "file", "variables.json" } };
        TellsNothing(await access.Server.Send(new HttpRequestMessage(HttpMethod.Post, "/variable/varimport") { Content = form }));
        TellsNothing(await access.As(null, "POST", "/ajax-api/3.0/jobs/", """{"job_name":"run_task","params":{"command":"id"}}"""));
        TellsNothing(await access.As(null, "GET", "/ajax-api/3.0/jobs/1"));
        TellsNothing(await access.As(null, "POST", "/v1/traces", ""));
        // The kind: every route of ours that changes something, or tells something of a run. AuthorizationMatrixTests does the same with every role.
        foreach (var route in access.Server.Routes.Where(route => route.Path is not ("/signin" or "/setup") && !route.Path.EndsWith("/set-up", StringComparison.Ordinal)))
        {
            // gRPC has no GET: whether the server lives is asked by POST, and is no secret.
            if (route.Path.StartsWith("/inference.GRPCInferenceService/Server", StringComparison.Ordinal) || route.Path.StartsWith("/grpc.health.v1.Health/", StringComparison.Ordinal)) continue;
            if (route.Method == "GET" && !route.Path.Contains("mlflow/", StringComparison.Ordinal) && !route.Path.Contains("run", StringComparison.Ordinal) || route.Path.Contains("server-info", StringComparison.Ordinal)) continue;
            var path = route.Path.Replace("{run_id}", run, StringComparison.Ordinal).Replace("{**", "", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);
            Assert.Equal((route.Path, HttpStatusCode.Unauthorized), (route.Path, (await access.As(null, route.Method, $"{path}?run_id={run}&experiment_id=0", route.Method is "GET" ? null : "{}")).Status));
        }
        Assert.Equal("RUNNING", (string?)(await access.As("root", "GET", "/api/2.0/mlflow/runs/get?run_id=" + run)).Json["run"]!["info"]!["status"]);
        // And the start: a port that others reach needs people, or an explicit word.
        var refused = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.Start(static options => options with { Urls = ["http://0.0.0.0:0"] }));
        Assert.Contains("access.mode", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CVE_2023_42792_and_CVE_2024_28746_a_right_for_one_thing_is_none_for_its_neighbour()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        await access.Person("ann", []);
        var (mine, other) = (await access.Experiment("root", "mine"), await access.Experiment("root", "other"));
        await access.Grant("ann", mine, "manage");
        var (own, foreign) = (await access.Run("ann", mine), await access.Run("root", other));
        AccessServer.Ok(await access.As("root", "PUT", "/api/slipway/v1/secrets/key", """{"value":"hidden-value"}"""));
        // Both are named, the permitted one first: in the address, in the body, twice.
        foreach (var (method, path, body) in new (string, string, string?)[]
        {
            ("POST", $"/api/2.0/mlflow/runs/delete?run_id={own}", $$"""{"run_id":"{{foreign}}"}"""),
            ("POST", $"/api/2.0/mlflow/runs/set-tag?experiment_id={mine}", $$"""{"run_id":"{{own}}","run_uuid":"{{own}}","run_id":"{{foreign}}","key":"k","value":"v"}"""),
            ("POST", "/api/2.0/mlflow/runs/log-batch", $$"""{"experiment_id":"{{mine}}","run_id":"{{foreign}}","tags":[{"key":"k","value":"v"}]}"""),
            ("DELETE", $"/api/slipway/v1/runs/{foreign}?hard=true&run_id={own}", null),
            ("GET", $"/api/2.0/mlflow/runs/get?run_uuid={own}&run_id={foreign}", null),
            ("POST", $"/api/2.0/mlflow/experiments/delete?experiment_id={mine}", $$"""{"experiment_id":"{{other}}"}"""),
            ("GET", "/api/slipway/v1/secrets", null), ("PUT", "/api/slipway/v1/secrets/key", """{"value":"planted"}"""), ("DELETE", "/api/slipway/v1/secrets/key", null),
            ("GET", "/api/slipway/v1/access/members", null), ("GET", "/api/slipway/v1/backup", null), ("GET", "/metrics", null),
        })
        {
            // What she may not even see is not found; the rest is refused.
            var answer = await access.As("ann", method, path, body);
            Assert.True(answer.Status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound, $"{method} {path}: {answer.Status} {answer.Body}");
            Assert.DoesNotContain("hidden-value", answer.Body, StringComparison.Ordinal);
        }
        var kept = AccessServer.Ok(await access.As("root", "GET", "/api/2.0/mlflow/runs/get?run_id=" + foreign)).Json["run"]!;
        Assert.Equal("active", (string?)kept["info"]!["lifecycle_stage"]);
        Assert.DoesNotContain("\"k\"", kept.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("active", (string?)AccessServer.Ok(await access.As("root", "GET", "/api/2.0/mlflow/experiments/get?experiment_id=" + other)).Json["experiment"]!["lifecycle_stage"]);
    }

    [Fact]
    public async Task CVE_2024_26280_the_audit_log_is_not_for_every_reader()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        foreach (var role in new[] { "viewer", "contributor" }) await access.Person(role, [role]);
        await access.Experiment("root", "unmentionable");
        Assert.Contains("unmentionable", (await access.Sealed()).ToJsonString(), StringComparison.Ordinal);
        foreach (var role in new[] { "viewer", "contributor" })
            foreach (var path in new[] { "/api/slipway/v1/events", "/api/slipway/v1/audit/export", "/api/slipway/v1/audit/verify" })
            {
                var answer = await access.As(role, "GET", path);
                Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
                Assert.DoesNotContain("unmentionable", answer.Body, StringComparison.Ordinal);
            }
    }
}
