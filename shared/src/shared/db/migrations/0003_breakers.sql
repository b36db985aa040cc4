-- One row for each RunPod endpoint that was ever in trouble; `reason` is null while the breaker is closed.
CREATE TABLE breakers (
    endpoint_id text PRIMARY KEY,
    refusals    integer NOT NULL DEFAULT 0 CHECK (refusals >= 0),
    reason      text,
    opened_at   timestamptz,
    retry_at    timestamptz,
    checked_at  timestamptz,
    CHECK ((reason IS NULL) = (opened_at IS NULL)),
    CHECK ((reason IS NULL) = (retry_at IS NULL))
);
