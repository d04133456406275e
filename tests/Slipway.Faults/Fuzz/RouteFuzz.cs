using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Faults.Fuzz;

/// <summary>Odd requests to any route, made from what the route says of itself: a route that is added tomorrow is fuzzed tomorrow.</summary>
internal sealed class RouteFuzz(Oddities odd)
{
    private const int DepthMax = 5;

    /// <summary>A JSON body for a route, its fields known by name, some of them wrong.</summary>
    public byte[] Body(Route route)
    {
        if (route.In is null) return odd.Bytes(odd.Random.Next(2_000));
        var text = new StringBuilder();
        Value(text, route.In.Type, "", route.In.Options, 0, wrong: 0.04);
        return odd.Mutate(Encoding.UTF8.GetBytes(text.ToString()), 0.12);
    }

    /// <summary>A target with its path parameters filled and a query.</summary>
    public string Target(Route route, bool withQuery)
    {
        var text = new StringBuilder();
        foreach (var segment in route.Path.Split('/').Skip(1))
        {
            text.Append('/');
            if (segment.StartsWith("{**", StringComparison.Ordinal)) text.Append(Escape(odd.Path()));
            else if (segment.StartsWith('{')) text.Append(Uri.EscapeDataString(Safe(odd.For(segment.Trim('{', '}')))));
            else text.Append(segment);
        }
        // A stream that is accepted does not end: this one is refused behind the look-up of what it is of.
        if (route.Path.EndsWith("/stream", StringComparison.Ordinal)) return text.Append("?last_event_id=-").Append(Uri.EscapeDataString(Safe(odd.Text()))).ToString();
        if (!withQuery) return text.ToString();
        var fields = route.In?.Kind == JsonTypeInfoKind.Object ? route.In.Properties.Select(property => property.Name).ToList() : ["run_id", "path", "run_uuid", "artifact_file_path"];
        var join = '?';
        foreach (var field in fields)
            for (var n = odd.Chance(0.75) ? odd.Chance(0.1) ? 3 : 1 : 0; n > 0; n--)
            {
                text.Append(join).Append(odd.Chance(0.97) ? field : Uri.EscapeDataString(Safe(odd.Text()))).Append(odd.Chance(0.98) ? "=" : "")
                    .Append(odd.Chance(0.95) ? Uri.EscapeDataString(Safe(odd.Chance(0.15) ? odd.Number() : odd.For(field))) : Raw(odd.Text()));
                join = '&';
            }
        return Limit(text.ToString());
    }

    /// <summary>A target below the request line's limit: longer ones are Kestrel's own 414.</summary>
    public static string Limit(string target) => target.Length > 30_000 ? target[..30_000] : target;

    /// <summary>Escaped in parts only, so that the server sees slashes, dots and percents of all kinds.</summary>
    public string Escape(string path) => odd.Chance(0.5) ? Raw(path) : string.Join('/', path.Split('/').Select(part => odd.Chance(0.7) ? Uri.EscapeDataString(Safe(part)) : Raw(part)));

    private static string Raw(string text)
    {
        var raw = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(Safe(text))) raw.Append(b is > 0x20 and < 0x7f ? ((char)b).ToString() : $"%{b:X2}");
        return raw.ToString();
    }

    // A lone surrogate has no UTF-8; it is tried in JSON, where it can be written.
    private static string Safe(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private void Value(StringBuilder text, Type type, string field, JsonSerializerOptions options, int depth, double wrong)
    {
        if (odd.Chance(wrong))
        {
            Wrong(text, depth);
            return;
        }
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string) || type.IsEnum) Quote(text, odd.For(field));
        else if (type == typeof(bool)) text.Append(odd.Chance(0.5) ? "true" : "false");
        else if (type.IsPrimitive) text.Append(odd.Chance(0.8) ? odd.Random.Next(100).ToString() : odd.Chance(0.5) ? odd.Number() : $"\"{odd.Number()}\"");
        else if (Element(type) is { } element)
        {
            text.Append('[');
            for (int n = odd.Random.Next(odd.Chance(0.02) ? 120 : 4), i = 0; i < n; i++)
            {
                if (i > 0) text.Append(',');
                Value(text, element, field, options, depth + 1, wrong);
            }
            text.Append(']');
        }
        else if (depth < DepthMax && options.TryGetTypeInfo(type, out var info) && info.Kind == JsonTypeInfoKind.Object) Object(text, info, options, depth, wrong);
        else Wrong(text, depth);
    }

    private void Object(StringBuilder text, JsonTypeInfo info, JsonSerializerOptions options, int depth, double wrong)
    {
        text.Append('{');
        var first = true;
        foreach (var property in info.Properties)
            for (var n = odd.Chance(0.8) ? odd.Chance(0.03) ? 2 : 1 : 0; n > 0; n--)
            {
                if (!first) text.Append(',');
                first = false;
                Quote(text, odd.Chance(0.98) ? property.Name : odd.Text());
                text.Append(':');
                Value(text, property.PropertyType, property.Name, options, depth + 1, wrong);
            }
        text.Append('}');
    }

    private void Wrong(StringBuilder text, int depth)
    {
        switch (odd.Random.Next(8))
        {
            case 0: text.Append("null"); break;
            case 1: text.Append(odd.Number()); break;
            case 2: text.Append("{}"); break;
            case 3: text.Append("[]"); break;
            case 4: text.Append(new string('[', 200)).Append(new string(']', 200)); break;
            case 5: text.Append("[null,{\"a\":1}]"); break;
            case 6: text.Append(odd.Pick(["NaN", "Infinity", "tru", "'x'", "0x10", "+1", "01", "\"\\ud800\"", "\"\\u0000\"", "{\"a\"", "/*c*/1", "1,"])); break;
            default: Quote(text, odd.Text()); break;
        }
    }

    private static Type? Element(Type type) => type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetInterfaces().Append(type).FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEnumerable<>)) is { } many
            ? many.GetGenericArguments()[0] : null;

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (c < 0x20 || char.IsSurrogate(c)) text.Append($"\\u{(int)c:x4}");
            else text.Append(c);
        }
        text.Append('"');
    }
}
