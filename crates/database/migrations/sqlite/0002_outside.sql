-- What outside services know of accounts, and what they tell: aliases, purchases, subscriptions, and notes of what counts once.

ALTER TABLE sessions ADD COLUMN sign_in TEXT;
CREATE INDEX sessions_sign_in ON sessions (sign_in) WHERE sign_in IS NOT NULL;

CREATE TABLE aliases (
    service TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    account TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    as_of   INTEGER NOT NULL,
    PRIMARY KEY (service, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX aliases_account ON aliases (account, service);

-- Aliases of erased accounts that the service still has to delete. They go when it has.
CREATE TABLE farewells (
    service TEXT NOT NULL,
    id      TEXT NOT NULL,
    erasure TEXT NOT NULL REFERENCES erasures,
    PRIMARY KEY (service, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX farewells_erasure ON farewells (erasure);

-- Digests of messages and tokens that were seen.
CREATE TABLE once (
    key        TEXT    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX once_expiry ON once (expires_at);

-- What is known of each purchase. It stays when its account goes, without a word of whose it was.
CREATE TABLE purchases (
    key       TEXT    NOT NULL PRIMARY KEY,
    account   TEXT    REFERENCES accounts ON DELETE SET NULL,
    credits   INTEGER CHECK (credits >= 0),
    minor     INTEGER CHECK (minor >= 0),
    currency  TEXT,
    payment   TEXT    NOT NULL CHECK (payment IN ('pending', 'failed', 'paid')),
    refunded  INTEGER NOT NULL CHECK (refunded >= 0),
    disputes  TEXT    NOT NULL,
    movements INTEGER NOT NULL CHECK (movements >= 0),
    at        INTEGER NOT NULL,
    CHECK ((credits IS NULL) = (minor IS NULL) AND (credits IS NULL) = (currency IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX purchases_account ON purchases (account, at, key);
CREATE INDEX purchases_time ON purchases (at, key);

-- The movements of money, each numbered within its purchase.
DROP TABLE payments;
CREATE TABLE payments (
    purchase TEXT    NOT NULL REFERENCES purchases,
    number   INTEGER NOT NULL CHECK (number > 0),
    account  TEXT    REFERENCES accounts ON DELETE SET NULL,
    kind     TEXT    NOT NULL CHECK (kind IN ('purchase', 'refund', 'chargeback', 'return')),
    credits  INTEGER NOT NULL CHECK (credits >= 0),
    minor    INTEGER NOT NULL CHECK (minor >= 0),
    currency TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (purchase, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_account ON payments (account);
CREATE INDEX payments_time ON payments (at, purchase, number);

CREATE TABLE subscriptions (
    account    TEXT    NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id         TEXT    NOT NULL UNIQUE,
    state      TEXT    NOT NULL CHECK (state IN ('incomplete', 'active', 'past_due', 'ended')),
    paid_until INTEGER NOT NULL,
    ends       INTEGER NOT NULL CHECK (ends IN (0, 1)),
    as_of      INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
