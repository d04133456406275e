-- step 1: who is told of what, and what was sent

-- The secret that signs lies sealed with the others, under the name webhook/ID. dropped: deliveries that found too many waiting before them.
CREATE TABLE webhooks (
    id {key} NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    description TEXT NULL,
    url TEXT NOT NULL,
    active SMALLINT NOT NULL,
    signed SMALLINT NOT NULL,
    dropped BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL
){keyed};
CREATE INDEX webhooks_by_creation ON webhooks (workspace_id, created_ms DESC, id);

-- event: ENTITY.ACTION in lower case, as in the body that is sent.
CREATE TABLE webhook_events (
    webhook_id {key} NOT NULL,
    event {key} NOT NULL,
    PRIMARY KEY (webhook_id, event)
){keyed};
CREATE INDEX webhook_events_by_event ON webhook_events (event, webhook_id);

-- state: 1 waiting, 2 delivered, 3 given up.
CREATE TABLE webhook_deliveries (
    no {identity},
    id {key} NOT NULL UNIQUE,
    webhook_id {key} NOT NULL,
    event {key} NOT NULL,
    body TEXT NOT NULL,
    state SMALLINT NOT NULL,
    attempts BIGINT NOT NULL,
    status BIGINT NULL,
    answer TEXT NULL,
    error TEXT NULL,
    created_ms BIGINT NOT NULL,
    attempt_ms BIGINT NULL
);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, no DESC);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id) WHERE state = 1;
