using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Slipway.Events;
using Slipway.Tracking;

namespace Slipway.Client;

/// <summary>One HTTP client for everything: addresses, authentication, retries, and the server's errors as <see cref="SlipwayException"/>.</summary>
internal sealed class Transport : IDisposable
{
    /// <summary>The most of an error's body that is read: the rest cannot matter to a person.</summary>
    private const int ErrorBytesMax = 64 * 1024;

    private static readonly string Agent = $"slipway-dotnet/{typeof(Transport).Assembly.GetName().Version?.ToString(3) ?? "0"}";

    private readonly SlipwayClientOptions options;
    private readonly HttpClient http;

    static Transport()
    {
        Wire.Add(TrackingJson.Default);
        Wire.Add(EventsJson.Default);
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
        };
        // Every call has its own limit of time: downloads of hours are fine as long as bytes arrive.
        http = new HttpClient(handler, disposeHandler: options.Handler is null) { BaseAddress = options.Url, Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd(Agent);
        if (options.Token is { Length: > 0 } token)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        else if (options.UserName is { Length: > 0 } user)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}")));
    }

    public SlipwayClientOptions Options => options;

    public Task<TOut> Get<TOut>(string path, CancellationToken ct) => Json<TOut>(HttpMethod.Get, path, null, true, ct);

    public Task<TOut> Post<TIn, TOut>(string path, TIn body, CancellationToken ct, bool idempotent = true) =>
        Json<TOut>(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(body, Wire.Type<TIn>()), idempotent, ct);

    public Task Post<TIn>(string path, TIn body, CancellationToken ct) => Post<TIn, Done>(path, body, ct);

    /// <summary>A body that was written already.</summary>
    public Task Post(string path, ReadOnlyMemory<byte> json, CancellationToken ct) => Json<Done>(HttpMethod.Post, path, json, true, ct);

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
        for (var attempt = 0; ; attempt++)
        {
            TimeSpan? retryAfter;
            using var request = create();
            try
            {
                var response = await Once(request, timeout, ct).ConfigureAwait(false);
                if (response.IsSuccessStatusCode) return response;
                using (response)
                {
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

    private async Task<TOut> Json<TOut>(HttpMethod method, string path, ReadOnlyMemory<byte>? body, bool idempotent, CancellationToken ct)
    {
        using var response = await Send(Create, idempotent, options.Timeout, ct).ConfigureAwait(false);
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

        HttpRequestMessage Create()
        {
            var request = new HttpRequestMessage(method, path);
            if (body is not { } bytes) return request;
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return request;
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

    private TimeSpan? After(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - options.Clock.GetUtcNow(),
        _ => null,
    };

    private SlipwayException Unreachable(Exception fault) =>
        new($"No server answers at {options.Url.AbsoluteUri.TrimEnd('/')}: {fault.Message}", null, null,
            "Start one with 'slipway server', or name another with SLIPWAY_URL, MLFLOW_TRACKING_URI or --url.", fault)
        { IsUnreachable = true };

    private static async Task<SlipwayException> Refused(HttpRequestMessage request, HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        var (code, message) = await ErrorOf(response, ct).ConfigureAwait(false);
        return new SlipwayException(message ?? $"{request.Method} {request.RequestUri} was answered {status} {response.ReasonPhrase}.", status, code, status switch
        {
            401 => "Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.",
            404 when code is null => "Is this the address of a Slipway or MLflow server?",
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
