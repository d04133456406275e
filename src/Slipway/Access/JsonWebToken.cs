using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Slipway.Access;

/// <summary>
/// A signed JSON Web Token (RFC 7515, RFC 7519), taken apart and not trusted. Only asymmetric signatures are known: `none` is no algorithm, and with HMAC the
/// public key would be the secret.
/// </summary>
internal sealed class JsonWebToken
{
    /// <summary>The longest token that is looked at.</summary>
    public const int CharsMax = 16_384;

    private readonly byte[] signed;
    private readonly byte[] signature;

    private JsonWebToken(string algorithm, string? keyId, JsonElement claims, byte[] signed, byte[] signature) =>
        (Algorithm, KeyId, Claims, this.signed, this.signature) = (algorithm, keyId, claims, signed, signature);

    /// <summary>What the header says it is signed with.</summary>
    public string Algorithm { get; }

    /// <summary>Which key the header names, or null.</summary>
    public string? KeyId { get; }

    /// <summary>What it claims.</summary>
    public JsonElement Claims { get; }

    /// <summary>True for text that may be one: three parts, a header that is an object.</summary>
    public static bool Looks(string text) => text.StartsWith("ey", StringComparison.Ordinal) && text.Count(static c => c == '.') == 2;

    /// <summary>The token in a text, or null when it is none.</summary>
    public static JsonWebToken? Parse(string text)
    {
        var parts = text.Split('.');
        if (text.Length > CharsMax || parts.Length != 3) return null;
        try
        {
            var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement;
            var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
            if (header.ValueKind is not JsonValueKind.Object || claims.ValueKind is not JsonValueKind.Object) return null;
            // Extensions that must be understood are not.
            if (header.TryGetProperty("crit", out _) || Text(header, "alg") is not { } algorithm) return null;
            return new JsonWebToken(algorithm, Text(header, "kid"), claims, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]));
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether the key signed it, by the algorithm that the header names; a key of another kind never did.</summary>
    public bool IsSignedBy(JsonWebKey key) => Algorithm switch
    {
        "RS256" => key.Rsa?.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) is true,
        "RS384" => key.Rsa?.VerifyData(signed, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1) is true,
        "RS512" => key.Rsa?.VerifyData(signed, signature, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1) is true,
        "PS256" => key.Rsa?.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss) is true,
        "ES256" => key.Curve == "P-256" && key.Ecdsa?.VerifyData(signed, signature, HashAlgorithmName.SHA256) is true,
        "ES384" => key.Curve == "P-384" && key.Ecdsa?.VerifyData(signed, signature, HashAlgorithmName.SHA384) is true,
        _ => false,
    };

    /// <summary>Null when the claims are for us and in time, else why not.</summary>
    public string? Wrong(string issuer, string audience, DateTimeOffset now, TimeSpan skew, string? nonce)
    {
        if (Text(Claims, "iss") != issuer) return "it was issued by somebody else";
        if (!Audiences().Contains(audience)) return "it is meant for somebody else";
        if (Audiences().Count > 1 && Text(Claims, "azp") != audience) return "it was given to somebody else";
        if (Time("exp") is not { } expires || expires + skew <= now) return "it has expired";
        if (Time("nbf") is { } from && from - skew > now || Time("iat") is { } issued && issued - skew > now) return "it is not valid yet";
        if (nonce is not null && Text(Claims, "nonce") != nonce) return "it answers another sign-in";
        return Text(Claims, "sub") is { Length: > 0 and <= 255 } ? null : "it names nobody";
    }

    /// <summary>When it expires.</summary>
    public DateTimeOffset? Expires => Time("exp");

    /// <summary>A claim that is text, or null.</summary>
    public string? Claim(string name) => Text(Claims, name);

    /// <summary>A claim that is a text or a list of texts.</summary>
    public IReadOnlyList<string> List(string name) => !Claims.TryGetProperty(name, out var value) ? []
        : value.ValueKind is JsonValueKind.String ? [value.GetString()!]
        : value.ValueKind is JsonValueKind.Array ? [.. value.EnumerateArray().Where(static item => item.ValueKind is JsonValueKind.String).Select(static item => item.GetString()!)]
        : [];

    private IReadOnlyList<string> Audiences() => List("aud");

    private DateTimeOffset? Time(string name) =>
        Claims.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and < 250_000_000_000
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}

/// <summary>A public key of a provider (RFC 7517).</summary>
internal sealed record JsonWebKey(string? Id, RSA? Rsa, ECDsa? Ecdsa, string? Curve)
{
    /// <summary>The fewest bits of an RSA key.</summary>
    public const int RsaBitsMin = 2_048;

    /// <summary>The signing keys of a key set; kinds that nobody here knows are left out.</summary>
    public static IReadOnlyList<JsonWebKey> ParseSet(JsonElement set)
    {
        var keys = new List<JsonWebKey>();
        if (set.ValueKind is not JsonValueKind.Object || !set.TryGetProperty("keys", out var all) || all.ValueKind is not JsonValueKind.Array) return keys;
        foreach (var key in all.EnumerateArray())
            if (key.ValueKind is JsonValueKind.Object && Text(key, "use") is null or "sig" && Parse(key) is { } known) keys.Add(known);
        return keys;
    }

    private static JsonWebKey? Parse(JsonElement key)
    {
        try
        {
            if (Text(key, "kty") == "RSA")
            {
                var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") });
                return rsa.KeySize >= RsaBitsMin ? new JsonWebKey(Text(key, "kid"), rsa, null, null) : null;
            }
            if (Text(key, "kty") != "EC" || Text(key, "crv") is not { } name) return null;
            var curve = name switch { "P-256" => ECCurve.NamedCurves.nistP256, "P-384" => ECCurve.NamedCurves.nistP384, _ => default };
            return curve.Oid is null ? null : new JsonWebKey(Text(key, "kid"), null, ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") } }), name);
        }
        catch (Exception malformed) when (malformed is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static byte[]? Bytes(JsonElement key, string name) => Text(key, name) is { } text ? Base64Url.DecodeFromChars(text) : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
