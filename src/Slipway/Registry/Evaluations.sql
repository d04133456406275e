-- step 1: data that models are scored on, what came of it, and versions that went to other workspaces

-- A version of an evaluation dataset: a file by its digest, and what its columns mean. Never changed. path: of the artifact.
CREATE TABLE eval_datasets (
    no {identity},
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    version BIGINT NOT NULL,
    digest {key} NOT NULL,
    format TEXT NOT NULL,
    size BIGINT NOT NULL,
    source TEXT NOT NULL,
    path TEXT NOT NULL,
    run_id {key} NULL,
    target TEXT NOT NULL,
    id_column TEXT NULL,
    weight_column TEXT NULL,
    description TEXT NULL,
    created_by {key} NOT NULL,
    created_ms BIGINT NOT NULL,
    UNIQUE (workspace_id, name, version)
);
CREATE INDEX eval_datasets_by_run ON eval_datasets (run_id) WHERE run_id IS NOT NULL;

-- status: 1 waiting, 2 running, 3 done, 4 failed.
CREATE TABLE model_evaluations (
    id {identity},
    version_no BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    dataset_no BIGINT NOT NULL,
    dataset_name {key} NOT NULL,
    dataset_digest {key} NOT NULL,
    model_digest TEXT NOT NULL,
    metrics_asked {key} NOT NULL,
    status SMALLINT NOT NULL,
    problem TEXT NULL,
    task TEXT NULL,
    rows BIGINT NULL,
    engines TEXT NULL,
    duration_ms BIGINT NULL,
    created_by {key} NOT NULL,
    created_ms BIGINT NOT NULL,
    computed_ms BIGINT NULL
);
CREATE INDEX model_evaluations_by_version ON model_evaluations (version_no, dataset_name, id);
CREATE INDEX model_evaluations_open ON model_evaluations (workspace_id) WHERE status < 3;

CREATE TABLE model_evaluation_metrics (
    evaluation_id BIGINT NOT NULL,
    metric {key} NOT NULL,
    value {double} NOT NULL,
    low {double} NULL,
    high {double} NULL,
    error {double} NOT NULL,
    PRIMARY KEY (evaluation_id, metric)
){keyed};

-- A version on its way to another workspace. folder: where its files are put there. status as above.
CREATE TABLE model_promotions (
    id {identity},
    version_no BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    version BIGINT NOT NULL,
    to_workspace_id BIGINT NOT NULL,
    to_name {key} NOT NULL,
    to_version BIGINT NULL,
    reason TEXT NOT NULL,
    folder {key} NOT NULL,
    status SMALLINT NOT NULL,
    problem TEXT NULL,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    copied_bytes BIGINT NOT NULL,
    created_by {key} NOT NULL,
    principal BIGINT NULL,
    created_ms BIGINT NOT NULL,
    ended_ms BIGINT NULL
);
CREATE INDEX model_promotions_by_version ON model_promotions (version_no, id);

-- Where a promoted version came from, as it was known then, JSON.
CREATE TABLE model_origins (
    version_no BIGINT NOT NULL PRIMARY KEY,
    origin TEXT NOT NULL
){keyed};

-- step 2: origins lead to the versions that they were

ALTER TABLE model_origins ADD COLUMN from_no BIGINT NULL;
UPDATE model_origins SET from_no = (SELECT max(p.version_no) FROM model_versions v JOIN model_promotions p ON p.to_workspace_id = v.workspace_id AND p.to_name = v.name AND p.to_version = v.version
 WHERE v.no = model_origins.version_no AND p.status = 3);
CREATE INDEX model_origins_by_from ON model_origins (from_no, version_no) WHERE from_no IS NOT NULL;
