using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Prediction;
using Slipway.Registry;

namespace Slipway.Serving;

/// <summary>Makes what a bundle says ready to answer.</summary>
internal static class BundleLoader
{
    /// <summary>Opens every version once. What it answers is owned by the caller: each model is released by whoever stops serving it.</summary>
    /// <returns>The endpoint, or why a version cannot be loaded.</returns>
    public static async Task<Outcome<ServedEndpoint>> Load(Bundle bundle, ModelOpener opener, CancellationToken ct)
    {
        var said = bundle.Manifest.Endpoint;
        var loaded = new Dictionary<string, ServedModel>(StringComparer.Ordinal);
        try
        {
            var arms = new List<EndpointArm>();
            foreach (var arm in bundle.Manifest.Arms)
            {
                if (!loaded.TryGetValue(arm.Folder, out var model))
                {
                    var opened = await opener.Open(bundle.At(arm.Folder), ct);
                    if (opened.Problem is { } problem) return problem with { Message = $"Version {arm.Version} of '{arm.Model}': {problem.Message}" };
                    model = loaded[arm.Folder] = new ServedModel(arm.Model, arm.Version, opened.Value.Runtime, Columns(bundle.At(arm.Folder), opened.Value.Mlmodel));
                    await Warmth.Zeros(model, ct);
                }
                arms.Add(new EndpointArm(arm.Name, model, arm.Weight) { Label = arm.Label });
            }
            loaded = [];
            return new ServedEndpoint(Caller.DefaultWorkspace, said.Name, arms)
            {
                // The same in every copy of the bundle, so that a key gets the same arm wherever it goes.
                Salt = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(said.Name))),
                Detail = said.Detail switch { "none" => ErrorDetail.None, "shape" => ErrorDetail.Shape, _ => ErrorDetail.Full },
                Timeout = said.TimeoutMs is { } timeout ? TimeSpan.FromMilliseconds(timeout) : null,
                Sticky = said.Sticky is { } sticky ? new StickyRule(sticky.Header, sticky.Json, sticky.Column) : null,
            };
        }
        finally
        {
            foreach (var model in loaded.Values) model.Release();
        }
    }

    /// <summary>The signature, with the input example for documents and forms.</summary>
    private static ModelColumns Columns(string folder, JsonObject? mlmodel)
    {
        var columns = ModelOpener.Columns(mlmodel);
        if (mlmodel is null || MlmodelFile.Describe(mlmodel).InputExample is not { } named) return columns;
        var path = Path.GetFullPath(Path.Combine(folder, named));
        return path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) && new FileInfo(path) is { Exists: true, Length: < 1 << 20 } ? columns with { Example = File.ReadAllText(path) } : columns;
    }
}
