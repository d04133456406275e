using Slipway.Client.Logs;

namespace Slipway.Client;

/// <summary>
/// Speaks to a Slipway server. One for the whole program: it is thread-safe and keeps its connections.
/// <code>
/// using var client = new SlipwayClient();
/// await using var run = await client.StartRunAsync("flights");
/// run.LogMetric("loss", 0.25, step: 1);
/// await run.FinishAsync();
/// </code>
/// </summary>
public sealed partial class SlipwayClient : IDisposable
{
    private readonly Transport transport;
    private readonly LogKeeper keeper;

    /// <summary>A client; nothing is sent yet.</summary>
    /// <param name="options">Where the server is; null takes everything from the environment.</param>
    public SlipwayClient(SlipwayClientOptions? options = null)
    {
        transport = new Transport(options ?? new SlipwayClientOptions());
        keeper = new LogKeeper(transport, transport.Options.LogFolder);
        Experiments = new ExperimentsClient(transport);
        Runs = new RunsClient(transport);
        Artifacts = new ArtifactsClient(transport, Runs);
        Logs = new LogsClient(transport);
        Installation = new InstallationClient(transport);
        Access = new AccessClient(transport);
        Workspaces = new WorkspacesClient(transport);
        Secrets = new SecretsClient(transport);
        Models = new ModelsClient(transport);
        Gates = new GatesClient(transport);
        Endpoints = new EndpointsClient(transport);
        Approvals = new ApprovalsClient(transport);
        Jobs = new JobsClient(transport);
        Webhooks = new WebhooksClient(transport);
        Evaluations = new EvaluationsClient(transport);
        Lineage = new LineageClient(transport);
    }

    /// <summary>For the command line, which imports what the public surface has no need to say.</summary>
    internal Transport Wire => transport;

    /// <summary>The server's address.</summary>
    public Uri Url => transport.Options.Url;

    /// <summary>Experiments: create, find, search, delete, restore.</summary>
    public ExperimentsClient Experiments { get; }

    /// <summary>Runs that are there already: read, search, delete, restore.</summary>
    public RunsClient Runs { get; }

    /// <summary>Artifacts of any run: list, upload, download.</summary>
    public ArtifactsClient Artifacts { get; }

    /// <summary>Logs on this machine that no server has yet.</summary>
    public LogsClient Logs { get; }

    /// <summary>Backup and the event log.</summary>
    public InstallationClient Installation { get; }

    /// <summary>Who may do what: members, groups, roles, grants, tokens.</summary>
    public AccessClient Access { get; }

    /// <summary>Workspaces: list, make, limit, delete, restore.</summary>
    public WorkspacesClient Workspaces { get; }

    /// <summary>Named secrets of the workspace: set, list, delete, seal anew.</summary>
    public SecretsClient Secrets { get; }

    /// <summary>Registered models: what there is, what stands where, and the way back.</summary>
    public ModelsClient Models { get; }

    /// <summary>What a version needs to get somewhere, and who says so.</summary>
    public GatesClient Gates { get; }

    /// <summary>What answers predictions, and how a new version takes over.</summary>
    public EndpointsClient Endpoints { get; }

    /// <summary>Requests that people approve.</summary>
    public ApprovalsClient Approvals { get; }

    /// <summary>The queue of work that takes time.</summary>
    public JobsClient Jobs { get; }

    /// <summary>Who is told of changes.</summary>
    public WebhooksClient Webhooks { get; }

    /// <summary>What the server measures itself, and on which data.</summary>
    public EvaluationsClient Evaluations { get; }

    /// <summary>What led to what.</summary>
    public LineageClient Lineage { get; }

    /// <summary>
    /// Runs <paramref name="work"/> inside a run of its own: FINISHED when it returns, KILLED when <paramref name="ct"/> is cancelled, FAILED when it throws.
    /// </summary>
    /// <param name="experiment">The experiment's name; created if it is not there.</param>
    /// <param name="work">Does the work and logs to the run.</param>
    /// <param name="options">Name, tags, parent.</param>
    /// <param name="ct">Given to the work.</param>
    /// <returns>The run's id.</returns>
    public async Task<string> RunAsync(string experiment, Func<ActiveRun, CancellationToken, Task> work, RunOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        await using var run = await StartRunAsync(experiment, options, ct).ConfigureAwait(false);
        try
        {
            await work(run, ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            run.EndsAs = RunStatus.Killed;
            throw;
        }
        await run.FinishAsync(RunStatus.Finished, ct).ConfigureAwait(false);
        return run.Id;
    }

    /// <summary>Completes when what earlier runs left was looked after; for tests.</summary>
    internal Task Tended() => keeper.Idle();

    /// <summary>Closes the connections. Dispose runs first: they send what is left through them.</summary>
    public void Dispose()
    {
        keeper.Dispose();
        transport.Dispose();
    }
}
