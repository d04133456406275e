using Slipway.Registry;

namespace Slipway.Client;

/// <summary>Who owns models, what they are for, and what is known about their versions.</summary>
public sealed partial class ModelsClient
{
    /// <summary>What lists show of models: owners, dates, what is in production, what scans found; those that are not there are left out.</summary>
    /// <param name="names">As many as you like: they are asked for in pages.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<ModelOverview>> OverviewAsync(IEnumerable<string> names, CancellationToken ct = default)
    {
        var all = new List<ModelOverview>();
        foreach (var page in names.Chunk(AskModelOverviews.NamesMax))
            all.AddRange((await transport.Post<AskModelOverviews, ModelOverviews>("api/slipway/v1/models/overview", new AskModelOverviews(page), ct).ConfigureAwait(false)).Models ?? []);
        return all;
    }

    /// <summary>Who owns a model and what it is for.</summary>
    /// <param name="name">The model.</param>
    /// <param name="ct">Cancels the request.</param>
    /// <exception cref="SlipwayException">There is no such model.</exception>
    public Task<ModelProfile> ProfileAsync(string name, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return transport.Get<ModelProfile>($"{Own}{Uri.EscapeDataString(name)}/profile", ct);
    }

    /// <summary>Changes who owns a model and what it is for.</summary>
    /// <param name="name">The model.</param>
    /// <param name="change">Fields that are null stay, empty ones are emptied.</param>
    /// <param name="ct">Cancels the request.</param>
    /// <exception cref="SlipwayException">A field is too long or no day, or the profile is not the expected one.</exception>
    public Task<ModelProfile> DescribeAsync(string name, DescribeModel change, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(change);
        return transport.Write<DescribeModel, ModelProfile>(HttpMethod.Patch, $"{Own}{Uri.EscapeDataString(name)}/profile", change with { Name = name }, ct);
    }

    /// <summary>The card of a version.</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">The version's number.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task<ModelCard> CardAsync(string name, string version, CancellationToken ct = default) => transport.Get<ModelCard>(Version(name, version) + "/card", ct);

    /// <summary>Replaces the sections that authors wrote for the card of a version.</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">The version's number.</param>
    /// <param name="sections">In order; none takes them away.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task<OwnCardSections> PutSectionsAsync(string name, string version, IEnumerable<CardSection> sections, CancellationToken ct = default) =>
        transport.Write<PutCardSections, OwnCardSections>(HttpMethod.Put, Version(name, version) + "/sections", new PutCardSections(name, version, [.. sections]), ct);

    /// <summary>Writes what is known about a version to a stream, in a form that others read.</summary>
    /// <param name="name">The model.</param>
    /// <param name="version">The version's number.</param>
    /// <param name="form">`card/markdown`, `card/html`, `bom` (CycloneDX) or `evidence` (a signed zip).</param>
    /// <param name="to">Where to.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>How many bytes there were.</returns>
    public async Task<long> ExportAsync(string name, string version, string form, Stream to, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        var path = $"{Version(name, version)}/{form}";
        using var response = await transport.Send(() => new HttpRequestMessage(HttpMethod.Get, path), idempotent: true, timeout: null, ct).ConfigureAwait(false);
        await using var from = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        var (buffer, total) = (new byte[64 * 1024], 0L);
        for (int read; (read = await from.ReadAsync(buffer, ct).ConfigureAwait(false)) > 0; total += read) await to.WriteAsync(buffer.AsMemory(0, read), ct).ConfigureAwait(false);
        return total;
    }

    private static string Version(string name, string version)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(version);
        return $"{Own}{Uri.EscapeDataString(name)}/versions/{Uri.EscapeDataString(version)}";
    }
}
