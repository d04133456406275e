using Slipway.Storage;

namespace Slipway.Server;

/// <summary>The tables of every capability that has some, lowest layer first: a later step may build on an earlier capability's tables.</summary>
internal static class Schemas
{
    private static readonly string[] Layers =
        ["Jobs", "Events", "Access", "Lineage", "Webhooks", "Sandbox", "Artifacts", "Datasets", "Tracking", "Pages", "Registry", "Features", "Pipelines", "Tuning", "Serving", "Monitoring", "Llm"];

    /// <summary>Reads the embedded .sql texts; in a folder the one named like the folder comes first, then the others by name.</summary>
    public static IReadOnlyList<Schema> InLayerOrder() =>
    [
        .. from resource in typeof(Routes).Assembly.GetManifestResourceNames()
           where resource.EndsWith(".sql", StringComparison.Ordinal)
           let parts = resource[..^".sql".Length].Split('/', '\\')
           let layer = Array.IndexOf(Layers, parts[0])
           orderby layer, parts[1] != parts[0], parts[1]
           select layer >= 0
               ? new Schema(parts[1], Text(typeof(Routes).Assembly.GetManifestResourceStream(resource)!))
               : throw new InvalidOperationException($"Schemas.Layers does not say where {parts[0]} stands."),
    ];

    private static string Text(Stream resource)
    {
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
