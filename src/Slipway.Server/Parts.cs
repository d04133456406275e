using Microsoft.Extensions.Logging;
using Slipway.Access;
using Slipway.Events;
using Slipway.Jobs;
using Slipway.Sandbox;
using Slipway.Storage;

namespace Slipway.Server;

/// <summary>What capabilities are built from, opened once and closed in reverse order.</summary>
internal sealed partial class Parts : IAsyncDisposable
{
    private readonly DataFolder folder;
    private readonly Stack<Func<ValueTask>> closing = [];
    private readonly List<Task> loops = [];
    private readonly ILogger log;

    private Parts(ServerOptions options, TimeProvider clock, ILoggerFactory logs, DataFolder folder, Database database)
    {
        (Options, Clock, Logs, this.folder, Database) = (options, clock, logs, folder, database);
        log = logs.CreateLogger<Parts>();
        closing.Push(database.DisposeAsync);
        Blobs = OpenBlobs(options, folder);
        if (Blobs is IDisposable connection) Own(connection);
        Jobs = Own(new JobQueue(database, clock));
        Schedules = new JobSchedules(database, Jobs, clock);
        Events = new EventLog(database, clock);
        Sandbox = Own(new SandboxRunner(SandboxChoices.Of(options, folder.Path)));
    }

    /// <summary>As the operator set them.</summary>
    public ServerOptions Options { get; }

    /// <summary>The only clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Makes loggers.</summary>
    public ILoggerFactory Logs { get; }

    /// <summary>The database, its schema up to date.</summary>
    public Database Database { get; }

    /// <summary>Where large content lies.</summary>
    public IBlobs Blobs { get; }

    /// <summary>Durable work.</summary>
    public JobQueue Jobs { get; }

    /// <summary>What runs at times of its own.</summary>
    public JobSchedules Schedules { get; }

    /// <summary>What this server did of them.</summary>
    public JobCounts JobCounts { get; } = new();

    /// <summary>How each kind of job is run; capabilities add theirs, and the runner starts after the last one did.</summary>
    public List<JobHandler> JobHandlers { get; } = [];

    /// <summary>What must be there before the first request; a problem stops the start.</summary>
    public List<Func<CancellationToken, Task<Outcome<Done>>>> Preparations { get; } = [];

    /// <summary>The event log.</summary>
    public EventLog Events { get; }

    /// <summary>Where other people's code runs and other people's files are read; nothing is tried before the first job.</summary>
    public SandboxRunner Sandbox { get; }

    /// <summary>Who may what; set by the composition.</summary>
    public AccessParts Access { get; set; } = null!;

    /// <summary>What signs heads and evidence; set by the composition.</summary>
    public Anchor Anchor { get; set; } = null!;

    /// <summary>The series of runs; set by the composition.</summary>
    public Tracking.Metrics Metrics { get; set; } = null!;

    /// <summary>What serves predictions; set by the composition.</summary>
    public ServingParts Serving { get; set; } = null!;

    /// <summary>Answers the prediction protocols; who explains or loads fills that in.</summary>
    public Slipway.Prediction.Protocols.PredictionHost Predictions { get; set; } = null!;

    /// <summary>Writes what instruments do not count, for Prometheus.</summary>
    public List<Action<System.Text.StringBuilder>> MetricTexts { get; } = [];

    /// <summary>The full path of the data folder, held by this process.</summary>
    public string Data => folder.Path;

    /// <summary>Where each capability adds its routes.</summary>
    public Routes Routes { get; } = new(new WireAdaptor());

    /// <summary>Cancelled as soon as a stop begins, so that loops end and long answers (streams) let the stop finish.</summary>
    public CancellationTokenSource Stopping { get; } = new();

    /// <summary>Holds the data folder, opens the database and brings its schema up to date.</summary>
    /// <exception cref="ServerStartException">One of them does not allow it.</exception>
    public static async Task<Parts> Open(ServerOptions options, TimeProvider clock, ILoggerFactory logs, CancellationToken ct)
    {
        var held = DataFolder.Hold(options.Data);
        if (held.Problem is { } taken) throw new ServerStartException("data: " + taken.Message);
        Database? database = null;
        try
        {
            database = Databases.Open(options.Database ?? "sqlite:" + held.Value.DatabasePath);
            var parts = new Parts(options, clock, logs, held.Value, database);
            var migrated = await Migrations.Apply(database, Schemas.InLayerOrder(), ct);
            if (migrated.Problem is { } problem) throw new ServerStartException("database: " + problem.Message);
            parts.Opened(parts.Data, database.Engine, migrated.Value);
            return parts;
        }
        catch (Exception failure)
        {
            if (database is not null) await database.DisposeAsync();
            held.Value.Dispose();
            throw failure is StorageException or FormatException or NotSupportedException ? new ServerStartException("database: " + failure.Message, failure) : failure;
        }
    }

