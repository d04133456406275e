using System.Collections.Frozen;

namespace Slipway;

/// <summary>What a grant can be about. Numbers are stored: they never change.</summary>
public enum RootKind
{
    /// <summary>An experiment with its runs, logged models and artifacts.</summary>
    Experiment = 1,
    /// <summary>A registered model with its versions and aliases.</summary>
    RegisteredModel = 2,
    /// <summary>An endpoint with its routes, predictions and keys.</summary>
    Endpoint = 3,
}

/// <summary>What a grant says. Numbers are stored: they never change.</summary>
public enum AccessLevel
{
    /// <summary>Nothing, whatever else would allow it.</summary>
    Denied = 0,
    /// <summary>See it.</summary>
    Read = 1,
    /// <summary>See it and, where that means something, call it.</summary>
    Use = 2,
    /// <summary>Change it.</summary>
    Edit = 3,
    /// <summary>Delete it for good, and say who else may do what.</summary>
    Manage = 4,
}

/// <summary>
/// What single roots add to a caller's rights, or take from them. A denial, the caller's own or a group's, wins over every role and grant; grants
/// only add. Installation administrators carry none, so that no denial locks everybody out.
/// </summary>
public sealed class Grants
{
    private readonly FrozenDictionary<(RootKind, long), AccessLevel> levels;

    private Grants(FrozenDictionary<(RootKind, long), AccessLevel> levels)
    {
        this.levels = levels;
        foreach (var ((kind, _), level) in levels) Anywhere |= RightsOf(kind, level);
    }

    /// <summary>No exceptions.</summary>
    public static Grants None { get; } = new(FrozenDictionary<(RootKind, long), AccessLevel>.Empty);

    /// <summary>What some root allows.</summary>
    public Right Anywhere { get; }

    /// <summary>True when roots differ from the workspace's rule.</summary>
    public bool Any => levels.Count > 0;

    /// <summary>Of several levels for one root a denial wins, else the highest.</summary>
    public static Grants Of(IEnumerable<(RootKind Kind, long Root, AccessLevel Level)> entries)
    {
        var merged = new Dictionary<(RootKind, long), AccessLevel>();
        foreach (var (kind, root, level) in entries)
            merged[(kind, root)] = !merged.TryGetValue((kind, root), out var known) ? level
                : known is AccessLevel.Denied || level is AccessLevel.Denied ? AccessLevel.Denied
                : known > level ? known : level;
        return merged.Count == 0 ? None : new Grants(merged.ToFrozenDictionary());
    }

    /// <summary>The rights on one root of a caller who has <paramref name="rights"/> in the workspace.</summary>
    public Right Apply(Right rights, RootKind kind, long root) =>
        levels.Count == 0 || !levels.TryGetValue((kind, root), out var level) ? rights
        : level is AccessLevel.Denied ? rights & ~CoveredBy(kind)
        : rights | RightsOf(kind, level);

    /// <summary>The roots that a caller with <paramref name="rights"/> sees differently from the rest of the workspace: allowed ones when the workspace hides its roots, denied ones when it shows them.</summary>
    public IEnumerable<long> Exceptions(Right rights, RootKind kind)
    {
        var shown = (rights & ReadOf(kind)) != 0;
        foreach (var ((entryKind, root), level) in levels)
            if (entryKind == kind && (level is AccessLevel.Denied) == shown) yield return root;
    }

    /// <summary>The right to see roots of a kind.</summary>
    public static Right ReadOf(RootKind kind) => kind switch
    {
        RootKind.Experiment => Right.ReadExperiments,
        RootKind.RegisteredModel => Right.ReadModels,
        RootKind.Endpoint => Right.ReadEndpoints,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of root."),
    };

    /// <summary>The right to change roots of a kind.</summary>
    public static Right WriteOf(RootKind kind) => kind switch
    {
        RootKind.Experiment => Right.WriteExperiments,
        RootKind.RegisteredModel => Right.WriteModels,
        RootKind.Endpoint => Right.WriteEndpoints,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of root."),
    };

    /// <summary>The right to say who may do what with roots of a kind.</summary>
    public static Right ManageOf(RootKind kind) => kind switch
    {
        RootKind.Experiment => Right.ManageExperiments,
        RootKind.RegisteredModel => Right.ManageModels,
        RootKind.Endpoint => Right.ManageEndpoints,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of root."),
    };

    /// <summary>The right to call roots of a kind; none where nothing is called.</summary>
    public static Right UseOf(RootKind kind) => kind is RootKind.Endpoint ? Right.InvokeEndpoints : Right.None;

    /// <summary>The rights that single roots of a kind decide.</summary>
    public static Right CoveredBy(RootKind kind) => ReadOf(kind) | UseOf(kind) | WriteOf(kind) | ManageOf(kind);

    /// <summary>What a level allows with a root of a kind.</summary>
    public static Right RightsOf(RootKind kind, AccessLevel level) => level switch
    {
        AccessLevel.Denied => Right.None,
        AccessLevel.Read => ReadOf(kind),
        AccessLevel.Use => ReadOf(kind) | UseOf(kind),
        AccessLevel.Edit => ReadOf(kind) | UseOf(kind) | WriteOf(kind),
        AccessLevel.Manage => CoveredBy(kind),
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "No such level."),
    };
}
