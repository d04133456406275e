using System.Globalization;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>What a slot is. Numbers are stored: they never change.</summary>
internal enum StayKind
{
    /// <summary>A stage, in which several versions can be.</summary>
    Stage = 1,
    /// <summary>An alias, which stands for one version.</summary>
    Alias = 2,
    /// <summary>An endpoint, to which several versions can be deployed; or a use such as `:score`, in which none stands.</summary>
    Endpoint = 3,
}

/// <summary>The history of slots: which version stood in which stage or behind which alias, from when until when, by whom and why.</summary>
internal static class Stays
{
    private const string Insert = """
        INSERT INTO model_stays (model_id, kind, slot, version, from_ms, from_actor, from_reason, rolled_back) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
        """;

    private const string Close = "UPDATE model_stays SET until_ms = $1, until_actor = $2, until_reason = $3 WHERE until_ms IS NULL AND model_id = $4 AND kind = $5 AND slot = $6 AND version = $7";

    private const string CloseAll = "UPDATE model_stays SET until_ms = $1, until_actor = $2, until_reason = $3 WHERE until_ms IS NULL AND model_id = $4 AND version = $5 AND ($6 = 0 OR kind = $6)";

    private const string InAlias = "SELECT a.version FROM registered_model_aliases a WHERE a.model_id = $1 AND a.alias = $2";

    private const string InStage = """
        SELECT version FROM model_stays WHERE model_id = $1 AND kind = 1 AND slot = $2 AND until_ms IS NULL ORDER BY id DESC LIMIT 1
        """;

    // Of several in an endpoint the one that came first: who comes beside it is compared with it.
    private const string InEndpoint = """
        SELECT version FROM model_stays WHERE model_id = $1 AND kind = 3 AND slot = $2 AND until_ms IS NULL ORDER BY id LIMIT 1
        """;

    private const string Good = """
        SELECT s.version FROM model_stays s JOIN model_versions v ON v.model_id = s.model_id AND v.version = s.version
         WHERE s.model_id = $1 AND s.kind = $2 AND s.slot = $3 AND s.version <> $4 AND s.rolled_back = 0 ORDER BY s.id DESC LIMIT 1
        """;

    private const string Mark = "UPDATE model_stays SET rolled_back = 1 WHERE model_id = $1 AND kind = $2 AND slot = $3 AND version = $4";

    /// <summary>The version that stands in a slot; of several in a stage the one that came last.</summary>
    public static long? Current(Session session, long model, StayKind kind, string slot) => session.Long(kind switch { StayKind.Alias => InAlias, StayKind.Endpoint => InEndpoint, _ => InStage }, model, slot);

    /// <summary>The last other version of a slot that is still there and was not rolled back from.</summary>
    public static long? LastGood(Session session, long model, StayKind kind, string slot, long current) => session.Long(Good, model, (int)kind, slot, current);

    /// <summary>Says of all stays of a version in a slot so far that it was no good there. Put there anew, it counts again.</summary>
    public static void Discredit(Session session, long model, StayKind kind, string slot, long version) => session.Execute(Mark, model, (int)kind, slot, version);

    /// <summary>One page of a model's stays, the newest first; of one slot, and at one time, if asked.</summary>
    public static Outcome<ModelHistoryPage> Page(Session session, long model, (StayKind Kind, string Name)? slot, long? atMs, int size, string? token)
    {
        var before = long.MaxValue;
        if (!string.IsNullOrEmpty(token) && !long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            return Problem.Invalid("Invalid page token, could not base64-decode. Send the next_page_token of the last answer unchanged.");
        var sql = new SearchSql(session.Dialect);
        var text = $"SELECT id, kind, slot, version, from_ms, from_actor, from_reason, until_ms, until_actor, until_reason, rolled_back FROM model_stays WHERE model_id = {sql.Add(model)} AND id < {sql.Add(before)}";
        if (slot is { } one) text += $" AND kind = {sql.Add((int)one.Kind)} AND slot = {sql.Add(one.Name)}";
        if (atMs is { } at) text += $" AND from_ms <= {sql.Add(at)} AND (until_ms IS NULL OR until_ms > {sql.Add(at)})";
        var rows = session.Query($"{text} ORDER BY id DESC LIMIT {sql.Add(size + 1)}", static row => (Id: row.Long(0), Stay: Record(row)), sql.Args);
        return new ModelHistoryPage(rows.Count == 0 ? null : [.. rows.Take(size).Select(static row => row.Stay)], rows.Count > size ? RegisteredModels.Text(rows[size - 1].Id) : null);
    }

    private static ModelStay Record(Row row)
    {
        var (stage, alias, endpoint) = Gates.Words(((StayKind)row.Int(1), row.Text(2)));
        return new ModelStay(stage, alias, RegisteredModels.Text(row.Long(3)), row.Long(4), row.Text(5), row.TextOrNull(6), row.LongOrNull(7), row.TextOrNull(8), row.TextOrNull(9), row.Bool(10), endpoint);
    }

    /// <summary>What stands behind aliases and came last into stages of some models, by model and slot. Two statements.</summary>
    public static Dictionary<(long Model, StayKind Kind, string Slot), long> Standing(Session session, IReadOnlyCollection<long> models)
    {
        var found = new Dictionary<(long, StayKind, string), long>();
        if (models.Count == 0) return found;
        bool Take(Row row, StayKind kind)
        {
            found[(row.Long(0), kind, row.Text(1))] = row.Long(2);
            return true;
        }
        session.Each($"SELECT model_id, alias, version FROM registered_model_aliases WHERE model_id {session.Dialect.InLongs("$1")}", row => Take(row, StayKind.Alias), Arg.Longs(models));
        session.Each($"SELECT model_id, slot, version FROM model_stays WHERE kind = 1 AND until_ms IS NULL AND model_id {session.Dialect.InLongs("$1")} ORDER BY id", row => Take(row, StayKind.Stage), Arg.Longs(models));
        return found;
    }

    /// <summary>A version comes into a slot.</summary>
    public static void Begin(Session session, Caller caller, long model, StayKind kind, string slot, long version, long now, string? reason) =>
        session.Execute(Insert, model, (int)kind, slot, version, now, caller.Actor, reason);

    /// <summary>A version leaves a slot.</summary>
    public static void End(Session session, Caller caller, long model, StayKind kind, string slot, long version, long now, string? reason) =>
        session.Execute(Close, now, caller.Actor, reason, model, (int)kind, slot, version);

    /// <summary>A version leaves all slots, or all of a kind.</summary>
    public static void EndAll(Session session, Caller caller, long model, long version, long now, string? reason, StayKind? kind = null) =>
        session.Execute(CloseAll, now, caller.Actor, reason, model, version, (int)(kind ?? 0));
}
