namespace Slipway.Prediction;

/// <summary>The hash of ids and keys: the same on every server and in every version, since samples and indexes rest on it.</summary>
/// <remarks>FNV-1a over the UTF-16 units, with the finalizer of MurmurHash3 so that the upper bits are as good as the lower.</remarks>
internal static class PredictionHash
{
    /// <summary>64 bits.</summary>
    public static ulong Of(ReadOnlySpan<char> text)
    {
        var hash = 14695981039346656037UL;
        foreach (var unit in text) hash = (hash ^ unit) * 1099511628211UL;
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
        return hash ^ (hash >> 33);
    }

    /// <summary>True for a share of all hashes, the same ones each time: what a small share takes a larger one takes too.</summary>
    /// <param name="hash">Of the id.</param>
    /// <param name="share">0 to 1.</param>
    public static bool Within(ulong hash, double share) => share >= 1 || (hash >> 11) * (1.0 / (1UL << 53)) < share;
}
