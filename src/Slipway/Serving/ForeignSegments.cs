using Slipway.Prediction;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Segments from programs that predict by themselves and from bundles at the edge: looked through before anything of them is believed.</summary>
internal sealed class ForeignSegments(Database db, PredictionSegments segments, EndpointSight sight, TimeProvider clock)
{
    private static readonly long DayMs = (long)TimeSpan.FromDays(1).TotalMilliseconds;

    /// <summary>Takes a segment in; the same one again is a duplicate.</summary>
    public async Task<Outcome<SegmentTaken>> Take(Caller caller, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        // The body's memory goes back when the call ends, and the write may run later.
        var own = bytes.ToArray();
        var opened = PredictionSegment.Open(own);
        if (opened.Problem is { } malformed) return malformed;
        var segment = opened.Value;
        if (segment.Records == 0) return new SegmentTaken(0, Duplicate: false);
        if (segment.Endpoint.Length is 0 or > 200 || segment.Endpoint.AsSpan().ContainsAnyInRange('\0', '\x1f')) return Problem.Invalid($"The segment's endpoint has 1 to 200 printable characters, got {segment.Endpoint.Length:N0}.");
        if (segment.Check() is { } damaged) return damaged;
        var (from, to, hashes) = (long.MaxValue, long.MinValue, new ulong[segment.Records]);
        for (var i = 0; i < segment.Records; i++)
        {
            var at = segment.Numbers<long>("at_ms")[i];
            (from, to, hashes[i]) = (Math.Min(from, at), Math.Max(to, at), PredictionHash.Of(segment.Texts("id")[i]));
        }
        if (from < 0 || to > clock.GetUtcNow().ToUnixTimeMilliseconds() + DayMs) return Problem.Invalid("The segment has predictions from before 1970, or from more than a day ahead of the server's clock. Set the sending machine's clock.");
        if (await db.Read(session => sight(session, caller, segment.Endpoint), ct) is { } refused) return refused;
        var added = await segments.Add(caller.Workspace, segment.Id, segment.Endpoint, own, from, to, hashes, ct);
        return added.Problem is { } problem ? problem : new SegmentTaken(added.Value ? segment.Records : 0, Duplicate: !added.Value);
    }
}
