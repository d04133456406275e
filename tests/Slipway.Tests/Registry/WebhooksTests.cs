using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Storage;
using Slipway.Tests.Server;
using Slipway.Webhooks;

namespace Slipway.Tests.Registry;

public sealed class WebhooksOnSqlite() : WebhooksTests(Dialect.Sqlite);

public sealed class WebhooksOnPostgres() : WebhooksTests(Dialect.Postgres);

/// <summary>A server that tells itself: /hook takes down what comes, and answers what a test says.</summary>
public abstract class WebhooksTests(Dialect dialect) : IAsyncLifetime
{
    private sealed record Told(string Id, string Seconds, string? Signature, string Body)
    {
        public JsonNode Json => JsonNode.Parse(Body)!;
    }

    private readonly ConcurrentQueue<Told> told = new();
    private readonly ConcurrentQueue<int> answers = new();
    private TestServer server = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(dialect, static options => options with { OutboundAllowPrivate = true }, parts =>
        parts.Routes.Raw("POST", "/hook", Right.None, "A receiver.", async (context, _) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers;
            told.Enqueue(new Told(headers["X-MLflow-Delivery-Id"]!, headers["X-MLflow-Timestamp"]!, (string?)headers["X-MLflow-Signature"], await reader.ReadToEndAsync()));
            context.Response.StatusCode = answers.TryDequeue(out var status) ? status : 200;
            if (context.Response.StatusCode is 302) context.Response.Headers.Location = "/hook";
            await context.Response.WriteAsync("noted", context.RequestAborted);
            return null;
        }));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task<JsonNode> Ok(string method, string path, string? json = null)
    {
        var answer = await server.Send(new HttpRequestMessage(new HttpMethod(method), path) { Content = json is null ? null : new StringContent(json, null, "application/json") });
        Assert.True((int)answer.Status == 200, $"{method} {path}: {answer.Status} {answer.Body}");
        return answer.Json;
    }

    private Task<JsonNode> Mlflow(string method, string path, string? json = null) => Ok(method, "/api/2.0/mlflow" + path, json);

    private async Task<string> Hook(string events, string? secret = null) => (string)(await Mlflow("POST", "/webhooks",
        $$"""{"name":"hook","url":"{{server.Http.BaseAddress}}hook","events":{{events}}{{(secret is null ? "" : $",\"secret\":\"{secret}\"")}}}"""))["webhook"]!["webhook_id"]!;

    /// <summary>Waits for deliveries to be in a state.</summary>
    private async Task<JsonArray> Deliveries(string webhook, string state, int count)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            var log = (await Ok("GET", $"/api/slipway/v1/webhooks/{webhook}/deliveries"))["deliveries"] as JsonArray ?? [];
            if (log.Count(one => (string)one!["state"]! == state) == count) return log;
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), $"{count} {state}: {log.ToJsonString()}");
        }
    }

    [Fact]
    public async Task Changes_are_told_in_the_references_words_and_signed_as_it_signs()
    {
        var hook = await Hook("""[{"entity":"REGISTERED_MODEL","action":"CREATED"},{"entity":"MODEL_VERSION","action":"CREATED"},{"entity":"MODEL_VERSION_ALIAS","action":"CREATED"},{"entity":"MODEL_VERSION","action":"UPDATED"}]""", "s3cret");
        await Mlflow("POST", "/registered-models/create", """{"name":"m","tags":[{"key":"k","value":"v"}]}""");
        await Mlflow("POST", "/model-versions/create", """{"name":"m","source":"runs:/r/m","run_id":"r","tags":[{"key":"a","value":"b"}]}""");
        await Mlflow("POST", "/registered-models/alias", """{"name":"m","alias":"best","version":"1"}""");
        await Mlflow("POST", "/model-versions/set-tag", """{"name":"m","version":"1","key":"k","value":"v"}"""); // not asked for
        await Mlflow("POST", "/model-versions/transition-stage", """{"name":"m","version":"1","stage":"Staging"}""");
        await Deliveries(hook, "DELIVERED", 4);
        Assert.Equal(
        [
            """{"name":"m","alias":"best","version":"1"}""",
            """{"name":"m","description":null,"tags":{"k":"v"}}""",
            """{"name":"m","version":"1","source":"runs:/r/m","run_id":"r","description":null,"tags":{"a":"b"}}""",
            """{"name":"m","version":"1","stage":"Staging","previous_stage":"None","reason":null}""",
        ], told.Select(one => one.Json["data"]!.ToJsonString()).Order(StringComparer.Ordinal));
        Assert.All(told, one => Assert.Equal(WebhookDeliveries.Sign("s3cret", one.Id, one.Seconds, one.Body), one.Signature));
        Assert.Contains(told, one => (string)one.Json["entity"]! == "model_version_alias" && (string)one.Json["action"]! == "created");
        Assert.Equal(4, told.Select(one => one.Id).Distinct().Count());
    }

    [Fact]
    public void Signature_is_what_the_references_receivers_compute() =>
        // hmac.new(b"secret", b"id.1700000000.{}", sha256), base64.
        Assert.Equal("v1," + Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData("secret"u8, "id.1700000000.{}"u8)), WebhookDeliveries.Sign("secret", "id", "1700000000", "{}"));

    [Fact]
    public async Task Prompts_are_told_as_prompts()
    {
        var hook = await Hook("""[{"entity":"PROMPT","action":"CREATED"},{"entity":"PROMPT_VERSION","action":"CREATED"},{"entity":"REGISTERED_MODEL","action":"CREATED"},{"entity":"MODEL_VERSION","action":"CREATED"}]""");
        await Mlflow("POST", "/registered-models/create", """{"name":"p","tags":[{"key":"mlflow.prompt.is_prompt","value":"true"},{"key":"k","value":"v"}]}""");
        await Mlflow("POST", "/model-versions/create", """{"name":"p","source":"prompt-template","tags":[{"key":"mlflow.prompt.is_prompt","value":"true"},{"key":"mlflow.prompt.text","value":"Hello {{name}}"}]}""");
        await Deliveries(hook, "DELIVERED", 2);
        Assert.Equal(["""{"name":"p","description":null,"tags":{"k":"v"}}""", """{"name":"p","version":"1","template":"Hello {{name}}","description":null,"tags":{}}"""],
            told.Select(one => one.Json["data"]!.ToJsonString()).Order(StringComparer.Ordinal));
        Assert.All(told, one => Assert.Null(one.Signature));
    }

    [Fact]
    public async Task Failure_that_may_pass_is_tried_again_under_the_same_id_and_others_are_given_up()
    {
        var hook = await Hook("""[{"entity":"REGISTERED_MODEL","action":"CREATED"}]""");
        answers.Enqueue(503);
        await Mlflow("POST", "/registered-models/create", """{"name":"one"}""");
        var again = (await Deliveries(hook, "DELIVERED", 1))[0]!;
        Assert.Equal((2, 200, "noted"), ((int)again["attempts"]!, (int)again["response_status"]!, (string)again["response_body"]!));
        Assert.Single(told.Select(one => one.Id).Distinct());
        foreach (var status in (int[])[404, 302])
        {
            answers.Enqueue(status);
            await Mlflow("POST", "/registered-models/create", $$"""{"name":"m{{status}}"}""");
            var given = (await Deliveries(hook, "GIVEN_UP", status is 404 ? 1 : 2))[0]!;
            Assert.Equal((1, status), ((int)given["attempts"]!, (int)given["response_status"]!));
        }
        Assert.Equal(4, told.Count); // the redirect was not followed
        await Ok("POST", $"/api/slipway/v1/webhooks/{hook}/deliveries/{(string)again["delivery_id"]!}/send-again", "{}");
        await Deliveries(hook, "DELIVERED", 2);
        Assert.Equal(404, (int)(await server.Post($"/api/slipway/v1/webhooks/{hook}/deliveries/nope/send-again", "{}")).Status);
    }

    [Fact]
    public async Task What_was_rolled_back_and_what_a_disabled_webhook_asked_for_is_not_told()
    {
        var hook = await Hook("""[{"entity":"REGISTERED_MODEL","action":"CREATED"},{"entity":"MODEL_VERSION","action":"CREATED"}]""");
        await Mlflow("POST", "/registered-models/create", """{"name":"one"}""");
        await server.Post("/api/2.0/mlflow/registered-models/create", """{"name":"one"}""");
        await server.Post("/api/2.0/mlflow/model-versions/create", """{"name":"one","source":"/etc/passwd"}""");
        await Deliveries(hook, "DELIVERED", 1);
        await Mlflow("PATCH", "/webhooks/" + hook, """{"status":"DISABLED"}""");
        await Mlflow("POST", "/registered-models/create", """{"name":"two"}""");
        Assert.Single(await Deliveries(hook, "DELIVERED", 1));
        Assert.Single(told);
    }

    [Fact]
    public async Task Webhooks_are_made_listed_changed_tested_and_deleted_and_the_secret_is_never_shown()
    {
        var hook = await Hook("""[{"entity":"MODEL_VERSION_TAG","action":"SET"}]""", "s3cret");
        var other = await Hook("""[{"entity":"PROMPT","action":"CREATED"}]""");
        var page = await Mlflow("GET", "/webhooks?max_results=1");
        Assert.Equal(other, (string)page["webhooks"]![0]!["webhook_id"]!);
        page = await Mlflow("GET", "/webhooks?max_results=1&page_token=" + page["next_page_token"]);
        Assert.Equal((hook, null), ((string)page["webhooks"]![0]!["webhook_id"]!, (string?)page["next_page_token"]));
        Assert.DoesNotContain("s3cret", page.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("webhook", (await Ok("GET", "/api/slipway/v1/secrets")).ToJsonString(), StringComparison.Ordinal);
        var changed = (await Mlflow("PATCH", "/webhooks/" + hook, """{"name":"new","events":[{"entity":"PROMPT_TAG","action":"SET"}]}"""))["webhook"]!;
        Assert.Equal(("new", "ACTIVE", """[{"entity":"PROMPT_TAG","action":"SET"}]"""), ((string)changed["name"]!, (string)changed["status"]!, changed["events"]!.ToJsonString()));
        var result = (await Mlflow("POST", $"/webhooks/{hook}/test", "{}"))["result"]!;
        Assert.Equal((true, 200, "noted"), ((bool)result["success"]!, (int)result["response_status"]!, (string)result["response_body"]!));
        Assert.Equal("""{"name":"example_prompt","key":"example_key","value":"example_value"}""", told.Single().Json["data"]!.ToJsonString());
        Assert.NotNull(told.Single().Signature);
        await Ok("POST", "/api/slipway/v1/secrets/rotate", "{}");
        await Mlflow("POST", $"/webhooks/{hook}/test", """{"event":{"entity":"MODEL_VERSION","action":"CREATED"}}""");
        Assert.Equal(WebhookDeliveries.Sign("s3cret", told.Last().Id, told.Last().Seconds, told.Last().Body), told.Last().Signature);
        await Mlflow("DELETE", "/webhooks/" + hook, "{}");
        Assert.Equal(404, (int)(await server.Get("/api/2.0/mlflow/webhooks/" + hook)).Status);
    }
}