    /// <summary>Closes <paramref name="part"/> at the stop, after everything that was owned later.</summary>
    public T Own<T>(T part) where T : IDisposable
    {
        closing.Push(() =>
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        });
        return part;
    }

    /// <summary>Does this at the stop, after what was owned later was closed and before what was opened earlier is.</summary>
    public void AtClose(Func<ValueTask> close) => closing.Push(close);

    /// <summary>Starts to run jobs, when every capability has added its handlers.</summary>
    public async Task StartJobs(CancellationToken ct)
    {
        foreach (var prepare in Preparations)
            if ((await prepare(ct)).Problem is { } problem) throw new ServerStartException("database: " + problem.Message);
        if (Options.Serve is not null) return; // the servers run them
        var runner = Own(new JobRunner(Jobs, Schedules, Database, JobHandlers, JobCounts, Clock, Logs.CreateLogger<JobRunner>()));
        await runner.StartAsync(ct);
        closing.Push(async () => await runner.StopAsync(CancellationToken.None));
    }

    /// <summary>Runs a background loop until the stop, which waits for it. A loop mends its own failures; one that throws is logged and stays down.</summary>
    public void Loop(string name, Func<CancellationToken, Task> run)
    {
        if (Options.Serve is null || ServeChoices.HasLoop(name)) loops.Add(Task.Run(() => Follow(name, run)));
    }

    private async Task Follow(string name, Func<CancellationToken, Task> run)
    {
        try
        {
            await run(Stopping.Token);
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            // the stop
        }
        catch (Exception bug)
        {
            LoopFailed(bug, name);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Stopping.CancelAsync();
        await Task.WhenAll(loops);
        while (closing.TryPop(out var close)) await close();
        folder.Dispose();
        Stopping.Dispose();
    }

    /// <summary>The keys that seal secrets.</summary>
    /// <exception cref="ServerStartException">They cannot be read.</exception>
    internal SecretKeys SecretKeys()
    {
        var keys = Slipway.Access.SecretKeys.Open(Data, Options.Secrets.KeyFile, Options.Secrets.Keys);
        return keys.Problem is { } problem ? throw new ServerStartException(problem.Message) : keys.Value;
    }

    /// <summary>Says so when something is sealed with a key that is not here: the rest of the installation works without it.</summary>
    internal async Task<Outcome<Done>> CheckSecretKeys(CancellationToken ct)
    {
        foreach (var id in await Access.Rotation.Missing(ct)) KeyMissing(id);
        return default(Done);
    }

    internal static IBlobs OpenBlobs(ServerOptions options, DataFolder folder)
    {
        if (options.Artifacts?.StartsWith("s3://", StringComparison.Ordinal) is not true) return new FolderBlobs(options.Artifacts ?? folder.BlobsPath);
        var address = S3Options.Parse(options.Artifacts);
        if (address.Problem is { } problem) throw new ServerStartException("artifacts: " + problem.Message);
        return new S3Blobs(address.Value with
        {
            Endpoint = options.S3.Endpoint?.OriginalString,
            Region = options.S3.Region,
            PathStyle = options.S3.PathStyle,
            AccessKey = options.S3.AccessKey,
            SecretKey = options.S3.SecretKey,
            SessionToken = options.S3.SessionToken,
            TrailingChecksums = options.S3.TrailingChecksums,
        });
    }

    [LoggerMessage(LogLevel.Information, "Data folder {Folder}, {Engine}, {Steps} schema steps run.")]
    private partial void Opened(string folder, string engine, int steps);

    [LoggerMessage(LogLevel.Critical, "Secrets or artifacts are sealed with the key {Id}, which is neither in secrets.keyFile nor in secrets.key: they cannot be opened until it is put back.")]
    private partial void KeyMissing(string id);

    [LoggerMessage(LogLevel.Critical, "The loop {Name} failed and stays down until the next start.")]
    private partial void LoopFailed(Exception bug, string name);
}
