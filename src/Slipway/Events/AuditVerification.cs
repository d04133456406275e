using System.Security.Cryptography;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>
/// Checks the event log against its seals and the seals against the anchored heads: finds any edited, removed, inserted, reordered or cut-off
/// row, also when every later hash was computed anew.
/// </summary>
internal sealed class AuditVerification(Database database, Anchor anchor)
{
    /// <summary>After so many findings the rest is not listed.</summary>
    public const int FindingsMax = 100;

    private const int LeafBytes = SHA256.HashSizeInBytes;

    // As many as one snapshot reads: some 30,000 events, a tenth of a second.
    private const string SealsAfter = """
        SELECT no, first_position, last_position, at_ms, leaves, previous, hash FROM event_seals WHERE no > $1 ORDER BY no LIMIT 64
        """;

    private const string EventsBetween = $"SELECT position, {SealChain.LeafColumns} FROM events WHERE position BETWEEN $1 AND $2 ORDER BY position";

    // Beyond the seals of the same snapshot: the log may have grown, with its seals, since the last page of them was read.
    private const string BeyondSeals = "SELECT count(*) FROM events WHERE position > (SELECT coalesce(max(last_position), 0) FROM event_seals)";

    /// <summary>Runs the whole check; memory stays flat however long the log is.</summary>
    /// <param name="copies">Heads that were kept elsewhere, to be compared beside the anchor's own.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<AuditReport> Verify(IReadOnlyList<AnchoredHead>? copies, CancellationToken ct)
    {
        var walk = new Walk();
        foreach (var (head, finding) in anchor.Read())
        {
            if (finding is not null) walk.Found(finding);
            if (head is not null) walk.Compare(walk.Heads, head);
        }
        foreach (var head in copies ?? [])
        {
            if (anchor.Verifies(head)) walk.Compare(walk.Copies, head);
            else walk.Found($"The copied head of seal {head.Seal} is not signed by this installation, or was changed.");
        }
        while (await database.Read(walk.Page, ct)) { }
        if (walk.HighestHead > walk.No) walk.Found($"The log is cut off: seal {walk.HighestHead} was anchored, the last one here is {walk.No}.");
        var (beyond, unsealed) = await database.Read(session => (
            session.Long(BeyondSeals) ?? 0,
            session.Long("SELECT count(*) FROM events WHERE position IS NULL") ?? 0), ct);
        if (beyond > 0) walk.Found($"{beyond} events lie beyond the last seal (position {walk.Position}).");
        return new AuditReport(walk.Findings.Count == 0, walk.Events, walk.Seals, unsealed, walk.HeadCount, walk.Findings);
    }

    /// <summary>Runs the whole check against the anchor's own heads.</summary>
    public Task<AuditReport> Verify(CancellationToken ct) => Verify(null, ct);

    private sealed record SealRow(long No, long First, long Last, long AtMs, byte[] Leaves, byte[] Previous, byte[] Hash);

    /// <summary>How far the check has come.</summary>
    private sealed class Walk
    {
        private readonly HashInput input = new();
        private byte[] previous = SealChain.Genesis;

        public List<string> Findings { get; } = [];

        public Dictionary<long, AnchoredHead> Heads { get; } = [];

        public Dictionary<long, AnchoredHead> Copies { get; } = [];

        public long HeadCount { get; private set; }

        public long HighestHead { get; private set; }

        public long No { get; private set; }

        public long Position { get; private set; }

        public long Events { get; private set; }

        public long Seals { get; private set; }

        public void Found(string finding)
        {
            if (Findings.Count < FindingsMax) Findings.Add(finding);
        }

        public void Compare(Dictionary<long, AnchoredHead> with, AnchoredHead head)
        {
            HeadCount++;
            with[head.Seal] = head;
            HighestHead = Math.Max(HighestHead, head.Seal);
        }

        /// <summary>The next seals and their events, from one snapshot; false when there are no more.</summary>
        public bool Page(Session session)
        {
            var seals = session.Query(SealsAfter, static row => new SealRow(row.Long(0), row.Long(1), row.Long(2), row.Long(3), row.Bytes(4), row.Bytes(5), row.Bytes(6)), No);
            if (seals.Count == 0) return false;
            foreach (var seal in seals) CheckSeal(seal);
            CheckEvents(session, seals);
            return true;
        }

        private void CheckSeal(SealRow seal)
        {
            if (seal.No != No + 1) Found($"Seal {No + 1} is missing: the next one is {seal.No}.");
            if (seal.First != Position + 1) Found($"Seal {seal.No} begins at position {seal.First} where {Position + 1} belongs.");
            if (!seal.Previous.AsSpan().SequenceEqual(previous)) Found($"Seal {seal.No} does not chain to the one before it.");
            if (!SealChain.Seal(seal.No, seal.First, seal.Last, seal.AtMs, seal.Leaves, seal.Previous).AsSpan().SequenceEqual(seal.Hash)) Found($"The hash of seal {seal.No} does not fit its content.");
            if (Differs(Heads, seal)) Found($"Seal {seal.No} is not the one that was anchored: the log was rewritten.");
            if (Differs(Copies, seal)) Found($"Seal {seal.No} is not the one whose head was copied: the log was rewritten.");
            if (seal.Leaves.Length != (seal.Last - seal.First + 1) * LeafBytes) Found($"Seal {seal.No} holds {seal.Leaves.Length / LeafBytes} leaves for positions {seal.First} to {seal.Last}.");
            (No, Position, previous) = (seal.No, seal.Last, seal.Hash);
            Seals++;
        }

        private static bool Differs(Dictionary<long, AnchoredHead> heads, SealRow seal) =>
            heads.TryGetValue(seal.No, out var head) && (head.Position != seal.Last || !head.Hash.Equals(Convert.ToHexStringLower(seal.Hash), StringComparison.Ordinal));

        private void CheckEvents(Session session, List<SealRow> seals)
        {
            var (at, next) = (0, seals[0].First);
            session.Each(EventsBetween, row =>
            {
                var position = row.Long(0);
                Missing(next, position);
                next = position + 1;
                Events++;
                while (at < seals.Count - 1 && position > seals[at].Last) at++;
                var offset = (position - seals[at].First) * LeafBytes;
                // Outside of its leaves: the seal itself was found wrong already.
                if (offset < 0 || offset + LeafBytes > seals[at].Leaves.Length) return true;
                Span<byte> leaf = stackalloc byte[LeafBytes];
                if (!SealChain.Leaf(input, row, position, leaf) || !leaf.SequenceEqual(seals[at].Leaves.AsSpan((int)offset, LeafBytes))) Found($"The event at position {position} was changed.");
                return true;
            }, seals[0].First, seals[^1].Last);
            Missing(next, seals[^1].Last + 1);
        }

        private void Missing(long from, long to)
        {
            for (var position = from; position < to && Findings.Count < FindingsMax; position++) Found($"The event at position {position} is missing.");
        }
    }
}
