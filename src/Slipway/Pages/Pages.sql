-- step 1: saved views, reports with their versions, notes

-- owner, author, changed_by: the name as it was; *_id: the key of the person or service account, NULL for the local user and once erased.
CREATE TABLE saved_views (
    no {identity},
    id {key} NOT NULL UNIQUE,
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    owner {key} NOT NULL,
    owner_id BIGINT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL
);
CREATE INDEX saved_views_by_change ON saved_views (workspace_id, updated_ms, no);
CREATE INDEX saved_views_by_owner ON saved_views (workspace_id, owner);

CREATE TABLE view_experiments (
    view_no BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL,
    PRIMARY KEY (view_no, experiment_id)
){keyed};
CREATE INDEX view_experiments_by_experiment ON view_experiments (experiment_id, view_no);

-- The text of the newest version is in report_versions, as every other one.
CREATE TABLE reports (
    no {identity},
    id {key} NOT NULL UNIQUE,
    workspace_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    version BIGINT NOT NULL,
    author {key} NOT NULL,
    author_id BIGINT NULL,
    changed_by {key} NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    deleted_ms BIGINT NULL
);
CREATE INDEX reports_by_change ON reports (workspace_id, updated_ms, no);

CREATE TABLE report_experiments (
    report_no BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL,
    PRIMARY KEY (report_no, experiment_id)
){keyed};
CREATE INDEX report_experiments_by_experiment ON report_experiments (experiment_id, report_no);

CREATE TABLE report_versions (
    no {identity},
    report_no BIGINT NOT NULL,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    author {key} NOT NULL,
    at_ms BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (report_no, version)
);

-- subject: as events name it, `run/ID`. A deleted note keeps its row without author and text, so that answers to it stay where they are.
CREATE TABLE notes (
    no {identity},
    id {key} NOT NULL UNIQUE,
    workspace_id BIGINT NOT NULL,
    subject {key} NOT NULL,
    reply_to {key} NULL,
    author {key} NOT NULL,
    author_id BIGINT NULL,
    text TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    edited_ms BIGINT NULL,
    deleted_ms BIGINT NULL
);
CREATE INDEX notes_by_subject ON notes (workspace_id, subject, no);
CREATE INDEX notes_by_reply ON notes (reply_to) WHERE reply_to IS NOT NULL;