/// <summary>What an operator has not allowed: addresses of the inside.</summary>
public sealed class WebhookAddressTests
{
    [Theory]
    [InlineData("http://example.com/", "Invalid webhook URL scheme")]
    [InlineData("ftp://example.com/", "Invalid webhook URL scheme")]
    [InlineData("file:///etc/passwd", "Invalid webhook URL scheme")]
    [InlineData("https://127.0.0.1/", "non-public IP address")]
    [InlineData("https://localhost/", "non-public IP address")]
    [InlineData("https://[::1]/", "non-public IP address")]
    [InlineData("https://[::ffff:10.0.0.1]/", "non-public IP address")]
    [InlineData("https://169.254.169.254/latest", "non-public IP address")]
    [InlineData("https://10.1.2.3/", "non-public IP address")]
    [InlineData("https://2130706433/", "non-public IP address")]
    [InlineData("nonsense", "Invalid webhook URL")]
    [InlineData(" ", "empty or just whitespace")]
    public void Private_addresses_and_other_schemes_are_refused(string url, string says) =>
        Assert.Contains(says, new WebhookCheck(AllowPrivate: false).Url(url)!.Message, StringComparison.Ordinal);

    [Fact]
    public async Task Name_that_leads_inside_is_not_called()
    {
        // localhost.example leads nowhere without a network: the check of what a name leads to is Outbound's own test. Here it is that deliveries use it.
        await using var server = await TestServer.Start();
        var made = await server.Post("/api/2.0/mlflow/webhooks", """{"name":"hook","url":"https://127.0.0.1.nip.invalid/","events":[{"entity":"PROMPT","action":"CREATED"}]}""");
        var result = (await server.Post($"/api/2.0/mlflow/webhooks/{(string)made.Json["webhook"]!["webhook_id"]!}/test", "{}")).Json["result"]!;
        Assert.False((bool)result["success"]!);
        Assert.NotEmpty((string)result["error_message"]!);
    }

    [Theory]
    [InlineData("""{"url":"https://example.com","events":[{"entity":"PROMPT","action":"CREATED"}]}""", "Missing value for required parameter 'name'")]
    [InlineData("""{"name":"-x","url":"https://example.com","events":[{"entity":"PROMPT","action":"CREATED"}]}""", "Webhook name '-x' is invalid")]
    [InlineData("""{"name":"x","url":"https://example.com","events":[]}""", "Missing value for required parameter 'events'")]
    [InlineData("""{"name":"x","url":"https://example.com","events":[{"entity":"PROMPT","action":"BURNED"}]}""", "there is no 'PROMPT.BURNED'")]
    [InlineData("""{"name":"x","url":"https://example.com","events":[null]}""", "there is no")]
    [InlineData("""{"name":"x","url":"https://example.com","status":"on","events":[{"entity":"PROMPT","action":"CREATED"}]}""", "status")]
    public async Task Create_says_what_is_wrong(string body, string says)
    {
        await using var server = await TestServer.Start();
        var answer = await server.Post("/api/2.0/mlflow/webhooks", body);
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), ((int)answer.Status, answer.ErrorCode));
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }
}
