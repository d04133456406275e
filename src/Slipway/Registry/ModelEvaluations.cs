using System.Globalization;
using Slipway.Jobs;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>How far an evaluation, or a promotion, is.</summary>
internal enum WorkStatus
{
    Waiting = 1,
    Running = 2,
    Done = 3,
    Failed = 4,
}

/// <summary>One row of `model_evaluations`.</summary>
internal sealed record EvaluationRow(long Id, long VersionNo, long Workspace, long DatasetNo, string Dataset, string DatasetDigest, string ModelDigest, string MetricsAsked, WorkStatus Status, string? Problem, string? Task, long? Rows,
    string? Engines, long? DurationMs, string CreatedBy, long CreatedMs, long? ComputedMs);

/// <summary>Measurements of versions: asked for here, computed by a job, kept with the digests of all that they rest on.</summary>
internal sealed class ModelEvaluations(Database db, RegistryNews events, JobQueue jobs, TimeProvider clock)
{
    /// <summary>The kind of the jobs; their names are the evaluations' numbers.</summary>
    public const string JobKind = "models.evaluate";

    /// <summary>The most evaluations of a workspace that wait or run.</summary>
    public const int OpenMax = 1_000;

    private const string Columns = """
        SELECT id, version_no, workspace_id, dataset_no, dataset_name, dataset_digest, model_digest, metrics_asked, status, problem, task, rows, engines, duration_ms, created_by, created_ms, computed_ms FROM model_evaluations
        """;

    private const string Insert = """
        INSERT INTO model_evaluations (version_no, workspace_id, dataset_no, dataset_name, dataset_digest, model_digest, metrics_asked, status, created_by, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9) RETURNING id
        """;

    private const string Open = Columns + " WHERE version_no = $1 AND dataset_name = $2 AND dataset_no = $3 AND metrics_asked = $4 AND status < 3";

    /// <summary>How many rows of values one look takes: the newest ones.</summary>
    private const int ValuesMax = 20_000;

    private static string Values(Dialect dialect, bool pinned) => $"""
        SELECT e.version_no, m.metric, e.dataset_digest, m.value, e.status, e.problem, e.id, e.metrics_asked FROM model_evaluations e LEFT JOIN model_evaluation_metrics m ON m.evaluation_id = e.id
         WHERE e.version_no {dialect.InLongs("$1")} AND e.dataset_name = $2{(pinned ? " AND e.dataset_digest = $3" : "")} ORDER BY e.id DESC LIMIT {ValuesMax}
        """;

    /// <summary>
    /// Of each version and metric the newest value on a dataset, of any digest of it if none is given; and beside it the newest that waits, runs or failed. An
    /// evaluation that was not asked for single metrics stands for every one.
    /// </summary>
    public static List<ComputedMetric> Read(Session session, IReadOnlyCollection<long> versions, string dataset, string? digest)
    {
        var (found, seen) = (new List<ComputedMetric>(), new HashSet<(long, string, bool)>());
        bool Visit(Row row)
        {
            var status = (WorkStatus)row.Int(4) switch { WorkStatus.Done => ComputedStatus.Done, WorkStatus.Failed => ComputedStatus.Failed, _ => ComputedStatus.UnderWay };
            IEnumerable<string> metrics = row.TextOrNull(1) is { } one ? [one] : status is ComputedStatus.Done ? [] : row.Text(7) is { Length: > 0 } asked ? asked.Split(',') : ScoringMetrics.Known;
            foreach (var metric in metrics)
                if (seen.Add((row.Long(0), metric, status is ComputedStatus.Done)))
                    found.Add(new ComputedMetric(row.Long(0), metric, row.Text(2), row.IsNull(3) ? null : row.Double(3), status, row.TextOrNull(5), row.Long(6)));
            return true;
        }
        var sql = Values(session.Dialect, digest is not null);
        if (digest is null) session.Each(sql, Visit, Arg.Longs(versions), dataset);
        else session.Each(sql, Visit, Arg.Longs(versions), dataset, digest);
        return found;
    }

