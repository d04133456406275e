using System.Text.Json.Serialization;

namespace Slipway.Lineage;

/// <summary>GET lineage: what led to something, and what came of it.</summary>
/// <param name="Of">Required: `model-version/NAME/N`, `model/NAME`, `logged-model/ID`, `run/ID`, `dataset/NAME/DIGEST`, `job/NAMESPACE/NAME` or `data/NAMESPACE/NAME`; names percent-encoded.</param>
/// <param name="Depth">How many steps to go, 1 to <see cref="DepthMax"/>; <see cref="DepthDefault"/> if null.</param>
/// <param name="Direction">`up` for causes, `down` for effects, `both` if null.</param>
public sealed record GetLineage(string? Of = null, int? Depth = null, string? Direction = null)
{
    /// <summary>The depth if none is asked for.</summary>
    public const int DepthDefault = 5;

    /// <summary>The most steps.</summary>
    public const int DepthMax = 20;

    /// <summary>The most characters of `of`.</summary>
    public const int OfCharsMax = 4_000;
}

/// <summary>Causes and effects.</summary>
/// <param name="Of">What was asked about.</param>
/// <param name="Nodes">The nearest first; at most <see cref="NodesMax"/>.</param>
/// <param name="Edges">From cause to effect; at most <see cref="EdgesMax"/>.</param>
/// <param name="Hidden">How many neighbours were left out because the caller may not see them, or because they are gone.</param>
/// <param name="Truncated">True when there is more within the depth than an answer holds.</param>
public sealed record LineageAnswer(string Of, LineageNode[] Nodes, LineageEdge[] Edges, int Hidden, bool Truncated)
{
    /// <summary>The most nodes of an answer.</summary>
    public const int NodesMax = 500;

    /// <summary>The most edges of an answer.</summary>
    public const int EdgesMax = 2_000;

    /// <summary>The most causes, and the most effects, of one node.</summary>
    public const int NeighboursMax = 100;
}

/// <summary>A thing.</summary>
/// <param name="Id">As `of` names it.</param>
/// <param name="Kind">`endpoint`, `model-version`, `logged-model`, `run`, `dataset`, `job` or `data`.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Distance">Steps from what was asked about.</param>
/// <param name="AtMs">When it was made, began, or was last heard of, Unix milliseconds.</param>
/// <param name="Detail">What else is known, by the kind.</param>
/// <param name="Workspace">Its workspace when that is not the request's.</param>
public sealed record LineageNode(string Id, string Kind, string Name, int Distance, long? AtMs, Dictionary<string, string>? Detail, string? Workspace = null);

/// <summary>Cause and effect.</summary>
/// <param name="From">The cause.</param>
/// <param name="To">The effect.</param>
/// <param name="Kind">`read`, `wrote`, `registered`, `copied`, `promoted`, or `same` for data of ours that another system names.</param>
public sealed record LineageEdge(string From, string To, string Kind);

/// <summary>How lineage is read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(GetLineage))]
[JsonSerializable(typeof(LineageAnswer))]
[JsonSerializable(typeof(LineageTold))]
public sealed partial class LineageJson : JsonSerializerContext;
