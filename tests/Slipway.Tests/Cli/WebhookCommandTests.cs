using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Cli;

/// <summary>`slipway webhooks` against a server that tells itself.</summary>
public sealed class WebhookCommandTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> told = new();
    private readonly ConcurrentQueue<int> answers = new();
    private TestServer server = null!;

    public async ValueTask InitializeAsync() => server = await TestServer.Start(Dialect.Sqlite, static options => options with { OutboundAllowPrivate = true }, parts =>
        parts.Routes.Raw("POST", "/hook", Right.None, "A receiver.", async (context, _) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            told.Enqueue(await reader.ReadToEndAsync());
            context.Response.StatusCode = answers.TryDequeue(out var status) ? status : 200;
            return null;
        }));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private Task<Said> Run(params string[] args) => Shell.Run(["webhooks", .. args, "--url", server.Http.BaseAddress!.AbsoluteUri]);

    private async Task<Said> Ok(params string[] args)
    {
        var said = await Run(args);
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        return said;
    }

    private async Task<string> Hook()
    {
        var made = await server.Post("/api/2.0/mlflow/webhooks", $$"""{"name":"ci","description":"Starts the build.","url":"{{server.Http.BaseAddress}}hook","events":[{"entity":"REGISTERED_MODEL","action":"CREATED"}]}""");
        return (string)made.Json["webhook"]!["webhook_id"]!;
    }

    [Fact]
    public async Task Webhooks_are_listed_shown_tested_and_what_was_sent_is_sent_again()
    {
        Assert.DoesNotContain("ci", (await Ok("list")).Output, StringComparison.Ordinal);
        var id = await Hook();
        foreach (var part in (string[])[id, "ci", "ACTIVE", "/hook", "REGISTERED_MODEL.CREATED"]) Assert.Contains(part, (await Ok("list")).Output, StringComparison.Ordinal);
        var shown = (await Ok("show", id)).Output;
        foreach (var part in (string[])["ci: http", "active", "Starts the build.", "REGISTERED_MODEL.CREATED"]) Assert.Contains(part, shown, StringComparison.Ordinal);
        Assert.Equal(id, (string)JsonNode.Parse((await Ok("show", id, "--json")).Output)!["webhook_id"]!);

        Assert.Contains("It answered 200.", (await Ok("test", id)).Error, StringComparison.Ordinal);
        await Ok("test", id, "--event", "MODEL_VERSION.CREATED");
        Assert.Contains("model_version", told.Last(), StringComparison.OrdinalIgnoreCase);
        answers.Enqueue(500);
        var failed = await Run("test", id);
        Assert.Equal(ExitCode.Failed, failed.Code);
        Assert.Contains("It answered 500", failed.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Run("test", id, "--event", "everything")).Code);
        Assert.NotEqual(ExitCode.Ok, (await Run("test", id, "--event", "MODEL_VERSION.BURNED")).Code);

        answers.Enqueue(404);
        await server.Post("/api/2.0/mlflow/registered-models/create", """{"name":"m"}""");
        var log = await server.Ends.Until(async () => (await Ok("deliveries", id, "--json")).Output is var text && JsonNode.Parse(text) is JsonArray { Count: 1 } one && (string)one[0]!["state"]! == "GIVEN_UP" ? one : null);
        var delivery = (string)log[0]!["delivery_id"]!;
        var table = (await Ok("deliveries", id)).Output;
        foreach (var part in (string[])[delivery, "REGISTERED_MODEL.CREATED", "GIVEN_UP", "404"]) Assert.Contains(part, table, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("It is sent again.", (await Ok("send-again", id, delivery)).Error, StringComparison.Ordinal);
        var before = told.Count(one => one.Contains("\"m\"", StringComparison.Ordinal));
        await server.Ends.Until(async () => (await Ok("deliveries", id, "--json")).Output is var text && text.Contains("DELIVERED", StringComparison.Ordinal) ? text : null);
        Assert.Equal(2, told.Count(one => one.Contains("\"m\"", StringComparison.Ordinal)));
        Assert.InRange(before, 1, 2);
        Assert.Single(JsonNode.Parse((await Ok("deliveries", id, "--limit", "1", "--json")).Output)!.AsArray());
    }

    [Theory]
    [InlineData("show", "nope")]
    [InlineData("deliveries", "nope")]
    [InlineData("test", "nope")]
    [InlineData("send-again", "nope", "none")]
    public async Task What_is_not_there_is_said(params string[] args)
    {
        var said = await Run(args);
        Assert.NotEqual(ExitCode.Ok, said.Code);
        Assert.Contains("not found", said.Error, StringComparison.Ordinal);
    }
}
