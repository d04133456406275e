-- step 1: policies and where they count, protected places, what gates said, waivers, requests for approval, stages of a model's own

-- A deleted policy keeps its versions, which evaluations name; saved anew it goes on with their numbers.
CREATE TABLE gate_policies (
    id {identity},
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    version BIGINT NOT NULL,
    deleted_ms BIGINT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE gate_policy_versions (
    policy_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    yaml TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    checks BIGINT NOT NULL,
    note TEXT NULL,
    made_ms BIGINT NOT NULL,
    made_by {key} NOT NULL,
    PRIMARY KEY (policy_id, version)
){keyed};

-- Which policies a policy's newest version includes: for cycles, and so that an included one is not deleted.
CREATE TABLE gate_policy_includes (
    policy_id BIGINT NOT NULL,
    included_id BIGINT NOT NULL,
    PRIMARY KEY (policy_id, included_id)
){keyed};

-- model_id 0: every model. kind: 0 every alias and every stage but None and Archived, 1 a stage, 2 an alias.
CREATE TABLE gate_attachments (
    workspace_id BIGINT NOT NULL,
    model_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    slot {key} NOT NULL,
    policy_id BIGINT NOT NULL,
    made_ms BIGINT NOT NULL,
    made_by {key} NOT NULL,
    PRIMARY KEY (workspace_id, model_id, kind, slot, policy_id)
){keyed};
CREATE INDEX gate_attachments_by_policy ON gate_attachments (policy_id);

-- role NULL: whoever may manage the model.
CREATE TABLE slot_protections (
    workspace_id BIGINT NOT NULL,
    model_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    slot {key} NOT NULL,
    role TEXT NULL,
    made_ms BIGINT NOT NULL,
    made_by {key} NOT NULL,
    PRIMARY KEY (workspace_id, model_id, kind, slot)
){keyed};

-- purpose: 1 asked for, 2 a move that was made, 3 a move that was refused, 4 a rollback without gates, 5 for an approval. results: the checks with their evidence, JSON.
CREATE TABLE gate_evaluations (
    id {identity},
    model_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    slot {key} NOT NULL,
    purpose SMALLINT NOT NULL,
    passed SMALLINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor {key} NOT NULL,
    stood_there BIGINT NULL,
    evidence_digest TEXT NOT NULL,
    policies TEXT NOT NULL,
    results TEXT NOT NULL
);
CREATE INDEX gate_evaluations_by_version ON gate_evaluations (model_id, version, id);

CREATE TABLE gate_waivers (
    id {identity},
    model_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    policy_id BIGINT NOT NULL,
    check_id {key} NOT NULL,
    reason TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor {key} NOT NULL,
    revoked_ms BIGINT NULL,
    revoked_by {key} NULL,
    revoked_reason TEXT NULL
);
CREATE INDEX gate_waivers_by_version ON gate_waivers (model_id, version, id);

-- state: 1 open, 2 approved, 3 done, 4 rejected, 5 expired, 6 withdrawn. While it is 1 or 2 it is the only one of its version and slot.
CREATE TABLE approval_requests (
    id {identity},
    workspace_id BIGINT NOT NULL,
    model_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    slot {key} NOT NULL,
    state SMALLINT NOT NULL,
    asked_by {key} NOT NULL,
    asked_principal BIGINT NULL,
    asked_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    comment TEXT NULL,
    evidence_digest TEXT NOT NULL,
    needs TEXT NOT NULL,
    closed_ms BIGINT NULL,
    closed_by {key} NULL
);
CREATE UNIQUE INDEX approval_requests_open ON approval_requests (model_id, version, kind, slot) WHERE state < 3;
CREATE INDEX approval_requests_by_state ON approval_requests (workspace_id, state, id);
CREATE INDEX approval_requests_by_model ON approval_requests (model_id, id);
CREATE INDEX approval_requests_by_end ON approval_requests (expires_ms) WHERE state < 3;

-- kind: 1 asked, 2 commented, 3 approved, 4 rejected, 5 withdrawn, 6 expired, 7 evidence changed, 8 moved. Of an approval: by whom, for which evidence, and the roles held then, JSON.
CREATE TABLE approval_entries (
    id {identity},
    request_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    actor {key} NOT NULL,
    principal BIGINT NULL,
    at_ms BIGINT NOT NULL,
    text TEXT NULL,
    evidence_digest TEXT NULL,
    roles TEXT NULL
);
CREATE INDEX approval_entries_by_request ON approval_entries (request_id, id);

-- Stages of a model's own, in their order; shows: which of MLflow's its clients see. A model without rows has MLflow's four.
CREATE TABLE model_stages (
    model_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    stage {key} NOT NULL,
    shows {key} NOT NULL,
    PRIMARY KEY (model_id, stage)
){keyed};

-- In which of its model's own stages a version is; model_versions.stage is what that shows as.
CREATE TABLE model_version_stages (
    version_no BIGINT NOT NULL PRIMARY KEY,
    model_id BIGINT NOT NULL,
    stage {key} NOT NULL
){keyed};
CREATE INDEX model_version_stages_by_stage ON model_version_stages (model_id, stage);

-- What commands of policies said. state: 1 waiting, 2 running, 3 ended, 4 failed to run. files_digest and policy_version: what it was run on.
CREATE TABLE gate_commands (
    id {identity},
    model_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    policy_id BIGINT NOT NULL,
    policy_version BIGINT NOT NULL,
    check_id {key} NOT NULL,
    files_digest {key} NOT NULL,
    state SMALLINT NOT NULL,
    exit_code BIGINT NULL,
    report TEXT NULL,
    problem TEXT NULL,
    asked_by {key} NOT NULL,
    asked_ms BIGINT NOT NULL,
    ended_ms BIGINT NULL,
    duration_ms BIGINT NULL,
    UNIQUE (model_id, version, policy_id, policy_version, check_id, files_digest)
);
