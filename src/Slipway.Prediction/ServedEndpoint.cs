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
internal sealed record EndpointArm(string Name, ServedModel Model, double Weight);

/// <summary>An endpoint as it is at one moment. Never changed: another one takes its place in the <see cref="EndpointTable"/>.</summary>
internal sealed record ServedEndpoint(long Workspace, string Name, IReadOnlyList<EndpointArm> Arms)
{
    /// <summary>Salt of the choice by key, so that two endpoints choose differently.</summary>
    public ulong Salt { get; init; }

    /// <summary>What errors say.</summary>
    public ErrorDetail Detail { get; init; } = ErrorDetail.Full;

    /// <summary>What it wants of inputs beyond the signature; null for nothing.</summary>
    public InputRules? Rules { get; init; }

    /// <summary>The longest that a request may take; null for no limit of its own.</summary>
    public TimeSpan? Timeout { get; init; }
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
