using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Events;
using Slipway.Prediction;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>What is logged of each endpoint: rows, and what requests see of them, which follows within seconds on every server.</summary>
internal sealed class PredictionRules(Database db, EventLog events, PredictionLog log, EndpointSight sight, Func<string, Problem?> addressFault)
{
    /// <summary>How long predictions are kept where nobody said.</summary>
    public const int KeepDaysDefault = 30;

    /// <summary>How often the rows are looked at again.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private const string All = "SELECT r.workspace_id, r.endpoint, r.rule FROM prediction_rules r";

    private const string One = "SELECT rule FROM prediction_rules WHERE workspace_id = $1 AND endpoint = $2";

    private const string Put = """
        INSERT INTO prediction_rules (workspace_id, endpoint, rule, keep_days) VALUES ($1, $2, $3, $4)
        ON CONFLICT (workspace_id, endpoint) DO UPDATE SET rule = excluded.rule, keep_days = excluded.keep_days
        """;

    private volatile Dictionary<(long Workspace, string Endpoint), SetPredictionLog> known = [];
    private volatile Dictionary<long, byte[]> keys = [];

    /// <summary>Counts of the CloudEvents sink, where there is one.</summary>
    public Func<long, string, (long Sent, long Lost)>? Sent { get; set; }

    /// <summary>The rule that a request's endpoint has now.</summary>
    public PredictionRule RuleOf(long workspace, string endpoint) => known.TryGetValue((workspace, endpoint), out var set) ? Rule(set, keys.GetValueOrDefault(workspace) ?? []) : PredictionRule.Everything;

    /// <summary>Where an endpoint's records are sent as CloudEvents, or null.</summary>
    public string? CloudEventsOf(long workspace, string endpoint) => known.TryGetValue((workspace, endpoint), out var set) && set.CloudEventsUrl is { Length: > 0 } url ? url : null;

    /// <summary>Looks at the rows, and tells the log.</summary>
    public async Task Look(CancellationToken ct)
    {
        var (rules, hashKeys) = await db.Read(static session =>
            (session.Query(All, static row => (Key: (row.Long(0), row.Text(1)), Set: Parse(row.Text(2)))), session.Query("SELECT workspace_id, hash_key FROM prediction_hash_keys", static row => (row.Long(0), row.Bytes(1)))), ct);
        keys = hashKeys.ToDictionary(static one => one.Item1, static one => one.Item2);
        known = rules.ToDictionary(static one => one.Key, static one => one.Set);
        foreach (var target in log.Targets) target.Rule = RuleOf(target.Workspace, target.Endpoint);
    }

    /// <summary>Looks again every few seconds.</summary>
    public async Task Follow(TimeProvider clock, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(LookEvery, clock);
        while (await timer.WaitForNextTickAsync(stop))
        {
            try
            {
                await Look(stop);
            }
            catch (StorageException)
            {
                // The database may be restarting: what was known goes on until the next look.
            }
        }
    }

