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

-- step 2: the same data in many experiments, and where data lies as other systems name it: see DatasetAddress. NULL where the source says no address
ALTER TABLE datasets ADD COLUMN address_space {key} NULL;
ALTER TABLE datasets ADD COLUMN address_name {key} NULL;
CREATE INDEX datasets_by_digest ON datasets (name, digest);
CREATE INDEX datasets_by_address ON datasets (address_space, address_name) WHERE address_space IS NOT NULL;
