using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Client;

namespace Slipway.Tests.Client;

/// <summary>Answers requests in memory and remembers them: for troubles that a healthy server does not have.</summary>
internal sealed class FakeServer : HttpMessageHandler
{
    public sealed record Seen(string Method, string Path, string Body, HttpRequestMessage Request)
    {
        public JsonNode Json => JsonNode.Parse(Body)!;
    }

    private readonly ConcurrentQueue<Seen> seen = new();

    /// <summary>Answers null to fall back on what a friendly server would say.</summary>
    public Func<Seen, HttpResponseMessage?> Answer { get; set; } = _ => null;

    public IReadOnlyList<Seen> All => [.. seen];

    public IReadOnlyList<Seen> To(string end) => [.. seen.Where(one => one.Path.EndsWith(end, StringComparison.Ordinal))];

    public SlipwayClient Client(Func<SlipwayClientOptions, SlipwayClientOptions>? change = null)
    {
        var options = new SlipwayClientOptions
        {
            Url = new Uri("http://fake:5000"),
            Handler = this,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            RetryDelayMax = TimeSpan.FromMilliseconds(2),
            FlushEvery = TimeSpan.FromMinutes(10), // Only full batches and flushes send: tests say when.
            RetriesMax = 3,
        };
        return new SlipwayClient(change?.Invoke(options) ?? options);
    }

    public static HttpResponseMessage Say(HttpStatusCode status, string json) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Refuse(string message, HttpStatusCode status = HttpStatusCode.BadRequest, string code = "INVALID_PARAMETER_VALUE") =>
        Say(status, new JsonObject { ["error_code"] = code, ["message"] = message }.ToJsonString());

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var one = new Seen(request.Method.Method, request.RequestUri!.AbsolutePath, body, request);
        seen.Enqueue(one);
        return Answer(one) ?? one.Path switch
        {
            "/api/2.0/mlflow/experiments/get-by-name" or "/api/2.0/mlflow/experiments/get" => Say(HttpStatusCode.OK, """{"experiment":{"experiment_id":"7","name":"flights","lifecycle_stage":"active"}}"""),
            "/api/2.0/mlflow/runs/create" or "/api/2.0/mlflow/runs/get" => Say(HttpStatusCode.OK,
                """{"run":{"info":{"run_id":"0123456789abcdef0123456789abcdef","experiment_id":"7","run_name":"calm-otter-1","status":"RUNNING","artifact_uri":"mlflow-artifacts:/7/0123456789abcdef0123456789abcdef/artifacts"}}}"""),
            _ => Say(HttpStatusCode.OK, "{}"),
        };
    }
}
