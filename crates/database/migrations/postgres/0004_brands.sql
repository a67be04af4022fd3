-- A brand kit: a row once something was put into it. The logo is small and no photo of a person; its PNG is kept in base64.
CREATE TABLE brands (
    account        TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    primary_colour TEXT COLLATE "C",
    accent_colour  TEXT COLLATE "C",
    font           TEXT COLLATE "C",
    logo           TEXT COLLATE "C",
    logo_bytes     BIGINT,
    logo_width     BIGINT,
    logo_height    BIGINT,
    logo_digest    TEXT COLLATE "C",
    CHECK ((primary_colour IS NULL) = (accent_colour IS NULL)),
    CHECK ((logo IS NULL) = (logo_digest IS NULL))
);
