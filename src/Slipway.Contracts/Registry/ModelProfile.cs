namespace Slipway.Registry;

/// <summary>GET models/{name}/profile: who answers for a model and what it is for.</summary>
/// <param name="Name">Required; part of the path.</param>
public sealed record GetModelProfile(string? Name = null);

/// <summary>Who answers for a model and what it is for. Fields that nobody filled in are absent.</summary>
public sealed record ModelProfile
{
    /// <summary>The model's name.</summary>
    public string? Name { get; init; }

    /// <summary>The person who answers for it.</summary>
    public string? Owner { get; init; }

    /// <summary>The team behind it.</summary>
    public string? Team { get; init; }

    /// <summary>Where to ask.</summary>
    public string? Contact { get; init; }

    /// <summary>What it is there for.</summary>
    public string? Purpose { get; init; }

    /// <summary>What it may be used for.</summary>
    public string? IntendedUse { get; init; }

    /// <summary>What it cannot do.</summary>
    public string? Limitations { get; init; }

    /// <summary>An SPDX identifier, or a name.</summary>
    public string? License { get; init; }

    /// <summary>When it is to be looked at again, as `YYYY-MM-DD` (UTC).</summary>
    public string? ReviewDate { get; init; }

    /// <summary>When it is to go out of use, as `YYYY-MM-DD` (UTC).</summary>
    public string? RetirementDate { get; init; }

    /// <summary>What authors add to the cards of all versions, in order.</summary>
    public CardSection[]? Sections { get; init; }

    /// <summary>When it was last changed, Unix milliseconds; 0 when nobody wrote anything yet.</summary>
    public long UpdatedMs { get; init; }

    /// <summary>Who changed it last.</summary>
    public string? UpdatedBy { get; init; }

    /// <summary>The longest owner, team, contact and license, in characters.</summary>
    public const int NameCharsMax = 250;

    /// <summary>The longest purpose, intended use and limitations, in characters.</summary>
    public const int TextCharsMax = 5_000;
}

/// <summary>PATCH models/{name}/profile. An absent field stays as it is, an empty one is emptied.</summary>
public sealed record DescribeModel
{
    /// <summary>Required; part of the path.</summary>
    public string? Name { get; init; }

    /// <summary>At most <see cref="ModelProfile.NameCharsMax"/> characters.</summary>
    public string? Owner { get; init; }

    /// <summary>At most <see cref="ModelProfile.NameCharsMax"/> characters.</summary>
    public string? Team { get; init; }

    /// <summary>At most <see cref="ModelProfile.NameCharsMax"/> characters.</summary>
    public string? Contact { get; init; }

    /// <summary>At most <see cref="ModelProfile.TextCharsMax"/> characters.</summary>
    public string? Purpose { get; init; }

    /// <summary>At most <see cref="ModelProfile.TextCharsMax"/> characters.</summary>
    public string? IntendedUse { get; init; }

    /// <summary>At most <see cref="ModelProfile.TextCharsMax"/> characters.</summary>
    public string? Limitations { get; init; }

    /// <summary>At most <see cref="ModelProfile.NameCharsMax"/> characters.</summary>
    public string? License { get; init; }

    /// <summary>`YYYY-MM-DD`.</summary>
    public string? ReviewDate { get; init; }

    /// <summary>`YYYY-MM-DD`.</summary>
    public string? RetirementDate { get; init; }

    /// <summary>Replaces all sections; an empty list takes them away.</summary>
    public CardSection?[]? Sections { get; init; }

    /// <summary>The `updated_ms` that the caller saw; when it is another one now, nothing changes and the answer is 409.</summary>
    public long? ExpectedUpdatedMs { get; init; }
}

/// <summary>A section of a card that an author wrote.</summary>
/// <param name="Title">1 to <see cref="TitleCharsMax"/> characters, of a model or version once.</param>
/// <param name="Text">Markdown of at most <see cref="TextCharsMax"/> characters.</param>
/// <param name="Own">In a card: true for a section of the version itself, false for one of its model.</param>
public sealed record CardSection(string? Title = null, string? Text = null, bool? Own = null)
{
    /// <summary>The longest title, in characters.</summary>
    public const int TitleCharsMax = 100;

    /// <summary>The longest text, in characters.</summary>
    public const int TextCharsMax = 20_000;

    /// <summary>The most characters of all sections of a model, or of a version.</summary>
    public const int AllCharsMax = 100_000;

    /// <summary>The most sections of a model, or of a version.</summary>
    public const int SectionsMax = 20;
}

/// <summary>PUT models/{name}/versions/{version}/sections: replaces a version's own sections.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="Sections">Required; an empty list takes them away.</param>
public sealed record PutCardSections(string? Name = null, string? Version = null, CardSection?[]? Sections = null);

/// <summary>The sections of a version itself.</summary>
/// <param name="Sections">In order.</param>
public sealed record OwnCardSections(CardSection[] Sections);
