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

    private const string SealsAfter = """
        SELECT no, first_position, last_position, at_ms, leaves, previous, hash FROM event_seals WHERE no > $1 ORDER BY no LIMIT 64
        """;

    private const string EventsBetween = """
        SELECT position, workspace_id, at_ms, kind, subject, actor, actor_salt, actor_commitment, data, data_salt, data_commitment
          FROM events WHERE position BETWEEN $1 AND $2 ORDER BY position
        """;

    // Beyond the seals of the same snapshot: the log may have grown, with its seals, since the last page of them was read.
    private const string BeyondSeals = "SELECT count(*) FROM events WHERE position > (SELECT coalesce(max(last_position), 0) FROM event_seals)";

    /// <summary>Runs the whole check; memory stays flat however long the log is.</summary>
    public async Task<AuditReport> Verify(CancellationToken ct)
    {
        var findings = new List<string>();
        var heads = new Dictionary<long, AnchoredHead>();
        long headCount = 0, highestHead = 0;
        foreach (var (head, finding) in anchor.Read())
        {
            if (finding is not null) Add(findings, finding);
            if (head is null) continue;
            headCount++;
            heads[head.Seal] = head;
            highestHead = Math.Max(highestHead, head.Seal);
        }
        long no = 0, position = 0, events = 0, seals = 0;
        var previous = SealChain.Genesis;
        while (true)
        {
            var page = await database.Read(session => session.Query(SealsAfter, static row => new SealRow(row.Long(0), row.Long(1), row.Long(2), row.Long(3), row.Bytes(4), row.Bytes(5), row.Bytes(6)), no), ct);
            if (page.Count == 0) break;
            foreach (var seal in page)
            {
                if (seal.No != no + 1) Add(findings, $"Seal {no + 1} is missing: the next one is {seal.No}.");
                if (seal.First != position + 1) Add(findings, $"Seal {seal.No} begins at position {seal.First} where {position + 1} belongs.");
                if (!seal.Previous.AsSpan().SequenceEqual(previous)) Add(findings, $"Seal {seal.No} does not chain to the one before it.");
                if (!SealChain.Seal(seal.No, seal.First, seal.Last, seal.AtMs, seal.Leaves, seal.Previous).AsSpan().SequenceEqual(seal.Hash)) Add(findings, $"The hash of seal {seal.No} does not fit its content.");
                if (heads.TryGetValue(seal.No, out var head) && head.Hash != Convert.ToHexStringLower(seal.Hash)) Add(findings, $"Seal {seal.No} is not the one that was anchored: the log was rewritten.");
                events += await CheckEvents(seal, findings, ct);
                (no, position, previous) = (seal.No, seal.Last, seal.Hash);
                seals++;
            }
        }
        if (highestHead > no) Add(findings, $"The log is cut off: seal {highestHead} was anchored, the last one here is {no}.");
        var (beyond, unsealed) = await database.Read(session => (
            session.Long(BeyondSeals) ?? 0,
            session.Long("SELECT count(*) FROM events WHERE position IS NULL") ?? 0), ct);
        if (beyond > 0) Add(findings, $"{beyond} events lie beyond the last seal (position {position}).");
        return new AuditReport(findings.Count == 0, events, seals, unsealed, headCount, findings);
    }

    private async Task<long> CheckEvents(SealRow seal, List<string> findings, CancellationToken ct)
    {
        const int LeafBytes = 32;
        var expected = seal.Leaves.Length / LeafBytes;
        if (expected != seal.Last - seal.First + 1) Add(findings, $"Seal {seal.No} holds {expected} leaves for positions {seal.First} to {seal.Last}.");
        var rows = await database.Read(session => session.Query(EventsBetween, static row => (Position: row.Long(0), Leaf: SealChain.Leaf(row.Long(0), row.Long(1), row.Long(2), row.Text(3), row.Text(4),
            row.IsNull(7) ? SealChain.Commit(row.IsNull(6) ? [] : row.Bytes(6), row.TextOrNull(5)) : row.Bytes(7),
            row.IsNull(10) ? SealChain.Commit(row.IsNull(9) ? [] : row.Bytes(9), row.TextOrNull(8)) : row.Bytes(10))), seal.First, seal.Last), ct);
        var byPosition = rows.ToDictionary(row => row.Position, row => row.Leaf);
        for (var i = 0; i < expected; i++)
        {
            var at = seal.First + i;
            if (!byPosition.TryGetValue(at, out var leaf)) Add(findings, $"The event at position {at} is missing.");
            else if (!leaf.AsSpan().SequenceEqual(seal.Leaves.AsSpan(i * LeafBytes, LeafBytes))) Add(findings, $"The event at position {at} was changed.");
        }
        return rows.Count;
    }

    private static void Add(List<string> findings, string finding)
    {
        if (findings.Count < FindingsMax) findings.Add(finding);
    }

    private sealed record SealRow(long No, long First, long Last, long AtMs, byte[] Leaves, byte[] Previous, byte[] Hash);
}
