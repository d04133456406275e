using System.Security.Cryptography;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Faults.Durability;

/// <summary>What the recorded process had acknowledged by some moment.</summary>
internal sealed class Acknowledged
{
    public HashSet<long> Twins { get; } = [];

    public HashSet<string> Blobs { get; } = [];

    public long Writes { get; private set; }

    public void Add(string mark)
    {
        var parts = mark.Split(' ');
        switch (parts[0])
        {
            case "twin": Twins.Add(long.Parse(parts[1])); break;
            case "blob": Blobs.Add(parts[1]); break;
            case "writes": Writes = Math.Max(Writes, long.Parse(parts[1])); break;
            default: throw new InvalidOperationException($"No such mark: {mark}");
        }
    }
}

/// <summary>Opens a disk that a crash left, as the next start would, and says what is missing or damaged.</summary>
internal static class DurabilityCheck
{
    public static async Task<List<string>> Losses(string image, Acknowledged acknowledged)
    {
        var losses = new List<string>();
        try
        {
            await using var state = await DurabilityState.Open(Path.Combine(image, "data"));
            await Rows(state.Database, acknowledged, losses);
            await Blobs(state, acknowledged, losses);
            var audit = await new AuditVerification(state.Database, state.Anchor).Verify(default);
            losses.AddRange(audit.Findings.Select(finding => "audit: " + finding));
            // What was found must also take new writes.
            if ((await state.Database.Write<long>(static session => session.Long("UPDATE counters SET n = n + 1 WHERE name = 'writes' RETURNING n")!.Value, default)).Problem is { } refused)
                losses.Add("refuses writes: " + refused.Message);
        }
        catch (Exception failure) when (failure is StorageException or IOException or InvalidOperationException or CryptographicException or ArgumentException)
        {
            losses.Add("does not open: " + failure.Message);
        }
        return losses;
    }

    private static async Task Rows(Database database, Acknowledged acknowledged, List<string> losses)
    {
        var (integrity, twins, writes, events) = await database.Read(static session => (
            session.Query("PRAGMA integrity_check", static row => row.Text(0)),
            session.Query("SELECT id, side, payload FROM twins ORDER BY id, side", static row => (Id: row.Long(0), Side: row.Long(1), Payload: row.Text(2))),
            session.Long("SELECT n FROM counters WHERE name = 'writes'"),
            session.Long("SELECT count(*) FROM events")), default);
        if (integrity is not ["ok"]) losses.Add("integrity: " + string.Join("; ", integrity.Take(3)));
        foreach (var twin in twins)
            if (twin.Payload != DurabilityState.Payload(twin.Id)) losses.Add($"twin {twin.Id} holds something else than was written");
        if (twins.Count != 2 * writes) losses.Add($"{twins.Count} twins after {writes} writes: a write is there by half");
        if (events != writes) losses.Add($"{events} events after {writes} writes: a change without its event, or the other way round");
        if (writes < acknowledged.Writes) losses.Add($"the counter is {writes}, {acknowledged.Writes} was acknowledged");
        var missing = acknowledged.Twins.Except(twins.Select(twin => twin.Id)).Order().ToList();
        if (missing.Count > 0) losses.Add($"{missing.Count} acknowledged writes are gone, the first is {missing[0]}");
    }

    private static async Task Blobs(DurabilityState state, Acknowledged acknowledged, List<string> losses)
    {
        var rows = await state.Database.Read(static session => session.Query("SELECT id, sha256 FROM held", static row => (Id: row.Text(0), Sha256: row.Text(1))), default);
        foreach (var (text, sha256) in rows)
        {
            var opened = await state.Blobs.Open(new BlobId(Guid.ParseExact(text, "N")), 0, null, default);
            if (opened.Problem is { } problem)
            {
                losses.Add($"blob {text} has a row and no content: {problem.Message}");
                continue;
            }
            await using var content = opened.Value;
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(content)) != sha256) losses.Add($"blob {text} holds something else than was written");
        }
        var missing = acknowledged.Blobs.Except(rows.Select(row => row.Id)).Count();
        if (missing > 0) losses.Add($"{missing} acknowledged blobs have no row");
    }
}
