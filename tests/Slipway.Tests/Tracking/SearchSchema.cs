using Slipway.Storage;

namespace Slipway.Tests.Tracking;

/// <summary>The part of the metrics' tables that search reads.</summary>
internal static class SearchSchema
{
    public static readonly Schema Metrics = new("Metrics", """
        -- step 1: what search reads
        CREATE TABLE metric_keys (id {identity}, workspace_id BIGINT NOT NULL, name {key} NOT NULL, UNIQUE (workspace_id, name));
        CREATE TABLE metric_latest (
            run_no BIGINT NOT NULL, key_id BIGINT NOT NULL, experiment_id BIGINT NOT NULL, step BIGINT NOT NULL, time_ms BIGINT NOT NULL,
            value {double} NOT NULL, is_nan SMALLINT NOT NULL, min_value {double} NULL, max_value {double} NULL, PRIMARY KEY (run_no, key_id)
        ){keyed};
        CREATE INDEX metric_latest_by_value ON metric_latest (experiment_id, key_id, is_nan, value, run_no);
        """);
}
