-- What is kept: the tables of migrations/sqlite/0001_first.sql, in the same words, as PostgreSQL wants them.
-- Texts are ordered byte by byte, as ids and keys have to be and as SQLite does. Yes and no are 1 and 0.
-- An account's row in `lanes` is what a verb holds while it changes anything of the account.

-- A list in JSON, element by element, as SQLite's function of this name gives it: a list is one value to bind.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (key BIGINT, value TEXT)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT place - 1, element FROM json_array_elements_text(list::json) WITH ORDINALITY AS each (element, place) $$;

CREATE TABLE accounts (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email      TEXT COLLATE "C" NOT NULL UNIQUE,
    name       TEXT COLLATE "C" NOT NULL,
    role       TEXT COLLATE "C" NOT NULL CHECK (role IN ('admin', 'member')),
    password   TEXT COLLATE "C",
    retention  BIGINT CHECK (retention > 0),
    created_at BIGINT NOT NULL
);
CREATE INDEX accounts_admins ON accounts (id) WHERE role = 'admin';

CREATE TABLE resets (
    account    TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    secret     TEXT COLLATE "C" NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX resets_expiry ON resets (expires_at);

CREATE TABLE sessions (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account    TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    secret     TEXT COLLATE "C" NOT NULL UNIQUE,
    device     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account, id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account    TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    secret     TEXT COLLATE "C" NOT NULL UNIQUE,
    name       TEXT COLLATE "C" NOT NULL,
    hint       TEXT COLLATE "C" NOT NULL,
    scopes     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_keys_account ON api_keys (account, id);

CREATE TABLE policies (
    version      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    digest       TEXT COLLATE "C" NOT NULL,
    text         TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL
);

CREATE TABLE consents (
    account      TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id           TEXT COLLATE "C" NOT NULL,
    purpose      TEXT COLLATE "C" NOT NULL,
    version      TEXT COLLATE "C" NOT NULL REFERENCES policies,
    digest       TEXT COLLATE "C" NOT NULL,
    given_at     BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (account, id)
);

CREATE TABLE photos (
    account    TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id         TEXT COLLATE "C" NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    bytes      BIGINT NOT NULL,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    digest     TEXT COLLATE "C" NOT NULL,
    findings   TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX photos_expiry ON photos (expires_at);

CREATE TABLE generations (
    account     TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id          TEXT COLLATE "C" NOT NULL,
    style       TEXT COLLATE "C" NOT NULL,
    options     TEXT COLLATE "C" NOT NULL,
    price       BIGINT NOT NULL CHECK (price >= 0),
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'refused', 'failed', 'cancelled')),
    progress    BIGINT NOT NULL CHECK (progress BETWEEN 0 AND 100),
    reason      TEXT COLLATE "C",
    claims      BIGINT NOT NULL,
    lease       TEXT COLLATE "C",
    lease_until BIGINT,
    created_at  BIGINT NOT NULL,
    started_at  BIGINT,
    ended_at    BIGINT,
    PRIMARY KEY (account, id),
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((ended_at IS NOT NULL) = (state NOT IN ('queued', 'running')))
);
CREATE INDEX generations_open ON generations (account, state, created_at, id) WHERE ended_at IS NULL;
CREATE INDEX generations_leases ON generations (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX generations_held ON generations (lease) WHERE lease_until IS NOT NULL;
CREATE INDEX generations_state ON generations (state, id);

-- An account's place in the queue and the count of its generations by state. `head` is when the longest waiting one was
-- asked for. It makes the claim one step along an index, however many accounts wait and however much is stored.
CREATE TABLE lanes (
    account   TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    queued    BIGINT NOT NULL DEFAULT 0 CHECK (queued >= 0),
    running   BIGINT NOT NULL DEFAULT 0 CHECK (running >= 0),
    succeeded BIGINT NOT NULL DEFAULT 0 CHECK (succeeded >= 0),
    refused   BIGINT NOT NULL DEFAULT 0 CHECK (refused >= 0),
    failed    BIGINT NOT NULL DEFAULT 0 CHECK (failed >= 0),
    cancelled BIGINT NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    head      BIGINT
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX lanes_waiting ON lanes (running, head, account) WHERE queued > 0;

CREATE TABLE generation_photos (
    account    TEXT COLLATE "C" NOT NULL,
    generation TEXT COLLATE "C" NOT NULL,
    position   BIGINT NOT NULL,
    photo      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, generation, position),
    FOREIGN KEY (account, generation) REFERENCES generations ON DELETE CASCADE,
    FOREIGN KEY (account, photo) REFERENCES photos ON DELETE CASCADE
);
CREATE INDEX generation_photos_photo ON generation_photos (account, photo);

CREATE TABLE attempts (
    account       TEXT COLLATE "C" NOT NULL,
    generation    TEXT COLLATE "C" NOT NULL,
    number        BIGINT NOT NULL CHECK (number > 0),
    provider      TEXT COLLATE "C" NOT NULL,
    model         TEXT COLLATE "C" NOT NULL,
    prompt        TEXT COLLATE "C" NOT NULL,
    started_at    BIGINT NOT NULL,
    ended_at      BIGINT,
    outcome       TEXT COLLATE "C",
    detail        TEXT COLLATE "C" NOT NULL DEFAULT '',
    images        BIGINT NOT NULL DEFAULT 0,
    tokens_in     BIGINT NOT NULL DEFAULT 0,
    tokens_out    BIGINT NOT NULL DEFAULT 0,
    micro_dollars BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account, generation, number),
    FOREIGN KEY (account, generation) REFERENCES generations ON DELETE CASCADE
);
CREATE INDEX attempts_time ON attempts (started_at);

-- A deleted image keeps its number, with nothing in it, until its generation goes: a worker that takes the generation up
-- again must not make it anew. `expired` says that the full resolution is gone.
CREATE TABLE images (
    account            TEXT COLLATE "C" NOT NULL,
    generation         TEXT COLLATE "C" NOT NULL,
    number             BIGINT NOT NULL CHECK (number > 0),
    media_type         TEXT COLLATE "C" NOT NULL,
    bytes              BIGINT NOT NULL,
    width              BIGINT NOT NULL,
    height             BIGINT NOT NULL,
    digest             TEXT COLLATE "C" NOT NULL,
    preview_type       TEXT COLLATE "C" NOT NULL,
    preview_bytes      BIGINT NOT NULL,
    preview_width      BIGINT NOT NULL,
    preview_height     BIGINT NOT NULL,
    preview_digest     TEXT COLLATE "C" NOT NULL,
    likeness           REAL,
    favourite          BIGINT NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1)),
    created_at         BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL,
    preview_expires_at BIGINT,
    expired            BIGINT NOT NULL DEFAULT 0 CHECK (expired IN (0, 1)),
    deleted            BIGINT NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    PRIMARY KEY (account, generation, number),
    FOREIGN KEY (account, generation) REFERENCES generations ON DELETE CASCADE
);
CREATE INDEX images_favourites ON images (account, generation, number) WHERE favourite = 1 AND deleted = 0;
CREATE INDEX images_expiry ON images (expires_at) WHERE expired = 0 AND deleted = 0;
CREATE INDEX images_preview_expiry ON images (preview_expires_at) WHERE preview_expires_at IS NOT NULL AND deleted = 0;

