using Slipway.Storage;

namespace Slipway.Lineage;

/// <summary>What is one step away from a thing.</summary>
/// <param name="Of">The thing.</param>
/// <param name="Other">Its cause or effect.</param>
/// <param name="Kind">How they hang together.</param>
internal readonly record struct LineageStep(LineageId Of, LineageId Other, string Kind);

/// <summary>Which way to go.</summary>
internal enum LineageWay
{
    /// <summary>Towards the causes.</summary>
    Up,
    /// <summary>Towards the effects.</summary>
    Down,
}

/// <summary>
/// What capabilities know of lineage. Nothing is kept twice: each capability answers from its own tables what its things are and what is one step away
/// from a thing, its own or one of a lower layer. It adds that where the server is composed. Each answers within one workspace, for a caller of that one; a
/// step may lead to another by naming it.
/// </summary>
internal sealed class LineageKinds
{
    private readonly Dictionary<string, int> parts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<Session, Caller, IReadOnlyList<LineageId>, IEnumerable<(LineageId Id, LineageNode Node)>>> describing = new(StringComparer.Ordinal);
    private readonly List<(string Kind, LineageWay Way, Action<Session, Caller, IReadOnlyList<LineageId>, int, Action<LineageStep>> Walk)> steps = [];
    private readonly Dictionary<string, Func<Session, Caller, LineageId, int, Outcome<List<LineageId>>>> roots = new(StringComparer.Ordinal);

    /// <summary>How many names each kind has.</summary>
    public IReadOnlyDictionary<string, int> Parts => parts;

    /// <summary>Adds a kind: things that the caller may not see, or that are gone, are left out of what <paramref name="describe"/> answers.</summary>
    public void Add(string kind, int names, Func<Session, Caller, IReadOnlyList<LineageId>, IEnumerable<(LineageId Id, LineageNode Node)>> describe)
    {
        parts.Add(kind, names);
        describing.Add(kind, describe);
    }

    /// <summary>Adds a kind that stands for others when it is asked about.</summary>
    public void AddRoot(string kind, int names, Func<Session, Caller, LineageId, int, Outcome<List<LineageId>>> expand)
    {
        parts.Add(kind, names);
        roots.Add(kind, expand);
    }

    /// <summary>Adds a way from things of a kind: at most so many from each, the newest first. One more than allowed says that there are more.</summary>
    public void AddStep(string kind, LineageWay way, Action<Session, Caller, IReadOnlyList<LineageId>, int, Action<LineageStep>> walk) => steps.Add((kind, way, walk));

    /// <summary>The things that a question is about.</summary>
    public Outcome<List<LineageId>> Roots(Session session, LineageCallers callers, LineageId of, int most)
    {
        if (!roots.TryGetValue(of.Kind, out var expand)) return new List<LineageId> { of };
        if (callers.In(of.Workspace) is not { } caller) return new List<LineageId>();
        var found = expand(session, caller, of.In(null), most);
        return found.Succeeded ? found.Value.ConvertAll(id => callers.From(of, id)) : found;
    }

    /// <summary>What these things are, of those that the caller may see.</summary>
    public Dictionary<LineageId, LineageNode> Describe(Session session, LineageCallers callers, IEnumerable<LineageId> ids)
    {
        var known = new Dictionary<LineageId, LineageNode>();
        foreach (var group in ids.GroupBy(static id => (id.Workspace, id.Kind)))
            if (describing.TryGetValue(group.Key.Kind, out var describe) && callers.In(group.Key.Workspace) is { } caller)
                foreach (var (id, node) in describe(session, caller, [.. group.Select(static id => id.In(null))]))
                    known[id.In(group.Key.Workspace)] = group.Key.Workspace is { } workspace ? node with { Id = id.In(workspace).Text, Workspace = workspace } : node;
        return known;
    }

    /// <summary>What is one step away from these things.</summary>
    public void Walk(Session session, LineageCallers callers, IReadOnlyCollection<LineageId> from, LineageWay way, int most, Action<LineageStep> found)
    {
        foreach (var group in from.GroupBy(static id => (id.Workspace, id.Kind)))
            if (callers.In(group.Key.Workspace) is { } caller)
                foreach (var step in steps)
                    if (step.Kind == group.Key.Kind && step.Way == way)
                        step.Walk(session, caller, [.. group.Select(static id => id.In(null))], most, one =>
                        {
                            var of = one.Of.In(group.Key.Workspace);
                            found(new LineageStep(of, callers.From(of, one.Other), one.Kind));
                        });
    }
}
