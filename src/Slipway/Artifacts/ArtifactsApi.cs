using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Artifacts;

/// <summary>
/// The routes of artifacts: MLflow's proxy by path, its calls by run and by logged model, and our own resumable uploads.
/// </summary>
internal static partial class ArtifactsApi
{
    /// <summary>The largest file that the pages' route takes, as in the reference.</summary>
    public const long PageUploadBytesMax = 10 * 1024 * 1024;

    private const Right Read = Right.ReadExperiments;
    private const Right Write = Right.WriteExperiments;

    /// <summary>Adds the routes.</summary>
    public static void Map(Routes routes, ArtifactTree tree, Uploads uploads, ArtifactHolders holders)
    {
        Wire.Add(ArtifactsJson.Default);
        MapProxy(routes.Under("/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"), tree);
        MapMultipart(routes.Under("/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"), uploads);
        MapHolders(routes, tree, holders);
        MapUploads(routes.Under("/api/slipway/v1/uploads"), uploads);
    }

    private static void MapProxy(RouteGroup proxy, ArtifactTree tree)
    {
        proxy.Get<ListStoredArtifacts, StoredArtifacts>("/artifacts", Read, "Lists a directory of the artifact store by base names.",
            (caller, list, ct) => ListStored(tree, caller, list, ct));
        proxy.Raw("PUT", "/artifacts/{**path}", Write, "Stores the request's body as a file.", (context, caller) => PutFile(context, caller, tree), ArtifactTree.BytesMax);
        proxy.Raw("GET", "/artifacts/{**path}", Read, "Sends a file; takes Range, If-Range, If-Match and If-None-Match.", async (context, caller) =>
            FromTarget(context) is var path && path.Problem is { } refused ? refused : await SendFile(context, caller, tree, path.Value));
        // For good, unlike a run: as in the reference it takes more than changing.
        proxy.Raw("DELETE", "/artifacts/{**path}", Right.ManageExperiments, "Deletes a file or a directory with all below it.", async (context, caller) =>
        {
            var path = FromTarget(context);
            if (path.Problem is { } refused) return refused;
            var deleted = await tree.Delete(caller, path.Value, context.RequestAborted);
            return deleted.Problem ?? await Answer(context, new Done());
        });
        proxy.Raw("GET", "/presigned/{**path}", Read, "Not offered: artifacts are sent by this server itself.", (_, _) => Task.FromResult<Problem?>(NoPresigned));
    }

    private static void MapHolders(Routes routes, ArtifactTree tree, ArtifactHolders holders)
    {
        var mlflow = routes.Under("/api/2.0/mlflow", "/ajax-api/2.0/mlflow");
        mlflow.Get<ListArtifacts, ListedArtifacts>("/artifacts/list", Read, "Lists a directory of a run's artifacts.",
            (caller, list, ct) => (list.RunId ?? list.RunUuid) is { Length: > 0 } run
                ? ListHeld(tree, holders.OfRun, caller, run, list.Path, list.PageToken, ct)
                : Missing<ListedArtifacts>("run_id"));
        mlflow.Raw("POST", "/artifacts/presigned-upload-url", Write, "Not offered: artifacts are sent to this server itself.", (_, _) => Task.FromResult<Problem?>(NoPresigned));
        mlflow.Get<ListModelArtifacts, ListedArtifacts>("/logged-models/{model_id}/artifacts/directories", Read, "Lists a directory of a logged model's artifacts.",
            (caller, list, ct) => list.ModelId is { Length: > 0 } model
                ? ListHeld(tree, holders.OfModel, caller, model, list.ArtifactDirectoryPath, list.PageToken, ct)
                : Missing<ListedArtifacts>("model_id"));

        var pages = routes.Under("/ajax-api/2.0/mlflow");
        pages.Raw("GET", "/logged-models/{model_id}/artifacts/files", Read, "Sends a file of a logged model.", (context, caller) =>
            SendHeld(context, caller, tree, holders.OfModel, (string?)context.Request.RouteValues["model_id"], "model_id", "artifact_file_path"));
        pages.Raw("POST", "/upload-artifact", Write, "Stores the request's body as a file of a run, up to 10 MiB.", async (context, caller) =>
        {
            if (RunOf(context) is null or "") return Problem.Invalid("Request must specify run_uuid.");
            if (context.Request.Query["path"] is not [{ Length: > 0 }, ..]) return Problem.Invalid("Request must specify path.");
            if (await RefuseLength(context) is { } wrongLength) return wrongLength;
            var path = await Held(context, caller, holders.OfRun, RunOf(context), "run_uuid", "path");
            if (path.Problem is { } refused) return refused;
            if (context.Request.ContentLength == 0) return Problem.Invalid("Request must specify data.");
            var stored = await tree.Put(caller, path.Value, context.Request.Body, context.RequestAborted);
            return stored.Problem ?? await Answer(context, new Done());
        }, 4 * PageUploadBytesMax);
        routes.Raw("GET", "/get-artifact", Read, "Sends a file of a run; with sandbox=1 an HTML page for a frame without scripts.", (context, caller) =>
            SendHeld(context, caller, tree, holders.OfRun, RunOf(context), "run_id", "path", framed: context.Request.Query["sandbox"] == "1"));
    }

