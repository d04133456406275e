using System.Security.Cryptography;
using System.Text;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>
/// The hashes of the seal, without I/O. A leaf is SHA-256 over length-prefixed fields; what may be erased later enters as a salted commitment, so
/// that the leaf still verifies without it. A seal chains to the one before it.
/// </summary>
internal static class SealChain
{
    /// <summary>The columns that a leaf is computed from, in the order in which <see cref="Leaf"/> reads them after one of the caller's own.</summary>
    public const string LeafColumns = """
        workspace_id, at_ms, kind, form, subject, subject_salt, subject_commitment, actor, actor_salt, actor_commitment,
        address, address_salt, address_commitment, data, data_salt, data_commitment
        """;

    /// <summary>The form of new events: see the schema.</summary>
    public const int FormNow = 2;

    /// <summary>What stands where the name of a person stood, in subjects and in what capabilities keep.</summary>
    public const string ErasedName = "erased";

    /// <summary>What the first seal chains to.</summary>
    public static readonly byte[] Genesis = new byte[SHA256.HashSizeInBytes];

    private const int SubjectAt = 5, ActorAt = 8, AddressAt = 11, DataAt = 14;

    /// <summary>SHA-256 over salt and value; an absent value is told apart from an empty one.</summary>
    public static byte[] Commit(byte[] salt, string? value)
    {
        var input = new HashInput().Begin().Field(salt);
        if (value is not null) input.Field(Encoding.UTF8.GetBytes(value));
        return input.Hash();
    }

    /// <summary>The leaf of the event in a row whose second and later columns are <see cref="LeafColumns"/>. False when the row says both what was erased and what it was.</summary>
    public static bool Leaf(HashInput input, Row row, long position, Span<byte> to)
    {
        const int Bytes = SHA256.HashSizeInBytes;
        Span<byte> subject = stackalloc byte[Bytes], actor = stackalloc byte[Bytes], address = stackalloc byte[Bytes], data = stackalloc byte[Bytes];
        var form = row.Long(4);
        var sound = Commitment(input, row, ActorAt, row.IsNull(ActorAt), actor) & Commitment(input, row, DataAt, row.IsNull(DataAt), data);
        if (form == FormNow)
            sound &= Commitment(input, row, SubjectAt, IsErased(row.Utf8(SubjectAt)), subject) & Commitment(input, row, AddressAt, row.IsNull(AddressAt), address);
        input.Begin();
        // No position is negative: a leaf of one form can never pass for one of another.
        if (form != 1) input.Number(-form);
        input.Number(position).Number(row.Long(1)).Number(row.Long(2)).Field(row.Utf8(3));
        if (form == FormNow) input.Field(subject).Field(actor).Field(address).Field(data);
        else input.Field(row.Utf8(SubjectAt)).Field(actor).Field(data);
        input.Hash(to);
        return sound;
    }

    /// <summary>The hash of a seal.</summary>
    public static byte[] Seal(long no, long firstPosition, long lastPosition, long atMs, byte[] leaves, byte[] previous) =>
        new HashInput().Begin().Number(no).Number(firstPosition).Number(lastPosition).Number(atMs).Field(leaves).Field(previous).Hash();

    private static bool IsErased(ReadOnlySpan<byte> subject) => subject.SequenceEqual("person/erased"u8) || subject.SequenceEqual("service/erased"u8) || subject.SequenceEqual("artifact//erased"u8);

    // Where a commitment is kept, value and salt are gone: a value beside it would be covered by nothing.
    private static bool Commitment(HashInput input, Row row, int at, bool erased, Span<byte> to)
    {
        if (row.IsNull(at + 2))
        {
            input.Begin().Field(row.IsNull(at + 1) ? default : row.Blob(at + 1));
            if (!row.IsNull(at)) input.Field(row.Utf8(at));
            input.Hash(to);
            return true;
        }
        var kept = row.Blob(at + 2);
        if (kept.Length != to.Length) return false;
        kept.CopyTo(to);
        return erased && row.IsNull(at + 1);
    }
}
