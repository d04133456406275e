namespace Slipway.Prediction;

/// <summary>What validation says in its errors.</summary>
internal enum ErrorDetail
{
    /// <summary>That the request is wrong, and no more.</summary>
    None,
    /// <summary>Where, and which type or shape was expected.</summary>
    Shape,
    /// <summary>The value too.</summary>
    Full,
}

/// <summary>One version among those that an endpoint routes to.</summary>
/// <param name="Name">The arm's name: `champion`, `canary`, `b`.</param>
/// <param name="Model">The version.</param>
/// <param name="Weight">Its share among the weights of all arms; 0 gets requests only by name.</param>
internal sealed record EndpointArm(string Name, ServedModel Model, double Weight)
{
    /// <summary>The alias or stage that it follows: requests can name it. Null for a fixed version.</summary>
    public string? Label { get; init; }

    /// <summary>What makes the arm's place in the choice by key its own.</summary>
    public ulong Seed { get; } = StickyKeys.Hash(Name, 0);

    /// <summary>Counts what a canary is judged by; null while nobody judges.</summary>
    public ArmTally? Tally { get; init; }
}

/// <summary>An endpoint as it is at one moment. Never changed: another one takes its place in the <see cref="EndpointTable"/>.</summary>
internal sealed record ServedEndpoint(long Workspace, string Name, IReadOnlyList<EndpointArm> Arms)
{
    /// <summary>Its key, by which rights on it are granted; 0 where nobody grants any.</summary>
    public long Id { get; init; }

    /// <summary>Why it answers nobody, or null while it does.</summary>
    public string? Paused { get; init; }

    /// <summary>Salt of the choice by key, so that two endpoints choose differently.</summary>
    public ulong Salt { get; init; }

    /// <summary>Where requests carry their key, or null: then only the header counts that all protocols know.</summary>
    public StickyRule? Sticky { get; init; }

    /// <summary>Versions that get copies of requests and answer nobody; at most <see cref="ShadowsMax"/>.</summary>
    public ShadowArm[] Shadows { get; init; } = [];

    /// <summary>What errors say.</summary>
    public ErrorDetail Detail { get; init; } = ErrorDetail.Full;

    /// <summary>What it wants of inputs beyond the signature; null for nothing.</summary>
    public InputRules? Rules { get; init; }

    /// <summary>The longest that a request may take; null for no limit of its own.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The most arms.</summary>
    public const int ArmsMax = 16;

    /// <summary>The most shadows.</summary>
    public const int ShadowsMax = 2;

    /// <summary>The sum of the arms' weights.</summary>
    public double Weights { get; } = Sum(Arms);

    private static double Sum(IReadOnlyList<EndpointArm> arms)
    {
        var sum = 0.0;
        foreach (var arm in arms) sum += arm.Weight;
        return sum;
    }
}

/// <summary>The endpoints that answer. Reading takes no lock; a change swaps the whole table.</summary>
internal sealed class EndpointTable
{
    private volatile Dictionary<(long Workspace, string Name), ServedEndpoint> all = [];

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<ServedEndpoint> All => all.Values;

    /// <summary>One by its name, or null.</summary>
    public ServedEndpoint? Find(long workspace, string name) => all.GetValueOrDefault((workspace, name));

    /// <summary>Puts others in place of all.</summary>
    public void Swap(IEnumerable<ServedEndpoint> endpoints) => all = endpoints.ToDictionary(static endpoint => (endpoint.Workspace, endpoint.Name));
}
