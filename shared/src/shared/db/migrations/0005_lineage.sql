-- A job may go on from the picture of an earlier one of the same account.
ALTER TABLE jobs ADD COLUMN parent_id uuid REFERENCES jobs (id);
COMMENT ON COLUMN jobs.parent_id IS 'the job whose picture it was made from, deleted or not';
