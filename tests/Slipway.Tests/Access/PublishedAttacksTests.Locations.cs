using System.Net;
using System.Text.Json.Nodes;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>A location that the caller states, and the server later opens: an experiment's, or a model version's source.</summary>
public sealed partial class PublishedAttacksTests
{
    /// <summary>
    /// Number, the experiment's location (if the report sets one), the model version's source (if it does), the file then asked for, and whether the location must be
    /// refused. {outside} is the folder with the secret, {below} the same without its first slash, {host} this server, {run} the run of the step before.
    /// </summary>
    public static TheoryData<string, string?, string?, string, bool> Locations => new()
    {
        { "CVE-2023-1177", null, "file://{outside}", "secret.txt", false },
        { "CVE-2023-1177", null, "file://{outside}/", "secret.txt", false },
        { "CVE-2023-2356", null, "file://{host}/../../../../../../../", "{below}/secret.txt", false },
        { "CVE-2023-2356", null, "mlflow-artifacts://host:9000/models/../../../", "{below}/secret.txt", false },
        { "CVE-2023-2356", null, "http://host:9000/models/../../../", "{below}/secret.txt", false },
        { "CVE-2023-2356", null, "https://host/api/2.0/mlflow-artifacts/artifacts/../../../", "{below}/secret.txt", false },
        { "CVE-2023-2356", null, "/models/artifacts/../../../", "{below}/secret.txt", false },
        { "CVE-2023-2356", null, "s3:/my_bucket/models/path/../../other/path", "secret.txt", false },
        { "CVE-2023-2780", null, "file://.{outside}", "secret.txt", false },
        { "CVE-2023-2780", null, "file://127.0.0.1{outside}", "secret.txt", false },
        { "CVE-2023-2780", null, @"file:///\..\..\..\..\..\..{outside}", "secret.txt", false },
        { "CVE-2023-6909", "http:///?/../../../../../../../../../../../../../..{outside}/", "file://{outside}/", "secret.txt", true },
        { "CVE-2023-6909", "https://example.com?key=value&%252E%252E%252F{below}", "file://{outside}/", "secret.txt", true },
        { "CVE-2023-6977", null, "//proc/self/root", "{below}/secret.txt", false },
        { "CVE-2024-1483", "http:///#/../../../../../../../../../../../../../..{outside}/", "file://{outside}/", "secret.txt", true },
        { "CVE-2024-1558", null, "http://host/a%3f/../../../../../../../../../..{outside}", "secret.txt", false },
        { "CVE-2024-1558", null, "file:///mlruns/0/abc/artifacts/model?x=../../../..{outside}/secret.txt", "whatever", true },
        { "CVE-2024-1593", "http://host/;..%2F..%2F..%2F..%2F..%2F..%2F..{outside}", "file://{outside}/", "secret.txt", false },
        { "CVE-2024-1593", "http:///;/../../../../../../../../../../../../../..{outside}/", "file://{outside}/", "secret.txt", false },
        { "CVE-2024-1594", "http:///#/../../../../../../../../../../../../../..{outside}/?", "file://{outside}/", "secret.txt", true },
        { "CVE-2024-2928", "http:///#/../../../../../../../../../../../../../..{outside}/", "file://{outside}/", "secret.txt", true },
        { "CVE-2024-2928", "http://host#{outside}/", "{outside}", "secret.txt", true },
        { "CVE-2024-3573", null, "/{outside}", "secret.txt", false },
        { "CVE-2024-3573", null, "file:/{outside}", "secret.txt", false },
        { "CVE-2024-3573", null, "FILE://{outside}", "secret.txt", false },
        { "CVE-2024-3848", "http://host#/../../../../../../../../../../../../../..{outside}/", "file://{outside}/", "secret.txt", true },
        { "CVE-2024-8859", "dbfs:/", "dbfs:/{run}/artifacts/a%3f/../../../../../../../../../../../../", "{below}/secret.txt", false },
        { "CVE-2025-11201", null, "{outside}", "secret.txt", false },
        { "CVE-2026-2614", null, "{outside}", "secret.txt", false },
        { "CVE-2026-2614", "mlflow-artifacts:/../../../../../../../..{outside}", "file://localhost{outside}", "secret.txt", false },
        { "CVE-2026-2614", "C:/../../../../../..{outside}", @"C:\..\..{outside}", "secret.txt", false },
        { "CVE-2026-2614", "mlflow-artifacts:/x/%2e%2e/%252e%252e/%2e%2e{outside}", "models:/x/1/../..{outside}", "secret.txt", false },
    };

