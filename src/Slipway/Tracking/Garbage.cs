using System.Globalization;
using Slipway.Artifacts;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Deletes for good what was deleted softly long enough ago: runs, logged models, and experiments, whose names become free. It costs a mark for each run; segments of
/// metrics and blobs of artifacts are freed behind it by the sweeps. Nothing is collected unless somebody asks.
/// </summary>
internal sealed partial class Garbage(Database db, Runs runs, Experiments experiments, ArtifactTree artifacts, EventLog events, TimeProvider clock, TrackingRules rules)
{
    /// <summary>The most runs, models or experiments that one write deletes: the writer must not be held up for long.</summary>
    public const int WriteMax = 25;

    private const string ExpiredRuns = """
        SELECT r.no, r.run_id, r.experiment_id, r.name, r.status, r.start_ms, r.end_ms, r.deleted_ms, r.user_id, r.artifact_uri,
               (SELECT e.workspace_id FROM experiments e WHERE e.id = r.experiment_id), r.lost_ms
          FROM runs r WHERE r.deleted_ms IS NOT NULL AND r.deleted_ms <= $1 AND (r.experiment_id, r.no) > ($2, $3) ORDER BY r.experiment_id, r.no LIMIT $4
        """;

    // A Default experiment is made anew at the next start: it would come back empty under the same id.
    private const string ExpiredExperiments = """
        SELECT e.id, e.name, e.workspace_id, e.deleted_ms, (SELECT count(*) FROM runs r WHERE r.experiment_id = e.id) FROM experiments e
         WHERE e.deleted_ms IS NOT NULL AND e.deleted_ms <= $1 AND e.name <> 'Default' ORDER BY e.id LIMIT $2
        """;

    private const string ExpiredModels = "SELECT count(*) FROM logged_models WHERE deleted_ms <= $1";

    private static string Sources(Dialect dialect) => $"SELECT source_run_id, model_id FROM logged_models WHERE source_run_id {dialect.InTexts("$1")} ORDER BY no";

    private static string Children(Dialect dialect) => $"""
        SELECT t.value, r.run_id FROM runs r JOIN tags t ON t.run_no = r.no AND t.key = 'mlflow.parentRunId'
         WHERE r.experiment_id {dialect.InLongs("$1")} AND r.deleted_ms IS NULL AND t.value {dialect.InTexts("$2")} ORDER BY r.no
        """;

    /// <summary>What a collection would delete, with bytes and references; nothing is changed.</summary>
    public async Task<Outcome<GarbagePage>> List(Caller caller, ListGarbage request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        if (Before(request.OlderThanSeconds, out var before) is { } bad) return bad;
        var limit = request.MaxResults ?? ListGarbage.MaxResultsMax;
        if (limit is < 1 or > ListGarbage.MaxResultsMax) return Problem.Invalid($"max_results: expected 1 to {ListGarbage.MaxResultsMax}, got {limit}.");
        if (!Place(request.PageToken, out var experiment, out var no)) return Problem.Invalid("page_token: expected what an earlier page answered as next_page_token.");
        return await db.Read<Outcome<GarbagePage>>(session =>
        {
            var found = session.Query(ExpiredRuns, Runs.Read, before, experiment, no, limit + 1);
            var page = found.Take(limit).ToList();
            var next = found.Count > limit ? $"{page[^1].ExperimentId}.{page[^1].No}" : null;
            var listed = page.Count == 0 ? null : Describe(session, page);
            if (!string.IsNullOrEmpty(request.PageToken)) return new GarbagePage(listed, null, null, next);
            var gone = session.Query(ExpiredExperiments, static row => new GarbageExperiment(Text(row.Long(0)), row.Text(1), row.Long(2), row.Long(3), row.Long(4)), before, ListGarbage.MaxResultsMax);
            return new GarbagePage(listed, gone.Count == 0 ? null : [.. gone], (int?)session.Long(ExpiredModels, before) is > 0 and var models ? models : null, next);
        }, ct);
    }

    private Problem? Before(long? olderThanSeconds, out long beforeMs)
    {
        beforeMs = 0;
        if (olderThanSeconds is < 0 or > ListGarbage.OlderThanSecondsMax)
            return Problem.Invalid($"older_than_seconds: expected 0 to {ListGarbage.OlderThanSecondsMax}, got {olderThanSeconds}.");
        beforeMs = (clock.GetUtcNow() - (olderThanSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : rules.KeepDeleted)).ToUnixTimeMilliseconds();
        return null;
    }

    private GarbageRun[] Describe(Session session, List<RunRow> page)
    {
        var points = Metrics.Sizes(session, [.. page.Select(static run => run.No)]);
        var files = new Dictionary<(long, string), (long Files, long Bytes)>();
        foreach (var workspace in page.GroupBy(static run => run.Workspace))
            foreach (var (directory, size) in ArtifactTree.Sizes(session, workspace.Key, [.. workspace.Select(Directory).OfType<string>()])) files[(workspace.Key, directory)] = size;
        var references = References(session, page);
        return [.. page.Select(run =>
        {
            var (logged, directory) = (points.GetValueOrDefault(run.No), Directory(run));
            var (count, bytes) = directory is null ? default : files.GetValueOrDefault((run.Workspace, directory));
            var names = references[run.RunId].Take(GarbageRun.ReferencesMax).ToArray();
            return new GarbageRun(run.RunId, run.Name, Text(run.ExperimentId), run.Workspace, run.DeletedMs!.Value, logged.Points, logged.Bytes, count, bytes,
                directory is null ? run.ArtifactUri : null, names.Length == 0 ? null : names);
        })];
    }

    private ILookup<string, string> References(Session session, List<RunRow> page)
    {
        var ids = Arg.Texts([.. page.Select(static run => run.RunId)]);
        var found = session.Query(Sources(session.Dialect), static row => (Run: row.Text(0), By: "logged_model/" + row.Text(1)), ids);
        found.AddRange(session.Query(Children(session.Dialect), static row => (Run: row.Text(0), By: "run/" + row.Text(1)), Arg.Longs([.. page.Select(static run => run.ExperimentId).Distinct()]), ids));
        foreach (var held in runs.HeldBy(session, [.. page.Select(static run => run.RunId)], [])) found.AddRange(held.Select(by => (held.Key, by)));
        return found.ToLookup(static reference => reference.Run, static reference => reference.By);
    }

    private static string? Directory(RunRow run) => ArtifactPath.OfUri(run.ArtifactUri) is { Problem: null, Value: { IsRoot: false } path } ? path.Text : null;

    private static bool Place(string? token, out long experiment, out long no)
    {
        (experiment, no) = (-1, -1);
        if (string.IsNullOrEmpty(token)) return true;
        var parts = token.Split('.');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out experiment) && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out no);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
