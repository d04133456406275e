namespace Slipway.Access;

/// <summary>Whose data is meant, by name.</summary>
/// <param name="Name">A member's name, or any name that stands in events and runs: of somebody removed, or of a user of a single-user installation.</param>
/// <param name="Texts">An erasure also takes the name, where it stands as a word, out of the names, params and tags of runs, experiments and logged models.</param>
/// <param name="Artifacts">An erasure also deletes the artifacts in whose path the name stands as a word.</param>
public sealed record PersonalDataRef(string? Name, bool? Texts = null, bool? Artifacts = null)
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
/// <param name="Erasable">True for entries that this erasure takes; false for what only a person can judge: free text and files that hold the name.</param>
/// <param name="Examples">Some of the entries, at most 100, where naming them helps.</param>
/// <param name="Option">The field of <see cref="PersonalDataRef"/> under which an erasure takes them, `texts` or `artifacts`; null: always, or never.</param>
public sealed record PersonalDataPlace(string Place, long Found, bool Erasable, IReadOnlyList<string>? Examples, string? Option = null);
