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

-- step 2: from where, and the form of the leaf: 1 covers subject as it is and no address; 2 covers commitments of both, so that they can be erased
ALTER TABLE events ADD COLUMN form SMALLINT NOT NULL DEFAULT 1;
ALTER TABLE events ADD COLUMN subject_salt {blob};
ALTER TABLE events ADD COLUMN subject_commitment {blob};
ALTER TABLE events ADD COLUMN address TEXT;
ALTER TABLE events ADD COLUMN address_salt {blob};
ALTER TABLE events ADD COLUMN address_commitment {blob};

-- step 3: which seal covers a position
CREATE INDEX event_seals_by_position ON event_seals (last_position);
