using System.Buffers.Text;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>
/// The pages: static files that the build made of web/, embedded in this assembly, compressed. They are answered before routing: to scripts they do
/// not exist, and what they show they ask the public API for like any other client.
/// </summary>
internal sealed class PageFiles
{
    private const string Prefix = "pages/";
    private const string Placeholder = "{{nonce}}";

    /// <summary>Names of what never changes under its name: the build puts a hash in it.</summary>
    private const string Unchanging = "public, max-age=31536000, immutable";

    /// <summary>Below it lie pages beside what programs call: what an endpoint is called is a page, what is below its name is its protocols'.</summary>
    private const string BesidePrograms = "/endpoints/";

    /// <summary>What a script of the pages, such as the worker that tabs share, may do by itself.</summary>
    private const string FilePolicy = "default-src 'none'; connect-src 'self'; script-src 'self'";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".json"] = "application/json",
        [".wasm"] = "application/wasm",
    };

    /// <summary>The first parts of the pages' addresses. All of them are one document; its script draws what the rest of the address says.</summary>
    public static readonly HashSet<string> Places = new(StringComparer.Ordinal) { "", "experiments", "runs", "compare", "reports", "models", "endpoints", "approvals", "jobs", "lineage", "settings" };

    private readonly Assembly assembly = typeof(PageFiles).Assembly;
    private readonly HashSet<string> names;
    private readonly ConcurrentDictionary<string, byte[]> loaded = new(StringComparer.Ordinal);
    private readonly (string Before, string Between, string After) index;
    private readonly Dictionary<string, string> ahead;

    /// <summary>Finds the files; they are read when somebody first asks for them.</summary>
    public PageFiles()
    {
        names = [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name.Replace('\\', '/'))];
        var parts = Encoding.UTF8.GetString(Read(Prefix + "index.html")).Split(Placeholder);
        var head = parts[1].IndexOf("</head>", StringComparison.Ordinal);
        index = (parts[0], parts[1][..head], parts[1][head..]);
        using var files = JsonDocument.Parse(Read(Prefix + "preloads.json"));
        ahead = files.RootElement.EnumerateObject().ToDictionary(static one => one.Name, static one => string.Concat(one.Value.EnumerateArray().Select(static file => Link(file.GetString()!))), StringComparer.Ordinal);
    }

    /// <summary>Answers a request for a page or one of its files; null for any other.</summary>
    public Task? Answer(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return null;
        var path = request.Path.Value ?? "/";
        if (path.StartsWith("/assets/", StringComparison.Ordinal)) return names.Contains($"{Prefix}{path.AsSpan(1)}.br") ? File(context, path) : null;
        var end = path.IndexOf('/', 1);
        if (path.StartsWith(BesidePrograms, StringComparison.Ordinal) && path.IndexOf('/', BesidePrograms.Length) > 0) return null;
        return path.Length > 0 && Places.GetAlternateLookup<ReadOnlySpan<char>>().Contains(path.AsSpan(1, (end < 0 ? path.Length : end) - 1)) ? Page(context, path[1..(end < 0 ? path.Length : end + 1)]) : null;
    }

    private static string Link(string file) => file.EndsWith(".css", StringComparison.Ordinal) ? $"<link rel=\"stylesheet\" crossorigin href=\"{file}\">" : $"<link rel=\"modulepreload\" crossorigin href=\"{file}\">";

    private Task Page(HttpContext context, string place)
    {
        var needed = context.Request.Query["tab"] is [{ } tab] && ahead.TryGetValue($"{place}?tab={tab}", out var ofTab) ? ofTab : ahead.GetValueOrDefault(place, "");
        // For styles that a library writes at run time; scripts are only ever files of this server.
        var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers.CacheControl = "no-store";
        return Answers.Text(context.Response, Encoding.UTF8.GetBytes(string.Concat(index.Before, nonce, index.Between, needed + index.After)), "text/html; charset=utf-8");
    }

    private async Task File(HttpContext context, string path)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = FilePolicy;
        headers.CacheControl = path.LastIndexOf('-') > 0 ? Unchanging : "no-cache";
        headers.Vary = "Accept-Encoding";
        var accepted = context.Request.Headers.AcceptEncoding.ToString();
        var (suffix, encoding) = accepted.Contains("br", StringComparison.OrdinalIgnoreCase) ? (".br", "br") : (".gz", accepted.Contains("gzip", StringComparison.OrdinalIgnoreCase) ? "gzip" : null);
        var bytes = loaded.GetOrAdd($"{Prefix}{path.AsSpan(1)}{suffix}", Read);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"";
        headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        if (encoding is not null) headers.ContentEncoding = encoding;
        await Answers.Text(context.Response, encoding is null ? Unpacked(bytes) : bytes, Types.GetValueOrDefault(Path.GetExtension(path), "application/octet-stream"));
    }

    private static byte[] Unpacked(byte[] gzip)
    {
        using var from = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress);
        using var to = new MemoryStream();
        from.CopyTo(to);
        return to.ToArray();
    }

    private byte[] Read(string name)
    {
        using var from = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The build embedded no {name}.");
        var bytes = new byte[from.Length];
        from.ReadExactly(bytes);
        return bytes;
    }
}
