using System.Globalization;
using System.Runtime.CompilerServices;
using Slipway.Jobs;

namespace Slipway.Client;

/// <summary>The queue of work that takes time. All of it needs the right to administer.</summary>
public sealed class JobsClient
{
    private const string Jobs = "api/slipway/v1/jobs";

    private readonly Transport transport;

    internal JobsClient(Transport transport) => this.transport = transport;

    /// <summary>What waits, runs and failed, by kind.</summary>
    public async Task<IReadOnlyList<JobQueueSize>> QueuesAsync(CancellationToken ct = default) => (await transport.Get<JobQueuesAnswer>(Jobs + "/queues", ct).ConfigureAwait(false)).Queues ?? [];

    /// <summary>Jobs, the newest first, page after page as they are read.</summary>
    /// <param name="kind">Of one kind.</param>
    /// <param name="state">READY, DELAYED, RUNNING or FAILED.</param>
    /// <param name="pageSize">How many a request asks for, 1 to 1,000.</param>
    /// <param name="ct">Cancels the requests.</param>
    public async IAsyncEnumerable<JobRecord> ListAsync(string? kind = null, string? state = null, int pageSize = 100, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<JobsPage>($"{Jobs}?max_results={pageSize.ToString(CultureInfo.InvariantCulture)}&kind={Uri.EscapeDataString(kind ?? "")}&state={Uri.EscapeDataString(state ?? "")}&page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var job in page.Jobs ?? []) yield return job;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>Attempts that failed, the newest first, page after page as they are read; also of jobs that ended well since.</summary>
    /// <param name="kind">Of one kind.</param>
    /// <param name="pageSize">How many a request asks for, 1 to 1,000.</param>
    /// <param name="ct">Cancels the requests.</param>
    public async IAsyncEnumerable<JobFailure> FailuresAsync(string? kind = null, int pageSize = 100, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<JobFailuresPage>($"{Jobs}/failures?max_results={pageSize.ToString(CultureInfo.InvariantCulture)}&kind={Uri.EscapeDataString(kind ?? "")}&page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var failure in page.Failures ?? []) yield return failure;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>One job with its failed attempts.</summary>
    /// <exception cref="SlipwayException">There is none: it was done, or cancelled.</exception>
    public Task<JobAnswer> GetAsync(string id, CancellationToken ct = default) => transport.Get<JobAnswer>(One(id), ct);

    /// <summary>A failed job begins anew, one that waits is due now.</summary>
    /// <exception cref="SlipwayException">It runs at this moment, or is not there.</exception>
    public Task<JobAnswer> RetryAsync(string id, CancellationToken ct = default) => transport.Post<JobRef, JobAnswer>(One(id) + "/retry", new JobRef(id), ct);

    /// <summary>Takes a job away, and stops who works on it.</summary>
    public Task<JobAnswer> CancelAsync(string id, CancellationToken ct = default) => transport.Post<JobRef, JobAnswer>(One(id) + "/cancel", new JobRef(id), ct, idempotent: false);

    /// <summary>What runs at times of its own.</summary>
    public async Task<IReadOnlyList<JobScheduleRecord>> SchedulesAsync(CancellationToken ct = default) => (await transport.Get<JobSchedulesAnswer>(Jobs + "/schedules", ct).ConfigureAwait(false)).Schedules ?? [];

    /// <summary>Begins a schedule's job now, besides its times.</summary>
    public Task RunScheduleAsync(string name, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return transport.Post($"{Jobs}/schedules/{Uri.EscapeDataString(name)}/run", new JobScheduleRef(name), ct);
    }

    private static string One(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return $"{Jobs}/{Uri.EscapeDataString(id)}";
    }
}
