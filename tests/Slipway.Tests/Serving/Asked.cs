using Slipway.Engines.Onnx;
using Slipway.Prediction;
using Slipway.Server;

namespace Slipway.Tests.Serving;

/// <summary>Requests to endpoints of this process, without a protocol.</summary>
internal static class Asked
{
    /// <summary>Asks for one row; answers version and value, or the problem.</summary>
    public static Task<Outcome<(string Version, float Value)>> Once(ServingParts serving, string endpoint, float x, string? key = null, string? version = null, string? label = null) =>
        Once(serving.Predictor, serving.Table.Find(0, endpoint)!, x, key, version, label);

    /// <summary>The same of an endpoint at hand.</summary>
    public static async Task<Outcome<(string Version, float Value)>> Once(Predictor predictor, ServedEndpoint endpoint, float x, string? key = null, string? version = null, string? label = null)
    {
        var call = new PredictionCall { StickyKey = key, Version = version, Label = label };
        try
        {
            var arm = predictor.Choose(endpoint, call);
            if (arm.Problem is { } none) return none;
            call.Inputs.AddNumbers(OnnxElement.Float, [1, 1], 0).Values<float>()[0] = x;
            if (await predictor.Run(endpoint, arm.Value, call, TestContext.Current.CancellationToken) is { } failed) return failed;
            return (call.Model!.Version, call.Outputs[0].Values<float>()[0]);
        }
        finally
        {
            call.Dispose();
        }
    }
}
