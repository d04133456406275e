using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Tests.Tracking;

public sealed class TrackingFuzzOnSqlite(TrackingOnSqlite server) : TrackingFuzzTests(server, 100_000), IClassFixture<TrackingOnSqlite>;

public sealed class TrackingFuzzOnPostgres(TrackingOnPostgres server) : TrackingFuzzTests(server, 30_000), IClassFixture<TrackingOnPostgres>;

/// <summary>Good requests with something wrong put into them: an answer may be any refusal, never a fault of the server.</summary>
public abstract class TrackingFuzzTests(TrackingServer server, int full)
{
    private static readonly string[] Odd =
    [
        "null", "true", "[]", "{}", "[null]", "[[]]", "[{}]", "\"\"", "\" \"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\ufffe\"", "\"'\"", "\"%\"", "\"..\"", "\"a//b\"",
        "\"日本\"", "\"😀\"", "\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "\"1e400\"", "\"0x10\"", "0", "-1", "-0.0", "1e999", "-1e999", "1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "123456789012345678901234567890", "0.1", "\"0\"", "\"999999999\"", "{\"key\":\"a\",\"key\":\"b\"}", "\"" + "x\\n" + "\"", "\"0123456789abcdef0123456789abcdef\"",
    ];

    private static readonly (string Method, string Path, string Body)[] Templates =
    [
        ("POST", "/experiments/create", """{"name":"fuzz NAME","artifact_location":"s3://b/p","tags":[{"key":"k","value":"v"}]}"""),
        ("POST", "/experiments/update", """{"experiment_id":"EXP","new_name":"fuzz NAME"}"""),
        ("POST", "/experiments/set-experiment-tag", """{"experiment_id":"EXP","key":"k","value":"v"}"""),
        ("POST", "/experiments/delete-experiment-tag", """{"experiment_id":"EXP","key":"k"}"""),
        ("POST", "/experiments/search", """{"max_results":5,"filter":"name = 'a' AND tags.k = 'v'","order_by":["name"],"view_type":"ALL","page_token":""}"""),
        ("POST", "/experiments/search-datasets", """{"experiment_ids":["EXP"]}"""),
        ("POST", "/runs/create", """{"experiment_id":"EXP","user_id":"u","run_name":"n","start_time":1,"tags":[{"key":"k","value":"v"}]}"""),
        ("POST", "/runs/update", """{"run_id":"RUN","status":"RUNNING","end_time":5,"run_name":"n"}"""),
        ("POST", "/runs/log-batch", """{"run_id":"RUN","metrics":[{"key":"m","value":1.5,"timestamp":1,"step":2,"model_id":"","dataset_name":"d","dataset_digest":"x"}],"params":[{"key":"p","value":"1"}],"tags":[{"key":"t","value":"1"}]}"""),
        ("POST", "/runs/log-metric", """{"run_id":"RUN","key":"m","value":1,"timestamp":1,"step":1,"model_id":"MODEL","dataset_name":"d","dataset_digest":"x"}"""),
        ("POST", "/runs/log-parameter", """{"run_id":"RUN","key":"p","value":"1"}"""),
        ("POST", "/runs/set-tag", """{"run_id":"RUN","key":"t","value":"1"}"""),
        ("POST", "/runs/delete-tag", """{"run_id":"RUN","key":"t"}"""),
        ("POST", "/runs/log-model", """{"run_id":"RUN","model_json":"{\"run_id\":1,\"artifact_path\":1,\"utc_time_created\":1,\"flavors\":{}}"}"""),
        ("POST", "/runs/log-inputs", """{"run_id":"RUN","datasets":[{"tags":[{"key":"k","value":"v"}],"dataset":{"name":"n","digest":"d","source_type":"s","source":"s","schema":"{}","profile":"{}"}}],"models":[{"model_id":"MODEL"}]}"""),
        ("POST", "/runs/outputs", """{"run_id":"RUN","models":[{"model_id":"MODEL","step":1}]}"""),
        ("POST", "/runs/search", """{"experiment_ids":["EXP"],"filter":"metrics.m > 1 AND (params.p RLIKE '1' OR NOT first_step(metrics.m < 1.5) < 5)","run_view_type":"ALL","max_results":5,"order_by":["metrics.m DESC","count(metrics.m)","attributes.start_time"],"page_token":""}"""),
        ("POST", "/logged-models", """{"experiment_id":"EXP","name":"n","model_type":"t","source_run_id":"RUN","params":[{"key":"k","value":"v"}],"tags":[{"key":"k","value":"v"}]}"""),
        ("POST", "/logged-models/search", """{"experiment_ids":["EXP"],"filter":"name = 'n'","datasets":[{"dataset_name":"d","dataset_digest":"x"}],"max_results":5,"order_by":[{"field_name":"metrics.m","ascending":true,"dataset_name":"d","dataset_digest":"x"}]}"""),
        ("PATCH", "/logged-models/MODEL", """{"status":"LOGGED_MODEL_READY","status_message":"m"}"""),
        ("PATCH", "/logged-models/MODEL/tags", """{"tags":[{"key":"k","value":"v"}]}"""),
        ("POST", "/logged-models/MODEL/params", """{"params":[{"key":"k","value":"v"}]}"""),
        ("GET", "/metrics/get-history", """{"run_id":"RUN","metric_key":"m","max_results":5,"page_token":""}"""),
        ("GET", "/metrics/get-history-bulk", """{"run_id":["RUN"],"metric_key":"m","max_results":5}"""),
        ("GET", "/metrics/get-history-bulk-interval", """{"run_ids":["RUN"],"metric_key":"m","start_step":1,"end_step":9,"max_results":5}"""),
        ("GET", "/../../slipway/v1/runs/RUN/metrics/series", """{"key":"m","buckets":5,"axis":"step","from":1,"to":9}"""),
    ];

