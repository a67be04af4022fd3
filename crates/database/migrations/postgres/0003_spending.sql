-- What tries took, by day, style, provider, model and outcome. It speaks of nobody, so that it may stay when the tries go with
-- their generations. Each row is kept in parts, so that many who add to it at once don't wait for each other's commits.

ALTER TABLE attempts ADD COLUMN fallback BIGINT NOT NULL DEFAULT 0 CHECK (fallback IN (0, 1));

CREATE TABLE spending_parts (
    day           BIGINT NOT NULL,
    style         TEXT COLLATE "C" NOT NULL,
    provider      TEXT COLLATE "C" NOT NULL,
    model         TEXT COLLATE "C" NOT NULL,
    outcome       TEXT COLLATE "C" NOT NULL,
    part          BIGINT NOT NULL DEFAULT 0,
    attempts      BIGINT NOT NULL,
    generations   BIGINT NOT NULL,
    fallbacks     BIGINT NOT NULL,
    images        BIGINT NOT NULL,
    tokens_in     BIGINT NOT NULL,
    tokens_out    BIGINT NOT NULL,
    micro_dollars BIGINT NOT NULL,
    PRIMARY KEY (day, style, provider, model, outcome, part)
) WITH (fillfactor = 50);

CREATE VIEW spending AS
SELECT day, style, provider, model, outcome,
    sum(attempts)::bigint AS attempts, sum(generations)::bigint AS generations, sum(fallbacks)::bigint AS fallbacks,
    sum(images)::bigint AS images, sum(tokens_in)::bigint AS tokens_in, sum(tokens_out)::bigint AS tokens_out,
    sum(micro_dollars)::bigint AS micro_dollars
FROM spending_parts GROUP BY day, style, provider, model, outcome;
