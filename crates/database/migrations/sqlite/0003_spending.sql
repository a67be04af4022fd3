-- What tries took, by day, style, provider, model and outcome. It speaks of nobody, so that it may stay when the tries go with
-- their generations.

ALTER TABLE attempts ADD COLUMN fallback INTEGER NOT NULL DEFAULT 0 CHECK (fallback IN (0, 1));

CREATE TABLE spending (
    day           INTEGER NOT NULL,
    style         TEXT    NOT NULL,
    provider      TEXT    NOT NULL,
    model         TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    attempts      INTEGER NOT NULL,
    generations   INTEGER NOT NULL,
    fallbacks     INTEGER NOT NULL,
    images        INTEGER NOT NULL,
    tokens_in     INTEGER NOT NULL,
    tokens_out    INTEGER NOT NULL,
    micro_dollars INTEGER NOT NULL,
    PRIMARY KEY (day, style, provider, model, outcome)
) STRICT, WITHOUT ROWID;
