-- step 1: the event log and its seals
CREATE TABLE events (
    id {identity},
    txid {txid},
    position BIGINT UNIQUE,
    workspace_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    kind {key} NOT NULL,
    subject {key} NOT NULL,
    actor TEXT,
    actor_salt {blob},
    actor_commitment {blob},
    data TEXT,
    data_salt {blob},
    data_commitment {blob}
);
CREATE INDEX events_unsealed ON events (id) WHERE position IS NULL;
CREATE INDEX events_subject ON events (workspace_id, subject, id);
CREATE TABLE event_seals (
    no BIGINT NOT NULL PRIMARY KEY,
    first_position BIGINT NOT NULL,
    last_position BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    leaves {blob} NOT NULL,
    previous {blob} NOT NULL,
    hash {blob} NOT NULL
);
