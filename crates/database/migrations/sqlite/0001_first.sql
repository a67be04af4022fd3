-- What is kept. Ids are ULIDs as text, times are milliseconds since 1970 in UTC, digests are hexadecimal.
-- Every table that speaks of an account goes with it (ON DELETE CASCADE), except payments, which forget whose they were,
-- and deletions and erasures, which live until the last object is gone.
-- Tables of a person's things are clustered by account: a page of the gallery is one walk along neighbouring rows.

CREATE TABLE accounts (
    id         TEXT    NOT NULL PRIMARY KEY,
    email      TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('admin', 'member')),
    password   TEXT,
    retention  INTEGER CHECK (retention > 0),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_admins ON accounts (id) WHERE role = 'admin';

CREATE TABLE resets (
    account    TEXT    NOT NULL PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    secret     TEXT    NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX resets_expiry ON resets (expires_at);

CREATE TABLE sessions (
    id         TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    secret     TEXT    NOT NULL UNIQUE,
    device     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions (account, id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id         TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    secret     TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    hint       TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_account ON api_keys (account, id);

CREATE TABLE policies (
    version      TEXT    NOT NULL PRIMARY KEY,
    digest       TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    published_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE consents (
    account      TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id           TEXT    NOT NULL,
    purpose      TEXT    NOT NULL,
    version      TEXT    NOT NULL REFERENCES policies,
    digest       TEXT    NOT NULL,
    given_at     INTEGER NOT NULL,
    withdrawn_at INTEGER,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE photos (
    account    TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id         TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    bytes      INTEGER NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    digest     TEXT    NOT NULL,
    findings   TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX photos_expiry ON photos (expires_at);

CREATE TABLE generations (
    account     TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id          TEXT    NOT NULL,
    style       TEXT    NOT NULL,
    options     TEXT    NOT NULL,
    price       INTEGER NOT NULL CHECK (price >= 0),
    state       TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'refused', 'failed', 'cancelled')),
    progress    INTEGER NOT NULL CHECK (progress BETWEEN 0 AND 100),
    reason      TEXT,
    claims      INTEGER NOT NULL,
    lease       TEXT,
    lease_until INTEGER,
    created_at  INTEGER NOT NULL,
    started_at  INTEGER,
    ended_at    INTEGER,
    PRIMARY KEY (account, id),
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((ended_at IS NOT NULL) = (state NOT IN ('queued', 'running')))
) STRICT, WITHOUT ROWID;
CREATE INDEX generations_open ON generations (account, state, created_at, id) WHERE ended_at IS NULL;
CREATE INDEX generations_leases ON generations (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX generations_held ON generations (lease) WHERE lease_until IS NOT NULL;
CREATE INDEX generations_state ON generations (state, id);

-- An account's place in the queue and the count of its generations by state. `head` is when the longest waiting one was
-- asked for. It makes the claim one step along an index, however many accounts wait and however much is stored.
CREATE TABLE lanes (
    account   TEXT    NOT NULL PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    queued    INTEGER NOT NULL DEFAULT 0 CHECK (queued >= 0),
    running   INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
    succeeded INTEGER NOT NULL DEFAULT 0 CHECK (succeeded >= 0),
    refused   INTEGER NOT NULL DEFAULT 0 CHECK (refused >= 0),
    failed    INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
    cancelled INTEGER NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    head      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX lanes_waiting ON lanes (running, head, account) WHERE queued > 0;

CREATE TABLE generation_photos (
    account    TEXT    NOT NULL,
    generation TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    photo      TEXT    NOT NULL,
    PRIMARY KEY (account, generation, position),
    FOREIGN KEY (account, generation) REFERENCES generations ON DELETE CASCADE,
    FOREIGN KEY (account, photo) REFERENCES photos ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX generation_photos_photo ON generation_photos (account, photo);

CREATE TABLE attempts (
    account       TEXT    NOT NULL,
    generation    TEXT    NOT NULL,
    number        INTEGER NOT NULL CHECK (number > 0),
    provider      TEXT    NOT NULL,
    model         TEXT    NOT NULL,
    prompt        TEXT    NOT NULL,
    started_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    outcome       TEXT,
    detail        TEXT    NOT NULL DEFAULT '',
    images        INTEGER NOT NULL DEFAULT 0,
    tokens_in     INTEGER NOT NULL DEFAULT 0,
    tokens_out    INTEGER NOT NULL DEFAULT 0,
    micro_dollars INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, generation, number),
    FOREIGN KEY (account, generation) REFERENCES generations ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_time ON attempts (started_at);

-- A deleted image keeps its number, with nothing in it, until its generation goes: a worker that takes the generation up
-- again must not make it anew. `expired` says that the full resolution is gone.
CREATE TABLE images (
    account            TEXT    NOT NULL,
    generation         TEXT    NOT NULL,
    number             INTEGER NOT NULL CHECK (number > 0),
    media_type         TEXT    NOT NULL,
    bytes              INTEGER NOT NULL,
    width              INTEGER NOT NULL,
    height             INTEGER NOT NULL,
    digest             TEXT    NOT NULL,
    preview_type       TEXT    NOT NULL,
    preview_bytes      INTEGER NOT NULL,
    preview_width      INTEGER NOT NULL,
    preview_height     INTEGER NOT NULL,
    preview_digest     TEXT    NOT NULL,
    likeness           REAL,
    favourite          INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1)),
    created_at         INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL,
    preview_expires_at INTEGER,
    expired            INTEGER NOT NULL DEFAULT 0 CHECK (expired IN (0, 1)),
    deleted            INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    PRIMARY KEY (account, generation, number),
    FOREIGN KEY (account, generation) REFERENCES generations ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX images_favourites ON images (account, generation, number) WHERE favourite = 1 AND deleted = 0;
CREATE INDEX images_expiry ON images (expires_at) WHERE expired = 0 AND deleted = 0;
CREATE INDEX images_preview_expiry ON images (preview_expires_at) WHERE preview_expires_at IS NOT NULL AND deleted = 0;

CREATE TABLE ledger (
    account    TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    sequence   INTEGER NOT NULL CHECK (sequence > 0),
    key        TEXT    NOT NULL UNIQUE,
    kind       TEXT    NOT NULL,
    change     INTEGER NOT NULL,
    balance    INTEGER NOT NULL CHECK (balance >= 0),
    debt       INTEGER NOT NULL CHECK (debt >= 0),
    generation TEXT,
    note       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
    key      TEXT    NOT NULL PRIMARY KEY,
    account  TEXT    REFERENCES accounts ON DELETE SET NULL,
    kind     TEXT    NOT NULL,
    credits  INTEGER NOT NULL,
    minor    INTEGER NOT NULL,
    currency TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_account ON payments (account, at);
CREATE INDEX payments_time ON payments (at);

CREATE TABLE idempotency_keys (
    account    TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key        TEXT    NOT NULL,
    request    TEXT    NOT NULL,
    generation TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE deletions (
    key       TEXT    NOT NULL PRIMARY KEY,
    account   TEXT    NOT NULL,
    queued_at INTEGER NOT NULL,
    erasure   TEXT    REFERENCES erasures
) STRICT, WITHOUT ROWID;
CREATE INDEX deletions_age ON deletions (queued_at, key);
CREATE INDEX deletions_account ON deletions (account);
CREATE INDEX deletions_erasure ON deletions (erasure, queued_at, key) WHERE erasure IS NOT NULL;

CREATE TABLE erasures (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      TEXT,
    begun_at     INTEGER NOT NULL,
    completed_at INTEGER,
    counts       TEXT    NOT NULL,
    CHECK ((account IS NULL) = (completed_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX erasures_open ON erasures (id) WHERE completed_at IS NULL;

CREATE TABLE endpoints (
    account    TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id         TEXT    NOT NULL UNIQUE,
    url        TEXT    NOT NULL,
    secret     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    endpoint   TEXT    NOT NULL,
    event      TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    tries      INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    status     INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (endpoint, event),
    FOREIGN KEY (account, endpoint) REFERENCES endpoints (account, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX deliveries_log ON deliveries (account, created_at, event, endpoint);
CREATE INDEX deliveries_account ON deliveries (account, endpoint);
CREATE INDEX deliveries_age ON deliveries (created_at) WHERE state <> 'pending';

CREATE TABLE usage_events (
    account TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind    TEXT    NOT NULL,
    style   TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_events_account ON usage_events (account, at);
CREATE INDEX usage_events_time ON usage_events (at, style, kind);

CREATE TABLE throttles (
    key        TEXT    NOT NULL PRIMARY KEY,
    count      INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttles_expiry ON throttles (expires_at);
