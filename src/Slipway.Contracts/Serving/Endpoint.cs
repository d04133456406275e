namespace Slipway.Serving;

/// <summary>A name that answers predictions, and what it routes to.</summary>
public sealed record Endpoint
{
    /// <summary>The most endpoints of a workspace.</summary>
    public const int PerWorkspaceMax = 1_000;

    /// <summary>The longest name of an endpoint or arm, in characters.</summary>
    public const int NameCharsMax = 100;

    /// <summary>The longest description or reason, in characters.</summary>
    public const int TextCharsMax = 5_000;

    /// <summary>The most arms.</summary>
    public const int ArmsMax = 16;

    /// <summary>The most arms that are shadows.</summary>
    public const int ShadowsMax = 2;

    /// <summary>The most revisions that are kept: the newest.</summary>
    public const int RevisionsMax = 1_000;

    /// <summary>The name: letters, digits, `.`, `_` and `-`, beginning with a letter or digit.</summary>
    public string? Name { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>`serving`, `paused`, or `failed` when no arm with weight is ready on this server.</summary>
    public string? State { get; init; }

    /// <summary>Counts its changes, from 1.</summary>
    public long Revision { get; init; }

    /// <summary>How much errors tell: `none`, `shape` or `full`.</summary>
    public string? Detail { get; init; }

    /// <summary>The longest that a request may take, in milliseconds; null for no limit of its own.</summary>
    public long? TimeoutMs { get; init; }

    /// <summary>Where requests carry the key that they are chosen by.</summary>
    public StickyKey? Sticky { get; init; }

    /// <summary>Bounds and categories of columns.</summary>
    public InputRule[]? InputRules { get; init; }

    /// <summary>What it routes to.</summary>
    public EndpointArmState[]? Arms { get; init; }

    /// <summary>The canary that is under way, or the last one.</summary>
    public Canary? Canary { get; init; }

    /// <summary>How shares follow rewards, or null.</summary>
    public Bandit? Bandit { get; init; }

    /// <summary>What shadows predicted beside what was answered, on this server.</summary>
    public ShadowState[]? Shadows { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long MadeMs { get; init; }

    /// <summary>By whom.</summary>
    public string? MadeBy { get; init; }

    /// <summary>When it changed last, Unix milliseconds.</summary>
    public long UpdatedMs { get; init; }

    /// <summary>By whom.</summary>
    public string? UpdatedBy { get; init; }

    /// <summary>What the caller may: some of `read`, `invoke`, `write`, `manage`.</summary>
    public string[]? Rights { get; init; }
}

/// <summary>A version among those that an endpoint routes to. One of version, alias and stage is said.</summary>
/// <param name="Name">Unique in the endpoint; null: the alias, the stage in lower case, or `v` and the number.</param>
/// <param name="Model">The registered model.</param>
/// <param name="Version">This version.</param>
/// <param name="Alias">Whatever stands behind this alias, now and later.</param>
/// <param name="Stage">Whatever came last into this stage, now and later.</param>
/// <param name="Weight">0 or more; null: 100 for the only arm, else 0.</param>
/// <param name="Shadow">True: gets copies and answers nobody.</param>
public sealed record EndpointArmRoute(string? Name = null, string? Model = null, string? Version = null, string? Alias = null, string? Stage = null, double? Weight = null, bool? Shadow = null);

/// <summary>An arm, and how it is.</summary>
public sealed record EndpointArmState
{
    /// <summary>The arm.</summary>
    public string? Name { get; init; }

    /// <summary>The registered model.</summary>
    public string? Model { get; init; }

    /// <summary>The version that it routes to.</summary>
    public string? Version { get; init; }

    /// <summary>The alias that it follows, or null.</summary>
    public string? Alias { get; init; }

    /// <summary>The stage that it follows, or null.</summary>
    public string? Stage { get; init; }

    /// <summary>0 or more.</summary>
    public double Weight { get; init; }

    /// <summary>The weight by the sum of all, 0 to 1.</summary>
    public double Share { get; init; }

    /// <summary>Gets copies and answers nobody.</summary>
    public bool Shadow { get; init; }

    /// <summary>On this server: `ready`, `loading`, `unloaded` or `failed`.</summary>
    public string? State { get; init; }

    /// <summary>The version that answers in its place while its own cannot.</summary>
    public string? ServingVersion { get; init; }

    /// <summary>Why its version cannot be loaded.</summary>
    public string? Problem { get; init; }

    /// <summary>The version that gates keep out.</summary>
    public HeldVersion? Held { get; init; }

    /// <summary>How it runs on this server and what it costs; null while it is not loaded here.</summary>
    public ModelExecution? Execution { get; init; }
}

/// <summary>A version that stands behind an arm's alias or in its stage, and that the endpoint's gates do not let in.</summary>
/// <param name="Version">The version.</param>
/// <param name="AtMs">Since when, Unix milliseconds.</param>
/// <param name="Reason">What the gates said.</param>
/// <param name="Evaluation">The evaluation that says all of it.</param>
public sealed record HeldVersion(string? Version = null, long AtMs = 0, string? Reason = null, string? Evaluation = null);

/// <summary>Where requests carry the key by which the same arm is chosen each time. One of the three; none: no key.</summary>
/// <param name="Header">A header.</param>
/// <param name="Json">A JSON pointer into the body, such as `/user/id`.</param>
/// <param name="Column">A column of a tabular request: the first row's value.</param>
public sealed record StickyKey(string? Header = null, string? Json = null, string? Column = null);

/// <summary>Bounds or categories of a column.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Min">The least value.</param>
/// <param name="Max">The largest value.</param>
/// <param name="Categories">The texts that it may hold, at most 1,000.</param>
/// <param name="Action">`reject`, `warn` or `clip`.</param>
public sealed record InputRule(string? Column = null, double? Min = null, double? Max = null, string[]? Categories = null, string? Action = null);

/// <summary>What a shadow found, on this server since its version was loaded.</summary>
public sealed record ShadowState
{
    /// <summary>The arm.</summary>
    public string? Arm { get; init; }

    /// <summary>Its version.</summary>
    public string? Version { get; init; }

    /// <summary>Requests that both answered.</summary>
    public long Compared { get; init; }

    /// <summary>Rows of them.</summary>
    public long Rows { get; init; }

    /// <summary>Requests that found no free core.</summary>
    public long LeftOut { get; init; }

    /// <summary>Requests that the shadow failed.</summary>
    public long Failed { get; init; }

    /// <summary>The largest difference of two numbers.</summary>
    public double MaxAbs { get; init; }

    /// <summary>The mean difference of all numbers.</summary>
    public double MeanAbs { get; init; }

    /// <summary>Rows whose labels differ.</summary>
    public long LabelFlips { get; init; }

    /// <summary>Why nothing is compared.</summary>
    public string? Problem { get; init; }
}
