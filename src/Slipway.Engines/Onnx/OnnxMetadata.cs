using static Slipway.Engines.Onnx.OnnxApi;

namespace Slipway.Engines.Onnx;

/// <summary>What a model file says about itself; texts are empty where it says nothing.</summary>
/// <param name="Producer">The program that wrote it.</param>
/// <param name="Graph">The graph's name.</param>
/// <param name="Domain">The model's namespace.</param>
/// <param name="Description">A text for people.</param>
/// <param name="Version">The model's own version number.</param>
/// <param name="Custom">Its metadata_props.</param>
public sealed record OnnxMetadata(string Producer, string Graph, string Domain, string Description, long Version, IReadOnlyDictionary<string, string> Custom)
{
    internal static unsafe OnnxMetadata Read(nint session)
    {
        Check(GetModelMetadata(session, out var metadata));
        try
        {
            var allocator = OnnxRuntime.Allocator;
            Check(GetProducerName(metadata, allocator, out var producer));
            Check(GetGraphName(metadata, allocator, out var graph));
            Check(GetDomain(metadata, allocator, out var domain));
            Check(GetDescription(metadata, allocator, out var description));
            Check(GetModelVersion(metadata, out var version));
            Check(GetCustomMetadataKeys(metadata, allocator, out var keys, out var count));
            var custom = new Dictionary<string, string>();
            for (var i = 0; i < count; i++)
            {
                Check(LookupCustomMetadata(metadata, allocator, keys[i], out var value));
                custom[Take(keys[i])] = Take(value);
            }
            if (keys is not null) Check(AllocatorFree(allocator, keys));
            return new(Take(producer), Take(graph), Take(domain), Take(description), version, custom);
        }
        finally
        {
            ReleaseModelMetadata(metadata);
        }
    }
}