    [Fact]
    public async Task Nothing_wrong_with_a_request_is_a_fault_of_the_server()
    {
        // As in the fault tests: one variable for how much, one to see a failure again.
        var cases = (int)(full * (double.TryParse(Environment.GetEnvironmentVariable("SLIPWAY_TEST_SCALE"), out var share) && share > 0 ? share : 0.015));
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SLIPWAY_TEST_SEED"), out var given) ? given : Random.Shared.Next();
        var random = new Random(seed);
        var experiment = await server.Experiment();
        var run = await server.Run(experiment);
        var model = (string)(await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}"}"""))["model"]!["info"]!["model_id"]!;
        for (var n = 0; n < cases; n++)
        {
            var (method, path, template) = Templates[random.Next(Templates.Length)];
            string Fill(string text) => text.Replace("EXP", experiment, StringComparison.Ordinal).Replace("RUN", run, StringComparison.Ordinal)
                .Replace("MODEL", model, StringComparison.Ordinal).Replace("NAME", $"{n}", StringComparison.Ordinal);
            var body = Fill(template);
            if (n >= Templates.Length) body = Spoil(body, random);
            var url = Fill(path.StartsWith("/..", StringComparison.Ordinal) ? "/api/" + path[7..] : "/api/2.0/mlflow" + path);
            using var request = method == "GET"
                ? new HttpRequestMessage(HttpMethod.Get, url + Query(body))
                : new HttpRequestMessage(new HttpMethod(method), url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            var answer = await server.Server.Send(request);
            Assert.True((int)answer.Status < 500, $"seed {seed}, case {n}: {method} {url} {body} -> {(int)answer.Status} {answer.Body}");
        }
    }

    private static string Spoil(string body, Random random)
    {
        if (random.Next(4) == 0)
        {
            // Text: characters lost, doubled or changed.
            var text = new StringBuilder(body);
            for (var times = random.Next(1, 4); times > 0; times--)
                switch (random.Next(3))
                {
                    case 0: text.Remove(random.Next(text.Length), 1); break;
                    case 1: text.Insert(random.Next(text.Length), text[random.Next(text.Length)]); break;
                    default: text[random.Next(text.Length)] = (char)random.Next(32, 127); break;
                }
            return text.ToString();
        }
        // Values: some are replaced by odd ones. A marker first, since JsonNode refuses some of them.
        var root = JsonNode.Parse(body)!;
        var leaves = new List<JsonNode>();
        Collect(root, leaves);
        var replacements = new Dictionary<string, string>();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var leaf = leaves[random.Next(leaves.Count)];
            if (leaf.Parent is null) continue;
            var marker = $"@@{replacements.Count}@@";
            leaf.ReplaceWith(JsonValue.Create(marker));
            leaves.RemoveAll(other => other == leaf || other.Parent is null && other != root);
            replacements[$"\"{marker}\""] = Odd[random.Next(Odd.Length)];
            if (leaves.Count == 0) break;
        }
        return replacements.Aggregate(root.ToJsonString(), (text, pair) => text.Replace(pair.Key, pair.Value, StringComparison.Ordinal));
    }

    private static void Collect(JsonNode node, List<JsonNode> into)
    {
        if (node.Parent is not null) into.Add(node);
        foreach (var child in node switch { JsonObject o => o.Select(member => member.Value), JsonArray a => a, _ => [] })
            if (child is not null) Collect(child, into);
    }

    private static string Query(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return "?" + string.Join('&', document.RootElement.EnumerateObject().SelectMany(member =>
                (member.Value.ValueKind is JsonValueKind.Array ? member.Value.EnumerateArray().AsEnumerable() : [member.Value]).Select(value => member.Name + "=" + Escape(value))));
        }
        catch (Exception odd) when (odd is JsonException or InvalidOperationException)
        {
            return "?" + string.Concat(body.Where(c => c is > ' ' and < (char)127 and not '#'));
        }
    }

    private static string Escape(JsonElement value) => Uri.EscapeDataString(value.ValueKind is JsonValueKind.String ? value.GetString()! : value.GetRawText());
}
