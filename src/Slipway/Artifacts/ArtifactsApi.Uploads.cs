using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Slipway.Artifacts;

internal static partial class ArtifactsApi
{
    private const string OffsetHeader = "Upload-Offset";

    private static void MapUploads(RouteGroup group, Uploads uploads)
    {
        group.Post<CreateUpload, Upload>("", Write, "Begins a resumable upload.", async (caller, create, ct) =>
        {
            var path = ArtifactPath.Parse(create.Path);
            if (path.Problem is { } refused) return refused;
            var id = await uploads.Create(caller, path.Value, numbered: false, ct);
            return id.Problem is { } problem ? problem : new Upload(id.Value, path.Value.Text, 0);
        });
        group.Raw("GET", "/{upload_id}", Read, "Where an upload stands: HEAD answers the header Upload-Offset.", async (context, caller) =>
        {
            var upload = await uploads.Find(caller, UploadId(context), context.RequestAborted);
            if (upload.Problem is { } absent) return absent;
            context.Response.Headers[OffsetHeader] = upload.Value.Offset.ToString();
            return await Answer(context, upload.Value);
        });
        group.Raw("PUT", "/{upload_id}", Write, "Stores the part that begins at ?offset=N; it is durable when answered.", async (context, caller) =>
        {
            if (!long.TryParse(context.Request.Query["offset"], out var offset) || offset < 0) return Problem.Missing("offset");
            var part = await uploads.PutAt(caller, UploadId(context), offset, context.Request.Body, context.RequestAborted);
            if (part.Problem is { } problem) return problem;
            context.Response.Headers[OffsetHeader] = (offset + part.Value.Size).ToString();
            return await Answer(context, new Upload(UploadId(context), null, offset + part.Value.Size));
        }, ArtifactTree.BytesMax);
        group.Post<CompleteUpload, StoredArtifact>("/{upload_id}/complete", Write, "Publishes an upload as a file, checked against the size and SHA-256 that were meant.", async (caller, complete, ct) =>
        {
            var stored = await uploads.Complete(caller, complete.UploadId ?? "", static (_, _) => null, (complete.Size, complete.Sha256), ct);
            return stored.Problem is { } problem ? problem : new StoredArtifact(stored.Value.Path.Text, stored.Value.Size, stored.Value.Sha256);
        });
        group.Raw("DELETE", "/{upload_id}", Write, "Gives an upload up.", async (context, caller) =>
            (await uploads.Abort(caller, UploadId(context), context.RequestAborted)).Problem ?? await Answer(context, new Done()));
        group.Raw("PUT", "/{upload_id}/parts/{number}", Write, "Stores one part of MLflow's multipart upload.", async (context, caller) =>
        {
            if (!long.TryParse((string?)context.Request.RouteValues["number"], out var number)) return Problem.Missing("number");
            var part = await uploads.PutNumbered(caller, UploadId(context), number, context.Request.Body, context.RequestAborted);
            if (part.Problem is { } problem) return problem;
            context.Response.Headers.ETag = $"\"{part.Value.Sha256}\"";
            return await Answer(context, new Done());
        }, ArtifactTree.BytesMax);
    }

    /// <summary>
    /// MLflow's multipart upload for clients that have it switched on: the reference offers it for cloud stores only, here every part goes to this
    /// server, so that a broken connection costs one part and not the file.
    /// </summary>
    private static void MapMultipart(RouteGroup proxy, Uploads uploads)
    {
        proxy.Raw("POST", "/mpu/create/{**artifact_path}", Write, "Begins a multipart upload.", (context, caller) => CreateMultipart(context, caller, uploads),
            input: Wire.Type<CreateMultipartUpload>(), output: Wire.Type<MultipartUpload>());
        proxy.Post<CompleteMultipartUpload, Done>("/mpu/complete/{**artifact_path}", Write, "Joins the parts of a multipart upload.", async (caller, complete, ct) =>
        {
            if (string.IsNullOrEmpty(complete.UploadId)) return Problem.Missing("upload_id");
            var path = MultipartPath(complete.ArtifactPath, complete.Path);
            if (path.Problem is { } refused) return refused;
            var stored = await uploads.Complete(caller, complete.UploadId, (at, parts) => Compare(at, path.Value, complete.Parts, parts), default, ct);
            return stored.Problem is { } problem ? problem : new Done();
        });
        proxy.Post<AbortMultipartUpload, Done>("/mpu/abort/{**artifact_path}", Write, "Gives a multipart upload up.", (caller, abort, ct) =>
            string.IsNullOrEmpty(abort.UploadId) ? Missing<Done>("upload_id") : uploads.Abort(caller, abort.UploadId, ct));
    }

    private static async Task<Problem?> CreateMultipart(HttpContext context, Caller caller, Uploads uploads)
    {
        var request = context.Request;
        CreateMultipartUpload? create;
        try
        {
            create = await JsonSerializer.DeserializeAsync(request.Body, Wire.Type<CreateMultipartUpload>(), context.RequestAborted);
        }
        catch (JsonException)
        {
            create = null; // as the reference: what is no JSON is an empty request
        }
        if (create?.NumParts is not (>= 1 and <= Uploads.PartsMax)) return Problem.Invalid($"num_parts must be from 1 to {Uploads.PartsMax}, got {create?.NumParts?.ToString() ?? "nothing"}.");
        var path = MultipartPath((string?)request.RouteValues["artifact_path"], create.Path);
        if (path.Problem is { } refused) return refused;
        var id = await uploads.Create(caller, path.Value, numbered: true, context.RequestAborted);
        if (id.Problem is { } problem) return problem;
        var url = $"{request.Scheme}://{request.Host}{request.PathBase}/api/slipway/v1/uploads/{id.Value}/parts/";
        var credentials = new MultipartUploadCredential[create.NumParts.Value];
        for (var number = 1; number <= credentials.Length; number++) credentials[number - 1] = new(url + number, number, []);
        return await Answer(context, new MultipartUpload(id.Value, credentials));
    }

    /// <summary>The directory of the request's path and the base name of the file, which clients send with its local directories.</summary>
    private static Outcome<ArtifactPath> MultipartPath(string? directory, string? file)
    {
        if (string.IsNullOrEmpty(file)) return Problem.Missing("path");
        var folder = ArtifactPath.ParseFolder(directory);
        var name = ArtifactPath.Parse(file[(file.LastIndexOfAny(['/', '\\']) + 1)..]);
        return (folder.Problem ?? name.Problem) is { } refused ? refused : folder.Value.Join(name.Value);
    }

    private static Problem? Compare(ArtifactPath begun, ArtifactPath meant, MultipartUploadPart[]? parts, IReadOnlyList<Uploads.Part> stored)
    {
        if (begun != meant) return Problem.Invalid($"The upload was begun for '{begun}', not for '{meant}'.");
        if (parts is null) return Problem.Missing("parts");
        if (parts.Length != stored.Count) return Problem.Invalid($"The upload has {stored.Count} parts and {parts.Length} were named. Send the missing ones, then complete it again.");
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].PartNumber != stored[i].At) return Problem.Invalid($"Part {parts[i].PartNumber} was named where the upload has part {stored[i].At}. Name the parts in order of their numbers.");
            if (parts[i].Etag?.Trim('"') != stored[i].Sha256) return Problem.Invalid($"The ETag of part {parts[i].PartNumber} is not that of the stored part. Send the part again.");
        }
        return null;
    }

    private static string UploadId(HttpContext context) => (string)context.Request.RouteValues["upload_id"]!;
}
