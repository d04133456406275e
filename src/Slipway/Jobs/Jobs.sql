-- step 1: durable work, leased to one owner at a time
CREATE TABLE jobs (
    id {identity},
    kind {key} NOT NULL,
    name {key} NOT NULL,
    payload TEXT NOT NULL,
    state SMALLINT NOT NULL,
    run_at_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    attempts_max BIGINT NOT NULL,
    epoch BIGINT NOT NULL DEFAULT 0,
    owner TEXT,
    lease_until_ms BIGINT,
    error TEXT,
    created_ms BIGINT NOT NULL,
    UNIQUE (kind, name)
);
CREATE INDEX jobs_due ON jobs (state, run_at_ms);
