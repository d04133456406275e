using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>Requests that are small and cost much, and names that pass for others.</summary>
public sealed partial class PublishedAttacksTests
{
    [Fact]
    public async Task CVE_2025_0453_there_is_no_graphql_to_exhaust_and_no_list_without_a_limit()
    {
        await using var server = await TestServer.Start();
        // Reported: one request that asks a hundredfold for all runs of an experiment.
        var query = string.Join(' ', Enumerable.Range(0, 200).Select(one => $$"""a{{one}}: mlflowSearchRuns(input: {experimentIds: ["0"]}) { runs { info { runId } } }"""));
        foreach (var path in new[] { "/graphql", "/ajax-api/2.0/mlflow/graphql", "/api/2.0/mlflow/graphql" })
            Assert.Equal("ENDPOINT_NOT_FOUND", (await server.Post(path, new JsonObject { ["query"] = $"mutation {{ {query} }}" }.ToJsonString())).ErrorCode);
        // The kind: what one request may ask for is bounded, and naming the same experiment often is naming it once.
        for (var run = 0; run < 3; run++) await server.Post("/api/2.0/mlflow/runs/create", """{"experiment_id":"0"}""");
        var often = new JsonArray([.. Enumerable.Repeat("0", 200).Select(one => (JsonNode)one)]);
        Assert.Equal(3, (await server.Post("/ajax-api/2.0/mlflow/runs/search", new JsonObject { ["experiment_ids"] = often }.ToJsonString())).Json["runs"]!.AsArray().Count);
        Assert.Equal("INVALID_PARAMETER_VALUE", (await server.Post("/ajax-api/2.0/mlflow/runs/search", """{"experiment_ids":["0"],"max_results":1000000}""")).ErrorCode);
        Assert.Equal("INVALID_PARAMETER_VALUE", (await server.Post("/ajax-api/2.0/mlflow/experiments/search", """{"max_results":1000000}""")).ErrorCode);
    }

    [Fact]
    public async Task CVE_2024_6838_a_name_and_a_location_have_a_length()
    {
        await using var server = await TestServer.Start();
        var long1 = string.Concat(Enumerable.Range(0, 30_000));
        Assert.Equal("INVALID_PARAMETER_VALUE", (await server.Post("/ajax-api/2.0/mlflow/experiments/create", new JsonObject { ["name"] = long1 }.ToJsonString())).ErrorCode);
        Assert.Equal("INVALID_PARAMETER_VALUE", (await server.Post("/ajax-api/2.0/mlflow/experiments/create", new JsonObject { ["name"] = "n", ["artifact_location"] = "s3://b/" + long1 }.ToJsonString())).ErrorCode);
        Assert.Equal("INVALID_PARAMETER_VALUE", (await server.Post("/ajax-api/2.0/mlflow/experiments/update", new JsonObject { ["experiment_id"] = "0", ["new_name"] = long1 }.ToJsonString())).ErrorCode);
        await OnlyDefaultIsThere(server);
    }

    [Fact]
    public async Task CVE_2024_5552_no_pattern_holds_the_server_up()
    {
        await using var access = await AccessServer.Start(Dialect.Sqlite);
        // Reported: an address of mail that a check of its form takes exponential time for. No answer within the minute would be the same here.
        var mail = new string('a', 50_000) + "@" + string.Concat(Enumerable.Repeat("a.", 20_000)) + "!";
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "POST", "/api/slipway/v1/access/members", new JsonObject { ["name"] = "eve", ["email"] = mail, ["password"] = AccessServer.Password }.ToJsonString())).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await access.As("root", "POST", "/api/slipway/v1/access/members", new JsonObject { ["name"] = mail, ["password"] = AccessServer.Password }.ToJsonString())).Status);
        TellsNothing(await access.Server.Send(new HttpRequestMessage(HttpMethod.Post, "/signin") { Content = new FormUrlEncodedContent([new("name", mail[..4_000]), new("password", "x")]) }));
        // The one place where a caller's own pattern is matched: a search by regular expression, over a text that makes it backtrack.
        await access.Experiment("root", new string('a', 400) + "!");
        await access.As("root", "POST", "/api/2.0/mlflow/experiments/search", """{"max_results":10,"filter":"name RLIKE '^(([a-z])+.)+[A-Z]([a-z])+$'"}""");
        await access.As("root", "POST", "/api/2.0/mlflow/experiments/search", """{"max_results":10,"filter":"name RLIKE '^(a+)+$'"}""");
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1));
        AccessServer.Ok(await access.As("root", "GET", Me));
    }

    [Theory]
    [InlineData("CVE-2024-3099", "model one", "model%20one")]
    [InlineData("CVE-2024-3099", "model/one", "model%2Fone")]
    [InlineData("CVE-2024-3099", "model%20one", "model%2520one")]
    [InlineData("CVE-2023-1176", "../../../etc", "%2e%2e/%2e%2e/%2e%2e/etc")]
    [InlineData("CVE-2023-1176", "/etc/passwd", @"C:\Windows")]
    public async Task A_name_is_text_and_another_spelling_is_another_name(string number, string name, string other)
    {
        await using var server = await TestServer.Start();
        var ids = new Dictionary<string, string>();
        foreach (var one in new[] { name, other })
        {
            var made = await server.Post("/api/2.0/mlflow/experiments/create", new JsonObject { ["name"] = one }.ToJsonString());
            ids[one] = (string)made.Json["experiment_id"]!;
            Assert.Equal("RESOURCE_ALREADY_EXISTS", (await server.Post("/api/2.0/mlflow/experiments/create", new JsonObject { ["name"] = one }.ToJsonString())).ErrorCode);
        }
        foreach (var (one, id) in ids)
        {
            Assert.Equal((number, id), (number, (string?)(await server.Get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=" + Uri.EscapeDataString(one))).Json["experiment"]!["experiment_id"]));
            // No folder is called after it either.
            Assert.Equal("mlflow-artifacts:/" + id, (string?)(await server.Get("/api/2.0/mlflow/experiments/get?experiment_id=" + id)).Json["experiment"]!["artifact_location"]);
        }
    }
}
