using System.Globalization;
using System.Text.Json;
using Slipway.Events;
using Slipway.Storage;
using static Slipway.Lineage.OpenLineageEvent;

namespace Slipway.Lineage;

/// <summary>
/// What other systems told: their jobs, their data, and which job read and wrote what. The newest word on a job's state counts, in whatever order events
/// arrive; the same event twice changes nothing.
/// </summary>
internal sealed class ToldLineage(Database db, EventLog events, TimeProvider clock)
{
    /// <summary>The kinds of things.</summary>
    public const string Job = "job", Set = "data";

    /// <summary>The most jobs of a workspace.</summary>
    public const int JobsMax = 100_000;

    /// <summary>The most data sets of a workspace.</summary>
    public const int SetsMax = 100_000;

    /// <summary>The most uses of data by jobs in a workspace.</summary>
    public const int UsesMax = 1_000_000;

    /// <summary>The largest body of a batch, in bytes.</summary>
    public const int BatchBytesMax = 16 * 1024 * 1024;

    private const string Hold = "INSERT INTO lineage_room (workspace_id, jobs, data, uses) VALUES ($1, 0, 0, 0) ON CONFLICT (workspace_id) DO UPDATE SET jobs = lineage_room.jobs RETURNING jobs, data, uses";

    private const string Note = "UPDATE lineage_room SET jobs = $2, data = $3, uses = $4 WHERE workspace_id = $1";

    private const string PutJob = """
        INSERT INTO lineage_jobs (workspace_id, space, name, state, run_id, told_ms) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (workspace_id, space, name) DO UPDATE SET
            state = CASE WHEN excluded.state IS NOT NULL AND excluded.told_ms >= lineage_jobs.told_ms THEN excluded.state ELSE coalesce(lineage_jobs.state, excluded.state) END,
            run_id = CASE WHEN excluded.run_id IS NOT NULL AND excluded.told_ms >= lineage_jobs.told_ms THEN excluded.run_id ELSE coalesce(lineage_jobs.run_id, excluded.run_id) END,
            told_ms = CASE WHEN excluded.told_ms > lineage_jobs.told_ms THEN excluded.told_ms ELSE lineage_jobs.told_ms END
        RETURNING id
        """;

    private const string PutSet = """
        INSERT INTO lineage_data (workspace_id, space, name, fields, told_ms) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (workspace_id, space, name) DO UPDATE SET
            fields = CASE WHEN excluded.fields IS NOT NULL AND excluded.told_ms >= lineage_data.told_ms THEN excluded.fields ELSE coalesce(lineage_data.fields, excluded.fields) END,
            told_ms = CASE WHEN excluded.told_ms > lineage_data.told_ms THEN excluded.told_ms ELSE lineage_data.told_ms END
        """;

    private const string PutUse = """
        INSERT INTO lineage_uses (job_id, is_output, data_id, told_ms) VALUES ($1, $2, $3, $4)
        ON CONFLICT (job_id, is_output, data_id) DO UPDATE SET told_ms = CASE WHEN excluded.told_ms > lineage_uses.told_ms THEN excluded.told_ms ELSE lineage_uses.told_ms END
        """;

