using System.Text.Json.Nodes;

namespace Slipway.Access;

/// <summary>The details of access's events.</summary>
internal static class AccessEvents
{
    /// <summary>An object of texts; null values are left out, and no fields at all are no details.</summary>
    public static string? Data(params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        var data = new JsonObject();
        foreach (var (name, value) in fields)
            if (value is not null) data[name] = value;
        return data.Count == 0 ? null : data.ToJsonString();
    }
}
