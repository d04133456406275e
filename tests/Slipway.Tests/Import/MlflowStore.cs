using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Import;

/// <summary>A store as MLflow writes it, from the facts of its schema: what version 2.3 had, or 3.x.</summary>
internal sealed class MlflowStore : IAsyncDisposable
{
    public const string First = "86ca8bb8c3ac4443b458faa1e05ce038", Child = "0f522c71abe1482e9086e8056df378e8", Broken = "833a2322c80b42e08ae496fafcee4076",
        Gone = "e1b4a2cb21a54f4c8e54e2ae3bd37792", Model = "m-0649d019a8814e3e98840595688f49d5";

    private MlflowStore(string folder, string source, Database database) => (Folder, Source, Database) = (folder, source, database);

    /// <summary>A folder of its own; the artifacts lie in it.</summary>
    public string Folder { get; }

    /// <summary>What `slipway import mlflow` is given.</summary>
    public string Source { get; }

    public Database Database { get; }

    public static async Task<MlflowStore> Create(Dialect dialect, int version)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-mlflow-").FullName;
        var address = dialect is Dialect.Postgres ? "postgres:" + await PostgresServer.Shared().CreateDatabase() : "sqlite:" + Path.Combine(folder, "mlflow.db");
        var store = new MlflowStore(folder, dialect is Dialect.Postgres ? address : Path.Combine(folder, "mlflow.db"), Databases.Open(address));
        await store.Do(version == 2 ? Version2 : Version3);
        await store.Do(Rows(folder, version));
        if (version == 3) await store.Do(Rows3(folder));
        store.Put($"1/{First}/artifacts/sub dir/ä.txt", "hello");
        store.Put($"1/{First}/artifacts/d.json", "{}");
        if (version == 3) store.Put($"1/models/{Model}/artifacts/MLmodel", "flavors: {}\n");
        return store;
    }

    public void Put(string path, string text)
    {
        var file = Path.Combine(Folder, "mlruns", path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public async Task Do(string sql) => Assert.True((await Database.Write(session =>
    {
        session.Script(sql);
        return (Outcome<int>)1;
    }, default)).Succeeded);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    // FLOAT(53), BOOLEAN and the checks are as MLflow's migrations leave them; what no importer looks at is left out.
    private const string Version2 = """
        CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
        INSERT INTO alembic_version VALUES ('97727af70f4d');
        CREATE TABLE experiments (experiment_id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(256) NOT NULL UNIQUE, artifact_location VARCHAR(256), lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT);
        CREATE TABLE experiment_tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(5000), experiment_id INTEGER NOT NULL, PRIMARY KEY ("key", experiment_id));
        CREATE TABLE runs (run_uuid VARCHAR(32) NOT NULL PRIMARY KEY, name VARCHAR(250), source_type VARCHAR(20), source_name VARCHAR(500), entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(9),
            start_time BIGINT, end_time BIGINT, source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER, deleted_time BIGINT);
        CREATE TABLE metrics ("key" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, "timestamp" BIGINT NOT NULL, run_uuid VARCHAR(32) NOT NULL, step BIGINT DEFAULT '0' NOT NULL, is_nan BOOLEAN DEFAULT '0' NOT NULL,
            PRIMARY KEY ("key", "timestamp", step, run_uuid, value, is_nan));
        CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
        CREATE TABLE latest_metrics ("key" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, "timestamp" BIGINT, step BIGINT NOT NULL, is_nan BOOLEAN NOT NULL, run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY ("key", run_uuid));
        CREATE TABLE params ("key" VARCHAR(250) NOT NULL, value VARCHAR(500) NOT NULL, run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY ("key", run_uuid));
        CREATE TABLE tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(5000), run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY ("key", run_uuid));
        CREATE TABLE registered_models (name VARCHAR(256) NOT NULL PRIMARY KEY);
        """;

    private const string Version3 = Version2 + """

        ALTER TABLE experiments ADD COLUMN workspace VARCHAR(63) DEFAULT 'default' NOT NULL;
        CREATE TABLE datasets (dataset_uuid VARCHAR(36) NOT NULL, experiment_id INTEGER NOT NULL, name VARCHAR(500) NOT NULL, digest VARCHAR(36) NOT NULL, dataset_source_type VARCHAR(36) NOT NULL,
            dataset_source TEXT NOT NULL, dataset_schema TEXT, dataset_profile TEXT, PRIMARY KEY (experiment_id, name, digest));
        CREATE TABLE inputs (input_uuid VARCHAR(36) NOT NULL, source_type VARCHAR(36) NOT NULL, source_id VARCHAR(36) NOT NULL, destination_type VARCHAR(36) NOT NULL, destination_id VARCHAR(36) NOT NULL,
            step BIGINT DEFAULT '0' NOT NULL, PRIMARY KEY (source_type, source_id, destination_type, destination_id));
        CREATE TABLE input_tags (input_uuid VARCHAR(36) NOT NULL, name VARCHAR(255) NOT NULL, value VARCHAR(500) NOT NULL, PRIMARY KEY (input_uuid, name));
        CREATE TABLE logged_models (model_id VARCHAR(36) NOT NULL PRIMARY KEY, experiment_id INTEGER NOT NULL, name VARCHAR(500) NOT NULL, artifact_location VARCHAR(1000) NOT NULL, creation_timestamp_ms BIGINT NOT NULL,
            last_updated_timestamp_ms BIGINT NOT NULL, status INTEGER NOT NULL, lifecycle_stage VARCHAR(32), model_type VARCHAR(500), source_run_id VARCHAR(32), status_message VARCHAR(1000));
        CREATE TABLE logged_model_params (model_id VARCHAR(36) NOT NULL, experiment_id INTEGER NOT NULL, param_key VARCHAR(255) NOT NULL, param_value TEXT NOT NULL, PRIMARY KEY (model_id, param_key));
        CREATE TABLE logged_model_tags (model_id VARCHAR(36) NOT NULL, experiment_id INTEGER NOT NULL, tag_key VARCHAR(255) NOT NULL, tag_value TEXT NOT NULL, PRIMARY KEY (model_id, tag_key));
        CREATE TABLE logged_model_metrics (model_id VARCHAR(36) NOT NULL, metric_name VARCHAR(500) NOT NULL, metric_timestamp_ms BIGINT NOT NULL, metric_step BIGINT NOT NULL, metric_value FLOAT, experiment_id INTEGER NOT NULL,
            run_id VARCHAR(32) NOT NULL, dataset_uuid VARCHAR(36), dataset_name VARCHAR(500), dataset_digest VARCHAR(36), PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id));
        CREATE TABLE spans (span_id VARCHAR(50));
        """;

    private static string Rows(string folder, int version) => $"""
        INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time) VALUES
            (0, 'Default', './mlruns/0', 'active', 1000, 1000), (1, 'flights', '{folder}/mlruns/1', 'active', 1000, 1000), (2, 'gone', '{folder}/mlruns/2', 'deleted', 1000, 9000);
        INSERT INTO experiment_tags VALUES ('team', 'ops', 1);
        INSERT INTO runs (run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id, deleted_time, source_version) VALUES
            ('{First}', '{(version == 2 ? "" : "first")}', 'ada', 'FINISHED', 1000, 2000, 'active', '{(version == 2 ? $"./mlruns/1/{First}/artifacts" : $"file://{folder}/mlruns/1/{First}/artifacts")}', 1, NULL, 'abc123'),
            ('{Child}', 'child', 'ada', 'FAILED', 1100, 1200, 'active', 's3://bucket/1/{Child}/artifacts', 1, NULL, ''),
            ('{Broken}', 'broken', 'ada', 'KILLED', 1300, 1400, 'deleted', '', 1, 1500, ''),
            ('{Gone}', 'left', 'ada', 'RUNNING', 1500, NULL, 'deleted', '', 2, 9002, '');
        INSERT INTO metrics ("key", value, "timestamp", run_uuid, step, is_nan) VALUES
            ('loss', 0.5, 1001, '{First}', 1, '0'), ('loss', 0.25, 1002, '{First}', 2, '0'), ('loss', 0.25, 1002, '{First}', 3, '0'), ('val/acc top', 1.7976931348623157e308, 1003, '{First}', 0, '0'),
            ('nan', 0, 1003, '{First}', 0, '1'), ('down', -1.7976931348623157e308, 1003, '{First}', -5, '0'), ('x', 1, 1101, '{Child}', 0, '0'), ('q', 1.5, 1501, '{Gone}', 0, '0');
        INSERT INTO params VALUES ('lr', '0.1', '{First}'), ('text', 'x y{'\n'}z', '{First}');
        INSERT INTO tags VALUES ('mlflow.runName', 'first', '{First}'), ('k', 'v', '{First}'), ('mlflow.parentRunId', '{First}', '{Child}');
        INSERT INTO registered_models VALUES ('reg');
        """;

    private static string Rows3(string folder) => $$"""
        INSERT INTO datasets VALUES ('deb0015621e7436685385ae6e0143aa2', 1, 'flights-3m', '300830b9', 'local', '{"uri": "file:///data.csv"}', '{"mlflow_colspec": []}', '{"num_rows": 2}');
        INSERT INTO inputs VALUES ('96ba8b48484649049e4a8c4f8ef7fe60', 'DATASET', 'deb0015621e7436685385ae6e0143aa2', 'RUN', '{{First}}', 0),
            ('0afac4a8c2e0423bbeaed2d5113cf9f8', 'RUN_OUTPUT', '{{First}}', 'MODEL_OUTPUT', '{{Model}}', 3);
        INSERT INTO input_tags VALUES ('96ba8b48484649049e4a8c4f8ef7fe60', 'mlflow.data.context', 'training');
        INSERT INTO logged_models VALUES ('{{Model}}', 1, 'net', '{{folder}}/mlruns/1/models/{{Model}}/artifacts', 1000, 2000, 2, 'active', 'Agent', '{{First}}', NULL);
        INSERT INTO logged_model_params VALUES ('{{Model}}', 1, 'depth', '3');
        INSERT INTO logged_model_tags VALUES ('{{Model}}', 1, 't', '1');
        INSERT INTO logged_model_metrics VALUES ('{{Model}}', 'loss', 1002, 2, 0.25, 1, '{{First}}', NULL, NULL, NULL);
        INSERT INTO spans VALUES ('a');
        """;
}
