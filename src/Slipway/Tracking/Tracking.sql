-- step 1: experiments, runs, what is logged to them, and logged models

-- Experiment ids go over the wire as small decimals and are never reused, not even after a hard delete: the counter only grows.
-- 0 is the Default experiment of the default workspace.
CREATE TABLE experiment_ids (
    one SMALLINT PRIMARY KEY,
    next_id BIGINT NOT NULL
);
INSERT INTO experiment_ids (one, next_id) VALUES (1, 1);

CREATE TABLE experiments (
    id BIGINT PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    artifact_location TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    deleted_ms BIGINT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE experiment_tags (
    experiment_id BIGINT NOT NULL,
    key {key} NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (experiment_id, key)
){keyed};

-- status: 1 RUNNING, 2 SCHEDULED, 3 FINISHED, 4 FAILED, 5 KILLED. run_id: 32 hexadecimal digits of a UUIDv7.
CREATE TABLE runs (
    no {identity},
    run_id {key} NOT NULL UNIQUE,
    experiment_id BIGINT NOT NULL,
    name {key} NOT NULL,
    status SMALLINT NOT NULL,
    start_ms BIGINT NULL,
    end_ms BIGINT NULL,
    deleted_ms BIGINT NULL,
    heartbeat_ms BIGINT NULL,
    user_id {key} NOT NULL,
    artifact_uri TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL
);
CREATE INDEX runs_alive ON runs (heartbeat_ms) WHERE status = 1 AND heartbeat_ms IS NOT NULL;
CREATE INDEX runs_by_start ON runs (experiment_id, start_ms DESC, run_id);
CREATE INDEX runs_deleted ON runs (experiment_id, no) WHERE deleted_ms IS NOT NULL;

CREATE TABLE params (
    run_no BIGINT NOT NULL,
    key {key} NOT NULL,
    value {key} NOT NULL,
    PRIMARY KEY (run_no, key)
){keyed};

CREATE TABLE tags (
    run_no BIGINT NOT NULL,
    key {key} NOT NULL,
    value {key} NOT NULL,
    PRIMARY KEY (run_no, key)
){keyed};

-- A use of a data set by a run. Name, digest and context (the tag mlflow.data.context) are repeated here for search.
CREATE TABLE run_datasets (
    run_no BIGINT NOT NULL,
    dataset_id BIGINT NOT NULL,
    name {key} NOT NULL,
    digest {key} NOT NULL,
    context {key} NULL,
    PRIMARY KEY (run_no, dataset_id)
){keyed};
CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_id);

CREATE TABLE run_dataset_tags (
    run_no BIGINT NOT NULL,
    dataset_id BIGINT NOT NULL,
    key {key} NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_no, dataset_id, key)
){keyed};

-- Logged models that a run read (is_output 0) or wrote (is_output 1, with the step).
CREATE TABLE run_models (
    run_no BIGINT NOT NULL,
    is_output SMALLINT NOT NULL,
    model_id {key} NOT NULL,
    step BIGINT NOT NULL,
    PRIMARY KEY (run_no, is_output, model_id)
){keyed};

-- status: 1 PENDING, 2 READY, 3 UPLOAD_FAILED. model_id: m- and 32 hexadecimal digits of a UUIDv7.
CREATE TABLE logged_models (
    no {identity},
    model_id {key} NOT NULL UNIQUE,
    experiment_id BIGINT NOT NULL,
    name {key} NOT NULL,
    artifact_uri TEXT NOT NULL,
    status SMALLINT NOT NULL,
    status_message TEXT NULL,
    model_type {key} NULL,
    source_run_id {key} NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    deleted_ms BIGINT NULL
);
CREATE INDEX logged_models_by_creation ON logged_models (experiment_id, created_ms DESC, model_id);

CREATE TABLE logged_model_params (
    model_no BIGINT NOT NULL,
    key {key} NOT NULL,
    value {key} NOT NULL,
    PRIMARY KEY (model_no, key)
){keyed};

CREATE TABLE logged_model_tags (
    model_no BIGINT NOT NULL,
    key {key} NOT NULL,
    value {key} NOT NULL,
    PRIMARY KEY (model_no, key)
){keyed};

-- The latest point of every (metric, data set, run) logged with a model's id. An absent data set is '', so that the key has no NULL.
CREATE TABLE logged_model_metrics (
    model_no BIGINT NOT NULL,
    key {key} NOT NULL,
    dataset_name {key} NOT NULL,
    dataset_digest {key} NOT NULL,
    run_no BIGINT NOT NULL,
    step BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    value {double} NOT NULL,
    is_nan SMALLINT NOT NULL,
    PRIMARY KEY (model_no, key, dataset_name, dataset_digest, run_no)
){keyed};
CREATE INDEX logged_model_metrics_by_run ON logged_model_metrics (run_no);

-- step 2: data sets of a run stand in the order in which they were logged
ALTER TABLE run_datasets ADD COLUMN position BIGINT NOT NULL DEFAULT 0;

-- step 3: since when a run is lost: its client sent heartbeats and fell silent. NULL for every other run
ALTER TABLE runs ADD COLUMN lost_ms BIGINT NULL;

-- step 4: which keys of params (kind 1) and tags (kind 2) the runs of an experiment ever had, so that choosing among them does not read every run

CREATE TABLE entry_keys (
    experiment_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    key {key} NOT NULL,
    PRIMARY KEY (experiment_id, kind, key)
){keyed};
INSERT INTO entry_keys (experiment_id, kind, key) SELECT DISTINCT r.experiment_id, 1, p.key FROM params p JOIN runs r ON r.no = p.run_no;
INSERT INTO entry_keys (experiment_id, kind, key) SELECT DISTINCT r.experiment_id, 2, t.key FROM tags t JOIN runs r ON r.no = t.run_no;

-- step 5: what home shows: the newest ended runs of an experiment, and how many runs are in which state
CREATE INDEX runs_by_end ON runs (experiment_id, status, end_ms, no) WHERE deleted_ms IS NULL;

-- step 6: lineage: which models a run made, which runs read or wrote a model
CREATE INDEX logged_models_by_run ON logged_models (source_run_id) WHERE source_run_id IS NOT NULL;
CREATE INDEX run_models_by_model ON run_models (model_id, is_output, run_no);