    [Theory]
    [MemberData(nameof(Locations))]
    public async Task A_stated_location_never_reaches_the_servers_disk(string number, string? location, string? source, string file, bool refused)
    {
        await using var server = await TestServer.Start();
        string? Filled(string? text, string run = "") => text?.Replace("{outside}", outside, StringComparison.Ordinal).Replace("{below}", outside[1..], StringComparison.Ordinal)
            .Replace("{host}", server.Address.ToString(), StringComparison.Ordinal).Replace("{run}", run, StringComparison.Ordinal);
        file = Filled(file)!;

        // The reported sequence: experiment, run, a file in it, the experiment deleted, then a model whose source is what the attacker wants to read.
        var (experiment, run, kept) = await MakeRun(server, number, Filled(location));
        if (location is not null) Assert.Equal(refused, !kept);
        await AskForFiles(server, run, file, location is not null && kept);
        if (kept) Assert.Equal(HttpStatusCode.OK, (await server.Post("/ajax-api/2.0/mlflow/experiments/delete", new JsonObject { ["experiment_id"] = experiment }.ToJsonString())).Status);
        await server.Post("/ajax-api/2.0/mlflow/registered-models/create", new JsonObject { ["name"] = number }.ToJsonString());
        foreach (var tags in new JsonArray?[] { null, [new JsonObject { ["key"] = "mlflow.prompt.is_prompt", ["value"] = "true" }] })
            await server.Post("/ajax-api/2.0/mlflow/model-versions/create", new JsonObject { ["name"] = number, ["run_id"] = run, ["source"] = Filled(source, run), ["tags"] = tags }.ToJsonString());
        foreach (var version in new[] { 1, 2 })
            TellsNothing(await server.Get($"/model-versions/get-artifact?path={Uri.EscapeDataString(file)}&name={number}&version={version}"));

        // There are no model versions here yet; the one place that takes a location from a caller gets the same source.
        var (_, second, taken) = await MakeRun(server, number + "-source", Filled(source, run));
        await AskForFiles(server, second, file, taken);
        var model = await server.Post("/api/2.0/mlflow/logged-models", new JsonObject { ["experiment_id"] = "0", ["name"] = "m", ["source_run_id"] = second }.ToJsonString());
        TellsNothing(await server.Get($"/ajax-api/2.0/mlflow/logged-models/{(string)model.Json["model"]!["info"]!["model_id"]!}/artifacts/files?artifact_file_path={Uri.EscapeDataString(file)}"));
        NothingHappenedOutside();
    }

    [Fact]
    public async Task The_same_questions_are_answered_where_the_file_is_an_artifact()
    {
        await using var server = await TestServer.Start();
        var (_, run, _) = await MakeRun(server, "honest", null);
        Assert.Equal(HttpStatusCode.OK, (await server.Send(Bytes(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=secret.txt", Marker))).Status);
        Assert.Equal(Marker, (await server.Get($"/get-artifact?path=secret.txt&run_uuid={run}")).Body);
        Assert.Contains("secret.txt", (await server.Get("/api/2.0/mlflow/artifacts/list?run_id=" + run)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CVE_2026_2033_a_stored_description_of_a_run_makes_no_run()
    {
        await using var server = await TestServer.Start();
        // The report: artifacts stored into the folder of the runs themselves, so that one of them reads as the description of a run whose artifacts are elsewhere.
        foreach (var root in new[] { "mlflow-artifacts:/", "file://" + server.Data, server.Data })
        {
            var (_, run, _) = await MakeRun(server, root, root);
            foreach (var name in new[] { "meta.yaml", "artifacts/meta.yaml" })
                await server.Send(Bytes(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={name}",
                    $"run_id: artifacts\nrun_uuid: artifacts\nexperiment_id: {run}\nlifecycle_stage: active\nstatus: 1\nstart_time: 0\nartifact_uri: {outside}\n"));
            foreach (var posed in new[] { "artifacts", run + "/artifacts", "../" + run })
            {
                TellsNothing(await server.Get("/api/2.0/mlflow/runs/get?run_id=" + Uri.EscapeDataString(posed)));
                TellsNothing(await server.Get($"/get-artifact?path=secret.txt&run_uuid={Uri.EscapeDataString(posed)}"));
                TellsNothing(await server.Send(Bytes(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={Uri.EscapeDataString(posed)}&path=secret.txt", "overwritten")));
            }
            // What the server keeps of its own is no artifact either.
            foreach (var own in Directory.EnumerateFiles(server.Data).Select(Path.GetFileName)) TellsNothing(await server.Get($"/get-artifact?path={own}&run_uuid={run}"));
        }
        NothingHappenedOutside();
    }

    /// <summary>An experiment at a location, or where that is refused the Default one, and a run in it.</summary>
    private static async Task<(string Experiment, string Run, bool Kept)> MakeRun(TestServer server, string name, string? location)
    {
        var made = await server.Post("/ajax-api/2.0/mlflow/experiments/create", new JsonObject { ["name"] = name, ["artifact_location"] = location }.ToJsonString());
        if (made.Status != HttpStatusCode.OK) Assert.Equal("INVALID_PARAMETER_VALUE", made.ErrorCode);
        var experiment = made.Status == HttpStatusCode.OK ? (string)made.Json["experiment_id"]! : "0";
        var run = await server.Post("/api/2.0/mlflow/runs/create", new JsonObject { ["experiment_id"] = experiment }.ToJsonString());
        return (experiment, (string)run.Json["run"]!["info"]!["run_id"]!, made.Status == HttpStatusCode.OK);
    }

    private static async Task AskForFiles(TestServer server, string run, string file, bool elsewhere)
    {
        var stored = await server.Send(Bytes(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=a?/a", "whatever"));
        Assert.Equal(elsewhere ? HttpStatusCode.BadRequest : HttpStatusCode.OK, stored.Status);
        foreach (var path in new[] { file, "secret.txt", "../secret.txt", "../../secret.txt", "a?/../../../../../../../.." + file, "%2e%2e/secret.txt", "%252e%252e/secret.txt" })
        {
            TellsNothing(await server.Get($"/get-artifact?path={Uri.EscapeDataString(path)}&run_uuid={run}"));
            TellsNothing(await server.Send(Bytes(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={Uri.EscapeDataString(path + "/../secret.txt")}", "overwritten")));
        }
        foreach (var folder in new[] { "", "..", "a?/.." })
            Assert.DoesNotContain("secret.txt", (await server.Get($"/api/2.0/mlflow/artifacts/list?run_id={run}&path={folder}")).Body, StringComparison.Ordinal);
    }
}
