using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Server;

/// <summary>Says what is wrong with a body that could not be read, in the reference's words. Runs only on the failing path.</summary>
/// <param name="NotJson">True when the body simply is not JSON, which the reference takes for an empty object.</param>
/// <param name="Problem">The answer where that leniency does not hold.</param>
internal sealed record BodyFault(bool NotJson, Problem Problem)
{
    private const int ValueCharsMax = 200;
    private const string SeeDocs = " See the API docs for more information about request parameters.";

    /// <summary>Null when the text is well-formed JSON of allowed depth: then a field has the wrong type.</summary>
    public static BodyFault? OfSyntax(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = int.MaxValue });
        try
        {
            while (reader.Read())
                if (reader.CurrentDepth >= Wire.DepthMax && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                    return new BodyFault(false, Problem.Invalid($"The JSON body is nested deeper than {Wire.DepthMax} levels."));
            return null;
        }
        catch (JsonException)
        {
            var rest = body[(int)reader.BytesConsumed..].TrimStart(" \t\r\n,:"u8);
            if (Literal(rest) is { } literal)
                return new BodyFault(false, Problem.Invalid(
                    $"The JSON body holds a bare {literal} at byte {body.Length - rest.Length}, which JSON does not have. Send it as the string \"{literal}\"."));
            return new BodyFault(true, new Problem(ErrorCode.BAD_REQUEST, $"The body is not JSON: unexpected text at byte {body.Length - rest.Length}.", 400));
        }
    }

    /// <summary>400 for bytes that are not UTF-8.</summary>
    public static Problem NotUtf8(ReadOnlySpan<byte> body)
    {
        var offset = 0;
        while (Rune.DecodeFromUtf8(body[offset..], out _, out var used) == System.Buffers.OperationStatus.Done) offset += used;
        return Problem.Invalid($"The body is not UTF-8: the byte at offset {offset} does not belong there.");
    }

    /// <summary>The reference's sentence for a field of the wrong type, naming the field and its value.</summary>
    public static Problem OfType(ReadOnlySpan<byte> body, JsonTypeInfo type, JsonException wrong)
    {
        var path = wrong.Path is { Length: > 1 } given ? given[(given[1] == '.' ? 2 : 1)..] : "";
        using var document = JsonDocument.Parse(body.ToArray(), new JsonDocumentOptions { MaxDepth = Wire.DepthMax });
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return Problem.Invalid($"The body must be a JSON object, got {Named(document.RootElement)}.");
        var (value, expected) = Find(document.RootElement, type, path);
        if (value is not { } found) return Problem.Invalid($"Invalid value for parameter '{path}' supplied: {wrong.Message.Split(" Path: ")[0]}{SeeDocs}");
        var text = found.GetRawText();
        if (text.Length > ValueCharsMax) text = text[..ValueCharsMax] + "...";
        return Problem.Invalid($"Invalid value {text} for parameter '{path}' supplied: expected {Expected(expected)}. Hint: Value was of type '{PythonName(found)}'.{SeeDocs}");
    }

    private static string? Literal(ReadOnlySpan<byte> rest) =>
        rest.StartsWith("NaN"u8) ? "NaN" : rest.StartsWith("Infinity"u8) ? "Infinity" : rest.StartsWith("-Infinity"u8) ? "-Infinity" : null;

    // Walks a path such as metrics[3].value down the value and its type together.
    private static (JsonElement? Value, Type? Expected) Find(JsonElement value, JsonTypeInfo type, string path)
    {
        JsonTypeInfo? at = type;
        Type? expected = type.Type;
        foreach (var step in path.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (value.ValueKind == JsonValueKind.Array && int.TryParse(step, out var index) && index < value.GetArrayLength())
            {
                value = value[index];
                expected = at?.ElementType;
            }
            else if (value.ValueKind == JsonValueKind.Object && Property(value, step) is { } next)
            {
                value = next;
                expected = at?.Properties.FirstOrDefault(p => p.Name == step)?.PropertyType;
            }
            else return (null, null);
            at = expected is not null && type.Options.TryGetTypeInfo(expected, out var info) ? info : null;
        }
        return (value, expected);
    }

    private static JsonElement? Property(JsonElement value, string name)
    {
        try
        {
            return value.TryGetProperty(name, out var found) ? found : null;
        }
        catch (InvalidOperationException)
        {
            return null; // a name beside it is half a surrogate pair
        }
    }

    private static string Expected(Type? type)
    {
        type = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
        if (type is null) return "another type";
        if (type.IsEnum) return "one of " + string.Join(", ", Enum.GetNames(type));
        if (type == typeof(string)) return "a string";
        if (type == typeof(bool)) return "true or false";
        if (type == typeof(double) || type == typeof(float)) return "a number";
        if (type.IsPrimitive) return $"a whole number of {System.Runtime.InteropServices.Marshal.SizeOf(type) * 8} bits";
        return type.IsArray || type.IsAssignableTo(typeof(System.Collections.IList)) ? "a list" : "an object";
    }

    private static string Named(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => value.GetRawText(),
    };

    // Existing clients' tests match Python's names.
    private static string PythonName(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "dict",
        JsonValueKind.Array => "list",
        JsonValueKind.String => "str",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "int" : "float",
        JsonValueKind.Null => "NoneType",
        _ => "bool",
    };
}
