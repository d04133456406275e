using Slipway.Storage;

namespace Slipway.Server;

/// <summary>The tables of every capability that has some, lowest layer first: a later step may build on an earlier capability's tables.</summary>
internal static class Schemas
{
    private static readonly string[] Layers =
        ["Jobs", "Events", "Access", "Lineage", "Webhooks", "Sandbox", "Artifacts", "Datasets", "Tracking", "Registry", "Features", "Pipelines", "Tuning", "Serving", "Monitoring", "Llm"];

    /// <summary>Reads each capability's embedded .sql text.</summary>
    public static IReadOnlyList<Schema> InLayerOrder()
    {
        var product = typeof(Routes).Assembly;
        var found = product.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .ToDictionary(name => name.Split('/', '\\')[0], name => name);
        var strangers = found.Keys.Except(Layers).ToList();
        if (strangers.Count > 0) throw new InvalidOperationException($"Schemas.Layers does not say where {string.Join(", ", strangers)} stands.");
        return [.. Layers.Where(found.ContainsKey).Select(layer => new Schema(layer, Text(product.GetManifestResourceStream(found[layer])!)))];
    }

    private static string Text(Stream resource)
    {
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
