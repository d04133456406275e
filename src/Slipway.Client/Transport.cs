using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Slipway.Access;
using Slipway.Events;
using Slipway.Tracking;

namespace Slipway.Client;

/// <summary>One HTTP client for everything: addresses, authentication, retries, and the server's errors as <see cref="SlipwayException"/>.</summary>
internal sealed class Transport : IDisposable
{
    /// <summary>The most of an error's body that is read: the rest cannot matter to a person.</summary>
    private const int ErrorBytesMax = 64 * 1024;

    private const int RedirectsMax = 5;

    private const string WorkspaceHeader = "X-MLFLOW-WORKSPACE";

    private static readonly string Agent = $"slipway-dotnet/{typeof(Transport).Assembly.GetName().Version?.ToString(3) ?? "0"}";

    private readonly SlipwayClientOptions options;
    private readonly HttpClient http;

    static Transport()
    {
        Wire.Add(TrackingJson.Default);
        Wire.Add(Registry.RegistryJson.Default);
        Wire.Add(Registry.ModelCardJson.Default);
        Wire.Add(Registry.GatesJson.Default);
        Wire.Add(Serving.EndpointsJson.Default);
        Wire.Add(Slipway.Jobs.JobsJson.Default);
        Wire.Add(Slipway.Webhooks.WebhooksJson.Default);
        Wire.Add(Registry.EvaluationsJson.Default);
        Wire.Add(Lineage.LineageJson.Default);
        Wire.Add(EventsJson.Default);
        Wire.Add(AuditProofJson.Default);
        Wire.Add(AccessJson.Default);
    }

