using System.Diagnostics;
using Slipway.Client;
using Slipway.Prediction;
using Slipway.Registry;

namespace Slipway.Models;

/// <summary>What became of predictions on their way to the server's log, since the program's start.</summary>
/// <param name="Logged">Sent.</param>
/// <param name="LostFull">Found no room in memory.</param>
/// <param name="LostLarge">Sent without inputs and outputs, which were too large.</param>
/// <param name="LostWrite">The server did not take them in time.</param>
public sealed record PredictionCounts(long Logged, long LostFull, long LostLarge, long LostWrite);

/// <summary>A model of the registry that runs in this process and follows its alias. Any number of calls at once.</summary>
/// <typeparam name="TIn">A row of input; `slipway models codegen` writes one.</typeparam>
/// <typeparam name="TOut">A row of output.</typeparam>
public sealed class SlipwayModel<TIn, TOut> : IAsyncDisposable
{
    private const string SegmentType = "application/vnd.slipway.predictions";

    private readonly ModelReference reference;
    private readonly SlipwayModelOptions options;
    private readonly SlipwayClient client;
    private readonly ModelCache cache;
    private readonly PredictionLog log;
    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim loading = new(1);
    private readonly Task writing;
    private Task following = Task.CompletedTask;
    private volatile Loaded? loaded;

    /// <summary>Looks at nothing yet: the first call, or <see cref="StartAsync"/>, fetches the model.</summary>
    /// <param name="model">`models:/NAME@ALIAS`, `models:/NAME/NUMBER` or `models:/NAME/STAGE`.</param>
    /// <param name="options">How it is found, kept and logged.</param>
    public SlipwayModel(string model, SlipwayModelOptions? options = null)
    {
        reference = ModelReference.Parse(model);
        this.options = options ?? new SlipwayModelOptions();
        client = new SlipwayClient(this.options.Client);
        cache = new ModelCache(client, this.options.CacheFolder);
        log = new PredictionLog(TimeProvider.System, Send);
        writing = this.options.Log ? log.Run(stopping.Token) : Task.CompletedTask;
    }

    /// <summary>The version that answers now; null before it is loaded.</summary>
    public string? Version => loaded?.Model.Version;

    /// <summary>What became of the log's records.</summary>
    public PredictionCounts Counts
    {
        get
        {
            var target = log.Target(0, LogName);
            return new PredictionCounts(Volatile.Read(ref target.Logged), Volatile.Read(ref target.LostFull), Volatile.Read(ref target.LostLarge), Volatile.Read(ref target.LostWrite));
        }
    }

    private string LogName => options.LogAs ?? "in-process/" + reference.Name;

