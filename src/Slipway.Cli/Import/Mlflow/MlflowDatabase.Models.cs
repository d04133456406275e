using Slipway.Tracking;

namespace Slipway.Cli.Import.Mlflow;

internal sealed partial class MlflowDatabase
{
    /// <summary>Tables whose rows are imported, or belong to rows that are, or are MLflow's own bookkeeping.</summary>
    private static readonly HashSet<string> Known =
    [
        "alembic_version", "experiments", "experiment_tags", "runs", "metrics", "latest_metrics", "params", "tags", "datasets", "inputs", "input_tags",
        "logged_models", "logged_model_params", "logged_model_tags", "logged_model_metrics", "workspaces",
    ];

    /// <summary>What people call the rows of tables that are not imported; a table of a newer MLflow goes by its own name.</summary>
    private static readonly Dictionary<string, string> Words = new()
    {
        ["registered_models"] = "registered models",
        ["model_versions"] = "model versions",
        ["registered_model_aliases"] = "model aliases",
        ["trace_info"] = "traces",
        ["spans"] = "trace spans",
        ["assessments"] = "trace assessments",
        ["evaluation_datasets"] = "evaluation data sets",
        ["webhooks"] = "webhooks",
        ["scorers"] = "scorers",
        ["jobs"] = "jobs",
        ["secrets"] = "secrets",
        ["endpoints"] = "gateway endpoints",
        ["users"] = "accounts (make them anew: passwords cannot move)",
    };

    public override IEnumerable<MlflowModel> Models(MlflowExperiment experiment)
    {
        if (!Has("logged_models", "model_id")) yield break;
        // The models' params and tags are statements of their own, so that a page of models is read before they are.
        for (var after = ""; ;)
        {
            var page = db.Rows("""
                SELECT model_id, name, model_type, source_run_id, status, status_message, lifecycle_stage, artifact_location, last_updated_timestamp_ms
                  FROM logged_models WHERE experiment_id = $1 AND model_id > $2 ORDER BY model_id LIMIT 500
                """, long.Parse(experiment.Id), after)
                .Select(row => new MlflowModel(Text(row, 0) ?? "", Text(row, 1) ?? "", Text(row, 2), Text(row, 3), (int)row.Long(4), Text(row, 5), Text(row, 6) is "deleted", Text(row, 7) ?? "", [], []) { UpdatedMs = row.LongOrNull(8) ?? 0 }).ToList();
            foreach (var model in page)
                yield return model with
                {
                    Params = [.. db.Rows("SELECT param_key, param_value FROM logged_model_params WHERE model_id = $1 ORDER BY param_key", model.Id).Select(row => new LoggedModelParameter(Text(row, 0), Text(row, 1))).Take(CreateLoggedModel.ItemsMax)],
                    Tags = [.. db.Rows("SELECT tag_key, tag_value FROM logged_model_tags WHERE model_id = $1 ORDER BY tag_key", model.Id).Select(row => new LoggedModelTag(Text(row, 0), Text(row, 1))).Take(CreateLoggedModel.ItemsMax)],
                };
            if (page.Count < 500) yield break;
            after = page[^1].Id;
        }
    }

    public override IEnumerable<MlflowModelPoint> ModelPoints(MlflowModel model)
    {
        if (!Has("logged_model_metrics", "metric_name")) yield break;
        foreach (var row in db.Rows("""
            SELECT metric_name, metric_timestamp_ms, metric_step, metric_value, run_id, dataset_name, dataset_digest FROM logged_model_metrics WHERE model_id = $1
            """, model.Id))
            yield return new MlflowModelPoint(Text(row, 0) ?? "", row.Long(1), row.Long(2), row.IsNull(3) ? double.NaN : Value(row.Double(3), false), Text(row, 4) ?? "", Text(row, 5), Text(row, 6));
    }

    public override void ReportRest()
    {
        foreach (var table in tables.Where(table => !Known.Contains(table) && table.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')).Order(StringComparer.Ordinal))
            if (db.Long($"SELECT count(*) FROM \"{table}\"") is > 0 and var count)
                Report.LeftOut(Words.GetValueOrDefault(table) ?? $"rows of table {table}", "this import moves experiments, runs and logged models; this server has no place for the rest yet", null, count);
    }
}
