using Microsoft.AspNetCore.Http;
using Slipway.Artifacts;
using static Slipway.Right;

namespace Slipway.Registry;

/// <summary>The routes of the registry: MLflow's, under its prefixes for clients and for pages, and ours.</summary>
internal static class RegistryApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, RegisteredModels models, ModelVersions versions, Packages packages, ArtifactTree tree, Inspections inspections, ModelSignatures signatures, ModelsOverview overview)
    {
        Wire.Add(RegistryJson.Default);
        var api = routes.Under("/api/2.0/mlflow", "/ajax-api/2.0/mlflow");
        MapModels(api, models, versions);
        MapVersions(api, versions);
        routes.Add<AskModelOverviews, ModelOverviews>("POST", "/api/slipway/v1/models/overview", ReadModels, "Answers what a list of models shows: owners, dates, what is in production, what scans found.", overview.Get);
        const string Model = "/api/slipway/v1/models/{name}";
        routes.Add<GetModelHistory, ModelHistoryPage>("GET", Model + "/history", ReadModels, "Lists which version stood in which stage or behind which alias, when, by whom and why; also at one time.", versions.History);
        routes.Add<RollbackModel, ModelRolledBack>("POST", Model + "/rollback", WriteModels, "Goes back to the last good version of an alias or stage.", versions.Rollback);
        routes.Add<MoveModelVersions, Done>("POST", Model + "/moves", WriteModels, "Moves several versions into stages and behind aliases: all of them or none.", versions.Move);
        routes.Add<ModelVersionRef, ModelPackage>("GET", Model + "/versions/{version}/package", ReadModels, "Answers what a version is made of: files with digests, flavors, signature.", packages.Get);
        routes.Add<ModelVersionRef, ModelPackageCheck>("GET", Model + "/versions/{version}/verify", ReadModels, "Compares a version's files with what they were when it was registered.", packages.Verify);
        routes.Add<ModelVersionRef, ModelScan>("POST", Model + "/versions/{version}/inspect", WriteModels, "Looks into a version's files again.", inspections.Again);
        routes.Add<SignModelVersion, ModelSignature>("POST", Model + "/versions/{version}/signatures", WriteModels, "Keeps a signature of a version's files.", signatures.Add);
        routes.Add<ModelVersionRef, ModelSignatureList>("GET", Model + "/versions/{version}/signatures", ReadModels, "Answers the signatures of a version with their envelopes.", signatures.List);
        const string Keys = "/api/slipway/v1/model-keys";
        routes.Add<ListModelKeys, ModelKeyList>("GET", Keys, ReadModels, "Lists the keys whose signatures the workspace trusts.", signatures.Keys);
        routes.Add<AddModelKey, ModelKey>("POST", Keys, ManageModels, "Trusts a key.", signatures.AddKey);
        routes.Add<ModelKeyRef, Done>("DELETE", Keys + "/{key_id}", ManageModels, "Trusts a key no longer.", signatures.RemoveKey);
        routes.Raw("GET", "/model-versions/get-artifact", ReadModels, "Sends a file of a version.", (context, caller) => SendFile(context, caller, versions, packages, tree));
        routes.Under("/api/2.0/mlflow", "/ajax-api/2.0/mlflow").Raw("GET", "/model-versions/get-artifact", ReadModels, "Sends a file of a version.", (context, caller) => SendFile(context, caller, versions, packages, tree));
    }

    private static async Task<Problem?> SendFile(HttpContext context, Caller caller, ModelVersions versions, Packages packages, ArtifactTree tree)
    {
        var query = context.Request.Query;
        var version = new ModelVersionRef(query["name"], query["version"]);
        var uri = await versions.FilesUri(caller, version, context.RequestAborted);
        return uri.Problem ?? await ArtifactsApi.SendBelow(context, caller, tree, uri.Value, "path", (path, sha256) => packages.Changed(caller, version, path, sha256, context.RequestAborted));
    }

    private static void MapModels(RouteGroup api, RegisteredModels models, ModelVersions versions)
    {
        api.Post<CreateRegisteredModel, RegisteredModelAnswer>("/registered-models/create", CreateModels, "Registers a model or a prompt.", models.Create);
        api.Get<RegisteredModelRef, RegisteredModelAnswer>("/registered-models/get", ReadModels, "Answers a registered model with the newest version of each stage.", models.Get);
        api.Patch<UpdateRegisteredModel, RegisteredModelAnswer>("/registered-models/update", WriteModels, "Changes the description of a registered model.", models.Update);
        api.Post<RenameRegisteredModel, RegisteredModelAnswer>("/registered-models/rename", WriteModels, "Renames a registered model.", models.Rename);
        api.Delete<RegisteredModelRef, Done>("/registered-models/delete", ManageModels, "Deletes a registered model for good, with all its versions.", models.Delete);
        api.Get<SearchRegisteredModels, RegisteredModelsPage>("/registered-models/search", ReadModels, "Finds registered models by filter, a page at a time.", models.Search);
        foreach (var method in (ReadOnlySpan<string>)["POST", "GET"])
            api.Add<GetLatestVersions, LatestVersions>(method, "/registered-models/get-latest-versions", ReadModels, "Answers the newest version of each stage.", models.Latest);
        api.Post<SetRegisteredModelTag, Done>("/registered-models/set-tag", WriteModels, "Sets a tag of a registered model.", models.SetTag);
        api.Delete<DeleteRegisteredModelTag, Done>("/registered-models/delete-tag", WriteModels, "Deletes a tag of a registered model.", models.DeleteTag);
        api.Post<SetRegisteredModelAlias, Done>("/registered-models/alias", WriteModels, "Lets an alias stand for a version.", versions.SetAlias);
        api.Delete<RegisteredModelAliasRef, Done>("/registered-models/alias", WriteModels, "Takes an alias away.", versions.DeleteAlias);
        api.Get<RegisteredModelAliasRef, ModelVersionAnswer>("/registered-models/alias", ReadModels, "Answers the version that an alias stands for.", versions.GetByAlias);
    }

    private static void MapVersions(RouteGroup api, ModelVersions versions)
    {
        api.Post<CreateModelVersion, ModelVersionAnswer>("/model-versions/create", WriteModels, "Makes a version of a registered model.", versions.Create);
        api.Get<ModelVersionRef, ModelVersionAnswer>("/model-versions/get", ReadModels, "Answers a version.", versions.Get);
        api.Patch<UpdateModelVersion, ModelVersionAnswer>("/model-versions/update", WriteModels, "Changes the description of a version.", versions.Update);
        api.Delete<ModelVersionRef, Done>("/model-versions/delete", ManageModels, "Deletes a version for good.", versions.Delete);
        api.Get<SearchModelVersions, ModelVersionsPage>("/model-versions/search", ReadModels, "Finds versions by filter, a page at a time.", versions.Search);
        api.Get<ModelVersionRef, ModelVersionDownloadUri>("/model-versions/get-download-uri", ReadModels, "Answers where a version's files are to be had.", versions.DownloadUri);
        api.Post<TransitionModelVersion, ModelVersionAnswer>("/model-versions/transition-stage", WriteModels, "Moves a version to another stage.", versions.Transition);
        api.Post<SetModelVersionTag, Done>("/model-versions/set-tag", WriteModels, "Sets a tag of a version.", versions.SetTag);
        api.Delete<DeleteModelVersionTag, Done>("/model-versions/delete-tag", WriteModels, "Deletes a tag of a version.", versions.DeleteTag);
    }
}