    /// <summary>A little too much is read and thrown away, so that its sender gets this answer and not a broken connection.</summary>
    private static async Task<Problem?> RefuseLength(HttpContext context)
    {
        if (context.Request.ContentLength is not { } length)
            return new Problem(ErrorCode.BAD_REQUEST, "This route needs a Content-Length. Send the file in one piece, or by PUT under /api/2.0/mlflow-artifacts/artifacts/PATH.", StatusCodes.Status411LengthRequired);
        if (length <= PageUploadBytesMax) return null;
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        return Problem.TooLarge($"This route takes files of up to {PageUploadBytesMax} bytes, got {length}. Send larger ones by PUT under /api/2.0/mlflow-artifacts/artifacts/PATH.");
    }

    private static async Task<Problem?> PutFile(HttpContext context, Caller caller, ArtifactTree tree)
    {
        var path = FromTarget(context);
        if (path.Problem is { } refused) return refused;
        var stored = await tree.Put(caller, path.Value, context.Request.Body, context.RequestAborted);
        if (stored.Problem is { } problem) return problem;
        context.Response.Headers.ETag = $"\"{stored.Value.Sha256}\"";
        return await Answer(context, new Done());
    }

    private static async Task<Outcome<StoredArtifacts>> ListStored(ArtifactTree tree, Caller caller, ListStoredArtifacts list, CancellationToken ct)
    {
        var folder = ArtifactPath.ParseFolder(list.Path);
        if (folder.Problem is { } refused) return refused;
        var listed = await tree.List(caller, folder.Value, null, ArtifactTree.ListedMax, ct);
        if (listed.Problem is { } problem) return problem;
        if (listed.Value.More)
            return Problem.Invalid($"The directory '{folder.Value}' has more than {ArtifactTree.ListedMax} names. List it by run through /api/2.0/mlflow/artifacts/list, which has pages.");
        return new StoredArtifacts(Entries(listed.Value.Names, ""));
    }

    private static async Task<Outcome<ListedArtifacts>> ListHeld(ArtifactTree tree, ArtifactUri uriOf, Caller caller, string holder, string? path, string? token, CancellationToken ct)
    {
        var below = ArtifactPath.ParseFolder(path);
        if (below.Problem is { } refused) return refused;
        var uri = await uriOf(caller, holder, ct);
        if (uri.Problem is { } absent) return absent;
        var root = ArtifactPath.OfUri(uri.Value);
        if (root.Problem is { } elsewhere) return elsewhere;
        var folder = root.Value.Join(below.Value);
        if (folder.Problem is { } tooLong) return tooLong;
        if (token is { Length: > 0 } && ArtifactPath.Parse(token) is { Problem: not null })
            return Problem.Invalid("The page token is not one of this server. Begin again without it.");
        var listed = await tree.List(caller, folder.Value, token, ArtifactTree.PageMax, ct);
        if (listed.Problem is { } problem) return problem;
        var (names, more) = listed.Value;
        return new ListedArtifacts(uri.Value, Entries(names, below.Value.IsRoot ? "" : below.Value + "/"), more ? names[^1].Name : null);
    }

