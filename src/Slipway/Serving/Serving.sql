-- step 1: endpoints, what they route to and routed to, canaries, rewards

-- Every change of this folder's tables raises it: servers look whether it stands still.
CREATE TABLE serving_generation (
    one SMALLINT PRIMARY KEY,
    generation BIGINT NOT NULL
);
INSERT INTO serving_generation (one, generation) VALUES (1, 1);

-- salt: of the choice by key. settings: JSON, what requests meet whichever arm they get.
CREATE TABLE endpoints (
    id {identity},
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    description TEXT NULL,
    paused TEXT NULL,
    revision BIGINT NOT NULL,
    salt BIGINT NOT NULL,
    settings TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    made_by {key} NOT NULL,
    updated_ms BIGINT NOT NULL,
    updated_by {key} NOT NULL,
    UNIQUE (workspace_id, name)
);

-- kind and slot: the stage (1) or alias (2) that it follows, NULL for a fixed version. held_*: the version there that gates keep out.
CREATE TABLE endpoint_arms (
    endpoint_id BIGINT NOT NULL,
    name {key} NOT NULL,
    position BIGINT NOT NULL,
    model_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    kind SMALLINT NULL,
    slot {key} NULL,
    weight {double} NOT NULL,
    shadow SMALLINT NOT NULL,
    held_version BIGINT NULL,
    held_ms BIGINT NULL,
    held_reason TEXT NULL,
    held_evaluation BIGINT NULL,
    PRIMARY KEY (endpoint_id, name)
){keyed};
CREATE INDEX endpoint_arms_by_model ON endpoint_arms (model_id, version);

-- arms: JSON, what it routed to from then on, by the names of then.
CREATE TABLE endpoint_revisions (
    endpoint_id BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    kind {key} NOT NULL,
    at_ms BIGINT NOT NULL,
    actor {key} NOT NULL,
    reason TEXT NULL,
    arms TEXT NOT NULL,
    PRIMARY KEY (endpoint_id, revision)
){keyed};

-- state: 1 running, 2 held, 3 promoted, 4 rolled back, 5 aborted. period: counts what is counted apart, since shares or bins changed. bins: JSON, by what answers are sorted. tests: JSON, what was said last.
CREATE TABLE endpoint_canaries (
    id {identity},
    endpoint_id BIGINT NOT NULL,
    arm {key} NOT NULL,
    against {key} NOT NULL,
    model {key} NOT NULL,
    version BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    step BIGINT NOT NULL,
    period BIGINT NOT NULL,
    plan TEXT NOT NULL,
    bins TEXT NULL,
    tests TEXT NULL,
    started_ms BIGINT NOT NULL,
    step_ms BIGINT NOT NULL,
    ended_ms BIGINT NULL,
    reason TEXT NULL
);
CREATE UNIQUE INDEX endpoint_canaries_open ON endpoint_canaries (endpoint_id) WHERE state < 3;
CREATE INDEX endpoint_canaries_by_endpoint ON endpoint_canaries (endpoint_id, id);

-- What each server counted so far in a period of a canary. share: the canary's among both, 0 to 1.
CREATE TABLE endpoint_tallies (
    canary_id BIGINT NOT NULL,
    period BIGINT NOT NULL,
    server {key} NOT NULL,
    step BIGINT NOT NULL,
    share {double} NOT NULL,
    canary TEXT NOT NULL,
    control TEXT NOT NULL,
    PRIMARY KEY (canary_id, period, server)
){keyed};

-- What arms were worth: count, sum and sum of squares, and the chance that the arm is the best, which is its share.
CREATE TABLE endpoint_rewards (
    endpoint_id BIGINT NOT NULL,
    arm {key} NOT NULL,
    rewards BIGINT NOT NULL,
    total {double} NOT NULL,
    squares {double} NOT NULL,
    best {double} NULL,
    PRIMARY KEY (endpoint_id, arm)
){keyed};
