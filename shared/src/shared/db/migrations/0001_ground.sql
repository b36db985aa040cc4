-- Accounts, jobs, attempts, ledger, event log and outbox.
--
-- Two triggers on jobs hold what may never be forgotten by a statement: the guard allows only the paths of the state
-- machine, and the recorder writes the event log, the settlement and the outbox row of every change of stage, in the
-- same transaction. A use case is therefore one UPDATE with its guard in the WHERE.

CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    -- RFC 9562: 48 bits of unix milliseconds, version 7, the rest random. Postgres has uuidv7() from 18 on only.
    SELECT encode(
        set_bit(set_bit(overlay(
            uuid_send(gen_random_uuid())
            PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
            FROM 1 FOR 6), 52, 1), 53, 1),
        'hex')::uuid
$$;

CREATE TABLE accounts (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('guest', 'user')),
    balance_credits bigint NOT NULL DEFAULT 0,
    held_credits    bigint NOT NULL DEFAULT 0 CHECK (held_credits >= 0),
    created_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (balance_credits >= held_credits)
);

CREATE TABLE jobs (
    id                  uuid PRIMARY KEY,
    account_id          uuid NOT NULL REFERENCES accounts (id),
    idempotency_key     text NOT NULL,
    request_sha256      text NOT NULL,
    state               text NOT NULL DEFAULT 'queued',
    stage               text NOT NULL DEFAULT 'queued',
    prompt              text NOT NULL,
    negative_prompt     text NOT NULL DEFAULT '',
    model               text NOT NULL,
    ratio               text NOT NULL,
    seed                bigint NOT NULL CHECK (seed BETWEEN 0 AND 9007199254740991),
    price_credits       bigint NOT NULL CHECK (price_credits >= 0),
    upload_key          text,
    upload_content_type text,
    input_key           text,
    attempts            integer NOT NULL DEFAULT 0,
    max_attempts        integer NOT NULL,
    lease_epoch         bigint NOT NULL DEFAULT 0,
    lease_until         timestamptz,
    winner              uuid,
    progress_step       integer,
    progress_steps      integer,
    progress_percent    integer CHECK (progress_percent BETWEEN 0 AND 100),
    result_key          text,
    thumbnail_key       text,
    result_sha256       text,
    result_width        integer,
    result_height       integer,
    result_bytes        bigint,
    error_code          text,
    last_event_seq      integer NOT NULL DEFAULT 0,
    rings               integer NOT NULL DEFAULT 0,
    next_ring_at        timestamptz,
    cancel_requested_at timestamptz,
    deleted_at          timestamptz,
    purged_at           timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    started_at          timestamptz,
    finished_at         timestamptz,
    deadline_at         timestamptz NOT NULL,
    UNIQUE (account_id, idempotency_key),
    CHECK ((state, stage) IN (
        ('queued', 'queued'), ('dispatching', 'sending'), ('running', 'warming'), ('running', 'generating'),
        ('storing', 'saving'), ('done', 'done'), ('failed', 'failed'), ('cancelled', 'cancelled'))),
    CHECK ((state = 'done') = (result_sha256 IS NOT NULL)),
    CHECK ((state = 'failed') = (error_code IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CHECK (state NOT IN ('storing', 'done') OR winner IS NOT NULL),
    CHECK (attempts <= max_attempts)
);
CREATE INDEX jobs_of_account ON jobs (account_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX jobs_recent_of_account ON jobs (account_id, updated_at);
CREATE INDEX jobs_open ON jobs (state, created_at) WHERE state NOT IN ('done', 'failed', 'cancelled');
CREATE INDEX jobs_to_purge ON jobs (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX jobs_done_by_kind ON jobs (model, ratio, finished_at DESC) WHERE state = 'done';

CREATE TABLE attempts (
    id                  uuid PRIMARY KEY,
    job_id              uuid NOT NULL REFERENCES jobs (id),
    number              integer NOT NULL,
    epoch               bigint NOT NULL,
    state               text NOT NULL CHECK (state IN (
        'intent', 'posting', 'unknown', 'submitted', 'in_progress', 'completed', 'failed', 'timed_out', 'cancelled',
        'lost', 'rejected', 'abandoned')),
    hook_sha256         bytea NOT NULL,
    runpod_id           text,
    candidate_runpod_id text,
    error_code          text,
    detail              text,
    polls               integer NOT NULL DEFAULT 0,
    next_poll_at        timestamptz,
    missing_count       integer NOT NULL DEFAULT 0,
    missing_since       timestamptz,
    cancel_sent_at      timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    posted_at           timestamptz,
    submitted_at        timestamptz,
    started_at          timestamptz,
    completed_at        timestamptz,
    ended_at            timestamptz,
    execution_ms        bigint,
    UNIQUE (job_id, number)
);
CREATE UNIQUE INDEX one_live_attempt ON attempts (job_id)
    WHERE state IN ('intent', 'posting', 'unknown', 'submitted', 'in_progress');
CREATE UNIQUE INDEX one_runpod_id ON attempts (runpod_id) WHERE runpod_id IS NOT NULL;
CREATE UNIQUE INDEX attempts_by_hook ON attempts (hook_sha256);
CREATE INDEX attempts_to_poll ON attempts (next_poll_at) WHERE next_poll_at IS NOT NULL;
CREATE INDEX attempts_live ON attempts (state, posted_at)
    WHERE state IN ('intent', 'posting', 'unknown', 'submitted', 'in_progress');

CREATE TABLE ledger (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES accounts (id),
    job_id         uuid REFERENCES jobs (id),
    kind           text NOT NULL CHECK (kind IN ('grant', 'hold', 'capture', 'release')),
    amount_credits bigint NOT NULL CHECK (amount_credits >= 0),
    ext_id         text,
    at             timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'grant') = (job_id IS NULL))
);
CREATE UNIQUE INDEX one_hold ON ledger (job_id) WHERE kind = 'hold';
CREATE UNIQUE INDEX one_settle ON ledger (job_id) WHERE kind IN ('capture', 'release');
CREATE UNIQUE INDEX one_ext ON ledger (kind, ext_id) WHERE ext_id IS NOT NULL;
CREATE INDEX ledger_of_account ON ledger (account_id, id);

CREATE TABLE job_events (
    job_id uuid NOT NULL REFERENCES jobs (id),
    seq    integer NOT NULL,
    stage  text NOT NULL,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (job_id, seq)
);

CREATE TABLE outbox (
    id           uuid PRIMARY KEY,
    topic        text NOT NULL,
    payload      jsonb NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    leased_until timestamptz,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE rate_limits (
    key         text PRIMARY KEY,
    tokens      double precision NOT NULL,
    refilled_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION emit(topic text, account_id uuid, job_id uuid, attempt_id uuid, facts jsonb) RETURNS uuid
LANGUAGE sql VOLATILE AS $$
    WITH event AS (SELECT uuid_v7() AS id)
    INSERT INTO outbox (id, topic, payload)
    SELECT event.id, emit.topic, jsonb_build_object(
        'event_id', event.id, 'occurred_at', clock_timestamp(), 'schema_version', 1,
        'account_id', emit.account_id, 'job_id', emit.job_id, 'attempt_id', emit.attempt_id) || emit.facts
    FROM event RETURNING id
$$;

CREATE FUNCTION emit_job(topic text, job jobs) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT emit(topic, (job).account_id, (job).id, (job).winner,
                jsonb_build_object('seq', (job).last_event_seq, 'stage', (job).stage)
                || CASE WHEN (job).error_code IS NULL THEN '{}'
                        ELSE jsonb_build_object('error_code', (job).error_code) END)
$$;

CREATE FUNCTION jobs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('queued', 'dispatching'), ('queued', 'failed'), ('queued', 'cancelled'),
        ('dispatching', 'running'), ('dispatching', 'queued'), ('dispatching', 'failed'), ('dispatching', 'cancelled'),
        ('running', 'storing'), ('running', 'queued'), ('running', 'failed'), ('running', 'cancelled'),
        ('storing', 'done'), ('storing', 'queued'), ('storing', 'failed'), ('storing', 'cancelled')) THEN
        RAISE EXCEPTION 'job % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    NEW.updated_at := clock_timestamp();
    IF TG_OP = 'INSERT' OR NEW.stage <> OLD.stage THEN
        NEW.last_event_seq := NEW.last_event_seq + 1;
        NEW.finished_at := CASE WHEN NEW.state IN ('done', 'failed', 'cancelled') THEN clock_timestamp() END;
        IF NEW.state = 'queued' THEN
            NEW.winner := NULL;
            NEW.lease_until := NULL;
            NEW.progress_step := NULL;
            NEW.progress_steps := NULL;
            NEW.progress_percent := NULL;
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION jobs_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    topic text;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.cancel_requested_at IS NULL AND NEW.cancel_requested_at IS NOT NULL
       AND NEW.finished_at IS NULL THEN
        PERFORM emit_job('job.cancel_requested', NEW);
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL THEN
        PERFORM emit_job('job.delete_requested', NEW);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.stage = OLD.stage THEN
        RETURN NULL;
    END IF;
    INSERT INTO job_events (job_id, seq, stage) VALUES (NEW.id, NEW.last_event_seq, NEW.stage);
    topic := CASE NEW.stage
        WHEN 'queued' THEN 'job.created' WHEN 'warming' THEN 'job.submitted' WHEN 'saving' THEN 'job.completed'
        WHEN 'done' THEN 'job.stored' WHEN 'failed' THEN 'job.failed' WHEN 'cancelled' THEN 'job.cancelled' END;
    IF topic IS NOT NULL THEN
        PERFORM emit_job(topic, NEW);
    END IF;
    IF NEW.finished_at IS NOT NULL THEN
        INSERT INTO ledger (account_id, job_id, kind, amount_credits)
        VALUES (NEW.account_id, NEW.id, CASE NEW.state WHEN 'done' THEN 'capture' ELSE 'release' END, NEW.price_credits);
        UPDATE accounts
        SET held_credits = held_credits - NEW.price_credits,
            balance_credits = balance_credits - CASE NEW.state WHEN 'done' THEN NEW.price_credits ELSE 0 END
        WHERE id = NEW.account_id;
        PERFORM emit('credits.changed', NEW.account_id, NEW.id, NULL, '{}');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_guard();
CREATE TRIGGER record AFTER INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_record();
