namespace Slipway.Cli.Track;

/// <summary>Seeds that can be seen from outside: in variables (PYTHONHASHSEED) and in arguments (--seed 7, --random-state=7, training.seed=7).</summary>
internal static class Seeds
{
    /// <summary>The most that are noted.</summary>
    public const int Max = 20;

    /// <summary>By name, without dashes.</summary>
    public static SortedDictionary<string, string> Find(IReadOnlyList<string> command, IEnumerable<KeyValuePair<string, string>> variables)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in variables)
            if (Speaks(name) && IsSeed(value)) Add(name, value);
        for (var i = 1; i < command.Count; i++)
        {
            var (arg, at) = (command[i], command[i].IndexOf('=', StringComparison.Ordinal));
            if (at > 0 && Speaks(arg[..at]) && IsSeed(arg[(at + 1)..])) Add(arg[..at].TrimStart('-', '+'), arg[(at + 1)..]);
            else if (at < 0 && arg.StartsWith('-') && Speaks(arg) && i + 1 < command.Count && IsSeed(command[i + 1])) Add(arg.TrimStart('-'), command[i + 1]);
        }
        return found;

        void Add(string name, string value)
        {
            if (found.Count < Max && name.Length is > 0 and <= 200 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '/')) found.TryAdd(name, value);
        }
    }

    private static bool Speaks(string name)
    {
        var bare = name.TrimStart('-', '+').Replace('-', '_').ToLowerInvariant();
        return bare.EndsWith("seed", StringComparison.Ordinal) || bare.EndsWith("random_state", StringComparison.Ordinal) || bare.EndsWith("seeds", StringComparison.Ordinal);
    }

    // A number, or several; "random" says that there is none, which is worth knowing too.
    private static bool IsSeed(string value) =>
        value.Length is > 0 and <= 200 && (value is "random" or "none" || value.All(letter => char.IsAsciiDigit(letter) || letter is ',' or '-' or '[' or ']'));
}
