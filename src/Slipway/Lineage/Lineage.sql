-- step 1: jobs and data of other systems, as they told of them by OpenLineage

-- How much a workspace holds: whoever adds something holds this row, so that two writers neither pass the limits together nor wait for each other in a circle.
CREATE TABLE lineage_room (
    workspace_id BIGINT NOT NULL PRIMARY KEY,
    jobs BIGINT NOT NULL,
    data BIGINT NOT NULL,
    uses BIGINT NOT NULL
){keyed};

-- state and run_id are those of the newest run that was told of. told_ms: what was told, as of when.
CREATE TABLE lineage_jobs (
    id {identity},
    workspace_id BIGINT NOT NULL,
    space {key} NOT NULL,
    name {key} NOT NULL,
    state {key} NULL,
    run_id {key} NULL,
    told_ms BIGINT NOT NULL,
    UNIQUE (workspace_id, space, name)
);

-- fields: the names and types of its schema as a JSON object, or NULL.
CREATE TABLE lineage_data (
    id {identity},
    workspace_id BIGINT NOT NULL,
    space {key} NOT NULL,
    name {key} NOT NULL,
    fields TEXT NULL,
    told_ms BIGINT NOT NULL,
    UNIQUE (workspace_id, space, name)
);

CREATE TABLE lineage_uses (
    job_id BIGINT NOT NULL,
    is_output SMALLINT NOT NULL,
    data_id BIGINT NOT NULL,
    told_ms BIGINT NOT NULL,
    PRIMARY KEY (job_id, is_output, data_id)
){keyed};
CREATE INDEX lineage_uses_by_data ON lineage_uses (data_id, is_output, told_ms);

-- How far the event log was told to other systems: by place, the last position.
CREATE TABLE lineage_told (
    place {key} NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
){keyed};
