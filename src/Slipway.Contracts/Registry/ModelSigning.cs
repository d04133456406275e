using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Slipway.Registry;

/// <summary>A signed statement about a version's files, as it was read.</summary>
/// <param name="KeyId">Which key is said to have signed.</param>
/// <param name="Subject">What the statement calls the model.</param>
/// <param name="Root">SHA-256 over the digests of its files, in the statement's order, in hexadecimal.</param>
/// <param name="Files">Names and digests.</param>
/// <param name="Payload">The statement's bytes.</param>
/// <param name="Signature">The signature, DER.</param>
public sealed record SignedModel(string KeyId, string Subject, string Root, IReadOnlyDictionary<string, string> Files, byte[] Payload, byte[] Signature);

/// <summary>
/// Signatures of models: an in-toto statement over the digest of each file, in a DSSE envelope, signed with ECDSA on P-256 over SHA-256. Client and server share it, so that a client need not believe the server.
/// </summary>
/// <remarks>in-toto Statement v1, DSSE v1.0, and the OpenSSF model signing predicate v1.0.</remarks>
public static class ModelSigning
{
    /// <summary>The longest envelope, in characters.</summary>
    public const int EnvelopeCharsMax = 4 * 1024 * 1024;

    /// <summary>The type of what an envelope holds.</summary>
    public const string PayloadType = "application/vnd.in-toto+json";

    private const string StatementType = "https://in-toto.io/Statement/v1", PredicateType = "https://model_signing/signature/v1.0";

    private static readonly JsonDocumentOptions Depth = new() { MaxDepth = 16 };

