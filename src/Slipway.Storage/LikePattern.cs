using System.Text;

namespace Slipway.Storage;

/// <summary>SQL's LIKE: `%` is any run of characters, `_` one character (a code point); nothing escapes them. Linear in text times pattern.</summary>
internal static class LikePattern
{
    public static bool Matches(string text, string pattern, bool ignoreCase)
    {
        var (t, p) = (Runes(text, ignoreCase), Runes(pattern, ignoreCase));
        int i = 0, j = 0, star = -1, mark = 0;
        while (i < t.Length)
        {
            if (j < p.Length && p[j] == '%') (star, mark) = (j++, i);
            else if (j < p.Length && (p[j] == '_' || p[j] == t[i])) (i, j) = (i + 1, j + 1);
            else if (star >= 0) (j, i) = (star + 1, ++mark);
            else return false;
        }
        while (j < p.Length && p[j] == '%') j++;
        return j == p.Length;
    }

    private static int[] Runes(string text, bool ignoreCase)
    {
        var runes = new int[text.Length];
        var count = 0;
        foreach (var rune in text.EnumerateRunes()) runes[count++] = (ignoreCase ? Rune.ToLowerInvariant(rune) : rune).Value;
        return count == runes.Length ? runes : runes[..count];
    }
}
