using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Artifacts;
using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>Sends a version's bill of materials; reads the one file of the version that says which packages it needs.</summary>
internal sealed class BomFiles(Database db, ModelCards cards, ModelVersions versions, ArtifactTree tree, TimeProvider clock)
{
    private const string Requirements = "requirements.txt";

    /// <summary>Sends the document.</summary>
    public async Task<Problem?> Send(HttpContext context, Caller caller)
    {
        var (request, ct) = (CardsApi.Of(context), context.RequestAborted);
        var card = await cards.Get(caller, request, ct);
        if (card.Problem is { } refused) return refused;
        var files = await db.Read(session => ModelVersions.Find(session, caller, card.Value.Name!, long.Parse(card.Value.Version!, System.Globalization.CultureInfo.InvariantCulture), "", out var row) is null ? Packages.Read(session, row.No).Files : null, ct);
        var document = ModelBom.Write(card.Value, files ?? [], await Read(caller, request, ct), clock.GetUtcNow());
        context.Response.ContentType = "application/vnd.cyclonedx+json; version=1.6";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{CardsApi.FileName(card.Value, "cdx.json")}\"";
        await context.Response.Body.WriteAsync(document, ct);
        return null;
    }

    /// <summary>What the version's requirements.txt says; null where there is none, it is too large, or the caller may not read it.</summary>
    public async Task<string?> Read(Caller caller, ModelVersionRef request, CancellationToken ct)
    {
        caller = caller with { Acting = Right.None };
        var uri = await versions.FilesUri(caller, request, ct);
        if (uri.Problem is not null || ArtifactPath.OfUri(uri.Value) is not { Problem: null, Value: { IsRoot: false } root } || root.Join(ArtifactPath.Parse(Requirements).Value) is not { Problem: null, Value: var path }) return null;
        var found = await tree.Find(caller, path, ct);
        if (found.Problem is not null || found.Value.Size > ModelBom.RequirementsBytesMax) return null;
        var opened = await tree.Open(found.Value, 0, null, ct);
        if (opened.Problem is not null) return null;
        await using var stream = opened.Value;
        var bytes = new byte[found.Value.Size];
        return Encoding.UTF8.GetString(bytes, 0, await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct));
    }
}
