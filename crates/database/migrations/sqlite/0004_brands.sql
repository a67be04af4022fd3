-- A brand kit: a row once something was put into it. The logo is small and no photo of a person; its PNG is kept in base64.
CREATE TABLE brands (
    account        TEXT NOT NULL PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    primary_colour TEXT,
    accent_colour  TEXT,
    font           TEXT,
    logo           TEXT,
    logo_bytes     INTEGER,
    logo_width     INTEGER,
    logo_height    INTEGER,
    logo_digest    TEXT,
    CHECK ((primary_colour IS NULL) = (accent_colour IS NULL)),
    CHECK ((logo IS NULL) = (logo_digest IS NULL))
) STRICT, WITHOUT ROWID;
