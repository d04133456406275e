using System.Text.Json.Serialization;

namespace Slipway.Events;

/// <summary>
/// An event with all that its leaf is computed from. Where a value is not shown, because it was erased or is nobody's business, its commitment stands in its
/// place: the leaf still verifies. Bytes are base64.
/// </summary>
/// <param name="Position">Its place in the sealed order.</param>
/// <param name="Workspace">The key of its workspace.</param>
/// <param name="AtMs">When, Unix milliseconds.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Form">The form of the leaf, 1 or 2.</param>
/// <param name="Subject">To what.</param>
/// <param name="SubjectSalt">The salt of its commitment, or null for none.</param>
/// <param name="SubjectCommitment">Its commitment, where the subject was erased.</param>
/// <param name="Actor">Who.</param>
/// <param name="ActorSalt">The salt of its commitment.</param>
/// <param name="ActorCommitment">Its commitment, where the actor was erased.</param>
/// <param name="AddressCommitment">The commitment to where the request came from, which is not shown.</param>
/// <param name="Data">Details as JSON text.</param>
/// <param name="DataSalt">The salt of its commitment.</param>
/// <param name="DataCommitment">Its commitment, where the details were erased.</param>
public sealed record ProvedEvent(long Position, long Workspace, long AtMs, string Kind, int Form, string Subject, byte[]? SubjectSalt, byte[]? SubjectCommitment, string? Actor, byte[]? ActorSalt, byte[]? ActorCommitment,
    byte[] AddressCommitment, string? Data, byte[]? DataSalt, byte[]? DataCommitment);

/// <summary>A seal with the leaves that it covers.</summary>
/// <param name="No">Its number.</param>
/// <param name="FirstPosition">The first position that it covers.</param>
/// <param name="LastPosition">The last one.</param>
/// <param name="AtMs">When, Unix milliseconds.</param>
/// <param name="Leaves">32 bytes for each position, base64.</param>
/// <param name="Previous">The hash of the seal before, base64.</param>
/// <param name="Hash">Its hash, base64.</param>
/// <param name="Head">The head that was signed for it; absent when it is so old that the server keeps it no more.</param>
public sealed record ProvedSeal(long No, long FirstPosition, long LastPosition, long AtMs, byte[] Leaves, byte[] Previous, byte[] Hash, AnchoredHead? Head);

/// <summary>GET audit/key: the key that signs heads of the event log and evidence.</summary>
/// <param name="PublicKey">ECDSA P-256, PEM.</param>
/// <param name="Fingerprint">SHA-256 of the key in DER, hexadecimal.</param>
public sealed record AuditKey(string PublicKey, string Fingerprint);

/// <summary>Asks for the key; without fields.</summary>
public sealed record GetAuditKey;

/// <summary>How proofs are read and written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 8)]
[JsonSerializable(typeof(ProvedEvent))]
[JsonSerializable(typeof(ProvedSeal))]
[JsonSerializable(typeof(AnchoredHead))]
[JsonSerializable(typeof(AuditKey))]
[JsonSerializable(typeof(GetAuditKey))]
public sealed partial class AuditProofJson : JsonSerializerContext;
