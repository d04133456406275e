using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Server;

/// <summary>JSON schemas of the wire's types, from the same metadata that reads and writes them; every object is a named component.</summary>
internal sealed class OpenApiSchemas
{
    private readonly SortedDictionary<string, JsonNode?> components = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Type> named = [];

    /// <summary>The components that <see cref="Of"/> has referred to so far.</summary>
    public JsonObject Components => new(components.Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));

    /// <summary>A schema, or a reference to a component.</summary>
    public JsonObject Of(JsonTypeInfo type)
    {
        var bare = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        if (bare != type.Type) return Of(type.Options.GetTypeInfo(bare));
        return type.Kind switch
        {
            JsonTypeInfoKind.Object => Reference(type),
            JsonTypeInfoKind.Enumerable => new JsonObject { ["type"] = "array", ["items"] = Of(type.Options.GetTypeInfo(type.ElementType!)) },
            JsonTypeInfoKind.Dictionary => new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(type.Options.GetTypeInfo(type.ElementType!)) },
            _ => Scalar(bare),
        };
    }

    private JsonObject Reference(JsonTypeInfo type)
    {
        var name = type.Type.Name;
        if (named.TryAdd(name, type.Type))
        {
            components[name] = null; // a type may hold itself
            var properties = new JsonObject();
            foreach (var property in type.Properties) properties[property.Name] = Of(type.Options.GetTypeInfo(property.PropertyType));
            components[name] = new JsonObject { ["type"] = "object", ["properties"] = properties };
        }
        else if (named[name] != type.Type) throw new InvalidOperationException($"Two wire types are called {name}: {named[name]} and {type.Type}. Rename one, the OpenAPI document names them by it.");
        return new JsonObject { ["$ref"] = "#/components/schemas/" + name };
    }

    private static JsonObject Scalar(Type type)
    {
        if (type.IsEnum) return new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => (JsonNode)name)]) };
        if (type == typeof(string)) return new JsonObject { ["type"] = "string" };
        if (type == typeof(bool)) return new JsonObject { ["type"] = "boolean" };
        if (type == typeof(long) || type == typeof(ulong)) return new JsonObject { ["type"] = "integer", ["format"] = "int64" };
        if (type == typeof(double) || type == typeof(float))
            return new JsonObject { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "number" }, new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("NaN", "Infinity", "-Infinity") }) };
        return type.IsPrimitive ? new JsonObject { ["type"] = "integer", ["format"] = "int32" } : [];
    }
}
