-- step 1: what was learned of a version's files, signatures of versions, and the keys that a workspace trusts

-- status: pending, clean, suspicious, unsafe, not-scanned. report and onnx are JSON as the API answers them.
CREATE TABLE model_inspections (
    version_no BIGINT NOT NULL PRIMARY KEY,
    status {key} NOT NULL,
    findings BIGINT NOT NULL,
    finished_ms BIGINT NULL,
    remark TEXT NULL,
    report TEXT NULL,
    onnx TEXT NULL
){keyed};

CREATE TABLE model_signatures (
    version_no BIGINT NOT NULL,
    key_id {key} NOT NULL,
    root TEXT NOT NULL,
    envelope TEXT NOT NULL,
    signed_ms BIGINT NOT NULL,
    signed_by {key} NOT NULL,
    PRIMARY KEY (version_no, key_id)
){keyed};

CREATE TABLE model_keys (
    workspace_id BIGINT NOT NULL,
    key_id {key} NOT NULL,
    name {key} NOT NULL,
    public_key TEXT NOT NULL,
    added_ms BIGINT NOT NULL,
    added_by {key} NOT NULL,
    PRIMARY KEY (workspace_id, key_id),
    UNIQUE (workspace_id, name)
){keyed};