    public Transport(SlipwayClientOptions options)
    {
        this.options = options;
        var handler = options.Handler ?? new SocketsHttpHandler
        {
            ConnectTimeout = options.Timeout < TimeSpan.FromSeconds(10) ? options.Timeout : TimeSpan.FromSeconds(10),
            // A server behind a name may move; a connection that never ends would not notice.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AutomaticDecompression = DecompressionMethods.All,
            // Where a server sends one on to is looked at first: see MovedTo.
            AllowAutoRedirect = false,
            SslOptions = { CertificateChainPolicy = options.TrustedCertificates is { Length: > 0 } file ? Trusting(file) : null },
        };
        // Every call has its own limit of time: downloads of hours are fine as long as bytes arrive.
        http = new HttpClient(handler, disposeHandler: options.Handler is null) { BaseAddress = options.Url, Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd(Agent);
        http.DefaultRequestHeaders.Authorization = options.Authorization();
        if (options.WorkspaceName() is { } workspace) http.DefaultRequestHeaders.Add(WorkspaceHeader, workspace);
    }

    public SlipwayClientOptions Options => options;

    public Task<TOut> Get<TOut>(string path, CancellationToken ct) => Json<TOut>(HttpMethod.Get, path, null, true, ct);

    /// <summary>For answers that take the server as long as they take.</summary>
    public Task<TOut> GetPatiently<TOut>(string path, CancellationToken ct) => Json<TOut>(HttpMethod.Get, path, null, true, ct, patient: true);

    /// <summary>The same with a body.</summary>
    public Task<TOut> PostPatiently<TIn, TOut>(string path, TIn body, CancellationToken ct) =>
        Json<TOut>(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(body, Wire.Type<TIn>()), true, ct, patient: true);

    public Task<TOut> Post<TIn, TOut>(string path, TIn body, CancellationToken ct, bool idempotent = true) =>
        Json<TOut>(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(body, Wire.Type<TIn>()), idempotent, ct);

    public Task Post<TIn>(string path, TIn body, CancellationToken ct) => Post<TIn, Done>(path, body, ct);

    /// <summary>A body that was written already.</summary>
    public Task Post(string path, ReadOnlyMemory<byte> json, CancellationToken ct) => Json<Done>(HttpMethod.Post, path, json, true, ct);

    public Task<TOut> Write<TIn, TOut>(HttpMethod method, string path, TIn body, CancellationToken ct) =>
        Json<TOut>(method, path, JsonSerializer.SerializeToUtf8Bytes(body, Wire.Type<TIn>()), true, ct);

    /// <summary>JSON that was written earlier.</summary>
    public Task PostJson(string path, ReadOnlyMemory<byte> body, CancellationToken ct) => Json<Done>(HttpMethod.Post, path, body, true, ct);

    public Task Delete(string path, CancellationToken ct) => Json<Done>(HttpMethod.Delete, path, null, true, ct);

    /// <summary>
    /// Sends until an answer is final. The content is made anew for every try; the caller disposes the answer.
    /// </summary>
    /// <param name="create">Makes the request: called once a try.</param>
    /// <param name="idempotent">Whether a second arrival does no harm.</param>
    /// <param name="timeout">The limit of one try up to the answer's headers; null for none (uploads).</param>
    /// <param name="ct">Cancels the request and the pauses.</param>
    public async Task<HttpResponseMessage> Send(Func<HttpRequestMessage> create, bool idempotent, TimeSpan? timeout, CancellationToken ct)
    {
        Uri? moved = null;
        for (int attempt = 0, moves = 0; ; attempt++)
        {
            TimeSpan? retryAfter;
            using var request = create();
            if (moved is not null) request.RequestUri = moved;
            try
            {
                var response = await Once(request, timeout, ct).ConfigureAwait(false);
                if (response.IsSuccessStatusCode) return response;
                using (response)
                {
                    if (MovedTo(request, response) is { } target)
                    {
                        if (++moves > RedirectsMax) throw new SlipwayException($"{options.Url} sends this client around in circles ({moves} redirects).", (int)response.StatusCode, null, "Is this the address of a Slipway or MLflow server?");
                        moved = target;
                        attempt--;
                        continue;
                    }
                    if (attempt >= options.RetriesMax || !RetryPlan.Again(response.StatusCode, idempotent)) throw await Refused(request, response, ct).ConfigureAwait(false);
                    retryAfter = After(response);
                }
            }
            catch (HttpRequestException fault)
            {
                if (attempt >= options.RetriesMax || !RetryPlan.Again(fault.HttpRequestError, idempotent)) throw Unreachable(fault);
                retryAfter = null;
            }
            catch (TimeoutException fault)
            {
                if (attempt >= options.RetriesMax || !idempotent) throw Unreachable(fault);
                retryAfter = null;
            }
            await Task.Delay(RetryPlan.Pause(attempt, options, retryAfter, Random.Shared.NextDouble()), options.Clock, ct).ConfigureAwait(false);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<TOut> Json<TOut>(HttpMethod method, string path, ReadOnlyMemory<byte>? body, bool idempotent, CancellationToken ct, bool patient = false)
    {
        using var response = await Send(Create, idempotent, patient ? null : options.Timeout, ct).ConfigureAwait(false);
        return await Read<TOut>(response, path, ct).ConfigureAwait(false);

        HttpRequestMessage Create()
        {
            var request = new HttpRequestMessage(method, path);
            if (body is not { } bytes) return request;
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return request;
        }
    }

    /// <summary>The answer's JSON.</summary>
    public async Task<TOut> Read<TOut>(HttpResponseMessage response, string path, CancellationToken ct)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync(stream, Wire.Type<TOut>(), ct).ConfigureAwait(false) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException fault)
        {
            throw new SlipwayException($"{options.Url} answered {path} with something that is not the expected JSON: {fault.Message}", (int)response.StatusCode, null,
                "Is this the address of a Slipway or MLflow server?", fault);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            throw Unreachable(fault);
        }
    }

    private async Task<HttpResponseMessage> Once(HttpRequestMessage request, TimeSpan? timeout, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (timeout is { } most) limit.CancelAfter(most);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer within {timeout?.TotalSeconds} s.");
        }
    }

