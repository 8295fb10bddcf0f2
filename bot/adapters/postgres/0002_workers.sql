-- What several workers need of each other. Where tables are divided, unknot_users and
-- unknot_receipts are, by user_key; the two small ones here are wanted everywhere.

ALTER TABLE unknot_users
    DROP COLUMN claimed_until,                     -- a claim holds as long as its worker lives
    ADD COLUMN sender text,                        -- the worker that sends to the user now
    ADD COLUMN sent bigint NOT NULL DEFAULT 0;     -- the number of the last reply that is done

UPDATE unknot_users u SET sent = coalesce(
    (SELECT max(number) FROM unknot_receipts r WHERE r.user_key = u.user_key AND r.kind = 'S'), 0)
WHERE owed IS NOT NULL;

DELETE FROM unknot_receipts WHERE kind = 'S';

CREATE TABLE unknot_workers (
    name text PRIMARY KEY,
    alive_until timestamptz NOT NULL
);

-- One row: from when on the next message that nobody waits for may go out.
CREATE TABLE unknot_pace (
    id integer PRIMARY KEY CHECK (id = 1),
    free_at timestamptz NOT NULL
);
INSERT INTO unknot_pace VALUES (1, now());