    /// <summary>Takes one event.</summary>
    public async Task<Outcome<LineageTold>> Tell(Caller caller, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.WriteExperiments) is { } denied) return denied;
        var parsed = Parse(body);
        if (parsed.Problem is { } malformed) return malformed;
        using var json = parsed.Value;
        var read = Read(json.RootElement, Now());
        if (read.Problem is { } bad) return bad;
        var kept = await Keep(caller, read.Value, ct);
        return kept.Problem is { } refused ? refused : new LineageTold("success", new LineageToldSummary(1, 1, 0));
    }

    /// <summary>Takes a list of events; one that is refused does not stop the others.</summary>
    public async Task<Outcome<LineageTold>> TellAll(Caller caller, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.WriteExperiments) is { } denied) return denied;
        var parsed = Parse(body);
        if (parsed.Problem is { } malformed) return malformed;
        using var json = parsed.Value;
        if (json.RootElement.ValueKind is not JsonValueKind.Array) return Problem.Invalid("Expected a list of OpenLineage events.");
        var count = json.RootElement.GetArrayLength();
        if (count > LineageTold.EventsMax) return Problem.Invalid($"A batch holds at most {LineageTold.EventsMax} events, got {count}. Send several.");
        var (refused, index) = (new List<LineageRefused>(), 0);
        foreach (var one in json.RootElement.EnumerateArray())
        {
            var read = Read(one, Now());
            var problem = read.Problem;
            if (problem is null)
            {
                problem = (await Keep(caller, read.Value, ct)).Problem;
                // What is wrong with the server is wrong with all of them: the client shall send them again.
                if (problem?.Status >= 500) return problem;
            }
            if (problem is not null) refused.Add(new LineageRefused(index, problem.Message));
            index++;
        }
        return new LineageTold(refused.Count == 0 ? "success" : "partial_success", new LineageToldSummary(count, count - refused.Count, refused.Count), refused.Count == 0 ? null : [.. refused]);
    }

    /// <summary>Adds what was told to the graph; what the caller may not see of the workspace as a whole is not there for it.</summary>
    public static void AddTo(LineageKinds kinds)
    {
        kinds.Add(Job, 2, static (session, caller, ids) => Describe(session, caller, ids, "SELECT state, told_ms, run_id FROM lineage_jobs WHERE workspace_id = $1 AND space = $2 AND name = $3", "state", "run_id"));
        kinds.Add(Set, 2, static (session, caller, ids) => Describe(session, caller, ids, "SELECT fields, told_ms, NULL FROM lineage_data WHERE workspace_id = $1 AND space = $2 AND name = $3", "fields", ""));
        foreach (var (way, isOutput, kind) in ((LineageWay, bool, string)[])[(LineageWay.Up, false, "read"), (LineageWay.Down, true, "wrote")])
        {
            kinds.AddStep(Job, way, (session, caller, ids, most, found) => session.Together([.. ids.Select(id => new Question("""
                SELECT d.space, d.name FROM lineage_jobs j JOIN lineage_uses u ON u.job_id = j.id AND u.is_output = $4 JOIN lineage_data d ON d.id = u.data_id
                 WHERE j.workspace_id = $1 AND j.space = $2 AND j.name = $3 ORDER BY u.told_ms DESC, u.data_id DESC LIMIT $5
                """, row => Found(row, id, Set, kind, found), caller.Workspace, id.Parts[0], id.Parts[1], isOutput, most))]));
            // Towards the causes of data are the jobs that wrote it.
            kinds.AddStep(Set, way is LineageWay.Up ? LineageWay.Down : LineageWay.Up, (session, caller, ids, most, found) => session.Together([.. ids.Select(id => new Question("""
                SELECT j.space, j.name FROM lineage_data d JOIN lineage_uses u ON u.data_id = d.id AND u.is_output = $4 JOIN lineage_jobs j ON j.id = u.job_id
                 WHERE d.workspace_id = $1 AND d.space = $2 AND d.name = $3 ORDER BY u.told_ms DESC, u.job_id DESC LIMIT $5
                """, row => Found(row, id, Job, kind, found), caller.Workspace, id.Parts[0], id.Parts[1], isOutput, most))]));
        }
    }

    /// <summary>Whether another system told of this data, in the caller's workspace.</summary>
    public static bool Knows(Session session, Caller caller, LineageId data) =>
        session.Long("SELECT id FROM lineage_data WHERE workspace_id = $1 AND space = $2 AND name = $3", caller.Workspace, data.Parts[0], data.Parts[1]) is not null;

    private static bool Found(Row row, LineageId of, string kind, string edge, Action<LineageStep> found)
    {
        found(new LineageStep(of, LineageId.Of(kind, row.Text(0), row.Text(1)), edge));
        return true;
    }

    private static List<(LineageId, LineageNode)> Describe(Session session, Caller caller, IReadOnlyList<LineageId> ids, string sql, string first, string second)
    {
        var known = new List<(LineageId, LineageNode)>();
        if ((caller.Rights & caller.Most & Right.ReadExperiments) == 0) return known;
        session.Together([.. ids.Select(id => new Question(sql, row =>
        {
            var detail = new Dictionary<string, string> { ["namespace"] = id.Parts[0] };
            if (row.TextOrNull(0) is { } one) detail[first] = one;
            if (row.TextOrNull(2) is { } two) detail[second] = two;
            known.Add((id, new LineageNode(id.Text, id.Kind, id.Parts[1], 0, row.Long(1), detail)));
            return true;
        }, caller.Workspace, id.Parts[0], id.Parts[1]))]);
        return known;
    }

    private Task<Outcome<Done>> Keep(Caller caller, OpenLineageEvent told, CancellationToken ct) => db.Write<Done>(session =>
    {
        var room = session.First(Hold, static row => (Jobs: row.Long(0), Sets: row.Long(1), Uses: row.Long(2)), caller.Workspace);
        var sets = told.Inputs.Concat(told.Outputs).GroupBy(static data => data.Named).Select(static group => (Named: group.Key, Fields: group.Select(static data => data.Fields).LastOrDefault(static fields => fields is not null))).ToList();
        var ids = Ids(session, caller.Workspace, sets.Select(static set => set.Named));
        var added = sets.Where(set => !ids.ContainsKey(set.Named)).Select(static set => set.Named).ToList();
        var isNewJob = told.Job is { } job && session.Long("SELECT id FROM lineage_jobs WHERE workspace_id = $1 AND space = $2 AND name = $3", caller.Workspace, job.Space, job.Name) is null;
        if (room.Sets + added.Count > SetsMax) return Full("data sets", SetsMax);
        if (isNewJob && room.Jobs + 1 > JobsMax) return Full("jobs", JobsMax);
        session.ExecuteMany(PutSet, sets, (row, set) => row.Add(caller.Workspace).Add(set.Named.Space).Add(set.Named.Name).Add(set.Fields).Add(told.AtMs));
        if (added.Count > 0) ids = Ids(session, caller.Workspace, sets.Select(static set => set.Named));
        var uses = 0;
        if (told.Job is { } named)
        {
            var id = session.Long(PutJob, caller.Workspace, named.Space, named.Name, told.State, told.RunId, told.AtMs)!.Value;
            var used = told.Inputs.Select(data => (Output: false, Data: ids[data.Named])).Concat(told.Outputs.Select(data => (Output: true, Data: ids[data.Named]))).Distinct().ToList();
            var known = session.Query("SELECT is_output, data_id FROM lineage_uses WHERE job_id = $1", static row => (row.Bool(0), row.Long(1)), id).ToHashSet();
            uses = used.Count(use => !known.Contains(use));
            if (room.Uses + uses > UsesMax) return Full("uses of data", UsesMax);
            session.ExecuteMany(PutUse, used, (row, use) => row.Add(id).Add(use.Output).Add(use.Data).Add(told.AtMs));
        }
        if (!isNewJob && added.Count == 0 && uses == 0) return default(Done);
        session.Execute(Note, caller.Workspace, room.Jobs + (isNewJob ? 1 : 0), room.Sets + added.Count, room.Uses + uses);
        // What is told again and again is no news; what is new in the graph is.
        events.Append(session, caller, "lineage.grown", "lineage/told", Details(told, added.Count, uses));
        return default(Done);
    }, ct);

    private static string Details(OpenLineageEvent told, int sets, int uses)
    {
        var data = new System.Text.Json.Nodes.JsonObject();
        if (told.Job is { } job) (data["namespace"], data["job"]) = (job.Space, job.Name);
        (data["data"], data["uses"]) = (sets.ToString(CultureInfo.InvariantCulture), uses.ToString(CultureInfo.InvariantCulture));
        return data.ToJsonString();
    }

    private static Dictionary<Named, long> Ids(Session session, long workspace, IEnumerable<Named> sets)
    {
        var ids = new Dictionary<Named, long>();
        session.Together([.. sets.Select(set => new Question("SELECT id FROM lineage_data WHERE workspace_id = $1 AND space = $2 AND name = $3", row =>
        {
            ids[set] = row.Long(0);
            return true;
        }, workspace, set.Space, set.Name))]);
        return ids;
    }

    private static Outcome<JsonDocument> Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException malformed)
        {
            return Problem.Invalid($"The body is no JSON: {malformed.Message}");
        }
    }

    private static Problem Full(string what, int most) => Problem.Quota($"A workspace keeps at most {most:N0} {what} that other systems told of.");

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
