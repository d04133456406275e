using Microsoft.AspNetCore.Http;
using static Slipway.Right;

namespace Slipway.Registry;

/// <summary>The routes of evaluation datasets, evaluations and promotions.</summary>
internal static class EvaluationsApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, EvalDatasets datasets, ModelEvaluations evaluations, ModelPromotions promotions)
    {
        Wire.Add(EvaluationsJson.Default);
        const string Datasets = "/api/slipway/v1/eval-datasets";
        routes.Add<ListEvalDatasets, EvalDatasetsPage>("GET", Datasets, ReadModels, "Lists the data that models are scored on.", datasets.List);
        routes.Add<EvalDatasetRef, EvalDatasetAnswer>("GET", Datasets + "/{name}", ReadModels, "Answers an evaluation dataset with its versions.", datasets.Get);
        routes.Add<AddEvalDataset, EvalDatasetAnswer>("POST", Datasets + "/{name}/versions", WriteModels, "Pins a file as the next version of an evaluation dataset.", datasets.Add);
        routes.Raw("PUT", Datasets + "/{name}/upload", WriteModels, "Stores the request's body as a file for an evaluation dataset; `file` is its name.", (context, caller) => Upload(context, caller, datasets), EvalDataset.BytesMax);
        const string Version = "/api/slipway/v1/models/{name}/versions/{version}/evaluations";
        routes.Add<EvaluateModelVersion, ModelEvaluationAnswer>("POST", Version, WriteModels, "Scores a version on an evaluation dataset, as a job.", evaluations.Ask);
        routes.Add<ListModelEvaluations, ModelEvaluationsPage>("GET", Version, ReadModels, "Lists a version's evaluations.", evaluations.List);
        routes.Add<ModelEvaluationRef, ModelEvaluationAnswer>("GET", Version + "/{id}", ReadModels, "Answers an evaluation.", evaluations.Get);
        const string One = "/api/slipway/v1/models/{name}/versions/{version}";
        routes.Add<PromoteModelVersion, ModelPromotionAnswer>("POST", One + "/promote", ReadModels, "Makes a version of the same files in another workspace, as a job.", promotions.Promote);
        routes.Add<ListModelPromotions, ModelPromotionsAnswer>("GET", One + "/promotions", ReadModels, "Lists where a version went.", promotions.List);
        routes.Add<ModelVersionRef, ModelOrigin>("GET", One + "/origin", ReadModels, "Says which workspace a version came from.", promotions.Origin);
    }

    private static async Task<Problem?> Upload(HttpContext context, Caller caller, EvalDatasets datasets)
    {
        var stored = await datasets.Upload(caller, (string?)context.Request.RouteValues["name"], context.Request.Query["file"], context.Request.Body, context.RequestAborted);
        if (stored.Problem is { } refused) return refused;
        await context.Response.WriteAsJsonAsync(stored.Value, Wire.Type<EvalDatasetUploaded>(), cancellationToken: context.RequestAborted);
        return null;
    }
}