CREATE TABLE ledger (
    account    TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    sequence   BIGINT NOT NULL CHECK (sequence > 0),
    key        TEXT COLLATE "C" NOT NULL UNIQUE,
    kind       TEXT COLLATE "C" NOT NULL,
    change     BIGINT NOT NULL,
    balance    BIGINT NOT NULL CHECK (balance >= 0),
    debt       BIGINT NOT NULL CHECK (debt >= 0),
    generation TEXT COLLATE "C",
    note       TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (account, sequence)
);

CREATE TABLE payments (
    key      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account  TEXT COLLATE "C"    REFERENCES accounts ON DELETE SET NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    credits  BIGINT NOT NULL,
    minor    BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL
);
CREATE INDEX payments_account ON payments (account, at);
CREATE INDEX payments_time ON payments (at);

CREATE TABLE idempotency_keys (
    account    TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key        TEXT COLLATE "C" NOT NULL,
    request    TEXT COLLATE "C" NOT NULL,
    generation TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE erasures (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account      TEXT COLLATE "C",
    begun_at     BIGINT NOT NULL,
    completed_at BIGINT,
    counts       TEXT COLLATE "C" NOT NULL,
    CHECK ((account IS NULL) = (completed_at IS NOT NULL))
);
CREATE INDEX erasures_open ON erasures (id) WHERE completed_at IS NULL;

CREATE TABLE deletions (
    key       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account   TEXT COLLATE "C" NOT NULL,
    queued_at BIGINT NOT NULL,
    erasure   TEXT COLLATE "C"    REFERENCES erasures
);
CREATE INDEX deletions_age ON deletions (queued_at, key);
CREATE INDEX deletions_account ON deletions (account);
CREATE INDEX deletions_erasure ON deletions (erasure, queued_at, key) WHERE erasure IS NOT NULL;

CREATE TABLE endpoints (
    account    TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id         TEXT COLLATE "C" NOT NULL UNIQUE,
    url        TEXT COLLATE "C" NOT NULL,
    secret     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE TABLE deliveries (
    endpoint   TEXT COLLATE "C" NOT NULL,
    event      TEXT COLLATE "C" NOT NULL,
    account    TEXT COLLATE "C" NOT NULL,
    body       TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    tries      BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    status     BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (endpoint, event),
    FOREIGN KEY (account, endpoint) REFERENCES endpoints (account, id) ON DELETE CASCADE
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX deliveries_log ON deliveries (account, created_at, event, endpoint);
CREATE INDEX deliveries_account ON deliveries (account, endpoint);
CREATE INDEX deliveries_age ON deliveries (created_at) WHERE state <> 'pending';

CREATE TABLE usage_events (
    number  BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind    TEXT COLLATE "C" NOT NULL,
    style   TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX usage_events_account ON usage_events (account, at);
CREATE INDEX usage_events_time ON usage_events (at, style, kind);

CREATE TABLE throttles (
    key        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    count      BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX throttles_expiry ON throttles (expires_at);
