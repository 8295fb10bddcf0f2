-- A table family that can be divided by user_key, a keyed hash of the user: no statement that
-- changes anything concerns two users, and no key or reference crosses them.

CREATE TABLE unknot_users (
    user_key text PRIMARY KEY,
    key_id text NOT NULL,          -- the key that the record is sealed with
    wake_at timestamptz,           -- when to wake the user next
    owed bigint,                   -- the number of the last reply that is owed, if any is
    claimed_by text,               -- the worker that sees to what is due or owed,
    claimed_until timestamptz,     -- and until when the others leave it alone
    record bytea NOT NULL          -- state, owed replies and handled updates, sealed
) WITH (fillfactor = 85);          -- room for a new version of a row beside the old one

CREATE INDEX unknot_users_wake ON unknot_users (wake_at) WHERE wake_at IS NOT NULL;

-- How far the sending to a user has come, a line each. Lines are only ever added and deleted, so
-- a note never waits for the lock of a turn: S sent up to here, B begun, R refused.
CREATE TABLE unknot_receipts (
    user_key text NOT NULL,
    line bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('S', 'B', 'R')),
    number bigint NOT NULL,
    PRIMARY KEY (user_key, line)
);
