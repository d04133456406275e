using System.Runtime.CompilerServices;
using Slipway.Tracking;

namespace Slipway.Client;

/// <summary>Experiments on the server. Every method throws <see cref="SlipwayException"/> when the server refuses or cannot be reached.</summary>
public sealed class ExperimentsClient
{
    private const string Root = "api/2.0/mlflow/experiments/";

    private readonly Transport transport;

    internal ExperimentsClient(Transport transport) => this.transport = transport;

    /// <summary>Creates an experiment. Refused when the name is taken, by a deleted experiment too.</summary>
    /// <param name="name">1 to 500 characters.</param>
    /// <param name="options">Artifact location and tags.</param>
    /// <param name="ct">Cancels the request.</param>
    public async Task<Experiment> CreateAsync(string name, ExperimentOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var tags = options?.Tags.Select(tag => new ExperimentTag(tag.Key, tag.Value)).ToArray();
        var created = await transport.Post<CreateExperiment, ExperimentCreated>(Root + "create",
            new CreateExperiment(name, options?.ArtifactLocation, tags is { Length: > 0 } ? tags : null), ct, idempotent: false).ConfigureAwait(false);
        return await GetAsync(created.ExperimentId ?? "", ct).ConfigureAwait(false);
    }

    /// <summary>The experiment with this id, deleted or not.</summary>
    public async Task<Experiment> GetAsync(string id, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        var answer = await transport.Get<ExperimentAnswer>($"{Root}get?experiment_id={Uri.EscapeDataString(id)}", ct).ConfigureAwait(false);
        return Experiment.From(answer.Experiment ?? new Tracking.Experiment());
    }

    /// <summary>The experiment with this name, deleted or not; null when there is none.</summary>
    public async Task<Experiment?> FindAsync(string name, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        try
        {
            var answer = await transport.Get<ExperimentAnswer>($"{Root}get-by-name?experiment_name={Uri.EscapeDataString(name)}", ct).ConfigureAwait(false);
            return answer.Experiment is { } found ? Experiment.From(found) : null;
        }
        catch (SlipwayException failure) when (failure is { IsNotFound: true, Code: ErrorCode.RESOURCE_DOES_NOT_EXIST })
        {
            return null;
        }
    }

    /// <summary>The experiment with this name, created if it is not there. Safe when several processes ask at once.</summary>
    /// <exception cref="SlipwayException">The name belongs to a deleted experiment: restore it, or choose another name.</exception>
    public async Task<Experiment> GetOrCreateAsync(string name, ExperimentOptions? options = null, CancellationToken ct = default)
    {
        var found = await FindAsync(name, ct).ConfigureAwait(false);
        if (found is null)
        {
            try
            {
                return await CreateAsync(name, options, ct).ConfigureAwait(false);
            }
            catch (SlipwayException failure) when (failure.Code is ErrorCode.RESOURCE_ALREADY_EXISTS)
            {
                found = await FindAsync(name, ct).ConfigureAwait(false);
                if (found is null) throw;
            }
        }
        return !found.IsDeleted
            ? found
            : throw new SlipwayException($"The experiment '{name}' ({found.Id}) is deleted.", 400, ErrorCode.INVALID_STATE, $"Restore it with 'slipway experiments restore {found.Id}', or choose another name.");
    }

    /// <summary>The experiments that match, page after page as they are read.</summary>
    public async IAsyncEnumerable<Experiment> SearchAsync(ExperimentQuery? query = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        query ??= new ExperimentQuery();
        for (string? token = null; ;)
        {
            var page = await transport.Post<SearchExperiments, ExperimentsPage>(Root + "search",
                new SearchExperiments(query.PageSize, token, query.Filter, [.. query.OrderBy], Words.Of(query.View)), ct).ConfigureAwait(false);
            foreach (var experiment in page.Experiments ?? []) yield return Experiment.From(experiment);
            if (string.IsNullOrEmpty(token = page.NextPageToken)) yield break;
        }
    }

    /// <summary>Renames an active experiment.</summary>
    public Task RenameAsync(string id, string newName, CancellationToken ct = default) => transport.Post(Root + "update", new UpdateExperiment(id, newName), ct);

    /// <summary>Deletes an experiment and its runs; <see cref="RestoreAsync"/> takes it back.</summary>
    public Task DeleteAsync(string id, CancellationToken ct = default) => transport.Post(Root + "delete", new ExperimentRef(id), ct);

    /// <summary>Brings a deleted experiment back, with its runs.</summary>
    public Task RestoreAsync(string id, CancellationToken ct = default) => transport.Post(Root + "restore", new ExperimentRef(id), ct);

    /// <summary>Sets or overwrites a tag.</summary>
    public Task SetTagAsync(string id, string key, string value, CancellationToken ct = default) =>
        transport.Post(Root + "set-experiment-tag", new SetExperimentTag(id, key, value), ct);

    /// <summary>Removes a tag.</summary>
    public Task DeleteTagAsync(string id, string key, CancellationToken ct = default) =>
        transport.Post(Root + "delete-experiment-tag", new DeleteExperimentTag(id, key), ct);
}
