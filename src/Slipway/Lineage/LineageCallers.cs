using Slipway.Access;
using Slipway.Storage;

namespace Slipway.Lineage;

/// <summary>
/// Who asks, in each workspace that a walk comes to: what somebody may see elsewhere is what they are there, never what they are here. A workspace in which
/// they have no part answers like one that is not there.
/// </summary>
internal sealed class LineageCallers(Session session, Caller caller)
{
    private readonly Dictionary<string, Caller?> elsewhere = new(StringComparer.Ordinal);
    private readonly Lazy<string?> home = new(() => Workspaces.FindOrNull(session, caller.Workspace)?.Name);

    /// <summary>The caller in a workspace, null: the request's; answers null where they may see nothing of lineage.</summary>
    public Caller? In(string? workspace)
    {
        if (workspace is null) return caller;
        if (elsewhere.TryGetValue(workspace, out var known)) return known;
        // What the route asks for at home is asked for there.
        return elsewhere[workspace] = Standings.Elsewhere(session, caller, workspace) is { } there && there.Needs(Right.ReadExperiments) is null ? there : null;
    }

    /// <summary>A thing as the one that led to it names it: what it does not say is in the same workspace. One thing has one name, also when the way led out and home again.</summary>
    public LineageId From(LineageId of, LineageId other)
    {
        var workspace = other.Workspace ?? of.Workspace;
        return other.In(workspace is not null && workspace == home.Value ? null : workspace);
    }
}
