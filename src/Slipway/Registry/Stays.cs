using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>What a slot is. Numbers are stored: they never change.</summary>
internal enum StayKind
{
    /// <summary>A stage, in which several versions can be.</summary>
    Stage = 1,
    /// <summary>An alias, which stands for one version.</summary>
    Alias = 2,
}

/// <summary>The history of slots: which version stood in which stage or behind which alias, from when until when, by whom and why.</summary>
internal static class Stays
{
    private const string Insert = """
        INSERT INTO model_stays (model_id, kind, slot, version, from_ms, from_actor, from_reason, rolled_back) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
        """;

    private const string Close = "UPDATE model_stays SET until_ms = $1, until_actor = $2, until_reason = $3, rolled_back = $4 WHERE until_ms IS NULL AND model_id = $5 AND kind = $6 AND slot = $7 AND version = $8";

    private const string CloseAll = "UPDATE model_stays SET until_ms = $1, until_actor = $2, until_reason = $3 WHERE until_ms IS NULL AND model_id = $4 AND version = $5 AND ($6 = 0 OR kind = $6)";

    /// <summary>A version comes into a slot.</summary>
    public static void Begin(Session session, Caller caller, long model, StayKind kind, string slot, long version, long now, string? reason) =>
        session.Execute(Insert, model, (int)kind, slot, version, now, caller.Actor, reason);

    /// <summary>A version leaves a slot.</summary>
    public static void End(Session session, Caller caller, long model, StayKind kind, string slot, long version, long now, string? reason, bool rolledBack = false) =>
        session.Execute(Close, now, caller.Actor, reason, rolledBack, model, (int)kind, slot, version);

    /// <summary>A version leaves all slots, or all of a kind.</summary>
    public static void EndAll(Session session, Caller caller, long model, long version, long now, string? reason, StayKind? kind = null) =>
        session.Execute(CloseAll, now, caller.Actor, reason, model, version, (int)(kind ?? 0));
}
