using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Slipway.Prediction;
using Slipway.Prediction.Protocols;

namespace Slipway.Benchmarks;

/// <summary>
/// The data plane alone, as a process: the protocols on Kestrel, nothing of the control plane, and beside them a no-op that reads the same body and answers as many bytes. What the difference costs is ours.
/// </summary>
internal static class ServingHost
{
    public const string Command = "serving-host";

    public static int Run(string[] args)
    {
        var (port, folder) = (args[1], args[2]);
        var table = new EndpointTable();
        var predictor = new Predictor(Random.Shared);
        var host = new PredictionHost(table, predictor);
        var (oip, mlflow) = (new OpenInference(), new MlflowScoring());
        var version = 1;
        var columns = new ModelColumns([.. Enumerable.Range(0, ServingModels.Features).Select(static i => new ModelColumn($"f{i}", "float"))], [], []);
        ServedModel Open(string name, ModelColumns of) => new(name, version.ToString(System.Globalization.CultureInfo.InvariantCulture), OnnxServed.Open(Path.Combine(folder, name + ".onnx")), of);
        ServedEndpoint Endpoint(string name, ServedModel model) => new(Caller.DefaultWorkspace, name, [new EndpointArm("champion", model, 1)]);
        var models = new Dictionary<string, ServedModel> { ["trees"] = Open("trees", ModelColumns.None), ["tabular"] = Open("tabular", columns), ["slow"] = Open("slow", ModelColumns.None) };
        void Swap() => table.Swap(models.Select(pair => Endpoint(pair.Key, pair.Value)));
        Swap();

        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:" + port);
        var app = builder.Build();
        var caller = Caller.Local();
        app.Run(http =>
        {
            var path = http.Request.Path.Value!;
            if (path.StartsWith("/v2/models/", StringComparison.Ordinal) && path.EndsWith("/infer", StringComparison.Ordinal)) return host.Answer(http, caller, oip, path[11..^6]);
            if (path == "/endpoints/tabular/invocations") return host.Answer(http, caller, mlflow, "tabular");
            if (path == "/noop") return Nothing(http);
            if (path != "/swap") return Task.CompletedTask;
            version++;
            var old = models["trees"];
            models["trees"] = Open("trees", ModelColumns.None);
            Warm(models["trees"]);
            Swap();
            old.Release();
            return Task.CompletedTask;
        });
        app.Run();
        return 0;
    }

    /// <summary>As the loader does before a version gets requests.</summary>
    private static void Warm(ServedModel model)
    {
        for (var i = 0; i < 20; i++)
        {
            var call = new PredictionCall();
            ServingModels.Rows(1).CopyTo(call.Inputs.AddNumbers(Engines.Onnx.OnnxElement.Float, [1, ServingModels.Features], 0).Values<float>());
            model.Executor.Run(call, default).AsTask().GetAwaiter().GetResult();
            call.Dispose();
        }
    }

    private static async Task Nothing(HttpContext http)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync();
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        var bytes = int.Parse(http.Request.Query["bytes"]!, System.Globalization.CultureInfo.InvariantCulture);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = bytes;
        http.Response.BodyWriter.GetSpan(bytes)[..bytes].Fill((byte)' ');
        http.Response.BodyWriter.Advance(bytes);
        await http.Response.BodyWriter.FlushAsync();
    }
}
