using Slipway.Artifacts;
using Slipway.Registry;

namespace Slipway.Server;

/// <summary>What the server measures itself.</summary>
internal static partial class Capabilities
{
    private static void ComposeEvaluations(Parts parts, RegistryNews news, ArtifactTree tree)
    {
        var evaluations = new ModelEvaluations(parts.Database, news, parts.Jobs, parts.Clock);
        parts.JobHandlers.Add(new EvaluationJob(parts.Database, tree, parts.Sandbox, news, parts.Clock).Handler);
        parts.Jobs.Abandoned[ModelEvaluations.JobKind] = evaluations.Abandon;
        EvaluationsApi.Map(parts.Routes, new EvalDatasets(parts.Database, tree, news, parts.Clock), evaluations);
    }
}
