-- What outside services know of accounts, and what they tell: aliases, purchases, subscriptions, and notes of what counts once.

ALTER TABLE sessions ADD COLUMN sign_in TEXT COLLATE "C";
CREATE INDEX sessions_sign_in ON sessions (sign_in) WHERE sign_in IS NOT NULL;

CREATE TABLE aliases (
    service TEXT COLLATE "C" NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    as_of   BIGINT NOT NULL,
    PRIMARY KEY (service, id)
);
CREATE UNIQUE INDEX aliases_account ON aliases (account, service);

-- Aliases of erased accounts that the service still has to delete. They go when it has.
CREATE TABLE farewells (
    service TEXT COLLATE "C" NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    erasure TEXT COLLATE "C" NOT NULL REFERENCES erasures,
    PRIMARY KEY (service, id)
);
CREATE INDEX farewells_erasure ON farewells (erasure);

-- Digests of messages and tokens that were seen.
CREATE TABLE once (
    key        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX once_expiry ON once (expires_at);

-- What is known of each purchase. It stays when its account goes, without a word of whose it was.
CREATE TABLE purchases (
    key       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account   TEXT COLLATE "C" REFERENCES accounts ON DELETE SET NULL,
    credits   BIGINT CHECK (credits >= 0),
    minor     BIGINT CHECK (minor >= 0),
    currency  TEXT COLLATE "C",
    payment   TEXT COLLATE "C" NOT NULL CHECK (payment IN ('pending', 'failed', 'paid')),
    refunded  BIGINT NOT NULL CHECK (refunded >= 0),
    disputes  TEXT COLLATE "C" NOT NULL,
    movements BIGINT NOT NULL CHECK (movements >= 0),
    at        BIGINT NOT NULL,
    CHECK ((credits IS NULL) = (minor IS NULL) AND (credits IS NULL) = (currency IS NULL))
);
CREATE INDEX purchases_account ON purchases (account, at, key);
CREATE INDEX purchases_time ON purchases (at, key);

-- The movements of money, each numbered within its purchase.
DROP TABLE payments;
CREATE TABLE payments (
    purchase TEXT COLLATE "C" NOT NULL REFERENCES purchases,
    number   BIGINT NOT NULL CHECK (number > 0),
    account  TEXT COLLATE "C" REFERENCES accounts ON DELETE SET NULL,
    kind     TEXT COLLATE "C" NOT NULL CHECK (kind IN ('purchase', 'refund', 'chargeback', 'return')),
    credits  BIGINT NOT NULL CHECK (credits >= 0),
    minor    BIGINT NOT NULL CHECK (minor >= 0),
    currency TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (purchase, number)
);
CREATE INDEX payments_account ON payments (account);
CREATE INDEX payments_time ON payments (at, purchase, number);

CREATE TABLE subscriptions (
    account    TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id         TEXT COLLATE "C" NOT NULL UNIQUE,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('incomplete', 'active', 'past_due', 'ended')),
    paid_until BIGINT NOT NULL,
    ends       BIGINT NOT NULL CHECK (ends IN (0, 1)),
    as_of      BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);
