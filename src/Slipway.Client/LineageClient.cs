using System.Globalization;
using Slipway.Lineage;

namespace Slipway.Client;

/// <summary>What led to something, and what came of it.</summary>
public sealed class LineageClient
{
    private readonly Transport transport;

    internal LineageClient(Transport transport) => this.transport = transport;

    /// <summary>Causes and effects of a thing.</summary>
    /// <param name="of">`model-version/NAME/N`, `model/NAME`, `logged-model/ID`, `run/ID`, `dataset/NAME/DIGEST`, `job/NAMESPACE/NAME` or `data/NAMESPACE/NAME`; names percent-encoded.</param>
    /// <param name="depth">How many steps, 1 to 20.</param>
    /// <param name="direction">`up` for causes, `down` for effects, `both`.</param>
    /// <param name="ct">Cancels the request.</param>
    /// <exception cref="SlipwayException">There is no such thing, or it may not be seen.</exception>
    public Task<LineageAnswer> GetAsync(string of, int depth = GetLineage.DepthDefault, string direction = "both", CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(of);
        return transport.Get<LineageAnswer>($"api/slipway/v1/lineage?of={Uri.EscapeDataString(of)}&depth={depth.ToString(CultureInfo.InvariantCulture)}&direction={Uri.EscapeDataString(direction)}", ct);
    }
}
