using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Lineage;

/// <summary>Events as OpenLineage 2.0 has them, about what happened here.</summary>
/// <param name="Space">The namespace of our jobs, models, and data without an address.</param>
internal sealed record OpenLineageText(string Space)
{
    private const string Schema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

    private static readonly string Producer = "urn:slipway:" + (typeof(OpenLineageText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    /// <summary>The namespace of a workspace: the default one's is plain.</summary>
    public string SpaceOf(long workspace) => workspace == Caller.DefaultWorkspace ? Space : $"{Space}/{workspace.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>An event of a run.</summary>
    /// <param name="type">START, COMPLETE, FAIL or ABORT.</param>
    /// <param name="atMs">When, Unix milliseconds.</param>
    /// <param name="run">The run's id.</param>
    /// <param name="space">The job's namespace.</param>
    /// <param name="job">The job's name.</param>
    /// <param name="inputs">What it read; each event has its own.</param>
    /// <param name="outputs">What it wrote.</param>
    public static JsonObject Event(string type, long atMs, string run, string space, string job, IEnumerable<JsonObject> inputs, IEnumerable<JsonObject> outputs) => new()
    {
        ["eventType"] = type,
        ["eventTime"] = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(atMs, 0, 253_402_300_799_999)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        ["run"] = new JsonObject { ["runId"] = Id(run) },
        ["job"] = new JsonObject { ["namespace"] = space, ["name"] = job },
        ["inputs"] = new JsonArray([.. inputs]),
        ["outputs"] = new JsonArray([.. outputs]),
        ["producer"] = Producer,
        ["schemaURL"] = Schema,
    };

    /// <summary>Data, of a version where one is known.</summary>
    public static JsonObject Data(string space, string name, string? version)
    {
        var data = new JsonObject { ["namespace"] = space, ["name"] = name };
        if (version is not null)
            data["facets"] = new JsonObject { ["version"] = new JsonObject { ["_producer"] = Producer, ["_schemaURL"] = "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet", ["datasetVersion"] = version } };
        return data;
    }

    // Ours are UUIDs without hyphens; what is none gets one that is always the same.
    private static string Id(string run) => (Guid.TryParseExact(run, "N", out var id) ? id : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes("slipway-run\0" + run)).AsSpan(0, 16), bigEndian: true)).ToString();
}
