using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Tests.Server;

namespace Slipway.Tests.Registry;

/// <summary>Policies and gates of a test's own model, over HTTP.</summary>
internal static class GatesServer
{
    public const string Own = "/api/slipway/v1";

    public static async Task<JsonNode> Own200(this RegistryServer server, string method, string path, string? json = null)
    {
        var answer = await server.Send(method, Own + path, json);
        Assert.True((int)answer.Status == 200, $"{method} {path} {json}: {(int)answer.Status} {answer.Body}");
        return answer.Json;
    }

    public static async Task<Answer> Own400(this RegistryServer server, int status, string says, string method, string path, string? json = null)
    {
        var answer = await server.Send(method, Own + path, json);
        Assert.True((int)answer.Status == status, $"{method} {path} {json}: {(int)answer.Status} {answer.Body}");
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
        return answer;
    }

    public static Task<Answer> Save(this RegistryServer server, string name, string yaml, string more = "") =>
        server.Send("PUT", $"{Own}/gates/policies/{name}", $$"""{"yaml":{{JsonSerializer.Serialize(yaml)}}{{more}}}""");

    /// <summary>A policy of a new name, attached to a model.</summary>
    public static async Task<string> Policy(this RegistryServer server, string? model, string yaml, string slot = "")
    {
        var name = server.Name("policy");
        var saved = await server.Save(name, yaml);
        Assert.True((int)saved.Status == 200, saved.Body);
        await server.Own200("POST", "/gates/attachments", $$"""{"policy":"{{name}}"{{(model is null ? "" : $",\"model\":\"{model}\"")}}{{slot}}}""");
        return name;
    }

    public static Task<JsonNode> Tag(this RegistryServer server, string model, string version, string key, string value = "x") =>
        server.Ok("/model-versions/set-tag", $$"""{"name":"{{model}}","version":"{{version}}","key":"{{key}}","value":"{{value}}"}""");

    public static string[] Statuses(JsonNode checks) => [.. checks["checks"]!.AsArray().Select(check => $"{check!["id"]} {check["status"]}")];
}
