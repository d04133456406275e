using System.Text.RegularExpressions;

namespace Slipway.Client.Capture;

/// <summary>Finds what must not be written down: by the name it goes by, and by what it looks like. Rather one too many.</summary>
internal static partial class Secrets
{
    /// <summary>What stands in a secret's place.</summary>
    public const string Mask = "***";

    /// <summary>A variable's or option's value as it may be kept.</summary>
    public static string Masked(string name, string value) => value.Length > 0 && (Names().IsMatch(name) || Values().IsMatch(value)) ? Mask : WithoutPassword(value);

    /// <summary>Arguments as they may be kept: `--token X`, `--token=X`, `password=X` and values that look like secrets are masked.</summary>
    public static string[] Masked(IReadOnlyList<string> args)
    {
        var kept = new string[args.Count];
        for (var i = 0; i < kept.Length; i++)
        {
            var (arg, at) = (args[i], args[i].IndexOf('=', StringComparison.Ordinal));
            if (at > 0) kept[i] = arg[..(at + 1)] + Masked(arg[..at], arg[(at + 1)..]);
            else if (i > 0 && args[i - 1].StartsWith('-') && !args[i - 1].Contains('=', StringComparison.Ordinal) && !arg.StartsWith('-')) kept[i] = Masked(args[i - 1], arg);
            else kept[i] = Masked("", arg);
        }
        return kept;
    }

    /// <summary>An address without the name and password in it, wherever in the text it stands.</summary>
    public static string WithoutPassword(string text) => UserInfo().Replace(text, $"://{Mask}@");

    [GeneratedRegex("pass(word|wd|phrase)?|secret|token|credential|api_?key|access_?key|private|auth(?!or)|cookie|session|connection_?string|conn_?str|dsn|signature|salt|(^|[^a-z])(key|pwd|pw|sas|jwt)($|[^a-z])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Names();

    // Tokens of the well-known givers, keys in PEM, JSON web tokens, connection strings.
    [GeneratedRegex(@"-----BEGIN|\b(gh[pousr]_|github_pat_|glpat-|sk-|xox[abprs]-|AKIA|ASIA|hf_|npm_|pypi-|AIza|slp_)[A-Za-z0-9_\-]{8,}|\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}|(password|pwd|accountkey|sharedaccesskey)\s*=\s*[^;\s]+|\b(bearer|basic)\s+[A-Za-z0-9+/=_\-.]{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Values();

    [GeneratedRegex(@"://[^/\s@]+@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();
}