    /// <summary>Fetches and loads the model now, so that the first prediction does not wait for it.</summary>
    /// <exception cref="SlipwayException">The server is away or does not have it, and no earlier version is kept here.</exception>
    /// <exception cref="InvalidDataException">A file is not what was registered.</exception>
    /// <exception cref="InvalidOperationException">The types do not fit its signature.</exception>
    public async Task StartAsync(CancellationToken ct = default)
    {
        if (loaded is not null) return;
        await loading.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (loaded is not null) return;
            CachedVersion? version;
            try
            {
                version = await cache.GetAsync(reference.Name, await MeantAsync(ct).ConfigureAwait(false), ct).ConfigureAwait(false);
            }
            catch (SlipwayException away) when (cache.Last(reference) is { } last)
            {
                options.Warn?.Invoke($"{reference}: {away.Message} Version {last.Version}, which was used last, answers until the server is back.");
                version = last;
            }
            loaded = Open(version);
            cache.Remember(reference, version.Version);
            if (reference.Version is null) following = FollowAsync(stopping.Token);
        }
        finally
        {
            loading.Release();
        }
    }

    /// <summary>Predicts for one row.</summary>
    /// <param name="input">The row.</param>
    /// <param name="ct">Gives up the wait.</param>
    /// <exception cref="SlipwayException">The model refused the values, failed, or too many calls wait.</exception>
    public async ValueTask<TOut> PredictAsync(TIn input, CancellationToken ct = default) => (await PredictAsync([input], null, ct).ConfigureAwait(false))[0];

    /// <summary>Predicts for several rows at once.</summary>
    /// <param name="inputs">The rows.</param>
    /// <param name="requestId">What feedback will name; null for one that is made.</param>
    /// <param name="ct">Gives up the wait.</param>
    /// <exception cref="SlipwayException">The model refused the values, failed, or too many calls wait.</exception>
    public async ValueTask<IReadOnlyList<TOut>> PredictAsync(IReadOnlyList<TIn> inputs, string? requestId = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count == 0) return [];
        if (loaded is null) await StartAsync(ct).ConfigureAwait(false);
        var now = loaded!;
        while (!now.Model.TryLease()) now = loaded!;
        var call = new PredictionCall { Id = requestId ?? Guid.CreateVersion7().ToString("N"), Protocol = "in-process", Model = now.Model };
        try
        {
            call.Times.Began = Stopwatch.GetTimestamp();
            now.Binding.Write(call.Inputs, inputs);
            call.Times.Parsed = Stopwatch.GetTimestamp();
            var problem = await now.Model.Executor.Run(call, ct).ConfigureAwait(false);
            if (options.Log) log.Tell(now.Endpoint, now.Arm, call, problem);
            return problem is null ? now.Binding.Read(call.Outputs, inputs.Count) : throw new SlipwayException(problem.Message, problem.Status, null, $"Version {now.Model.Version} of '{now.Model.Name}' answered so in this process.");
        }
        finally
        {
            call.Dispose();
        }
    }

    /// <summary>Asks whether the alias moved, and loads what it means now; true when another version answers from now on. It is called by itself every <see cref="SlipwayModelOptions.FollowEvery"/>.</summary>
    public async Task<bool> LookAsync(CancellationToken ct = default)
    {
        await loading.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var number = await MeantAsync(ct).ConfigureAwait(false);
            if (loaded is { } now && now.Model.Version == number && (await client.Models.PackageAsync(reference.Name, number, ct).ConfigureAwait(false)).Digest == now.Digest) return false;
            var version = await cache.GetAsync(reference.Name, number, ct).ConfigureAwait(false);
            var next = Open(version);
            var before = loaded;
            loaded = next;
            before?.Model.Release();
            cache.Remember(reference, version.Version);
            return true;
        }
        finally
        {
            loading.Release();
        }
    }

    /// <summary>Sends what the log still holds, and lets the model go.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await following.ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        await log.DisposeAsync().ConfigureAwait(false);
        loaded?.Model.Release();
        client.Dispose();
        loading.Dispose();
        stopping.Dispose();
    }

    private async Task<string> MeantAsync(CancellationToken ct) => reference.Version ?? reference.In(await client.Models.GetAsync(reference.Name, ct).ConfigureAwait(false))
        ?? throw new SlipwayException($"'{reference.Name}' has no version that is called '{reference.Alias ?? reference.Stage}'.", 404, null, "Set the alias, or name a version by its number.");

    private Loaded Open(CachedVersion version)
    {
        var onnx = version.Package.Files!.Select(static file => file.Path).Where(static path => path.EndsWith(".onnx", StringComparison.Ordinal)).Order(StringComparer.Ordinal).FirstOrDefault()
            ?? throw new InvalidDataException($"Version {version.Version} of '{reference.Name}' has no .onnx file. Only ONNX models run inside a .NET program; others answer by an endpoint.");
        var runtime = OnnxServed.Open(Path.Combine(version.Folder, onnx));
        var derived = version.Package.SignatureDerived is true;
        var columns = new ModelColumns(derived ? [] : Columns(version.Package.Inputs), derived ? [] : Columns(version.Package.Outputs), runtime.Labels);
        var model = new ServedModel(reference.Name, version.Version, runtime, columns);
        try
        {
            var arm = new EndpointArm(reference.Alias ?? reference.Stage ?? "v" + version.Version, model, 1);
            return new Loaded(model, new ColumnBinding<TIn, TOut>(model), new ServedEndpoint(0, LogName, [arm]), arm, version.Package.Digest);
        }
        catch
        {
            model.Release();
            throw;
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.FollowEvery);
        var warned = false;
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                try
                {
                    await LookAsync(stop).ConfigureAwait(false);
                    warned = false;
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    // What answers goes on to answer; said once, not every five seconds.
                    if (!warned) options.Warn?.Invoke($"{reference}: {failure.Message} Version {Version} goes on to answer.");
                    warned = true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the end
        }
    }

    private async Task<Problem?> Send(PredictionBatch batch, CancellationToken ct)
    {
        try
        {
            using var answer = await client.Wire.Send(() => new HttpRequestMessage(HttpMethod.Post, "api/slipway/v1/prediction-log")
            {
                Content = new ByteArrayContent(batch.Bytes) { Headers = { ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue(SegmentType) } },
            }, idempotent: true, options.Client.Timeout, ct).ConfigureAwait(false);
            return null;
        }
        catch (SlipwayException refused)
        {
            return new Problem(ErrorCode.TEMPORARILY_UNAVAILABLE, refused.Message, refused.Status is >= 400 and < 500 and not 429 ? 400 : 503);
        }
    }

    private static Prediction.ModelColumn[] Columns(ModelColumnInfo[]? infos) => [.. (infos ?? []).Select(static info => new Prediction.ModelColumn(info.Name, info.Type ?? "double", info.Required ?? true,
        info.Shape is null ? null : System.Text.Json.JsonSerializer.Deserialize(info.Shape, ShapeJson.Default.Int64Array)))];

    private sealed record Loaded(ServedModel Model, ColumnBinding<TIn, TOut> Binding, ServedEndpoint Endpoint, EndpointArm Arm, string? Digest);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(long[]))]
internal sealed partial class ShapeJson : System.Text.Json.Serialization.JsonSerializerContext;