    /// <summary>What is logged of an endpoint, and what became of its records on this server.</summary>
    public async Task<Outcome<PredictionLogSettings>> Get(Caller caller, LoggedEndpointRef request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Name)) return Problem.Missing("name");
        return await db.Read<Outcome<PredictionLogSettings>>(session => sight(session, caller, request.Name) is { } refused ? refused
            : Answer(caller.Workspace, request.Name, session.Text(One, caller.Workspace, request.Name) is { } rule ? Parse(rule) : new SetPredictionLog()), ct);
    }

    /// <summary>Says what is logged from now on.</summary>
    public async Task<Outcome<PredictionLogSettings>> Set(Caller caller, SetPredictionLog request, CancellationToken ct)
    {
        if (Check(request) is { } bad) return bad;
        var fresh = RandomNumberGenerator.GetBytes(32);
        var set = await db.Write<SetPredictionLog>(session =>
        {
            if (sight(session, caller, request.Name!) is { } refused) return refused;
            var before = session.Text(One + session.Dialect.ForUpdate(), caller.Workspace, request.Name) is { } rule ? Parse(rule) : new SetPredictionLog();
            var after = new SetPredictionLog(null, request.Enabled ?? before.Enabled, request.Payload ?? before.Payload, request.Sample ?? before.Sample, request.KeepDays ?? before.KeepDays, request.Columns ?? before.Columns,
                request.CloudEventsUrl ?? before.CloudEventsUrl);
            session.Execute("INSERT INTO prediction_hash_keys (workspace_id, hash_key) VALUES ($1, $2) ON CONFLICT DO NOTHING", caller.Workspace, fresh);
            session.Execute(Put, caller.Workspace, request.Name, Text(after), after.KeepDays ?? KeepDaysDefault);
            events.Append(session, caller, "endpoint.log_changed", $"endpoint/{request.Name}", Text(after with { CloudEventsUrl = after.CloudEventsUrl is { Length: > 0 } url ? new Uri(url).Host : null }));
            return after;
        }, ct);
        if (set.Problem is { } problem) return problem;
        await Look(ct);
        return Answer(caller.Workspace, request.Name!, set.Value);
    }

    private PredictionLogSettings Answer(long workspace, string endpoint, SetPredictionLog set)
    {
        var (target, sent) = (log.Target(workspace, endpoint), Sent?.Invoke(workspace, endpoint) ?? default);
        var counts = new PredictionLogCounts(Volatile.Read(ref target.Logged), Volatile.Read(ref target.SampledOut), Volatile.Read(ref target.LostFull), Volatile.Read(ref target.LostLarge), Volatile.Read(ref target.LostWrite), log.PendingBytes,
            sent.Sent, sent.Lost);
        return new PredictionLogSettings(endpoint, set.Enabled ?? true, set.Payload ?? true, set.Sample ?? 1, set.KeepDays ?? KeepDaysDefault, set.Columns ?? [], set.CloudEventsUrl is { Length: > 0 } url ? url : null, counts);
    }

    private Problem? Check(SetPredictionLog request)
    {
        if (string.IsNullOrEmpty(request.Name)) return Problem.Missing("name");
        if (request.Sample is { } sample && sample is not (>= 0 and <= 1)) return Problem.Invalid($"'sample' is a share from 0 to 1, got {sample}.");
        if (request.KeepDays is { } days and (< 1 or > SetPredictionLog.KeepDaysMax)) return Problem.Invalid($"'keep_days' is 1 to {SetPredictionLog.KeepDaysMax:N0}, got {days}.");
        if (request.Columns?.Count > SetPredictionLog.ColumnsMax) return Problem.Invalid($"'columns' has at most {SetPredictionLog.ColumnsMax:N0} entries, got {request.Columns.Count:N0}.");
        foreach (var (name, redaction) in request.Columns ?? [])
            if (redaction is not ("drop" or "hash" or "mask")) return Problem.Invalid($"columns.{name}: expected drop, hash or mask, got '{redaction}'.");
        return request.CloudEventsUrl is { Length: > 0 } url ? addressFault(url) : null;
    }

    private static PredictionRule Rule(SetPredictionLog set, byte[] key) => new()
    {
        Enabled = set.Enabled ?? true,
        Payload = set.Payload ?? true,
        Sample = set.Sample ?? 1,
        HashKey = key,
        Columns = (set.Columns ?? []).ToDictionary(static one => one.Key, static one => one.Value switch { "hash" => Redaction.Hash, "mask" => Redaction.Mask, _ => Redaction.Drop }, StringComparer.Ordinal),
    };

    private static SetPredictionLog Parse(string rule) => JsonSerializer.Deserialize(rule, PredictionsJson.Default.SetPredictionLog) ?? new SetPredictionLog();

    private static string Text(SetPredictionLog set) => JsonSerializer.Serialize(set, PredictionsJson.Default.SetPredictionLog);
}
