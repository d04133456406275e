using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Slipway;

/// <summary>
/// The JSON of the wire: snake_case names, nulls left out, numbers also accepted as strings, NaN and infinities as
/// the strings "NaN", "Infinity", "-Infinity". Each capability adds its own source-generated context.
/// </summary>
public static class Wire
{
    /// <summary>The deepest nesting a request may have.</summary>
    public const int DepthMax = 32;

    private static readonly ConcurrentDictionary<Type, JsonTypeInfo> Types = new();
    private static readonly List<JsonSerializerContext> Contexts = [CommonJson.Default];

    /// <summary>Adds a capability's types; called once per capability, before the first <see cref="Type{T}"/> of it.</summary>
    public static void Add(JsonSerializerContext context)
    {
        lock (Contexts)
            if (!Contexts.Contains(context)) Contexts.Add(context);
    }

    /// <summary>The metadata by which a type is read and written.</summary>
    /// <exception cref="InvalidOperationException">No added context knows the type.</exception>
    public static JsonTypeInfo<T> Type<T>() => (JsonTypeInfo<T>)Types.GetOrAdd(typeof(T), static type =>
    {
        lock (Contexts)
            foreach (var context in Contexts)
                if (context.GetTypeInfo(type) is { } found) return found;
        throw new InvalidOperationException($"{type} is in no JSON context: declare it with [JsonSerializable] and Wire.Add the context.");
    });
}

/// <summary>The body of every error answer.</summary>
/// <param name="ErrorCode">One of the wire's codes.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Gates">Of a move that gates refused: what they said, of the checks those that did not pass.</param>
public sealed record ErrorBody(ErrorCode ErrorCode, string Message, Registry.GateEvaluation? Gates = null);

/// <summary>The types that every capability shares.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(Done))]
[JsonSerializable(typeof(ErrorBody))]
internal sealed partial class CommonJson : JsonSerializerContext;