    /// <summary>Asks for an evaluation; one of the same that is under way is answered instead.</summary>
    public async Task<Outcome<ModelEvaluationAnswer>> Ask(Caller caller, EvaluateModelVersion request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        if (RegistryCheck.Name(request.Dataset, "dataset") is { } badDataset) return badDataset;
        if (WireCheck.Text(request.Digest, "digest", 64) is { } badDigest) return badDigest;
        var asked = await db.Write<ModelEvaluationAnswer>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version.Value, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            var id = Ask(session, caller, row, request.Dataset!, string.IsNullOrEmpty(request.Digest) ? null : request.Digest.ToLowerInvariant(), request.Metrics);
            return id.Problem is { } problem ? problem : new ModelEvaluationAnswer(Records(session, row, [Find(session, id.Value)!])[0]);
        }, ct);
        if (asked.Succeeded) jobs.Hint();
        return asked;
    }

    /// <summary>Asks for one in the caller's write, which holds the model's row; <see cref="JobQueue.Hint"/> after the commit.</summary>
    public Outcome<long> Ask(Session session, Caller caller, ModelVersionRow version, string dataset, string? digest, IReadOnlyList<string>? metrics)
    {
        string[] wanted = [.. (metrics ?? []).Distinct().Order(StringComparer.Ordinal)];
        if (Array.Find(wanted, static metric => !ScoringMetrics.Known.Contains(metric)) is { } unknown)
            return Problem.Invalid($"metrics: there is no '{SearchText.Cut(unknown)}'. Known are {string.Join(", ", ScoringMetrics.Known)}.");
        if (EvalDatasets.Newest(session, caller.Workspace, dataset, digest) is not { } data)
            return digest is null ? EvalDatasets.Missing(dataset) : Problem.NotFound($"No version of the evaluation dataset '{SearchText.Cut(dataset)}' has the digest {SearchText.Cut(digest)}.");
        if (session.Text("SELECT digest FROM model_packages WHERE version_no = $1", version.No) is not { } modelDigest)
            return Problem.Invalid($"No files were recorded of version {version.Version} of '{version.Name}', so there is nothing to score. Register it from files on this server.");
        var key = string.Join(',', wanted);
        if (session.First(Open, Read, version.No, dataset, data.No, key) is { } open) return open.Id;
        if (session.Long("SELECT count(*) FROM model_evaluations WHERE workspace_id = $1 AND status < 3", caller.Workspace) >= OpenMax)
            return Problem.Busy($"{OpenMax:N0} evaluations of this workspace wait already. Ask again when some are done.", TimeSpan.FromMinutes(1));
        var now = clock.GetUtcNow();
        var id = session.Long(Insert, version.No, caller.Workspace, data.No, dataset, data.Digest, modelDigest, key, caller.Actor, now.ToUnixTimeMilliseconds())!.Value;
        jobs.Add(session, JobKind, Text(id), "{}", now, attemptsMax: 5, JobPriority.High);
        events.Append(session, caller, "model_evaluation.asked", version.Subject, EventData.Of(("name", version.Name), ("version", Text(version.Version)), ("evaluation", Text(id)), ("dataset", dataset), ("digest", data.Digest), ("metrics", key)));
        return id;
    }

    /// <summary>One page of a version's evaluations, the newest first.</summary>
    public async Task<Outcome<ModelEvaluationsPage>> List(Caller caller, ListModelEvaluations request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        if (WireCheck.Text(request.Dataset, "dataset", RegisteredModel.NameCharsMax) is { } badDataset) return badDataset;
        var size = request.MaxResults is null or 0 ? 100 : request.MaxResults.Value;
        if (size is < 1 or > 1_000) return Problem.Invalid("max_results must be between 1 and 1000.");
        var before = long.MaxValue;
        if (!string.IsNullOrEmpty(request.PageToken) && !long.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            return Problem.Invalid("Invalid page token. Send the next_page_token of the last answer unchanged.");
        return await db.Read<Outcome<ModelEvaluationsPage>>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version.Value, "", out var row) is { } refused) return refused;
            var rows = string.IsNullOrEmpty(request.Dataset)
                ? session.Query(Columns + " WHERE version_no = $1 AND id < $2 ORDER BY id DESC LIMIT $3", Read, row.No, before, size + 1)
                : session.Query(Columns + " WHERE version_no = $1 AND id < $2 AND dataset_name = $4 ORDER BY id DESC LIMIT $3", Read, row.No, before, size + 1, request.Dataset);
            return new ModelEvaluationsPage(Records(session, row, [.. rows.Take(size)]), rows.Count > size ? Text(rows[size - 1].Id) : null);
        }, ct);
    }

    /// <summary>One evaluation.</summary>
    public async Task<Outcome<ModelEvaluationAnswer>> Get(Caller caller, ModelEvaluationRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        return await db.Read<Outcome<ModelEvaluationAnswer>>(session =>
            ModelVersions.Find(session, caller, request.Name!, version.Value, "", out var row) is { } refused ? refused
            : long.TryParse(request.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Find(session, id) is { } found && found.VersionNo == row.No ? new ModelEvaluationAnswer(Records(session, row, [found])[0])
            : Problem.NotFound($"Version {row.Version} of '{row.Name}' has no evaluation '{SearchText.Cut(request.Id ?? "")}'."), ct);
    }

    /// <summary>The row of an evaluation.</summary>
    public static EvaluationRow? Find(Session session, long id) => session.First(Columns + " WHERE id = $1", Read, id);

    /// <summary>What is done of a version, the newest first: evidence that goes along with it.</summary>
    public static ModelEvaluation[] Done(Session session, ModelVersionRow version, int most) =>
        Records(session, version, session.Query(Columns + " WHERE version_no = $1 AND status = 3 ORDER BY id DESC LIMIT $2", Read, version.No, most));

    /// <summary>Forgets the evaluations of versions that go.</summary>
    public static void Erase(Session session, string versions, params ReadOnlySpan<Arg> args)
    {
        session.Execute($"DELETE FROM model_evaluation_metrics WHERE evaluation_id IN (SELECT id FROM model_evaluations WHERE version_no IN ({versions}))", args);
        session.Execute($"DELETE FROM model_evaluations WHERE version_no IN ({versions})", args);
        session.Execute($"DELETE FROM model_origins WHERE version_no IN ({versions})", args);
        session.Execute($"DELETE FROM model_promotions WHERE version_no IN ({versions})", args);
    }

    /// <summary>Its job ended undone.</summary>
    public void Abandon(Session session, string id, string why) =>
        session.Execute("UPDATE model_evaluations SET status = 4, problem = $2, computed_ms = $3 WHERE id = $1 AND status < 3", long.Parse(id, CultureInfo.InvariantCulture), why, clock.GetUtcNow().ToUnixTimeMilliseconds());

    private static ModelEvaluation[] Records(Session session, ModelVersionRow version, List<EvaluationRow> rows)
    {
        if (rows.Count == 0) return [];
        var metrics = session.Query($"SELECT evaluation_id, metric, value, low, high, error FROM model_evaluation_metrics WHERE evaluation_id {session.Dialect.InLongs("$1")} ORDER BY evaluation_id, metric",
            static row => (Id: row.Long(0), Metric: new ModelEvaluationMetric(row.Text(1), row.Double(2), row.IsNull(3) ? null : row.Double(3), row.IsNull(4) ? null : row.Double(4), row.Double(5))),
            Arg.Longs([.. rows.Select(static row => row.Id)])).ToLookup(static one => one.Id, static one => one.Metric);
        var versions = session.Query($"SELECT no, version FROM eval_datasets WHERE no {session.Dialect.InLongs("$1")}", static row => (No: row.Long(0), Version: row.Long(1)), Arg.Longs([.. rows.Select(static row => row.DatasetNo).Distinct()]))
            .ToDictionary(static one => one.No, static one => one.Version);
        return [.. rows.Select(row => new ModelEvaluation
        {
            Id = Text(row.Id),
            Name = version.Name,
            Version = Text(version.Version),
            Status = Word(row.Status),
            Dataset = row.Dataset,
            DatasetVersion = versions.GetValueOrDefault(row.DatasetNo),
            DatasetDigest = row.DatasetDigest,
            ModelDigest = row.ModelDigest,
            Task = row.Task,
            Metrics = RegisteredModels.Some(metrics[row.Id]),
            Rows = row.Rows,
            Engines = row.Engines,
            DurationMs = row.DurationMs,
            Problem = row.Problem,
            CreatedBy = row.CreatedBy,
            CreatedMs = row.CreatedMs,
            ComputedMs = row.ComputedMs,
        })];
    }

    /// <summary>The wire's word of a status.</summary>
    public static string Word(WorkStatus status) => status switch { WorkStatus.Waiting => "WAITING", WorkStatus.Running => "RUNNING", WorkStatus.Done => "DONE", _ => "FAILED" };

    private static EvaluationRow Read(Row row) => new(row.Long(0), row.Long(1), row.Long(2), row.Long(3), row.Text(4), row.Text(5), row.Text(6), row.Text(7), (WorkStatus)row.Int(8), row.TextOrNull(9), row.TextOrNull(10), row.LongOrNull(11),
        row.TextOrNull(12), row.LongOrNull(13), row.Text(14), row.Long(15), row.LongOrNull(16));

    private static string Text(long number) => RegisteredModels.Text(number);
}
