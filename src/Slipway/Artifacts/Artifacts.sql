-- step 1: blobs, the tree of names over them, and uploads in parts

-- One row per durable blob, written after the blob. format 1: the bytes as they came; key_id names the encryption key once there is one.
-- orphaned_ms: since when nothing refers to it; the sweep removes it by that age.
CREATE TABLE blobs (
    id {key} NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    format SMALLINT NOT NULL,
    key_id TEXT NULL,
    created_ms BIGINT NOT NULL,
    orphaned_ms BIGINT NULL
){keyed};
CREATE INDEX blobs_by_orphaned ON blobs (orphaned_ms) WHERE orphaned_ms IS NOT NULL;

-- Files and directories (blob_id NULL) share one key, so that the unique constraint itself refuses a file where a directory is and the
-- other way round. Listing a directory is one range of the key.
CREATE TABLE artifacts (
    workspace_id BIGINT NOT NULL,
    folder {key} NOT NULL,
    name {key} NOT NULL,
    blob_id {key} NULL,
    size BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, folder, name)
){keyed};

-- Uploads in parts: numbered 1 has MLflow's parts by number in any order, numbered 0 has parts by offset without gaps.
CREATE TABLE uploads (
    id {key} NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    path {key} NOT NULL,
    numbered SMALLINT NOT NULL,
    touched_ms BIGINT NOT NULL
){keyed};
CREATE INDEX uploads_by_touched ON uploads (touched_ms);

CREATE TABLE upload_parts (
    upload_id {key} NOT NULL,
    at BIGINT NOT NULL,
    blob_id {key} NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (upload_id, at)
){keyed};
