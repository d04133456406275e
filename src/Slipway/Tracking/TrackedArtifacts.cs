using Slipway.Artifacts;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>What tracking knows about artifacts and the layer below does not: whose an experiment is.</summary>
internal static class TrackedArtifacts
{
    /// <summary>
    /// What the registry keeps itself: files of versions that came from other workspaces, uploaded evaluation datasets. Who may read models reads it; nobody writes there by a request.
    /// </summary>
    public const string RegistryFolder = "slipway-registry";

    private const string WorkspaceOf = "SELECT workspace_id FROM experiments WHERE id = $1";

    /// <summary>
    /// Refuses what lies below an experiment that the caller may not see or change, and writes below one of another workspace; each workspace has a
    /// tree of its own. Paths that begin with no experiment's id belong to locations that people chose themselves: those are for who may see or
    /// change the whole workspace, and nothing in it is denied to.
    /// </summary>
    public static Problem? Gate(Session session, Caller caller, ArtifactPath path, bool write)
    {
        var first = path.Text.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? path.Text[..slash] : path.Text;
        if (first == RegistryFolder)
            return write && caller.Acting != Right.None ? Problem.Denied($"'{path}' is kept by the registry: nobody changes it. Register a version, or add an evaluation dataset.")
                : write ? null : (caller.Rights & caller.Most & Right.ReadModels) != 0 ? null : caller.NeedsEverywhere(Right.ReadModels);
        var acting = (write ? Right.WriteExperiments : Right.ReadExperiments) | caller.Acting & Right.ManageExperiments;
        if (WireCheck.ExperimentNumber(first) is not { } experiment)
            return caller.MayEverywhere(acting) ? null : Problem.Denied($"'{caller.Actor}' may not reach '{path}': it belongs to no experiment, so it takes the right {acting} to every one.");
        if ((caller with { Acting = acting }).Refused(RootKind.Experiment, experiment, Experiments.Missing(first)) is { } refused) return refused;
        if (!write) return null;
        return session.Long(WorkspaceOf, experiment) is { } workspace && workspace != caller.Workspace ? Experiments.Missing(first) : null;
    }
}
