using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>A JSON body as a typed request. The reference's leniency (what is not JSON counts as `{}`) holds under its own paths only.</summary>
internal static class BodyBinding
{
    /// <summary>Binds a body; path parameters take the place of fields of the same name.</summary>
    public static Outcome<T> Bind<T>(ReadOnlySpan<byte> body, HttpRequest request, JsonTypeInfo<T> type)
    {
        if (body.TrimStart(" \t\r\n"u8).IsEmpty) body = "{}"u8;
        var lenient = !request.Path.StartsWithSegments("/api/slipway");
        return QueryBinding.HasPathValues(request) ? BindWithPath(body, request, type, lenient) : Parse(body, type, lenient);
    }

    /// <summary>Reads JSON, or says what is wrong with it.</summary>
    public static Outcome<T> Parse<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type, bool lenient)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) is { } value ? value : JsonSerializer.Deserialize("{}"u8, type)!;
        }
        catch (JsonException wrong)
        {
            if (!Utf8.IsValid(body)) return BodyFault.NotUtf8(body);
            if (BodyFault.OfSyntax(body) is not { } fault) return Convertible(body, type, lenient) ?? BodyFault.OfType(body, type, wrong);
            return lenient && fault.NotJson ? JsonSerializer.Deserialize("{}"u8, type)! : fault.Problem;
        }
    }

    // Old clients send their JSON encoded twice, as one JSON string; the reference reads it and so do we.
    private static Outcome<T>? Convertible<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type, bool lenient)
    {
        var reader = new Utf8JsonReader(body);
        if (!lenient || !reader.Read() || reader.TokenType != JsonTokenType.String) return null;
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair
        }
        if (!text.TrimStart().StartsWith('{')) return null;
        return Parse(Encoding.UTF8.GetBytes(text), type, lenient);
    }

    private static Outcome<T> BindWithPath<T>(ReadOnlySpan<byte> body, HttpRequest request, JsonTypeInfo<T> type, bool lenient)
    {
        if (Parse(body, type, lenient).Problem is { } problem) return problem;
        var scratch = Scratch.Take();
        var json = scratch.Json;
        json.WriteStartObject();
        foreach (var field in RequestShape<T>.Of(type))
            if (QueryBinding.PathValue(request, field.Name) is { } value) field.Write(json, value);
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(body.ToArray());
        }
        catch (JsonException)
        {
            // lenient: nothing to add
        }
        try
        {
            using (document)
                if (document?.RootElement.ValueKind == JsonValueKind.Object)
                    foreach (var property in document.RootElement.EnumerateObject())
                        if (QueryBinding.PathValue(request, property.Name) is null) property.WriteTo(json);
        }
        catch (InvalidOperationException)
        {
            // Parsing passes over the text of fields it does not know; copying them does not.
            return Problem.Invalid("The request's JSON holds text that is not valid Unicode: half a surrogate pair or bytes that are not UTF-8.");
        }
        json.WriteEndObject();
        json.Flush();
        return Parse(scratch.Written, type, lenient);
    }
}
