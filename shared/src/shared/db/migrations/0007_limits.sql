-- Whether an account may begin another job: so many open ones, and so many in the last seconds; null is no limit.
--
-- VOLATILE, so that it sees what was committed while its caller waited for the account's row: two requests at once
-- cannot both take the last place. A job that was created lately was updated lately, which is what the index knows.
CREATE FUNCTION may_begin(account uuid, most_open bigint, most_lately bigint, seconds double precision)
RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT (most_open IS NULL OR most_open > (
            SELECT count(*) FROM jobs
            WHERE jobs.account_id = account AND state NOT IN ('done', 'failed', 'cancelled')))
        AND (most_lately IS NULL OR most_lately > (
            SELECT count(*) FROM jobs
            WHERE jobs.account_id = account AND updated_at > clock_timestamp() - make_interval(secs => seconds)
              AND created_at > clock_timestamp() - make_interval(secs => seconds)))
$$;
