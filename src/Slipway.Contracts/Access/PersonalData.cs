namespace Slipway.Access;

/// <summary>Whose data is meant, by name.</summary>
/// <param name="Name">A member's name, or any name that stands in events and runs: of somebody removed, or of a user of a single-user installation.</param>
public sealed record PersonalDataRef(string? Name)
{
    /// <summary>The most examples of one place.</summary>
    public const int ExamplesMax = 100;
}

/// <summary>What is kept about one person, and what became of it.</summary>
/// <param name="Erased">True when what can be erased was.</param>
/// <param name="Places">Each place that was looked at.</param>
public sealed record PersonalDataReport(bool Erased, IReadOnlyList<PersonalDataPlace> Places);

/// <summary>One place that was looked at.</summary>
/// <param name="Place">What it is.</param>
/// <param name="Found">How many entries there are.</param>
/// <param name="Erasable">True for entries that an erasure takes; false for what only a person can judge: free text and files that hold the name.</param>
/// <param name="Examples">Some of the entries, at most 100, where naming them helps.</param>
public sealed record PersonalDataPlace(string Place, long Found, bool Erasable, IReadOnlyList<string>? Examples);
