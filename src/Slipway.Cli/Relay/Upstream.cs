using Microsoft.AspNetCore.Http;

namespace Slipway.Cli.Relay;

/// <summary>What the server said.</summary>
internal sealed record Said(int Status, byte[] Body, string? ContentType, string? RetryAfter = null, string? Challenge = null)
{
    /// <summary>Nothing, though the request may have arrived: the server may have done what it asks.</summary>
    public static Said Nothing { get; } = new(0, [], null);

    /// <summary>Whether asking again later may help, and nothing is wrong with the request.</summary>
    public bool IsAway => Status is 0 or 408 or 429 or 502 or 503 or 504 or 507 or (>= 300 and < 400) || (IsGood && ContentType?.StartsWith("application/json", StringComparison.Ordinal) is not true);

    public bool IsGood => Status is >= 200 and < 300;
}

/// <summary>The way to the server: paths and headers go there as they came, answers within a time, or nothing.</summary>
internal sealed class Upstream : IDisposable
{
    /// <summary>Names this relay, so that one that forwards to itself is noticed.</summary>
    public const string RelayHeader = "X-Slipway-Relay";

    /// <summary>The largest answer to a write; a run with all that was logged to it is the largest there is.</summary>
    private const int AnswerBytesMax = 64 << 20;

    private static readonly HashSet<string> Ours = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Host", "Expect", "Content-Length",
    };

    private readonly HttpClient http;
    private readonly RelayOptions options;
    private readonly string root;

    public Upstream(RelayOptions options)
    {
        this.options = options;
        root = options.Server.GetLeftPart(UriPartial.Path).TrimEnd('/');
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(3),
            MaxConnectionsPerServer = 256,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = AnswerBytesMax };
    }

    /// <summary>This relay's name.</summary>
    public string Name { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Sends a request whose answer is small; null when it certainly did not arrive.</summary>
    public async Task<Said?> Send(Lane lane, string method, string target, HttpContent? content, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(options.AnswerWithin);
        using var request = Request(lane, method, target);
        request.Content = content is null ? null : new WatchedContent(content, () => deadline.CancelAfter(options.AnswerWithin));
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            var body = await response.Content.ReadAsByteArrayAsync(deadline.Token);
            return new Said((int)response.StatusCode, body, response.Content.Headers.ContentType?.ToString(), response.Headers.RetryAfter?.ToString(),
                response.Headers.WwwAuthenticate.Count > 0 ? response.Headers.WwwAuthenticate.ToString() : null);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || (fault is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return fault is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } ? null : Said.Nothing;
        }
    }

    /// <summary>Begins a request whose answer is passed on as it comes; null when the server cannot be reached.</summary>
    public async Task<HttpResponseMessage?> Open(Lane lane, HttpRequest from, string target, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(TimeSpan.FromMinutes(2)); // a search of everything, and an artifact's way up
        using var request = Request(lane, from.Method, target);
        if (from.ContentLength > 0 || from.Headers.TransferEncoding.Count > 0)
        {
            var body = new StreamContent(from.Body);
            if (from.ContentLength is { } length) body.Headers.ContentLength = length;
            request.Content = new WatchedContent(body, () => deadline.CancelAfter(TimeSpan.FromMinutes(2)));
        }
        foreach (var (name, values) in from.Headers)
        {
            if (Ours.Contains(name) || name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || name.Equals(Lane.WorkspaceHeader, StringComparison.OrdinalIgnoreCase)) continue;
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || (fault is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Copies the server's answer to the client.</summary>
    public static async Task PassOn(HttpResponseMessage from, HttpResponse to, CancellationToken ct)
    {
        to.StatusCode = (int)from.StatusCode;
        foreach (var (name, values) in from.Headers.NonValidated.Concat(from.Content.Headers.NonValidated))
            if (!Ours.Contains(name)) to.Headers[name] = values.ToArray();
        to.ContentLength = from.Content.Headers.ContentLength;
        await using var body = await from.Content.ReadAsStreamAsync(ct);
        await body.CopyToAsync(to.Body, ct);
    }

    /// <summary>Whether the server answers at all.</summary>
    public async Task<bool> Answers(Lane lane, CancellationToken ct) => await Send(lane, "GET", "/health", null, ct) is { Status: > 0 and < 500 };

    public void Dispose() => http.Dispose();

    private HttpRequestMessage Request(Lane lane, string method, string target)
    {
        // As it was sent: whatever is encoded in a path must arrive encoded.
        var address = new Uri(root + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (lane.Authorization is { } authorization) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (lane.Workspace.Length > 0) request.Headers.TryAddWithoutValidation(Lane.WorkspaceHeader, lane.Workspace);
        request.Headers.TryAddWithoutValidation(RelayHeader, Name);
        return request;
    }

    /// <summary>Content whose every piece is a sign of life.</summary>
    private sealed class WatchedContent : HttpContent
    {
        private readonly HttpContent inner;
        private readonly Action alive;
        private readonly long? size;

        public WatchedContent(HttpContent inner, Action alive)
        {
            (this.inner, this.alive, size) = (inner, alive, inner.Headers.ContentLength);
            foreach (var (name, values) in inner.Headers.NonValidated) Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await using var from = await inner.ReadAsStreamAsync();
            var buffer = new byte[81_920];
            int read;
            while ((read = await from.ReadAsync(buffer)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read));
                alive();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = size ?? -1;
            return size is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
