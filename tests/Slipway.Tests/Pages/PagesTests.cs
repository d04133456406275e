using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Pages;

/// <summary>A server with people: root administers, ann and bob contribute, viewer reads.</summary>
public abstract class PagesTests(Dialect dialect)
{
    private protected Dialect On => dialect;

    private protected async Task<AccessServer> Start()
    {
        var access = await AccessServer.Start(dialect);
        foreach (var name in (string[])["ann", "bob"]) await access.Person(name, ["contributor"]);
        await access.Person("viewer", ["viewer"]);
        return access;
    }

    /// <summary>Sends below our own prefix and expects 200; answers the body.</summary>
    private protected static async Task<JsonNode> Ok(AccessServer access, string by, string method, string path, JsonNode? body = null) =>
        AccessServer.Ok(await access.As(by, method, "/api/slipway/v1" + path, body?.ToJsonString() ?? (method is "GET" or "DELETE" ? null : "{}"))).Json;

    /// <summary>Sends and expects a refusal whose message holds a text.</summary>
    private protected static async Task Refused(AccessServer access, string by, string method, string path, JsonNode? body, int status, string says)
    {
        var answer = await access.As(by, method, "/api/slipway/v1" + path, body?.ToJsonString() ?? (method is "GET" or "DELETE" ? null : "{}"));
        Assert.True(status == (int)answer.Status, $"{method} {path}: {(int)answer.Status} {answer.Body}");
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }
}
