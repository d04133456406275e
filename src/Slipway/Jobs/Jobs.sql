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

-- step 2: priorities, turns among kinds, what failed, schedules

-- priority: 1 high, 0 normal, -1 low.
ALTER TABLE jobs ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
DROP INDEX jobs_due;
CREATE INDEX jobs_ready ON jobs (kind, priority, run_at_ms, id) WHERE state = 0;
CREATE INDEX jobs_leased ON jobs (lease_until_ms) WHERE state = 1;
CREATE INDEX jobs_failed ON jobs (kind, id) WHERE state = 2;

-- Attempts that failed, also of jobs that are gone since.
CREATE TABLE job_failures (
    no {identity},
    job_id BIGINT NOT NULL,
    kind {key} NOT NULL,
    name {key} NOT NULL,
    attempt BIGINT NOT NULL,
    owner TEXT NOT NULL,
    from_ms BIGINT NULL,
    until_ms BIGINT NOT NULL,
    error TEXT NOT NULL
);
CREATE INDEX job_failures_by_job ON job_failures (job_id, no);
CREATE INDEX job_failures_by_kind ON job_failures (kind, no);

-- Either cron with a time zone, or every_ms.
CREATE TABLE job_schedules (
    name {key} NOT NULL PRIMARY KEY,
    kind {key} NOT NULL,
    payload TEXT NOT NULL,
    cron TEXT NULL,
    time_zone TEXT NULL,
    every_ms BIGINT NULL,
    next_ms BIGINT NOT NULL,
    last_ms BIGINT NULL
){keyed};
CREATE INDEX job_schedules_by_time ON job_schedules (next_ms);
