using System.Runtime.CompilerServices;
using Slipway.Tracking;

namespace Slipway.Client;

/// <summary>
/// Runs on the server, finished ones included. To log to a run of your own use <see cref="SlipwayClient.StartRunAsync"/>.
/// Every method throws <see cref="SlipwayException"/> when the server refuses or cannot be reached.
/// </summary>
public sealed class RunsClient
{
    private const string Root = "api/2.0/mlflow/runs/";

    private readonly Transport transport;

    internal RunsClient(Transport transport) => this.transport = transport;

    /// <summary>The run with this id, deleted or not, with the latest point of every metric.</summary>
    public async Task<Run> GetAsync(string id, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        var answer = await transport.Get<RunAnswer>($"{Root}get?run_id={Uri.EscapeDataString(id)}", ct).ConfigureAwait(false);
        return Run.From(answer.Run ?? new Tracking.Run());
    }

    /// <summary>The runs that match, page after page as they are read.</summary>
    public async IAsyncEnumerable<Run> SearchAsync(RunQuery query, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        for (string? token = null; ;)
        {
            var page = await transport.Post<SearchRuns, RunsPage>(Root + "search",
                new SearchRuns([.. query.ExperimentIds], query.Filter, Words.Of(query.View), query.PageSize, [.. query.OrderBy], token), ct).ConfigureAwait(false);
            foreach (var run in page.Runs ?? []) yield return Run.From(run);
            if (string.IsNullOrEmpty(token = page.NextPageToken)) yield break;
        }
    }

    /// <summary>Every point of one metric by time, step and value, page after page as they are read.</summary>
    public async IAsyncEnumerable<MetricPoint> HistoryAsync(string id, string key, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentException.ThrowIfNullOrEmpty(key);
        var path = $"api/2.0/mlflow/metrics/get-history?run_id={Uri.EscapeDataString(id)}&metric_key={Uri.EscapeDataString(key)}&max_results={GetHistory.MaxResultsDefault}";
        for (string? token = null; ;)
        {
            var page = await transport.Get<HistoryPage>(token is null ? path : $"{path}&page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var point in page.Metrics ?? []) yield return MetricPoint.From(point);
            if (string.IsNullOrEmpty(token = page.NextPageToken)) yield break;
        }
    }

    /// <summary>Changes name, status or end of an active run.</summary>
    public Task UpdateAsync(string id, RunUpdate update, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(update);
        return transport.Post<UpdateRun, RunUpdated>(Root + "update",
            new UpdateRun(id, null, update.Status is { } status ? Words.Of(status) : null, update.EndedAt?.ToUnixTimeMilliseconds(), update.Name), ct);
    }

    /// <summary>Deletes a run; <see cref="RestoreAsync"/> takes it back.</summary>
    public Task DeleteAsync(string id, CancellationToken ct = default) => transport.Post(Root + "delete", new RunRef(id), ct);

    /// <summary>Removes a run and everything logged to it for good. Only Slipway servers know this.</summary>
    public Task DeleteForeverAsync(string id, CancellationToken ct = default) =>
        transport.Delete($"api/slipway/v1/runs/{Uri.EscapeDataString(id)}?hard=true", ct);

    /// <summary>Brings a deleted run back.</summary>
    public Task RestoreAsync(string id, CancellationToken ct = default) => transport.Post(Root + "restore", new RunRef(id), ct);

    /// <summary>Sets or overwrites a tag.</summary>
    public Task SetTagAsync(string id, string key, string value, CancellationToken ct = default) => transport.Post(Root + "set-tag", new SetTag(id, null, key, value), ct);

    /// <summary>Removes a tag.</summary>
    public Task DeleteTagAsync(string id, string key, CancellationToken ct = default) => transport.Post(Root + "delete-tag", new DeleteTag(id, key), ct);

    /// <summary>Creates a run, RUNNING, that this program will not log to itself. Not repeated on a broken connection: the server would count two.</summary>
    /// <param name="experimentId">An active experiment.</param>
    /// <param name="options">Name, tags, parent.</param>
    /// <param name="ct">Cancels the request.</param>
    public async Task<Run> CreateAsync(string experimentId, RunOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(experimentId);
        options ??= new RunOptions();
        var started = options.StartedAt ?? transport.Options.Clock.GetUtcNow();
        var answer = await transport.Post<CreateRun, RunAnswer>(Root + "create",
            new CreateRun(experimentId, null, options.Name, started.ToUnixTimeMilliseconds(), [.. RunTags.Of(options).Select(tag => new RunTag(tag.Key, tag.Value))]), ct, idempotent: false).ConfigureAwait(false);
        return Run.From(answer.Run ?? new Tracking.Run());
    }
}
