-- step 1: predictions as they were logged, what came of them, what is logged

-- A segment of one endpoint's predictions. filter: which ids may be in it. data: the segment, or NULL where it is the blob. merged: 1 when it was made of others.
CREATE TABLE prediction_segments (
    no {identity},
    id {key} NOT NULL UNIQUE,
    workspace_id BIGINT NOT NULL,
    endpoint {key} NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    records BIGINT NOT NULL,
    filter {blob} NOT NULL,
    data {blob} NULL,
    blob_id {key} NULL,
    size BIGINT NOT NULL,
    format SMALLINT NOT NULL,
    key_id TEXT NULL,
    merged SMALLINT NOT NULL,
    added_ms BIGINT NOT NULL
);
CREATE INDEX prediction_segments_by_time ON prediction_segments (workspace_id, endpoint, to_ms);
CREATE INDEX prediction_segments_open ON prediction_segments (workspace_id, endpoint, no) WHERE merged = 0;

-- Segments that were merged into others, so that the same one does not come in twice. Goes after a week.
CREATE TABLE prediction_segments_merged (
    id {key} NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL
){keyed};

-- What is logged of an endpoint: JSON, as the API has it.
CREATE TABLE prediction_rules (
    workspace_id BIGINT NOT NULL,
    endpoint {key} NOT NULL,
    rule TEXT NOT NULL,
    keep_days BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, endpoint)
){keyed};

-- What hashes of redacted columns are keyed with.
CREATE TABLE prediction_hash_keys (
    workspace_id BIGINT NOT NULL PRIMARY KEY,
    hash_key {blob} NOT NULL
){keyed};

-- What came of predictions. endpoint, arm, version, unit and prediction_ms are of the prediction, once it was found; unit: its sticky key, else its id.
CREATE TABLE prediction_outcomes (
    no {identity},
    workspace_id BIGINT NOT NULL,
    request_id {key} NOT NULL,
    row_no BIGINT NOT NULL,
    name {key} NOT NULL,
    value {double} NULL,
    label TEXT NULL,
    reward {double} NULL,
    at_ms BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    actor {key} NOT NULL,
    endpoint {key} NULL,
    arm {key} NULL,
    version {key} NULL,
    unit {key} NULL,
    prediction_ms BIGINT NULL,
    UNIQUE (workspace_id, request_id, row_no, name)
);
CREATE INDEX prediction_outcomes_joined ON prediction_outcomes (workspace_id, endpoint, name, prediction_ms) WHERE endpoint IS NOT NULL;
CREATE INDEX prediction_outcomes_open ON prediction_outcomes (workspace_id, no) WHERE endpoint IS NULL;
CREATE INDEX prediction_outcomes_by_age ON prediction_outcomes (received_ms);
