using System.Buffers;
using System.Collections.Frozen;
using System.Net.Mime;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Slipway.Artifacts;

/// <summary>
/// Sends an artifact: ranges, validators, a name in any alphabet, and headers under which stored HTML or SVG can do nothing: it is offered as a
/// download, its type is never guessed anew, and if a browser shows it all the same, it is in a sandbox without scripts and without this origin.
/// </summary>
internal static class ArtifactAnswer
{
    /// <summary>Bytes per read from the store and write to the connection.</summary>
    public const int BufferBytes = 256 * 1024;

    /// <summary>Under which a stored HTML page is shown within a page of this server: its own styles and pictures, and nothing that runs or loads.</summary>
    public const string FramePolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'";

    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>Endings, and whole names without one, of files that people read: plain text, as clients know them from the reference.</summary>
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> IsText = FrozenSet.ToFrozenSet(
        ["txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml", "yml", "xml", "json", "js", "py", "py3", "csv", "tsv", "md", "rst", "MLmodel", "MLproject"],
        StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Answers GET and HEAD.</summary>
    /// <param name="context">The request.</param>
    /// <param name="tree">Where the content lies.</param>
    /// <param name="artifact">What is sent.</param>
    /// <param name="framed">An HTML page is to be shown in a frame without scripts; whatever else stays a download.</param>
    public static async Task<Problem?> Send(HttpContext context, ArtifactTree tree, Artifact artifact, bool framed = false)
    {
        var (request, response) = (context.Request, context.Response);
        var etag = new EntityTagHeaderValue($"\"{artifact.Sha256}\"");
        Describe(response, artifact, etag);
        if (framed && response.ContentType == MediaTypeNames.Text.Html)
        {
            response.Headers.ContentDisposition = "inline";
            response.Headers.ContentSecurityPolicy = FramePolicy;
        }
        var ask = request.GetTypedHeaders();
        if (ask.IfMatch is { Count: > 0 } wanted && !wanted.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(etag, useStrongComparison: true)))
            return new Problem(ErrorCode.RESOURCE_CONFLICT, $"The artifact '{artifact.Path}' is no longer the one of If-Match: its ETag is {etag}.", 412);
        if (ask.IfNoneMatch is { Count: > 0 } known && known.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(etag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return null;
        }

        long offset = 0, length = artifact.Size;
        if (AskedRange(ask, etag) is { } range)
        {
            if (Resolve(range, artifact.Size) is not { } bytes)
            {
                response.Headers.ContentRange = $"bytes */{artifact.Size}";
                return new Problem(ErrorCode.INVALID_PARAMETER_VALUE, $"The artifact '{artifact.Path}' has {artifact.Size} bytes: the range {range} lies outside.", 416);
            }
            (offset, length) = bytes;
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {offset}-{offset + length - 1}/{artifact.Size}";
        }
        response.ContentLength = length;
        if (HttpMethods.IsHead(request.Method) || length == 0) return null;
        return await Body(context, tree, artifact, offset, length);
    }

    private static void Describe(HttpResponse response, Artifact artifact, EntityTagHeaderValue etag)
    {
        var headers = response.Headers;
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(artifact.Path.Name); // an ASCII fallback, and RFC 5987's form for the rest
        headers.ContentDisposition = disposition.ToString();
        headers.ContentType = TypeOf(artifact.Path.Name);
        headers.ETag = etag.ToString();
        headers.LastModified = HeaderUtilities.FormatDate(artifact.At);
        headers.AcceptRanges = "bytes";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox; frame-ancestors 'none'";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // An artifact can be replaced under its name: caches may keep it and must ask.
        headers.CacheControl = "private, no-cache";
    }

    private static string TypeOf(string name)
    {
        var ending = name.AsSpan(name.LastIndexOf('.') + 1);
        if (IsText.Contains(ending)) return MediaTypeNames.Text.Plain;
        return Types.TryGetContentType(name, out var type) ? type : MediaTypeNames.Application.Octet;
    }

    /// <summary>The one range that is asked for; several are answered with the whole, which the standard allows, and so is a stale If-Range.</summary>
    private static RangeItemHeaderValue? AskedRange(Microsoft.AspNetCore.Http.Headers.RequestHeaders ask, EntityTagHeaderValue etag)
    {
        if (ask.Range is not { Ranges.Count: 1 } range || range.Unit != "bytes") return null;
        if (ask.IfRange is { } condition && !(condition.EntityTag?.Compare(etag, useStrongComparison: true) ?? false)) return null;
        return range.Ranges.Single();
    }

    private static (long Offset, long Length)? Resolve(RangeItemHeaderValue range, long size)
    {
        var from = range.From ?? size - Math.Min(range.To ?? 0, size);
        var to = range.From is null ? size - 1 : Math.Min(range.To ?? size - 1, size - 1);
        return from >= size || from > to ? null : (from, to - from + 1);
    }

    private static async Task<Problem?> Body(HttpContext context, ArtifactTree tree, Artifact artifact, long offset, long length)
    {
        var ct = context.RequestAborted;
        var opened = await tree.Open(artifact, offset, length, ct);
        if (opened.Problem is { } problem)
        {
            context.Response.ContentLength = null;
            return problem;
        }
        await using var content = opened.Value;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferBytes, length));
        try
        {
            while (length > 0)
            {
                var read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)), ct);
                if (read == 0)
                {
                    // Shorter than its row says: the client must see a broken answer and not a short file.
                    context.Abort();
                    return null;
                }
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), ct);
                length -= read;
            }
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
