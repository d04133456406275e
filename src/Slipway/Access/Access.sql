-- step 1: workspaces, who is who, roles, grants, tokens and sign-ins

-- Every change of this folder's tables raises it: servers keep answers to "who may what" only as long as it stands still.
CREATE TABLE access_generation (
    one SMALLINT PRIMARY KEY,
    generation BIGINT NOT NULL
);
INSERT INTO access_generation (one, generation) VALUES (1, 1);

-- 0 is the default workspace. A deleted one keeps its name and its content, which nobody reaches until it is restored.
CREATE TABLE workspaces (
    id BIGINT PRIMARY KEY,
    name {key} NOT NULL UNIQUE,
    description TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    deleted_ms BIGINT NULL,
    quota_bytes BIGINT NULL,
    quota_runs BIGINT NULL,
    quota_requests_per_second BIGINT NULL
);
INSERT INTO workspaces (id, name, description, created_ms) VALUES (0, 'default', '', 0);

-- kind: 1 person, 2 service account, 3 group. A removed one keeps its row, without credentials and with its name free again: the event log names it.
-- password: method, rounds, salt and hash, or NULL where there is no password. identity: issuer and subject of an OpenID provider.
CREATE TABLE principals (
    id {identity},
    kind SMALLINT NOT NULL,
    name {key} NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    email {key} NULL,
    administrator SMALLINT NOT NULL,
    password TEXT NULL,
    identity {key} NULL UNIQUE,
    created_ms BIGINT NOT NULL,
    disabled_ms BIGINT NULL,
    removed_ms BIGINT NULL
);

-- source: 1 said here, 2 said by an OpenID provider, which takes it back at a later sign-in.
CREATE TABLE group_members (
    group_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    source SMALLINT NOT NULL,
    PRIMARY KEY (group_id, member_id)
){keyed};
CREATE INDEX group_members_by_member ON group_members (member_id);

-- role: 1 viewer, 2 creator, 3 contributor, 4 approver, 5 auditor, 6 admin.
CREATE TABLE workspace_roles (
    workspace_id BIGINT NOT NULL,
    principal_id BIGINT NOT NULL,
    role SMALLINT NOT NULL,
    PRIMARY KEY (workspace_id, principal_id, role)
){keyed};
CREATE INDEX workspace_roles_by_principal ON workspace_roles (principal_id);

-- kind: 1 experiment. level: 0 denied, 1 read, 2 use, 3 edit, 4 manage.
CREATE TABLE grants (
    workspace_id BIGINT NOT NULL,
    principal_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    root_id BIGINT NOT NULL,
    level SMALLINT NOT NULL,
    PRIMARY KEY (workspace_id, principal_id, kind, root_id)
){keyed};
CREATE INDEX grants_by_root ON grants (kind, root_id);

-- The secret itself is shown once and never stored. workspace_id NULL: every workspace of its owner. scopes: the most that it may, as the bits of Right.
CREATE TABLE tokens (
    id {key} NOT NULL PRIMARY KEY,
    principal_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    hash {blob} NOT NULL,
    workspace_id BIGINT NULL,
    scopes BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NULL,
    used_ms BIGINT NULL
){keyed};
CREATE INDEX tokens_by_principal ON tokens (principal_id);

-- One row per browser that signed in; the cookie holds what hashes to it.
CREATE TABLE sign_ins (
    hash {key} NOT NULL PRIMARY KEY,
    principal_id BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
){keyed};
CREATE INDEX sign_ins_by_principal ON sign_ins (principal_id);

-- The one-time link of the first start. used_ms: when somebody became the first administrator by it.
CREATE TABLE set_up (
    one SMALLINT PRIMARY KEY,
    hash {key} NOT NULL,
    made_ms BIGINT NOT NULL
);

-- step 2: what quotas count, secrets and the workspaces' own keys, encryption and masking of what is logged

ALTER TABLE workspaces ADD COLUMN encrypt_artifacts SMALLINT NOT NULL DEFAULT 0;
-- mask: JSON, which keys' values are masked or hashed before they are stored; mask_salt: what the hashes are keyed with.
ALTER TABLE workspaces ADD COLUMN mask TEXT NULL;
ALTER TABLE workspaces ADD COLUMN mask_salt {blob} NULL;

-- One row for each amount that a quota limits, and none without. what: 1 bytes of artifacts, 2 runs.
CREATE TABLE workspace_usage (
    workspace_id BIGINT NOT NULL,
    what SMALLINT NOT NULL,
    used BIGINT NOT NULL,
    most BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, what)
){keyed};

-- value: sealed with the installation's key that key_id names.
CREATE TABLE secrets (
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    key_id {key} NOT NULL,
    value {blob} NOT NULL,
    set_ms BIGINT NOT NULL,
    set_by TEXT NOT NULL,
    PRIMARY KEY (workspace_id, name)
){keyed};

-- What a workspace's artifacts are encrypted with, itself sealed with the installation's key; blobs.key_id names it by id.
CREATE TABLE data_keys (
    id {key} NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL UNIQUE,
    key_id {key} NOT NULL,
    value {blob} NOT NULL,
    created_ms BIGINT NOT NULL
){keyed};

-- step 3: registered models are roots beside experiments (kind 2 of grants): tokens may with them what they may with experiments

UPDATE tokens SET scopes = scopes | 512 WHERE (scopes & 1) <> 0;
UPDATE tokens SET scopes = scopes | 1024 WHERE (scopes & 2) <> 0;
UPDATE tokens SET scopes = scopes | 2048 WHERE (scopes & 4) <> 0;
UPDATE tokens SET scopes = scopes | 4096 WHERE (scopes & 32) <> 0;

-- step 4: roles of a workspace's own making, as MLflow's: each is the sum of its permissions, and takes nothing from anybody

CREATE TABLE custom_roles (
    id {identity},
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    description TEXT NULL,
    UNIQUE (workspace_id, name)
);

-- pattern: '*' for all, else which one; where the kind of root is known (kind and root_id as in grants) it is the root's key, since names change. level as in grants, where 0 gives nothing.
CREATE TABLE role_permissions (
    id {identity},
    role_id BIGINT NOT NULL,
    resource_type {key} NOT NULL,
    pattern {key} NOT NULL,
    kind SMALLINT NULL,
    root_id BIGINT NULL,
    level SMALLINT NOT NULL,
    UNIQUE (role_id, resource_type, pattern)
);
CREATE INDEX role_permissions_by_root ON role_permissions (kind, root_id);

CREATE TABLE role_members (
    id {identity},
    role_id BIGINT NOT NULL,
    principal_id BIGINT NOT NULL,
    UNIQUE (role_id, principal_id)
);
CREATE INDEX role_members_by_principal ON role_members (principal_id);

-- step 5: endpoints are roots too (kind 3 of grants): tokens may with them what they may with models; keys of one endpoint

UPDATE tokens SET scopes = scopes | 8192 WHERE (scopes & 1) <> 0;
UPDATE tokens SET scopes = scopes | 180224 WHERE (scopes & 2) <> 0;
UPDATE tokens SET scopes = scopes | 65536 WHERE (scopes & 4) <> 0;
-- endpoint_id: the only endpoint that the token opens.
ALTER TABLE tokens ADD COLUMN endpoint_id BIGINT NULL;
CREATE INDEX tokens_by_endpoint ON tokens (endpoint_id) WHERE endpoint_id IS NOT NULL;
