using System.Text;
using Microsoft.AspNetCore.Http;
using static Slipway.Right;

namespace Slipway.Registry;

/// <summary>The routes of ownership and cards.</summary>
internal static class CardsApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, ModelProfiles profiles, ModelCards cards, BomFiles boms, EvidencePack evidence)
    {
        Wire.Add(ModelCardJson.Default);
        const string Model = "/api/slipway/v1/models/{name}", Version = Model + "/versions/{version}";
        routes.Add<GetModelProfile, ModelProfile>("GET", Model + "/profile", ReadModels, "Answers who owns a model and what it is for.", profiles.Get);
        routes.Add<DescribeModel, ModelProfile>("PATCH", Model + "/profile", WriteModels, "Changes who owns a model and what it is for; fields that are not sent stay.", profiles.Describe);
        routes.Add<ModelVersionRef, ModelCard>("GET", Version + "/card", ReadModels, "Answers the card of a version: its run, params, metrics, data, files, gates and what authors wrote.", cards.Get);
        routes.Add<PutCardSections, OwnCardSections>("PUT", Version + "/sections", WriteModels, "Replaces the sections that authors wrote for the card of a version.", cards.PutSections);
        routes.Raw("GET", Version + "/card/markdown", ReadModels, "Sends the card of a version as Markdown, in the layout of a model on Hugging Face.",
            (context, caller) => Send(context, caller, cards, "text/markdown; charset=utf-8", "md", CardMarkdown.Write));
        routes.Raw("GET", Version + "/card/html", ReadModels, "Sends the card of a version as one HTML file that loads and runs nothing.",
            (context, caller) => Send(context, caller, cards, "text/html; charset=utf-8", "html", CardHtml.Write));
        routes.Raw("GET", Version + "/bom", ReadModels, "Sends the bill of materials of a version: CycloneDX 1.6, JSON.", boms.Send);
        routes.Raw("GET", Version + "/evidence", ReadModels, "Sends all that speaks for a version as a signed zip, which can be checked without the server.", evidence.Send);
    }

    /// <summary>The version that a route's path names.</summary>
    public static ModelVersionRef Of(HttpContext context) => new((string?)context.Request.RouteValues["name"], (string?)context.Request.RouteValues["version"]);

    /// <summary>Names the file that a browser keeps: what no file system takes is left out of it.</summary>
    public static string FileName(ModelCard card, string extension) =>
        string.Concat(card.Name!.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')) + $"-{card.Version}.{extension}";

    /// <summary>Gathers a card and sends what becomes of it.</summary>
    public static async Task<Problem?> Send(HttpContext context, Caller caller, ModelCards cards, string contentType, string extension, Func<ModelCard, string> write)
    {
        var card = await cards.Get(caller, Of(context), context.RequestAborted);
        if (card.Problem is { } refused) return refused;
        context.Response.ContentType = contentType;
        context.Response.Headers.ContentDisposition = $"inline; filename=\"{FileName(card.Value, extension)}\"";
        // It comes from the server's own origin: nothing in it may act there, whatever somebody wrote into it.
        context.Response.Headers.ContentSecurityPolicy = CardHtml.Policy + "; sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(write(card.Value)), context.RequestAborted);
        return null;
    }
}
