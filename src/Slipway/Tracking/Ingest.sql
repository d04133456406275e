-- step 1: how far each client's log has come

-- log_id: the 32 hexadecimal digits of the id that a client gave its local log. Records below acknowledged are in the database.
CREATE TABLE ingest_logs (
    workspace_id BIGINT NOT NULL,
    log_id {key} NOT NULL,
    acknowledged BIGINT NOT NULL,
    touched_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, log_id)
){keyed};
