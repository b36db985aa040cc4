"""`make growth`: whether a job stays as cheap with full tables, many jobs, many processes."""
