-- A job whose pictures were deleted because they had been kept long enough, and not because its owner wished it.
ALTER TABLE jobs ADD COLUMN expired_at timestamptz;
