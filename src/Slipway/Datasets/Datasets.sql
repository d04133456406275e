-- step 1: versions of data, identified by name and digest within an experiment
CREATE TABLE datasets (
    id {identity},
    experiment_id BIGINT NOT NULL,
    name {key} NOT NULL,
    digest {key} NOT NULL,
    source_type TEXT NOT NULL,
    source TEXT NOT NULL,
    schema_json TEXT NULL,
    profile_json TEXT NULL,
    created_ms BIGINT NOT NULL,
    UNIQUE (experiment_id, name, digest)
);
