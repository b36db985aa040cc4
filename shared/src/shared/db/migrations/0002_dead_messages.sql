-- Messages that no handler could take, kept as rows: what they were, why they died, what became of their jobs.

CREATE TABLE dead_messages (
    id          uuid PRIMARY KEY DEFAULT uuid_v7(),
    queue       text NOT NULL,
    fingerprint bytea NOT NULL,
    message_id  text,
    topic       text,
    job_id      uuid,
    body        text NOT NULL,
    body_bytes  bigint NOT NULL,
    reason      text NOT NULL CHECK (reason <> ''),
    tries       integer NOT NULL,
    deaths      jsonb NOT NULL DEFAULT '[]',
    died_at     timestamptz,
    found_at    timestamptz NOT NULL DEFAULT now(),
    state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'settled', 'dismissed')),
    explanation text NOT NULL DEFAULT '',
    settled_at  timestamptz,
    UNIQUE (queue, fingerprint),
    CHECK ((state = 'open') = (settled_at IS NULL))
);
COMMENT ON COLUMN dead_messages.fingerprint IS 'what makes a message read twice the same: reading it again changes nothing';
COMMENT ON COLUMN dead_messages.job_id IS 'as the message says; junk may name a job that never was, so it refers to nothing';
COMMENT ON COLUMN dead_messages.body IS 'its first 4 KB as text';
CREATE INDEX dead_messages_open ON dead_messages (id) WHERE state = 'open';
CREATE INDEX dead_messages_of_job ON dead_messages (job_id) WHERE job_id IS NOT NULL;
