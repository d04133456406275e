using System.Text.Json.Nodes;

namespace Slipway.Tests.Server;

public sealed class OpenApiTests
{
    private static readonly string Committed = Path.Combine(Repository.Root, "openapi.json");

    /// <summary>The pages' types are made from the committed file: run the tests once with SLIPWAY_UPDATE_OPENAPI=1 after changing a route.</summary>
    [Fact]
    public async Task Committed_document_is_the_servers()
    {
        await using var server = await TestServer.Start();
        var document = (await server.Get("/openapi.json")).Body;
        if (Environment.GetEnvironmentVariable("SLIPWAY_UPDATE_OPENAPI") == "1") await File.WriteAllTextAsync(Committed, document);
        Assert.True(File.Exists(Committed) && await File.ReadAllTextAsync(Committed) == document, "openapi.json differs from the server's: run this test with SLIPWAY_UPDATE_OPENAPI=1 and commit the file.");
    }

    [Fact]
    public async Task Document_has_unique_operations_and_no_dangling_reference()
    {
        await using var server = await TestServer.Start();
        var document = (await server.Get("/openapi.json")).Json;
        Assert.Equal("3.1.1", (string?)document["openapi"]);
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).ToList();
        Assert.True(operations.Count > 5);
        Assert.Distinct(operations.Select(operation => (string?)operation.Value!["operationId"]));
        foreach (var reference in References(document))
        {
            JsonNode? at = document;
            foreach (var step in reference.Split('/').Skip(1)) at = at?[step];
            Assert.True(at is not null, reference);
        }
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(member => member is { Key: "$ref", Value: JsonValue value } ? [(string)value!] : References(member.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };
}
