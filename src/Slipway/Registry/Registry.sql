-- step 1: registered models, their versions, tags, aliases, and where each version stood when

-- next_version only grows: the number of a deleted version is never given again. is_prompt repeats the tag that makes a prompt, for search.
CREATE TABLE registered_models (
    id {identity},
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    description TEXT NULL,
    is_prompt SMALLINT NOT NULL,
    next_version BIGINT NOT NULL,
    user_id {key} NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    UNIQUE (workspace_id, name)
);
CREATE INDEX registered_models_by_name ON registered_models (workspace_id, is_prompt, name);
CREATE INDEX registered_models_by_update ON registered_models (workspace_id, is_prompt, updated_ms DESC, name);

CREATE TABLE registered_model_tags (
    model_id BIGINT NOT NULL,
    key {key} NOT NULL,
    value {key} NOT NULL,
    PRIMARY KEY (model_id, key)
){keyed};
-- Values may be longer than an entry of an index: their beginning finds nearly all there is to find.
CREATE INDEX registered_model_tags_by_value ON registered_model_tags (key, substr(value, 1, 64));

CREATE TABLE registered_model_aliases (
    model_id BIGINT NOT NULL,
    alias {key} NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (model_id, alias)
){keyed};

-- Workspace, name and is_prompt are those of the model, repeated so that a search walks one index. held: 1 where the files were found to lie
-- among the artifacts of the run or logged model that the version names. download_uri: the source, or what its models:/ came down to.
-- status: 1 PENDING_REGISTRATION, 2 FAILED_REGISTRATION, 3 READY.
CREATE TABLE model_versions (
    no {identity},
    model_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    name {key} NOT NULL,
    is_prompt SMALLINT NOT NULL,
    stage {key} NOT NULL,
    description TEXT NULL,
    source {key} NOT NULL,
    download_uri TEXT NOT NULL,
    held SMALLINT NOT NULL,
    run_id {key} NULL,
    run_link TEXT NULL,
    logged_model_id {key} NULL,
    status SMALLINT NOT NULL,
    status_message TEXT NULL,
    user_id {key} NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    UNIQUE (model_id, version)
);
CREATE INDEX model_versions_by_stage ON model_versions (model_id, stage, version);
CREATE INDEX model_versions_by_update ON model_versions (workspace_id, is_prompt, updated_ms DESC, name, version DESC);
CREATE INDEX model_versions_by_name ON model_versions (workspace_id, is_prompt, name, version DESC);
CREATE INDEX model_versions_by_run ON model_versions (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE model_version_tags (
    version_no BIGINT NOT NULL,
    key {key} NOT NULL,
    value {key} NOT NULL,
    PRIMARY KEY (version_no, key)
){keyed};
CREATE INDEX model_version_tags_by_value ON model_version_tags (key, substr(value, 1, 64));

-- A stay of a version in a slot. kind: 1 a stage, 2 an alias. until_ms NULL: it is there now. rolled_back: it left because it was no good.
CREATE TABLE model_stays (
    id {identity},
    model_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    slot {key} NOT NULL,
    version BIGINT NOT NULL,
    from_ms BIGINT NOT NULL,
    from_actor {key} NOT NULL,
    from_reason TEXT NULL,
    until_ms BIGINT NULL,
    until_actor {key} NULL,
    until_reason TEXT NULL,
    rolled_back SMALLINT NOT NULL
);
CREATE INDEX model_stays_by_slot ON model_stays (model_id, kind, slot, id);
CREATE INDEX model_stays_now ON model_stays (model_id, kind, version) WHERE until_ms IS NULL;

-- step 2: what a version is made of, as it was when it was registered

CREATE TABLE model_files (
    version_no BIGINT NOT NULL,
    path {key} NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (version_no, path)
){keyed};

-- mlmodel: the file MLmodel as JSON, or NULL. remark: why something is missing.
CREATE TABLE model_packages (
    version_no BIGINT NOT NULL PRIMARY KEY,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    digest TEXT NULL,
    mlmodel TEXT NULL,
    remark TEXT NULL
){keyed};
CREATE INDEX model_versions_by_logged_model ON model_versions (logged_model_id) WHERE logged_model_id IS NOT NULL;

-- step 3: who answers for a model and what it is for, and what authors write on cards

-- Days as the Unix milliseconds at which they begin, UTC. The workspace is the model's, repeated so that home walks one index.
CREATE TABLE model_profiles (
    model_id BIGINT NOT NULL PRIMARY KEY,
    workspace_id BIGINT NOT NULL,
    owner {key} NULL,
    team {key} NULL,
    contact TEXT NULL,
    purpose TEXT NULL,
    intended_use TEXT NULL,
    limitations TEXT NULL,
    license TEXT NULL,
    review_ms BIGINT NULL,
    retirement_ms BIGINT NULL,
    updated_ms BIGINT NOT NULL,
    updated_by {key} NOT NULL
){keyed};
CREATE INDEX model_profiles_by_review ON model_profiles (workspace_id, review_ms) WHERE review_ms IS NOT NULL;
CREATE INDEX model_profiles_by_retirement ON model_profiles (workspace_id, retirement_ms) WHERE retirement_ms IS NOT NULL;

-- version 0: of the model, on the cards of all its versions.
CREATE TABLE model_sections (
    model_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    position SMALLINT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (model_id, version, position)
){keyed};

-- step 4: lineage: which versions were made of another version
CREATE INDEX model_versions_copies ON model_versions (workspace_id, source) WHERE source >= 'models:/' AND source < 'models:0';
