using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Slipway.Tracking;

/// <summary>
/// The regular expressions of RLIKE: .NET's syntax on its engine that never goes back, so that a match takes time linear in the text whatever the
/// pattern. Evaluated here and not in the database: the answer is the same on both. What needs going back (look-around, back references, atomic
/// groups) is refused.
/// </summary>
internal static class FilterRegex
{
    /// <summary>The longest pattern.</summary>
    public const int CharsMax = 1_000;

    /// <summary>The largest automaton: `a{1000}` is one of a thousand states, `(a{1000}){1000}` of a million.</summary>
    public const int StatesMax = 1_001;

    /// <summary>What all matches of one search may take together.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    // The engine's own guard, unlimited unless it is set; it is read for each pattern.
    static FilterRegex() => AppContext.SetData("REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE", StatesMax);

    /// <summary>The compiled pattern, or what is wrong with it and at which of its characters (from 0).</summary>
    public static Regex? Compile(string pattern, out string wrong, out int at)
    {
        (wrong, at) = ("", 0);
        if (pattern.Length > CharsMax)
        {
            wrong = $"it has {pattern.Length:N0} characters, at most {CharsMax:N0} can be";
            return null;
        }
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, TimeMax);
        }
        catch (RegexParseException malformed)
        {
            (wrong, at) = ($"{malformed.Error} at its character {malformed.Offset + 1}", Math.Min(malformed.Offset, Math.Max(0, pattern.Length - 1)));
        }
        catch (NotSupportedException)
        {
            wrong = $"it needs look-around, back references or an automaton of more than {StatesMax:N0} states; matching takes linear time, which rules these out";
        }
        return null;
    }

    /// <summary>What matching has cost a search so far.</summary>
    /// <param name="most">What it may cost.</param>
    internal sealed class Budget(TimeSpan most)
    {
        private TimeSpan spent;

        /// <summary>True once the search has used up its time: nothing matches from then on.</summary>
        public bool IsSpent { get; private set; }

        /// <summary>True where the pattern is found in the text.</summary>
        public bool Matches(Regex pattern, string text)
        {
            var started = Stopwatch.GetTimestamp();
            var found = false;
            try
            {
                found = pattern.IsMatch(text);
            }
            catch (RegexMatchTimeoutException)
            {
                IsSpent = true;
            }
            spent += Stopwatch.GetElapsedTime(started);
            IsSpent |= spent > most;
            return found;
        }
    }
}
