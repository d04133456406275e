namespace Slipway.Serving;

/// <summary>Which ids may be in a segment: a Bloom filter of twelve bits an id. It never says no of an id that is there; of others it says yes about four times in a thousand.</summary>
internal static class IdFilter
{
    private const int BitsPerId = 12, Probes = 6;

    /// <summary>The filter of these hashes.</summary>
    public static byte[] Of(IReadOnlyCollection<ulong> hashes)
    {
        var filter = new byte[Math.Max(8, (hashes.Count * BitsPerId + 7) / 8)];
        foreach (var hash in hashes)
            for (var probe = 0; probe < Probes; probe++)
            {
                var bit = Bit(hash, probe, filter.Length);
                filter[bit >> 3] |= (byte)(1 << (int)(bit & 7));
            }
        return filter;
    }

    /// <summary>False when the id is certainly not there.</summary>
    public static bool MayHold(ReadOnlySpan<byte> filter, ulong hash)
    {
        if (filter.IsEmpty) return false;
        for (var probe = 0; probe < Probes; probe++)
        {
            var bit = Bit(hash, probe, filter.Length);
            if ((filter[(int)(bit >> 3)] & 1 << (int)(bit & 7)) == 0) return false;
        }
        return true;
    }

    // Two halves of the hash give all probes (Kirsch and Mitzenmacher, 2006).
    private static long Bit(ulong hash, int probe, int bytes) => (long)(((uint)hash + (ulong)probe * ((uint)(hash >> 32) | 1)) % ((ulong)bytes * 8));
}
