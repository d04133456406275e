using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Tracking;

namespace Slipway.Tests.Client;

/// <summary>Answers requests in memory and remembers them: for troubles that a healthy server does not have. Each has a log folder of its own.</summary>
internal sealed class FakeServer : HttpMessageHandler
{
    public sealed record Seen(string Method, string Path, byte[] Bytes, HttpRequestMessage Request)
    {
        public string Body => Encoding.UTF8.GetString(Bytes);

        public JsonNode Json => JsonNode.Parse(Body)!;
    }

    private readonly ConcurrentQueue<Seen> seen = new();
    private readonly Dictionary<Guid, long> cursors = [];
    private readonly List<string> records = [];

    public DirectoryInfo Logs { get; } = Directory.CreateTempSubdirectory("slipway-client-");

    /// <summary>What ingest requests brought, one line a record: "RUN point KEY VALUE STEP TIME", "RUN param KEY VALUE", "RUN state STATUS TIME" and so on.</summary>
    public IReadOnlyList<string> Records
    {
        get
        {
            lock (cursors) return [.. records];
        }
    }


    /// <summary>The points of each ingest request that was taken in.</summary>
    public List<int> Batches { get; } = [];

    /// <summary>Refuses single records for good: answers why, or null.</summary>
    public Func<string, string?> Refusal { get; set; } = _ => null;

    public string Incarnation { get; set; } = "founding";

    public List<string> Warnings { get; } = [];

    /// <summary>The server as it was when nothing had been sent: a restored backup.</summary>
    public void Forget(string incarnation)
    {
        lock (cursors)
        {
            cursors.Clear();
            records.Clear();
            Incarnation = incarnation;
        }
    }

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
            LogFolder = Logs.FullName,
            Warn = text => { lock (Warnings) Warnings.Add(text); },
        };
        return new SlipwayClient(change?.Invoke(options) ?? options);
    }

    public static HttpResponseMessage Say(HttpStatusCode status, string json) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Refuse(string message, HttpStatusCode status = HttpStatusCode.BadRequest, string code = "INVALID_PARAMETER_VALUE") =>
        Say(status, new JsonObject { ["error_code"] = code, ["message"] = message }.ToJsonString());

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var one = new Seen(request.Method.Method, request.RequestUri!.AbsolutePath, body, request);
        seen.Enqueue(one);
        return Answer(one) ?? one.Path switch
        {
            "/api/2.0/mlflow/experiments/get-by-name" or "/api/2.0/mlflow/experiments/get" => Say(HttpStatusCode.OK, """{"experiment":{"experiment_id":"7","name":"flights","lifecycle_stage":"active"}}"""),
            "/api/2.0/mlflow/runs/create" => Run((string)one.Json["run_id"]!),
            "/api/2.0/mlflow/runs/get" => Run(request.RequestUri!.Query.Split("run_id=")[1]),
            IngestFormat.Path => Say(HttpStatusCode.OK, JsonSerializer.Serialize(TakeIn(body), TrackingJson.Default.IngestAnswer)),
            _ => Say(HttpStatusCode.OK, "{}"),
        };
    }

    private static HttpResponseMessage Run(string id) => Say(HttpStatusCode.OK,
        $$$$"""{"run":{"info":{"run_id":"{{{{id}}}}","experiment_id":"7","run_name":"calm-otter-1","status":"RUNNING","artifact_uri":"mlflow-artifacts:/7/{{{{id}}}}/artifacts"}}}""");

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && Logs.Exists) Logs.Delete(recursive: true);
    }

    private IngestAnswer TakeIn(byte[] body)
    {
        lock (cursors)
        {
            Assert.Null(IngestReader.Open(body, out var reader));
            var header = reader.Header;
            var cursor = cursors.GetValueOrDefault(header.Log);
            if (header.First != cursor || header.Next == header.First) return new IngestAnswer(cursor, Incarnation);
            var (run, points, rejected) = ("", 0, new List<IngestRejected>());
            while (reader.Read())
            {
                if (reader.Kind is IngestKind.Run) run = reader.Name;
                else if (reader.Kind is IngestKind.Points)
                {
                    var (times, steps, values) = (new long[reader.Count], new long[reader.Count], new double[reader.Count]);
                    Assert.True(reader.ReadPoints(times, steps, values));
                    points += reader.Count;
                    for (var i = 0; i < times.Length; i++) Keep(reader.Name, string.Create(CultureInfo.InvariantCulture, $"{run} point {reader.Name} {values[i]:R} {steps[i]} {times[i]}"));
                }
                else if (reader.Kind is IngestKind.Begin) Keep("", $"{run} begin {reader.Beginning.ExperimentName} {reader.Beginning.Name}");
                else if (reader.Kind is IngestKind.State) Keep("", $"{run} state {reader.Status}");
                else Keep(reader.Name, $"{run} {(reader.Kind is IngestKind.Param ? "param" : "tag")} {reader.Name} {reader.Value}");
            }
            Assert.Null(reader.Problem);
            Batches.Add(points);
            cursors[header.Log] = header.Next;
            return new IngestAnswer(header.Next, Incarnation, rejected.Count == 0 ? null : rejected.Count, rejected.Count == 0 ? null : [.. rejected]);

            void Keep(string key, string line)
            {
                if (Refusal(line) is { } why) rejected.Add(new IngestRejected(run, key, ErrorCode.INVALID_PARAMETER_VALUE, why));
                else records.Add(line);
            }
        }
    }
}
