-- step 1: names of metrics, the log of points, what search reads, and segments

CREATE TABLE metric_keys (
    id {identity},
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    UNIQUE (workspace_id, name)
);

-- Points as they arrive, one row a batch, until the compactor has them in segments. keys: the ids of the batch's keys.
CREATE TABLE metric_log (
    id {identity},
    run_no BIGINT NOT NULL,
    points INTEGER NOT NULL,
    keys {blob} NOT NULL,
    payload {blob} NOT NULL
);
CREATE INDEX metric_log_by_run ON metric_log (run_no, id, points);

-- Batches whose points metric_latest does not reflect yet.
CREATE TABLE metric_unsettled (
    log_id BIGINT NOT NULL PRIMARY KEY,
    run_no BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL
){keyed};

-- One row a series: its point with the greatest (step, timestamp, value), and its range without NaNs. NaN is is_nan 1 beside value 0.
CREATE TABLE metric_latest (
    run_no BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL,
    step BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    value {double} NOT NULL,
    is_nan SMALLINT NOT NULL,
    min_value {double} NULL,
    max_value {double} NULL,
    PRIMARY KEY (run_no, key_id)
){keyed};
CREATE INDEX metric_latest_by_value ON metric_latest (experiment_id, key_id, is_nan, value, run_no);

-- epoch grows with every change to a run's segments, so that of two compactors only one wins. deleted 1: the rest is swept away in small steps.
CREATE TABLE metric_runs (
    run_no BIGINT NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL,
    packed_points BIGINT NOT NULL,
    deleted SMALLINT NOT NULL
){keyed};
CREATE INDEX metric_runs_deleted ON metric_runs (run_no) WHERE deleted = 1;

-- Up to 4,096 points of one key. Segments of a key never overlap in (timestamp, step, value). *_ord: a value as an integer of the same order.
-- The summary stands before the blobs: reading it does not touch the pages behind.
CREATE TABLE metric_segments (
    id {identity},
    run_no BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    points INTEGER NOT NULL,
    nans INTEGER NOT NULL,
    first_ms BIGINT NOT NULL,
    first_step BIGINT NOT NULL,
    first_ord BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    last_step BIGINT NOT NULL,
    last_ord BIGINT NOT NULL,
    low_ms BIGINT NOT NULL,
    low_step BIGINT NOT NULL,
    low_ord BIGINT NOT NULL,
    high_ms BIGINT NOT NULL,
    high_step BIGINT NOT NULL,
    high_ord BIGINT NOT NULL,
    min_ord BIGINT NOT NULL,
    max_ord BIGINT NOT NULL,
    head {blob} NOT NULL,
    body {blob} NOT NULL
);
CREATE INDEX metric_segments_by_key ON metric_segments (run_no, key_id, last_ms, last_step, last_ord);

-- Small series of one run, many in one row.
CREATE TABLE metric_packs (
    id {identity},
    run_no BIGINT NOT NULL,
    points INTEGER NOT NULL,
    head {blob} NOT NULL,
    body {blob} NOT NULL
);
CREATE INDEX metric_packs_by_run ON metric_packs (run_no);

-- step 2: the shape of each series, for search

-- One row a series of 8 points or more: bounds of its values in up to 64 ranges of steps, of all points that are in segments. Rows of one
-- key lie together, in the order in which a search of many runs reads them. It is derived: a series without one is read from its points.
CREATE TABLE metric_curves (
    key_id BIGINT NOT NULL,
    run_no BIGINT NOT NULL,
    curve {blob} NOT NULL,
    PRIMARY KEY (key_id, run_no)
){keyed};
