using Slipway.Artifacts;
using Slipway.Registry;

namespace Slipway.Server;

/// <summary>What the server measures itself, and versions on their way to other workspaces.</summary>
internal static partial class Capabilities
{
    private static void ComposeEvaluations(Parts parts, RegistryNews news, ArtifactTree tree, RegisteredModels models, ModelVersions versions)
    {
        var evaluations = new ModelEvaluations(parts.Database, news, parts.Jobs, parts.Clock);
        parts.JobHandlers.Add(new EvaluationJob(parts.Database, tree, parts.Sandbox, news, parts.Clock).Handler);
        parts.Jobs.Abandoned[ModelEvaluations.JobKind] = evaluations.Abandon;
        var promotions = new ModelPromotions(parts.Database, news, parts.Jobs, parts.Clock);
        parts.JobHandlers.Add(new PromotionJob(parts.Database, tree, models, versions, news, parts.Clock).Handler);
        parts.Jobs.Abandoned[ModelPromotions.JobKind] = promotions.Abandon;
        EvaluationsApi.Map(parts.Routes, new EvalDatasets(parts.Database, tree, news, parts.Clock), evaluations, promotions);
    }
}
