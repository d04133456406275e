using Slipway.Storage;

namespace Slipway.Faults;

/// <summary>The product's schema steps by capability, read as the server reads them.</summary>
internal static class ProductSchema
{
    public static Schema Of(string capability)
    {
        var assembly = typeof(Routes).Assembly;
        var name = assembly.GetManifestResourceNames().Single(name => name.EndsWith(capability + ".sql", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return new Schema(capability, reader.ReadToEnd());
    }
}