    /// <summary>
    /// Where a redirect leads, when it stays on the named host (another path, or https instead of http). Elsewhere a client goes only when
    /// it is told to by whoever runs it: credentials and data are for the server that was named.
    /// </summary>
    private Uri? MovedTo(HttpRequestMessage request, HttpResponseMessage response)
    {
        if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location) return null;
        var from = new Uri(options.Url, request.RequestUri!);
        var to = new Uri(from, location);
        var sameHost = to.Host.Equals(from.Host, StringComparison.OrdinalIgnoreCase) && to.UserInfo.Length == 0
            && (to.Scheme == from.Scheme && to.Port == from.Port || from.Scheme == "http" && to.Scheme == "https");
        if (sameHost && (request.Method == HttpMethod.Get || (int)response.StatusCode is 307 or 308)) return to;
        var where = to.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        throw new SlipwayException($"{options.Url} sends this client on to {(sameHost ? to.GetLeftPart(UriPartial.Path) : where)}, where it does not follow: what it carries is for the server that was named.",
            (int)response.StatusCode, null, $"If {where} is the server, name it with SLIPWAY_URL, MLFLOW_TRACKING_URI or --url.");
    }

    private TimeSpan? After(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - options.Clock.GetUtcNow(),
        _ => null,
    };

    /// <summary>Trust in the certificates of one file and in no others; names and dates are checked all the same.</summary>
    private static X509ChainPolicy Trusting(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException($"TrustedCertificates (MLFLOW_TRACKING_SERVER_CERT_PATH): {file} cannot be read: {fault.Message}", fault);
        }
        return policy.CustomTrustStore.Count > 0 ? policy : throw new ArgumentException($"TrustedCertificates (MLFLOW_TRACKING_SERVER_CERT_PATH): {file} holds no certificate in PEM form.");
    }

    private SlipwayException Unreachable(Exception fault) => fault.InnerException is AuthenticationException untrusted
        ? new($"The certificate of {options.Url.AbsoluteUri.TrimEnd('/')} is not trusted: {untrusted.Message}", null, null,
            "If an authority of your own issued it, name its certificate with MLFLOW_TRACKING_SERVER_CERT_PATH.", fault)
        { IsUnreachable = true }
        : new($"No server answers at {options.Url.AbsoluteUri.TrimEnd('/')}: {fault.Message}", null, null,
            "Start one with 'slipway server', or name another with SLIPWAY_URL, MLFLOW_TRACKING_URI or --url.", fault)
        { IsUnreachable = true };

    private async Task<SlipwayException> Refused(HttpRequestMessage request, HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        var (code, message) = await ErrorOf(response, ct).ConfigureAwait(false);
        return new SlipwayException(message ?? $"{request.Method} {request.RequestUri} was answered {status} {response.ReasonPhrase}.", status, code, status switch
        {
            401 when http.DefaultRequestHeaders.Authorization is { } sent => $"The {(sent.Scheme is "Bearer" ? "token" : "name and password")} that this client sends is not accepted: expired, revoked, mistyped, or of another server.",
            401 => "Set SLIPWAY_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD; 'slipway tokens create' makes a token.",
            403 => "'slipway whoami' says who you are to this server and what you may do.",
            404 when code is null => "Is this the address of a Slipway or MLflow server?",
            429 when After(response) is { TotalMinutes: > 1 } wait => $"Try again in {Math.Ceiling(wait.TotalMinutes)} minutes.",
            429 => "The server limits its request rate: log in larger batches or raise the limit.",
            507 => "Free space under the server's data folder, then try again; nothing was changed.",
            _ => null,
        });
    }

    private static async Task<(ErrorCode? Code, string? Message)> ErrorOf(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
            var buffer = new byte[ErrorBytesMax];
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct).ConfigureAwait(false);
            using var parsed = JsonDocument.Parse(buffer.AsMemory(0, length));
            var root = parsed.RootElement;
            if (root.ValueKind is not JsonValueKind.Object) return default;
            ErrorCode? code = root.TryGetProperty("error_code", out var name) && Enum.TryParse<ErrorCode>(name.ToString(), out var known) ? known : null;
            return (code, root.TryGetProperty("message", out var message) ? message.ToString() : null);
        }
        catch (Exception fault) when (fault is JsonException or HttpRequestException or IOException)
        {
            return default; // A proxy's page, or an answer that broke off: the status says enough.
        }
    }
}
