using System.Globalization;
using System.Runtime.CompilerServices;
using Slipway.Registry;

namespace Slipway.Client;

/// <summary>Registered models: what there is, what stands where, and the way back.</summary>
public sealed partial class ModelsClient
{
    private const string Mlflow = "api/2.0/mlflow/";
    private const string Own = "api/slipway/v1/models/";

    private readonly Transport transport;

    internal ModelsClient(Transport transport) => this.transport = transport;

    /// <summary>Models by filter, page after page as they are read.</summary>
    /// <param name="filter">Clauses over name, tags.KEY, alias and times; null for all.</param>
    /// <param name="orderBy">`name`, `last_updated_timestamp` or `creation_timestamp`, with ASC or DESC.</param>
    /// <param name="pageSize">How many a request asks for, 1 to 1,000.</param>
    /// <param name="ct">Cancels the requests.</param>
    public async IAsyncEnumerable<RegisteredModel> SearchAsync(string? filter = null, IEnumerable<string>? orderBy = null, int pageSize = 100, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var query = $"{Mlflow}registered-models/search?max_results={pageSize}&filter={Uri.EscapeDataString(filter ?? "")}" + string.Concat((orderBy ?? []).Select(static key => "&order_by=" + Uri.EscapeDataString(key)));
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<RegisteredModelsPage>($"{query}&page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var model in page.RegisteredModels ?? []) yield return model;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>Versions by filter, page after page as they are read.</summary>
    /// <param name="filter">Clauses over name, run_id, version_number, current_stage, alias, tags.KEY and times; null for all.</param>
    /// <param name="pageSize">How many a request asks for.</param>
    /// <param name="ct">Cancels the requests.</param>
    public async IAsyncEnumerable<ModelVersion> VersionsAsync(string? filter = null, int pageSize = 100, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<ModelVersionsPage>($"{Mlflow}model-versions/search?max_results={pageSize}&filter={Uri.EscapeDataString(filter ?? "")}&page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var version in page.ModelVersions ?? []) yield return version;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>One model with the newest version of each stage.</summary>
    public async Task<RegisteredModel> GetAsync(string name, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return (await transport.Get<RegisteredModelAnswer>($"{Mlflow}registered-models/get?name={Uri.EscapeDataString(name)}", ct).ConfigureAwait(false)).RegisteredModel!;
    }

    /// <summary>Registers files as the next version of a model, which is made if it is not there.</summary>
    /// <param name="name">The model.</param>
    /// <param name="source">Where the files are: `runs:/ID/model`, `models:/...` or an address of a store.</param>
    /// <param name="runId">The run that made them.</param>
    /// <param name="description">Of the model, where it is made now.</param>
    /// <param name="ct">Cancels the requests.</param>
    /// <exception cref="SlipwayException">The source is not there or not allowed, or the caller may not write the model.</exception>
    public async Task<ModelVersion> RegisterAsync(string name, string source, string? runId = null, string? description = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(source);
        try
        {
            await transport.Post<CreateRegisteredModel, RegisteredModelAnswer>(Mlflow + "registered-models/create", new CreateRegisteredModel(name, Description: description), ct).ConfigureAwait(false);
        }
        catch (SlipwayException there) when (there.Code is ErrorCode.RESOURCE_ALREADY_EXISTS)
        {
            // Then this is one version more.
        }
        return (await transport.Post<CreateModelVersion, ModelVersionAnswer>(Mlflow + "model-versions/create", new CreateModelVersion(name, source, runId), ct).ConfigureAwait(false)).ModelVersion!;
    }

    /// <summary>Which version stood in which stage or behind which alias, the newest first, page after page as they are read.</summary>
    /// <param name="name">The model.</param>
    /// <param name="stage">Of one stage.</param>
    /// <param name="alias">Of one alias.</param>
    /// <param name="at">Only what stood there at this time.</param>
    /// <param name="ct">Cancels the requests.</param>
    public async IAsyncEnumerable<ModelStay> HistoryAsync(string name, string? stage = null, string? alias = null, DateTimeOffset? at = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var query = $"{Own}{Uri.EscapeDataString(name)}/history?stage={Uri.EscapeDataString(stage ?? "")}&alias={Uri.EscapeDataString(alias ?? "")}"
            + (at is { } time ? "&at_ms=" + time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) : "");
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<ModelHistoryPage>($"{query}&page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var stay in page.Stays ?? []) yield return stay;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>Goes back to the last good version of an alias or stage.</summary>
    /// <param name="name">The model.</param>
    /// <param name="reason">Why; it is kept.</param>
    /// <param name="alias">Of this alias. Without alias and stage: of `champion` if it is set, else of Production.</param>
    /// <param name="stage">Of this stage.</param>
    /// <param name="from">The version that is believed to be there; if another one is, nothing changes.</param>
    /// <param name="ct">Cancels the request.</param>
    /// <exception cref="SlipwayException">There is nothing to go back to, or another version is there.</exception>
    public Task<ModelRolledBack> RollbackAsync(string name, string reason, string? alias = null, string? stage = null, string? from = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return transport.Post<RollbackModel, ModelRolledBack>($"{Own}{Uri.EscapeDataString(name)}/rollback", new RollbackModel(name, alias, stage, from, reason), ct, idempotent: from is not null);
    }

    /// <summary>Moves several versions into stages and behind aliases: all of them or none.</summary>
    /// <param name="name">The model.</param>
    /// <param name="moves">At most 100.</param>
    /// <param name="reason">Why; it is kept.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task MoveAsync(string name, IEnumerable<ModelMove> moves, string? reason = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return transport.Post($"{Own}{Uri.EscapeDataString(name)}/moves", new MoveModelVersions(name, [.. moves], reason), ct);
    }
}
