using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Slipway.Server;

/// <summary>Query and path parameters as a typed request: written as JSON by the type's own metadata, then read like a body.</summary>
internal static class QueryBinding
{
    /// <summary>Binds; unknown parameters are ignored, a repeated parameter fills a list, and of a single-valued one the first counts.</summary>
    public static Outcome<T> Bind<T>(HttpRequest request, JsonTypeInfo<T> type)
    {
        var scratch = Scratch.Take();
        var json = scratch.Json;
        json.WriteStartObject();
        foreach (var field in RequestShape<T>.Of(type))
        {
            if (PathValue(request, field.Name) is { } fixedValue) field.Write(json, fixedValue);
            else Write(json, field, request.QueryString.Value);
        }
        json.WriteEndObject();
        json.Flush();
        return BodyBinding.Parse(scratch.Written, type, lenient: false);
    }

    /// <summary>The value of a path parameter, or null.</summary>
    public static string? PathValue(HttpRequest request, string name) =>
        HasPathValues(request) && request.RouteValues.TryGetValue(name, out var value) ? (string?)value : null;

    /// <summary>True when the route's path has parameters.</summary>
    public static bool HasPathValues(HttpRequest request) =>
        request.HttpContext.GetEndpoint() is Microsoft.AspNetCore.Routing.RouteEndpoint { RoutePattern.Parameters.Count: > 0 };

    private static void Write(Utf8JsonWriter json, RequestField field, string? query)
    {
        var open = false;
        foreach (var pair in new QueryStringEnumerable(query))
        {
            if (!pair.DecodeName().Span.SequenceEqual(field.Name)) continue;
            if (!field.IsList)
            {
                field.Write(json, pair.DecodeValue().Span);
                return;
            }
            if (!open) json.WriteStartArray(field.Encoded);
            open = true;
            field.WriteValue(json, pair.DecodeValue().Span);
        }
        if (open) json.WriteEndArray();
    }
}

/// <summary>The fields of a request type that a query can carry, found once per type.</summary>
internal static class RequestShape<T>
{
    private static RequestField[]? fields;

    public static RequestField[] Of(JsonTypeInfo<T> type) => fields ??= [.. type.Properties.Select(RequestField.From).OfType<RequestField>()];
}

/// <summary>One field: a text, a number or a truth value, or a list of them. Objects cannot be written in a query.</summary>
internal sealed record RequestField(string Name, JsonEncodedText Encoded, bool IsList, bool IsBool)
{
    public static RequestField? From(JsonPropertyInfo property)
    {
        var type = property.PropertyType;
        var element = type == typeof(string) ? null : type.IsArray ? type.GetElementType() : type.IsGenericType && type.GetInterfaces().Any(i => i == typeof(System.Collections.IEnumerable)) ? type.GetGenericArguments()[0] : null;
        var scalar = Nullable.GetUnderlyingType(element ?? type) ?? element ?? type;
        return scalar == typeof(string) || scalar.IsPrimitive || scalar.IsEnum || scalar == typeof(decimal)
            ? new RequestField(property.Name, JsonEncodedText.Encode(property.Name), element is not null, scalar == typeof(bool))
            : null;
    }

    public void Write(Utf8JsonWriter json, ReadOnlySpan<char> value)
    {
        json.WritePropertyName(Encoded);
        WriteValue(json, value);
    }

    // Numbers go as strings: the wire's options read both, and a wrong one is then quoted in the error as it was sent.
    public void WriteValue(Utf8JsonWriter json, ReadOnlySpan<char> value)
    {
        if (IsBool && value is "true" or "false") json.WriteBooleanValue(value is "true");
        else json.WriteStringValue(value);
    }
}

/// <summary>A thread's own JSON writer for small, immediately consumed texts.</summary>
internal sealed class Scratch
{
    [ThreadStatic]
    private static Scratch? own;

    private readonly System.Buffers.ArrayBufferWriter<byte> bytes = new(1024);

    private Scratch() => Json = new Utf8JsonWriter(bytes);

    public Utf8JsonWriter Json { get; }

    public ReadOnlySpan<byte> Written => bytes.WrittenSpan;

    /// <summary>Emptied, and valid until the thread takes it again: no await between taking and reading.</summary>
    public static Scratch Take()
    {
        own ??= new Scratch();
        own.bytes.ResetWrittenCount();
        own.Json.Reset();
        return own;
    }
}
