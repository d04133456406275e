using Slipway.Artifacts;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What tracking knows about artifacts and the layer below does not: whose an experiment is.</summary>
internal static class TrackedArtifacts
{
    private const string WorkspaceOf = "SELECT workspace_id FROM experiments WHERE id = $1";

    /// <summary>
    /// Refuses writes below an experiment of another workspace. Reads need no gate: each workspace has a tree of its own. Paths that begin with
    /// no experiment's id belong to locations that people chose themselves.
    /// </summary>
    public static Problem? Gate(Session session, Caller caller, ArtifactPath path, bool write)
    {
        if (!write) return null;
        var first = path.Text.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? path.Text[..slash] : path.Text;
        if (WireCheck.ExperimentNumber(first) is not { } experiment) return null;
        return session.Long(WorkspaceOf, experiment) is { } workspace && workspace != caller.Workspace ? Experiments.Missing(first) : null;
    }
}
