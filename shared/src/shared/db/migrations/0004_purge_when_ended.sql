-- A job that is deleted while it runs is purged as soon as it ends; before, the sweeper had to notice.
CREATE FUNCTION jobs_ended_after_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM emit_job('job.delete_requested', NEW);
    RETURN NULL;
END $$;

CREATE TRIGGER ended_after_deletion AFTER UPDATE ON jobs FOR EACH ROW
    WHEN (NEW.deleted_at IS NOT NULL AND OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL)
    EXECUTE FUNCTION jobs_ended_after_deletion();
