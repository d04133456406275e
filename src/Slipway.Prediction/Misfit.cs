using System.Globalization;

namespace Slipway.Prediction;

/// <summary>Sentences about input that does not fit, as much of them as the endpoint tells.</summary>
internal static class Misfit
{
    private const string Nothing = "The input does not fit the model's signature.";
    private const int TextCharsMax = 200;

    /// <summary>A value of another type or shape than expected.</summary>
    public static Problem Of(ErrorDetail detail, string where, string expected, string got, string advice = "") => Problem.Invalid(detail switch
    {
        ErrorDetail.None => Nothing,
        ErrorDetail.Shape => $"{where}: expected {expected}.",
        _ => $"{where}: expected {expected}, got {Short(got)}.{(advice.Length > 0 ? " " : "")}{advice}",
    });

    /// <summary>Something that is not there, or that nobody knows, with the name that was meant perhaps.</summary>
    public static Problem Name(ErrorDetail detail, string where, string what, string name, IEnumerable<string> known)
    {
        if (detail is ErrorDetail.None) return Problem.Invalid(Nothing);
        var names = known.ToList();
        var near = Nearest(name, names) is { } close ? $" Did you mean '{close}'?" : names.Count is > 0 and <= 30 ? $" Expected one of {string.Join(", ", names)}." : "";
        return Problem.Invalid($"{where}: {what} '{Short(name)}'.{near}");
    }

    /// <summary>The known name with the fewest edits from this one, if it is near.</summary>
    public static string? Nearest(string name, IReadOnlyList<string> known)
    {
        if (name.Length > 100 || known.Count > 1_000) return null;
        var (best, least) = ((string?)null, Math.Max(2, name.Length / 3) + 1);
        foreach (var candidate in known)
            if (candidate.Length <= 100 && Edits(name, candidate) is var edits && edits < least) (best, least) = (candidate, edits);
        return best;
    }

    private static int Edits(string one, string other)
    {
        var (before, now) = (new int[other.Length + 1], new int[other.Length + 1]);
        for (var j = 0; j <= other.Length; j++) before[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            now[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var same = char.ToLower(one[i - 1], CultureInfo.InvariantCulture) == char.ToLower(other[j - 1], CultureInfo.InvariantCulture);
                now[j] = Math.Min(Math.Min(now[j - 1], before[j]) + 1, before[j - 1] + (same ? 0 : 1));
            }
            (before, now) = (now, before);
        }
        return before[other.Length];
    }

    private static string Short(string text) => text.Length <= TextCharsMax ? text : text[..TextCharsMax] + "...";
}
