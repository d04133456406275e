using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.Prediction;
using Slipway.Registry;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>
/// Keeps what this server serves as the tables say: looks four times a second whether anything changed, here or by another server; lets versions in behind whose alias or stage an
/// arm follows; loads what is missing, and swaps the table of endpoints in one step when it is there. What cannot be loaded leaves in place what answers.
/// </summary>
internal sealed partial class EndpointFollower : IDisposable
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a version that gates keep out is tried again.</summary>
    public static readonly TimeSpan HeldEvery = TimeSpan.FromSeconds(30);

    private readonly Database db;
    private readonly Endpoints endpoints;
    private readonly EndpointTable table;
    private readonly TimeProvider clock;
    private readonly ILogger<EndpointFollower> log;
    private readonly LoadedVersions versions;
    private readonly SemaphoreSlim hint = new(0, 1), looking = new(1);
    private readonly Dictionary<(long Endpoint, string Arm), (long Model, long Version)> answering = [];
    private readonly ConcurrentDictionary<(long Endpoint, string Arm), string> served = new();
    private readonly Dictionary<(long Endpoint, string Arm, ServedModel Model), ShadowArm> shadows = [];
    private readonly CanaryCounts counts = new();
    private volatile ILookup<long, ShadowArm> compared = Array.Empty<ShadowArm>().ToLookup(static _ => 0L);
    private List<EndpointRow> rows = [];
    private ILookup<long, ArmRow> arms = Array.Empty<ArmRow>().ToLookup(static _ => 0L);
    private Dictionary<long, CanaryRow> canaries = [];
    private long generation = -1;
    private volatile bool stale;
    private DateTimeOffset heldAt, writtenAt;

    public EndpointFollower(Database db, Endpoints endpoints, VersionLoader loader, EndpointTable table, TimeProvider clock, ILogger<EndpointFollower> log)
    {
        (this.db, this.endpoints, this.table, this.clock, this.log) = (db, endpoints, table, clock, log);
        versions = new LoadedVersions(loader.Load, VersionLoader.Forget, clock, Hint);
        endpoints.Changed.Add(Hint);
        endpoints.Looking = Look;
        endpoints.Comparing = row => compared[row.Id].Select(State);
    }

    /// <summary>The one endpoint that this process serves, by name; null for all.</summary>
    public string? Only { get; init; }

    /// <summary>This process among those that count for canaries.</summary>
    public string Server { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Follows until the stop.</summary>
    public async Task Run(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await Look(ct);
            }
            catch (StorageException failure)
            {
                Failed(failure.Message); // the database may be restarting; the next look tries again
            }
            await hint.WaitAsync(Every, ct);
        }
    }

    /// <summary>Look again soon: something changed here.</summary>
    public void Hint()
    {
        stale = true;
        try
        {
            hint.Release();
        }
        catch (SemaphoreFullException)
        {
            // a look is due already
        }
    }

    /// <summary>One look.</summary>
    public async Task Look(CancellationToken ct)
    {
        await looking.WaitAsync(ct);
        try
        {
            var now = clock.GetUtcNow();
            var isStale = stale || versions.IsWaiting;
            stale = false;
            var moved = await Read(now, ct);
            foreach (var (endpoint, arm, version) in moved.Arms)
            {
                await endpoints.Follow(endpoint, arm, version, ct);
                isStale = true;
            }
            if (moved.Arms.Count > 0) await Read(now, ct);
            if (moved.Changed || isStale) Serve(ct);
            if (counts.Any && now - writtenAt >= TimeSpan.FromSeconds(1))
            {
                writtenAt = now;
                await endpoints.WriteTallies(Server, counts.Counted(), ct);
            }
        }
        finally
        {
            looking.Release();
        }
    }

    public void Dispose()
    {
        table.Swap([]);
        versions.Dispose();
        hint.Dispose();
        looking.Dispose();
    }

    // One read a look while nothing follows anything; two more where arms follow.
    private async Task<(bool Changed, List<(long Endpoint, string Arm, long Version)> Arms)> Read(DateTimeOffset now, CancellationToken ct)
    {
        var tryHeld = now - heldAt >= HeldEvery;
        if (tryHeld) heldAt = now;
        return await db.Read(session =>
        {
            var newest = Endpoints.Generation(session);
            var changed = newest != generation;
            if (changed)
            {
                (rows, arms) = Endpoints.All(session);
                if (Only is { } only)
                {
                    rows = rows.FindAll(row => row.Name == only);
                    arms = arms.Where(group => rows.Exists(row => row.Id == group.Key)).SelectMany(static group => group, static (group, arm) => (group.Key, Arm: arm)).ToLookup(static one => one.Key, static one => one.Arm);
                }
                canaries = CanaryRow.AllOpen(session).ToDictionary(static canary => canary.Endpoint);
                generation = newest;
            }
            var following = arms.SelectMany(static group => group.Select(arm => (Endpoint: group.Key, Arm: arm))).Where(static one => one.Arm.Kind is not null).ToList();
            var standing = Stays.Standing(session, [.. following.Select(static one => one.Arm.ModelId).Distinct()]);
            return (changed, following.Where(one => standing.TryGetValue((one.Arm.ModelId, one.Arm.Kind!.Value, one.Arm.Slot!), out var version) && version != one.Arm.Version
                && (one.Arm.Held is not { } held || held.Version != RegisteredModels.Text(version) || tryHeld && held.Evaluation is not null))
                .Select(one => (one.Endpoint, one.Arm.Name, standing[(one.Arm.ModelId, one.Arm.Kind!.Value, one.Arm.Slot!)])).ToList());
        }, ct);
    }

    private void Serve(CancellationToken ct)
    {
        var wanted = new Dictionary<(long, long), long>();
        // An arm under another name begins with what the one it replaced answers by: a swap leaves nobody without an answer.
        foreach (var row in rows)
        {
            var gone = answering.Keys.FirstOrDefault(key => key.Endpoint == row.Id && !arms[row.Id].Any(arm => arm.Name == key.Arm));
            if (gone.Arm is null) continue;
            foreach (var arm in arms[row.Id])
                if (arm is { Shadow: false, Weight: > 0 } && versions.Of(arm.ModelId, arm.Version) is null) answering.TryAdd((row.Id, arm.Name), answering[gone]);
        }
        foreach (var row in rows)
            foreach (var arm in arms[row.Id])
            {
                wanted[(arm.ModelId, arm.Version)] = row.Workspace;
                // What answers in its place stays until it is there.
                if (versions.Of(arm.ModelId, arm.Version) is null && answering.TryGetValue((row.Id, arm.Name), out var before)) wanted[before] = row.Workspace;
            }
        foreach (var gone in answering.Keys.Where(key => !arms[key.Endpoint].Any(arm => arm.Name == key.Arm)).ToList())
        {
            answering.Remove(gone);
            served.TryRemove(gone, out _);
        }
        versions.Want(wanted, ct);
        var used = new HashSet<(long, string, ServedModel)>();
        counts.Keep([.. canaries.Values]);
        table.Swap(rows.ConvertAll(row => Of(row, used)));
        foreach (var old in shadows.Keys.Where(key => !used.Contains(key)).ToList()) shadows.Remove(old);
        compared = shadows.ToLookup(static one => one.Key.Endpoint, static one => one.Value);
    }

    private ServedEndpoint Of(EndpointRow row, HashSet<(long, string, ServedModel)> used)
    {
        var (ready, copies) = (new List<EndpointArm>(), new List<ShadowArm>());
        var canary = canaries.GetValueOrDefault(row.Id);
        var own = arms[row.Id].ToList();
        var counted = canary is not null && own.Find(arm => arm.Name == canary.Arm) is { } tested && own.Find(arm => arm.Name == canary.Against) is { } control && versions.Of(tested.ModelId, tested.Version) is not null
            && tested.Weight + control.Weight > 0 ? counts.Of(canary, tested.Weight / (tested.Weight + control.Weight)) : null;
        foreach (var arm in own)
        {
            var model = versions.Of(arm.ModelId, arm.Version);
            if (model is not null) answering[(row.Id, arm.Name)] = (arm.ModelId, arm.Version);
            else if (answering.TryGetValue((row.Id, arm.Name), out var before)) model = versions.Of(before.Model, before.Version);
            if (model is null)
            {
                served.TryRemove((row.Id, arm.Name), out _);
                continue;
            }
            served[(row.Id, arm.Name)] = model.Version;
            if (arm.Shadow)
            {
                used.Add((row.Id, arm.Name, model));
                if (!shadows.TryGetValue((row.Id, arm.Name, model), out var shadow)) shadow = shadows[(row.Id, arm.Name, model)] = new ShadowArm(arm.Name, model);
                copies.Add(shadow);
            }
            else ready.Add(new EndpointArm(arm.Name, model, arm.Weight) { Label = arm.Slot, Tally = counted is null ? null : arm.Name == canary!.Arm ? counted.Canary : arm.Name == canary.Against ? counted.Control : null });
        }
        var settings = row.Settings;
        return new ServedEndpoint(row.Workspace, row.Name, ready)
        {
            Id = row.Id,
            Paused = row.Paused,
            Salt = (ulong)row.Salt,
            Sticky = settings.Sticky is { } sticky ? new StickyRule(sticky.Header, sticky.Json, sticky.Column) : null,
            Shadows = [.. copies],
            Detail = settings.Detail switch { "none" => ErrorDetail.None, "shape" => ErrorDetail.Shape, _ => ErrorDetail.Full },
            Rules = settings.InputRules is { Length: > 0 } rules ? new InputRules([.. rules.Select(static rule => new Prediction.InputRule(rule.Column!, rule.Min, rule.Max, rule.Categories, rule.Action switch { "warn" => RuleAction.Warn, "clip" => RuleAction.Clip, _ => RuleAction.Reject }))]) : null,
            Timeout = settings.TimeoutMs is { } timeout ? TimeSpan.FromMilliseconds(timeout) : null,
        };
    }

    private ArmLook Look(EndpointRow row, ArmRow arm)
    {
        if (versions.Of(arm.ModelId, arm.Version) is { } model && served.GetValueOrDefault((row.Id, arm.Name)) == RegisteredModels.Text(arm.Version)) return new("ready", null, null, model.Executor.State());
        var problem = versions.ProblemOf(arm.ModelId, arm.Version);
        return new(problem is { Status: not 503 } ? "failed" : "loading", served.GetValueOrDefault((row.Id, arm.Name)), problem?.Message);
    }

    private static ShadowState State(ShadowArm shadow)
    {
        var counts = shadow.Counts;
        return new ShadowState { Arm = shadow.Name, Version = shadow.Model.Version, Compared = counts.Compared, Rows = counts.Rows, LeftOut = counts.LeftOut, Failed = counts.Failed, MaxAbs = Finite(counts.MaxAbs), MeanAbs = Finite(counts.MeanAbs), LabelFlips = counts.LabelFlips, Problem = shadow.Problem };

        static double Finite(double value) => double.IsFinite(value) ? value : double.MaxValue;
    }

    [LoggerMessage(LogLevel.Warning, "Endpoints could not be looked at: {Why} It is tried again.")]
    private partial void Failed(string why);
}
