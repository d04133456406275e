using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Turns found rows into records, and ends a page early where their texts grow large: the token goes on from there.</summary>
internal static class Pages
{
    /// <summary>The most characters of one answer's texts, apart from its last few records.</summary>
    public const int CharsMax = 16 * 1024 * 1024;

    /// <summary>What a record costs beside its long texts, in characters.</summary>
    public const int Overhead = 300;

    private const int FirstChunk = 16;
    private const int ChunkMax = 4_096;

    /// <summary>Records of the rows from the first on, and how many rows they are.</summary>
    public static (List<T> Records, int Taken) Take<T>(List<Found> found, int size, Func<IReadOnlyList<long>, T[]> read, Func<T, long> chars)
    {
        var (records, taken, total) = (new List<T>(), 0, 0L);
        for (var chunk = FirstChunk; taken < Math.Min(size, found.Count) && total < CharsMax;)
        {
            var count = Math.Min(chunk, Math.Min(size, found.Count) - taken);
            var numbers = found.GetRange(taken, count).ConvertAll(static one => one.Number);
            var made = read(numbers);
            records.AddRange(made);
            taken += count;
            total += made.Sum(chars);
            // What follows is likely as large as what came.
            chunk = (int)Math.Clamp((CharsMax - total) / Math.Max(1, total / taken), FirstChunk, ChunkMax);
        }
        return (records, taken);
    }

    /// <summary>The token of the next page, or null when all rows were taken.</summary>
    public static string? Next(List<Found> found, int taken, ulong fingerprint) =>
        taken > 0 && taken < found.Count ? PageToken.Write(fingerprint, SearchOrder.Token(found[taken - 1])) : null;

    public static long Chars(ModelVersion version) => Overhead + (version.Description?.Length ?? 0) + (version.Source?.Length ?? 0) + (version.Tags?.Sum(static tag => (long)(tag.Value?.Length ?? 0) + tag.Key!.Length + 20) ?? 0);

    public static long Chars(RegisteredModelTag tag) => (tag.Value?.Length ?? 0) + tag.Key!.Length + 20;
}
