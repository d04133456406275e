using System.Globalization;
using System.Runtime.CompilerServices;
using Slipway.Registry;

namespace Slipway.Client;

/// <summary>Data that models are scored on, scores that the server computes itself, and versions on their way to other workspaces.</summary>
public sealed class EvaluationsClient
{
    private const string Datasets = "api/slipway/v1/eval-datasets";

    private readonly Transport transport;

    internal EvaluationsClient(Transport transport) => this.transport = transport;

    /// <summary>Evaluation datasets by name, each with its newest version, page after page as they are read.</summary>
    public async IAsyncEnumerable<EvalDataset> DatasetsAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<EvalDatasetsPage>($"{Datasets}?page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var one in page.Datasets ?? []) yield return one;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>One evaluation dataset with its versions, the newest first.</summary>
    public async Task<EvalDataset> DatasetAsync(string name, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return (await transport.Get<EvalDatasetAnswer>($"{Datasets}/{Uri.EscapeDataString(name)}", ct).ConfigureAwait(false)).Dataset!;
    }

    /// <summary>Sends a file that a version may be made of; answers its source.</summary>
    /// <param name="name">The dataset.</param>
    /// <param name="file">A file of this machine: .csv, .parquet, .jsonl or .ndjson.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<EvalDatasetUploaded> UploadAsync(string name, string file, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(file);
        var path = $"{Datasets}/{Uri.EscapeDataString(name)}/upload?file={Uri.EscapeDataString(Path.GetFileName(file))}";
        using var response = await transport.Send(() => new HttpRequestMessage(HttpMethod.Put, path) { Content = new StreamContent(File.OpenRead(file)) }, idempotent: true, timeout: null, ct).ConfigureAwait(false);
        return await transport.Read<EvalDatasetUploaded>(response, path, ct).ConfigureAwait(false);
    }

    /// <summary>Pins a file as the next version of an evaluation dataset.</summary>
    /// <param name="dataset">Name, source, target and the other columns.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<EvalDatasetVersion> AddAsync(AddEvalDataset dataset, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(dataset?.Name, nameof(dataset));
        return (await transport.Post<AddEvalDataset, EvalDatasetAnswer>($"{Datasets}/{Uri.EscapeDataString(dataset.Name)}/versions", dataset, ct).ConfigureAwait(false)).Dataset!.Versions![0];
    }

    /// <summary>Asks the server to score a version; the answer is the evaluation as it begins.</summary>
    /// <param name="request">Which version, on which dataset, with which metrics.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<ModelEvaluation> EvaluateAsync(EvaluateModelVersion request, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(request?.Name, nameof(request));
        return (await transport.Post<EvaluateModelVersion, ModelEvaluationAnswer>(Of(request.Name, request.Version!, "evaluations"), request, ct).ConfigureAwait(false)).Evaluation!;
    }

    /// <summary>One evaluation as far as it is.</summary>
    public async Task<ModelEvaluation> GetAsync(string name, string version, string id, CancellationToken ct = default) =>
        (await transport.Get<ModelEvaluationAnswer>($"{Of(name, version, "evaluations")}/{Uri.EscapeDataString(id)}", ct).ConfigureAwait(false)).Evaluation!;

    /// <summary>A version's evaluations, the newest first, page after page as they are read.</summary>
    public async IAsyncEnumerable<ModelEvaluation> ListAsync(string name, string version, string? dataset = null, int pageSize = 100, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var query = $"{Of(name, version, "evaluations")}?max_results={pageSize.ToString(CultureInfo.InvariantCulture)}&dataset={Uri.EscapeDataString(dataset ?? "")}";
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<ModelEvaluationsPage>($"{query}&page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var one in page.Evaluations ?? []) yield return one;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>Asks that a version of the same files is made in another workspace; the answer is the promotion as it begins.</summary>
    /// <param name="request">Which version, where to, why.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<ModelPromotion> PromoteAsync(PromoteModelVersion request, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(request?.Name, nameof(request));
        return (await transport.Post<PromoteModelVersion, ModelPromotionAnswer>(Of(request.Name, request.Version!, "promote"), request, ct).ConfigureAwait(false)).Promotion!;
    }

    /// <summary>Where a version went, the newest first.</summary>
    public async Task<IReadOnlyList<ModelPromotion>> PromotionsAsync(string name, string version, CancellationToken ct = default) =>
        (await transport.Get<ModelPromotionsAnswer>(Of(name, version, "promotions"), ct).ConfigureAwait(false)).Promotions ?? [];

    /// <summary>Where a promoted version came from.</summary>
    /// <exception cref="SlipwayException">It was registered here.</exception>
    public Task<ModelOrigin> OriginAsync(string name, string version, CancellationToken ct = default) => transport.Get<ModelOrigin>(Of(name, version, "origin"), ct);

    private static string Of(string name, string version, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(version);
        return $"api/slipway/v1/models/{Uri.EscapeDataString(name)}/versions/{Uri.EscapeDataString(version)}/{what}";
    }
}
