using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Slipway.Benchmarks;

/// <summary>Moves of an alias through six kinds of gates, beside the same move through none; two versions in turns, so that each move is one.</summary>
internal static class Gating
{
    private const int WarmUp = 50;

    private const string Policy = """
        checks:
          - {check: metric, metric: auc, claimed: accept, min: 0.8}
          - {check: metric, metric: auc, claimed: accept, against: slot, better: higher, id: better}
          - {check: tags, required: [ticket]}
          - {check: fields, required: [description]}
          - {check: dataset, context: training}
          - {check: run}
        """;

    public static void Measure(ServerUnderTest server, Results results, double share, int moves)
    {
        using var http = server.Connect();
        Load.Must(http.Send(http.Request("PUT", "/api/slipway/v1/gates/policies/six", Encoding.UTF8.GetBytes($$"""{"yaml":{{JsonSerializer.Serialize(Policy)}}}"""))), http);
        Load.Must(http.Post("/api/2.0/mlflow/registered-models/create", """{"name":"gated"}"""), http);
        for (var i = 0; i < 2; i++)
        {
            Load.Must(http.Post("/api/2.0/mlflow/runs/create", """{"experiment_id":"0","start_time":1,"tags":[{"key":"mlflow.source.git.commit","value":"abc"}]}"""), http);
            var run = JsonDocument.Parse(http.Body.ToArray()).RootElement.GetProperty("run").GetProperty("info").GetProperty("run_id").GetString();
            Load.Must(http.Post("/api/2.0/mlflow/runs/log-metric", $$"""{"run_id":"{{run}}","key":"auc","value":0.9,"timestamp":1}"""), http);
            Load.Must(http.Post("/api/2.0/mlflow/runs/log-inputs", $$"""{"run_id":"{{run}}","datasets":[{"dataset":{"name":"flights","digest":"d1","source_type":"http","source":"x"},"tags":[{"key":"mlflow.data.context","value":"training"}]}]}"""), http);
            Load.Must(http.Post("/api/2.0/mlflow/runs/update", $$"""{"run_id":"{{run}}","status":"FINISHED","end_time":2}"""), http);
            Load.Must(http.Post("/api/2.0/mlflow/model-versions/create", $$"""{"name":"gated","source":"runs:/{{run}}/model","run_id":"{{run}}","description":"good","tags":[{"key":"ticket","value":"T-1"}]}"""), http);
        }
        var free = Times(http, moves);
        Load.Must(http.Post("/api/slipway/v1/gates/attachments", """{"policy":"six","model":"gated"}"""), http);
        var gated = Times(http, moves);
        results.Add("a move through six gates, median", $"{Results.N(gated[moves / 2], 2)} ms", $"through none {Results.N(free[moves / 2], 2)} ms", $"< {Results.N(50 / share)} ms", gated[moves / 2] < 50 / share);
        results.Add("a move through six gates, of a hundred the slowest", $"{Results.N(gated[moves * 99 / 100], 2)} ms", $"through none {Results.N(free[moves * 99 / 100], 2)} ms", $"< {Results.N(50 / share)} ms", gated[moves * 99 / 100] < 50 / share);
    }

    private static List<double> Times(RawHttp http, int moves)
    {
        var times = new List<double>();
        for (var i = 0; i < WarmUp + moves; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Load.Must(http.Post("/api/2.0/mlflow/registered-models/alias", $$"""{"name":"gated","alias":"champion","version":"{{1 + i % 2}}"}"""), http);
            if (i >= WarmUp) times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        times.Sort();
        return times;
    }
}