    /// <summary>The statement about files.</summary>
    /// <param name="subject">What the model is called.</param>
    /// <param name="files">At least one.</param>
    public static byte[] Statement(string subject, IEnumerable<ModelFile> files)
    {
        var sorted = files.OrderBy(static file => file.Path, StringComparer.Ordinal).ToList();
        if (sorted.Count == 0) throw new ArgumentException("A model without files cannot be signed.", nameof(files));
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("_type", StatementType);
            json.WriteStartArray("subject");
            json.WriteStartObject();
            json.WriteString("name", subject);
            json.WriteStartObject("digest");
            json.WriteString("sha256", Root(sorted.Select(static file => file.Sha256)));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteString("predicateType", PredicateType);
            json.WriteStartObject("predicate");
            json.WriteStartObject("serialization");
            json.WriteString("method", "files");
            json.WriteString("hash_type", "sha256");
            json.WriteBoolean("allow_symlinks", false);
            json.WriteStartArray("ignore_paths");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("resources");
            foreach (var file in sorted)
            {
                json.WriteStartObject();
                json.WriteString("name", file.Path);
                json.WriteString("algorithm", "sha256");
                json.WriteString("digest", file.Sha256);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The envelope of a statement, as JSON.</summary>
    /// <exception cref="ArgumentException">The key is not of P-256.</exception>
    public static string Sign(byte[] statement, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(key);
        if (!IsP256(key)) throw new ArgumentException("Expected a key on the curve P-256 (prime256v1).", nameof(key));
        var signature = key.SignData(Encoded(statement), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteBase64String("payload", statement);
            json.WriteString("payloadType", PayloadType);
            json.WriteStartArray("signatures");
            json.WriteStartObject();
            json.WriteString("keyid", KeyId(key));
            json.WriteBase64String("sig", signature);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Reads an envelope and the statement in it; its signature is not looked at yet.</summary>
    public static Outcome<SignedModel> Read(string? envelope)
    {
        if (string.IsNullOrEmpty(envelope)) return Problem.Missing("envelope");
        if (envelope.Length > EnvelopeCharsMax) return Problem.Invalid($"An envelope holds at most {EnvelopeCharsMax:N0} characters, got {envelope.Length:N0}.");
        try
        {
            using var outer = JsonDocument.Parse(envelope, Depth);
            var root = outer.RootElement;
            if (Text(root, "payloadType") is not PayloadType) return Wrong($"'payloadType' is '{PayloadType}'", Text(root, "payloadType"));
            if (Base64(root, "payload") is not { } payload) return Wrong("'payload' is base64", null);
            if (!root.TryGetProperty("signatures", out var signatures) || signatures.ValueKind is not JsonValueKind.Array || signatures.GetArrayLength() != 1) return Wrong("'signatures' has exactly one entry", null);
            if (Text(signatures[0], "keyid") is not { Length: > 0 and <= 200 } keyId) return Wrong("the signature has a 'keyid'", null);
            if (Base64(signatures[0], "sig") is not { } signature) return Wrong("'sig' is base64", null);
            using var inner = JsonDocument.Parse(payload, Depth);
            return Statement(inner.RootElement, keyId, payload, signature);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            return Problem.Invalid($"The envelope is not what was expected, a DSSE envelope with an in-toto statement: {malformed.Message}");
        }
    }

    /// <summary>Whether a key made the signature.</summary>
    public static bool Verify(SignedModel signed, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(signed);
        ArgumentNullException.ThrowIfNull(key);
        return IsP256(key) && key.VerifyData(Encoded(signed.Payload), signed.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>Null when a statement is about exactly these files, else what differs.</summary>
    public static Problem? Differs(SignedModel signed, IReadOnlyCollection<ModelFile> files)
    {
        ArgumentNullException.ThrowIfNull(signed);
        ArgumentNullException.ThrowIfNull(files);
        foreach (var file in files)
            if (!signed.Files.TryGetValue(file.Path, out var digest)) return Problem.Invalid($"The signature does not cover '{file.Path}', which is one of the version's files.");
            else if (digest != file.Sha256) return Problem.Invalid($"The signature is for another '{file.Path}': it says {digest}, the version's has {file.Sha256}.");
        var known = files.Select(static file => file.Path).ToHashSet(StringComparer.Ordinal);
        return signed.Files.Keys.FirstOrDefault(name => !known.Contains(name)) is { } other ? Problem.Invalid($"The signature covers '{other}', which is none of the version's files.") : null;
    }

    /// <summary>SHA-256 of a public key's SubjectPublicKeyInfo in DER, in hexadecimal.</summary>
    public static string KeyId(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>A public key of P-256 from PEM.</summary>
    public static Outcome<ECDsa> PublicKey(string? pem)
    {
        const string Expected = "Expected a public key on the curve P-256 in PEM: -----BEGIN PUBLIC KEY-----. Make one: openssl ec -in key.pem -pubout";
        if (string.IsNullOrWhiteSpace(pem)) return Problem.Missing("public_key");
        if (pem.Length > 10_000) return Problem.Invalid(Expected);
        if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal)) return Problem.Invalid("This is a private key: nobody but its owner should see it. " + Expected);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (IsP256(key)) return key;
        }
        catch (Exception malformed) when (malformed is ArgumentException or CryptographicException)
        {
            // said below
        }
        key.Dispose();
        return Problem.Invalid(Expected);
    }

    private static Outcome<SignedModel> Statement(JsonElement statement, string keyId, byte[] payload, byte[] signature)
    {
        if (Text(statement, "_type") is not StatementType) return Wrong($"'_type' is '{StatementType}'", Text(statement, "_type"));
        if (Text(statement, "predicateType") is not PredicateType) return Wrong($"'predicateType' is '{PredicateType}'", Text(statement, "predicateType"));
        if (!statement.TryGetProperty("subject", out var subjects) || subjects.ValueKind is not JsonValueKind.Array || subjects.GetArrayLength() != 1) return Wrong("'subject' has exactly one entry", null);
        var subject = subjects[0];
        var said = subject.TryGetProperty("digest", out var digest) ? Text(digest, "sha256") : null;
        if (!statement.TryGetProperty("predicate", out var predicate) || !predicate.TryGetProperty("resources", out var resources) || resources.ValueKind is not JsonValueKind.Array || resources.GetArrayLength() == 0) return Wrong("'predicate.resources' names the files", null);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string> digests = [];
        foreach (var resource in resources.EnumerateArray())
        {
            if (Text(resource, "name") is not { Length: > 0 } name || Text(resource, "digest") is not { Length: 64 } sha256 || !sha256.All(char.IsAsciiHexDigitLower)) return Wrong("each resource has a name, and a digest of 64 lower-case hex digits", null);
            if (Text(resource, "algorithm") is not "sha256") return Wrong("each resource's algorithm is sha256", Text(resource, "algorithm"));
            if (!files.TryAdd(name, sha256)) return Problem.Invalid($"The statement names '{name}' twice.");
            digests.Add(sha256);
        }
        var root = Root(digests);
        return root == said ? new SignedModel(keyId, Text(subject, "name") ?? "", root, files, payload, signature) : Problem.Invalid($"The statement's root digest does not fit its files: it says {said}, they come to {root}.");
    }

    private static string Root(IEnumerable<string> digests)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var digest in digests) hash.AppendData(Convert.FromHexString(digest));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What is signed: DSSE's encoding, in which no payload can pass for one of another type.</summary>
    private static byte[] Encoded(byte[] payload) => [.. Encoding.UTF8.GetBytes($"DSSEv1 {PayloadType.Length} {PayloadType} {payload.Length} "), .. payload];

    private static bool IsP256(ECDsa key)
    {
        const string P256 = "1.2.840.10045.3.1.7";
        return key.KeySize == 256 && key.ExportParameters(includePrivateParameters: false).Curve.Oid is { } curve && (curve.Value == P256 || curve.FriendlyName is "nistP256" or "ECDSA_P256");
    }

    private static Problem Wrong(string expected, string? got) => Problem.Invalid($"The envelope is not what was expected: {expected}{(got is null ? "" : $", got '{(got.Length > 100 ? got[..100] : got)}'")}.");

    private static string? Text(JsonElement of, string name) => of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static byte[]? Base64(JsonElement of, string name) => of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes) ? bytes : null;
}
