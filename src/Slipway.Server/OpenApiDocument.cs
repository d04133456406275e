using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Slipway.Server;

/// <summary>The OpenAPI 3.1 document of every route, made from the route table on first demand: a server that nobody asks pays nothing for it.</summary>
internal static partial class OpenApiDocument
{
    private static readonly JsonWriterOptions Pretty = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document as UTF-8, paths and components in order, so that two versions differ only where they differ.</summary>
    public static byte[] Write(IReadOnlyList<Route> routes)
    {
        var schemas = new OpenApiSchemas();
        var problem = new JsonObject { ["description"] = "A problem: what was wrong, where, what was expected, what to do.", ["content"] = Content(schemas.Of(Wire.Type<ErrorBody>())) };
        var paths = new JsonObject();
        foreach (var path in routes.Where(static route => route.Documented).GroupBy(route => route.Path).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var item = new JsonObject();
            foreach (var route in path.OrderBy(route => route.Method, StringComparer.Ordinal)) item[route.Method.ToLowerInvariant()] = Operation(route, schemas);
            paths[CatchAll().Replace(path.Key, "{$1}")] = item;
        }
        var document = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Slipway",
                ["version"] = ServerApi.Version,
                ["description"] = $"Every route of this server. Those under /api/2.0/mlflow and /api/3.0/mlflow are MLflow's own (as {ServerApi.MlflowVersion}); the same calls answer under /ajax-api. Unset fields are left out of answers, unknown ones in requests are ignored.",
                ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["identifier"] = "Apache-2.0" },
            },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas.Components, ["responses"] = new JsonObject { ["Problem"] = problem } },
        };
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Pretty)) document.WriteTo(writer);
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static JsonObject Operation(Route route, OpenApiSchemas schemas)
    {
        var operation = new JsonObject { ["operationId"] = OperationId(route), ["summary"] = route.Summary, ["x-right"] = route.Right.ToString() };
        var inPath = PathParameter().Matches(route.Path).Select(match => match.Groups[1].Value).ToHashSet();
        var readsQuery = route.Method is "GET" or "DELETE";
        var parameters = new JsonArray();
        foreach (var name in inPath) parameters.Add(new JsonObject { ["name"] = name, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" } });
        if (readsQuery && route.In is { Kind: JsonTypeInfoKind.Object } query)
            foreach (var property in query.Properties.Where(property => !inPath.Contains(property.Name) && RequestField.From(property) is not null))
                parameters.Add(new JsonObject { ["name"] = property.Name, ["in"] = "query", ["schema"] = schemas.Of(query.Options.GetTypeInfo(property.PropertyType)) });
        if (parameters.Count > 0) operation["parameters"] = parameters;
        if (!readsQuery && route.In is { } body) operation["requestBody"] = new JsonObject { ["content"] = Content(schemas.Of(body)) };
        var answer = new JsonObject { ["description"] = "Done." };
        if (route.Out is { } output) answer["content"] = Content(schemas.Of(output));
        if (route.AnswerType is { } type) answer["content"] = new JsonObject { [type] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string", ["format"] = "binary" } } };
        operation["responses"] = new JsonObject { ["200"] = answer, ["default"] = new JsonObject { ["$ref"] = "#/components/responses/Problem" } };
        return operation;
    }

    private static JsonObject Content(JsonObject schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };

    // Readable and unique: the method, then the path's words. "get_api_2_0_mlflow_runs_get".
    private static string OperationId(Route route) => route.Method.ToLowerInvariant() + NoWord().Replace(route.Path, "_").TrimEnd('_');

    [GeneratedRegex(@"\{\*{0,2}(\w+)\}")]
    private static partial Regex PathParameter();

    [GeneratedRegex(@"\{\*{1,2}(\w+)\}")]
    private static partial Regex CatchAll();

    [GeneratedRegex(@"\W+")]
    private static partial Regex NoWord();
}
