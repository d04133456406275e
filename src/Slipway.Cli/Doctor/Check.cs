using Slipway.Access;

namespace Slipway.Cli.Doctor;

/// <summary>How a check went. The words are part of the JSON.</summary>
internal enum Verdict
{
    Ok,

    /// <summary>Works, and could be better or will be a trouble one day.</summary>
    Warn,

    /// <summary>The server cannot run like this.</summary>
    Fail,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What, in a few words.</param>
/// <param name="Verdict">How it is.</param>
/// <param name="Finding">What was seen.</param>
/// <param name="Mend">What to do about it; null when there is nothing to do.</param>
/// <param name="Why">Why it matters; null where the finding says so.</param>
internal sealed record Check(string Name, Verdict Verdict, string Finding, string? Mend = null, string? Why = null)
{
    public static Check Ok(string name, string finding) => new(name, Verdict.Ok, finding);

    public static Check Warn(string name, string finding, string mend) => new(name, Verdict.Warn, finding, mend);

    /// <summary>What a review says: what is weak works, and is easier to break into than it need be.</summary>
    public static Check Of(ReviewItem item) => new(item.Id, item.IsWeak ? Verdict.Warn : Verdict.Ok, item.What, item.Mend, item.Why);

    public static Check Fail(string name, string finding, string mend) => new(name, Verdict.Fail, finding, mend);
}