    private static async Task<Problem?> SendFile(HttpContext context, Caller caller, ArtifactTree tree, ArtifactPath path, bool framed = false)
    {
        var found = await tree.Find(caller, path, context.RequestAborted);
        return found.Problem ?? await ArtifactAnswer.Send(context, tree, found.Value, framed);
    }

    private static async Task<Problem?> SendHeld(HttpContext context, Caller caller, ArtifactTree tree, ArtifactUri uriOf, string? holder, string holderField, string pathField,
        bool framed = false)
    {
        var path = await Held(context, caller, uriOf, holder, holderField, pathField);
        return path.Problem ?? await SendFile(context, caller, tree, path.Value, framed);
    }

    /// <summary>The path of a file of a run or model that the query names.</summary>
    private static async Task<Outcome<ArtifactPath>> Held(HttpContext context, Caller caller, ArtifactUri uriOf, string? holder, string holderField, string pathField)
    {
        if (string.IsNullOrEmpty(holder)) return Problem.Missing(holderField);
        if (context.Request.Query[pathField] is not [{ Length: > 0 } text, ..]) return Problem.Missing(pathField);
        var below = ArtifactPath.Parse(text);
        if (below.Problem is { } refused) return refused;
        var uri = await uriOf(caller, holder, context.RequestAborted);
        if (uri.Problem is { } absent) return absent;
        var root = ArtifactPath.OfUri(uri.Value);
        return root.Problem is { } elsewhere ? elsewhere : root.Value.Join(below.Value);
    }

    /// <summary>Sends the file that the query names below a location, for what a capability above keeps there.</summary>
    public static async Task<Problem?> SendBelow(HttpContext context, Caller caller, ArtifactTree tree, string uri, string pathField, Func<string, string, Task<Problem?>> refuse)
    {
        var path = await Held(context, caller, (_, _, _) => Task.FromResult<Outcome<string>>(uri), pathField, pathField, pathField);
        if (path.Problem is { } unfit) return unfit;
        var found = await tree.Find(caller, path.Value, context.RequestAborted);
        return found.Problem ?? await refuse((string)context.Request.Query[pathField]!, found.Value.Sha256) ?? await ArtifactAnswer.Send(context, tree, found.Value);
    }

    private static string? RunOf(HttpContext context) =>
        context.Request.Query["run_id"] is [{ Length: > 0 } id, ..] ? id : context.Request.Query["run_uuid"] is [var uuid, ..] ? uuid : null;

    private static ArtifactEntry[]? Entries(List<ArtifactName> names, string prefix) => names.Count == 0 ? null
        : [.. names.Select(name => new ArtifactEntry(prefix + name.Name, name.IsFolder, name.IsFolder ? null : name.Size))];

    /// <summary>The path of the request line: `/api/2.0/mlflow-artifacts/artifacts/` and its twin are four segments long.</summary>
    private static Outcome<ArtifactPath> FromTarget(HttpContext context) => ArtifactPath.FromTarget(context.Features.Get<IHttpRequestFeature>()!.RawTarget, routeSegments: 4);

    private static Task<Outcome<T>> Missing<T>(string field) => Task.FromResult<Outcome<T>>(Problem.Missing(field));

    private static readonly Problem NoPresigned = new(ErrorCode.NOT_IMPLEMENTED, "Presigned addresses are not offered: artifacts go through this server. Send and fetch them under /api/2.0/mlflow-artifacts/artifacts/PATH.", 501);

    private static async Task<Problem?> Answer<T>(HttpContext context, T value)
    {
        await context.Response.WriteAsJsonAsync(value, Wire.Type<T>(), "application/json", context.RequestAborted);
        return null;
    }
}
