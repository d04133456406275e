using System.Text.Json;
using Slipway.Prediction;
using Slipway.Registry;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>How far a canary is. Numbers are stored: they never change.</summary>
internal enum CanaryState
{
    /// <summary>Goes up by itself.</summary>
    Running = 1,
    /// <summary>Stays where it is until somebody says go; its guards watch on.</summary>
    Held = 2,
    /// <summary>Took over.</summary>
    Promoted = 3,
    /// <summary>Went back by itself.</summary>
    RolledBack = 4,
    /// <summary>Was ended by somebody.</summary>
    Aborted = 5,
}

/// <summary>One row of `endpoint_canaries`.</summary>
internal sealed record CanaryRow(long Id, long Endpoint, string Arm, string Against, string Model, long Version, CanaryState State, int Step, long Period, CanaryPlan Plan, TallyBins? Bins, CanaryTest[]? Tests,
    long StartedMs, long StepMs, long? EndedMs, string? Reason)
{
    private static readonly string[] Names = ["", "running", "held", "promoted", "rolled_back", "aborted"];

    private const string Columns = "SELECT id, endpoint_id, arm, against, model, version, state, step, period, plan, bins, tests, started_ms, step_ms, ended_ms, reason FROM endpoint_canaries";

    private const string Insert = """
        INSERT INTO endpoint_canaries (endpoint_id, arm, against, model, version, state, step, period, plan, started_ms, step_ms) VALUES ($1, $2, $3, $4, $5, 1, 0, 0, $6, $7, $7)
        """;

    /// <summary>How many of an endpoint are kept: the newest.</summary>
    private const int KeptMax = 100;

    /// <summary>What it has to answer on a step; answered so far on this one.</summary>
    public long StepRequests { get; init; }

    /// <summary>True while it may change anything.</summary>
    public bool IsOpen => State < CanaryState.Promoted;

    /// <summary>The open one of an endpoint, or null.</summary>
    public static CanaryRow? Open(Session session, long endpoint) => session.First(Columns + " WHERE endpoint_id = $1 AND state < 3", Read, endpoint);

    /// <summary>All that are open.</summary>
    public static List<CanaryRow> AllOpen(Session session) => session.Query(Columns + " WHERE state < 3 ORDER BY id", Read);

    /// <summary>The newest of each endpoint that had one, by endpoint.</summary>
    public static Dictionary<long, CanaryRow> Newest(Session session, IReadOnlyCollection<long> endpoints)
    {
        var among = session.Dialect.InLongs("$1");
        var found = session.Query($"{Columns} WHERE id IN (SELECT max(id) FROM endpoint_canaries WHERE endpoint_id {among} GROUP BY endpoint_id)", Read, Arg.Longs(endpoints)).ToDictionary(static row => row.Endpoint);
        foreach (var row in found.Values.Where(static row => row.IsOpen).ToList()) found[row.Endpoint] = row with { StepRequests = CanaryTallies.OnStep(session, row) };
        return found;
    }

    /// <summary>Begins one, in the write that gave it its arm.</summary>
    public static void Start(Session session, long endpoint, ArmRow arm, ArmRow against, CanaryPlan plan, long now)
    {
        session.Execute(Insert, endpoint, arm.Name, against.Name, arm.Model, arm.Version, JsonSerializer.Serialize(plan, ServingJson.Default.CanaryPlan), now);
        session.Execute("DELETE FROM endpoint_canaries WHERE endpoint_id = $1 AND state >= 3 AND id <= (SELECT max(id) FROM endpoint_canaries WHERE endpoint_id = $1) - $2", endpoint, KeptMax);
    }

    /// <summary>Ends one.</summary>
    public static void End(Session session, long id, CanaryState state, string reason, long now)
    {
        session.Execute("UPDATE endpoint_canaries SET state = $2, ended_ms = $3, reason = $4 WHERE id = $1", id, (int)state, now, reason);
        session.Execute("DELETE FROM endpoint_tallies WHERE canary_id = $1", id);
    }

    /// <summary>For the wire.</summary>
    public Canary Wire(IReadOnlyList<ArmRow> arms)
    {
        var own = IsOpen ? arms.FirstOrDefault(arm => arm.Name == Arm) : null;
        var sum = arms.Where(static arm => !arm.Shadow).Sum(static arm => arm.Weight);
        return new Canary
        {
            Arm = Arm,
            Against = Against,
            Model = Model,
            Version = RegisteredModels.Text(Version),
            State = Names[(int)State],
            Step = Step,
            Share = own is null || sum == 0 ? 0 : own.Weight / sum,
            Steps = Plan.Steps,
            Requests = Plan.Requests ?? 0,
            HoldSeconds = Plan.HoldSeconds ?? 0,
            StepRequests = StepRequests,
            StartedMs = StartedMs,
            StepMs = StepMs,
            EndedMs = EndedMs,
            Reason = Reason,
            Tests = Tests,
        };
    }

    private static CanaryRow Read(Row row) => new(row.Long(0), row.Long(1), row.Text(2), row.Text(3), row.Text(4), row.Long(5), (CanaryState)row.Int(6), row.Int(7), row.Long(8), JsonSerializer.Deserialize(row.Text(9), ServingJson.Default.CanaryPlan)!,
        row.TextOrNull(10) is { } bins ? JsonSerializer.Deserialize(bins, ServingJson.Default.TallyBins) : null, row.TextOrNull(11) is { } tests ? JsonSerializer.Deserialize(tests, ServingJson.Default.CanaryTestArray) : null,
        row.Long(12), row.Long(13), row.LongOrNull(14), row.TextOrNull(15));
}
