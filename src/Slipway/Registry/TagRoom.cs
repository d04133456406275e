using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>What the tags of one model or version may take together: an answer holds all of them.</summary>
internal static class TagRoom
{
    /// <summary>The most characters of all values of one model or version.</summary>
    public const int CharsMax = 1_000_000;

    /// <summary>Null when the tags of something new fit.</summary>
    public static Problem? Refuse(IReadOnlyList<KeyValue> tags) => tags.Sum(static tag => (long)tag.Value.Length) > CharsMax ? TooLarge() : null;

    /// <summary>Null when one more value fits beside the others of its owner.</summary>
    /// <param name="session">The write.</param>
    /// <param name="sizeOfOthers">Count and characters of the owner's tags but the one of a key.</param>
    /// <param name="owner">Whose tags.</param>
    /// <param name="key">Which one is set.</param>
    /// <param name="value">To what.</param>
    public static Problem? Refuse(Session session, string sizeOfOthers, long owner, string key, string value)
    {
        var (count, chars) = session.First(sizeOfOthers, static row => (row.Long(0), row.Long(1)), owner, key);
        return count + 1 > RegisteredModelTag.TagsMax ? Problem.Invalid($"A model or version has at most {RegisteredModelTag.TagsMax:N0} tags. Delete some first.")
            : chars + value.Length > CharsMax ? TooLarge() : null;
    }

    private static Problem TooLarge() => Problem.Invalid($"The tags of a model or version hold at most {CharsMax:N0} characters together. Keep larger texts as artifacts.");
}
