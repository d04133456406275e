using System.Security.Cryptography;
using System.Text;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>Proofs that events stand in the sealed log: gathered here, checked anywhere, also where there is no server.</summary>
internal static class AuditProof
{
    private const int LeafBytes = SHA256.HashSizeInBytes;

    private const string Sealed = $"SELECT position, {SealChain.LeafColumns} FROM events WHERE workspace_id = $1 AND subject = $2 AND position IS NOT NULL ORDER BY id DESC LIMIT $3";

    /// <summary>The newest events of things that are sealed, at most so many of each, by position; and how many wait for their seal.</summary>
    public static (List<ProvedEvent> Events, int Unsealed) Of(Session session, long workspace, IReadOnlyList<string> subjects, int most)
    {
        var (events, unsealed) = (new List<ProvedEvent>(), 0);
        foreach (var subject in subjects)
        {
            events.AddRange(session.Query(Sealed, Read, workspace, subject, most));
            unsealed += (int)(session.Long("SELECT count(*) FROM events WHERE workspace_id = $1 AND subject = $2 AND position IS NULL", workspace, subject) ?? 0);
        }
        return ([.. events.OrderBy(static one => one.Position)], unsealed);
    }

    /// <summary>The numbers of the seals that cover positions, which come in order: one look into an index for each.</summary>
    public static List<long> Numbers(Session session, IReadOnlyList<long> positions)
    {
        var (numbers, covered) = (new List<long>(), 0L);
        foreach (var position in positions)
        {
            if (position <= covered) continue;
            var (no, last) = session.First("SELECT no, last_position FROM event_seals WHERE last_position >= $1 ORDER BY last_position LIMIT 1", static row => (row.Long(0), row.Long(1)), position);
            if (no == 0) break;
            numbers.Add(no);
            covered = last;
        }
        return numbers;
    }

    /// <summary>Some seals, by number. A few at a time: each holds the leaves of up to 512 events.</summary>
    public static List<ProvedSeal> Seals(Session session, IReadOnlyCollection<long> numbers) =>
        session.Query($"SELECT no, first_position, last_position, at_ms, leaves, previous, hash FROM event_seals WHERE no {session.Dialect.InLongs("$1")} ORDER BY no",
            static row => new ProvedSeal(row.Long(0), row.Long(1), row.Long(2), row.Long(3), row.Bytes(4), row.Bytes(5), row.Bytes(6), null), Arg.Longs(numbers));

    /// <summary>The leaf of an event, or null when it says both a value and that it was erased.</summary>
    public static byte[]? Leaf(ProvedEvent one)
    {
        if (one.SubjectCommitment is not null && one.SubjectSalt is not null || one.ActorCommitment is not null && (one.Actor ?? (object?)one.ActorSalt) is not null || one.DataCommitment is not null && (one.Data ?? (object?)one.DataSalt) is not null) return null;
        var (actor, data) = (one.ActorCommitment ?? Commit(one.ActorSalt, one.Actor), one.DataCommitment ?? Commit(one.DataSalt, one.Data));
        var subject = one.SubjectCommitment ?? Commit(one.SubjectSalt, one.Subject);
        var input = new HashInput().Begin();
        if (one.Form != 1) input.Number(-one.Form);
        input.Number(one.Position).Number(one.Workspace).Number(one.AtMs).Field(Encoding.UTF8.GetBytes(one.Kind));
        return one.Form == SealChain.FormNow
            ? input.Field(subject).Field(actor).Field(one.AddressCommitment).Field(data).Hash()
            : input.Field(Encoding.UTF8.GetBytes(one.Subject)).Field(actor).Field(data).Hash();
    }

    /// <summary>Checks a seal for itself and against the one before it, and the events that it covers; answers what is wrong.</summary>
    /// <param name="seal">The seal.</param>
    /// <param name="before">The one before it in the proof, or null.</param>
    /// <param name="events">The events of the proof, by position.</param>
    /// <param name="verifies">Whether a head is signed by the key that is trusted.</param>
    public static IEnumerable<string> Check(ProvedSeal seal, ProvedSeal? before, IReadOnlyList<ProvedEvent> events, Func<AnchoredHead, bool> verifies)
    {
        var count = seal.LastPosition - seal.FirstPosition + 1;
        if (count is < 1 or > EventSealer.BatchMax || seal.Leaves.Length != count * LeafBytes)
        {
            yield return $"Seal {seal.No} holds {seal.Leaves.Length / LeafBytes} leaves for positions {seal.FirstPosition} to {seal.LastPosition}.";
            yield break;
        }
        if (!SealChain.Seal(seal.No, seal.FirstPosition, seal.LastPosition, seal.AtMs, seal.Leaves, seal.Previous).AsSpan().SequenceEqual(seal.Hash)) yield return $"The hash of seal {seal.No} does not fit its content.";
        if (before is not null && before.No >= seal.No) yield return $"Seal {seal.No} stands behind seal {before.No}.";
        else if (before?.No == seal.No - 1 && (!before.Hash.AsSpan().SequenceEqual(seal.Previous) || before.LastPosition + 1 != seal.FirstPosition)) yield return $"Seal {seal.No} does not chain to seal {before.No}.";
        if (seal.Head is { } head)
            if (head.Seal != seal.No || head.Position != seal.LastPosition || !head.Hash.Equals(Convert.ToHexStringLower(seal.Hash), StringComparison.Ordinal)) yield return $"The head of seal {seal.No} is that of another seal: the chain is not the one that was signed.";
            else if (!verifies(head)) yield return $"The head of seal {seal.No} is not signed by the trusted key.";
        foreach (var one in events)
            if (one.Position >= seal.FirstPosition && one.Position <= seal.LastPosition
                && !(Leaf(one) is { } leaf && leaf.AsSpan().SequenceEqual(seal.Leaves.AsSpan((int)(one.Position - seal.FirstPosition) * LeafBytes, LeafBytes))))
                yield return $"The event at position {one.Position} ({one.Kind}) is not the one that was sealed.";
    }

    private static ProvedEvent Read(Row row)
    {
        // Where the request came from is for auditors of the log; whoever holds the pack learns that it was committed to, and no more.
        var address = row.IsNull(13) ? Commit(row.IsNull(12) ? null : row.Bytes(12), row.TextOrNull(11)) : row.Bytes(13);
        return new ProvedEvent(row.Long(0), row.Long(1), row.Long(2), row.Text(3), row.Int(4), row.Text(5), Bytes(6), Bytes(7), row.TextOrNull(8), Bytes(9), Bytes(10), address, row.TextOrNull(14), Bytes(15), Bytes(16));

        byte[]? Bytes(int at) => row.IsNull(at) ? null : row.Bytes(at);
    }

    private static byte[] Commit(byte[]? salt, string? value) => SealChain.Commit(salt ?? [], value);
}
